//! Additions to counters: kept in the task's context, so that only a finished task adds them, exactly once.

use crate::runtime::call::cx::Cx;
use crate::runtime::call::trap::{Reason, Res, Trap};

/// Adds to a counter.
pub fn add(cx: &Cx, counter: i64, n: i64) -> Res<()> {
    let mut counted = cx.counted.borrow_mut();
    match counted.iter_mut().find(|(number, _)| *number == counter) {
        Some((_, sum)) => {
            *sum = sum.checked_add(n).ok_or_else(|| Trap::new(Reason::Overflow, "a counter does not fit 64 bits"))?;
        }
        None => counted.push((counter, n)),
    }
    Ok(())
}
