//! `sparkc task`: runs the tasks that come as requests, one after the other, until there are no more.

use std::io::{self, BufReader, BufWriter, Read, Write};
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use crate::base::wire;

use super::answer::Answer;
use super::parcel::malformed;
use super::request::{Arrived, StagePart, TaskPart, bounds};
use super::workers::{read_part, write_part};
use crate::exec::errors::TaskResult;
use crate::exec::io::format::SaveTo;
use crate::exec::io::formats::output_format;
use crate::exec::memory::Accountant;
use crate::exec::metrics::Metrics;
use crate::exec::operators::context::TaskEnv;
use crate::exec::operators::runtime::{Runtime, StageCode};
use crate::exec::task::{TaskDone, run_task};
use crate::stage::Sink;

/// A stage with its code.
struct Known {
    /// The bytes that it was decoded from.
    bytes: Vec<u8>,
    shared: StagePart,
    code: Box<dyn StageCode>,
}

/// Answers requests until there are no more; this process ends when the one that asks does.
///
/// # Errors
/// A request ends early, or an answer cannot be written.
pub fn serve(runtime: &dyn Runtime, requests: impl Read, answers: impl Write) -> io::Result<()> {
    // A row that does not end would otherwise keep this process after the job is over.
    let ends = rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL));
    ends.map_err(io::Error::from)?;
    let (mut requests, mut answers) = (BufReader::new(requests), BufWriter::new(answers));
    let mut known = None;
    while let Some(stage) = read_part(&mut requests)? {
        let task = read_part(&mut requests)?.ok_or(io::ErrorKind::UnexpectedEof)?;
        let metrics = Metrics::default();
        let done = answer(runtime, &mut known, stage, &task, &metrics);
        write_part(&mut answers, &wire::encode(&Answer::of(done, &metrics)))?;
        answers.flush()?;
    }
    Ok(())
}

fn answer(
    runtime: &dyn Runtime,
    known: &mut Option<Known>,
    stage: Vec<u8>,
    task: &[u8],
    metrics: &Metrics,
) -> TaskResult<TaskDone> {
    if known.as_ref().is_none_or(|known| known.bytes != stage) {
        *known = Some(Known::new(runtime, stage)?);
    }
    let known = known.as_ref().expect("just made");
    run(known, wire::decode(task).map_err(malformed)?, metrics)
}

impl Known {
    fn new(runtime: &dyn Runtime, bytes: Vec<u8>) -> TaskResult<Self> {
        let shared: StagePart = wire::decode(&bytes).map_err(malformed)?;
        shared.stage.verify(shared.inputs.len()).map_err(malformed)?;
        let on_error = |source: Option<crate::plan::node::SourceId>| {
            let input = source.and_then(|source| shared.inputs.get(source.0 as usize));
            input.and_then(|(on_error, _)| *on_error).unwrap_or(shared.on_error)
        };
        let code = runtime.compile(&shared.stage, &on_error);
        Ok(Self { bytes, shared, code })
    }
}

fn run(Known { shared, code, .. }: &Known, task: TaskPart, metrics: &Metrics) -> TaskResult<TaskDone> {
    let accountant = Accountant::new(shared.memory);
    let (partition, take_left) = (task.partition, task.take_left);
    let deadline = task.time_left.map(|(left, limit)| (Instant::now() + left, limit));
    let arrived = Arrived::new(shared, task, &accountant)?;
    let output = shared.output()?;
    let format = if let Sink::Save { format, .. } = &shared.stage.sink {
        Some(output_format(format).map_err(malformed)?)
    } else {
        None
    };
    let to = output.as_ref().zip(format.as_ref()).map(|(output, format)| SaveTo { output, format: &**format });
    let env = TaskEnv {
        feeds: &arrived,
        inputs: &arrived.inputs,
        on_error: shared.on_error,
        accountant: &accountant,
        metrics,
        stop: &AtomicBool::new(false),
        bounds: bounds(shared, &accountant)?,
        output: to,
        keep_rejects: shared.keep_rejects,
        take_left,
        deadline,
    };
    run_task(&shared.stage, &**code, partition, &env)
}
