//! Leaves that hand rows on as they are: inputs, blocks of earlier stages, zips, all pairs of two partitions, and whole
//! partitions.
//!
//! Each runtime brings the decoder of blocks from which they take rows ([`FillRows`]).

use std::sync::Arc;

use crate::base::source::Span;
use crate::runtime::call::cx::Cx;
use crate::runtime::call::trap::{Reason, Trap};
use crate::runtime::value::arena::Arena;
use crate::runtime::value::shape::Shape;
use crate::runtime::value::words::list_word;

use super::context::TaskContext;
use crate::exec::data::batch::Batch;
use crate::exec::data::block::Block;
use crate::exec::data::read::{BadRow, Reader};
use crate::exec::errors::{JobError, RowOrigin, TaskResult};
use crate::exec::io::format::{Opened, ReadEnv};
use crate::exec::io::inputs::InputKind;
use crate::stage::{Gather, Leaf};

/// Gives the rows of blocks in order.
pub(super) trait FillRows {
    /// Begins with the first row of the blocks, of a shape.
    fn of_blocks(blocks: Vec<Arc<Block>>, shape: &Shape) -> Self;

    /// Adds rows to a batch, at most `most`; fewer only at the end, or after many bytes.
    ///
    /// # Errors
    /// A block is corrupt.
    fn fill(&mut self, arena: &Arena, batch: &mut Batch, most: usize) -> TaskResult<()>;
}

/// Opens a leaf's partition, unless it is a gather that groups, sorts or combines, which is each runtime's own.
///
/// # Errors
/// An input cannot be opened, or rows of an earlier stage are not there.
pub(super) fn open_leaf<F: FillRows + 'static>(
    task: &TaskContext<'_>,
    leaf: &Leaf,
    partition: usize,
) -> TaskResult<Option<Box<dyn Reader>>> {
    let feeds = task.env.feeds;
    let rows = |stage, partition| Ok::<_, JobError>((feeds.rows(stage, partition)?, feeds.shape(stage)));
    Ok(Some(match leaf {
        Leaf::Source(source) => open_input::<F>(task, &task.env.inputs[*source].kind, partition)?,
        Leaf::Rows(stage) => {
            let (block, shape) = rows(*stage, partition)?;
            Box::new(BlockReader::<F>::new(vec![block], &shape, partition))
        }
        Leaf::Whole(stage) => {
            let (block, shape) = rows(*stage, partition)?;
            Box::new(PartitionReader::<F>::new(block, shape, partition))
        }
        Leaf::Zip(left, right) => {
            let sides = [rows(*left, partition)?, rows(*right, partition)?];
            Box::new(ZipReader::<F>::new(sides, partition, task.stage.span))
        }
        Leaf::Cartesian { left, right, right_partitions } => {
            let sides = [rows(*left, partition / right_partitions)?, rows(*right, partition % right_partitions)?];
            Box::new(CartesianReader::<F>::new(sides, partition))
        }
        Leaf::Gather { from, how: Gather::Keep } => {
            let arriving = task.env.arriving(from, partition)?;
            Box::new(BlockReader::<F>::new(arriving.blocks, &arriving.shape, partition))
        }
        Leaf::Gather { how: Gather::Group | Gather::Sort { .. } | Gather::Combine { .. }, .. } => return Ok(None),
        Leaf::CoGroup { .. } => return Ok(None),
    }))
}

