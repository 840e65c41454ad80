//! Compiled kernels with the values of the driver that they capture: what the tasks of a stage share.
//!
//! A [`KernelCode`] is made once for a stage. The reference runtime starts it in each task as a [`RowKernel`], which has
//! registers of its own; the batched runtime runs it as it is, since batches bring all that changes.

use std::sync::Arc;

use crate::engine::emit::EmitBuffer;
use crate::engine::{BatchCode, BatchEngine, Code, Engine, Failure, Frame, Ran};
use crate::runtime::call::cx::Cx;
use crate::runtime::value::datum::Datum;
use crate::runtime::value::shape::Shape;
use crate::runtime::value::words::{Value, Word};
use crate::stage::Kernel;

/// Values of the driver that kernels capture, as words.
pub struct Captured {
    words: Vec<Word>,
    /// Keeps alive what the words point to.
    _data: Vec<Arc<Datum>>,
}

impl Captured {
    /// The values that kernels capture, one kernel after the other.
    pub fn of<'k>(kernels: impl IntoIterator<Item = &'k Kernel>) -> Self {
        let data: Vec<Arc<Datum>> = kernels.into_iter().flat_map(|kernel| kernel.captures.iter().cloned()).collect();
        Self { words: data.iter().flat_map(|datum| datum.words().iter().copied()).collect(), _data: data }
    }

    /// Their words.
    pub fn words(&self) -> &[Word] {
        &self.words
    }
}

/// A compiled kernel, as an engine for rows (`dyn Code`) or for batches (`dyn BatchCode`) runs it.
pub struct KernelCode<C: ?Sized> {
    code: Arc<C>,
    captured: Captured,
    emits: Arc<Shape>,
}

impl<C: ?Sized> KernelCode<C> {
    fn new(kernel: &Kernel, code: Arc<C>) -> Arc<Self> {
        Arc::new(Self { code, captured: Captured::of([kernel]), emits: kernel.func.emits.clone() })
    }

    /// The shape of the rows that the kernel emits.
    pub fn emits(&self) -> &Arc<Shape> {
        &self.emits
    }
}

impl KernelCode<dyn Code> {
    /// Compiles a kernel that runs on single rows.
    pub fn by_row(kernel: &Kernel, engine: &dyn Engine) -> Arc<Self> {
        Self::new(kernel, engine.compile(&kernel.func))
    }

    /// The kernel with the registers of a task.
    pub fn start(self: &Arc<Self>) -> RowKernel {
        RowKernel { frame: self.code.frame(self.captured.words()), args: Vec::new(), kernel: self.clone() }
    }

    /// Runs the kernel by itself, as the driver does: its value is the last row that it emits.
    pub fn call_once(self: &Arc<Self>, parts: &[&[Word]]) -> Called {
        let (cx, mut value) = (Cx::new(), None);
        let done = self.start().call(&cx, parts, &mut |row| value = Some(Datum::copy(row)));
        Called { result: done.map(|()| value), printed: cx.printed.take(), counted: cx.counted.take() }
    }
}

impl KernelCode<dyn BatchCode> {
    /// Compiles a kernel that runs over batches.
    pub fn by_batch(kernel: &Kernel, engine: &dyn BatchEngine) -> Arc<Self> {
        Self::new(kernel, engine.kernel(&kernel.func))
    }

    /// Runs the kernel over rows of a batch, see [`BatchCode::run_rows`].
    pub fn run(
        &self,
        cx: &Cx,
        rows: &[Word],
        range: [usize; 2],
        buffer: &mut EmitBuffer,
        flush: &mut dyn FnMut(&mut EmitBuffer, usize) -> bool,
    ) -> Ran {
        self.code.run_rows(cx, self.captured.words(), rows, range, buffer, flush)
    }
}

/// A kernel in a task of the reference runtime.
pub struct RowKernel {
    kernel: Arc<KernelCode<dyn Code>>,
    frame: Frame,
    args: Vec<Word>,
}

impl RowKernel {
    /// Runs the kernel on a row.
    ///
    /// # Errors
    /// The first row error.
    pub fn row(&mut self, cx: &Cx, row: Value<'_>, emit: &mut dyn FnMut(Value<'_>)) -> Result<(), Failure> {
        self.kernel.code.run(cx, &mut self.frame, row.words(), emit)
    }

    /// Runs the kernel on several values given as words.
    ///
    /// # Errors
    /// The first row error.
    pub fn call(&mut self, cx: &Cx, parts: &[&[Word]], emit: &mut dyn FnMut(Value<'_>)) -> Result<(), Failure> {
        self.args.clear();
        parts.iter().for_each(|part| self.args.extend_from_slice(part));
        self.kernel.code.run(cx, &mut self.frame, &self.args, emit)
    }
}

/// The outcome of a kernel that the driver has called.
pub struct Called {
    /// Its value, if it gave one, or the row error.
    pub result: Result<Option<Arc<Datum>>, Failure>,
    /// The text that it printed.
    pub printed: Vec<u8>,
    /// Additions to counters.
    pub counted: Vec<(i64, i64)>,
}
