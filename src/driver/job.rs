//! A job while it runs: the driver's variables, the plan, and the statements one after the other.

use std::collections::{HashMap, HashSet};
use std::io::{Read, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::base::source::Span;
use crate::engine::cache::Cache;
use crate::engine::interp::Interp;
use crate::engine::jit::{Jit, OptLevel};
use crate::exec::errors::OnError;
use crate::exec::errors::{JobError, RowErrors, TaskResult};
use crate::exec::io::{CheckpointDir, RejectDir};
use crate::exec::metrics::{Figures, Metrics};
use crate::exec::operators::batched::runtime::Batched;
use crate::exec::operators::rows::runtime::Rows;
use crate::exec::operators::runtime::Runtime;
use crate::exec::process;
use crate::exec::schedule::Exec;
use crate::exec::schedule::timings::Timings;
use crate::hir::{LocalId, Stmt};
use crate::plan::node::{NodeId, RddId, Reusable};
use crate::runtime::value::datum::Datum;

use super::liveness::LastUses;
use super::load::CheckedJob;
use super::options::{EngineKind, Explain, Options};
use super::rdds::Rdds;

/// The outcome of a job.
#[derive(Debug)]
pub struct Outcome {
    /// Whether it is done.
    pub result: Result<(), JobError>,
    /// Its figures.
    pub figures: Figures,
    /// Row errors of rows that were left out.
    pub rejected: RowErrors,
    /// How long it ran.
    pub elapsed: Duration,
    /// How long its plans took to optimise and to cut into stages.
    pub optimising: Duration,
    /// How many kernels were compiled, and how long that took in all threads together.
    pub kernels: (u64, Duration),
    /// The figures and times of its stages.
    pub timings: Timings,
}

/// A value of the driver.
#[derive(Clone, Debug)]
pub(super) enum Val {
    /// An RDD.
    Rdd(RddId),
    /// The RDDs of a tuple: what `randomSplit` gives.
    Rdds(Vec<RddId>),
    /// Anything else.
    Data(Arc<Datum>),
}

impl Val {
    /// The RDD that a node of the driver's plan gives.
    pub(super) fn rdd(node: NodeId) -> Self {
        Self::Rdd(RddId::of(node))
    }
}

/// A job while it runs.
pub(super) struct Job<'a> {
    /// The compiled job.
    pub(super) compiled: &'a CheckedJob,
    /// How it runs.
    pub(super) options: &'a Options,
    /// All RDDs so far.
    pub(super) rdds: Rdds,
    /// The executor of stages.
    pub(super) exec: Exec,
    /// The driver's variables.
    pub(super) env: HashMap<LocalId, Val>,
    /// Where checkpoints are written, once the job has said so.
    pub(super) checkpoints: Option<CheckpointDir>,
    /// Text of `explain`, when the job is explained and not run.
    pub(super) explained: Option<(Explain, String)>,
    /// Where a job that is explained would have saved by now.
    pub(super) unsaved: Vec<String>,
    /// How long plans took to optimise and cut.
    pub(super) optimising: Duration,
    last_uses: LastUses,
    /// The top-level statement that runs.
    statement: usize,
}

/// Runs a job; `out` is standard output, `watch` receives the live counters.
pub fn run(
    compiled: &CheckedJob,
    options: &Options,
    out: Box<dyn Write + Send>,
    watch: impl FnOnce(Arc<Metrics>),
) -> Outcome {
    let started = Instant::now();
    let mut job = match Job::new(compiled, options, out, None) {
        Ok(job) => job,
        Err(error) => {
            return Outcome {
                result: Err(error),
                figures: Figures::default(),
                rejected: RowErrors::default(),
                elapsed: started.elapsed(),
                optimising: Duration::ZERO,
                kernels: (0, Duration::ZERO),
                timings: Timings::default(),
            };
        }
    };
    watch(job.exec.metrics.clone());
    let result = job.run_program();
    let figures = job.exec.metrics.figures(job.exec.accountant.peak());
    Outcome {
        result,
        figures,
        rejected: std::mem::take(&mut job.exec.rejected),
        elapsed: started.elapsed(),
        optimising: job.optimising,
        kernels: job.exec.compiled(),
        timings: std::mem::take(&mut job.exec.timings),
    }
}

/// Explains a job: its statements run, its actions print how they would be computed and give empty values.
///
/// # Errors
/// The driver fails before the last action, for instance because an input does not exist.
pub fn explain(compiled: &CheckedJob, options: &Options, what: Explain) -> Result<String, JobError> {
    let mut job = Job::new(compiled, options, Box::new(std::io::sink()), Some(what))?;
    job.run_program()?;
    Ok(job.explained.map(|(_, text)| text).unwrap_or_default())
}