/// Opens an input's partition.
fn open_input<F: FillRows + 'static>(
    task: &TaskContext<'_>,
    kind: &InputKind,
    partition: usize,
) -> TaskResult<Box<dyn Reader>> {
    Ok(match kind {
        InputKind::Files(input) => {
            let env = ReadEnv { accountant: task.env.accountant, span: task.stage.span };
            match input.format.open(input, partition, &env)? {
                Opened::Rows(reader) => reader,
                Opened::Block(block, shape) => {
                    Box::new(BlockReader::<F>::new(vec![Arc::new(block)], &shape, partition))
                }
            }
        }
        InputKind::Rows { partitions, shape } => {
            Box::new(BlockReader::<F>::new(vec![partitions[partition].clone()], shape, partition))
        }
        InputKind::Range { partitions, step } => {
            let (first, end) = partitions[partition];
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
pub(super) struct BlockReader<F> {
    rows: F,
    partition: usize,
}

impl<F: FillRows> BlockReader<F> {
    /// The rows of blocks, of a shape.
    pub(super) fn new(blocks: Vec<Arc<Block>>, shape: &Shape, partition: usize) -> Self {
        Self { rows: F::of_blocks(blocks, shape), partition }
    }
}

impl<F: FillRows> Reader for BlockReader<F> {
    fn next(&mut self, cx: &mut Cx, batch: &mut Batch, _bad: &mut Vec<BadRow>) -> TaskResult<bool> {
        cx.arena.reset();
        batch.clear();
        self.rows.fill(&cx.arena, batch, usize::MAX)?;
        Ok(!batch.is_empty())
    }

    fn origin(&self, _row: usize) -> RowOrigin {
        RowOrigin::of_partition(self.partition)
    }
}

/// Pairs of rows at equal positions.
pub(super) struct ZipReader<F> {
    sides: [F; 2],
    rows: [Batch; 2],
    partition: usize,
    span: Span,
}

impl<F: FillRows> ZipReader<F> {
    /// Two sides with the shapes of their rows.
    pub(super) fn new([left, right]: [(Arc<Block>, Shape); 2], partition: usize, span: Span) -> Self {
        let sides = [&left, &right].map(|(block, shape)| F::of_blocks(vec![block.clone()], shape));
        Self { sides, rows: [left.1, right.1].map(Batch::new), partition, span }
    }
}

impl<F: FillRows> Reader for ZipReader<F> {
    fn next(&mut self, cx: &mut Cx, batch: &mut Batch, _bad: &mut Vec<BadRow>) -> TaskResult<bool> {
        cx.arena.reset();
        batch.clear();
        for (side, rows) in self.sides.iter_mut().zip(&mut self.rows) {
            rows.clear();
            while rows.len() < 1024 {
                let before = rows.len();
                side.fill(&cx.arena, rows, 1024 - before)?;
                if rows.len() == before {
                    break;
                }
            }
        }
        let [left, right] = &self.rows;
        if left.len() != right.len() {
            let detail = "`zip` needs as many elements in each partition on both sides";
            return Err(JobError::driver(self.span, Trap::new(Reason::Value, detail)));
        }
        left.iter().zip(right.iter()).for_each(|(l, r)| batch.push(&[l.words(), r.words()]));
        Ok(!batch.is_empty())
    }

    fn origin(&self, _row: usize) -> RowOrigin {
        RowOrigin::of_partition(self.partition)
    }
}

/// All pairs of rows: for each left row, all right rows.
pub(super) struct CartesianReader<F> {
    left: F,
    left_row: Batch,
    /// Holds what the left row points to, for as long as it is paired.
    left_arena: Arena,
    right: Arc<Block>,
    right_rows: F,
    right_batch: Batch,
    partition: usize,
}

impl<F: FillRows> CartesianReader<F> {
    /// Two sides with the shapes of their rows.
    pub(super) fn new([left, right]: [(Arc<Block>, Shape); 2], partition: usize) -> Self {
        Self {
            left: F::of_blocks(vec![left.0], &left.1),
            left_row: Batch::new(left.1),
            left_arena: Arena::new(),
            right_rows: F::of_blocks(Vec::new(), &right.1),
            right: right.0,
            right_batch: Batch::new(right.1),
            partition,
        }
    }

    /// Takes the next left row; false at the end.
    fn next_left(&mut self) -> TaskResult<bool> {
        self.left_row.clear();
        self.left_arena.reset();
        self.left.fill(&self.left_arena, &mut self.left_row, 1)?;
        self.right_rows = F::of_blocks(vec![self.right.clone()], self.right_batch.shape());
        Ok(!self.left_row.is_empty())
    }
}

impl<F: FillRows> Reader for CartesianReader<F> {
    fn next(&mut self, cx: &mut Cx, batch: &mut Batch, _bad: &mut Vec<BadRow>) -> TaskResult<bool> {
        cx.arena.reset();
        batch.clear();
        self.right_batch.clear();
        if !self.left_row.is_empty() {
            self.right_rows.fill(&cx.arena, &mut self.right_batch, 1024)?;
        }
        while self.right_batch.is_empty() {
            if !self.next_left()? {
                return Ok(false);
            }
            self.right_rows.fill(&cx.arena, &mut self.right_batch, 1024)?;
        }
        let left = self.left_row.row(0);
        self.right_batch.iter().for_each(|right| batch.push(&[left.words(), right.words()]));
        Ok(true)
    }

    fn origin(&self, _row: usize) -> RowOrigin {
        RowOrigin::of_partition(self.partition)
    }
}

/// A whole partition as one row: its number and its elements.
pub(super) struct PartitionReader<F> {
    blocks: F,
    elements: Batch,
    partition: usize,
    done: bool,
}

impl<F: FillRows> PartitionReader<F> {
    /// The rows of a partition, of a shape.
    pub(super) fn new(block: Arc<Block>, shape: Shape, partition: usize) -> Self {
        Self { blocks: F::of_blocks(vec![block], &shape), elements: Batch::new(shape), partition, done: false }
    }
}

impl<F: FillRows> Reader for PartitionReader<F> {
    fn next(&mut self, cx: &mut Cx, batch: &mut Batch, _bad: &mut Vec<BadRow>) -> TaskResult<bool> {
        cx.arena.reset();
        batch.clear();
        if self.done {
            return Ok(false);
        }
        self.done = true;
        loop {
            let before = self.elements.len();
            self.blocks.fill(&cx.arena, &mut self.elements, usize::MAX)?;
            if self.elements.len() == before {
                break;
            }
        }
        let list = list_word(&cx.arena, self.elements.len(), self.elements.words());
        batch.push(&[&[self.partition as u64], &[list]]);
        Ok(true)
    }

    fn origin(&self, _row: usize) -> RowOrigin {
        RowOrigin::of_partition(self.partition)
    }
}
