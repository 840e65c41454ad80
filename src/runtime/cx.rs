//! The context of a task: the one thing every runtime function receives.

use std::cell::{Cell, RefCell};

use super::arena::Arena;
use super::trap::Trap;

/// What a task carries along: the batch's arena, a pending row error, output of `print`, additions to counters.
#[derive(Default)]
pub struct Cx {
    /// Memory until the end of the batch.
    pub arena: Arena,
    /// The row error that a runtime function raised, for the engine to take.
    pub trap: Cell<Option<Box<Trap>>>,
    /// What `print` wrote.
    pub printed: RefCell<Vec<u8>>,
    /// Additions to counters since the task began, by the counter's number.
    pub counted: RefCell<Vec<(i64, i64)>>,
    /// The number of the partition that the task computes.
    pub partition: Cell<usize>,
    /// Compiled patterns by their text, so that a pattern is compiled once a task.
    pub patterns: RefCell<hashbrown::HashMap<String, std::sync::Arc<regex::Regex>>>,
    /// States of `sample` and of numbering, one a place in the kernel.
    pub states: RefCell<Vec<super::sample::State>>,
}

impl Cx {
    /// A fresh context.
    pub fn new() -> Self {
        Self::default()
    }
}
