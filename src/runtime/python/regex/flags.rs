//! Flags of patterns: `(?i)` at the start, `(?i-s:…)` around a part.
//!
//! Source: CPython 3.11, Lib/re/_parser.py, `_parse_flags`.

use super::set::Fold;
use super::source::{Source, Token};

/// The flags that are in force.
#[derive(Clone, Copy, Default, PartialEq)]
pub struct Flags {
    /// `i`
    pub ignore_case: bool,
    /// `m`
    pub multi_line: bool,
    /// `s`
    pub dot_all: bool,
    /// `x`
    pub verbose: bool,
    /// `a`
    pub ascii: bool,
    /// `u`
    pub unicode: bool,
}

impl Flags {
    fn get(&mut self, flag: char) -> Option<&mut bool> {
        Some(match flag {
            'i' => &mut self.ignore_case,
            'm' => &mut self.multi_line,
            's' => &mut self.dot_all,
            'x' => &mut self.verbose,
            'a' => &mut self.ascii,
            'u' => &mut self.unicode,
            _ => return None,
        })
    }

    fn zip(self, other: Self, join: impl Fn(bool, bool) -> bool) -> Self {
        Self {
            ignore_case: join(self.ignore_case, other.ignore_case),
            multi_line: join(self.multi_line, other.multi_line),
            dot_all: join(self.dot_all, other.dot_all),
            verbose: join(self.verbose, other.verbose),
            ascii: join(self.ascii, other.ascii),
            unicode: join(self.unicode, other.unicode),
        }
    }

    /// The flags inside of `(?add-del:…)`.
    pub fn inside(mut self, add: Self, del: Self) -> Self {
        if add.ascii || add.unicode {
            (self.ascii, self.unicode) = (false, false);
        }
        self.zip(add, |a, b| a || b).zip(del, |a, b| a && !b)
    }

    /// Which letters match each other.
    pub fn fold(self) -> Fold {
        match (self.ignore_case, self.ascii) {
            (false, _) => Fold::None,
            (true, false) => Fold::Unicode,
            (true, true) => Fold::Ascii,
        }
    }

    /// Reads the rest of `(?i)`, which sets flags of the whole pattern, or of `(?i-s:`, which gives those to add and to take.
    pub fn read(first: char, source: &mut Source, global: &mut Self) -> Result<Option<(Self, Self)>, String> {
        let (mut add, mut del) = (Self::default(), Self::default());
        let mut c = first;
        if c != '-' {
            c = add.letters(c, ")-:", "missing -, : or )", source)?;
        }
        if c == ')' {
            *global = global.zip(add, |a, b| a || b);
            return Ok(None);
        }
        if c == '-' {
            c = flag("missing flag", source)?;
            if !"iLmsxatu".contains(c) {
                return Err(unknown_flag(c, "missing flag", source));
            }
            del.letters(c, ":", "missing :", source)?;
        }
        if add.zip(del, |a, b| a && b) != Self::default() {
            return Err(source.error("bad inline flags: flag turned on and off", 1));
        }
        Ok(Some((add, del)))
    }

    /// The letters of flags up to one that ends them, which is returned.
    fn letters(&mut self, first: char, ends: &str, missing: &str, source: &mut Source) -> Result<char, String> {
        let mut c = first;
        loop {
            if ends == ":" && "auL".contains(c) {
                return Err(source.error("bad inline flags: cannot turn off flags 'a', 'u' and 'L'", 0));
            }
            if c == 'L' {
                let what = "bad inline flags: cannot use 'L' flag with a str pattern";
                return Err(source.error(what, 0));
            }
            if c == 't' {
                return Err(source.error("bad inline flags: cannot turn on global flag", 1));
            }
            if let Some(flag) = self.get(c) {
                *flag = true;
            }
            if self.ascii && self.unicode {
                let what = "bad inline flags: flags 'a', 'u' and 'L' are incompatible";
                return Err(source.error(what, 0));
            }
            c = flag(missing, source)?;
            if ends.contains(c) {
                return Ok(c);
            }
            if !"iLmsxatu".contains(c) {
                return Err(unknown_flag(c, missing, source));
            }
        }
    }
}

fn flag(missing: &str, source: &mut Source) -> Result<char, String> {
    match source.get()? {
        None => Err(source.error(missing, 0)),
        Some(Token::Char(c)) => Ok(c),
        Some(token @ Token::Escape(_)) => Err(source.error(missing, token.len())),
    }
}

fn unknown_flag(c: char, missing: &str, source: &Source) -> String {
    source.error(if c.is_alphabetic() { "unknown flag" } else { missing }, 1)
}
