//! Folding what a kernel emits as it is emitted: one loop of compiled code, with the state in registers.
//!
//! Offered where the fold cannot fail and rows need not be held back; else the sink folds staged rows one by one.

use std::sync::Arc;

use crate::engine::staging::Staging;
use crate::engine::{Engine, Fold, Ran};
use crate::runtime::call::cx::Cx;
use crate::runtime::value::datum::Datum;
use crate::runtime::value::shape::Shape;
use crate::runtime::value::words::Word;
use crate::stage::{Kernel, Pipeline, Sink};

use super::{Segment, next_segment};
use crate::exec::data::batch::Batch;
use crate::exec::errors::TaskResult;
use crate::exec::operators::sink::SinkState;

/// How many input rows are folded between two looks at the memory, at most.
const SEGMENT: usize = 4096;

/// A fold with the kernel of a pipeline; what tasks share.
#[derive(Clone)]
pub struct FoldCode {
    fold: Arc<dyn Fold>,
    captures: Arc<Vec<Word>>,
    /// Keep alive what the captured words point to.
    _data: Arc<Vec<Arc<Datum>>>,
}

impl FoldCode {
    /// The code for a pipeline with at most one kernel, if the sink folds in a way that cannot fail.
    pub fn new(pipeline: &Pipeline, sink: &Sink, engine: &dyn Engine) -> Option<Self> {
        let Sink::Fold { seq, .. } = sink else { return None };
        seq.func.is_total().then_some(())?;
        let kernel = pipeline.kernels.first();
        let fold = engine.fold(kernel.map(|kernel| &kernel.func), &seq.func)?;
        let data: Vec<_> =
            std::iter::once(seq).chain(kernel).flat_map(|kernel: &Kernel| kernel.captures.clone()).collect();
        let captures = data.iter().flat_map(|datum| datum.words().iter().copied()).collect();
        Some(Self { fold, captures: Arc::new(captures), _data: Arc::new(data) })
    }

    /// The fold in a task.
    pub fn start(&self) -> Folded {
        let counts = Staging::new(Arc::new(Shape::Int));
        Folded { code: self.clone(), counts, state: Vec::new(), segment: 64 }
    }
}

/// A fold in a task.
pub struct Folded {
    code: FoldCode,
    /// How many rows each input row gave.
    counts: Staging,
    /// Whether there is a state, and its words.
    state: Vec<Word>,
    /// How many rows are run at once.
    segment: usize,
}

impl Folded {
    /// Folds rows from `from` on, up to `to` or some rows less, into the sink's state; also gives the row to go on with.
    ///
    /// # Errors
    /// The budget of memory is exceeded.
    pub fn run(
        &mut self,
        cx: &Cx,
        sink: &mut SinkState,
        batch: &Batch,
        range: [usize; 2],
    ) -> TaskResult<(Segment, usize)> {
        let [from, to] = [range[0], range[1].min(range[0] + self.segment)];
        let before = cx.arena.allocated();
        let width = batch.shape().words();
        let words = &batch.words()[from * width..to * width];
        let (rows, mut at, mut failures) = (to - from, 0, Vec::new());
        self.counts.begin(rows);
        sink.fold_state(&mut self.state);
        while at < rows {
            let Self { code, counts, state, .. } = self;
            match code.fold.run(cx, &code.captures, words, [at, rows], counts, state) {
                Ran::Failed(row, failure) => {
                    counts.close(row);
                    failures.push((from + row, failure));
                    at = row + 1;
                }
                Ran::Done | Ran::Stopped(_) => break,
            }
        }
        sink.set_fold(&self.state);
        if let Some(error) = sink.ended.take() {
            return Err(error);
        }
        self.segment = next_segment(self.segment, cx.arena.allocated().saturating_sub(before), SEGMENT);
        let failed = failures.iter().filter(|(row, _)| self.counts.given(row - from) > 0).count() as u64;
        Ok((Segment { failures, kept: self.counts.kept(rows) - failed, rows: rows as u64 }, to))
    }
}
