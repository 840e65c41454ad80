//! The backtracking engine: runs a [`Program`] as CPython's `re` does, choice by choice.
//!
//! It takes what the linear engine does not have (look-around, back-references, conditions, atomic groups) and what that
//! one answers in another way than CPython. Choices that failed are remembered if the program is regular, from one match of
//! a text to the next, so that all matches together take time in proportion to the length of the text times that of the
//! program. Other programs may take exponential time; they are stopped after [`MOST_STEPS`].
//!
//! Source: CPython 3.11, Modules/_sre/sre_lib.h. Remembering: Davis, Servant, Lee: Using Selective Memoization to Defeat
//! Regular Expression Denial of Service, 2021.

use regex_automata::util::primitives::NonMaxUsize;

use super::node::At;
use super::program::{Inst, Program};
use super::set::{Category, Fold, Set, category};

/// How many steps all matches of a text may take if choices are not remembered, for every text and for every byte.
const MOST_STEPS: (u64, u64) = (20_000_000, 200);
/// Choices are remembered from this step on: most matches end before.
const REMEMBERED_FROM: u64 = 500;
/// Choices times places that are remembered at most, in bits.
const MOST_REMEMBERED: usize = 1 << 29;

/// The matches of a text take more steps than this.
#[derive(Debug)]
pub struct TooManySteps(pub u64);

/// Where the whole match and its groups begin and end.
pub type Slots = [Option<NonMaxUsize>];

/// What a match must be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// Any match.
    Any,
    /// One that is not empty, if it begins where the search begins.
    NotEmpty,
    /// One of the whole text.
    Full,
}

/// What is undone or tried when a way fails.
enum Frame {
    /// Another way at a place, and the bit of the choice whose last way it is.
    Way { next: usize, place: usize, bit: usize },
    /// What follows a counted repetition, after another round of it.
    After { next: usize, place: usize },
    /// Another round of a lazy counted repetition, after what follows it.
    Round { counter: usize, body: usize, place: usize },
    /// A greedy run of characters that may end at `place` or earlier, down to `low`.
    Run { star: usize, choice: usize, low: usize, place: usize },
    /// A lazy run that ended at `place` in vain.
    Lazy { star: usize, choice: usize, low: usize, place: usize },
    /// All ways of a choice have failed.
    Failed { bit: usize },
    /// What a slot had before.
    Slot { slot: usize, old: Option<NonMaxUsize> },
    /// What a counter had before.
    Counter { counter: usize, old: (usize, usize) },
}

/// The state of matching one text.
pub struct Matcher<'a> {
    program: &'a Program,
    text: &'a str,
    bytes: &'a [u8],
    slots: Vec<Option<NonMaxUsize>>,
    /// Of each counted repetition the number of its rounds, and where the last optional round began.
    counters: Vec<(usize, usize)>,
    stack: Vec<Frame>,
    steps: u64,
    failed: Bits,
    /// Choices from which the look-around around them succeeds.
    passed: Bits,
    goal: Goal,
    from: usize,
}

/// A bit for each choice at each place; none as long as nothing is remembered.
#[derive(Default)]
struct Bits(Vec<u64>);

impl Bits {
    fn get(&self, at: usize) -> bool {
        self.0.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 != 0)
    }

    fn set(&mut self, at: usize) {
        if let Some(word) = self.0.get_mut(at / 64) {
            *word |= 1 << (at % 64);
        }
    }
}

/// No optional round has begun.
const NOWHERE: usize = usize::MAX;

impl<'a> Matcher<'a> {
    /// A matcher of a text.
    pub fn new(program: &'a Program, text: &'a str) -> Self {
        Self {
            program,
            text,
            bytes: text.as_bytes(),
            slots: Vec::new(),
            counters: vec![(0, NOWHERE); program.counters],
            stack: Vec::new(),
            steps: 0,
            failed: Bits::default(),
            passed: Bits::default(),
            goal: Goal::Any,
            from: 0,
        }
    }

    /// Finds the first match from a place on and fills the slots.
    pub fn find(&mut self, from: usize, goal: Goal, slots: &mut Slots) -> Result<bool, TooManySteps> {
        (self.goal, self.from) = (goal, from);
        let len = slots.len().max(self.program.slots);
        let mut start = from;
        loop {
            if goal != Goal::Full {
                start = match self.next_start(start) {
                    Some(start) => start,
                    None => return Ok(false),
                };
            }
            self.slots.clear();
            self.slots.resize(len, None);
            self.stack.clear();
            if let Some(end) = self.run(0, start)? {
                self.slots[..2].copy_from_slice(&[NonMaxUsize::new(start), NonMaxUsize::new(end)]);
                slots.copy_from_slice(&self.slots[..slots.len()]);
                return Ok(true);
            }
            if goal == Goal::Full {
                return Ok(false);
            }
            match self.char_at(start) {
                Some((_, len)) => start += len,
                None => return Ok(false),
            }
        }
    }

