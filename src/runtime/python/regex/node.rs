//! The tree of a pattern: what is left of Python's syntax when flags, names and classes are resolved.

use std::sync::Arc;

use super::set::{Fold, Set};

/// The width of what has no end, which is also the first number that is too large for a repetition.
pub const MAX_REPEAT: u64 = u32::MAX as u64;

/// A pattern or a part of one.
#[derive(Clone, Debug)]
pub enum Node {
    /// One character.
    Char(char),
    /// One character of a set.
    Set(Arc<Set>),
    /// A place between characters.
    At(At),
    /// One after the other.
    Concat(Vec<Node>),
    /// The first that matches.
    Alt(Vec<Node>),
    /// A repetition; no maximum means without end.
    Repeat(Box<Node>, u32, Option<u32>, Kind),
    /// A group by its number, from 1.
    Group(usize, Box<Node>),
    /// `(?>…)`: what matches first is kept.
    Atomic(Box<Node>),
    /// Look-around: `true` for a negative one, and for look-behind the width of what it matches, in characters.
    Look(Box<Node>, bool, Option<u64>),
    /// The text of a group again.
    Same(usize, Fold),
    /// `(?(1)yes|no)`
    If(usize, Box<Node>, Box<Node>),
}

/// A place between characters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum At {
    /// `\A`, and `^` without the flag `m`.
    Start,
    /// `^` with the flag `m`.
    LineStart,
    /// `\Z`
    End,
    /// `$` without the flag `m`: the end, or before a line end that ends the text.
    LastLine,
    /// `$` with the flag `m`.
    LineEnd,
    /// `\b`; of ASCII alone if the flag is set.
    Word(bool),
    /// `\B`, likewise.
    NotWord(bool),
}

/// How a repetition chooses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// As many as possible, then fewer.
    Greedy,
    /// As few as possible, then more.
    Lazy,
    /// As many as possible, and never fewer.
    Possessive,
}

impl Node {
    /// The nodes directly below.
    pub fn children(&self) -> Vec<&Self> {
        match self {
            Self::Char(_) | Self::Set(_) | Self::At(_) | Self::Same(..) => Vec::new(),
            Self::Concat(nodes) | Self::Alt(nodes) => nodes.iter().collect(),
            Self::Repeat(body, ..) | Self::Group(_, body) | Self::Atomic(body) | Self::Look(body, ..) => vec![body],
            Self::If(_, yes, no) => vec![yes, no],
        }
    }

    /// The set of a node that matches one character.
    pub fn set(&self) -> Option<Arc<Set>> {
        if let Self::Char(c) = self {
            return Some(Arc::new(Set::new(vec![(u32::from(*c), u32::from(*c))])));
        }
        if let Self::Set(set) = self { Some(set.clone()) } else { None }
    }

    /// Whether the node or one below is such a one.
    pub fn any(&self, test: &dyn Fn(&Self) -> bool) -> bool {
        test(self) || self.children().into_iter().any(|node| node.any(test))
    }

    /// Whether it may match an empty text.
    pub fn is_nullable(&self) -> bool {
        match self {
            Self::Char(_) | Self::Set(_) => false,
            Self::At(_) | Self::Look(..) | Self::Same(..) => true,
            Self::Concat(nodes) => nodes.iter().all(Self::is_nullable),
            Self::Alt(nodes) => nodes.iter().any(Self::is_nullable),
            Self::Repeat(body, min, ..) => *min == 0 || body.is_nullable(),
            Self::Group(_, body) | Self::Atomic(body) => body.is_nullable(),
            Self::If(_, yes, no) => yes.is_nullable() || no.is_nullable(),
        }
    }

    /// Whether it prefers every match of some characters to an empty one at the same place.
    pub fn prefers_length(&self) -> bool {
        match self {
            Self::Alt(nodes) => {
                let (last, first) = nodes.split_last().expect("an alternation has alternatives");
                last.prefers_length() && !first.iter().any(Self::is_nullable)
            }
            Self::Concat(nodes) => !self.is_nullable() || nodes.iter().all(Self::prefers_length),
            Self::Repeat(body, _, _, kind) => !self.is_nullable() || (*kind != Kind::Lazy && !body.is_nullable()),
            Self::Group(_, body) | Self::Atomic(body) => body.prefers_length(),
            Self::If(..) | Self::Same(..) => !self.is_nullable(),
            Self::Char(_) | Self::Set(_) | Self::At(_) | Self::Look(..) => true,
        }
    }

    /// The least and the greatest number of characters that it matches, by those of the groups that are closed.
    pub fn width(&self, groups: &[Option<(u64, u64)>]) -> (u64, u64) {
        let (low, high) = match self {
            Self::Char(_) | Self::Set(_) => (1, 1),
            Self::At(_) | Self::Look(..) => (0, 0),
            Self::Concat(nodes) => nodes
                .iter()
                .map(|node| node.width(groups))
                .fold((0u64, 0u64), |(low, high), (l, h)| (low.saturating_add(l), high.saturating_add(h))),
            Self::Alt(nodes) => {
                let widths = nodes.iter().map(|node| node.width(groups));
                widths.fold((MAX_REPEAT - 1, 0), |(low, high), (l, h)| (low.min(l), high.max(h)))
            }
            Self::Repeat(body, min, max, _) => {
                let (low, high) = body.width(groups);
                let max = max.map_or(MAX_REPEAT, u64::from);
                (low.saturating_mul((*min).into()), high.saturating_mul(max))
            }
            Self::Group(_, body) | Self::Atomic(body) => body.width(groups),
            Self::Same(group, _) => groups.get(*group).copied().flatten().unwrap_or((0, 0)),
            Self::If(_, yes, no) => {
                let ((l, h), (low, high)) = (yes.width(groups), no.width(groups));
                (low.min(l), high.max(h))
            }
        };
        (low.min(MAX_REPEAT - 1), high.min(MAX_REPEAT))
    }
}
