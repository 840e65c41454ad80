//! The scheduler: runs the stages of an action, in order, their tasks on a pool of threads.
//!
//! For each stage it finds the partitions that are wanted and not there yet, going backwards from the action: a shuffle
//! wants all partitions of what it reads, a narrow leaf only its own. So `take` computes no more than it needs, and
//! what an earlier action left (`ReuseKey`) is not computed again. Outputs of tasks are merged in the order of
//! partitions, never in the order of threads.

pub mod compare;
pub mod driver;
mod rejects;
mod run;
pub mod timings;
mod wanted;

use std::collections::{BTreeSet, HashMap};
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use rayon::prelude::*;

use crate::base::source::Span;
use crate::stage::{Graph, Leaf, PlaceBy, ReuseKey, Sink, Stage};

use self::compare::ComparedTask;
use self::run::{Outputs, Run};
use self::timings::{CountedFeeds, Timings, Work, rows_left};
use self::wanted::{needed, reads};
use super::data::block::Block;
use super::errors::{JobError, RowErrors, TaskResult};
use super::io::format::{OutputFormat, SaveTo};
use super::io::formats::output_format;
use super::io::inputs::{Inputs, on_error_of};
use super::io::{OutputDir, RejectDir};
use super::memory::Accountant;
use super::metrics::{Metrics, add};
use super::operators::context::{Feeds, TaskEnv, poll};
use super::operators::placement::Bounds;
use super::operators::runtime::{Output, Runtime, StageCode};
use super::process::workers::Workers;
use super::settings::Settings;
use super::task::{TaskDone, run_task};

/// The executor of stages, with the outputs that they left.
pub struct Exec {
    /// How the job runs.
    pub settings: Settings,
    /// The inputs of the job.
    pub inputs: Inputs,
    /// The accountant.
    pub accountant: Arc<Accountant>,
    /// Counters.
    pub metrics: Arc<Metrics>,
    /// Values of the job's counters.
    pub counters: Vec<i64>,
    /// Row errors of rows that were left out.
    pub rejected: RowErrors,
    /// How long stages took.
    pub timings: Timings,
    /// Lines that rows print are dropped.
    pub muted: bool,
    /// When the job's time is over, and how long that is.
    deadline: Option<(Instant, Duration)>,
    pool: rayon::ThreadPool,
    /// The processes that run tasks, if this one does not.
    workers: Option<Workers>,
    /// The runtime of its tasks.
    pub(super) runtime: Box<dyn Runtime>,
    /// The runtime whose output is compared with the first one's.
    pub(super) other: Option<Box<dyn Runtime>>,
    /// Outputs that stages of earlier actions left for later ones.
    reusable: HashMap<ReuseKey, Arc<Outputs>>,
    rejects: Option<RejectDir>,
    next_reject: usize,
    /// How many rows a running `take` still wants.
    take_left: Option<usize>,
    out: Mutex<Box<dyn Write + Send>>,
    place: Box<dyn Fn(Span) -> String + Send + Sync>,
}

/// The output directory of an action, and the shadow to which the second engine writes. The shadow goes first.
struct Saving {
    shadow: Option<OutputDir>,
    output: OutputDir,
    format: Box<dyn OutputFormat>,
}

impl Saving {
    fn to(&self) -> SaveTo<'_> {
        SaveTo { output: &self.output, format: &*self.format }
    }

    fn to_shadow(&self) -> Option<SaveTo<'_>> {
        self.shadow.as_ref().map(|output| SaveTo { output, format: &*self.format })
    }
}

