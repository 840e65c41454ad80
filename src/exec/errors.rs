//! The errors of a running job.
//!
//! Row errors are collected: all are counted by reason, and the first [`SAMPLES`] (in order of partitions and rows, so
//! the same on any number of threads) keep their place and record. Everything else ends the job at once.

pub mod io;
pub mod origin;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::base::codes::{self, Code};
use crate::base::source::Span;
use crate::engine::Failure;
use crate::runtime::call::trap::{Reason, Trap};

pub use self::io::IoError;
pub use self::origin::RowOrigin;

/// How many row errors keep their details.
pub const SAMPLES: usize = 20;

/// A row error with all that is known of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RowError {
    /// The place in the job.
    pub span: Span,
    /// The error.
    pub trap: Trap,
    /// Where the row comes from.
    pub origin: RowOrigin,
    /// The row as it was read, as text.
    pub record: String,
}

/// The row errors of a stage or a job.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct RowErrors {
    /// How many there are.
    pub total: u64,
    /// How many by reason and place in the job.
    pub counts: BTreeMap<(Reason, Span), u64>,
    /// The first ones.
    pub samples: Vec<RowError>,
}

impl RowErrors {
    /// Counts an error; `details` is called if it becomes a sample.
    pub fn add(&mut self, failure: Failure, details: impl FnOnce() -> (RowOrigin, String)) {
        self.total += 1;
        *self.counts.entry((failure.trap.reason, failure.span)).or_default() += 1;
        if self.samples.len() < SAMPLES {
            let (origin, record) = details();
            self.samples.push(RowError { span: failure.span, trap: failure.trap, origin, record });
        }
    }

    /// Adds those of a later partition or stage.
    pub fn append(&mut self, other: Self) {
        self.total += other.total;
        for (key, count) in other.counts {
            *self.counts.entry(key).or_default() += count;
        }
        let room = SAMPLES - self.samples.len().min(SAMPLES);
        self.samples.extend(other.samples.into_iter().take(room));
    }
}

/// The treatment of rows that fail.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum OnError {
    /// The job fails.
    Fail,
    /// The row is left out, and counted.
    Skip,
    /// The row is left out, counted, and written to the directory of rejects.
    Reject,
}

/// The row errors of a task.
#[derive(Debug, Default)]
pub struct Faults {
    /// Those that make the job fail.
    pub errors: RowErrors,
    /// Those of rows that are left out.
    pub rejected: RowErrors,
    /// All of the latter, when they are to be written.
    pub rejects: Vec<RowError>,
    /// Whether they are.
    pub keep_rejects: bool,
}

impl Faults {
    /// Takes a row error as the job wants it.
    pub fn add(&mut self, failure: Failure, details: impl FnOnce() -> (RowOrigin, String), on_error: OnError) {
        // Faults of sparkc and of commands are never passed over as bad rows.
        let of_row = !matches!(failure.trap.reason, Reason::Bug | Reason::Command);
        let on_error = if of_row { on_error } else { OnError::Fail };
        match on_error {
            OnError::Fail => self.errors.add(failure, details),
            OnError::Reject if self.keep_rejects => {
                let (origin, record) = details();
                let (span, trap) = (failure.span, failure.trap.clone());
                self.rejects.push(RowError { span, trap, origin: origin.clone(), record: record.clone() });
                self.rejected.add(failure, || (origin, record));
            }
            OnError::Skip | OnError::Reject => self.rejected.add(failure, details),
        }
    }
}

/// The budget would be exceeded.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OverBudget {
    /// Bytes held with the charge.
    pub wanted: usize,
    /// The budget.
    pub budget: usize,
}

/// Where two engines differ.
#[derive(Debug)]
pub struct EngineDifference {
    /// The operator.
    pub span: Span,
    /// `stage 1, partition 0`, or what else was run.
    pub place: String,
    /// The kind of the difference: `row 3 of the block for partition 1`.
    pub what: String,
    /// The engines by name, with what each gave.
    pub found: [(&'static str, String); 2],
}

/// Why a job ended.
#[derive(Debug)]
pub enum JobError {
    /// The driver asked for something that cannot be: a wrong number of partitions, `first` of an empty RDD.
    Driver(Failure),
    /// Rows had errors, and the job does not tolerate them.
    Rows(Box<RowErrors>),
    /// Files; all that are wrong.
    Io(Vec<IoError>, Option<Span>),
    /// Memory.
    Budget(OverBudget, Span),
    /// The time is over.
    Timeout(std::time::Duration),
    /// Too many rows were rejected.
    TooManyRejects {
        /// How many were.
        rejected: u64,
        /// How many may be.
        max: u64,
    },
    /// A signal.
    Interrupted(i32),
    /// Standard output is closed; not an error of the job.
    OutputClosed,
    /// Standard output cannot be written.
    Output(std::io::Error),
    /// A fault of sparkc.
    Bug(String),
    /// A fault of sparkc: `--engine both` has found that the engines differ.
    EnginesDiffer(Box<EngineDifference>),
}

impl JobError {
    /// An error of a place in the driver.
    pub fn driver(span: Span, trap: Trap) -> Self {
        if trap.reason == Reason::Bug { Self::Bug(trap.detail) } else { Self::Driver(Failure { span, trap }) }
    }

    /// The code under which it is explained, if it has one.
    pub fn code(&self) -> Option<Code> {
        match self {
            Self::Driver(failure) => Some(failure.trap.reason.code()),
            Self::Rows(errors) => errors.samples.first().map(|error| error.trap.reason.code()),
            Self::Io(errors, _) => errors.first().map(IoError::code),
            Self::Bug(_) => Some(codes::BUG),
            Self::EnginesDiffer(_) => Some(codes::ENGINES_DIFFER),
            Self::Budget(..) | Self::Timeout(_) | Self::TooManyRejects { .. } | Self::Interrupted(_) => None,
            Self::OutputClosed | Self::Output(_) => None,
        }
    }
}

impl From<IoError> for JobError {
    fn from(error: IoError) -> Self {
        if let IoError::Interrupted { signal, .. } = error {
            Self::Interrupted(signal)
        } else {
            Self::Io(vec![error], None)
        }
    }
}

/// The result of a task, or of a part of it; the error ends the task.
pub type TaskResult<T> = Result<T, JobError>;
