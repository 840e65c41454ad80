//! How a kernel is run.
//!
//! An engine compiles a [`kir::Func`](crate::kir::Func) once; tasks run the [`Code`] on row after row. Engines decide no
//! semantics: a row error, an emitted row and every word are the same on each of them.

pub mod cache;
pub mod interp;
pub mod jit;

use std::sync::Arc;
use std::time::Duration;

use crate::base::source::Span;
use crate::kir::Func;
use crate::runtime::cx::Cx;
use crate::runtime::trap::Trap;
use crate::runtime::value::{Value, Word};

/// Compiles kernels.
pub trait Engine: Send + Sync {
    /// Makes a kernel runnable.
    fn compile(&self, func: &Func) -> Arc<dyn Code>;
    /// Whether tasks use the staged runtime (`exec::staged`), not the reference one.
    fn staged(&self) -> bool {
        false
    }
    /// Its name on the command line.
    fn name(&self) -> &'static str;
    /// How many kernels were compiled so far and how long that took, in all threads together; zero unless it is measured.
    fn compiled(&self) -> (u64, Duration) {
        (0, Duration::ZERO)
    }
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