impl Exec {
    /// The runtime of a job's stages; `out` is standard output, `place` prints a place in the job.
    ///
    /// # Errors
    /// The pool of threads cannot be made.
    pub fn new(
        settings: Settings,
        runtime: Box<dyn Runtime>,
        rejects: Option<RejectDir>,
        out: Box<dyn Write + Send>,
        place: Box<dyn Fn(Span) -> String + Send + Sync>,
    ) -> TaskResult<Self> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(settings.threads).build();
        let pool = pool.map_err(|error| JobError::Bug(format!("no pool of threads: {error}")))?;
        Ok(Self {
            deadline: settings.timeout.map(|limit| (Instant::now() + limit, limit)),
            inputs: Inputs::new(),
            accountant: Accountant::new(settings.memory),
            workers: settings.in_children.then(|| Workers::new(&settings, runtime.engine().name())),
            settings,
            metrics: Arc::default(),
            counters: Vec::new(),
            rejected: RowErrors::default(),
            timings: Timings::default(),
            muted: false,
            pool,
            runtime,
            other: None,
            reusable: HashMap::new(),
            rejects,
            next_reject: 0,
            take_left: None,
            out: Mutex::new(out),
            place,
        })
    }

    /// Ends the job when it is interrupted or its time is over.
    ///
    /// # Errors
    /// It is to end.
    pub fn poll(&self) -> TaskResult<()> {
        poll(self.deadline)
    }

    /// Runs everything on a second runtime too; what it leaves is compared with what the first leaves, and dropped.
    pub fn compare_with(&mut self, other: Box<dyn Runtime>) {
        self.other = Some(other);
    }

    /// How many kernels the engines have compiled, and how long that took.
    pub fn compiled(&self) -> (u64, Duration) {
        let other = self.other.as_ref().map_or((0, Duration::ZERO), |other| other.engine().compiled());
        let (kernels, time) = self.runtime.engine().compiled();
        (kernels + other.0, time + other.1)
    }

    /// Writes to standard output.
    ///
    /// # Errors
    /// It is closed, or cannot be written.
    pub fn print(&self, bytes: &[u8]) -> TaskResult<()> {
        if bytes.is_empty() || self.muted {
            return Ok(());
        }
        let mut out = self.out.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let done = out.write_all(bytes).and_then(|()| out.flush());
        done.map_err(|error| {
            let closed = error.kind() == std::io::ErrorKind::BrokenPipe;
            if closed { JobError::OutputClosed } else { JobError::Output(error) }
        })
    }

    /// Forgets outputs of earlier actions, but for those that are `wanted`.
    pub fn retain(&mut self, wanted: impl Fn(&ReuseKey) -> bool) {
        self.reusable.retain(|key, _| wanted(key));
    }

    /// Whether all partitions of an output are there from earlier actions, so that what it was made of is not needed.
    pub fn is_whole(&self, key: &ReuseKey) -> bool {
        self.reusable.get(key).is_some_and(|outputs| outputs.iter().all(|output| output.get().is_some()))
    }

    /// The rows of an output of earlier actions, by partition.
    pub fn rows_of(&self, key: &ReuseKey) -> Vec<Arc<Block>> {
        let rows = |output: &OnceLock<Output>| match output.get() {
            Some(Output::Rows(block)) => Some(block.clone()),
            Some(_) | None => None,
        };
        self.reusable.get(key).map_or(Vec::new(), |outputs| outputs.iter().filter_map(rows).collect())
    }

    /// The outputs that earlier actions have left, all partitions or some.
    pub fn reusable(&self) -> impl Iterator<Item = &ReuseKey> {
        self.reusable.keys()
    }

    /// Runs the stages of an action and gives what the partitions of the last one left, in order.
    ///
    /// # Errors
    /// Whatever ends the job.
    pub fn run(&mut self, graph: &Graph) -> TaskResult<Vec<Output>> {
        let last = graph.stages.last().expect("an action has a stage");
        let saving = self.prepare_output(last)?;
        let mut run = self.begin(graph);
        let all: BTreeSet<usize> = (0..last.tasks.len()).collect();
        self.compute(&mut run, &all, saving.as_ref())?;
        if let Some(Saving { output, shadow, .. }) = saving {
            drop(shadow);
            output.commit()?;
        }
        let outputs = run.outputs.pop().expect("an action has a stage");
        drop(run);
        let outputs = Arc::try_unwrap(outputs).map_err(|_| JobError::Bug("an action's output is shared".into()))?;
        Ok(outputs.into_iter().filter_map(OnceLock::into_inner).collect())
    }

    /// Runs a graph that ends in `Sink::Take(n)`: as many partitions as it takes to find `n` rows, in PySpark's steps
    /// (`RDD.take`). Gives the blocks in order.
    ///
    /// # Errors
    /// Whatever ends the job.
    pub fn take(&mut self, graph: &Graph, n: usize) -> TaskResult<Vec<Arc<Block>>> {
        let total = graph.stages.last().expect("an action has a stage").tasks.len();
        let mut run = self.begin(graph);
        let (mut found, mut scanned) = (Vec::new(), 0);
        let mut rows = 0;
        while rows < n && scanned < total {
            let tried = match (scanned, rows) {
                (0, _) => 1,
                (_, 0) => scanned * 4,
                (_, rows) => {
                    let estimate = 3 * n as u128 * scanned as u128 / (2 * rows as u128);
                    let more = estimate.saturating_sub(scanned as u128).clamp(1, scanned as u128 * 4);
                    more as usize
                }
            };
            let wanted: BTreeSet<usize> = (scanned..(scanned + tried).min(total)).collect();
            self.take_left = Some(n - rows);
            let done = self.compute(&mut run, &wanted, None);
            self.take_left = None;
            done?;
            let outputs = run.outputs.last().expect("an action has a stage");
            for partition in &wanted {
                if let Some(Output::Rows(block)) = outputs[*partition].get() {
                    rows += block.len();
                    found.push(block.clone());
                }
            }
            scanned += tried;
        }
        Ok(found)
    }

    fn prepare_output(&self, last: &Stage) -> TaskResult<Option<Saving>> {
        let Sink::Save { path, format } = &last.sink else { return Ok(None) };
        let failed = |error| JobError::Io(vec![error], Some(last.span));
        self.rejects.as_ref().map_or(Ok(()), |rejects| rejects.check_apart(path)).map_err(failed)?;
        let format = output_format(format).map_err(JobError::Bug)?;
        let output = OutputDir::prepare(path, self.settings.overwrite).map_err(failed)?;
        let shadow = self.other.as_ref().map(|_| output.shadow()).transpose().map_err(failed)?;
        Ok(Some(Saving { shadow, output, format }))
    }

    /// Room for what the stages leave, with what earlier actions have left already.
    fn begin<'g>(&mut self, graph: &'g Graph) -> Run<'g> {
        let outputs = graph.stages.iter().map(|stage| {
            let fresh = || Arc::new((0..stage.tasks.len()).map(|_| OnceLock::new()).collect::<Outputs>());
            match &stage.reuse {
                None => fresh(),
                Some(key) => self.reusable.entry(key.clone()).or_insert_with(fresh).clone(),
            }
        });
        Run { graph, outputs: outputs.collect() }
    }

    /// Computes partitions of the last stage, and of the stages before whatever these need.
    fn compute(&mut self, run: &mut Run<'_>, wanted: &BTreeSet<usize>, saving: Option<&Saving>) -> TaskResult<()> {
        let needed = needed(run, wanted);
        let expected: u64 = run.graph.stages.iter().zip(&needed).map(|(stage, parts)| self.bytes(stage, parts)).sum();
        add(&self.metrics.bytes_expected, expected);
        let wanted = run.graph.stages.par_iter().zip(&needed);
        let (runtime, inputs, job) = (&*self.runtime, &self.inputs, self.settings.on_error);
        let compile = |(stage, parts): (&Stage, &BTreeSet<usize>)| {
            (!parts.is_empty()).then(|| runtime.compile(stage, &|source| on_error_of(inputs, source, job)))
        };
        let codes: Vec<Option<Box<dyn StageCode>>> = self.pool.install(|| wanted.map(compile).collect());
        for ((at, stage), code) in run.graph.stages.iter().enumerate().zip(codes) {
            if let Some(code) = code {
                let last = at + 1 == run.graph.stages.len();
                self.run_stage(run, at, (stage, &*code), &needed[at], saving.filter(|_| last))?;
            }
            self.release(run, at, &needed);
        }
        Ok(())
    }

    /// Drops what no later stage of this action reads.
    fn release(&self, run: &mut Run<'_>, done: usize, needed: &[BTreeSet<usize>]) {
        let later = &run.graph.stages[done + 1..];
        if later.is_empty() {
            return;
        }
        let taking = matches!(run.graph.stages.last().map(|stage| &stage.sink), Some(Sink::Take(_)));
        for read in reads(&run.graph.stages[done]) {
            let again = later
                .iter()
                .zip(&needed[done + 1..])
                .any(|(stage, parts)| !parts.is_empty() && reads(stage).contains(&read));
            if !again && !taking && run.graph.stages[read.0 as usize].reuse.is_none() {
                run.outputs[read.0 as usize] = Arc::default();
            }
        }
    }

    fn bytes(&self, stage: &Stage, parts: &BTreeSet<usize>) -> u64 {
        if parts.is_empty() {
            return 0;
        }
        let share = parts.len() as f64 / stage.tasks.len().max(1) as f64;
        let total = |leaf: &Leaf| if let Leaf::Source(source) = leaf { self.inputs[*source].kind.bytes() } else { 0 };
        let sum: u64 = stage.pipelines.iter().map(|pipeline| total(&pipeline.leaf)).sum();
        (sum as f64 * share) as u64
    }

    fn run_stage(
        &mut self,
        run: &Run<'_>,
        at: usize,
        (stage, code): (&Stage, &dyn StageCode),
        parts: &BTreeSet<usize>,
        saving: Option<&Saving>,
    ) -> TaskResult<()> {
        add(&self.metrics.stages, 1);
        let compared = self.compared(run, at, code, saving)?;
        let (started, read) = (Instant::now(), self.rows_and_bytes_read());
        let stop = AtomicBool::new(false);
        let feeds = CountedFeeds::new(run);
        let env = TaskEnv {
            feeds: &feeds,
            inputs: &self.inputs,
            on_error: self.settings.on_error,
            accountant: &self.accountant,
            metrics: &self.metrics,
            stop: &stop,
            bounds: self.bounds(run, stage, &*self.runtime)?,
            output: saving.map(Saving::to),
            keep_rejects: self.rejects.is_some(),
            take_left: self.take_left,
            deadline: self.deadline,
        };
        let parts: Vec<usize> = parts.iter().copied().collect();
        let elsewhere = self.workers.as_ref().map(|workers| workers.of_stage(stage, &env));
        let one = |partition: &usize| {
            let done = match (&compared, &elsewhere) {
                (Some(compared), _) => compared.run(*partition, &env),
                (None, Some(elsewhere)) if elsewhere.can_run(*partition) => elsewhere.run(*partition),
                (None, Some(_) | None) => run_task(stage, code, *partition, &env),
            };
            if done.is_err() {
                stop.store(true, Relaxed);
            }
            done
        };
        let results: Vec<TaskResult<TaskDone>> = self.pool.install(|| parts.par_iter().map(one).collect());
        let done = first_error(results)?;
        let mut work = self.work(read, &feeds, &done);
        self.settle(run, at, stage, &parts, done)?;
        work.time = started.elapsed();
        self.timings.add(stage, work);
        Ok(())
    }

    /// How a stage is run on both engines, if it is.
    fn compared<'a>(
        &'a self,
        run: &'a Run<'_>,
        at: usize,
        first: &'a dyn StageCode,
        saving: Option<&'a Saving>,
    ) -> TaskResult<Option<ComparedTask<'a>>> {
        let Some(other) = &self.other else { return Ok(None) };
        let stage = &run.graph.stages[at];
        Ok(Some(ComparedTask {
            stage,
            number: at,
            first,
            second: other.compile(stage, &|source| on_error_of(&self.inputs, source, self.settings.on_error)),
            engines: [self.runtime.engine().name(), other.engine().name()],
            feeds: run,
            bounds: self.bounds(run, stage, &**other)?,
            shadow: saving.and_then(Saving::to_shadow),
        }))
    }

    /// Figures of the tasks of a stage; `before` are the rows and bytes that had been read until then.
    fn work(&self, before: [u64; 2], feeds: &CountedFeeds<'_>, done: &[TaskDone]) -> Work {
        let ([rows, bytes], [rows_fed, bytes_fed]) = (self.rows_and_bytes_read(), feeds.counted());
        Work {
            tasks: done.len() as u64,
            rows: rows - before[0] + rows_fed,
            bytes: bytes - before[1] + bytes_fed,
            rows_left: done.iter().map(|task| rows_left(&task.output)).sum(),
            time: Duration::ZERO,
        }
    }

    fn rows_and_bytes_read(&self) -> [u64; 2] {
        [&self.metrics.rows_read, &self.metrics.bytes_read].map(|counter| counter.load(Relaxed))
    }

    /// Takes what the tasks of a stage gave, in the order of partitions.
    fn settle(
        &mut self,
        run: &Run<'_>,
        at: usize,
        stage: &Stage,
        parts: &[usize],
        done: Vec<TaskDone>,
    ) -> TaskResult<()> {
        let mut errors = RowErrors::default();
        let mut finished = Vec::with_capacity(done.len());
        for task in done {
            errors.append(task.errors);
            self.rejected.append(task.rejected);
            finished.push((task.output, task.printed, task.counted, task.rejects));
        }
        if errors.total > 0 {
            return Err(JobError::Rows(Box::new(errors)));
        }
        if let Some(max) = self.settings.max_rejects.filter(|max| self.rejected.total > *max) {
            return Err(JobError::TooManyRejects { rejected: self.rejected.total, max });
        }
        for (partition, (output, printed, counted, rejects)) in parts.iter().zip(finished) {
            self.count_output(stage, &output);
            self.print(&printed)?;
            if let Output::Lines(lines) = &output {
                self.print(lines.text())?;
            }
            for (counter, n) in counted {
                self.add_to_counter(counter, n, stage.span)?;
            }
            self.write_rejects(&rejects)?;
            let output = if matches!(output, Output::Lines(_)) { Output::Nothing } else { output };
            let _ = run.outputs[at][*partition].set(output);
        }
        if matches!(stage.sink, Sink::Shuffle { .. }) {
            add(&self.metrics.shuffles, 1);
        }
        Ok(())
    }

    /// Adds to a counter of the job.
    ///
    /// # Errors
    /// The sum does not fit 64 bits.
    pub fn add_to_counter(&mut self, counter: i64, n: i64, span: Span) -> TaskResult<()> {
        let value = usize::try_from(counter).ok().and_then(|at| self.counters.get_mut(at));
        let value = value.ok_or_else(|| JobError::Bug(format!("counter {counter} does not exist")))?;
        let overflow = || {
            let detail = format!("a counter of {value} + {n} does not fit 64 bits");
            JobError::driver(
                span,
                crate::runtime::call::trap::Trap::new(crate::runtime::call::trap::Reason::Overflow, detail),
            )
        };
        *value = value.checked_add(n).ok_or_else(overflow)?;
        Ok(())
    }

    fn count_output(&self, stage: &Stage, output: &Output) {
        match (output, &stage.sink) {
            (Output::Buckets(blocks), _) => {
                add(&self.metrics.rows_shuffled, blocks.iter().map(|block| block.len() as u64).sum());
                add(&self.metrics.bytes_shuffled, blocks.iter().map(|block| block.bytes() as u64).sum());
            }
            (Output::Lines(lines), _) => {
                add(&self.metrics.rows_written, memchr::memchr_iter(b'\n', lines.text()).count() as u64);
            }
            (Output::Count(rows), Sink::Save { .. }) => add(&self.metrics.rows_written, *rows),
            _ => {}
        }
    }

    /// Bounds of the ranges by which a stage places its rows, as an engine finds them.
    fn bounds(&self, run: &Run<'_>, stage: &Stage, runtime: &dyn Runtime) -> TaskResult<Option<Arc<Bounds>>> {
        let Sink::Shuffle { place: PlaceBy::Range { sampled, original, .. }, partitions, .. } = &stage.sink else {
            return Ok(None);
        };
        let tasks = run.graph.stages[sampled.0 as usize].tasks.len();
        let blocks: TaskResult<Vec<_>> = (0..tasks).map(|partition| run.rows(*sampled, partition)).collect();
        let (blocks, pair) = (blocks?, stage.row.shape());
        let bounds = self.pool.install(|| runtime.bounds(&blocks, &pair, *partitions, *original));
        bounds.map(|bounds| Some(Arc::new(bounds)))
    }
}

/// All results, or the error that is to be reported: a task that was told to stop has none of its own.
fn first_error(results: Vec<TaskResult<TaskDone>>) -> TaskResult<Vec<TaskDone>> {
    let (mut done, mut stopped) = (Vec::with_capacity(results.len()), None);
    for result in results {
        match result {
            Ok(task) => done.push(task),
            Err(JobError::Interrupted(0)) => stopped = Some(JobError::Interrupted(0)),
            Err(error) => return Err(error),
        }
    }
    stopped.map_or(Ok(done), Err)
}
