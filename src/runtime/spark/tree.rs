//! The levels of `treeAggregate`: in how many groups the states of partitions are merged on each level, before the driver
//! merges the rest; and whether there is any partition.
//!
//! Source: PySpark 4.3, `treeAggregate` in core/rdd.py.

use crate::runtime::call::cx::Cx;
use crate::runtime::call::trap::{Reason, Res, Trap};
use crate::runtime::value::words::{ObjRef, Word};

/// The number of partitions; an error if there are none, where PySpark has nothing to reduce.
pub fn some_partitions(_cx: &Cx, partitions: i64) -> Res<i64> {
    if partitions == 0 {
        return Err(Trap::new(Reason::Empty, "an RDD without partitions has no value to begin with"));
    }
    Ok(partitions)
}

/// The numbers of groups, level by level: `[9, 3]` for 27 partitions and a depth of 3.
pub fn levels(cx: &Cx, partitions: i64, depth: i64) -> Res<ObjRef> {
    if depth < 1 {
        return Err(Trap::new(Reason::Value, format!("a depth is at least 1, found {depth}")));
    }
    let mut left = partitions as f64;
    let scale = left.powf(1.0 / depth as f64).ceil().max(2.0);
    let mut levels = Vec::new();
    while left > scale + left / scale {
        left /= scale;
        levels.push(left as Word);
    }
    Ok(cx.list(|out| {
        out.extend_from_slice(&levels);
        levels.len()
    }))
}
