//! A runtime: it compiles stages, and runs their tasks.
//!
//! [`rows`](super::rows) is the reference: it runs interpreted kernels row by row and is as simple as it can be.
//! [`batched`](super::batched) is for compiled kernels: it runs them over batches and is what users wait for. Which of
//! them runs a stage is chosen once, where the stage's code is made ([`Runtime::compile`]); a task then runs the
//! [`StageCode`] without asking again. The reference cannot check code that it shares with the other runtime, so the
//! two share the readers of inputs and files, and neither combines, groups, sorts, folds nor sinks. Both leave the same
//! bytes, and the same row errors in the same order.

use std::sync::Arc;

use crate::engine::Engine;
use crate::plan::node::SourceId;
use crate::runtime::value::datum::Datum;
use crate::runtime::value::shape::Shape;
use crate::stage::{Split, Stage};

use super::context::{ReadRows, RowCounts, TaskContext};
use super::placement::Bounds;
use crate::exec::data::block::Block;
use crate::exec::data::lines::Lines;
use crate::exec::data::read::Reader;
use crate::exec::errors::{OnError, TaskResult};

/// A runtime: the operators of tasks for kernels of one engine.
pub trait Runtime: Send + Sync {
    /// Compiles a stage. `on_error` says what happens to rows of an input, or of none, that fail.
    fn compile(&self, stage: &Stage, on_error: &dyn Fn(Option<SourceId>) -> OnError) -> Box<dyn StageCode>;

    /// Bounds of ranges, from samples of the pairs in blocks, see [`Bounds`].
    ///
    /// # Errors
    /// A block is corrupt.
    fn bounds(&self, blocks: &[Arc<Block>], pair: &Shape, ranges: usize, original: bool) -> TaskResult<Bounds>;

    /// The engine that compiles kernels, for those that the driver calls by themselves.
    fn engine(&self) -> &dyn Engine;
}

/// The code of a stage, which its tasks share.
pub trait StageCode: Send + Sync {
    /// Starts a task: its sink is open.
    ///
    /// # Errors
    /// An output file cannot be created.
    fn start<'a>(&'a self, task: &TaskContext<'a>) -> TaskResult<Box<dyn TaskCode<'a> + 'a>>;
}

/// A task that runs.
pub trait TaskCode<'a> {
    /// Opens a partition of a leaf.
    ///
    /// # Errors
    /// Whatever ends the task.
    fn open(&mut self, task: &mut TaskContext<'_>, split: Split) -> TaskResult<Box<dyn Reader + 'a>>;

    /// Runs rows of a batch through the kernels into the sink, up to the second of `range` or fewer; gives the row to go
    /// on with.
    ///
    /// # Errors
    /// Whatever ends the task. Row errors are noted in the context.
    fn run(
        &mut self,
        task: &mut TaskContext<'_>,
        rows: &ReadRows<'_>,
        range: [usize; 2],
        counts: &mut RowCounts,
    ) -> TaskResult<usize>;

    /// Whether the sink wants no more rows.
    fn is_full(&self) -> bool;

    /// Ends the task; gives the output that it leaves.
    ///
    /// # Errors
    /// An output file cannot be finished, or the budget of memory is exceeded.
    fn finish(self: Box<Self>, task: &TaskContext<'_>) -> TaskResult<Output>;
}

/// The output of a task.
#[derive(Debug)]
pub enum Output {
    /// A block for each partition of the next stage.
    Buckets(Vec<Arc<Block>>),
    /// Rows.
    Rows(Arc<Block>),
    /// A number of rows.
    Count(u64),
    /// The state of a fold, if there was a row or a zero.
    State(Option<Arc<Datum>>),
    /// Lines of text.
    Lines(Lines),
    /// Nothing to keep.
    Nothing,
}
