//! Moves: tasks that send rows to partitions as they are.
//!
//! A task whose pipelines have no kernels, which reads rows from blocks and sends them on by hash, by range or in turn,
//! looks at keys only: the words of rows are copied from block to block, and their texts and objects stay where they are.
//! The second shuffle of a sort is one.

use std::sync::Arc;

use crate::runtime::call::cx::Cx;
use crate::runtime::spark::placing::Order;
use crate::runtime::value::words::Value;
use crate::stage::{Gather, Leaf, PlaceBy, Sink, Split, Stage};

use crate::exec::data::batch::Batch;
use crate::exec::data::block::{Block, BlockWriter, finish_all};
use crate::exec::data::read::{BadRow, Reader};
use crate::exec::errors::{RowOrigin, TaskResult};
use crate::exec::operators::context::ReadRows;
use crate::exec::operators::context::{RowCounts, TaskContext, TaskEnv};
use crate::exec::operators::placement::Bounds;
use crate::exec::operators::runtime::{Output, StageCode, TaskCode};

/// Whether the tasks of a stage only move rows.
pub fn only_moves(stage: &Stage) -> bool {
    let sends = match &stage.sink {
        Sink::Shuffle { place, combine: None, .. } => !matches!(place, PlaceBy::Custom(_)),
        Sink::Shuffle { .. }
        | Sink::Rows
        | Sink::Take(_)
        | Sink::Count
        | Sink::Top { .. }
        | Sink::Fold { .. }
        | Sink::Discard
        | Sink::Save { .. }
        | Sink::Lines => false,
    };
    let from_blocks = |leaf: &Leaf| matches!(leaf, Leaf::Rows(_) | Leaf::Gather { how: Gather::Keep, .. });
    sends && stage.pipelines.iter().all(|pipeline| pipeline.kernels.is_empty() && from_blocks(&pipeline.leaf))
}

/// The code of a stage that only moves rows.
pub struct Moves;

impl StageCode for Moves {
    fn start<'a>(&'a self, task: &TaskContext<'a>) -> TaskResult<Box<dyn TaskCode<'a> + 'a>> {
        let (stage, env) = (task.stage, task.env);
        let Sink::Shuffle { place, partitions, .. } = &stage.sink else { unreachable!("moves are shuffles") };
        let place = match place {
            PlaceBy::Range { ascending, .. } => By::Range(env.bounds()?, *ascending),
            PlaceBy::RoundRobin(order) => By::Turn(order.first_turn(task.partition, *partitions)),
            PlaceBy::Hash(order) => By::Hash(*order),
            PlaceBy::Custom(_) => unreachable!("moves are by no function"),
        };
        let writers = BlockWriter::several(env.accountant, stage.span, &stage.row.shape(), *partitions);
        Ok(Box::new(Mover { place, writers, env }))
    }
}

/// Moves the rows of a partition when it is opened; no row is left to run.
impl<'a> TaskCode<'a> for Mover<'a> {
    fn open(&mut self, task: &mut TaskContext<'_>, split: Split) -> TaskResult<Box<dyn Reader + 'a>> {
        let blocks = match &task.stage.pipelines[split.pipeline].leaf {
            Leaf::Rows(from) => vec![task.env.feeds.rows(*from, split.partition)?],
            Leaf::Gather { from, .. } => task.env.arriving(from, split.partition)?.blocks,
            other @ (Leaf::Source(_)
            | Leaf::Whole(_)
            | Leaf::Zip(..)
            | Leaf::Cartesian { .. }
            | Leaf::CoGroup { .. }) => {
                unreachable!("not read from blocks: {other:?}")
            }
        };
        blocks.iter().try_for_each(|block| self.block(block))?;
        Ok(Box::new(NoRows))
    }

    fn run(
        &mut self,
        _task: &mut TaskContext<'_>,
        _rows: &ReadRows<'_>,
        _range: [usize; 2],
        _counts: &mut RowCounts,
    ) -> TaskResult<usize> {
        unreachable!("rows have been moved when they were opened")
    }

    fn is_full(&self) -> bool {
        false
    }

    fn finish(self: Box<Self>, _task: &TaskContext<'_>) -> TaskResult<Output> {
        Ok(Output::Buckets(finish_all(self.writers)))
    }
}

/// A reader that has given all.
struct NoRows;

impl Reader for NoRows {
    fn next(&mut self, _cx: &mut Cx, _batch: &mut Batch, _bad: &mut Vec<BadRow>) -> TaskResult<bool> {
        Ok(false)
    }

    fn origin(&self, _row: usize) -> RowOrigin {
        RowOrigin::of_partition(0)
    }
}

/// Where rows go.
enum By {
    Hash(Order),
    Range(Arc<Bounds>, bool),
    /// In turn, from a partition on.
    Turn(usize),
}

/// Sends rows to partitions.
struct Mover<'a> {
    place: By,
    writers: Vec<BlockWriter>,
    env: &'a TaskEnv<'a>,
}

impl Mover<'_> {
    fn block(&mut self, block: &Block) -> TaskResult<()> {
        self.writers.iter_mut().for_each(|writer| writer.share(block));
        for run in 0..block.runs() {
            self.env.poll()?;
            let rows = block.run(run);
            for n in 0..rows.len() {
                let at = self.place_of(rows.row(n));
                self.writers[at].push_shared(rows.row(n))?;
            }
        }
        Ok(())
    }

    /// The partition of a row.
    fn place_of(&mut self, row: Value<'_>) -> usize {
        let partitions = self.writers.len();
        match &mut self.place {
            By::Hash(order) => order.partition(row.field(0), partitions),
            By::Turn(next) => {
                *next += 1;
                (*next - 1) % partitions
            }
            By::Range(bounds, ascending) => {
                let range = bounds.range(row.field(0));
                if *ascending { range } else { partitions - 1 - range }
            }
        }
    }
}
