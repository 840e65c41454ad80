//! How a kernel is run.
//!
//! An engine compiles a [`kir::Func`](crate::kir::Func) once; tasks run the [`Code`] on row after row. Engines decide no
//! semantics: a row error, an emitted row and every word are the same on each of them.

pub mod cache;
pub mod emit;
pub mod interp;
pub mod jit;

use std::sync::Arc;
use std::time::Duration;

use crate::base::source::Span;
use crate::kir::Func;
use crate::runtime::call::cx::Cx;
use crate::runtime::call::trap::Trap;
use crate::runtime::value::words::{Value, Word};

use emit::EmitBuffer;

/// Compiles kernels that run on single rows.
pub trait Engine: Send + Sync {
    /// Makes a kernel runnable on single rows.
    fn compile(&self, func: &Func) -> Arc<dyn Code>;
    /// Its name on the command line.
    fn name(&self) -> &'static str;
    /// How many kernels were compiled so far and how long that took, in all threads together; zero unless it is measured.
    fn compiled(&self) -> (u64, Duration) {
        (0, Duration::ZERO)
    }
}

/// Compiles kernels that run over batches.
pub trait BatchEngine: Engine {
    /// Makes a kernel runnable over batches.
    fn kernel(&self, func: &Func) -> Arc<dyn BatchCode>;

    /// Makes the functions that keep the states of keys runnable over batches: the function that makes a state of a value,
    /// if it is not the value itself, and the function that merges a value into a state. Rows are the words of a key, of
    /// which there are `key_words`, and of a value.
    fn update(&self, create: Option<&Func>, merge: &Func, key_words: usize) -> Arc<dyn Update>;

    /// Makes a kernel, or rows as they are, and a fold that cannot fail runnable as one.
    fn fold(&self, kernel: Option<&Func>, seq: &Func) -> Arc<dyn Fold>;
}

/// Folds what a kernel emits into a state, batch by batch.
pub trait Fold: Send + Sync {
    /// Runs the kernel on rows `range` of a batch whose words are `rows`. `state` is 0 or 1, whether there is a state, and
    /// its words; `counts` notes how many rows each row gave. `captures` are those of the fold, then those of the kernel.
    fn run(
        &self,
        cx: &Cx,
        captures: &[Word],
        rows: &[Word],
        range: [usize; 2],
        counts: &mut EmitBuffer,
        state: &mut [Word],
    ) -> Ran;
}

/// Makes and changes the states of keys, batch by batch.
pub trait Update: Send + Sync {
    /// For each row of `range`, in order: makes the state at `states[row]` of the row's value if bit 0 of the address is
    /// set (a copy, if there is no function that makes states), else merges the value into it. Row `n` begins at
    /// `rows[n * stride]`.
    ///
    /// `captures` are those of the function that creates, then those of the function that merges.
    fn run(&self, cx: &Cx, captures: &[Word], rows: &[Word], states: &[Word], range: [usize; 2]) -> Ran;
}

/// How far a run over a batch came.
#[derive(Debug)]
pub enum Ran {
    /// All rows are done.
    Done,
    /// The row that failed.
    Failed(usize, Failure),
    /// A flush said to stop.
    Stopped,
}

/// A runnable kernel.
pub trait Code: Send + Sync {
    /// The registers of a task, with captured values in place.
    fn frame(&self, captures: &[Word]) -> Frame;

    /// Runs the kernel on one row; `emit` receives the rows it hands on.
    ///
    /// # Errors
    /// The first row error, with its place in the job. Rows emitted before it have been handed on.
    fn run(&self, cx: &Cx, frame: &mut Frame, row: &[Word], emit: &mut dyn FnMut(Value<'_>)) -> Result<(), Failure>;
}

/// A kernel that runs over batches.
pub trait BatchCode: Send + Sync {
    /// Runs the kernel on rows `range` of a batch, whose words are `rows`; `captures` are the words of captured values.
    /// Emitted rows go to the emit buffer; `flush` takes them when the buffer is full, knows the row that the kernel is
    /// at, and may say to stop.
    fn run_rows(
        &self,
        cx: &Cx,
        captures: &[Word],
        rows: &[Word],
        range: [usize; 2],
        buffer: &mut EmitBuffer,
        flush: &mut dyn FnMut(&mut EmitBuffer, usize) -> bool,
    ) -> Ran;
}

/// The registers of a kernel in a task; reused from row to row.
pub struct Frame {
    /// Words of the registers.
    pub regs: Vec<Word>,
    /// Room for a row that is being emitted.
    pub row: Vec<Word>,
}

/// A row error with its place in the job.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The place.
    pub span: Span,
    /// The row error.
    pub trap: Trap,
}
