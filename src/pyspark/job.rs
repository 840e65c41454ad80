//! The input of the emitter.

use crate::base::source::Sources;
use crate::hir;
use crate::sema::Checked;

/// A job that has been checked.
#[derive(Clone, Copy)]
pub struct Job<'a> {
    /// All texts.
    pub sources: &'a Sources,
    /// The typed program.
    pub program: &'a hir::Program,
    /// The syntax tree with all that the checker found.
    pub checked: &'a Checked,
}
