//! Folds: rows combined into one state.
//!
//! Where the fold cannot fail and rows need not be held back, it is compiled into the kernel that emits the rows: one loop,
//! with the state in registers ([`FoldCode`]). Else compiled code updates the state with the rows that the kernel has
//! emitted, as for the state of a key ([`Fold::add`]).

use std::sync::Arc;

use crate::base::source::Span;
use crate::engine::emit::{EmitBuffer, RowSlice};
use crate::engine::{BatchEngine, Failure, Fold as FusedFold, Ran, Update};
use crate::runtime::call::cx::Cx;
use crate::runtime::value::datum::Datum;
use crate::runtime::value::shape::Shape;
use crate::runtime::value::words::Word;
use crate::stage::{Kernel, Pipeline, Sink};

use super::segment::{Segment, next_segment};
use super::states::OneState;
use crate::exec::data::batch::Batch;
use crate::exec::errors::{JobError, TaskResult};
use crate::exec::kernel::Captured;
use crate::exec::memory::Charge;
use crate::exec::operators::context::TaskContext;

/// How many input rows are folded between two looks at the memory, at most.
const SEGMENT: usize = 4096;

/// The function of a fold as code that updates the state; what tasks share.
pub(super) struct UpdateFoldCode {
    update: Arc<dyn Update>,
    captured: Captured,
}

impl UpdateFoldCode {
    /// The code of a fold.
    pub(super) fn new(seq: &Kernel, engine: &dyn BatchEngine) -> Self {
        Self { update: engine.update(None, &seq.func, 0), captured: Captured::of([seq]) }
    }

    /// The fold in a task, from a zero or from the first row.
    pub(super) fn start(&self, zero: Option<&Datum>, task: &TaskContext<'_>) -> Fold<'_> {
        let shape = zero.map_or_else(|| task.stage.row.shape(), |zero| zero.value().shape().clone());
        Fold {
            state: OneState::new(shape, zero),
            addresses: Vec::new(),
            charge: task.env.accountant.nothing(),
            code: self,
        }
    }
}

/// A fold in a task.
pub(super) struct Fold<'a> {
    state: OneState,
    /// For each row of a batch, the address of the state.
    addresses: Vec<Word>,
    charge: Charge,
    code: &'a UpdateFoldCode,
}

impl Fold<'_> {
    /// Folds rows into the state; `failed` receives row errors in order.
    ///
    /// # Errors
    /// The budget of memory is exceeded.
    pub(super) fn add(
        &mut self,
        cx: &Cx,
        rows: RowSlice<'_>,
        span: Span,
        failed: &mut dyn FnMut(usize, Failure),
    ) -> TaskResult<()> {
        self.state.addresses(rows.len(), &mut self.addresses);
        let mut from = 0;
        while from < rows.len() {
            let captures = self.code.captured.words();
            match self.code.update.run(cx, captures, rows.words(), &self.addresses, [from, rows.len()]) {
                Ran::Failed(at, failure) => {
                    failed(at, failure);
                    from = at + 1;
                }
                Ran::Done | Ran::Stopped => break,
            }
        }
        self.settle(!rows.is_empty(), span)
    }

    /// Makes the state own what it points to, after code has changed it.
    fn settle(&mut self, changed: bool, span: Span) -> TaskResult<()> {
        self.state.settle(changed);
        self.charge.set(self.state.allocated()).map_err(|over| JobError::Budget(over, span))
    }

    /// The state, if there was a row or a zero.
    pub(super) fn finish(&self) -> Option<Arc<Datum>> {
        self.state.datum()
    }
}

/// A fold with the kernel of a pipeline; what tasks share.
pub(super) struct FoldCode {
    fold: Arc<dyn FusedFold>,
    captured: Captured,
}

impl FoldCode {
    /// The code for a pipeline with at most one kernel, if the sink folds in a way that cannot fail.
    pub(super) fn new(pipeline: &Pipeline, sink: &Sink, engine: &dyn BatchEngine) -> Option<Self> {
        let Sink::Fold { seq, .. } = sink else { return None };
        seq.func.is_total().then_some(())?;
        let kernel = pipeline.kernels.first();
        let fold = engine.fold(kernel.map(|kernel| &kernel.func), &seq.func);
        Some(Self { fold, captured: Captured::of(std::iter::once(seq).chain(kernel)) })
    }

    /// The fold in a task.
    pub(super) fn start(&self) -> Folding<'_> {
        Folding { code: self, counts: EmitBuffer::new(Arc::new(Shape::Int)), segment: 64 }
    }
}

/// A fold compiled into a kernel, in a task.
pub(super) struct Folding<'a> {
    code: &'a FoldCode,
    /// How many rows each input row gave.
    counts: EmitBuffer,
    /// How many rows are run at once.
    segment: usize,
}

impl Folding<'_> {
    /// Folds rows from `from` on, up to `to` or some rows less, into the state; also gives the row to go on with.
    ///
    /// # Errors
    /// The budget of memory is exceeded.
    pub(super) fn run(
        &mut self,
        cx: &Cx,
        fold: &mut Fold<'_>,
        batch: &Batch,
        [from, to]: [usize; 2],
        span: Span,
    ) -> TaskResult<(Segment, usize)> {
        let to = to.min(from + self.segment);
        let before = cx.arena.allocated();
        let width = batch.shape().words();
        let words = &batch.words()[from * width..to * width];
        let (rows, mut at, mut failures) = (to - from, 0, Vec::new());
        self.counts.begin(rows);
        while at < rows {
            let Self { code, counts, .. } = self;
            match code.fold.run(cx, code.captured.words(), words, [at, rows], counts, fold.state.words_mut()) {
                Ran::Failed(row, failure) => {
                    counts.close(row);
                    failures.push((from + row, failure));
                    at = row + 1;
                }
                Ran::Done | Ran::Stopped => break,
            }
        }
        fold.settle(fold.state.is_some(), span)?;
        self.segment = next_segment(self.segment, cx.arena.allocated().saturating_sub(before), SEGMENT);
        let failed = failures.iter().filter(|(row, _)| self.counts.given(row - from) > 0).count() as u64;
        Ok((Segment { failures, kept: self.counts.kept(rows) - failed, rows: rows as u64 }, to))
    }
}
