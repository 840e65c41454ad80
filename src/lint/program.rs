//! A program as lints see it.

use crate::base::source::Sources;
use crate::sema::Checked;

use super::facts::Facts;
use super::flow::Flow;

/// A program as lints see it.
pub(super) struct Program<'a> {
    pub(super) facts: Facts<'a>,
    pub(super) flow: Flow<'a>,
}

impl<'a> Program<'a> {
    /// The main file of a program without errors, if there is a program.
    pub(super) fn of(checked: &'a Checked, sources: &'a Sources) -> Option<Self> {
        let facts = Facts::new(checked, sources, checked.ast.last()?);
        let flow = Flow::new(&facts);
        Some(Self { facts, flow })
    }
}
