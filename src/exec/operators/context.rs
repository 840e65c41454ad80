//! The surroundings of a task: what earlier stages left for it, the services of the job, and what it notes for itself.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use crate::engine::Failure;
use crate::plan::node::SourceId;
use crate::runtime::call::cx::Cx;
use crate::runtime::python::text;
use crate::runtime::value::shape::Shape;
use crate::runtime::value::words::Value;
use crate::stage::{Feed, Stage, StageId};

use super::placement::Bounds;
use crate::exec::data::batch::Batch;
use crate::exec::data::block::Block;
use crate::exec::data::read::{BadRow, Reader};
use crate::exec::errors::{Faults, JobError, OnError, RowOrigin, TaskResult};
use crate::exec::io::format::{RowWriter, SaveTo};
use crate::exec::io::inputs::{Inputs, on_error_of};
use crate::exec::io::signals;
use crate::exec::memory::Accountant;
use crate::exec::metrics::{Metrics, add};

/// Gives a task what earlier stages left.
pub trait Feeds: Sync {
    /// The rows that a stage left for a partition.
    ///
    /// # Errors
    /// They are not there.
    fn rows(&self, stage: StageId, partition: usize) -> TaskResult<Arc<Block>>;
    /// The blocks that a shuffling stage left for a partition, in the order of its tasks.
    ///
    /// # Errors
    /// They are not there.
    fn blocks(&self, stage: StageId, partition: usize) -> TaskResult<Vec<Arc<Block>>>;
    /// How many tasks of a stage have left blocks.
    fn tasks(&self, stage: StageId) -> usize;
    /// The type of the rows that a stage left.
    fn shape(&self, stage: StageId) -> Shape;
    /// The input that a task of a stage reads, if it reads one.
    fn source(&self, stage: StageId, task: usize) -> Option<SourceId>;
    /// How many rows a stage left in the partitions before one.
    ///
    /// # Errors
    /// They are not there.
    fn rows_before(&self, stage: StageId, partition: usize) -> TaskResult<u64>;
    /// Whether the rows that a stage left are grouped by key more than once: by several joins, or by later actions.
    fn grouped_again(&self, stage: StageId) -> bool;
}

/// Pairs that arrive at a partition: blocks in the order of the map partitions.
pub struct Arriving {
    /// The blocks.
    pub blocks: Vec<Arc<Block>>,
    /// Shape of a pair.
    pub shape: Shape,
}

/// The services of the job that a task uses.
pub struct TaskEnv<'a> {
    /// The outputs of earlier stages.
    pub feeds: &'a dyn Feeds,
    /// The inputs of the job.
    pub inputs: &'a Inputs,
    /// The treatment of rows that fail, unless the input says otherwise.
    pub on_error: OnError,
    /// The accountant.
    pub accountant: &'a Arc<Accountant>,
    /// Counters.
    pub metrics: &'a Metrics,
    /// Set when the job is to end.
    pub stop: &'a AtomicBool,
    /// Bounds of ranges, where the sink places rows by range.
    pub bounds: Option<Arc<Bounds>>,
    /// Where a save goes.
    pub output: Option<SaveTo<'a>>,
    /// Keeps rejects for the directory of rejected rows.
    pub keep_rejects: bool,
    /// How many rows a running `take` still wants.
    pub take_left: Option<usize>,
    /// When the job's time is over, and how long that is.
    pub deadline: Option<(Instant, Duration)>,
}

impl TaskEnv<'_> {
    /// Whether the task may go on.
    ///
    /// # Errors
    /// The job is to end.
    pub fn poll(&self) -> TaskResult<()> {
        poll(self.deadline)?;
        // Another task has failed: its error is the one that is reported.
        if self.stop.load(Relaxed) { Err(JobError::Interrupted(0)) } else { Ok(()) }
    }

    /// The treatment of rows of an input, or of none, that fail.
    pub fn on_error_of(&self, source: Option<SourceId>) -> OnError {
        on_error_of(self.inputs, source, self.on_error)
    }

    /// The bounds by which the task places its rows.
    ///
    /// # Errors
    /// There are none, which is a fault of the scheduler.
    pub fn bounds(&self) -> TaskResult<Arc<Bounds>> {
        self.bounds.clone().ok_or_else(|| JobError::Bug("ranges without bounds".into()))
    }

    /// The pairs that arrive at a partition.
    ///
    /// # Errors
    /// They are not there.
    pub fn arriving(&self, from: &Feed, partition: usize) -> TaskResult<Arriving> {
        let blocks = if from.local {
            vec![self.feeds.rows(from.stage, partition)?]
        } else {
            self.feeds.blocks(from.stage, partition)?
        };
        Ok(Arriving { blocks, shape: from.row.shape() })
    }
}

/// Whether the job may go on: it is not interrupted, and its time is not over.
///
/// # Errors
/// It is to end.
pub fn poll(deadline: Option<(Instant, Duration)>) -> TaskResult<()> {
    match (signals::interrupted(), deadline) {
        (Some(signal), _) => Err(JobError::Interrupted(signal)),
        (None, Some((end, limit))) if Instant::now() > end => Err(JobError::Timeout(limit)),
        (None, Some(_) | None) => Ok(()),
    }
}

