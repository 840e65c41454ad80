//! Python's regular expressions: patterns as CPython 3.11 reads them, with two engines behind one search.
//!
//! ```text
//! pattern ─parse→ Node ┬─linear→  an automaton of the crate regex-automata
//!                      └─program→ instructions ─matcher→ matches by backtracking
//! ```
//!
//! The linear engine takes all that it answers as CPython does, which is nearly everything; `linear` says where it does
//! not. For the rest there is the matcher, which has all of Python's patterns. It remembers the choices that failed where
//! that is possible, and is stopped after a number of steps where it is not: such a text is a row error.

mod flags;
mod linear;
mod matcher;
mod node;
mod parse;
mod program;
mod set;
mod source;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::OnceLock;

use regex_automata::Input;
use regex_automata::meta::Regex;
use regex_automata::util::primitives::NonMaxUsize;

use self::linear::Limits;
use self::matcher::{Goal, Matcher, TooManySteps};
use self::node::Node;
use self::program::Program;
use super::text::quoted;
use crate::runtime::call::trap::{Reason, Res, Trap};

/// After so many matches in a text, a pattern whose search may read on to its end is left to the matcher.
const READS_ON: usize = 32;

/// A compiled pattern.
pub struct Pattern {
    text: String,
    node: Node,
    /// The number of groups.
    pub groups: usize,
    names: HashMap<String, usize>,
    limits: Limits,
    linear: Option<Regex>,
    /// For matches of the whole text.
    linear_full: OnceLock<Option<Regex>>,
    program: OnceLock<Program>,
}

impl Pattern {
    /// Compiles a pattern, or says in CPython's words what is wrong with it.
    pub fn new(pattern: &str) -> Result<Self, String> {
        deep(|| Self::read(pattern))
    }

    fn read(pattern: &str) -> Result<Self, String> {
        let parse::Parsed { node, groups, names } = parse::parse(pattern)?;
        let (limits, linear) = (Limits::of(&node), linear::compile(&node, false));
        let (linear_full, program) = (OnceLock::new(), OnceLock::new());
        Ok(Self { text: pattern.to_owned(), node, groups, names, limits, linear, linear_full, program })
    }

    /// The number of a group that has a name.
    pub fn group_named(&self, name: &str) -> Option<usize> {
        self.names.get(name).copied()
    }

    /// Whether it matches somewhere.
    pub fn is_match(&self, text: &str) -> Res<bool> {
        match self.linear_for(text) {
            Some(linear) => Ok(linear.is_match(text)),
            None => Matches::new(self, text, 0).step(Goal::Any),
        }
    }

    /// Whether it matches the whole text.
    pub fn is_full_match(&self, text: &str) -> Res<bool> {
        if self.linear_for(text).is_some()
            && let Some(full) = self.linear_full.get_or_init(|| deep(|| linear::compile(&self.node, true)))
        {
            return Ok(full.is_match(text));
        }
        Matches::new(self, text, 0).step(Goal::Full)
    }

    /// The first match.
    pub fn search<'a>(&'a self, text: &'a str, groups: usize) -> Res<Option<Matches<'a>>> {
        let mut matches = Matches::new(self, text, groups);
        let found = match self.linear_for(text).filter(|_| groups == 0 || !self.limits.groups) {
            Some(linear) => matches.step_linear(linear),
            None => matches.step(Goal::Any)?,
        };
        Ok(found.then_some(matches))
    }

    /// The linear engine, if it gives CPython's first match of the text.
    fn linear_for(&self, text: &str) -> Option<&Regex> {
        let Limits { unicode, empty, line_end, .. } = self.limits;
        let differs = (unicode && !text.is_ascii()) || (empty && text.is_empty()) || (line_end && text.ends_with('\n'));
        self.linear.as_ref().filter(|_| !differs)
    }

    fn program(&self) -> &Program {
        self.program.get_or_init(|| deep(|| Program::new(&self.node, self.groups)))
    }
}

/// Runs with a stack that is large enough for walks over nested groups.
fn deep<T>(walk: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(4 << 20, 16 << 20, walk)
}

/// The matches of a pattern in a text, from left to right without overlaps; an empty match may follow the one before it.
pub struct Matches<'a> {
    pattern: &'a Pattern,
    text: &'a str,
    /// Where the match and its groups begin and end.
    slots: Vec<Option<NonMaxUsize>>,
    linear: Option<&'a Regex>,
    matcher: Option<Matcher<'a>>,
    /// Where the search goes on.
    from: usize,
    found: usize,
}

impl<'a> Matches<'a> {
    fn new(pattern: &'a Pattern, text: &'a str, groups: usize) -> Self {
        let slots = vec![None; 2 * groups + 2];
        Self { pattern, text, slots, linear: None, matcher: None, from: 0, found: 0 }
    }

    /// All matches of a pattern in a text, with so many of the groups.
    pub fn all(pattern: &'a Pattern, text: &'a str, groups: usize) -> Self {
        let differs = pattern.limits.all || (groups > 0 && pattern.limits.groups);
        let linear = pattern.linear_for(text).filter(|_| !differs);
        Self { linear, ..Self::new(pattern, text, groups) }
    }

    /// Goes on to the next match; whether there is one.
    pub fn next(&mut self) -> Res<bool> {
        if self.found == READS_ON && self.pattern.limits.reads_on {
            self.linear = None;
        }
        let after_empty = self.found > 0 && self.whole().0 == self.from;
        let found = match self.linear {
            // This engine is taken only if no longer match can follow an empty one at its place.
            Some(linear) => {
                if after_empty {
                    match self.text[self.from..].chars().next() {
                        Some(c) => self.from += c.len_utf8(),
                        None => return Ok(false),
                    }
                }
                self.step_linear(linear)
            }
            None => self.step(if after_empty { Goal::NotEmpty } else { Goal::Any })?,
        };
        self.found += 1;
        Ok(found)
    }

    fn step_linear(&mut self, linear: &Regex) -> bool {
        let input = Input::new(self.text).range(self.from..);
        let found = linear.search_slots(&input, &mut self.slots).is_some();
        self.from = self.whole().1;
        found
    }

    fn step(&mut self, goal: Goal) -> Res<bool> {
        let pattern = self.pattern;
        let matcher = self.matcher.get_or_insert_with(|| Matcher::new(pattern.program(), self.text));
        let found = matcher.find(self.from, goal, &mut self.slots).map_err(|TooManySteps(most)| {
            let (pattern, len) = (quoted(&pattern.text), self.text.chars().count());
            let millions = most / 1_000_000;
            let why =
                format!("pattern {pattern} takes more than {millions} million steps on a text of {len} characters");
            Trap::new(Reason::Value, why)
        })?;
        self.from = self.whole().1;
        Ok(found)
    }

    /// Where the match begins and ends.
    pub fn whole(&self) -> (usize, usize) {
        self.place(0).unwrap_or((0, 0))
    }

    fn place(&self, group: usize) -> Option<(usize, usize)> {
        Some((self.slots.get(2 * group).copied()??.get(), self.slots.get(2 * group + 1).copied()??.get()))
    }

    /// The text of a group of the match, empty if it took no part; of the match itself if it is 0.
    pub fn group(&self, group: usize) -> &'a str {
        self.place(group).map_or("", |(start, end)| &self.text[start..end])
    }

    /// The texts of the groups.
    pub fn groups(&self) -> impl Iterator<Item = &'a str> + '_ {
        (1..self.slots.len() / 2).map(|group| self.group(group))
    }
}
