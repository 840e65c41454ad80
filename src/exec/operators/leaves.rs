//! Leaves that hand rows on as they are: inputs, blocks of earlier stages, zips, all pairs of two partitions, and whole
//! partitions.

use std::sync::Arc;

use crate::base::source::Span;
use crate::runtime::call::cx::Cx;
use crate::runtime::call::trap::{Reason, Trap};
use crate::runtime::value::shape::Shape;
use crate::runtime::value::words::list_word;

use super::context::TaskContext;
use crate::exec::data::batch::{Batch, BlockRows};
use crate::exec::data::block::Block;
use crate::exec::data::read::{BadRow, Reader};
use crate::exec::errors::{JobError, RowOrigin, TaskResult};
use crate::exec::io::format::{Opened, ReadEnv};
use crate::exec::io::inputs::{Input, InputKind};
use crate::stage::{Gather, Leaf};

/// How many pairs make a batch.
const PAIRED: usize = 1024;

/// Opens a leaf's partition, unless it is a gather that groups, sorts or combines, which is each runtime's own.
///
/// # Errors
/// An input cannot be opened, or rows of an earlier stage are not there.
pub(super) fn open_leaf(task: &TaskContext<'_>, leaf: &Leaf, partition: usize) -> TaskResult<Option<Box<dyn Reader>>> {
    let feeds = task.env.feeds;
    Ok(Some(match leaf {
        Leaf::Source(source) => open_input(task, &task.env.inputs[*source], partition)?,
        Leaf::Rows(stage) => Box::new(BlockReader::new(vec![feeds.rows(*stage, partition)?], partition)),
        Leaf::Whole(stage) => {
            Box::new(PartitionReader::new(feeds.rows(*stage, partition)?, feeds.shape(*stage), partition))
        }
        Leaf::Zip(left, right) => {
            let sides = [feeds.rows(*left, partition)?, feeds.rows(*right, partition)?];
            Box::new(ZipReader::new(sides, partition, task.stage.span))
        }
        Leaf::Cartesian { left, right, right_partitions } => {
            let left = feeds.rows(*left, partition / right_partitions)?;
            let sides = [left, feeds.rows(*right, partition % right_partitions)?];
            Box::new(CartesianReader::new(sides, partition))
        }
        Leaf::Gather { from, how: Gather::Keep } => {
            Box::new(BlockReader::new(task.env.arriving(from, partition)?.blocks, partition))
        }
        Leaf::Gather { how: Gather::Group | Gather::Sort { .. } | Gather::Combine { .. }, .. } => return Ok(None),
        Leaf::CoGroup { .. } => return Ok(None),
    }))
}

/// Opens an input's partition.
fn open_input(task: &TaskContext<'_>, input: &Input, partition: usize) -> TaskResult<Box<dyn Reader>> {
    let at = input.position(partition);
    Ok(match &input.kind {
        InputKind::Files(files) => {
            let env = ReadEnv { accountant: task.env.accountant, span: task.stage.span };
            match files.format.open(files, at, &env)? {
                Opened::Rows(reader) => reader,
                Opened::Block(block) => Box::new(BlockReader::new(vec![block], partition)),
            }
        }
        InputKind::Rows { partitions, .. } => Box::new(BlockReader::new(vec![partitions[at].clone()], partition)),
        InputKind::Range { partitions, step } => {
            let (first, end) = partitions[at];
            Box::new(RangeReader::new(first, end, *step, partition))
        }
    })
}

/// Ints of a range.
struct RangeReader {
    next: Option<i64>,
    end: i64,
    step: i64,
    partition: usize,
}

impl RangeReader {
    /// `first, first + step, …` before `end`.
    fn new(first: i64, end: i64, step: i64, partition: usize) -> Self {
        Self { next: Some(first), end, step, partition }
    }
}

impl Reader for RangeReader {
    fn next(&mut self, cx: &mut Cx, batch: &mut Batch, _bad: &mut Vec<BadRow>) -> TaskResult<bool> {
        cx.arena.reset();
        batch.clear();
        let Some(first) = self.next else { return Ok(false) };
        // Differences of two ints and their steps need 65 bits.
        let (end, step) = (i128::from(self.end), i128::from(self.step));
        let left = ((end - i128::from(first) + step - step.signum()) / step).clamp(0, 4096);
        batch.push_ints(first, self.step, left as usize);
        self.next = i64::try_from(i128::from(first) + left * step).ok();
        Ok(!batch.is_empty())
    }

