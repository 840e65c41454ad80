//! The staged runtime: what the compiled engine's tasks run on, batch by batch.
//!
//! A kernel runs over a batch of input rows and stages what it emits; the sink takes the staged rows as a whole. The
//! interpreter keeps the simple runtime of `task`, `sink`, `combine` and `gather`, which goes row by row: what the
//! reference shares with what it checks, it cannot check. Both leave the same bytes, and the same row errors in the same
//! order.
//!
//! Invariants: a row error of the kernel comes after those of the sink for earlier rows and hides those of the sink for the
//! same row; where failing rows are left out, a row's emitted rows are held back until it has ended well.

pub mod blocks;
pub mod combine;
pub mod copy;
pub mod fold;
pub mod group;
pub mod sort;
#[cfg(test)]
mod tests;

use crate::base::source::Span;
use crate::engine::staging::{Staged, Staging};
use crate::engine::{Engine, Failure, Ran};
use crate::kir::Func;
use crate::runtime::call::cx::Cx;
use crate::runtime::value::shape::Shape;
use crate::runtime::value::words::Word;
use crate::stage::{Pipeline, Sink, Stage};

use super::rows::combine::{Compiled, Running};
use super::sink::SinkState;
use crate::exec::data::batch::Batch;
use crate::exec::errors::{JobError, TaskResult};
use crate::exec::memory::Charge;

/// How many input rows go through a kernel between two looks at the memory, at most.
const SEGMENT: usize = 1024;

/// How much a kernel may allocate between two looks at the memory before it is looked at more often.
const GROWTH: usize = 1 << 20;

/// How many rows to run next, after a run that has grown the arena by so many bytes.
fn next_segment(segment: usize, grown: usize, most: usize) -> usize {
    if grown > GROWTH { (segment / 4).max(16) } else { (segment * 2).min(most) }
}

/// Whether an engine can run the tasks of a stage batch by batch: no function of the sink has effects that a failing row
/// would have to take back.
pub fn sink_can(stage: &Stage, engine: &dyn Engine) -> bool {
    let pure = |kernels: &[&crate::stage::Kernel]| kernels.iter().all(|kernel| !kernel.func.has_effects());
    engine.staged()
        && match &stage.sink {
            Sink::Shuffle { combine: Some(combine), .. } => {
                pure(&[&combine.create, &combine.merge_value, &combine.merge_combiners])
            }
            Sink::Shuffle { place: crate::stage::PlaceBy::Custom(kernel), .. } => pure(&[kernel]),
            Sink::Fold { seq, .. } => pure(&[seq]),
            Sink::Shuffle { .. } | Sink::Rows | Sink::Take(_) | Sink::Count | Sink::Top { .. } => true,
            Sink::Discard | Sink::Save { .. } | Sink::Lines => true,
        }
}

/// Whether a pipeline can: it is fused, and its kernel has no effects.
pub fn pipeline_can(pipeline: &Pipeline) -> bool {
    let effects = |func: &Func| func.has_effects();
    pipeline.kernels.len() <= 1 && !pipeline.kernels.iter().any(|kernel| effects(&kernel.func))
}

/// The kernel of a pipeline in a task, if it has one, with its staging area.
pub struct Narrow {
    kernel: Option<Running>,
    staging: Staging,
    /// What the staging area has grown by.
    charge: Charge,
    span: Span,
    /// How many rows are run at once.
    segment: usize,
}

/// What became of a run of input rows.
pub struct Segment {
    /// Row errors by input row, in order.
    pub failures: Vec<(usize, Failure)>,
    /// How many of the rows gave a row.
    pub kept: u64,
    /// How many rows were looked at: all, unless the sink wants no more.
    pub rows: u64,
}

impl Narrow {
    /// The kernels of a pipeline, of which there is at most one, for rows of a shape. What one row gives and the sink does
    /// not take yet is charged to `charge`, for the stage at `span`.
    pub fn new(kernels: &[Compiled], row: &Shape, sink: &SinkState, charge: Charge, span: Span) -> Self {
        let kernel = kernels.first().map(Compiled::start);
        let shape = kernel.as_ref().map_or_else(|| std::sync::Arc::new(row.clone()), |kernel| kernel.emits().clone());
        let staging = if sink.counts_each() { Staging::one_row(shape) } else { Staging::new(shape) };
        Self { kernel, staging, charge, span, segment: 64 }
    }

