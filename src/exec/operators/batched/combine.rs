//! Combining the values of keys batch by batch: the table finds the states of a batch's keys, compiled code changes them.
//!
//! Offered where states are flat words and making one cannot fail; `exec::combine` does the rest row by row.

#![allow(unsafe_code, reason = "hands staged rows to the table")]

use std::sync::Arc;

use crate::base::source::Span;
use crate::engine::staging::Staged;
use crate::engine::{Engine, Failure, Ran, Update};
use crate::runtime::call::cx::Cx;
use crate::runtime::spark::placing::Order;
use crate::runtime::value::arena::Arena;
use crate::runtime::value::datum::Datum;
use crate::runtime::value::groups::Groups;
use crate::runtime::value::shape::Shape;
use crate::runtime::value::words::Word;
use crate::stage::{CombineKernels, Kernel};

use super::blocks::StagedBlockReader;

use crate::exec::data::batch::Batch;
use crate::exec::data::block::{Block, BlockWriter, push_placed};
use crate::exec::errors::{Faults, JobError, RowOrigin, TaskResult};
use crate::exec::io::inputs::OnError;
use crate::exec::memory::{Accountant, Charge};
use crate::exec::operators::placement::hash_places;
use crate::exec::operators::read::{BadRow, Reader};

/// How many keys make a batch.
const BATCH_KEYS: usize = 1024;

/// The functions of a combine as code that updates states; what tasks share.
#[derive(Clone)]
pub struct UpdateCode {
    key: Shape,
    state: Shape,
    update: Arc<dyn Update>,
    captures: Arc<Vec<Word>>,
    span: Span,
    /// Keep alive what the captured words point to.
    _data: Arc<Vec<Arc<Datum>>>,
}

impl UpdateCode {
    /// The functions for values: one makes a state, the other merges a value into it.
    pub fn of_values(kernels: &CombineKernels, engine: &dyn Engine) -> Option<Self> {
        kernels.create.func.is_total().then_some(())?;
        Self::new(kernels, Some(&kernels.create), &kernels.merge_value, engine)
    }

    /// The function for states that are merged.
    pub fn of_states(kernels: &CombineKernels, engine: &dyn Engine) -> Option<Self> {
        Self::new(kernels, None, &kernels.merge_combiners, engine)
    }

    fn new(kernels: &CombineKernels, create: Option<&Kernel>, merge: &Kernel, engine: &dyn Engine) -> Option<Self> {
        let (key, state) = (kernels.key.shape(), kernels.state.shape());
        let effects = merge.func.has_effects() || create.is_some_and(|create| create.func.has_effects());
        if effects || !engine.staged() || !state.is_flat() {
            return None;
        }
        let update = engine.update(create.map(|create| &create.func), &merge.func, key.words())?;
        let data: Vec<Arc<Datum>> =
            create.into_iter().chain([merge]).flat_map(|kernel| kernel.captures.clone()).collect();
        let captures = data.iter().flat_map(|datum| datum.words().iter().copied()).collect();
        Some(Self {
            key,
            state,
            update,
            captures: Arc::new(captures),
            span: kernels.create.span,
            _data: Arc::new(data),
        })
    }

    /// An empty table.
    pub fn start(&self, accountant: &Arc<Accountant>) -> Combined {
        Combined {
            groups: Groups::new(&self.key, self.state.words()),
            states: Vec::new(),
            charge: accountant.charge(0).expect("nothing is always within the budget"),
            code: self.clone(),
        }
    }
}

/// The states of keys in a task.
pub struct Combined {
    groups: Groups,
    /// The addresses of the states of a batch.
    states: Vec<Word>,
    charge: Charge,
    code: UpdateCode,
}

