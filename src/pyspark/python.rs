//! Pieces of Python as text.

use super::prec::{self, Prec};
use super::words;

/// An expression of Python.
#[derive(Clone, Debug)]
pub(super) struct Py {
    pub(super) text: String,
    pub(super) prec: Prec,
    /// The text in pieces, where each begins with a dot but the first: a chain of methods.
    pub(super) chain: Vec<String>,
}

impl Py {
    pub(super) fn new(text: impl Into<String>, prec: Prec) -> Self {
        Self { text: text.into(), prec, chain: Vec::new() }
    }

    pub(super) fn atom(text: impl Into<String>) -> Self {
        Self::new(text, prec::ATOM)
    }

    /// The text where something that binds at least so tightly is needed.
    pub(super) fn at(&self, least: Prec) -> String {
        if self.prec < least { format!("({})", self.text) } else { self.text.clone() }
    }
}

/// A variable's name in Python; no two names have the same.
pub(super) fn variable(name: &str) -> String {
    if words::is_reserved(name.trim_end_matches('_')) { format!("{name}_") } else { name.to_owned() }
}

/// A text as a literal of Python.
pub(super) fn literal(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out += "\\\"",
            '\\' => out += "\\\\",
            '\n' => out += "\\n",
            '\t' => out += "\\t",
            '\r' => out += "\\r",
            c if (c as u32) < 32 || c as u32 == 127 => out += &format!("\\x{:02x}", c as u32),
            c if (0x80..0xa1).contains(&(c as u32)) || (0x2000..0x2070).contains(&(c as u32)) || c == '\u{feff}' => {
                out += &format!("\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