    /// Runs rows from `from` on, up to `to` or some rows less, into the sink; also gives the row to go on with.
    ///
    /// # Errors
    /// What ends the task.
    pub fn run(
        &mut self,
        cx: &Cx,
        sink: &mut SinkState,
        batch: &Batch,
        range: [usize; 2],
        hold: bool,
    ) -> TaskResult<(Segment, usize)> {
        let [from, to] = [range[0], range[1].min(range[0] + self.segment)];
        let before = cx.arena.allocated();
        let width = batch.shape().words();
        let words = &batch.words()[from * width..to * width];
        let room = (&mut self.charge, self.span);
        let mut drain = Drain { cx, sink, room, hold, failures: Vec::new(), filled: None };
        let rows = to - from;
        let kept = match &mut self.kernel {
            None => drain.pass(batch.staged(from, to)),
            Some(kernel) => drain.kernel(kernel, &mut self.staging, words, rows),
        };
        let Drain { mut failures, filled, .. } = drain;
        self.segment = next_segment(self.segment, cx.arena.allocated().saturating_sub(before), SEGMENT);
        if let Some(error) = sink.ended.take() {
            return Err(error);
        }
        let looked_at = filled.map_or(rows, |filled| filled + 1);
        failures.iter_mut().for_each(|(row, _)| *row += from);
        Ok((Segment { failures, kept: kept?, rows: looked_at as u64 }, to))
    }
}

/// Takes staged rows into the sink.
struct Drain<'a> {
    cx: &'a Cx,
    sink: &'a mut SinkState,
    /// What is charged for the staging area, and the stage.
    room: (&'a mut Charge, Span),
    /// Whether rows wait for the end of their input row.
    hold: bool,
    failures: Vec<(usize, Failure)>,
    /// The input row that filled the sink.
    filled: Option<usize>,
}

impl Drain<'_> {
    /// Hands rows on as they are; the number of rows that were taken well.
    fn pass(&mut self, staged: Staged<'_>) -> TaskResult<u64> {
        let rows = staged.len();
        let failures = &mut self.failures;
        let taken = self.sink.rows(self.cx, staged, &mut |row, failure| failures.push((row, failure)));
        self.filled = self.sink.full.then(|| taken.saturating_sub(1));
        Ok(self.filled.map_or(rows, |filled| filled + 1) as u64 - self.failures.len() as u64)
    }

    /// Runs a kernel over rows; the number of rows that gave a row and did not fail.
    fn kernel(&mut self, kernel: &mut Running, staging: &mut Staging, words: &[Word], rows: usize) -> TaskResult<u64> {
        staging.begin(rows);
        let mut from = 0;
        // A sink that may want no more sees each row before the next one is looked at, also where rows are held back.
        let each = self.hold && self.sink.counts_each();
        while from < rows && self.filled.is_none() && self.sink.ended.is_none() {
            let to = if each { from + 1 } else { rows };
            let ran = kernel.rows(self.cx, words, [from, to], staging, &mut |staging, at| self.flush(staging, at));
            let (ended, failure) = match ran {
                Ran::Done => (to, None),
                Ran::Failed(at, failure) => (at + 1, Some(failure)),
                Ran::Stopped(_) if self.sink.ended.is_some() || self.filled.is_some() => break,
                Ran::Stopped(_) => return Err(JobError::Bug("a sink panicked".into())),
            };
            if let Some(failure) = failure {
                self.fail(staging, ended - 1, failure);
            } else {
                self.take(staging, ended);
            }
            from = ended;
        }
        if let Some(filled) = self.filled {
            staging.close(filled);
        }
        let looked_at = self.filled.map_or(rows, |filled| filled + 1);
        let failed_kept = self.failures.iter().filter(|(row, _)| staging.given(*row) > 0).count();
        Ok(staging.kept(looked_at) - failed_kept as u64)
    }

    /// Takes a row error of the kernel, after what is staged before it.
    fn fail(&mut self, staging: &mut Staging, at: usize, failure: Failure) {
        if self.hold {
            staging.forget(at);
        } else {
            staging.close(at);
        }
        self.take(staging, at + 1);
        // What a row does after it has filled the sink is not looked at.
        if self.filled.is_none() {
            self.failures.pop_if(|(row, _)| *row == at);
            self.failures.push((at, failure));
        }
    }

    /// Makes room in the staging area while the kernel is at row `at`; true to stop.
    fn flush(&mut self, staging: &mut Staging, at: usize) -> bool {
        let ready = if self.hold { staging.rows_before(at) } else { staging.len() };
        if ready == 0 {
            let (charge, span) = &mut self.room;
            match charge.set(staging.grown()) {
                Ok(()) => staging.grow(),
                Err(over) => self.sink.ended = Some(JobError::Budget(over, *span)),
            }
            return self.sink.ended.is_some();
        }
        self.take_rows(staging, ready, at)
    }

    /// Takes all staged rows; input rows before `ended` have ended.
    fn take(&mut self, staging: &mut Staging, ended: usize) {
        let rows = staging.len();
        if rows > 0 {
            self.take_rows(staging, rows, ended);
        }
    }

    fn take_rows(&mut self, staging: &mut Staging, rows: usize, ended: usize) -> bool {
        let failures = &mut self.failures;
        let taken = self.sink.rows(self.cx, staging.staged(rows), &mut |row, failure| {
            let input = staging.input_of(row, ended);
            // The first row error of an input row stands for it.
            if failures.last().is_none_or(|(last, _)| *last != input) {
                failures.push((input, failure));
            }
        });
        if self.sink.full && self.filled.is_none() {
            self.filled = Some(staging.input_of(taken.saturating_sub(1), ended));
        }
        staging.take(rows);
        self.sink.full || self.sink.ended.is_some()
    }
}