    fn origin(&self, _row: usize) -> RowOrigin {
        RowOrigin::of_partition(self.partition)
    }
}

/// Rows of blocks, one block after the other.
pub(super) struct BlockReader {
    rows: BlockRows,
    partition: usize,
}

impl BlockReader {
    /// The rows of blocks.
    pub(super) fn new(blocks: Vec<Arc<Block>>, partition: usize) -> Self {
        Self { rows: BlockRows::new(blocks), partition }
    }
}

impl Reader for BlockReader {
    fn next(&mut self, cx: &mut Cx, batch: &mut Batch, _bad: &mut Vec<BadRow>) -> TaskResult<bool> {
        cx.arena.reset();
        Ok(self.rows.lend(batch))
    }

    fn origin(&self, _row: usize) -> RowOrigin {
        RowOrigin::of_partition(self.partition)
    }
}

/// Pairs of rows at equal positions.
pub(super) struct ZipReader {
    sides: [Arc<Block>; 2],
    next: usize,
    partition: usize,
    span: Span,
}

impl ZipReader {
    /// Two sides.
    pub(super) fn new(sides: [Arc<Block>; 2], partition: usize, span: Span) -> Self {
        Self { sides, next: 0, partition, span }
    }
}

impl Reader for ZipReader {
    fn next(&mut self, cx: &mut Cx, batch: &mut Batch, _bad: &mut Vec<BadRow>) -> TaskResult<bool> {
        cx.arena.reset();
        batch.clear();
        let [left, right] = &self.sides;
        let [end, other] = [left, right].map(|side| side.len().min(self.next + PAIRED));
        if end != other {
            let detail = "`zip` needs as many elements in each partition on both sides";
            return Err(JobError::driver(self.span, Trap::new(Reason::Value, detail)));
        }
        (self.next..end).for_each(|n| batch.push(&[left.row(n).words(), right.row(n).words()]));
        self.next = end;
        Ok(!batch.is_empty())
    }

    fn origin(&self, _row: usize) -> RowOrigin {
        RowOrigin::of_partition(self.partition)
    }
}

/// All pairs of rows: for each left row, all right rows.
pub(super) struct CartesianReader {
    sides: [Arc<Block>; 2],
    /// The next pair.
    next: [usize; 2],
    partition: usize,
}

impl CartesianReader {
    /// Two sides.
    pub(super) fn new(sides: [Arc<Block>; 2], partition: usize) -> Self {
        Self { sides, next: [0; 2], partition }
    }
}

impl Reader for CartesianReader {
    fn next(&mut self, cx: &mut Cx, batch: &mut Batch, _bad: &mut Vec<BadRow>) -> TaskResult<bool> {
        cx.arena.reset();
        batch.clear();
        let ([left, right], [at, from]) = (&self.sides, self.next);
        if at == left.len() || right.is_empty() {
            return Ok(false);
        }
        let end = (from + PAIRED).min(right.len());
        (from..end).for_each(|n| batch.push(&[left.row(at).words(), right.row(n).words()]));
        self.next = if end == right.len() { [at + 1, 0] } else { [at, end] };
        Ok(true)
    }

    fn origin(&self, _row: usize) -> RowOrigin {
        RowOrigin::of_partition(self.partition)
    }
}

/// A whole partition as one row: its number and its elements.
pub(super) struct PartitionReader {
    block: Arc<Block>,
    elements: Batch,
    partition: usize,
    done: bool,
}

impl PartitionReader {
    /// The rows of a partition, of a shape.
    pub(super) fn new(block: Arc<Block>, shape: Shape, partition: usize) -> Self {
        Self { block, elements: Batch::new(shape), partition, done: false }
    }
}

impl Reader for PartitionReader {
    fn next(&mut self, cx: &mut Cx, batch: &mut Batch, _bad: &mut Vec<BadRow>) -> TaskResult<bool> {
        cx.arena.reset();
        batch.clear();
        if std::mem::replace(&mut self.done, true) {
            return Ok(false);
        }
        (0..self.block.runs()).for_each(|run| self.elements.push_all(self.block.run(run)));
        let list = list_word(&cx.arena, self.elements.len(), self.elements.words());
        batch.push(&[&[self.partition as u64], &[list]]);
        Ok(true)
    }

    fn origin(&self, _row: usize) -> RowOrigin {
        RowOrigin::of_partition(self.partition)
    }
}
