//! A tree as text, without its places and ids: two programs with one shape mean the same.
//!
//! Tests compare a program with what its printed form parses to.

use super::ast::Program;

/// The statements of a program without places, ids and comments.
pub fn shape(program: &Program) -> String {
    let text = stacker::maybe_grow(1 << 20, 64 << 20, || format!("{:?}", program.body));
    let mut out = String::with_capacity(text.len() / 2);
    let mut rest = text.as_str();
    while let Some((at, end)) = next_place(rest) {
        out += &rest[..at];
        rest = &rest[end..];
    }
    out + rest
}

/// Where the next `Span { … }` or `ExprId(…)` starts and ends.
fn next_place(text: &str) -> Option<(usize, usize)> {
    let span = text.find("Span { file").map(|at| (at, '}'));
    let id = text.find("ExprId(").map(|at| (at, ')'));
    let (at, close) = span.into_iter().chain(id).min()?;
    Some((at, at + text[at..].find(close)? + 1))
}
