//! Combines the values of keys, row by row: one call of a kernel and one look into the table for each.

use std::sync::Arc;

use crate::base::source::Span;
use crate::engine::{Code, Engine, Failure};
use crate::runtime::call::cx::Cx;
use crate::runtime::value::arena::Arena;
use crate::runtime::value::codec;
use crate::runtime::value::shape::Shape;
use crate::runtime::value::table::{EntryIdx, Table};
use crate::runtime::value::words::Value;
use crate::stage::CombineKernels;

use crate::exec::data::batch::Batch;
use crate::exec::data::block::corrupt;
use crate::exec::data::read::{BadRow, Reader};
use crate::exec::errors::{JobError, OnError, RowOrigin, TaskResult};
use crate::exec::kernel::{KernelCode, RowKernel};
use crate::exec::memory::Charge;
use crate::exec::operators::context::{Arriving, RowEffects, TaskContext};

/// How many keys make a batch.
const BATCH_KEYS: usize = 256;

/// The functions of a combine with their code.
pub struct CombineCode {
    key: Shape,
    state: Shape,
    create: Arc<KernelCode<dyn Code>>,
    merge_value: Arc<KernelCode<dyn Code>>,
    merge_combiners: Arc<KernelCode<dyn Code>>,
    span: Span,
}

impl CombineCode {
    /// Compiles the functions.
    pub fn new(kernels: &CombineKernels, engine: &dyn Engine) -> Self {
        Self {
            key: kernels.key.shape(),
            state: kernels.state.shape(),
            create: KernelCode::by_row(&kernels.create, engine),
            merge_value: KernelCode::by_row(&kernels.merge_value, engine),
            merge_combiners: KernelCode::by_row(&kernels.merge_combiners, engine),
            span: kernels.create.span,
        }
    }

    /// The functions with the registers of a task.
    pub fn start(&self) -> Combiner {
        Combiner {
            key: self.key.clone(),
            state: self.state.clone(),
            create: self.create.start(),
            merge_value: self.merge_value.start(),
            merge_combiners: self.merge_combiners.start(),
            result: Batch::new(self.state.clone()),
            span: self.span,
        }
    }
}

/// The functions of a combine in a task.
pub struct Combiner {
    key: Shape,
    state: Shape,
    create: RowKernel,
    merge_value: RowKernel,
    merge_combiners: RowKernel,
    /// The state that a function gave, until the table has it.
    result: Batch,
    span: Span,
}

impl Combiner {
    /// An empty table of states.
    pub fn table(&self) -> Table {
        Table::new(self.key.clone(), self.state.clone())
    }

    /// The operator.
    pub fn span(&self) -> Span {
        self.span
    }

    /// Combines a value into its key's state.
    ///
    /// # Errors
    /// A row error of the functions; a state that existed is unchanged.
    pub fn add_value(&mut self, table: &mut Table, cx: &Cx, key: Value<'_>, value: Value<'_>) -> Result<(), Failure> {
        let Self { create, merge_value, result, .. } = self;
        result.clear();
        let known = table.find(key);
        let mut keep = |state: Value<'_>| result.push(&[state.words()]);
        match known {
            None => create.row(cx, value, &mut keep)?,
            Some(idx) => merge_value.call(cx, &[table.state(idx), value.words()], &mut keep)?,
        }
        let idx = known.unwrap_or_else(|| table.find_or_insert(key).0);
        table.set(idx, result.row(0));
        Ok(())
    }

    /// Combines a state into its key's.
    ///
    /// # Errors
    /// As for [`Combiner::add_value`].
    pub fn add_state(&mut self, table: &mut Table, cx: &Cx, key: Value<'_>, state: Value<'_>) -> Result<(), Failure> {
        let Self { merge_combiners, result, .. } = self;
        let Some(idx) = table.find(key) else {
            let (idx, _) = table.find_or_insert(key);
            table.set(idx, state);
            return Ok(());
        };
        result.clear();
        let mut keep = |state: Value<'_>| result.push(&[state.words()]);
        merge_combiners.call(cx, &[table.state(idx), state.words()], &mut keep)?;
        table.set(idx, result.row(0));
        Ok(())
    }
}

/// The states of a combine, key by key.
pub struct CombineReader {
    table: Table,
    next: usize,
    partition: usize,
    _charge: Charge,
}