    /// The first place from which a match may begin.
    fn next_start(&self, from: usize) -> Option<usize> {
        if self.program.is_anchored {
            return (from == 0).then_some(0);
        }
        let Some(first) = &self.program.first else { return Some(from) };
        // A byte inside of a character may be passed for a first one: all bytes above ASCII begin matches or none do.
        let at = self.bytes[from..].iter().position(|&b| first[usize::from(b)] && b & 0xC0 != 0x80)?;
        Some(from + at)
    }

    fn char_at(&self, place: usize) -> Option<(u32, usize)> {
        match *self.bytes.get(place)? {
            b if b < 128 => Some((b.into(), 1)),
            _ => self.text[place..].chars().next().map(|c| (c.into(), c.len_utf8())),
        }
    }

    fn char_before(&self, place: usize) -> Option<(u32, usize)> {
        self.text[..place].chars().next_back().map(|c| (c.into(), c.len_utf8()))
    }

    /// The place behind a character of a set.
    fn after(&self, set: &Set, place: usize) -> Option<usize> {
        self.char_at(place).filter(|&(c, _)| set.contains(c)).map(|(_, len)| place + len)
    }

    fn bit(&self, choice: usize, place: usize) -> usize {
        choice * (self.bytes.len() + 1) + place
    }

    /// Counts a step, and begins to remember when there have been some.
    fn step(&mut self) -> Result<(), TooManySteps> {
        self.steps += 1;
        if self.steps >= REMEMBERED_FROM && self.failed.0.is_empty() {
            self.remember_choices();
        }
        let most = MOST_STEPS.0 + MOST_STEPS.1 * self.bytes.len() as u64;
        if self.steps > most && self.failed.0.is_empty() { Err(TooManySteps(most)) } else { Ok(()) }
    }

    /// Remembers choices from now on, if the program is regular and that takes not too much memory.
    pub fn remember_choices(&mut self) {
        let bits = self.program.choices.saturating_mul(self.bytes.len() + 1);
        if self.program.is_regular && bits <= MOST_REMEMBERED {
            let remembers = |inst: &Inst| matches!(inst, Inst::Look { remembers: true, .. });
            let words = bits / 64 + 1;
            self.failed.0.resize(words, 0);
            self.passed.0.resize(if self.program.code.iter().any(remembers) { words } else { 0 }, 0);
        }
    }

    /// Runs the program from an address on until a match or the end of a body; gives the place where that is.
    fn run(&mut self, mut at: usize, mut place: usize) -> Result<Option<usize>, TooManySteps> {
        let program = self.program;
        let base = self.stack.len();
        loop {
            let goes_on = match &program.code[at] {
                Inst::Char(c) => match self.char_at(place) {
                    Some((found, len)) if found == u32::from(*c) => Some((at + 1, place + len)),
                    Some(_) | None => None,
                },
                Inst::Set(set) => self.after(set, place).map(|place| (at + 1, place)),
                Inst::At(here) => self.is_at(*here, place).then_some((at + 1, place)),
                Inst::Split { first, second, choice, loops } => {
                    let is_empty = |(n, counter): (usize, &usize)| usize::from(self.counters[*counter].1 == place) << n;
                    let bit = self.bit(choice + loops.iter().enumerate().map(is_empty).sum::<usize>(), place);
                    if self.passed.get(bit) {
                        return Ok(Some(place));
                    }
                    (!self.failed.get(bit)).then(|| {
                        self.stack.push(Frame::Way { next: *second, place, bit });
                        (*first, place)
                    })
                }
                Inst::Star { set, lazy, choice } => match self.star(at, set, *lazy, *choice, place) {
                    Run::Passed => return Ok(Some(place)),
                    Run::Failed => None,
                    Run::To(place) => Some((at + 1, place)),
                },
                Inst::Jump(to) => Some((*to, place)),
                Inst::Save(slot) => {
                    if let Some(old) = self.slots.get(*slot).copied() {
                        self.stack.push(Frame::Slot { slot: *slot, old });
                        self.slots[*slot] = NonMaxUsize::new(place);
                    }
                    Some((at + 1, place))
                }
                Inst::Same(group, fold) => self.same(*group, *fold, place).map(|place| (at + 1, place)),
                Inst::Unless(group, otherwise) => {
                    Some((if self.group(*group).is_some() { at + 1 } else { *otherwise }, place))
                }
                Inst::Look { negative, behind, next, remembers } => {
                    self.look(at + 1, *negative, *behind, *remembers, place)?.then_some((*next, place))
                }
                Inst::Atomic(next) => self.body(at + 1, place)?.map(|place| (*next, place)),
                Inst::Start(counter) => {
                    self.set_counter(*counter, (0, NOWHERE));
                    Some((at + 1, place))
                }
                Inst::Until { .. } => self.until(at, place),
                Inst::Accept => return Ok(Some(place)),
                Inst::Match if self.is_goal(place) => return Ok(Some(place)),
                Inst::Match => None,
            };
            (at, place) = match goes_on {
                Some(next) => next,
                None => match self.back(base)? {
                    Some(next) => next,
                    None => return Ok(None),
                },
            };
        }
    }

