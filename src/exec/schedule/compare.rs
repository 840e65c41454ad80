//! `--engine both`: what two engines leave of one task is compared, and a difference ends the job.
//!
//! ```text
//! run_task on jit ──→ TaskDone ─┐
//! run_task on interp → TaskDone ┴─ equal → the first one's, the second is dropped
//!                                  differ → JobError::EnginesDiffer: stage, partition, what, both texts
//! ```
//!
//! Compared are the rows of blocks, states, lines and part files, counts, printed text, counters, row errors and the
//! counts of rows. Errors that depend on the machine and not on the engine (memory, time, files) are reported as they
//! are. The second engine has counters of its own and writes its part files to a shadow of the output that is never
//! published.

use std::sync::Arc;

use crate::base::source::Span;
use crate::runtime::python::text;
use crate::runtime::value::codec;
use crate::runtime::value::datum::Datum;
use crate::stage::Stage;

use crate::exec::data::block::Block;
use crate::exec::errors::{EngineDifference, JobError, RowError, RowErrors, TaskResult};
use crate::exec::io::format::{Difference, SaveTo};
use crate::exec::kernel::Called;
use crate::exec::metrics::Metrics;
use crate::exec::operators::context::{Feeds, TaskEnv};
use crate::exec::operators::placement::Bounds;
use crate::exec::operators::runtime::{Output, StageCode};
use crate::exec::task::{TaskDone, run_task};

/// A task that is run on two engines.
pub(in crate::exec) struct ComparedTask<'a> {
    /// The stage.
    pub(in crate::exec) stage: &'a Stage,
    /// Its number in the action.
    pub(in crate::exec) number: usize,
    /// Its code on the engine whose output counts.
    pub(in crate::exec) first: &'a dyn StageCode,
    /// Its code on the engine that is compared.
    pub(in crate::exec) second: Box<dyn StageCode>,
    /// The names of the engines.
    pub(in crate::exec) engines: [&'static str; 2],
    /// The outputs of earlier stages, for the second engine: those that the first is given are counted.
    pub(in crate::exec) feeds: &'a dyn Feeds,
    /// Bounds of ranges as the second engine finds them.
    pub(in crate::exec) bounds: Option<Arc<Bounds>>,
    /// Where the second engine writes part files.
    pub(in crate::exec) shadow: Option<SaveTo<'a>>,
}

impl ComparedTask<'_> {
    /// Runs the task of a partition on both engines, and gives what the first has left.
    ///
    /// # Errors
    /// What ends the job, or that the engines differ.
    pub(in crate::exec) fn run(&self, partition: usize, env: &TaskEnv<'_>) -> TaskResult<TaskDone> {
        let (metrics, again) = (Metrics::default(), Metrics::default());
        let own = TaskEnv { metrics: &metrics, bounds: env.bounds.clone(), ..*env };
        let first = run_task(self.stage, self.first, partition, &own);
        env.metrics.absorb(&metrics);
        if first.as_ref().is_err_and(|error| !is_of_the_engine(error)) {
            return first;
        }
        let (feeds, bounds, output) = (self.feeds, self.bounds.clone(), self.shadow);
        let own = TaskEnv { feeds, metrics: &again, bounds, output, ..*env };
        let second = run_task(self.stage, &*self.second, partition, &own);
        let difference = match (&first, &second) {
            (_, Err(error)) if !is_of_the_engine(error) => return second,
            (Ok(one), Ok(other)) => {
                let found = match task(one, other) {
                    None => self.part(partition, env)?,
                    found => found,
                };
                found.or_else(|| compare_lists("the counts of rows", &counts(&metrics), &counts(&again)))
            }
            (Err(one), Err(other)) => compare_lists("the error", &[format!("{one:?}")], &[format!("{other:?}")]),
            (Ok(_), Err(error)) => Some(("how the task ended".into(), ["no error".into(), format!("{error:?}")])),
            (Err(error), Ok(_)) => Some(("how the task ended".into(), [format!("{error:?}"), "no error".into()])),
        };
        match difference {
            None => first,
            Some(difference) => {
                let place = format!("stage {}, partition {partition}", self.number);
                Err(differ(self.stage.span, place, self.engines, difference))
            }
        }
    }

    /// Compares the part files of a partition.
    fn part(&self, partition: usize, env: &TaskEnv<'_>) -> TaskResult<Option<Difference>> {
        let (Some(to), Some(shadow)) = (env.output, self.shadow) else { return Ok(None) };
        Ok(to.format.difference([to.output, shadow.output], partition)?)
    }
}

