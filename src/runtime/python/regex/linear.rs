//! Patterns for the linear-time engine of the crate `regex-automata`.
//!
//! [`compile`] turns a [`Node`] into that crate's tree, or gives none if the pattern has something that it has not. All
//! classes are sets of characters there and no flag is left, so what it matches does not depend on its tables. It has three
//! places of another meaning, and [`Limits`] says where a pattern has them:
//!
//! - `\b` is that of ASCII, which is right in texts of ASCII;
//! - `\B` matches in an empty text, and in CPython it does not;
//! - `$` without the flag `m` is the very end, which is right in texts that do not end with a line end.
//!
//! Two things more differ in some patterns: the groups in rounds of a repetition that are empty, and whether a longer match
//! follows an empty one at the same place.

use regex_automata::meta::{Config, Regex};
use regex_syntax::hir::{Capture, Class, ClassUnicode, ClassUnicodeRange, Hir, Look, Repetition};

use super::node::{At, Kind, Node};

/// The most memory of a compiled pattern, in bytes.
const MOST_MEMORY: usize = 10 << 20;

/// For what the engine does not give CPython's answer.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Texts that are not ASCII.
    pub unicode: bool,
    /// An empty text.
    pub empty: bool,
    /// Texts that end with a line end.
    pub line_end: bool,
    /// Groups of a match.
    pub groups: bool,
    /// All matches of a text.
    pub all: bool,
    /// All matches of a text in linear time: to find the end of a match it may read on to the end of the text.
    pub reads_on: bool,
}

impl Limits {
    /// Those of a pattern.
    pub fn of(node: &Node) -> Self {
        let at = |test: fn(At) -> bool| node.any(&|node| matches!(node, Node::At(at) if test(*at)));
        let loses_groups = |node: &Node| {
            let Node::Repeat(body, _, max, _) = node else { return false };
            *max != Some(1) && body.is_nullable() && body.any(&|node| matches!(node, Node::Group(..)))
        };
        Self {
            unicode: at(|at| matches!(at, At::Word(false) | At::NotWord(false))),
            empty: at(|at| matches!(at, At::NotWord(_))),
            line_end: at(|at| at == At::LastLine),
            groups: node.any(&loses_groups),
            all: node.is_nullable() && !node.prefers_length(),
            reads_on: reads_on(node, true),
        }
    }
}

/// Whether the search for the end of a match may read far beyond it: in a repetition without end the pattern may wait for
/// something that never comes, while a shorter match is known. `last` says that nothing must follow the node.
fn reads_on(node: &Node, last: bool) -> bool {
    if let Node::Concat(nodes) = node {
        let mut last = last;
        return nodes.iter().rev().any(|node| {
            let found = reads_on(node, last);
            last &= node.is_nullable() && !node.any(&|node| matches!(node, Node::At(_)));
            found
        });
    }
    let Node::Repeat(body, min, max, _) = node else {
        return node.children().into_iter().any(|node| reads_on(node, last));
    };
    if max.is_none() { !last || reads_on(body, true) } else { reads_on(body, last && *min <= 1) }
}

/// Compiles a pattern, if the engine has all of it and it is not too large.
pub fn compile(node: &Node, whole_text: bool) -> Option<Regex> {
    let mut hir = tree(node)?;
    if whole_text {
        hir = Hir::concat(vec![Hir::look(Look::Start), hir, Hir::look(Look::End)]);
    }
    Regex::builder().configure(Config::new().nfa_size_limit(Some(MOST_MEMORY))).build_from_hir(&hir).ok()
}

fn tree(node: &Node) -> Option<Hir> {
    Some(match node {
        Node::Char(c) => Hir::literal(c.encode_utf8(&mut [0; 4]).as_bytes().to_vec()),
        Node::Set(set) => {
            let ranges = set.ranges().iter().filter_map(|&(first, last)| chars(first, last));
            Hir::class(Class::Unicode(ClassUnicode::new(ranges)))
        }
        Node::At(at) => Hir::look(match at {
            At::Start => Look::Start,
            At::LineStart => Look::StartLF,
            At::End | At::LastLine => Look::End,
            At::LineEnd => Look::EndLF,
            At::Word(_) => Look::WordAscii,
            At::NotWord(_) => Look::WordAsciiNegate,
        }),
        Node::Concat(nodes) => Hir::concat(nodes.iter().map(tree).collect::<Option<_>>()?),
        Node::Alt(nodes) => Hir::alternation(nodes.iter().map(tree).collect::<Option<_>>()?),
        Node::Repeat(_, _, _, Kind::Possessive) => return None,
        Node::Repeat(body, min, max, kind) => Hir::repetition(Repetition {
            min: *min,
            max: *max,
            greedy: *kind == Kind::Greedy,
            sub: Box::new(tree(body)?),
        }),
        Node::Group(group, body) => {
            let index = u32::try_from(*group).ok()?;
            Hir::capture(Capture { index, name: None, sub: Box::new(tree(body)?) })
        }
        Node::Atomic(_) | Node::Look(..) | Node::Same(..) | Node::If(..) => return None,
    })
}

/// A range without the surrogates.
fn chars(first: u32, last: u32) -> Option<ClassUnicodeRange> {
    let first = if (0xD800..0xE000).contains(&first) { 0xE000 } else { first };
    let last = if (0xD800..0xE000).contains(&last) { 0xD7FF } else { last };
    (first <= last).then_some(ClassUnicodeRange::new(char::from_u32(first)?, char::from_u32(last)?))
}
