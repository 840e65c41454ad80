//! A task: one partition of a stage, from its leaf through kernels to the sink.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use crate::engine::Failure;
use crate::plan::node::SourceId;
use crate::runtime::call::cx::Cx;
use crate::runtime::spark::sample::{State, States};
use crate::runtime::value::shape::Shape;
use crate::stage::{Kernel, Split, Stage, StageId, StateSpec};

use self::code::StageCode;
use super::data::batch::Batch;
use super::data::block::Block;
use super::errors::{Faults, JobError, RowError, RowErrors, RowOrigin, TaskResult};
use super::io::format::SaveTo;
use super::io::inputs::{Inputs, OnError, on_error_of};
use super::memory::Accountant;
use super::metrics::{Metrics, add};
use super::operators::batched;
use super::operators::placement::Bounds;
use super::operators::read::BadRow;
use super::operators::sink::{Output, SinkInputs, SinkState};

pub mod code;
mod open;
mod way;

pub use open::arriving;
use way::Way;

/// Where a task gets what earlier stages left.
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

/// What a task has besides its stage.
pub struct TaskEnv<'a> {
    /// What earlier stages left.
    pub feeds: &'a dyn Feeds,
    /// The inputs of the job.
    pub inputs: &'a Inputs,
    /// What happens to rows that fail, unless the input says otherwise.
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

    /// What happens to rows of an input that fail.
    fn on_error_of(&self, source: Option<SourceId>) -> OnError {
        on_error_of(self.inputs, source, self.on_error)
    }
}

/// Whether the job may go on: it is not interrupted, and its time is not over.
///
/// # Errors
/// It is to end.
pub(super) fn poll(deadline: Option<(Instant, Duration)>) -> TaskResult<()> {
    match (super::io::signals::interrupted(), deadline) {
        (Some(signal), _) => Err(JobError::Interrupted(signal)),
        (None, Some((end, limit))) if Instant::now() > end => Err(JobError::Timeout(limit)),
        (None, Some(_) | None) => Ok(()),
    }
}

/// What a task gives back.
pub struct TaskDone {
    /// What it leaves for later stages.
    pub output: Output,
    /// What `print` wrote in its kernels.
    pub printed: Vec<u8>,
    /// Additions to counters.
    pub counted: Vec<(i64, i64)>,
    /// Row errors that make the job fail.
    pub errors: RowErrors,
    /// Rows that were left out.
    pub rejected: RowErrors,
    /// All of these, when they are to be written.
    pub rejects: Vec<RowError>,
}

/// Runs the task of a partition.
///
/// # Errors
/// What ends the job. Row errors are part of the result.
pub fn run_task(stage: &Stage, code: &StageCode, partition: usize, env: &TaskEnv<'_>) -> TaskResult<TaskDone> {
    add(&env.metrics.tasks, 1);
    if code.only_moves {
        return batched::copy::run(stage, partition, env);
    }
    let sink_inputs = SinkInputs {
        partition,
        bounds: env.bounds.clone(),
        output: env.output,
        accountant: env.accountant,
        take_left: env.take_left,
    };
    let sink = SinkState::start(stage, &code.sink, &sink_inputs)?;
    let mut task = Task::new(stage, partition, env, sink);
    for split in &stage.tasks[partition] {
        task.run_split(*split, code)?;
    }
    task.finish()
}

struct Task<'a> {
    stage: &'a Stage,
    partition: usize,
    env: &'a TaskEnv<'a>,
    cx: Cx,
    sink: SinkState,
    faults: Faults,
    counted: Vec<(i64, i64)>,
}

/// The counts of one split's rows.
#[derive(Default)]
struct Tally {
    kept: u64,
    filtered: u64,
    rejected: u64,
}

impl<'a> Task<'a> {
    fn new(stage: &'a Stage, partition: usize, env: &'a TaskEnv<'a>, sink: SinkState) -> Self {
        let cx = Cx::new();
        cx.partition.set(partition);
        let faults = Faults { keep_rejects: env.keep_rejects, ..Faults::default() };
        Self { stage, partition, env, cx, sink, faults, counted: Vec::new() }
    }

