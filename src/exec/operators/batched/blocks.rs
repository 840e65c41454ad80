//! Blocks as they lie: places of rows in them, and their rows in order.

use std::sync::Arc;

use crate::runtime::call::cx::Cx;
use crate::runtime::value::rows::RowCodec;
use crate::runtime::value::shape::Shape;

use crate::exec::data::batch::Batch;
use crate::exec::data::block::Block;
use crate::exec::errors::{JobError, RowOrigin, TaskResult};
use crate::exec::operators::read::{BadRow, Reader, corrupt};

/// How many bytes of encoded rows make a batch.
pub const BATCH_BYTES: usize = 64 << 10;

/// How many rows are decoded between two looks at how many bytes that took.
const AT_ONCE: usize = 64;

/// Bits of a place that are the offset in its block.
const OFFSET_BITS: u32 = 40;

/// Where something begins in a list of blocks: places order as the bytes do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Place(pub u64);

impl Place {
    /// An offset in a block.
    pub fn new(block: usize, offset: usize) -> Self {
        Self((block as u64) << OFFSET_BITS | offset as u64)
    }

    /// The bytes from here to the end of the block.
    pub fn bytes(self, blocks: &[Arc<Block>]) -> &[u8] {
        let (block, offset) = (self.0 >> OFFSET_BITS, self.0 & ((1 << OFFSET_BITS) - 1));
        &blocks[block as usize].bytes[offset as usize..]
    }
}

/// Checks that the places in blocks are numbers.
///
/// # Errors
/// There are 2^24 blocks, or one is 1 TiB large.
pub fn check_places(blocks: &[Arc<Block>]) -> TaskResult<()> {
    let fits =
        blocks.len() < 1 << (64 - OFFSET_BITS) && blocks.iter().all(|block| block.bytes.len() < 1 << OFFSET_BITS);
    if fits { Ok(()) } else { Err(JobError::Bug("a partition of more blocks than have places".into())) }
}

/// Rows of blocks, one block after the other.
pub struct StagedBlockReader {
    blocks: Vec<Arc<Block>>,
    codec: RowCodec,
    block: usize,
    offset: usize,
    partition: usize,
}

impl StagedBlockReader {
    /// The rows of blocks, of a shape.
    pub fn new(blocks: Vec<Arc<Block>>, shape: &Shape, partition: usize) -> Self {
        Self { blocks, codec: RowCodec::new(shape), block: 0, offset: 0, partition }
    }
}

impl Reader for StagedBlockReader {
    fn next(&mut self, cx: &mut Cx, batch: &mut Batch, _bad: &mut Vec<BadRow>) -> TaskResult<bool> {
        cx.arena.reset();
        batch.clear();
        while batch.is_empty() {
            let Some(block) = self.blocks.get(self.block) else { return Ok(false) };
            let mut rest = &block.bytes[self.offset..];
            let end = rest.len().saturating_sub(BATCH_BYTES);
            while rest.len() > end {
                batch.decode_rows(&self.codec, &mut rest, AT_ONCE, &cx.arena).map_err(corrupt)?;
            }
            self.offset = block.bytes.len() - rest.len();
            if rest.is_empty() {
                (self.block, self.offset) = (self.block + 1, 0);
            }
        }
        Ok(true)
    }

    fn origin(&self, _row: usize) -> RowOrigin {
        RowOrigin::of_partition(self.partition)
    }
}
