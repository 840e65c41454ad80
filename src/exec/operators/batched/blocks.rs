//! Rows of blocks, decoded many at once.

use std::sync::Arc;

use crate::exec::data::batch::Batch;
use crate::exec::data::block::Block;
use crate::exec::data::read::corrupt;
use crate::exec::errors::TaskResult;
use crate::exec::operators::leaves::FillRows;
use crate::runtime::value::arena::Arena;
use crate::runtime::value::rows::RowCodec;
use crate::runtime::value::shape::Shape;

/// How many bytes of encoded rows make a batch.
pub(super) const BATCH_BYTES: usize = 64 << 10;

/// How many rows are decoded between two looks at how many bytes that took.
const AT_ONCE: usize = 64;

/// The rows of blocks, decoded many at once.
pub(in crate::exec) struct RowsOfBlocks {
    blocks: Vec<Arc<Block>>,
    codec: RowCodec,
    block: usize,
    offset: usize,
}

impl FillRows for RowsOfBlocks {
    fn of_blocks(blocks: Vec<Arc<Block>>, shape: &Shape) -> Self {
        Self { blocks, codec: RowCodec::new(shape), block: 0, offset: 0 }
    }

    fn fill(&mut self, arena: &Arena, batch: &mut Batch, most: usize) -> TaskResult<()> {
        let start = batch.len();
        while batch.len() == start {
            let Some(block) = self.blocks.get(self.block) else { return Ok(()) };
            let mut rest = &block.bytes[self.offset..];
            let end = rest.len().saturating_sub(BATCH_BYTES);
            while rest.len() > end && batch.len() - start < most {
                let at_once = AT_ONCE.min(most - (batch.len() - start));
                batch.decode_rows(&self.codec, &mut rest, at_once, arena).map_err(corrupt)?;
            }
            self.offset = block.bytes.len() - rest.len();
            if rest.is_empty() {
                (self.block, self.offset) = (self.block + 1, 0);
            }
        }
        Ok(())
    }
}
