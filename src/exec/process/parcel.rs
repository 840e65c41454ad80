//! Blocks of rows on their way, and the checks of those that arrive.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::source::Span;
use crate::runtime::value::shape::Shape;

use crate::exec::data::block::Block;
use crate::exec::errors::{JobError, TaskResult};
use crate::exec::memory::Accountant;

/// A block of rows as it travels.
#[derive(Serialize, Deserialize)]
pub struct Parcel {
    rows: u64,
    #[serde(with = "serde_bytes")]
    bytes: Vec<u8>,
}

impl Parcel {
    /// A copy of a block.
    pub fn of(block: &Block) -> Self {
        Self { rows: block.len() as u64, bytes: block.encode() }
    }

    /// The block, if its bytes are rows of a shape.
    ///
    /// # Errors
    /// They are not, or the budget of memory is exceeded.
    pub fn open(&self, shape: &Shape, accountant: &Arc<Accountant>, span: Span) -> TaskResult<Arc<Block>> {
        let rows = usize::try_from(self.rows).unwrap_or(usize::MAX);
        Block::decode(shape, &self.bytes, rows, accountant, span)
    }
}

/// The error of something that does not mean what it should.
pub fn malformed(what: impl std::fmt::Display) -> JobError {
    JobError::Bug(format!("from another process: {what}"))
}