    fn is_goal(&self, place: usize) -> bool {
        match self.goal {
            Goal::Any => true,
            Goal::NotEmpty => place != self.from,
            Goal::Full => place == self.bytes.len(),
        }
    }

    /// Takes back what was done since the last choice that has another way, and gives that way.
    fn back(&mut self, base: usize) -> Result<Option<(usize, usize)>, TooManySteps> {
        let program = self.program;
        while self.stack.len() > base {
            let Some(frame) = self.stack.pop() else { break };
            match frame {
                Frame::Slot { slot, old } => self.slots[slot] = old,
                Frame::Counter { counter, old } => self.counters[counter] = old,
                Frame::Failed { bit } => self.failed.set(bit),
                Frame::Way { next, place, bit } => {
                    self.step()?;
                    if !self.failed.0.is_empty() {
                        self.stack.push(Frame::Failed { bit });
                    }
                    return Ok(Some((next, place)));
                }
                Frame::After { next, place } => {
                    self.step()?;
                    return Ok(Some((next, place)));
                }
                Frame::Round { counter, body, place } => {
                    self.step()?;
                    let (rounds, _) = self.counters[counter];
                    self.set_counter(counter, (rounds + 1, place));
                    return Ok(Some((body, place)));
                }
                Frame::Run { star, choice, low, place } => {
                    self.step()?;
                    let bit = self.bit(choice, place);
                    self.failed.set(bit);
                    if place > low {
                        let place = place - self.char_before(place).map_or(1, |(_, len)| len);
                        self.stack.push(Frame::Run { star, choice, low, place });
                        return Ok(Some((star + 1, place)));
                    }
                }
                Frame::Lazy { star, choice, low, place } => {
                    self.step()?;
                    let Inst::Star { set, .. } = &program.code[star] else { continue };
                    let next = self.after(set, place).filter(|&next| !self.failed.get(self.bit(choice, next)));
                    if let Some(place) = next {
                        self.stack.push(Frame::Lazy { star, choice, low, place });
                        return Ok(Some((star + 1, place)));
                    }
                    let bits = self.bit(choice, low)..=self.bit(choice, place);
                    bits.for_each(|bit| self.failed.set(bit));
                }
            }
        }
        Ok(None)
    }

    /// A run of characters of a set: where what follows is tried first.
    fn star(&mut self, at: usize, set: &Set, lazy: bool, choice: usize, low: usize) -> Run {
        let (failed, passed) = (&self.failed, &self.passed);
        let mut bit = self.bit(choice, low);
        if passed.get(bit) {
            return Run::Passed;
        }
        if failed.get(bit) {
            return Run::Failed;
        }
        let mut place = low;
        if lazy {
            self.stack.push(Frame::Lazy { star: at, choice, low, place });
            return Run::To(place);
        }
        while let Some(next) = self.after(set, place) {
            bit += next - place;
            if passed.get(bit) {
                return Run::Passed;
            }
            if failed.get(bit) {
                break;
            }
            place = next;
        }
        self.steps += (place - low) as u64 / 8;
        self.stack.push(Frame::Run { star: at, choice, low, place });
        Run::To(place)
    }

    fn set_counter(&mut self, counter: usize, now: (usize, usize)) {
        let old = std::mem::replace(&mut self.counters[counter], now);
        self.stack.push(Frame::Counter { counter, old });
    }

