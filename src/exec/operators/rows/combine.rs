//! CombineWay the values of keys in tables with the functions of a combine.

use std::sync::Arc;

use crate::base::source::Span;
use crate::engine::staging::Staging;
use crate::engine::{Code, Engine, Failure, Frame, Ran};
use crate::runtime::call::cx::Cx;
use crate::runtime::value::codec;
use crate::runtime::value::datum::Datum;
use crate::runtime::value::shape::Shape;
use crate::runtime::value::table::{EntryIdx, Table};
use crate::runtime::value::words::{Value, Word};
use crate::stage::{CombineKernels, Kernel};

use crate::exec::data::batch::Batch;
use crate::exec::errors::{RowErrors, RowOrigin, TaskResult};
use crate::exec::operators::batched::combine::UpdateCode;
use crate::exec::operators::read::corrupt;
use crate::exec::schedule::compare::Called;

/// A kernel with its code: what tasks share.
#[derive(Clone)]
pub struct Compiled {
    code: Arc<dyn Code>,
    captures: Arc<Vec<Word>>,
    emits: Arc<Shape>,
    /// Keep alive what the captured words point to.
    _data: Arc<Vec<Arc<Datum>>>,
}

impl Compiled {
    /// Compiles a kernel.
    pub fn new(kernel: &Kernel, engine: &dyn Engine) -> Self {
        let captures = kernel.captures.iter().flat_map(|datum| datum.words().iter().copied()).collect();
        Self {
            code: engine.compile(&kernel.func),
            captures: Arc::new(captures),
            emits: kernel.func.emits.clone(),
            _data: Arc::new(kernel.captures.clone()),
        }
    }

    /// Runs the kernel by itself, as the driver does: its value is the last row that it emits.
    pub(in crate::exec) fn call_once(&self, parts: &[&[Word]]) -> Called {
        let (cx, mut value) = (Cx::new(), None);
        let done = self.start().call(&cx, parts, &mut |row| value = Some(Datum::copy(row)));
        Called { result: done.map(|()| value), printed: cx.printed.take(), counted: cx.counted.take() }
    }

    /// The kernel with the registers of a task.
    pub fn start(&self) -> Running {
        Running {
            code: self.code.clone(),
            frame: self.code.frame(&self.captures),
            args: Vec::new(),
            _kernel: self.clone(),
        }
    }
}

/// A kernel in a task.
pub struct Running {
    code: Arc<dyn Code>,
    frame: Frame,
    args: Vec<Word>,
    _kernel: Compiled,
}

impl Running {
    /// Runs the kernel on a row.
    ///
    /// # Errors
    /// The first row error.
    pub fn row(&mut self, cx: &Cx, row: Value<'_>, emit: &mut dyn FnMut(Value<'_>)) -> Result<(), Failure> {
        self.code.run(cx, &mut self.frame, row.words(), emit)
    }

    /// Runs the kernel over rows of a batch, see [`crate::engine::Batched`].
    ///
    /// # Panics
    /// If the engine's kernels run on single rows only.
    pub fn rows(
        &mut self,
        cx: &Cx,
        rows: &[Word],
        range: [usize; 2],
        staging: &mut Staging,
        flush: &mut dyn FnMut(&mut Staging, usize) -> bool,
    ) -> Ran {
        let code = self.code.batched().expect("tasks are staged for engines whose kernels are batched");
        code.run_rows(cx, &self.frame, rows, range, staging, flush)
    }

    /// The shape of the rows that the kernel emits.
    pub fn emits(&self) -> &Arc<Shape> {
        &self._kernel.emits
    }

    /// Runs the kernel on several values given as words.
    ///
    /// # Errors
    /// The first row error.
    pub fn call(&mut self, cx: &Cx, parts: &[&[Word]], emit: &mut dyn FnMut(Value<'_>)) -> Result<(), Failure> {
        self.args.clear();
        parts.iter().for_each(|part| self.args.extend_from_slice(part));
        self.code.run(cx, &mut self.frame, &self.args, emit)
    }
}

/// Which of the two runtimes combines; what tasks share.
#[derive(Clone)]
pub enum CombineWay {
    /// Row by row: for the reference, and what only it can do.
    Rows(CombineCode),
    /// Batch by batch.
    Staged(UpdateCode),
}

impl CombineWay {
    /// For values, batch by batch if it can be done.
    pub fn of_values(kernels: &CombineKernels, engine: &dyn Engine) -> Self {
        UpdateCode::of_values(kernels, engine).map_or_else(|| Self::of_rows(kernels, engine), Self::Staged)
    }

    /// For states, batch by batch if it can be done.
    pub fn of_states(kernels: &CombineKernels, engine: &dyn Engine) -> Self {
        UpdateCode::of_states(kernels, engine).map_or_else(|| Self::of_rows(kernels, engine), Self::Staged)
    }

    /// Row by row.
    pub fn of_rows(kernels: &CombineKernels, engine: &dyn Engine) -> Self {
        Self::Rows(CombineCode::new(kernels, engine))
    }
}

/// The functions of a combine with their code.
#[derive(Clone)]
pub struct CombineCode {
    key: Shape,
    state: Shape,
    create: Compiled,
    merge_value: Compiled,
    merge_combiners: Compiled,
    span: Span,
}

impl CombineCode {
    /// Compiles the functions.
    pub fn new(kernels: &CombineKernels, engine: &dyn Engine) -> Self {
        Self {
            key: kernels.key.shape(),
            state: kernels.state.shape(),
            create: Compiled::new(&kernels.create, engine),
            merge_value: Compiled::new(&kernels.merge_value, engine),
            merge_combiners: Compiled::new(&kernels.merge_combiners, engine),
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
    create: Running,
    merge_value: Running,
    merge_combiners: Running,
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

    /// Merges the states of a later map partition.
    ///
    /// # Errors
    /// The table is corrupt.
    pub fn merge_tables(
        &mut self,
        table: &mut Table,
        part: &Table,
        cx: &mut Cx,
        errors: &mut RowErrors,
        partition: usize,
    ) -> TaskResult<()> {
        let shape = Shape::pair(self.key.clone(), self.state.clone());
        let (mut batch, mut words) = (Batch::new(shape), Vec::new());
        for n in 0..part.len() {
            cx.arena.reset();
            words.clear();
            batch.clear();
            let idx = EntryIdx(n as u32);
            let mut bytes = part.key_bytes(idx);
            codec::decode(&self.key, &mut bytes, &cx.arena, &mut words).map_err(corrupt)?;
            batch.push(&[&words, part.state(idx)]);
            let pair = batch.row(0);
            if let Err(failure) = self.add_state(table, cx, pair.field(0), pair.field(1)) {
                let origin = RowOrigin::of_partition(partition);
                errors.add(failure, || (origin, crate::runtime::python::text::repr_of(pair)));
            }
        }
        Ok(())
    }
}
