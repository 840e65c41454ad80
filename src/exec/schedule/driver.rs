//! Kernels that the driver runs by themselves: expressions that hold no RDD, and the merging of what partitions left.
//!
//! With `--engine both` each call is made on both engines and compared, as tasks are.

use crate::base::source::Span;
use crate::runtime::value::words::Word;
use crate::stage::Kernel;

use super::Exec;
use super::compare;
use super::compare::Called;
use crate::exec::errors::TaskResult;
use crate::exec::operators::rows::combine::Compiled;

/// A kernel of the driver with its code.
pub struct DriverKernel {
    span: Span,
    code: Compiled,
    other: Option<Compiled>,
}

impl Exec {
    /// Compiles a kernel of the driver.
    pub fn compile(&self, kernel: &Kernel) -> DriverKernel {
        let other = self.other.as_ref().map(|other| Compiled::new(kernel, &**other));
        DriverKernel { span: kernel.span, code: Compiled::new(kernel, &*self.engine), other }
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
                let engines = [self.engine.name(), other.name()];
                Err(compare::differ(kernel.span, "the driver".to_owned(), engines, difference))
            }
        }
    }
}
