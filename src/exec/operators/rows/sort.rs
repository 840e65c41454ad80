//! Sorts the pairs of a partition by key: lays them in one batch and compares keys.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::base::source::Span;
use crate::runtime::call::cx::Cx;
use crate::runtime::value::key;

use crate::exec::data::batch::Batch;
use crate::exec::data::block::Block;
use crate::exec::data::read::{BadRow, Reader};
use crate::exec::errors::{JobError, RowOrigin, TaskResult};
use crate::exec::memory::{Accountant, Charge};
use crate::exec::operators::context::Arriving;

/// The pairs of a partition sorted by key.
pub struct SortReader {
    rows: Batch,
    order: Vec<u32>,
    _blocks: Vec<Arc<Block>>,
    _charge: Charge,
    next: usize,
    partition: usize,
}

impl SortReader {
    /// Sorts all that arrives, stably; descending keeps the order of equal keys too, as Python's `reverse` does.
    ///
    /// # Errors
    /// The budget of memory is exceeded.
    pub fn new(
        arriving: Arriving,
        ascending: bool,
        accountant: &Arc<Accountant>,
        partition: usize,
        span: Span,
    ) -> TaskResult<Self> {
        let mut rows = Batch::new(arriving.shape);
        for block in &arriving.blocks {
            (0..block.runs()).for_each(|run| rows.push_all(block.run(run)));
        }
        let held = size_of_val(rows.words()) + rows.len() * 4;
        let charge = accountant.charge(held).map_err(|over| JobError::Budget(over, span))?;
        let count = u32::try_from(rows.len()).map_err(|_| JobError::Bug("a partition of 2^32 rows".into()))?;
        let mut order: Vec<u32> = (0..count).collect();
        let compare = |a: &u32, b: &u32| -> Ordering {
            let (a, b) = (rows.row(*a as usize).field(0), rows.row(*b as usize).field(0));
            if ascending { key::cmp(a, b) } else { key::cmp(b, a) }
        };
        order.sort_by(compare);
        Ok(Self { rows, order, _blocks: arriving.blocks, _charge: charge, next: 0, partition })
    }
}

impl Reader for SortReader {
    fn next(&mut self, cx: &mut Cx, batch: &mut Batch, _bad: &mut Vec<BadRow>) -> TaskResult<bool> {
        cx.arena.reset();
        batch.clear();
        for at in self.order.iter().skip(self.next).take(1024) {
            batch.push(&[self.rows.row(*at as usize).words()]);
        }
        self.next += batch.len();
        Ok(!batch.is_empty())
    }

    fn origin(&self, _row: usize) -> RowOrigin {
        RowOrigin::of_partition(self.partition)
    }
}