/// The error of engines that differ.
pub(in crate::exec) fn differ(
    span: Span,
    place: String,
    engines: [&'static str; 2],
    difference: Difference,
) -> JobError {
    let (what, [one, other]) = difference;
    let found = [(engines[0], one), (engines[1], other)];
    JobError::EnginesDiffer(Box::new(EngineDifference { span, place, what, found }))
}

/// Whether an error may be the engine's doing: all others come from the machine, and differ from run to run.
fn is_of_the_engine(error: &JobError) -> bool {
    match error {
        JobError::Driver(_) | JobError::Rows(_) | JobError::Bug(_) | JobError::TooManyRejects { .. } => true,
        JobError::Io(..) | JobError::Budget(..) | JobError::Timeout(_) | JobError::Interrupted(_) => false,
        JobError::OutputClosed | JobError::Output(_) | JobError::EnginesDiffer(_) => false,
    }
}

fn counts(metrics: &Metrics) -> [String; 1] {
    let figures = metrics.figures(0);
    let [read, kept, filtered, rejected] =
        [figures.rows_read, figures.rows_kept, figures.rows_filtered, figures.rows_rejected];
    [format!("read {read} = {kept} kept + {filtered} filtered + {rejected} rejected")]
}

/// Compares what two engines have left of a task, files excepted.
fn task(one: &TaskDone, other: &TaskDone) -> Option<Difference> {
    compare_lists("a row error", &row_errors(&one.errors), &row_errors(&other.errors))
        .or_else(|| compare_lists("a row that is left out", &row_errors(&one.rejected), &row_errors(&other.rejected)))
        .or_else(|| compare_lists("a rejected row", &rejects(&one.rejects), &rejects(&other.rejects)))
        .or_else(|| output(&one.output, &other.output))
        .or_else(|| lines("what was printed", &one.printed, &other.printed))
        .or_else(|| compare_lists("a counter", &counters(&one.counted), &counters(&other.counted)))
}

fn output(one: &Output, other: &Output) -> Option<Difference> {
    match (one, other) {
        (Output::Buckets(one), Output::Buckets(other)) if one.len() == other.len() => {
            let mut all = one.iter().zip(other).enumerate();
            all.find_map(|(n, (one, other))| blocks(&format!(" of the block for partition {n}"), one, other))
        }
        (Output::Rows(one), Output::Rows(other)) => blocks("", one, other),
        (Output::Count(one), Output::Count(other)) => {
            (one != other).then(|| ("the count".into(), [one.to_string(), other.to_string()]))
        }
        (Output::State(one), Output::State(other)) => states(one.as_ref(), other.as_ref()),
        (Output::Lines(one), Output::Lines(other)) => lines("the lines", one.text(), other.text()),
        (Output::Nothing, Output::Nothing) => None,
        (one, other) => Some(("the kind of output".into(), [format!("{one:?}"), format!("{other:?}")])),
    }
}

fn states(one: Option<&Arc<Datum>>, other: Option<&Arc<Datum>>) -> Option<Difference> {
    let same = match (one, other) {
        (None, None) => true,
        (Some(one), Some(other)) => encoded(one) == encoded(other),
        (None, Some(_)) | (Some(_), None) => false,
    };
    let shown = |datum: Option<&Arc<Datum>>| datum.map_or("none".to_owned(), |datum| text::repr_of(datum.value()));
    (!same).then(|| ("the state".into(), [shown(one), shown(other)]))
}

/// Compares two values.
pub(in crate::exec) fn values(one: &Datum, other: &Datum) -> Option<Difference> {
    let shown = || ("the value".into(), [text::repr_of(one.value()), text::repr_of(other.value())]);
    (encoded(one) != encoded(other)).then(shown)
}

fn encoded(datum: &Datum) -> Vec<u8> {
    let mut bytes = Vec::new();
    codec::encode(datum.value(), &mut bytes);
    bytes
}

/// Compares two blocks: the first row that differs, as text. Rows are compared as they are encoded, to the bit.
fn blocks(which: &str, one: &Block, other: &Block) -> Option<Difference> {
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for (row, (one, other)) in one.values().zip(other.values()).enumerate() {
        left.clear();
        right.clear();
        codec::encode(one, &mut left);
        codec::encode(other, &mut right);
        if left != right {
            return Some((format!("row {row}{which}"), [one, other].map(text::repr_of)));
        }
    }
    let row = one.len().min(other.len());
    let shown = |block: &Block| if row < block.len() { text::repr_of(block.row(row)) } else { "no row".into() };
    let rows = || format!("row {row}{which} ({} and {} rows)", one.len(), other.len());
    (one.len() != other.len()).then(|| (rows(), [shown(one), shown(other)]))
}

/// Compares two texts: the first line that differs.
pub(in crate::exec) fn lines(what: &str, one: &[u8], other: &[u8]) -> Option<Difference> {
    if one == other {
        return None;
    }
    let split = |text: &[u8]| -> Vec<String> {
        text.split_inclusive(|byte| *byte == b'\n')
            .map(|line| String::from_utf8_lossy(line).trim_end().to_owned())
            .collect()
    };
    compare_lists(what, &split(one), &split(other))
}

/// Compares two lists: the first entry that differs.
fn compare_lists(what: &str, one: &[String], other: &[String]) -> Option<Difference> {
    if one == other {
        return None;
    }
    let at = one.iter().zip(other).take_while(|(one, other)| one == other).count();
    let shown = |list: &[String]| list.get(at).cloned().unwrap_or_else(|| "nothing".to_owned());
    let what = if one.len().max(other.len()) > 1 { format!("{what} (number {at})") } else { what.to_owned() };
    Some((what, [shown(one), shown(other)]))
}

/// Counters in the order of their numbers, which says nothing of the order in which they were met.
fn counters(counted: &[(i64, i64)]) -> Vec<String> {
    let mut counted = counted.to_vec();
    counted.sort_unstable();
    counted.iter().map(|(counter, n)| format!("counter {counter}: {n}")).collect()
}

fn row_errors(errors: &RowErrors) -> Vec<String> {
    let counts = errors
        .counts
        .iter()
        .map(|((reason, span), count)| format!("{count} of {} at {}..{}", reason.code(), span.start, span.end));
    counts.chain(rejects(&errors.samples)).collect()
}

fn rejects(errors: &[RowError]) -> Vec<String> {
    let one = |error: &RowError| {
        let RowError { span, trap, origin, record } = error;
        let (code, record) = (trap.reason.code(), text::quoted(record));
        format!("{code} at {}..{}: {} in {record} of {origin:?}", span.start, span.end, trap.detail)
    };
    errors.iter().map(one).collect()
}

/// Compares what two engines have given for a kernel of the driver.
pub(in crate::exec) fn called(one: &Called, other: &Called) -> Option<Difference> {
    let shown = |called: &Called| match &called.result {
        Ok(Some(datum)) => text::repr_of(datum.value()),
        Ok(None) => "no value".to_owned(),
        Err(failure) => format!("{failure:?}"),
    };
    let result = match (&one.result, &other.result) {
        (Ok(Some(one)), Ok(Some(other))) => values(one, other),
        _ => compare_lists("the value", &[shown(one)], &[shown(other)]),
    };
    result
        .or_else(|| lines("what was printed", &one.printed, &other.printed))
        .or_else(|| compare_lists("a counter", &counters(&one.counted), &counters(&other.counted)))
}
