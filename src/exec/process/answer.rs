//! The output of a task, or the error that ended it, as it travels back.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::base::codes;
use crate::base::source::Span;
use crate::engine::Failure;
use crate::runtime::call::trap::Trap;
use crate::runtime::value::datum::Datum;
use crate::runtime::value::shape::Shape;
use crate::stage::{Sink, Stage};

use super::parcel::{Parcel, malformed};
use crate::exec::data::lines::Lines;
use crate::exec::errors::io::{Class, IoError};
use crate::exec::errors::{JobError, OverBudget, RowError, RowErrors, TaskResult};
use crate::exec::memory::Accountant;
use crate::exec::metrics::Metrics;
use crate::exec::operators::runtime::Output;
use crate::exec::task::TaskDone;

/// The answer to a request.
#[derive(Serialize, Deserialize)]
pub struct Answer {
    result: Result<Done, Ended>,
    /// The counts of the task, see [`Metrics::of_task`].
    counted: [u64; 6],
}

/// [`TaskDone`].
#[derive(Serialize, Deserialize)]
struct Done {
    output: Left,
    #[serde(with = "serde_bytes")]
    printed: Vec<u8>,
    counted: Vec<(i64, i64)>,
    errors: RowErrors,
    rejected: RowErrors,
    rejects: Vec<RowError>,
}

/// [`Output`].
#[derive(Serialize, Deserialize)]
enum Left {
    Buckets(Vec<Parcel>),
    Rows(Parcel),
    Count(u64),
    State(Option<Arc<Datum>>),
    Lines(#[serde(with = "serde_bytes")] Vec<u8>),
    Nothing,
}

/// [`JobError`], as far as a task can have one.
#[derive(Serialize, Deserialize)]
enum Ended {
    Driver(Span, Trap),
    Rows(Box<RowErrors>),
    /// Each with its message, its code, and who has to act on it.
    Io(Vec<(String, String, Class)>, Option<Span>),
    Budget(OverBudget, Span),
    Timeout(Duration),
    Interrupted(i32),
    Bug(String),
}

impl Answer {
    /// The output of a task.
    pub fn of(result: TaskResult<TaskDone>, metrics: &Metrics) -> Self {
        Self { result: result.map(Done::of).map_err(Ended::of), counted: metrics.of_task() }
    }

    /// The output of a task of a stage; its counts are added to those of the job.
    ///
    /// # Errors
    /// What ended the task, or the answer is not one to such a task.
    pub fn open(self, stage: &Stage, accountant: &Arc<Accountant>, metrics: &Metrics) -> TaskResult<TaskDone> {
        metrics.add_task(self.counted);
        let Done { output, printed, counted, errors, rejected, rejects } = self.result.map_err(Ended::open)?;
        let output = output.open(stage, accountant)?;
        Ok(TaskDone { output, printed, counted, errors, rejected, rejects })
    }
}

impl Done {
    fn of(done: TaskDone) -> Self {
        let TaskDone { output, printed, counted, errors, rejected, rejects } = done;
        Self { output: Left::of(&output), printed, counted, errors, rejected, rejects }
    }
}

impl Left {
    fn of(output: &Output) -> Self {
        match output {
            Output::Buckets(blocks) => Self::Buckets(blocks.iter().map(|block| Parcel::of(block)).collect()),
            Output::Rows(block) => Self::Rows(Parcel::of(block)),
            Output::Count(rows) => Self::Count(*rows),
            Output::State(state) => Self::State(state.clone()),
            Output::Lines(lines) => Self::Lines(lines.text().to_vec()),
            Output::Nothing => Self::Nothing,
        }
    }

    fn open(self, stage: &Stage, accountant: &Arc<Accountant>) -> TaskResult<Output> {
        let open = |parcel: Parcel, shape: &Shape| parcel.open(shape, accountant, stage.span);
        Ok(match (self, &stage.sink) {
            (Self::Buckets(parcels), Sink::Shuffle { partitions, combine, .. }) if parcels.len() == *partitions => {
                let shape = match combine {
                    Some(combine) => Shape::pair(combine.key.shape(), combine.state.shape()),
                    None => stage.row.shape(),
                };
                let blocks: TaskResult<Vec<_>> = parcels.into_iter().map(|parcel| open(parcel, &shape)).collect();
                Output::Buckets(blocks?)
            }
            (Self::Rows(parcel), Sink::Rows | Sink::Take(_) | Sink::Top { .. }) => {
                Output::Rows(open(parcel, &stage.row.shape())?)
            }
            (Self::Count(rows), Sink::Count | Sink::Save { .. }) => Output::Count(rows),
            (Self::State(state), Sink::Fold { seq, .. })
                if state.as_ref().is_none_or(|state| *state.value().shape() == *seq.func.emits) =>
            {
                Output::State(state)
            }
            (Self::Lines(text), Sink::Lines) if text.last().is_none_or(|last| *last == b'\n') => {
                Output::Lines(Lines::of(text, accountant).map_err(|over| JobError::Budget(over, stage.span))?)
            }
            (Self::Nothing, Sink::Discard) => Output::Nothing,
            _ => return Err(malformed("an output of another kind than the task's")),
        })
    }
}

impl Ended {
    fn of(error: JobError) -> Self {
        match error {
            JobError::Driver(Failure { span, trap }) => Self::Driver(span, trap),
            JobError::Rows(errors) => Self::Rows(errors),
            JobError::Io(errors, span) => {
                let told = errors.iter().map(|error| (error.to_string(), error.code().0.to_owned(), error.class()));
                Self::Io(told.collect(), span)
            }
            JobError::Budget(over, span) => Self::Budget(over, span),
            JobError::Timeout(limit) => Self::Timeout(limit),
            JobError::Interrupted(signal) => Self::Interrupted(signal),
            JobError::Bug(text) => Self::Bug(text),
            other @ (JobError::TooManyRejects { .. } | JobError::OutputClosed | JobError::Output(_)) => {
                Self::Bug(format!("a task has ended with {other:?}"))
            }
            other @ JobError::EnginesDiffer(_) => Self::Bug(format!("a task has ended with {other:?}")),
        }
    }

    fn open(self) -> JobError {
        match self {
            Self::Driver(span, trap) => JobError::Driver(Failure { span, trap }),
            Self::Rows(errors) => JobError::Rows(errors),
            Self::Io(errors, span) => {
                let told = |(text, code, class): (String, String, Class)| {
                    let code = codes::find(&code).map_or(codes::BUG, |row| row.code);
                    IoError::Elsewhere { text, code, class }
                };
                JobError::Io(errors.into_iter().map(told).collect(), span)
            }
            Self::Budget(over, span) => JobError::Budget(over, span),
            Self::Timeout(limit) => JobError::Timeout(limit),
            Self::Interrupted(signal) => JobError::Interrupted(signal),
            Self::Bug(text) => JobError::Bug(text),
        }
    }
}
