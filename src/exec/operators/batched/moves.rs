//! Moves: tasks that send rows to partitions as they are, as bytes.
//!
//! A task whose pipelines have no kernels, which reads rows from blocks and sends them on by hash, by range or in turn,
//! looks at keys only: rows are copied from block to block without being decoded. The second shuffle of a sort is one.

use std::sync::Arc;

use crate::base::source::Span;
use crate::runtime::call::cx::Cx;
use crate::runtime::spark::placing::Order;
use crate::runtime::value::arena::Arena;
use crate::runtime::value::codec::Corrupt;
use crate::runtime::value::order::Window;
use crate::runtime::value::rows::RowCodec;
use crate::runtime::value::shape::Shape;
use crate::runtime::value::words::Value;
use crate::stage::{Gather, Leaf, PlaceBy, Sink, Split, Stage};

use crate::exec::data::batch::Batch;
use crate::exec::data::block::{Block, BlockWriter};
use crate::exec::data::read::{BadRow, Reader, corrupt};
use crate::exec::errors::{RowOrigin, TaskResult};
use crate::exec::operators::context::ReadRows;
use crate::exec::operators::context::{RowCounts, TaskContext, TaskEnv};
use crate::exec::operators::placement::Bounds;
use crate::exec::operators::runtime::{Output, StageCode, TaskCode};

/// After how many rows a task looks whether it is to end.
const POLLED: u64 = 4096;

/// Whether the tasks of a stage only move rows.
pub fn only_moves(stage: &Stage) -> bool {
    let sends = match &stage.sink {
        Sink::Shuffle { place, combine: None, .. } => match place {
            PlaceBy::Hash(_) | PlaceBy::Range { .. } | PlaceBy::RoundRobin(_) => true,
            PlaceBy::Custom(_) => false,
        },
        _ => false,
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
        Ok(Box::new(Mover::new(place, &stage.row.shape(), *partitions, env, stage.span)))
    }
}

/// Moves the rows of a partition when it is opened; no row is left to run.
impl<'a> TaskCode<'a> for Mover<'a> {
    fn open(&mut self, task: &mut TaskContext<'_>, split: Split) -> TaskResult<Box<dyn Reader + 'a>> {
        let blocks = match &task.stage.pipelines[split.pipeline].leaf {
            Leaf::Rows(from) => vec![task.env.feeds.rows(*from, split.partition)?],
            Leaf::Gather { from, .. } => task.env.arriving(from, split.partition)?.blocks,
            other => unreachable!("not read from blocks: {other:?}"),
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
        Ok(Output::Buckets(self.writers.into_iter().map(|writer| Arc::new(writer.finish())).collect()))
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
    row: RowCodec,
    keys: Keys,
    writers: Vec<BlockWriter>,
    env: &'a TaskEnv<'a>,
    moved: u64,
}

impl<'a> Mover<'a> {
    fn new(place: By, row: &Shape, partitions: usize, env: &'a TaskEnv<'a>, span: Span) -> Self {
        Self {
            place,
            row: RowCodec::new(row),
            keys: Keys::new(row),
            writers: (0..partitions).map(|_| BlockWriter::new(env.accountant, span)).collect(),
            env,
            moved: 0,
        }
    }

    fn block(&mut self, block: &Block) -> TaskResult<()> {
        let mut rest = &block.bytes[..];
        while !rest.is_empty() {
            if self.moved.is_multiple_of(POLLED) {
                self.env.poll()?;
            }
            let at = self.place_of(rest).map_err(corrupt)?;
            let row = self.row.skip(&mut rest).map_err(corrupt)?;
            self.writers[at].push_encoded(row)?;
            self.moved += 1;
        }
        Ok(())
    }

    /// The partition of the row that begins here.
    fn place_of(&mut self, row: &[u8]) -> Result<usize, Corrupt> {
        let partitions = self.writers.len();
        match &mut self.place {
            By::Hash(order) => Ok(order.partition(self.keys.key(row)?, partitions)),
            By::Turn(next) => {
                *next += 1;
                Ok((*next - 1) % partitions)
            }
            By::Range(bounds, ascending) => {
                let range = self.keys.range(bounds, row)?;
                Ok(if *ascending { range } else { partitions - 1 - range })
            }
        }
    }
}

/// The keys of encoded rows.
pub(in crate::exec) struct Keys {
    shape: Shape,
    codec: RowCodec,
    /// Room for one key.
    decoded: Batch,
    arena: Arena,
}

impl Keys {
    /// The keys of rows of a shape; what is sent in turn need not be pairs.
    pub(in crate::exec) fn new(row: &Shape) -> Self {
        let shape = match row {
            Shape::Tuple(components) if !components.shapes.is_empty() => components.shapes[0].clone(),
            other => other.clone(),
        };
        Self { codec: RowCodec::new(&shape), decoded: Batch::new(shape.clone()), shape, arena: Arena::new() }
    }

    /// The range of a row's key, counted from the smallest.
    pub(in crate::exec) fn range(&mut self, bounds: &Bounds, row: &[u8]) -> Result<usize, Corrupt> {
        let window = Window::of_bytes(&self.shape, row, 0)?;
        let same = bounds.same_word(&window);
        if same.is_empty() || !window.more && !bounds.more(same.clone()) {
            return Ok(same.start);
        }
        self.decode(row)?;
        Ok(bounds.below(self.decoded.row(0), same))
    }

    fn key(&mut self, row: &[u8]) -> Result<Value<'_>, Corrupt> {
        self.decode(row)?;
        Ok(self.decoded.row(0))
    }

    fn decode(&mut self, mut row: &[u8]) -> Result<(), Corrupt> {
        self.arena.reset();
        self.decoded.clear();
        self.decoded.decode_own(&self.codec, &mut row, &self.arena)
    }
}