    fn run_split(&mut self, split: Split, code: &StageCode) -> TaskResult<()> {
        let pipeline = &self.stage.pipelines[split.pipeline];
        let pipeline_code = &code.pipelines[split.pipeline];
        let source = pipeline.leaf.source();
        let on_error = self.env.on_error_of(source);
        self.begin_states(&pipeline.kernels)?;
        self.cx.padded.set([0; 2]);
        let mut reader = self.reader(&pipeline.leaf, pipeline_code, split.partition)?;
        // What the functions of a gather counted belongs to no row.
        merge_counts(&mut self.counted, &mut self.cx.counted.borrow_mut());
        let mut way = Way::new(self, pipeline, pipeline_code);
        let mut batch = Batch::new(pipeline.leaf_row.shape());
        let (mut bad, mut tally, mut bytes) = (Vec::new(), Tally::default(), 0);
        let mut arena = self.env.accountant.charge(0).expect("nothing is always within the budget");
        while !self.sink.full && reader.next(&mut self.cx, &mut batch, &mut bad)? {
            self.poll()?;
            arena.set(self.cx.arena.allocated()).map_err(|over| JobError::Budget(over, self.stage.span))?;
            let mut bad = bad.drain(..).peekable();
            let mut n = 0;
            while n < batch.len() {
                while let Some(row) = bad.next_if(|row: &BadRow| row.before <= n && !self.sink.full) {
                    self.bad_row(row, source, on_error, &mut tally);
                }
                if self.sink.full {
                    break;
                }
                let to = bad.peek().map_or(batch.len(), |row| row.before.min(batch.len()));
                n = self.run_some(&mut way, &*reader, &batch, [n, to], on_error, &mut tally)?;
                arena.set(self.cx.arena.allocated()).map_err(|over| JobError::Budget(over, self.stage.span))?;
            }
            if !self.sink.full {
                bad.for_each(|row| self.bad_row(row, source, on_error, &mut tally));
            }
            let read = reader.bytes();
            add(&self.env.metrics.bytes_read, read - bytes);
            bytes = read;
        }
        if source.is_some() {
            self.count(&tally);
        }
        Ok(())
    }

    fn count(&self, tally: &Tally) {
        let metrics = self.env.metrics;
        // A `take` stops in the middle of a batch: rows that it did not look at were not read.
        add(&metrics.rows_read, tally.kept + tally.filtered + tally.rejected);
        add(&metrics.rows_kept, tally.kept);
        add(&metrics.rows_filtered, tally.filtered);
        add(&metrics.rows_rejected, tally.rejected);
    }

    fn poll(&self) -> TaskResult<()> {
        self.env.poll()
    }

    /// Row errors of the input itself are labelled at the operator that reads.
    fn bad_row(&mut self, row: BadRow, source: Option<SourceId>, on_error: OnError, tally: &mut Tally) {
        let span = source.map_or(self.stage.span, |source| self.env.inputs[source].span);
        let failure = Failure { span, trap: row.trap };
        self.failed(failure, || (row.origin, row.record), on_error, tally);
    }

    fn failed(
        &mut self,
        failure: Failure,
        details: impl FnOnce() -> (RowOrigin, String),
        on_error: OnError,
        tally: &mut Tally,
    ) {
        tally.rejected += 1;
        self.faults.add(failure, details, on_error);
    }

    fn finish(self) -> TaskResult<TaskDone> {
        let output = self.sink.finish(self.stage, self.env.accountant)?;
        Ok(TaskDone {
            output,
            printed: self.cx.printed.take(),
            counted: self.counted,
            errors: self.faults.errors,
            rejected: self.faults.rejected,
            rejects: self.faults.rejects,
        })
    }

    /// Begins the states of a pipeline's kernels with the partition; they go on from split to split. Stages are cut so
    /// that only what comes after all splits of a task have met has states.
    fn begin_states(&self, kernels: &[Kernel]) -> TaskResult<()> {
        let wanted: usize = kernels.iter().map(|kernel| kernel.states.len()).sum();
        if self.cx.local(|states: &mut States| states.0.len()) != wanted {
            let states = self.states(kernels)?;
            self.cx.local(|kept| *kept = States(states));
        }
        Ok(())
    }

    /// The states of a pipeline's kernels, as they begin in this partition.
    fn states(&self, kernels: &[Kernel]) -> TaskResult<Vec<State>> {
        kernels.iter().flat_map(|kernel| &kernel.states).map(|spec| self.state(spec)).collect()
    }

    fn state(&self, spec: &StateSpec) -> TaskResult<State> {
        Ok(match spec {
            StateSpec::Sample { draw, seed } => State::begin_draw(*draw, *seed, self.partition),
            StateSpec::Number { counted: Some(stage), .. } => {
                State::begin_count(self.env.feeds.rows_before(*stage, self.partition)? as i64, 1)
            }
            StateSpec::Number { counted: None, partitions, .. } => {
                State::begin_count(self.partition as i64, *partitions as i64)
            }
        })
    }
}

fn merge_counts(total: &mut Vec<(i64, i64)>, more: &mut Vec<(i64, i64)>) {
    for (counter, n) in more.drain(..) {
        match total.iter_mut().find(|(known, _)| *known == counter) {
            Some((_, sum)) if sum.checked_add(n).is_some() => *sum += n,
            // A sum that does not fit is kept in two parts, for the job's counter to refuse.
            _ => total.push((counter, n)),
        }
    }
}
