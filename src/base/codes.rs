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
    ROW_OVERFLOW = "E0401", "an int does not fit 64 bits",
        "Ints have 64 bits. Where Python's would grow, the row is an error instead of a wrong number.\n\n    map n -> n * 1000000000000      # with n = 10000000\n    map n -> float(n) * 1e12        # floats round instead";
    ROW_ZERO_DIVISION = "E0402", "division by zero",
        "`/`, `//` and `%` by zero are row errors, for floats too, as in Python.\n\n    map (a, b) -> a / b\n    map (a, b) -> if b == 0 then None else Some(a / b)";
    ROW_VALUE = "E0403", "a value that the function does not accept",
        "For instance `int(\"x\")` or `float(\"\")`: Python's ValueError.\n\n    map line -> int(line)\n    filter isdigit | map int";
    ROW_INDEX = "E0404", "an index beyond the end",
        "A list or string has no element at this index.\n\n    map line -> line.split(\",\")[5]\n    map line -> line.split(\",\") | filter f -> len(f) > 5 | map f -> f[5]";
    ROW_KEY = "E0405", "a key that the map does not have",
        "`m[key]` needs the key; `m.get(key)` is an option.\n\n    map w -> regions[w]\n    map w -> regions.get(w) ?? \"unknown\"";
    ROW_EMPTY = "E0406", "nothing to take from an empty collection",
        "`max`, `min`, `first`, `reduce` and the like have no answer for an empty collection.\n\n    rdd | first\n    rdd | take 1";
    ROW_UTF8 = "E0407", "bytes that are no UTF-8",
        "The line is not valid UTF-8. `textFile(path, encoding: \"lossy\")` puts U+FFFD in place of such bytes, as Spark does.";
    ROW_LINE_TOO_LONG = "E0408", "a line over the limit",
        "A line is longer than the limit (64 MiB unless `--max-line` says otherwise); often the file is no text or has other line ends.";
    ROW_TOO_LARGE = "E0409", "a value over the limit",
        "A text or list would become larger than a task may hold.";
    BUG = "E0999", "a fault of sparkc",
        "Something happened that cannot happen. Please report it with the job.";
}

/// The row of a code, found by its text (`E0203`, in any case).
pub fn find(code: &str) -> Option<&'static Row> {
    CODES.iter().find(|row| row.code.0.eq_ignore_ascii_case(code))
}
