//! The ways in which the rows of a batch reach the sink: through a kernel of batches, folded where they are emitted, or
//! row by row through a chain of kernels.
//!
//! All three count alike what was kept, filtered and rejected, and leave what a failing row printed or counted out.

use crate::engine::Failure;
use crate::runtime::call::cx::Cx;
use crate::runtime::python::text;
use crate::runtime::value::words::Value;
use crate::stage::Pipeline;

use super::super::errors::TaskResult;
use super::code::PipelineCode;
use super::{Tally, Task, merge_counts};
use crate::exec::data::batch::Batch;
use crate::exec::io::inputs::OnError;
use crate::exec::operators::batched::Narrow;
use crate::exec::operators::batched::fold::Folded;
use crate::exec::operators::read::Reader;
use crate::exec::operators::rows::combine::{Compiled, Running};

/// How the rows of a split get to the sink.
pub(super) enum Way {
    /// Batch by batch.
    Staged(Narrow),
    /// Batch by batch, folded where it is emitted.
    Folded(Folded),
    /// Row by row; the batch holds what a row gives until it is known not to fail.
    Rows(Chain, Batch),
}

impl Way {
    pub(super) fn new(task: &Task<'_>, pipeline: &Pipeline, code: &PipelineCode) -> Self {
        let leaf = pipeline.leaf_row.shape();
        if let Some(fold) = &code.fold {
            return Self::Folded(fold.start());
        }
        if code.batched {
            return Self::Staged(Narrow::new(
                &code.kernels,
                &leaf,
                &task.sink,
                task.env.accountant.nothing(),
                task.stage.span,
            ));
        }
        let row = pipeline.kernels.last().map_or(leaf, |last| (*last.func.emits).clone());
        Self::Rows(Chain::new(code), Batch::new(row))
    }
}

impl Task<'_> {
    /// Runs rows of a batch, up to the second of `range` or fewer; gives the row to go on with.
    pub(super) fn run_some(
        &mut self,
        way: &mut Way,
        reader: &dyn Reader,
        batch: &Batch,
        range: [usize; 2],
        on_error: OnError,
        tally: &mut Tally,
    ) -> TaskResult<usize> {
        let [from, to] = range;
        let details = |n: usize| (reader.origin(n), text::str_of(batch.row(n)));
        match way {
            Way::Staged(_) | Way::Folded(_) => {
                let (segment, next) = match way {
                    Way::Folded(folded) => folded.run(&self.cx, &mut self.sink, batch, range)?,
                    Way::Staged(narrow) => {
                        narrow.run(&self.cx, &mut self.sink, batch, range, on_error != OnError::Fail)?
                    }
                    Way::Rows(..) => unreachable!("another arm"),
                };
                tally.kept += segment.kept;
                tally.filtered += segment.rows - segment.kept - segment.failures.len() as u64;
                for (n, failure) in segment.failures {
                    self.failed(failure, || details(n), on_error, tally);
                }
                Ok(next)
            }
            Way::Rows(chain, held) => {
                // As many as may go by between two looks at the arena.
                let to = to.min(from + 256);
                for n in from..to {
                    if self.sink.full {
                        break;
                    }
                    match self.run_row(chain, held, batch.row(n), on_error) {
                        Ok(0) => tally.filtered += 1,
                        Ok(_) => tally.kept += 1,
                        Err(failure) => self.failed(failure, || details(n), on_error, tally),
                    }
                    if let Some(error) = self.sink.ended.take() {
                        return Err(error);
                    }
                }
                Ok(to)
            }
        }
    }

    /// Runs a row through the kernels into the sink; the number of rows it gave. Unless errors make the job fail, what
    /// the row gives is held back until it is known not to fail.
    fn run_row(
        &mut self,
        chain: &mut Chain,
        held: &mut Batch,
        row: Value<'_>,
        on_error: OnError,
    ) -> Result<u64, Failure> {
        let printed = self.cx.printed.borrow().len();
        let (cx, sink) = (&self.cx, &mut self.sink);
        let (mut emitted, mut filled) = (0, None);
        let done = if on_error == OnError::Fail {
            chain.run(cx, row, &mut |value| {
                emitted += 1;
                sink.row(cx, value);
                if sink.full && filled.is_none() {
                    filled = Some((cx.printed.borrow().len(), cx.counted.borrow().len()));
                }
            })
        } else {
            held.clear();
            let done = chain.run(cx, row, &mut |value| held.push(&[value.words()]));
            if done.is_ok() {
                emitted = held.len() as u64;
                held.iter().for_each(|value| sink.row(cx, value));
            }
            done
        };
        // The kernel's own row error hides one of the sink.
        let sunk = self.sink.failed.take();
        let mut done = done.and_then(|()| sunk.map_or(Ok(()), Err));
        // What a row does after it has filled the sink is not looked at: `take` has all it wants.
        if let Some((printed, counted)) = filled {
            self.cx.printed.borrow_mut().truncate(printed);
            self.cx.counted.borrow_mut().truncate(counted);
            done = Ok(());
        }
        if done.is_err() {
            self.cx.printed.borrow_mut().truncate(printed);
            self.cx.counted.borrow_mut().clear();
        } else if !self.cx.counted.borrow().is_empty() {
            merge_counts(&mut self.counted, &mut self.cx.counted.borrow_mut());
        }
        done.map(|()| emitted)
    }
}

/// The kernels of a pipeline in a task. Without fusion there are several, and each takes what the one before gave.
pub(super) struct Chain {
    kernels: Vec<Running>,
}

impl Chain {
    fn new(code: &PipelineCode) -> Self {
        Self { kernels: code.kernels.iter().map(Compiled::start).collect() }
    }

    fn run(&mut self, cx: &Cx, row: Value<'_>, emit: &mut dyn FnMut(Value<'_>)) -> Result<(), Failure> {
        run_kernels(&mut self.kernels, cx, row, emit)
    }
}

/// Runs kernels one after the other: what one gives goes through all others before it gives the next, as in one fused
/// kernel, so that effects come in the same order and the same row error is the first.
fn run_kernels(
    kernels: &mut [Running],
    cx: &Cx,
    row: Value<'_>,
    emit: &mut dyn FnMut(Value<'_>),
) -> Result<(), Failure> {
    let Some((first, rest)) = kernels.split_first_mut() else {
        emit(row);
        return Ok(());
    };
    if rest.is_empty() {
        return first.row(cx, row, emit);
    }
    let mut failed = None;
    let done = first.row(cx, row, &mut |value| {
        if failed.is_none() {
            let next = || run_kernels(rest, cx, value, emit);
            failed = stacker::maybe_grow(64 * 1024, 1024 * 1024, next).err();
        }
    });
    failed.map_or(done, Err)
}