impl<'a> Job<'a> {
    fn new(
        compiled: &'a CheckedJob,
        options: &'a Options,
        out: Box<dyn Write + Send>,
        explain: Option<Explain>,
    ) -> TaskResult<Self> {
        let rejects = match (&options.reject_dir, options.exec.on_error, explain) {
            (Some(dir), OnError::Reject, None) => {
                Some(RejectDir::prepare(&dir.display().to_string(), options.exec.overwrite)?)
            }
            _ => None,
        };
        let engine = start_runtime(options.engine)?;
        let sources = compiled.sources.clone();
        let place = Box::new(move |span: Span| sources.place(span));
        let mut exec = Exec::new(options.exec.clone(), engine, rejects, out, place)?;
        if options.engine == EngineKind::Both && explain.is_none() {
            exec.compare_with(start_runtime(EngineKind::Interp)?);
        }
        Ok(Self {
            compiled,
            options,
            rdds: Rdds::new(options.order),
            exec,
            env: HashMap::new(),
            checkpoints: None,
            explained: explain.map(|what| (what, String::new())),
            unsaved: Vec::new(),
            optimising: Duration::ZERO,
            last_uses: LastUses::of(&compiled.program.body),
            statement: 0,
        })
    }

    fn run_program(&mut self) -> TaskResult<()> {
        self.bind_params()?;
        if self.explained.is_none() {
            self.check_outputs()?;
        }
        let program = &self.compiled.program;
        for (at, stmt) in program.body.iter().enumerate() {
            self.statement = at;
            self.run_stmt(stmt)?;
            self.release(at + 1);
        }
        self.exec.commit_rejects()
    }

    fn run_block(&mut self, body: &[Stmt]) -> TaskResult<()> {
        for stmt in body {
            self.run_stmt(stmt)?;
            self.release(self.statement);
        }
        Ok(())
    }

    fn run_stmt(&mut self, stmt: &Stmt) -> TaskResult<()> {
        self.exec.poll()?;
        match stmt {
            Stmt::Set(local, expr) => {
                let value = self.eval(expr)?;
                self.env.insert(*local, value);
                Ok(())
            }
            Stmt::Do(expr) => self.eval(expr).map(drop),
            Stmt::For(local, list, body) => {
                let list = self.data(list)?;
                for item in list.value().items() {
                    self.env.insert(*local, Val::Data(Datum::copy(item)));
                    self.run_block(body)?;
                }
                Ok(())
            }
            Stmt::While(condition, body) => {
                while self.data(condition)?.value().bool() {
                    self.run_block(body)?;
                    self.exec.poll()?;
                    if self.explained.is_some() {
                        break;
                    }
                }
                Ok(())
            }
            Stmt::If(condition, then, otherwise) => {
                let holds = self.data(condition)?.value().bool();
                self.run_block(if holds { then } else { otherwise })
            }
        }
    }

    /// The RDDs of variables that the job uses in a statement or after it.
    fn live_rdds(&self, from: usize) -> Vec<RddId> {
        let used = self.env.iter().filter(|(local, _)| self.last_uses.used_from(**local, from));
        let rdds = used.flat_map(|(_, value)| match value {
            Val::Rdd(rdd) => std::slice::from_ref(rdd),
            Val::Rdds(rdds) => rdds,
            Val::Data(_) => &[],
        });
        let mut live: Vec<RddId> = rdds.copied().collect();
        live.sort();
        live
    }

    /// The RDDs of variables that the job may use after the action that runs.
    pub(super) fn live_now(&self) -> Vec<RddId> {
        self.live_rdds(self.statement)
    }

    /// Forgets the outputs of actions that no variable needs which is used from a statement on.
    fn release(&mut self, from: usize) {
        if self.exec.reusable().next().is_none() {
            return;
        }
        let mut wanted = HashSet::new();
        for rdd in self.live_rdds(from) {
            let ends = |rdd, output| is_whole(&self.exec, rdd, output);
            wanted.extend(self.rdds.outputs(rdd, &self.options.disabled_passes, ends));
        }
        self.exec.retain(|key| wanted.contains(&(key.rdd, key.output)));
    }
}

/// Runs tasks of other processes (`sparkc task`) until there are no more requests.
///
/// # Errors
/// There is no code generator for this machine, or requests or answers cannot be read and written.
pub fn serve_tasks(engine: EngineKind, requests: impl Read, answers: impl Write) -> std::io::Result<()> {
    let runtime = start_runtime(engine).map_err(|error| std::io::Error::other(format!("{error:?}")))?;
    process::child::serve(&*runtime, requests, answers)
}

fn start_runtime(kind: EngineKind) -> TaskResult<Box<dyn Runtime>> {
    let jit = |level| {
        let jit = Jit::new(level).map_err(|cause| JobError::Bug(format!("no code generator: {cause}")))?;
        Ok::<Box<dyn Runtime>, JobError>(Box::new(Batched::new(Box::new(Cache::new(jit)))))
    };
    match kind {
        EngineKind::Interp => Ok(Box::new(Rows::new(Box::new(Cache::new(Interp))))),
        EngineKind::Jit | EngineKind::Both => jit(OptLevel::Speed),
        EngineKind::JitNone => jit(OptLevel::None),
    }
}

/// Whether all of an output is there from an earlier action, so that nothing below it is needed.
pub(super) fn is_whole(exec: &Exec, rdd: RddId, output: Reusable) -> bool {
    exec.reusable().any(|key| (key.rdd, key.output) == (rdd, output) && exec.is_whole(key))
}

#[cfg(test)]
#[path = "engines_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "guard_tests.rs"]
mod guard_tests;

#[cfg(test)]
#[path = "stores_tests.rs"]
mod stores_tests;
