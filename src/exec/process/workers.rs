//! The processes that run tasks: one for each thread of the pool, started when its thread has the first task.

use std::io::{self, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use crate::base::wire;
use crate::runtime::value::key;
use crate::stage::Stage;

use super::answer::Answer;
use super::parcel::malformed;
use super::request::{StagePart, TaskPart, can_travel};
use crate::exec::errors::{JobError, TaskResult};
use crate::exec::io::signals;
use crate::exec::operators::context::{TaskEnv, poll};
use crate::exec::settings::Settings;
use crate::exec::task::TaskDone;

/// Processes that run tasks.
pub struct Workers {
    engine: &'static str,
    memory: usize,
    workers: Vec<Mutex<Option<Worker>>>,
}

/// A process that runs tasks, and its pipes.
struct Worker {
    child: Child,
    requests: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

/// The tasks of a stage, for processes that run them.
pub struct OfStage<'a> {
    workers: &'a Workers,
    stage: &'a Stage,
    env: &'a TaskEnv<'a>,
    /// The part that the tasks share, encoded.
    shared: Vec<u8>,
}

impl Workers {
    /// Room for as many processes as there are threads, with kernels run by an engine.
    pub fn new(settings: &Settings, engine: &'static str) -> Self {
        let workers = (0..settings.threads).map(|_| Mutex::default()).collect();
        Self { engine, memory: settings.memory, workers }
    }

    /// The tasks of a stage.
    pub fn of_stage<'a>(&'a self, stage: &'a Stage, env: &'a TaskEnv<'a>) -> OfStage<'a> {
        let shared = wire::encode(&StagePart::of(stage, env, self.memory));
        OfStage { workers: self, stage, env, shared }
    }
}

impl OfStage<'_> {
    /// Whether the task of a partition can run in another process.
    pub fn can_run(&self, partition: usize) -> bool {
        can_travel(self.stage, partition, self.env)
    }

    /// Runs the task of a partition in the process of this thread.
    ///
    /// # Errors
    /// What ended the task, or the process.
    pub fn run(&self, partition: usize) -> TaskResult<TaskDone> {
        poll(self.env.deadline)?;
        let task = wire::encode(&TaskPart::of(self.stage, partition, self.env)?);
        let thread = rayon::current_thread_index().unwrap_or(0);
        let mut worker = self.workers.workers[thread].lock().unwrap_or_else(PoisonError::into_inner);
        let answer = self.workers.ask(&mut worker, &self.shared, &task).map_err(|error| {
            *worker = None;
            // A signal to the job is one to its processes too.
            let lost = || JobError::Bug(format!("a process that runs tasks has ended: {error}"));
            signals::interrupted().map_or_else(lost, JobError::Interrupted)
        })?;
        let answer: Answer = wire::decode(&answer).map_err(malformed)?;
        answer.open(self.stage, self.env.accountant, self.env.metrics)
    }
}

impl Workers {
    fn ask(&self, worker: &mut Option<Worker>, shared: &[u8], task: &[u8]) -> io::Result<Vec<u8>> {
        let worker = match worker {
            Some(worker) => worker,
            None => worker.insert(Worker::start(self.engine)?),
        };
        let requests = worker.requests.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        write_part(requests, shared)?;
        write_part(requests, task)?;
        requests.flush()?;
        read_part(&mut worker.answers)?.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }
}

impl Worker {
    fn start(engine: &str) -> io::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["task", "--engine", engine]);
        if key::hash_is_zero() {
            command.arg("--hash-zero");
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let answers = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        Ok(Self { requests: child.stdin.take(), answers: BufReader::new(answers), child })
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // The process ends when there are no more requests.
        self.requests = None;
        // If it cannot be waited for, it is gone.
        let _ = self.child.wait();
    }
}

/// Writes bytes behind their number.
pub(super) fn write_part(to: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    to.write_all(&(bytes.len() as u64).to_le_bytes())?;
    to.write_all(bytes)
}

/// Reads what [`write_part`] has written, or nothing at the end.
pub(super) fn read_part(from: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut len = Vec::new();
    from.take(8).read_to_end(&mut len)?;
    if len.is_empty() {
        return Ok(None);
    }
    let len = len.try_into().map(u64::from_le_bytes).map_err(|_| io::ErrorKind::UnexpectedEof)?;
    let mut bytes = Vec::new();
    from.take(len).read_to_end(&mut bytes)?;
    if bytes.len() as u64 == len { Ok(Some(bytes)) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}
