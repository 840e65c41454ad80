//! Blocks: encoded rows, the unit of what stages leave and tasks receive.

use crate::base::source::Span;
use crate::engine::staging::Staged;
use crate::runtime::value::codec;
use crate::runtime::value::rows::RowCodec;
use crate::runtime::value::shape::Shape;
use crate::runtime::value::words::Value;

use crate::exec::errors::JobError;
use crate::exec::memory::{Accountant, Charge, Derived};
use std::sync::Arc;

/// Encoded rows of one type, position-independent.
#[derive(Debug)]
pub struct Block {
    /// The rows, one after the other.
    pub bytes: Vec<u8>,
    /// How many there are.
    pub rows: u64,
    /// What a runtime has made of the rows and keeps with them, such as their groups by key.
    pub(in crate::exec) derived: Arc<Derived>,
    _charge: Option<Charge>,
}

/// A block being written.
#[derive(Debug)]
pub struct BlockWriter {
    bytes: Vec<u8>,
    rows: u64,
    charge: Charge,
    span: Span,
    /// Encodes rows of a shape that is known beforehand.
    codec: Option<RowCodec>,
}

impl Block {
    /// A block that is charged to nobody: constants of the job.
    pub fn uncharged(bytes: Vec<u8>, rows: u64) -> Self {
        Self { bytes, rows, derived: Arc::default(), _charge: None }
    }

    /// A block of rows that were encoded before.
    ///
    /// # Errors
    /// The budget of memory is exceeded.
    pub fn charged(bytes: Vec<u8>, rows: u64, accountant: &Arc<Accountant>, span: Span) -> Result<Self, JobError> {
        let charge = accountant.charge(bytes.capacity()).map_err(|over| JobError::Budget(over, span))?;
        Ok(Self { bytes, rows, derived: Arc::default(), _charge: Some(charge) })
    }
}

/// The partition of a row that goes nowhere.
pub const NOWHERE: u32 = u32::MAX;

/// Appends each row to the block of its partition, but for those that go [`NOWHERE`].
///
/// # Errors
/// The budget of memory is exceeded.
pub fn push_placed(writers: &mut [BlockWriter], rows: Staged<'_>, places: &[u32]) -> Result<(), JobError> {
    let mut places = places.iter().enumerate().filter(|(_, at)| **at != NOWHERE);
    places.try_for_each(|(n, at)| writers[*at as usize].push(rows.row(n)))
}

impl BlockWriter {
    /// An empty block; `span` is the operator that fills it.
    pub fn new(accountant: &Arc<Accountant>, span: Span) -> Self {
        let charge = accountant.charge(0).expect("nothing is always within the budget");
        Self { bytes: Vec::new(), rows: 0, charge, span, codec: None }
    }

    /// An empty block of rows of a shape.
    pub fn of_shape(accountant: &Arc<Accountant>, span: Span, shape: &Shape) -> Self {
        Self { codec: Some(RowCodec::new(shape)), ..Self::new(accountant, span) }
    }

    /// Appends a row.
    ///
    /// # Errors
    /// The budget of memory is exceeded.
    pub fn push(&mut self, row: Value<'_>) -> Result<(), JobError> {
        match &self.codec {
            Some(codec) => codec.encode(row, &mut self.bytes),
            None => codec::encode(row, &mut self.bytes),
        }
        self.grown()
    }

    /// Appends a row whose first part is encoded already.
    ///
    /// # Errors
    /// The budget of memory is exceeded.
    pub fn push_parts(&mut self, head: &[u8], rest: Value<'_>) -> Result<(), JobError> {
        self.bytes.extend_from_slice(head);
        codec::encode(rest, &mut self.bytes);
        self.grown()
    }

    /// Appends a row that is encoded already.
    ///
    /// # Errors
    /// The budget of memory is exceeded.
    pub fn push_encoded(&mut self, row: &[u8]) -> Result<(), JobError> {
        self.bytes.extend_from_slice(row);
        self.grown()
    }

    /// Appends a row as `write` encodes it.
    ///
    /// # Errors
    /// The budget of memory is exceeded.
    pub fn push_with(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> Result<(), JobError> {
        write(&mut self.bytes);
        self.grown()
    }

    fn grown(&mut self) -> Result<(), JobError> {
        self.rows += 1;
        self.charge.set(self.bytes.capacity()).map_err(|over| JobError::Budget(over, self.span))
    }

    /// Number of rows so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The finished block.
    pub fn finish(self) -> Block {
        let Self { mut bytes, rows, charge, .. } = self;
        let mut charge = charge;
        bytes.shrink_to_fit();
        let shrunk = charge.set(bytes.capacity());
        debug_assert!(shrunk.is_ok(), "giving back is always within the budget");
        Block { bytes, rows, derived: Arc::default(), _charge: Some(charge) }
    }
}
