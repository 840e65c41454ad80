//! A task: one partition of a stage, from its leaf through kernels to the sink.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;

use crate::engine::{Engine, Failure};
use crate::plan::node::SourceId;
use crate::runtime::cx::Cx;
use crate::runtime::sample::State;
use crate::runtime::shape::Shape;
use crate::runtime::text;
use crate::runtime::value::Value;
use crate::stage::{CombineKernels, Feed, Gather, Kernel, Leaf, Pipeline, Split, Stage, StageId, StateSpec};

use super::batch::Batch;
use super::block::Block;
use super::combine::{CombineCode, Compiled, Running};
use super::errors::{Faults, JobError, RowError, RowErrors, RowPlace, TaskResult};
use super::gather::{Arriving, CombineReader, Combining, GroupReader, SortReader};
use super::inputs::{InputKind, Inputs, OnError};
use super::io::OutputDir;
use super::memory::Accountant;
use super::metrics::{Metrics, add};
use super::place::Bounds;
use super::read::{
    BadRow, BlockReader, CartesianReader, PartitionReader, RangeReader, Reader, TextReader, WholeReader, ZipReader,
};
use super::sink::{Output, SinkCode, SinkInputs, SinkState};
use super::staged::blocks::StagedBlockReader;
use super::staged::combine::{CombinedReader, Merging, UpdateCode};
use super::staged::fold::{FoldCode, Folded};
use super::staged::group::StagedGroupReader;
use super::staged::sort::StagedSortReader;
use super::staged::{self, Narrow};

/// The code of a stage: what its tasks share.
pub struct StageCode {
    pipelines: Vec<PipelineCode>,
    /// The sink's functions.
    pub sink: SinkCode,
    only_moves: bool,
}

struct PipelineCode {
    kernels: Vec<Compiled>,
    /// Whether the readers are the staged ones.
    staged: bool,
    /// Whether kernels run over batches, see [`super::staged`].
    batched: bool,
    combine: Option<GatherCode>,
    /// The kernel and the fold of the sink as one.
    fold: Option<FoldCode>,
}

/// The functions of a combine after a shuffle.
enum GatherCode {
    /// For the reference, and what only it can do.
    Rows(CombineCode),
    /// Batch by batch.
    Staged(UpdateCode),
}

impl GatherCode {
    /// `local` says that all values of a partition arrive as one block.
    fn new(kernels: &CombineKernels, partial: bool, local: bool, engine: &dyn Engine) -> Self {
        let staged = match (partial, local) {
            (true, _) => UpdateCode::of_states(kernels, engine),
            (false, true) => UpdateCode::of_values(kernels, engine),
            (false, false) => None,
        };
        staged.map_or_else(|| Self::Rows(CombineCode::new(kernels, engine)), Self::Staged)
    }
}

impl StageCode {
    /// Compiles the kernels of a stage.
    pub fn new(stage: &Stage, engine: &dyn Engine) -> Self {
        let staged = staged::sink_can(stage, engine);
        let pipelines = stage.pipelines.iter().map(|pipeline| PipelineCode {
            kernels: pipeline.kernels.iter().map(|kernel| Compiled::new(kernel, engine)).collect(),
            batched: staged && staged::pipeline_can(pipeline),
            fold: match staged && staged::pipeline_can(pipeline) {
                true => FoldCode::new(pipeline, &stage.sink, engine),
                false => None,
            },
            combine: match &pipeline.leaf {
                Leaf::Gather { from, how: Gather::Combine { combine, partial } } => {
                    Some(GatherCode::new(combine, *partial, from.local, engine))
                }
                _ => None,
            },
            staged: engine.staged(),
        });
        let only_moves = engine.staged() && staged::copy::only_moves(stage);
        Self { pipelines: pipelines.collect(), sink: SinkCode::new(&stage.sink, engine), only_moves }
    }
}

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
    /// The output directory of a save.
    pub output: Option<&'a OutputDir>,
    /// Keeps rejects for the directory of rejected rows.
    pub keep_rejects: bool,
    /// How many rows a running `take` still wants.
    pub take_left: Option<usize>,
    /// When the job's time is over, and how long that is.
    pub deadline: Option<(std::time::Instant, std::time::Duration)>,
}

