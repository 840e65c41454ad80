//! Row errors as runtime functions raise them.
//!
//! `int("x")` raises `Trap { reason: Value, detail: "invalid literal for int: 'x'" }`; who runs the kernel adds the place
//! in the job and the place in the input.

use serde::{Deserialize, Serialize};

use crate::base::codes;
use crate::base::codes::Code;

/// The kind of a row error; errors are counted by it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Reason {
    /// An int does not fit 64 bits.
    Overflow,
    /// `/ 0`, `// 0`, `% 0`.
    ZeroDivision,
    /// Text or a number that a function does not accept: Python's ValueError.
    Value,
    /// An index beyond the ends of a list or string.
    Index,
    /// A key that a map does not have.
    Key,
    /// Something of an empty collection: `max([])`, `first` of an empty RDD.
    Empty,
    /// Bytes that are no UTF-8.
    Utf8,
    /// A line over the limit.
    LineTooLong,
    /// A value that is larger than a budget allows: `"x" * 10**12`.
    TooLarge,
    /// A command that cannot be started or that fails: no fault of a row.
    Command,
    /// A fault of sparkc itself.
    Bug,
}

impl Reason {
    /// The code under which it is explained.
    pub fn code(self) -> Code {
        match self {
            Self::Overflow => codes::ROW_OVERFLOW,
            Self::ZeroDivision => codes::ROW_ZERO_DIVISION,
            Self::Value => codes::ROW_VALUE,
            Self::Index => codes::ROW_INDEX,
            Self::Key => codes::ROW_KEY,
            Self::Empty => codes::ROW_EMPTY,
            Self::Utf8 => codes::ROW_UTF8,
            Self::LineTooLong => codes::ROW_LINE_TOO_LONG,
            Self::TooLarge => codes::ROW_TOO_LARGE,
            Self::Command => codes::ROW_COMMAND,
            Self::Bug => codes::BUG,
        }
    }
}

/// A row error: what a runtime function or a primitive raises.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Trap {
    /// Its kind.
    pub reason: Reason,
    /// The message, in lower case: `invalid literal for int: 'x'`.
    pub detail: String,
}

impl Trap {
    /// A row error.
    pub fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Self { reason, detail: detail.into() }
    }
}

/// The result of runtime functions.
pub type Res<T> = Result<T, Trap>;