    /// The end of a round of a counted repetition: another round, or what follows.
    fn until(&mut self, at: usize, place: usize) -> Option<(usize, usize)> {
        let Inst::Until { counter, min, max, lazy, body } = self.program.code[at] else { return None };
        let (rounds, last) = self.counters[counter];
        if rounds < min {
            self.set_counter(counter, (rounds + 1, last));
            return Some((body, place));
        }
        let another = rounds < max && last != place;
        if another && lazy {
            self.stack.push(Frame::Round { counter, body, place });
        } else if another {
            self.stack.push(Frame::After { next: at + 1, place });
            self.set_counter(counter, (rounds + 1, place));
            return Some((body, place));
        }
        Some((at + 1, place))
    }

    /// Runs a body once: no other way of it is tried later. What it has changed is taken back with what was before it.
    fn body(&mut self, at: usize, place: usize) -> Result<Option<usize>, TooManySteps> {
        let base = self.stack.len();
        self.step()?;
        let end = stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.run(at, place))?;
        let mut kept = base;
        for n in base..self.stack.len() {
            if matches!(self.stack[n], Frame::Slot { .. } | Frame::Counter { .. }) {
                self.stack.swap(kept, n);
                kept += 1;
            }
        }
        self.stack.truncate(kept);
        Ok(end)
    }

    /// Whether look-around holds at a place.
    fn look(
        &mut self,
        at: usize,
        negative: bool,
        behind: Option<u64>,
        remembers: bool,
        place: usize,
    ) -> Result<bool, TooManySteps> {
        let mut start = place;
        for _ in 0..behind.unwrap_or(0) {
            match self.char_before(start) {
                Some((_, len)) => start -= len,
                None => return Ok(negative),
            }
        }
        if !negative && !remembers {
            return Ok(self.body(at, start)?.is_some());
        }
        let base = self.stack.len();
        self.step()?;
        let found = stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.run(at, start))?.is_some();
        while self.stack.len() > base {
            match self.stack.pop() {
                Some(Frame::Slot { slot, old }) => self.slots[slot] = old,
                Some(Frame::Counter { counter, old }) => self.counters[counter] = old,
                Some(frame) if remembers => self.remember(&frame),
                Some(_) | None => {}
            }
        }
        Ok(found != negative)
    }

    /// The body of a look-around has succeeded on the way of this choice.
    fn remember(&mut self, frame: &Frame) {
        match *frame {
            Frame::Failed { bit } | Frame::Way { bit, .. } => self.passed.set(bit),
            Frame::Run { choice, low, place, .. } | Frame::Lazy { choice, low, place, .. } => {
                (self.bit(choice, low)..=self.bit(choice, place)).for_each(|bit| self.passed.set(bit));
            }
            Frame::Slot { .. } | Frame::Counter { .. } | Frame::After { .. } | Frame::Round { .. } => {}
        }
    }

    fn is_at(&self, at: At, place: usize) -> bool {
        let end = self.bytes.len();
        match at {
            At::Start => place == 0,
            At::LineStart => place == 0 || self.bytes[place - 1] == b'\n',
            At::End => place == end,
            At::LastLine => place == end || (place + 1 == end && self.bytes[place] == b'\n'),
            At::LineEnd => place == end || self.bytes[place] == b'\n',
            At::Word(ascii) => self.is_boundary(ascii, place) == Some(true),
            At::NotWord(ascii) => self.is_boundary(ascii, place) == Some(false),
        }
    }

    /// Whether a word begins or ends at a place; an empty text has neither boundaries nor other places.
    fn is_boundary(&self, ascii: bool, place: usize) -> Option<bool> {
        let words = category(Category::Word, ascii);
        let is_word = |found: Option<(u32, usize)>| found.is_some_and(|(c, _)| words.contains(c));
        (!self.text.is_empty()).then(|| is_word(self.char_before(place)) != is_word(self.char_at(place)))
    }

    /// Where a group begins and ends.
    fn group(&self, group: usize) -> Option<(usize, usize)> {
        let (start, end) = (self.slots.get(2 * group).copied()??.get(), self.slots[2 * group + 1]?.get());
        (start <= end).then_some((start, end))
    }

    /// The place behind the text of a group.
    fn same(&self, group: usize, fold: Fold, place: usize) -> Option<usize> {
        let (start, end) = self.group(group)?;
        if fold == Fold::None {
            return self.bytes[place..].starts_with(&self.bytes[start..end]).then_some(place + end - start);
        }
        let mut here = place;
        for c in self.text[start..end].chars() {
            let (found, len) = self.char_at(here)?;
            if fold.lower(found) != fold.lower(c.into()) {
                return None;
            }
            here += len;
        }
        Some(here)
    }
}

/// How a run of characters begins.
enum Run {
    /// What follows is tried at this place.
    To(usize),
    /// It is known to fail.
    Failed,
    /// The look-around around it is known to succeed.
    Passed,
}
