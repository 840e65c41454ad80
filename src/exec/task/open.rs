//! Opens the reader of a task's leaf: an input, what another stage left, or what a shuffle brings to the partition.

use std::sync::Arc;

use crate::stage::{Feed, Gather, Leaf};

use super::super::errors::TaskResult;
use super::super::io::read_saved;
use super::code::PipelineCode;
use super::{Feeds, Task};
use crate::exec::data::block::Block;
use crate::exec::io::inputs::{InputKind, OnError};
use crate::exec::operators::batched::blocks::StagedBlockReader;
use crate::exec::operators::batched::combine::{CombinedReader, Merging};
use crate::exec::operators::batched::group::StagedGroupReader;
use crate::exec::operators::batched::sort::StagedSortReader;
use crate::exec::operators::read::{
    BlockReader, CartesianReader, PartitionReader, RangeReader, Reader, TextReader, WholeReader, ZipReader,
};
use crate::exec::operators::rows::combine::CombineWay;
use crate::exec::operators::rows::gather::{Arriving, CombineReader, Combining, GroupReader, SortReader};

impl Task<'_> {
    /// The reader of a leaf's partition.
    pub(super) fn reader(&mut self, leaf: &Leaf, code: &PipelineCode, partition: usize) -> TaskResult<Box<dyn Reader>> {
        let feeds = self.env.feeds;
        Ok(match leaf {
            Leaf::Source(source) => self.open_input(&self.env.inputs[*source].kind, partition)?,
            Leaf::Rows(stage) if code.staged => {
                Box::new(StagedBlockReader::new(vec![feeds.rows(*stage, partition)?], &feeds.shape(*stage), partition))
            }
            Leaf::Rows(stage) => Box::new(BlockReader::new(vec![feeds.rows(*stage, partition)?], partition)),
            Leaf::Whole(stage) => {
                let blocks = vec![feeds.rows(*stage, partition)?];
                Box::new(PartitionReader::new(blocks, feeds.shape(*stage), partition))
            }
            Leaf::Zip(left, right) => {
                let side = |stage| Ok(BlockReader::new(vec![feeds.rows(stage, partition)?], partition));
                let shapes = [feeds.shape(*left), feeds.shape(*right)];
                let sides: [TaskResult<BlockReader>; 2] = [side(*left), side(*right)];
                let [left, right] = sides;
                Box::new(ZipReader::new([left?, right?], shapes, partition, self.stage.span))
            }
            Leaf::Cartesian { left, right, right_partitions } => {
                let shapes = [feeds.shape(*left), feeds.shape(*right)];
                let left = BlockReader::new(vec![feeds.rows(*left, partition / right_partitions)?], partition);
                let right = vec![feeds.rows(*right, partition % right_partitions)?];
                Box::new(CartesianReader::new(left, right, shapes, partition))
            }
            Leaf::Gather { from, how } => self.gather(from, how, code, partition)?,
            Leaf::CoGroup { left, right } if code.staged => {
                let sides = vec![arriving(feeds, left, partition)?, arriving(feeds, right, partition)?];
                let again = left.local && feeds.grouped_again(left.stage);
                Box::new(StagedGroupReader::new(sides, again, self.env.accountant, partition, self.stage.span)?)
            }
            Leaf::CoGroup { left, right } => {
                let sides = vec![arriving(feeds, left, partition)?, arriving(feeds, right, partition)?];
                Box::new(GroupReader::new(sides, self.env.accountant, partition, self.stage.span)?)
            }
        })
    }

    fn gather(
        &mut self,
        from: &Feed,
        how: &Gather,
        code: &PipelineCode,
        partition: usize,
    ) -> TaskResult<Box<dyn Reader>> {
        let feeds = self.env.feeds;
        let arriving = arriving(feeds, from, partition)?;
        let (accountant, span) = (self.env.accountant, self.stage.span);
        Ok(match how {
            Gather::Keep if code.staged => {
                Box::new(StagedBlockReader::new(arriving.blocks, &arriving.shape, partition))
            }
            Gather::Keep => Box::new(BlockReader::new(arriving.blocks, partition)),
            Gather::Group if code.staged => {
                Box::new(StagedGroupReader::new(vec![arriving], false, accountant, partition, span)?)
            }
            Gather::Group => Box::new(GroupReader::new(vec![arriving], accountant, partition, span)?),
            Gather::Sort { ascending } if code.staged => {
                Box::new(StagedSortReader::new(arriving, *ascending, accountant, partition, span)?)
            }
            Gather::Sort { ascending } => Box::new(SortReader::new(arriving, *ascending, accountant, partition, span)?),
            Gather::Combine { partial, .. } => {
                let combine = match code.combine.as_ref().expect("compiled with the pipeline") {
                    CombineWay::Rows(combine) => combine,
                    CombineWay::Staged(code) => {
                        let on_error = match partial {
                            true => OnError::Fail,
                            false => self.env.on_error_of(feeds.source(from.stage, partition)),
                        };
                        let merging = Merging { code, cx: &mut self.cx, faults: &mut self.faults, on_error, partition };
                        let Arriving { blocks, shape } = &arriving;
                        return Ok(Box::new(CombinedReader::new(blocks, shape, merging, accountant)?));
                    }
                };
                let mut combining = Combining {
                    combiner: combine.start(),
                    cx: &mut self.cx,
                    faults: &mut self.faults,
                    on_error: (0..arriving.blocks.len())
                        .map(|task| if from.local { partition } else { task })
                        .map(|task| self.env.on_error_of(feeds.source(from.stage, task)))
                        .collect(),
                    partition,
                    local: from.local,
                };
                Box::new(CombineReader::new(&arriving, &mut combining, *partial, accountant)?)
            }
        })
    }

    /// The reader of an input's partition.
    fn open_input(&self, kind: &InputKind, partition: usize) -> TaskResult<Box<dyn Reader>> {
        Ok(match kind {
            InputKind::Text { listing, options } => Box::new(TextReader::open(listing, partition, *options)?),
            InputKind::Whole { listing, options } => Box::new(WholeReader::new(listing, partition, *options)),
            InputKind::Rows { partitions, .. } => {
                Box::new(BlockReader::new(vec![partitions[partition].clone()], partition))
            }
            InputKind::Saved { files, rows, .. } => {
                let bytes = read_saved(&files[partition])?;
                let block = Block::charged(bytes, rows[partition], self.env.accountant, self.stage.span)?;
                Box::new(BlockReader::new(vec![Arc::new(block)], partition))
            }
            InputKind::Range { partitions, step } => {
                let (first, end) = partitions[partition];
                Box::new(RangeReader::new(first, end, *step, partition))
            }
        })
    }
}

/// The pairs that arrive at a partition.
///
/// # Errors
/// They are not there.
pub fn arriving(feeds: &dyn Feeds, from: &Feed, partition: usize) -> TaskResult<Arriving> {
    let blocks =
        if from.local { vec![feeds.rows(from.stage, partition)?] } else { feeds.blocks(from.stage, partition)? };
    Ok(Arriving { blocks, shape: from.row.shape() })
}
