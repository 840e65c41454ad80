//! Readers: the rows of a partition, batch by batch. Formats have theirs, and so have operators.

use crate::runtime::call::cx::Cx;
use crate::runtime::call::trap::Trap;

use super::batch::Batch;
use crate::exec::errors::{RowOrigin, TaskResult};

/// A row that could not be read as a value.
pub struct BadRow {
    /// The row of the batch that comes after it.
    pub before: usize,
    /// The reason.
    pub trap: Trap,
    /// Where it comes from.
    pub origin: RowOrigin,
    /// The record.
    pub record: String,
}

/// The rows of a partition.
pub trait Reader {
    /// Fills the batch with the next rows; false at the end. Texts and objects of the rows stay alive until the next
    /// call. Rows that are no values go to `bad`.
    ///
    /// # Errors
    /// What ends the task.
    fn next(&mut self, cx: &mut Cx, batch: &mut Batch, bad: &mut Vec<BadRow>) -> TaskResult<bool>;

    /// Where a row of the batch comes from.
    fn origin(&self, row: usize) -> RowOrigin;

    /// Bytes read so far.
    fn bytes(&self) -> u64 {
        0
    }
}
