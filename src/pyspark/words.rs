//! Names in texts of Python: which ones a template or a function of the prelude means, and which it binds itself.
//!
//! Builtins, modules and names of the prelude, which no variable of a program may hide; so the names of variables are
//! kept apart from all of them.

use std::collections::{BTreeSet, HashSet};
use std::sync::LazyLock;

use crate::catalog;

use super::prelude;

/// Keywords of Python.
const KEYWORDS: &[&str] = &[
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
    "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal",
    "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

/// The names that the emitter writes by itself, outside of templates and of the prelude.
const OWN: &[&str] =
    &["sc", "SparkConf", "SparkContext", "StorageLevel", "float", "functools", "list", "print", "range"];

/// Modules that templates may use.
pub(super) const MODULES: &[&str] = &[
    "collections",
    "csv",
    "datetime",
    "functools",
    "hashlib",
    "json",
    "math",
    "pyspark.rdd",
    "pyspark.statcounter",
    "random",
    "re",
    "unicodedata",
    "urllib.parse",
    "zlib",
];

static RESERVED: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    let templates = catalog::sections().iter().flat_map(|section| section.rows).map(|row| row.pyspark);
    let meant = templates.chain(prelude::texts()).flat_map(|text| Names::of(text).meant);
    let modules = MODULES.iter().filter_map(|module| module.split('.').next());
    meant
        .chain(KEYWORDS.iter().chain(OWN).copied())
        .chain(modules)
        .chain(prelude::names())
        .chain(prelude::imports())
        .collect()
});

/// Whether a word means something in emitted programs, so that no variable can have it as its name.
pub(super) fn is_reserved(word: &str) -> bool {
    RESERVED.contains(word)
}

/// All words of a text, whatever they are.
pub(super) fn written(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !is_part(c)).filter(|word| !word.is_empty())
}

fn is_part(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The names in a text of Python, holes, strings and attributes left out.
#[derive(Default)]
pub(super) struct Names<'t> {
    /// Names that are bound outside of the text.
    pub(super) meant: BTreeSet<&'t str>,
    /// Names that lambdas and comprehensions in it bind.
    pub(super) bound: BTreeSet<&'t str>,
    /// Names of arguments, and variables and parameters of a function of the prelude.
    named: BTreeSet<&'t str>,
}

impl<'t> Names<'t> {
    /// Those of a template, or of a function of the prelude.
    pub(super) fn of(text: &'t str) -> Self {
        let tokens = tokens(text);
        let mut names = Self::default();
        // The token that ends the names that are bound here.
        let mut until = None;
        for (n, &(at, token)) in tokens.iter().enumerate() {
            let before = n.checked_sub(1).map_or("", |n| tokens[n].1);
            let after = |k: usize| tokens.get(n + k).map_or("", |token| token.1);
            until = match token {
                "lambda" => Some(":"),
                "for" => Some("in"),
                "def" => Some(")"),
                _ if until == Some(token) => None,
                _ => until,
            };
            let name = token.starts_with(|c: char| c.is_alphabetic() || c == '_') && !KEYWORDS.contains(&token);
            if !name || before == "." || text[at + token.len()..].starts_with(['"', '\'']) {
                continue;
            }
            let named = after(1) == "=" && after(2) != "=";
            match until {
                Some(")") => names.named.insert(token),
                Some(_) => names.bound.insert(token),
                None if named => names.named.insert(token),
                None => names.meant.insert(token),
            };
        }
        names.meant.retain(|name| !names.bound.contains(name) && !names.named.contains(name));
        names
    }
}

/// The text with other names for some that it binds.
pub(super) fn renamed(text: &str, new: &[(&str, String)]) -> String {
    let mut out = String::new();
    let mut done = 0;
    for (at, token) in tokens(text) {
        let name = new.iter().find(|(name, _)| *name == token);
        if let Some((_, name)) = name.filter(|_| !text[..at].ends_with('.')) {
            out += &text[done..at];
            out += name;
            done = at + token.len();
        }
    }
    out + &text[done..]
}

/// Words and signs with their places; holes, strings, comments and blanks left out.
fn tokens(text: &str) -> Vec<(usize, &str)> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        let len = match c {
            '"' | '\'' => string(rest),
            '{' => hole(rest),
            '#' => rest.find('\n').unwrap_or(rest.len()),
            c if c.is_whitespace() => c.len_utf8(),
            _ => 0,
        };
        if len > 0 {
            at += len;
            continue;
        }
        let len = if is_part(c) { rest.find(|c| !is_part(c)).unwrap_or(rest.len()) } else { c.len_utf8() };
        tokens.push((at, &rest[..len]));
        at += len;
    }
    tokens
}

/// How long the string is that begins here.
fn string(text: &str) -> usize {
    let quote = if text.starts_with("\"\"\"") { 3 } else { 1 };
    text[quote..].find(&text[..quote]).map_or(text.len(), |end| end + 2 * quote)
}

/// How long the hole is that begins here: `{n}`, `{, n}`, `{=n}`; 0 if there is none.
fn hole(text: &str) -> usize {
    let Some(end) = text.find('}') else { return 0 };
    let name = text[1..end].trim_start_matches([',', ' ', '=']);
    if !name.is_empty() && name.chars().all(is_part) { end + 1 } else { 0 }
}
