//! Kernels that the driver runs by themselves: expressions that hold no RDD, and the merging of what partitions left.
//!
//! With `--engine both` each call is made on both engines and compared, as tasks are.

use std::sync::Arc;

use crate::base::source::Span;
use crate::runtime::value::words::Word;
use crate::stage::Kernel;

use super::Exec;
use super::compare;
use crate::engine::Code;
use crate::exec::errors::TaskResult;
use crate::exec::kernel::{Called, KernelCode};

/// A kernel of the driver with its code.
pub struct DriverKernel {
    span: Span,
    code: Arc<KernelCode<dyn Code>>,
    other: Option<Arc<KernelCode<dyn Code>>>,
}

impl Exec {
    /// Compiles a kernel of the driver.
    pub fn compile(&self, kernel: &Kernel) -> DriverKernel {
        let other = self.other.as_ref().map(|other| KernelCode::by_row(kernel, other.engine()));
        DriverKernel { span: kernel.span, code: KernelCode::by_row(kernel, self.runtime.engine()), other }
    }

    /// Runs a kernel of the driver on values given as words.
    ///
    /// # Errors
    /// The engines differ.
    pub fn call(&self, kernel: &DriverKernel, parts: &[&[Word]]) -> TaskResult<Called> {
        let called = kernel.code.call_once(parts);
        let (Some(code), Some(other)) = (&kernel.other, &self.other) else { return Ok(called) };
        match compare::called(&called, &code.call_once(parts)) {
            None => Ok(called),
            Some(difference) => {
                let engines = [self.runtime.engine().name(), other.engine().name()];
                Err(compare::differ(kernel.span, "the driver".to_owned(), engines, difference))
            }
        }
    }
}
