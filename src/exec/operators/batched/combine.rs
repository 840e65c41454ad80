//! Combines the values of keys batch by batch: the table finds the states of a batch's keys, compiled code changes them.
//!
//! States may be of any type (`states`). Where the function that makes a state fails, its key and those that came
//! behind it are taken out of the table again, and the rows behind it begin anew; so keys come out in the order in which
//! they got their states, as in the reference.

#![allow(unsafe_code, reason = "hands rows to the table, and states that compiled code has written to their heap")]

use std::sync::Arc;

use crate::base::source::Span;
use crate::engine::emit::RowSlice;
use crate::engine::{BatchEngine, Failure, Ran, Update};
use crate::runtime::call::cx::Cx;
use crate::runtime::spark::placing::Order;
use crate::runtime::value::arena::Arena;
use crate::runtime::value::groups::Groups;
use crate::runtime::value::shape::Shape;
use crate::runtime::value::words::Word;
use crate::stage::{CombineKernels, Kernel};

use super::states::StateHeap;
use crate::exec::data::batch::Batch;
use crate::exec::data::block::{Block, BlockWriter, finish_all, push_placed};
use crate::exec::data::read::{BadRow, Reader};
use crate::exec::errors::{JobError, OnError, RowOrigin, TaskResult};
use crate::exec::kernel::Captured;
use crate::exec::memory::{Accountant, Charge};
use crate::exec::operators::context::{Arriving, RowEffects, TaskContext};
use crate::exec::operators::placement::hash_places;

/// How many keys make a batch.
const BATCH_KEYS: usize = 1024;

/// How many rows are looked up at once after a row whose state could not be made.
const AFTER_FAILURE: usize = 8;

/// The functions of a combine as code that updates states; what tasks share.
pub struct CombineCode {
    key: Shape,
    state: Shape,
    update: Arc<dyn Update>,
    captured: Captured,
    /// Whether making a state may fail.
    may_fail: bool,
    /// Whether the functions print or count.
    has_effects: bool,
    span: Span,
}

impl CombineCode {
    /// The functions for values: one makes a state, the other merges a value into it.
    pub fn of_values(kernels: &CombineKernels, engine: &dyn BatchEngine) -> Self {
        Self::new(kernels, Some(&kernels.create), &kernels.merge_value, engine)
    }

    /// The function for states that are merged.
    pub fn of_states(kernels: &CombineKernels, engine: &dyn BatchEngine) -> Self {
        Self::new(kernels, None, &kernels.merge_combiners, engine)
    }

    fn new(kernels: &CombineKernels, create: Option<&Kernel>, merge: &Kernel, engine: &dyn BatchEngine) -> Self {
        let (key, state) = (kernels.key.shape(), kernels.state.shape());
        let update = engine.update(create.map(|create| &create.func), &merge.func, key.words());
        let captured = Captured::of(create.into_iter().chain([merge]));
        let may_fail = create.is_some_and(|create| !create.func.is_total());
        let has_effects = create.into_iter().chain([merge]).any(|kernel| kernel.func.has_effects());
        Self { key, state, update, captured, may_fail, has_effects, span: kernels.create.span }
    }

    /// An empty table.
    pub fn start(&self, accountant: &Arc<Accountant>) -> Combined<'_> {
        let heap = StateHeap::new(self.state.clone());
        let groups = Groups::new(&self.key, heap.room());
        let groups = if self.may_fail { groups.retractable() } else { groups };
        Combined { groups, heap, states: Vec::new(), charge: accountant.nothing(), code: self }
    }
}

/// The states of keys in a task.
pub struct Combined<'a> {
    groups: Groups,
    heap: StateHeap,
    /// The addresses of the states of a batch.
    states: Vec<Word>,
    charge: Charge,
    code: &'a CombineCode,
}

