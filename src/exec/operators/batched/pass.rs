//! The ways of rows through the kernels of a pipeline into the sink.
//!
//! A kernel runs over a segment of a batch and stages the rows that it emits; the sink takes them as a whole ([`Pass`]).
//! Kernels that print or count, and chains of several kernels, run one input row at a time ([`RowPass`]), each emitted row
//! going through all that follows before the next: what a failing row has printed and counted is taken back.
//!
//! Invariants: a row error of the kernel comes after those of the sink for earlier rows and hides those of the sink for the
//! same row; where failing rows are left out, a row's emitted rows are held back until it has ended well.

use std::sync::Arc;

use crate::base::source::Span;
use crate::engine::emit::{EmitBuffer, RowSlice};
use crate::engine::{BatchCode, Failure, Ran};
use crate::runtime::call::cx::Cx;
use crate::runtime::value::shape::Shape;
use crate::runtime::value::words::{Value, Word};

use super::segment::{Segment, next_segment};
use super::sink::BatchSink;
use crate::exec::data::batch::Batch;
use crate::exec::errors::{JobError, OnError, TaskResult};
use crate::exec::kernel::KernelCode;
use crate::exec::memory::Charge;
use crate::exec::operators::context::ReadRows;
use crate::exec::operators::context::{RowCounts, RowEffects, TaskContext};

/// How many input rows go through a kernel between two looks at the memory, at most.
const SEGMENT: usize = 1024;

/// How many rows go by between two looks at the memory where they run one at a time.
const BETWEEN_LOOKS: usize = 256;

/// The kernel of a pipeline in a task, if it has one, with its emit buffer.
pub(super) struct Pass<'a> {
    kernel: Option<&'a KernelCode<dyn BatchCode>>,
    buffer: EmitBuffer,
    /// The number of bytes by which the emit buffer has grown.
    charge: Charge,
    span: Span,
    /// How many rows are run at once.
    segment: usize,
}

impl<'a> Pass<'a> {
    /// A kernel, or rows as they are, of a shape. Rows of one input row that the sink does not take yet are charged to
    /// `charge`, for the stage at `span`.
    pub(super) fn new(
        kernel: Option<&'a KernelCode<dyn BatchCode>>,
        row: &Shape,
        sink: &BatchSink<'_>,
        charge: Charge,
        span: Span,
    ) -> Self {
        let shape = kernel.map_or_else(|| Arc::new(row.clone()), |kernel| kernel.emits().clone());
        let buffer = if sink.counts_each() { EmitBuffer::one_row(shape) } else { EmitBuffer::new(shape) };
        Self { kernel, buffer, charge, span, segment: 64 }
    }