impl TaskEnv<'_> {
    /// Whether the task may go on.
    ///
    /// # Errors
    /// The job is to end.
    pub fn poll(&self) -> TaskResult<()> {
        if let Some(signal) = super::io::signals::interrupted() {
            return Err(JobError::Interrupted(signal));
        }
        if let Some((_, limit)) = self.deadline.filter(|(end, _)| std::time::Instant::now() > *end) {
            return Err(JobError::Timeout(limit));
        }
        // Another task has failed: its error is the one that is reported.
        if self.stop.load(Relaxed) { Err(JobError::Interrupted(0)) } else { Ok(()) }
    }

    /// What happens to rows of an input that fail.
    fn on_error_of(&self, source: Option<SourceId>) -> OnError {
        // What an earlier action kept has no input any more.
        let input = source.and_then(|source| self.inputs.get(source));
        input.and_then(|input| input.on_error).unwrap_or(self.on_error)
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
        return staged::copy::run(stage, partition, env);
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

/// How the rows of a split get to the sink.
enum Way {
    /// Batch by batch.
    Staged(Narrow),
    /// Batch by batch, folded where it is emitted.
    Folded(Folded),
    /// Row by row; the batch holds what a row gives until it is known not to fail.
    Rows(Chain, Batch),
}

impl Way {
    fn new(pipeline: &Pipeline, code: &PipelineCode, sink: &SinkState, on_error: OnError) -> Self {
        let leaf = pipeline.leaf_row.shape();
        if let Some(fold) = code.fold.as_ref().filter(|_| on_error == OnError::Fail) {
            return Self::Folded(fold.start());
        }
        if code.batched {
            return Self::Staged(Narrow::new(&code.kernels, &leaf, sink));
        }
        let row = pipeline.kernels.last().map_or(leaf, |last| (*last.func.emits).clone());
        Self::Rows(Chain::new(code), Batch::new(row))
    }
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
        let source = match pipeline.leaf {
            Leaf::Source(source) => Some(source),
            _ => None,
        };
        let on_error = self.env.on_error_of(source);
        self.begin_states(&pipeline.kernels)?;
        let mut reader = self.reader(&pipeline.leaf, pipeline_code, split.partition)?;
        // What the functions of a gather counted belongs to no row.
        merge_counts(&mut self.counted, &mut self.cx.counted.borrow_mut());
        let mut way = Way::new(pipeline, pipeline_code, &self.sink, on_error);
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

    /// Runs rows of a batch, up to the second of `range` or fewer; gives the row to go on with.
    fn run_some(
        &mut self,
        way: &mut Way,
        reader: &dyn Reader,
        batch: &Batch,
        range: [usize; 2],
        on_error: OnError,
        tally: &mut Tally,
    ) -> TaskResult<usize> {
        let [from, to] = range;
        let place = |n: usize| (reader.place(n), text::str_of(batch.row(n)));
        match way {
            Way::Staged(_) | Way::Folded(_) => {
                let (segment, next) = match way {
                    Way::Folded(folded) => folded.run(&self.cx, &mut self.sink, batch, range),
                    Way::Staged(narrow) => {
                        narrow.run(&self.cx, &mut self.sink, batch, range, on_error != OnError::Fail)?
                    }
                    Way::Rows(..) => unreachable!("another arm"),
                };
                tally.kept += segment.kept;
                tally.filtered += segment.rows - segment.kept - segment.failures.len() as u64;
                for (n, failure) in segment.failures {
                    self.failed(failure, || place(n), on_error, tally);
                }
                Ok(next)
            }
            Way::Rows(chain, held) => {
                // As many as may go by between two looks at the arena.
                let to = to.min(from + 256);
                for n in from..to {
                    if self.sink.full {
                        break;
                    }
                    match self.run_row(chain, held, batch.row(n), on_error) {
                        Ok(0) => tally.filtered += 1,
                        Ok(_) => tally.kept += 1,
                        Err(failure) => self.failed(failure, || place(n), on_error, tally),
                    }
                    if let Some(error) = self.sink.ended.take() {
                        return Err(error);
                    }
                }
                Ok(to)
            }
        }
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

    /// Runs a row through the kernels into the sink; the number of rows it gave. Unless errors make the job fail, what
    /// the row gives is held back until it is known not to fail.
    fn run_row(
        &mut self,
        chain: &mut Chain,
        held: &mut Batch,
        row: Value<'_>,
        on_error: OnError,
    ) -> Result<u64, Failure> {
        let printed = self.cx.printed.borrow().len();
        let (cx, sink) = (&self.cx, &mut self.sink);
        let (mut emitted, mut filled) = (0, None);
        let done = if on_error == OnError::Fail {
            chain.run(cx, row, &mut |value| {
                emitted += 1;
                sink.row(cx, value);
                if sink.full && filled.is_none() {
                    filled = Some((cx.printed.borrow().len(), cx.counted.borrow().len()));
                }
            })
        } else {
            held.clear();
            let done = chain.run(cx, row, &mut |value| held.push(&[value.words()]));
            if done.is_ok() {
                emitted = held.len() as u64;
                held.iter().for_each(|value| sink.row(cx, value));
            }
            done
        };
        // The kernel's own row error hides one of the sink.
        let sunk = self.sink.failed.take();
        let mut done = done.and_then(|()| sunk.map_or(Ok(()), Err));
        // What a row does after it has filled the sink is not looked at: `take` has all it wants.
        if let Some((printed, counted)) = filled {
            self.cx.printed.borrow_mut().truncate(printed);
            self.cx.counted.borrow_mut().truncate(counted);
            done = Ok(());
        }
        if done.is_err() {
            self.cx.printed.borrow_mut().truncate(printed);
            self.cx.counted.borrow_mut().clear();
        } else if !self.cx.counted.borrow().is_empty() {
            merge_counts(&mut self.counted, &mut self.cx.counted.borrow_mut());
        }
        done.map(|()| emitted)
    }

    /// Row errors of the input itself are labelled at the operator that reads.
    fn bad_row(&mut self, row: BadRow, source: Option<SourceId>, on_error: OnError, tally: &mut Tally) {
        let span = source.map_or(self.stage.span, |source| self.env.inputs[source].span);
        let failure = Failure { span, trap: row.trap };
        self.failed(failure, || (row.place, row.record), on_error, tally);
    }

    fn failed(
        &mut self,
        failure: Failure,
        details: impl FnOnce() -> (RowPlace, String),
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
        if self.cx.states.borrow().len() != wanted {
            self.cx.states.replace(self.states(kernels)?);
        }
        Ok(())
    }

    /// The states of a pipeline's kernels, as they begin in this partition.
    fn states(&self, kernels: &[Kernel]) -> TaskResult<Vec<State>> {
        kernels.iter().flat_map(|kernel| &kernel.states).map(|spec| self.state(spec)).collect()
    }

    fn state(&self, spec: &StateSpec) -> TaskResult<State> {
        Ok(match spec {
            StateSpec::Sample { with_replacement, fraction, seed } => {
                State::begin_sample(*with_replacement, *fraction, *seed, self.partition)
            }
            StateSpec::Number { counted: Some(stage), .. } => {
                State::begin_count(self.env.feeds.rows_before(*stage, self.partition)? as i64, 1)
            }
            StateSpec::Number { counted: None, partitions, .. } => {
                State::begin_count(self.partition as i64, *partitions as i64)
            }
        })
    }

    /// The reader of a leaf's partition.
    fn reader(&mut self, leaf: &Leaf, code: &PipelineCode, partition: usize) -> TaskResult<Box<dyn Reader>> {
        let feeds = self.env.feeds;
        Ok(match leaf {
            Leaf::Source(source) => open_input(&self.env.inputs[*source].kind, partition)?,
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
                Box::new(StagedGroupReader::new(sides, self.env.accountant, partition, self.stage.span)?)
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
                Box::new(StagedGroupReader::new(vec![arriving], accountant, partition, span)?)
            }
            Gather::Group => Box::new(GroupReader::new(vec![arriving], accountant, partition, span)?),
            Gather::Sort { ascending } if code.staged => {
                Box::new(StagedSortReader::new(arriving, *ascending, accountant, partition, span)?)
            }
            Gather::Sort { ascending } => Box::new(SortReader::new(arriving, *ascending, accountant, partition, span)?),
            Gather::Combine { partial, .. } => {
                let combine = match code.combine.as_ref().expect("compiled with the pipeline") {
                    GatherCode::Rows(combine) => combine,
                    GatherCode::Staged(code) => {
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

fn open_input(kind: &InputKind, partition: usize) -> TaskResult<Box<dyn Reader>> {
    Ok(match kind {
        InputKind::Text { listing, options } => Box::new(TextReader::open(listing, partition, *options)?),
        InputKind::Whole { listing, options } => Box::new(WholeReader::new(listing, partition, *options)),
        InputKind::Rows { partitions, .. } => {
            Box::new(BlockReader::new(vec![partitions[partition].clone()], partition))
        }
        InputKind::Range { partitions, step } => {
            let (first, end) = partitions[partition];
            Box::new(RangeReader::new(first, end, *step, partition))
        }
    })
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

/// The kernels of a pipeline in a task. Without fusion there are several, and each takes what the one before gave.
struct Chain {
    kernels: Vec<Running>,
}

impl Chain {
    fn new(code: &PipelineCode) -> Self {
        Self { kernels: code.kernels.iter().map(Compiled::start).collect() }
    }

    fn run(&mut self, cx: &Cx, row: Value<'_>, emit: &mut dyn FnMut(Value<'_>)) -> Result<(), Failure> {
        run_kernels(&mut self.kernels, cx, row, emit)
    }
}

/// Runs kernels one after the other: what one gives goes through all others before it gives the next, as in one fused
/// kernel, so that effects come in the same order and the same row error is the first.
fn run_kernels(
    kernels: &mut [Running],
    cx: &Cx,
    row: Value<'_>,
    emit: &mut dyn FnMut(Value<'_>),
) -> Result<(), Failure> {
    let Some((first, rest)) = kernels.split_first_mut() else {
        emit(row);
        return Ok(());
    };
    if rest.is_empty() {
        return first.row(cx, row, emit);
    }
    let mut failed = None;
    let done = first.row(cx, row, &mut |value| {
        if failed.is_none() {
            let next = || run_kernels(rest, cx, value, emit);
            failed = stacker::maybe_grow(64 * 1024, 1024 * 1024, next).err();
        }
    });
    failed.map_or(done, Err)
}
