//! The registry of diagnostic codes: one row a code, never renumbered, never reused.
//!
//! Ranges: E00xx sources and command line, E01xx syntax, E02xx types, E03xx names, E04xx row errors, E05xx data sources
//! and outputs, W10xx warnings. `sparkc check --explain E0203` prints a row's explanation; `docs/errors.md` is
//! generated from this table.

use std::fmt;

/// A code: its row in [`CODES`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code(pub &'static str);

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// A row of the registry.
pub struct Row {
    /// The code.
    pub code: Code,
    /// What it is, in a few words.
    pub title: &'static str,
    /// What it means, an example that causes it, and the example mended.
    pub explanation: &'static str,
}

/// Declares the codes and the table of them.
macro_rules! codes {
    ($($name:ident = $code:literal, $title:literal, $explanation:literal;)*) => {
        $(#[doc = concat!($code, ": ", $title, ".")] pub const $name: Code = Code($code);)*
        /// All codes, in order.
        pub static CODES: &[Row] =
            &[$(Row { code: $name, title: $title, explanation: $explanation }),*];
    };
}

codes! {
    SYNTAX = "E0101", "unexpected text",
        "The text at the mark does not fit the grammar there; the message lists what would.\n\n    map (w, 1 | reduceByKey +      # the parenthesis is not closed\n    map (w, 1) | reduceByKey +";
}

/// The row of a code, found by its text (`E0203`, in any case).
pub fn find(code: &str) -> Option<&'static Row> {
    CODES.iter().find(|row| row.code.0.eq_ignore_ascii_case(code))
}
