//! Errors that end a job while the driver runs a statement, and reasons why a job cannot be read. Errors of operators
//! as such, whatever the driver does with them, are made where the plan is built; a bug of ours says so where it is
//! found.

use crate::base::codes;
use crate::base::diag::Diag;
use crate::base::source::{FileId, Span};
use crate::exec::errors::JobError;
use crate::exec::io::IoError;
use crate::hir::Param;
use crate::runtime::call::trap::{Reason, Trap};

/// A value that an operator or a function of the driver does not take.
pub(super) fn value(span: Span, detail: impl Into<String>) -> JobError {
    JobError::driver(span, Trap::new(Reason::Value, detail.into()))
}

/// A number is less than `min`, or more than there may be partitions.
pub(super) fn out_of_range(span: Span, name: &str, min: i64, n: i64) -> JobError {
    value(span, format!("`{name}` is {min} to 1000000, found {n}"))
}

/// An action is asked for a negative number of elements.
pub(super) fn negative_number(span: Span, action: &str, n: i64) -> JobError {
    value(span, format!("`{action}` takes a number that is not negative, found {n}"))
}

/// A reduction has nothing to begin with.
pub(super) fn empty_reduce(span: Span) -> JobError {
    JobError::driver(span, Trap::new(Reason::Empty, "`reduce` of an empty RDD has no value; `fold` begins with one"))
}

/// A variable is used before its statement has run.
pub(super) fn unset(span: Span, name: &str) -> JobError {
    value(span, format!("`{name}` has no value yet: the statement that sets it has not run"))
}

/// A parameter has neither a value nor a default.
pub(super) fn missing_param(param: &Param) -> JobError {
    value(param.span, format!("parameter `{0}` has no value: pass --{0}", param.name))
}

/// A text is no value of a parameter.
pub(super) fn param_text(param: &Param, detail: &str) -> JobError {
    value(param.span, format!("--{}: {detail}", param.name))
}

/// An encoding that `textFile` does not read.
pub(super) fn unknown_encoding(span: Span, found: &str) -> JobError {
    value(span, format!("`textFile` knows the encodings \"strict\" and \"lossy\", found \"{found}\""))
}

/// Standard input would be read more than once.
pub(super) fn stdin_read_again(span: Span) -> JobError {
    value(span, "standard input can be read once only, and this job is run more often: a file can be read again")
}

/// A `range` that goes nowhere.
pub(super) fn zero_step(span: Span) -> JobError {
    value(span, "`range` takes a step that is not zero")
}

/// A `range` that leaves the ints.
pub(super) fn range_bound(span: Span) -> JobError {
    value(span, "a bound of `range` does not fit 64 bits")
}

/// A mode that `onError` does not know.
pub(super) fn unknown_mode(span: Span, found: &str) -> JobError {
    value(span, format!("`onError` takes \"fail\", \"skip\" or \"reject\", found \"{found}\""))
}

/// Rows are to be rejected to nowhere.
pub(super) fn no_reject_directory(span: Span) -> JobError {
    value(span, "`onError \"reject\"` takes a directory for the rejected rows")
}

/// Rows are to be rejected to two directories.
pub(super) fn two_reject_directories(span: Span, first: &std::path::Path, found: &str) -> JobError {
    let first = first.display();
    value(span, format!("the rows that a job rejects go to one directory, which is {first}; found {found}"))
}

/// `onError` does not follow a source.
pub(super) fn on_error_of_no_source(span: Span) -> JobError {
    value(span, "`onError` stands right after a source, such as textFile")
}

/// A storage level that there is not.
pub(super) fn unknown_level(span: Span, found: &str) -> JobError {
    let levels = "\"MEMORY_ONLY\", \"MEMORY_AND_DISK\", \"DISK_ONLY\" or another level of Spark";
    value(span, format!("`persist` takes {levels}, found \"{found}\""))
}

/// A second storage level of an RDD.
pub(super) fn two_levels(span: Span, there: &str, asked: &str) -> JobError {
    let kept = format!("the RDD is kept at the level {there} already, and cannot be kept at {asked} too");
    value(span, format!("{kept}; `unpersist` it before"))
}

/// A checkpoint before its directory is known.
pub(super) fn no_checkpoint_directory(span: Span) -> JobError {
    value(span, "`checkpoint` writes to a directory that `setCheckpointDir` names, and none is named")
}

/// A fraction that is no share of anything.
pub(super) fn sample_fraction(span: Span, found: f64) -> JobError {
    value(span, format!("`sample` takes a finite fraction that is not negative, found {found}"))
}

/// A weight that is no share of anything.
pub(super) fn negative_weight(span: Span, found: f64) -> JobError {
    value(span, format!("`randomSplit` takes weights that are not negative, found {found}"))
}

/// Weights that come to nothing.
pub(super) fn weights_sum(span: Span, found: f64) -> JobError {
    value(span, format!("`randomSplit` takes weights whose sum is positive, found {found}"))
}

/// A number of elements that cannot be sampled.
pub(super) fn sampled_number(span: Span, most: i64, found: i64) -> JobError {
    value(span, format!("`takeSample` takes a number from 0 to {most}, found {found}"))
}

/// Something outside of the job failed, at a place in it.
pub(super) fn io(span: Span) -> impl Fn(IoError) -> JobError {
    move |error| JobError::Io(vec![error], Some(span))
}

/// The text of a job cannot be read.
pub(super) fn unreadable(file: FileId, name: &str, cause: &str) -> Diag {
    let message = format!("cannot read the job {name}: {cause}");
    Diag::error(codes::JOB_UNREADABLE, message, Span::new(file, 0, 0), "")
}