impl Combined<'_> {
    /// Combines pairs of keys and values into the states; `failed` receives row errors in order.
    ///
    /// # Errors
    /// The budget of memory is exceeded.
    pub fn add(&mut self, cx: &Cx, rows: RowSlice<'_>, failed: &mut dyn FnMut(usize, Failure)) -> TaskResult<()> {
        self.hold(self.groups.memory_with(rows.len()))?;
        let (mut from, mut most) = (0, rows.len());
        while from < rows.len() {
            let part = rows.part(from, rows.len().min(from + most));
            let done = self.add_part(cx, part, &mut |row, failure| failed(from + row, failure));
            most = if done < part.len() { AFTER_FAILURE } else { most * 2 };
            from += done;
        }
        if self.heap.wants_compaction() {
            // SAFETY: the table has a state for each key, and `add_part` has settled those that it has changed.
            unsafe { self.heap.compact(self.groups.states_mut()) };
        }
        self.hold(self.groups.memory())
    }

    /// Combines pairs up to the first whose state cannot be made; how many rows are done.
    fn add_part(&mut self, cx: &Cx, rows: RowSlice<'_>, failed: &mut dyn FnMut(usize, Failure)) -> usize {
        let padded = cx.padded.get();
        // SAFETY: the rows are pairs whose keys have the table's shape; `padded` is what the reader of the batch has set,
        // and it keeps the bytes until the next batch.
        unsafe { self.groups.probe(rows.words(), rows.stride(), rows.len(), padded[0]..padded[1], &mut self.states) };
        let (mut at, mut done) = (0, rows.len());
        while at < rows.len() {
            let captures = self.code.captured.words();
            let ran = self.code.update.run(cx, captures, rows.words(), &self.states, [at, rows.len()]);
            let Ran::Failed(row, failure) = ran else { break };
            failed(row, failure);
            at = row + 1;
            if self.states[row] & 1 == 1 {
                self.groups.retract(self.states[row]);
                done = at;
                self.states.truncate(row);
                break;
            }
        }
        if !self.heap.shape().is_flat() {
            for state in &self.states {
                // SAFETY: compiled code has just written a state of this shape there; what it points to is alive until
                // the batch ends, or is in the heap.
                unsafe { self.heap.settle(self.groups.state_at(*state)) };
            }
        }
        done
    }

    fn hold(&mut self, bytes: usize) -> TaskResult<()> {
        self.charge.set(bytes + self.heap.allocated()).map_err(|over| JobError::Budget(over, self.code.span))
    }

    /// Adds the states of another table, key by key in its order.
    fn add_states(&mut self, task: &mut TaskContext<'_>, other: &Combined<'_>) -> TaskResult<()> {
        let (mut arena, mut batch) = (Arena::new(), Batch::new(other.pair()));
        for from in (0..other.groups.len()).step_by(BATCH_KEYS) {
            arena.reset();
            task.cx.arena.reset();
            other.rows(from, &arena, &mut batch);
            self.add_pairs(task, &batch, task.partition, OnError::Fail)?;
        }
        Ok(())
    }

    /// Adds the pairs of a batch, which come from partition `from`.
    fn add_pairs(
        &mut self,
        task: &mut TaskContext<'_>,
        batch: &Batch,
        from: usize,
        on_error: OnError,
    ) -> TaskResult<()> {
        let rows = batch.slice(0, batch.len());
        if self.code.has_effects {
            return (0..rows.len()).try_for_each(|n| self.add_pair(task, rows.part(n, n + 1), from, on_error));
        }
        let mut failures = Vec::new();
        self.add(&task.cx, rows, &mut |n, failure| failures.push((n, failure)))?;
        failures.into_iter().for_each(|(n, failure)| task.failed_pair(rows.row(n), from, failure, on_error));
        Ok(())
    }

    /// Adds one pair with functions that print or count, which is taken back if it fails.
    fn add_pair(
        &mut self,
        task: &mut TaskContext<'_>,
        pair: RowSlice<'_>,
        from: usize,
        on_error: OnError,
    ) -> TaskResult<()> {
        let (effects, mut done) = (RowEffects::begin(&task.cx), Ok(()));
        self.add(&task.cx, pair, &mut |_, failure| done = Err(failure))?;
        if let Err(failure) = effects.end(task, done, None) {
            task.failed_pair(pair.row(0), from, failure, on_error);
        }
        Ok(())
    }

    /// The shape of a key and its state.
    fn pair(&self) -> Shape {
        Shape::pair(self.code.key.clone(), self.code.state.clone())
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
        let pair = self.pair();
        let mut writers = BlockWriter::several(accountant, span, &pair, partitions);
        let (mut rows, mut places, mut arena) = (Batch::new(pair), Vec::new(), Arena::new());
        for from in (0..self.groups.len()).step_by(BATCH_KEYS) {
            arena.reset();
            self.rows(from, &arena, &mut rows);
            let rows = rows.slice(0, rows.len());
            hash_places(order, rows, partitions, &mut places);
            push_placed(&mut writers, rows, &places)?;
        }
        Ok(finish_all(writers))
    }

    /// The keys and states of the entries of a batch that begins with one; keys may lie in the arena.
    fn rows(&self, from: usize, arena: &Arena, batch: &mut Batch) {
        batch.clear();
        let flat = self.heap.shape().is_flat();
        if flat && self.groups.flat_rows(from, BATCH_KEYS, |words| batch.push_rows(words)) {
            return;
        }
        let (mut words, state_words) = (Vec::new(), self.heap.shape().words());
        for entry in self.groups.ordered().skip(from).take(BATCH_KEYS) {
            words.clear();
            self.groups.key_words(entry, arena, &mut words);
            batch.push(&[&words, &self.groups.state(entry)[..state_words]]);
        }
    }
}

