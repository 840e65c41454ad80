//! The reader of JSON, shared by the search for a path and by writing.

use jiter::{Jiter, JiterError};

/// Reads JSON, one token after the other.
pub(super) type Reader<'j> = Jiter<'j>;

/// The result of reading.
pub(super) type Json<T> = Result<T, JiterError>;

/// A reader of a text, which also takes `NaN` and `Infinity`.
pub(super) fn reader(json: &str) -> Reader<'_> {
    Jiter::new(json.as_bytes()).with_allow_inf_nan()
}

/// Whether a number of JSON is a float in Python.
pub(super) fn is_float(number: &[u8]) -> bool {
    number.iter().any(|b| matches!(b, b'.' | b'e' | b'E' | b'N' | b'I'))
}
