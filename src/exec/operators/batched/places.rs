//! Places of rows in blocks.

use std::sync::Arc;

use crate::exec::data::block::Block;
use crate::exec::errors::{JobError, TaskResult};
use crate::runtime::value::words::Value;

/// Bits of a place that are the number of the row in its block.
const ROW_BITS: u32 = 40;

/// Where a row is in a list of blocks: places order as the rows do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Place(pub u64);

impl Place {
    /// A row of a block.
    pub(super) fn new(block: usize, row: usize) -> Self {
        Self((block as u64) << ROW_BITS | row as u64)
    }

    /// The row that is here.
    #[inline]
    pub(super) fn row(self, blocks: &[Arc<Block>]) -> Value<'_> {
        let (block, row) = (self.0 >> ROW_BITS, self.0 & ((1 << ROW_BITS) - 1));
        blocks[block as usize].row(row as usize)
    }
}

/// Checks that the places in blocks are numbers.
///
/// # Errors
/// There are 2^24 blocks, or one has 2^40 rows.
pub(super) fn check_places(blocks: &[Arc<Block>]) -> TaskResult<()> {
    let fits = blocks.len() < 1 << (64 - ROW_BITS) && blocks.iter().all(|block| block.len() < 1 << ROW_BITS);
    if fits { Ok(()) } else { Err(JobError::Bug("a partition of more blocks than have places".into())) }
}