/// The functions of a gather that combines.
pub struct GatherCode {
    /// For the values that each map partition has sent, where the map side has not combined them.
    values: Option<CombineCode>,
    /// For states.
    states: Option<CombineCode>,
}

impl GatherCode {
    /// The code for what arrives: states (`partial`), or values of the same partition (`local`) or of several.
    pub fn new(kernels: &CombineKernels, partial: bool, local: bool, engine: &dyn BatchEngine) -> Self {
        Self {
            values: (!partial).then(|| CombineCode::of_values(kernels, engine)),
            states: (partial || !local).then(|| CombineCode::of_states(kernels, engine)),
        }
    }
}

/// The keys and states of a partition, after a shuffle.
pub struct CombineReader<'a> {
    combined: Combined<'a>,
    next: usize,
    partition: usize,
}

impl<'a> CombineReader<'a> {
    /// Combines all pairs that arrive. Values of several map partitions are combined by map partition first, then merged
    /// in their order, as where the map side combines; so sums of floats are the same to the bit. `on_error` says what
    /// happens to a value of a block that fails; a state that fails makes the job fail, since it stands for many rows.
    ///
    /// # Errors
    /// The budget of memory is exceeded.
    pub fn new(
        task: &mut TaskContext<'_>,
        arriving: &Arriving,
        code: &'a GatherCode,
        on_error: &[OnError],
    ) -> TaskResult<Self> {
        let accountant = task.env.accountant;
        let combined = match code {
            GatherCode { values: None, states: Some(states) } => {
                let mut combined = states.start(accountant);
                for block in &arriving.blocks {
                    add_block(&mut combined, task, arriving, block, task.partition, OnError::Fail)?;
                }
                combined
            }
            GatherCode { values: Some(values), states: None } => {
                let mut combined = values.start(accountant);
                for (block, on_error) in arriving.blocks.iter().zip(on_error) {
                    add_block(&mut combined, task, arriving, block, task.partition, *on_error)?;
                }
                combined
            }
            GatherCode { values: Some(values), states: Some(states) } => {
                let mut combined = states.start(accountant);
                for (from, (block, on_error)) in arriving.blocks.iter().zip(on_error).enumerate() {
                    let mut part = values.start(accountant);
                    add_block(&mut part, task, arriving, block, from, *on_error)?;
                    combined.add_states(task, &part)?;
                }
                combined
            }
            GatherCode { values: None, states: None } => unreachable!("either values or states arrive"),
        };
        Ok(Self { combined, next: 0, partition: task.partition })
    }
}

/// Adds the pairs of a block, which come from partition `from`.
fn add_block(
    combined: &mut Combined<'_>,
    task: &mut TaskContext<'_>,
    arriving: &Arriving,
    block: &Arc<Block>,
    from: usize,
    on_error: OnError,
) -> TaskResult<()> {
    let mut batch = Batch::new(arriving.shape.clone());
    for run in 0..block.runs() {
        task.cx.arena.reset();
        batch.lend(block, run);
        let padded = batch.padded();
        let before = task.cx.padded.replace([padded.start, padded.end]);
        let added = combined.add_pairs(task, &batch, from, on_error);
        task.cx.padded.set(before);
        added?;
    }
    Ok(())
}

impl Reader for CombineReader<'_> {
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