impl Combined {
    /// Combines pairs of keys and values into the states; `failed` receives row errors in order.
    ///
    /// # Errors
    /// The budget of memory is exceeded.
    pub fn add(&mut self, cx: &Cx, rows: Staged<'_>, failed: &mut dyn FnMut(usize, Failure)) -> TaskResult<()> {
        let padded = cx.padded.get();
        // SAFETY: the rows are pairs whose keys have the table's shape; `padded` is what the reader of the batch has set,
        // and it keeps the bytes until the next batch.
        unsafe { self.groups.probe(rows.words(), rows.stride(), rows.len(), padded[0]..padded[1], &mut self.states) };
        let mut from = 0;
        while from < rows.len() {
            match self.code.update.run(cx, &self.code.captures, rows.words(), &self.states, [from, rows.len()]) {
                Ran::Failed(at, failure) => {
                    failed(at, failure);
                    from = at + 1;
                }
                Ran::Done | Ran::Stopped(_) => break,
            }
        }
        self.charge.set(self.groups.memory()).map_err(|over| JobError::Budget(over, self.code.span))
    }

    /// The keys with their states as blocks, by the hash of the keys.
    ///
    /// # Errors
    /// The budget of memory is exceeded.
    pub fn spread(
        &self,
        (order, partitions): (Order, usize),
        accountant: &Arc<Accountant>,
        span: Span,
    ) -> TaskResult<Vec<Arc<Block>>> {
        let pair = Shape::pair(self.code.key.clone(), self.code.state.clone());
        let mut writers: Vec<_> = (0..partitions).map(|_| BlockWriter::of_shape(accountant, span, &pair)).collect();
        let (mut rows, mut places, mut arena) = (Batch::new(pair), Vec::new(), Arena::new());
        for from in (0..self.groups.len()).step_by(BATCH_KEYS) {
            arena.reset();
            self.rows(from, &arena, &mut rows);
            let staged = rows.staged(0, rows.len());
            hash_places(order, staged, partitions, &mut places);
            push_placed(&mut writers, staged, &places)?;
        }
        Ok(writers.into_iter().map(|writer| Arc::new(writer.finish())).collect())
    }

    /// The keys and states of the entries of a batch that begins with one; keys may lie in the arena.
    fn rows(&self, from: usize, arena: &Arena, batch: &mut Batch) {
        batch.clear();
        if self.groups.flat_rows(from, BATCH_KEYS, |words| batch.push_rows(words)) {
            return;
        }
        let mut words = Vec::new();
        for entry in self.groups.ordered().skip(from).take(BATCH_KEYS) {
            words.clear();
            self.groups.key_words(entry, arena, &mut words);
            batch.push(&[&words, self.groups.state(entry)]);
        }
    }
}

/// The keys and states of a partition, after a shuffle.
pub struct CombinedReader {
    combined: Combined,
    next: usize,
    partition: usize,
}

/// What a partition's pairs are combined with.
pub struct Merging<'a> {
    /// The functions.
    pub code: &'a UpdateCode,
    /// The task's context.
    pub cx: &'a mut Cx,
    /// Row errors of the functions.
    pub faults: &'a mut Faults,
    /// What happens to pairs that fail.
    pub on_error: OnError,
    /// The partition.
    pub partition: usize,
}

impl CombinedReader {
    /// Combines all pairs of blocks, of a shape.
    ///
    /// # Errors
    /// The budget of memory is exceeded.
    pub fn new(
        blocks: &[Arc<Block>],
        shape: &Shape,
        merging: Merging<'_>,
        accountant: &Arc<Accountant>,
    ) -> TaskResult<Self> {
        let Merging { code, cx, faults, on_error, partition } = merging;
        let mut combined = code.start(accountant);
        let mut reader = StagedBlockReader::new(blocks.to_vec(), shape, partition);
        let mut batch = Batch::new(shape.clone());
        while reader.next(cx, &mut batch, &mut Vec::new())? {
            let rows = batch.staged(0, batch.len());
            combined.add(cx, rows, &mut |n, failure| {
                let origin = RowOrigin::of_partition(partition);
                faults.add(failure, || (origin, crate::runtime::python::text::repr_of(rows.row(n))), on_error);
            })?;
        }
        Ok(Self { combined, next: 0, partition })
    }
}

impl Reader for CombinedReader {
    fn next(&mut self, cx: &mut Cx, batch: &mut Batch, _bad: &mut Vec<BadRow>) -> TaskResult<bool> {
        cx.arena.reset();
        self.combined.rows(self.next, &cx.arena, batch);
        self.next += batch.len();
        Ok(!batch.is_empty())
    }

    fn origin(&self, _row: usize) -> RowOrigin {
        RowOrigin::of_partition(self.partition)
    }
}
