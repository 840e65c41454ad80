//! Places of rows in blocks.

use std::sync::Arc;

use crate::exec::data::block::Block;
use crate::exec::errors::{JobError, TaskResult};

/// Bits of a place that are the offset in its block.
const OFFSET_BITS: u32 = 40;

/// Where something begins in a list of blocks: places order as the bytes do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Place(pub u64);

impl Place {
    /// An offset in a block.
    pub(super) fn new(block: usize, offset: usize) -> Self {
        Self((block as u64) << OFFSET_BITS | offset as u64)
    }

    /// The bytes from here to the end of the block.
    pub(super) fn bytes(self, blocks: &[Arc<Block>]) -> &[u8] {
        let (block, offset) = (self.0 >> OFFSET_BITS, self.0 & ((1 << OFFSET_BITS) - 1));
        &blocks[block as usize].bytes[offset as usize..]
    }
}

/// Checks that the places in blocks are numbers.
///
/// # Errors
/// There are 2^24 blocks, or one is 1 TiB large.
pub(super) fn check_places(blocks: &[Arc<Block>]) -> TaskResult<()> {
    let fits =
        blocks.len() < 1 << (64 - OFFSET_BITS) && blocks.iter().all(|block| block.bytes.len() < 1 << OFFSET_BITS);
    if fits { Ok(()) } else { Err(JobError::Bug("a partition of more blocks than have places".into())) }
}