/// How the pairs that arrive at a partition are combined.
pub struct Combining<'a> {
    /// The functions.
    pub code: &'a CombineCode,
    /// Whether states arrive, which the map side has combined already.
    pub partial: bool,
    /// Whether the pairs are those of the same partition of the stage before; else each block is of another.
    pub local: bool,
    /// The treatment of values of each block that fail: the same as where they are combined before they move.
    pub on_error: Vec<OnError>,
}

impl CombineReader {
    /// Combines all that arrives. A value that fails is left out as the job wants it, like one that fails before the
    /// move; a state that cannot be merged makes the job fail, since it stands for many rows.
    ///
    /// # Errors
    /// The budget of memory is exceeded.
    pub fn new(task: &mut TaskContext<'_>, arriving: &Arriving, how: &Combining<'_>) -> TaskResult<Self> {
        let mut charge = task.env.accountant.nothing();
        let mut combiner = how.code.start();
        let mut table = combiner.table();
        for (from, block) in arriving.blocks.iter().enumerate() {
            // Without a combine on the map side, one table a map partition does its work here.
            let mut part = if how.partial { None } else { Some(combiner.table()) };
            for run in 0..block.runs() {
                task.cx.arena.reset();
                let pairs = block.run(run);
                for pair in (0..pairs.len()).map(|n| pairs.row(n)) {
                    match &mut part {
                        Some(part) => combiner.value_of(task, part, pair, from, how),
                        None => combiner.state_of(task, &mut table, pair),
                    }
                }
                let held = table.memory() + part.as_ref().map_or(0, Table::memory);
                charge.set(held).map_err(|over| JobError::Budget(over, combiner.span))?;
            }
            if let Some(part) = part {
                combiner.merge_tables(&mut table, &part, task)?;
            }
        }
        Ok(Self { table, next: 0, partition: task.partition, _charge: charge })
    }
}

impl Combiner {
    /// Combines the value of a pair of map partition `from`.
    fn value_of(
        &mut self,
        task: &mut TaskContext<'_>,
        table: &mut Table,
        pair: Value<'_>,
        from: usize,
        how: &Combining<'_>,
    ) {
        let effects = RowEffects::begin(&task.cx);
        let done = self.add_value(table, &task.cx, pair.field(0), pair.field(1));
        if let Err(failure) = effects.end(task, done, None) {
            let partition = if how.local { task.partition } else { from };
            task.failed_pair(pair, partition, failure, how.on_error[from]);
        }
    }

    /// Merges the state of a pair.
    fn state_of(&mut self, task: &mut TaskContext<'_>, table: &mut Table, pair: Value<'_>) {
        if let Err(failure) = self.add_state(table, &task.cx, pair.field(0), pair.field(1)) {
            task.failed_pair(pair, task.partition, failure, OnError::Fail);
        }
    }

    /// Merges the states of a later map partition.
    fn merge_tables(&mut self, table: &mut Table, part: &Table, task: &mut TaskContext<'_>) -> TaskResult<()> {
        let shape = Shape::pair(self.key.clone(), self.state.clone());
        let (mut batch, mut words, mut arena) = (Batch::new(shape), Vec::new(), Arena::new());
        for n in 0..part.len() {
            task.cx.arena.reset();
            arena.reset();
            words.clear();
            batch.clear();
            let idx = EntryIdx(n as u32);
            codec::decode(&self.key, &mut part.key_bytes(idx), &arena, &mut words).map_err(corrupt)?;
            batch.push(&[&words, part.state(idx)]);
            self.state_of(task, table, batch.row(0));
        }
        Ok(())
    }
}

impl Reader for CombineReader {
    fn next(&mut self, cx: &mut Cx, batch: &mut Batch, _bad: &mut Vec<BadRow>) -> TaskResult<bool> {
        cx.arena.reset();
        batch.clear();
        let mut words = Vec::new();
        while self.next < self.table.len() && batch.len() < BATCH_KEYS {
            let idx = EntryIdx(self.next as u32);
            words.clear();
            let mut bytes = self.table.key_bytes(idx);
            codec::decode(self.table.key_shape(), &mut bytes, &cx.arena, &mut words).map_err(corrupt)?;
            batch.push(&[&words, self.table.state(idx)]);
            self.next += 1;
        }
        Ok(!batch.is_empty())
    }

    fn origin(&self, _row: usize) -> RowOrigin {
        RowOrigin::of_partition(self.partition)
    }
}
