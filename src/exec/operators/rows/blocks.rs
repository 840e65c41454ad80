//! Rows of blocks, decoded one by one.

use std::sync::Arc;

use crate::exec::data::batch::Batch;
use crate::exec::data::block::Block;
use crate::exec::data::read::corrupt;
use crate::exec::errors::TaskResult;
use crate::exec::operators::leaves::FillRows;
use crate::runtime::value::arena::Arena;
use crate::runtime::value::shape::Shape;

/// How many bytes of encoded rows make a batch.
const BATCH_BYTES: usize = 64 << 10;

/// The rows of blocks, decoded one by one.
pub(in crate::exec) struct RowsOfBlocks {
    blocks: Vec<Arc<Block>>,
    block: usize,
    offset: usize,
}

impl FillRows for RowsOfBlocks {
    fn of_blocks(blocks: Vec<Arc<Block>>, _shape: &Shape) -> Self {
        Self { blocks, block: 0, offset: 0 }
    }

    fn fill(&mut self, arena: &Arena, batch: &mut Batch, most: usize) -> TaskResult<()> {
        let (mut rows, mut taken) = (0, 0);
        while rows < most && taken < BATCH_BYTES {
            let Some(block) = self.blocks.get(self.block) else { break };
            let mut rest = &block.bytes[self.offset..];
            if rest.is_empty() {
                (self.block, self.offset) = (self.block + 1, 0);
                continue;
            }
            let before = rest.len();
            batch.decode(&mut rest, arena).map_err(corrupt)?;
            taken += before - rest.len();
            self.offset += before - rest.len();
            rows += 1;
        }
        Ok(())
    }
}