    /// Runs rows from `from` on, up to `to` or some rows less, into the sink; also gives the row to go on with.
    ///
    /// # Errors
    /// What ends the task.
    pub(super) fn run(
        &mut self,
        cx: &Cx,
        sink: &mut BatchSink<'_>,
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
        let kept = match self.kernel {
            None => drain.pass(batch.slice(from, to)),
            Some(kernel) => drain.kernel(kernel, &mut self.buffer, words, rows),
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

/// Takes emitted rows into the sink.
struct Drain<'a, 's> {
    cx: &'a Cx,
    sink: &'a mut BatchSink<'s>,
    /// The charge for the emit buffer, and the stage.
    room: (&'a mut Charge, Span),
    /// Whether rows wait for the end of their input row.
    hold: bool,
    failures: Vec<(usize, Failure)>,
    /// The input row that filled the sink.
    filled: Option<usize>,
}

impl Drain<'_, '_> {
    /// Hands rows on as they are; the number of rows that were taken well.
    fn pass(&mut self, staged: RowSlice<'_>) -> TaskResult<u64> {
        let rows = staged.len();
        let failures = &mut self.failures;
        let taken = self.sink.take(self.cx, staged, &mut |row, failure| failures.push((row, failure)));
        self.filled = self.sink.full.then(|| taken.saturating_sub(1));
        Ok(self.filled.map_or(rows, |filled| filled + 1) as u64 - self.failures.len() as u64)
    }

    /// Runs a kernel over rows; the number of rows that gave a row and did not fail.
    fn kernel(
        &mut self,
        kernel: &KernelCode<dyn BatchCode>,
        buffer: &mut EmitBuffer,
        words: &[Word],
        rows: usize,
    ) -> TaskResult<u64> {
        buffer.begin(rows);
        let mut from = 0;
        // A sink that may want no more sees each row before the next one is looked at, also where rows are held back.
        let each = self.hold && self.sink.counts_each();
        while from < rows && self.filled.is_none() && self.sink.ended.is_none() {
            let to = if each { from + 1 } else { rows };
            let ran = kernel.run(self.cx, words, [from, to], buffer, &mut |buffer, at| self.flush(buffer, at));
            let (ended, failure) = match ran {
                Ran::Done => (to, None),
                Ran::Failed(at, failure) => (at + 1, Some(failure)),
                Ran::Stopped if self.sink.ended.is_some() || self.filled.is_some() => break,
                Ran::Stopped => return Err(JobError::Bug("a sink panicked".into())),
            };
            if let Some(failure) = failure {
                self.fail(buffer, ended - 1, failure);
            } else {
                self.take(buffer, ended);
            }
            from = ended;
        }
        if let Some(filled) = self.filled {
            buffer.close(filled);
        }
        let looked_at = self.filled.map_or(rows, |filled| filled + 1);
        let failed_kept = self.failures.iter().filter(|(row, _)| buffer.given(*row) > 0).count();
        Ok(buffer.kept(looked_at) - failed_kept as u64)
    }

    /// Takes a row error of the kernel, after the rows that are in the buffer before it.
    fn fail(&mut self, buffer: &mut EmitBuffer, at: usize, failure: Failure) {
        if self.hold {
            buffer.forget(at);
        } else {
            buffer.close(at);
        }
        self.take(buffer, at + 1);
        // Rows behind the one that has filled the sink are not looked at.
        if self.filled.is_none() {
            self.failures.pop_if(|(row, _)| *row == at);
            self.failures.push((at, failure));
        }
    }

    /// Makes room in the emit buffer while the kernel is at row `at`; true to stop.
    fn flush(&mut self, buffer: &mut EmitBuffer, at: usize) -> bool {
        let ready = if self.hold { buffer.rows_before(at) } else { buffer.len() };
        if ready == 0 {
            let (charge, span) = &mut self.room;
            match charge.set(buffer.grown()) {
                Ok(()) => buffer.grow(),
                Err(over) => self.sink.ended = Some(JobError::Budget(over, *span)),
            }
            return self.sink.ended.is_some();
        }
        self.take_rows(buffer, ready, at)
    }

    /// Takes all emitted rows; input rows before `ended` have ended.
    fn take(&mut self, buffer: &mut EmitBuffer, ended: usize) {
        let rows = buffer.len();
        if rows > 0 {
            self.take_rows(buffer, rows, ended);
        }
    }

    fn take_rows(&mut self, buffer: &mut EmitBuffer, rows: usize, ended: usize) -> bool {
        let failures = &mut self.failures;
        let taken = self.sink.take(self.cx, buffer.slice(rows), &mut |row, failure| {
            let input = buffer.input_of(row, ended);
            // The first row error of an input row stands for it.
            if failures.last().is_none_or(|(last, _)| *last != input) {
                failures.push((input, failure));
            }
        });
        if self.sink.full && self.filled.is_none() {
            self.filled = Some(buffer.input_of(taken.saturating_sub(1), ended));
        }
        buffer.take(rows);
        self.sink.full || self.sink.ended.is_some()
    }
}

/// Kernels that run one input row at a time.
pub(super) struct RowPass<'a> {
    kernels: Vec<(&'a KernelCode<dyn BatchCode>, EmitBuffer)>,
    /// The rows that an input row gives, until it is known not to fail.
    held: Batch,
}

impl<'a> RowPass<'a> {
    /// The kernels of a pipeline, for rows of a shape.
    pub(super) fn new(kernels: impl Iterator<Item = &'a KernelCode<dyn BatchCode>>, row: &Shape) -> Self {
        let kernels: Vec<_> = kernels.map(|kernel| (kernel, EmitBuffer::one_row(kernel.emits().clone()))).collect();
        let held = kernels.last().map_or_else(|| row.clone(), |(last, _)| (**last.emits()).clone());
        Self { kernels, held: Batch::new(held) }
    }

    /// Runs the rows of a range, or some rows less; gives the row to go on with.
    ///
    /// # Errors
    /// The error that ends the task.
    pub(super) fn run(
        &mut self,
        task: &mut TaskContext<'_>,
        sink: &mut BatchSink<'_>,
        rows: &ReadRows<'_>,
        [from, to]: [usize; 2],
        counts: &mut RowCounts,
    ) -> TaskResult<usize> {
        let to = to.min(from + BETWEEN_LOOKS);
        for n in from..to {
            if sink.full {
                break;
            }
            match self.row(task, sink, rows.batch.row(n), rows.on_error) {
                Ok(0) => counts.filtered += 1,
                Ok(_) => counts.kept += 1,
                Err(failure) => task.failed_row(rows, n, failure, counts),
            }
            if let Some(error) = sink.ended.take() {
                return Err(error);
            }
        }
        Ok(to)
    }

    /// Runs one row; the number of rows that it gave.
    fn row(
        &mut self,
        task: &mut TaskContext<'_>,
        sink: &mut BatchSink<'_>,
        row: Value<'_>,
        on_error: OnError,
    ) -> Result<u64, Failure> {
        let (cx, held) = (&task.cx, &mut self.held);
        let mut effects = RowEffects::begin(cx);
        let (mut emitted, mut failed) = (0, None);
        let mut take = |value: Value<'_>| {
            if !sink.full && sink.ended.is_none() {
                sink.take(cx, RowSlice::one(value), &mut |_, failure| {
                    failed.get_or_insert(failure);
                });
            }
            sink.full
        };
        let done = if on_error == OnError::Fail {
            run_kernels(&mut self.kernels, cx, row, &mut |value| {
                emitted += 1;
                if take(value) {
                    effects.filled(cx);
                }
            })
        } else {
            held.clear();
            let done = run_kernels(&mut self.kernels, cx, row, &mut |value| held.push(&[value.words()]));
            if done.is_ok() {
                emitted = held.len() as u64;
                held.iter().for_each(|value| {
                    take(value);
                });
            }
            done
        };
        effects.end(task, done, failed).map(|()| emitted)
    }
}

/// Runs kernels one after the other: a row that one emits goes through all others before the next is emitted, as in one
/// fused kernel, so that effects come in the same order and the same row error is the first.
fn run_kernels(
    kernels: &mut [(&KernelCode<dyn BatchCode>, EmitBuffer)],
    cx: &Cx,
    row: Value<'_>,
    emit: &mut dyn FnMut(Value<'_>),
) -> Result<(), Failure> {
    let Some(((kernel, buffer), rest)) = kernels.split_first_mut() else {
        emit(row);
        return Ok(());
    };
    let mut failed = None;
    let mut hand_on = |buffer: &mut EmitBuffer| {
        let rows = buffer.len();
        for n in 0..rows {
            if failed.is_none() {
                let value = buffer.slice(rows).row(n);
                failed = stacker::maybe_grow(64 * 1024, 1024 * 1024, || run_kernels(rest, cx, value, emit)).err();
            }
        }
        buffer.take(rows);
    };
    buffer.begin(1);
    let ran = kernel.run(cx, row.words(), [0, 1], buffer, &mut |buffer, _| {
        hand_on(buffer);
        false
    });
    hand_on(buffer);
    match (failed, ran) {
        (Some(failure), _) | (None, Ran::Failed(_, failure)) => Err(failure),
        (None, Ran::Done | Ran::Stopped) => Ok(()),
    }
}