/// A task while it runs: which it is, and what it notes.
pub struct TaskContext<'a> {
    /// The stage.
    pub stage: &'a Stage,
    /// The partition that the task computes.
    pub partition: usize,
    /// The services of the job.
    pub env: &'a TaskEnv<'a>,
    /// The context of kernels.
    pub cx: Cx,
    /// Row errors.
    pub faults: Faults,
    /// Additions to counters, by the counter's number.
    pub counted: Vec<(i64, i64)>,
}

/// Rows that a reader has read.
pub struct ReadRows<'a> {
    /// The reader, which knows where each row comes from.
    pub reader: &'a dyn Reader,
    /// The rows.
    pub batch: &'a Batch,
    /// The treatment of those that fail.
    pub on_error: OnError,
}

/// How many rows of a split had which fate.
#[derive(Default)]
pub struct RowCounts {
    /// Rows that gave a row.
    pub kept: u64,
    /// Rows that gave none.
    pub filtered: u64,
    /// Rows that failed.
    pub rejected: u64,
}

impl RowCounts {
    /// Adds the counts to those of the job. A `take` stops in the middle of a batch: rows that it did not look at were
    /// not read.
    pub fn add_to(&self, metrics: &Metrics) {
        add(&metrics.rows_read, self.kept + self.filtered + self.rejected);
        add(&metrics.rows_kept, self.kept);
        add(&metrics.rows_filtered, self.filtered);
        add(&metrics.rows_rejected, self.rejected);
    }
}

impl<'a> TaskContext<'a> {
    /// A task that has not begun.
    pub fn new(stage: &'a Stage, partition: usize, env: &'a TaskEnv<'a>) -> Self {
        let cx = Cx::new();
        cx.partition.set(partition);
        let faults = Faults { keep_rejects: env.keep_rejects, ..Faults::default() };
        Self { stage, partition, env, cx, faults, counted: Vec::new() }
    }

    /// The writer of a save's rows.
    ///
    /// # Errors
    /// Its file cannot be created.
    pub fn row_writer(&self) -> TaskResult<Box<dyn RowWriter>> {
        let to = self.env.output.ok_or_else(|| JobError::Bug("a save without a directory".into()))?;
        Ok(to.format.writer(to.output, self.partition)?)
    }

    /// Notes a row that an input could not read; it is labelled at the operator that reads.
    pub fn bad_row(&mut self, row: BadRow, source: Option<SourceId>, counts: &mut RowCounts) {
        let span = source.map_or(self.stage.span, |source| self.env.inputs[source].span);
        let failure = Failure { span, trap: row.trap };
        counts.rejected += 1;
        self.faults.add(failure, || (row.origin, row.record), self.env.on_error_of(source));
    }

    /// Notes that row `n` of a batch has failed.
    pub fn failed_row(&mut self, rows: &ReadRows<'_>, n: usize, failure: Failure, counts: &mut RowCounts) {
        counts.rejected += 1;
        let details = || (rows.reader.origin(n), text::str_of(rows.batch.row(n)));
        self.faults.add(failure, details, rows.on_error);
    }

    /// Notes that a pair which arrived has failed in a combine.
    pub fn failed_pair(&mut self, pair: Value<'_>, from: usize, failure: Failure, on_error: OnError) {
        let origin = RowOrigin::of_partition(from);
        self.faults.add(failure, || (origin, text::repr_of(pair)), on_error);
    }

    /// Takes over what kernels have added to counters.
    pub fn take_counts(&mut self) {
        for (counter, n) in self.cx.counted.borrow_mut().drain(..) {
            match self.counted.iter_mut().find(|(known, _)| *known == counter) {
                Some((_, sum)) if sum.checked_add(n).is_some() => *sum += n,
                // A sum that does not fit is kept in two parts, for the job's counter to refuse.
                _ => self.counted.push((counter, n)),
            }
        }
    }
}

/// The effects of the row that is being run: what it prints and counts, which is taken back if it fails.
pub struct RowEffects {
    printed: usize,
    /// How far the row had come when it filled the sink: lengths of what was printed and counted.
    filled: Option<(usize, usize)>,
}

impl RowEffects {
    /// Begins a row.
    pub fn begin(cx: &Cx) -> Self {
        Self { printed: cx.printed.borrow().len(), filled: None }
    }

    /// Notes that the row has filled the sink: what it does from here on is not looked at, since `take` has all it wants.
    pub fn filled(&mut self, cx: &Cx) {
        self.filled.get_or_insert_with(|| (cx.printed.borrow().len(), cx.counted.borrow().len()));
    }

    /// Ends the row: the effects of a row that failed are taken back, others are kept. The kernel's own row error hides
    /// one of the sink.
    ///
    /// # Errors
    /// The row error that counts.
    pub fn end(
        self,
        task: &mut TaskContext<'_>,
        kernel: Result<(), Failure>,
        sink: Option<Failure>,
    ) -> Result<(), Failure> {
        let mut done = kernel.and_then(|()| sink.map_or(Ok(()), Err));
        if let Some((printed, counted)) = self.filled {
            task.cx.printed.borrow_mut().truncate(printed);
            task.cx.counted.borrow_mut().truncate(counted);
            done = Ok(());
        }
        if done.is_err() {
            task.cx.printed.borrow_mut().truncate(self.printed);
            task.cx.counted.borrow_mut().clear();
        } else if !task.cx.counted.borrow().is_empty() {
            task.take_counts();
        }
        done
    }
}
