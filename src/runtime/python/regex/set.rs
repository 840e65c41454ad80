//! Sets of characters, as CPython's `re` has them: classes, categories and what `(?i)` adds to them.
//!
//! [`class`] takes what a class `[…]` lists and [`literal`] one character; both give the exact set of code points that
//! CPython matches, so the engines know no flags. The tables of `unicode` come from CPython; `(?i)` compares lower case,
//! and [`EXTRA_CASES`] has the letters of different lower case that share their upper case, such as `s` and `ſ`.
//!
//! Source: CPython 3.11, Lib/re/_compiler.py, `_compile` and `_optimize_charset`; Modules/_sre/sre.c.

use std::sync::LazyLock;

use crate::runtime::python::unicode::{self, EXTRA_CASES};

/// The last code point.
const LAST: u32 = 0x0010_FFFF;
/// The last code point that CPython's map of a class holds; those above are kept apart and folded by other rules.
const LAST_MAPPED: u32 = 0xFFFF;

/// A set of code points.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Set {
    /// Inclusive ranges in order that do not touch.
    ranges: Vec<(u32, u32)>,
    /// Which of the first 128 code points are in it.
    ascii: u128,
}

/// Which letters match each other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fold {
    /// Each matches itself only.
    None,
    /// `(?ai)`: those of ASCII without regard to case.
    Ascii,
    /// `(?i)`: all without regard to case.
    Unicode,
}

/// The categories of escapes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Category {
    /// `\d`
    Digit,
    /// `\s`
    Space,
    /// `\w`
    Word,
}

/// A part of a class.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Item {
    /// One character.
    Literal(u32),
    /// `a-z`
    Range(u32, u32),
    /// `\w`, or `\W` if the flag is set.
    Category(Category, bool),
}

impl Set {
    /// A set of ranges in any order.
    pub fn new(mut ranges: Vec<(u32, u32)>) -> Self {
        ranges.sort_unstable();
        let mut merged: Vec<(u32, u32)> = Vec::with_capacity(ranges.len());
        for (first, last) in ranges {
            match merged.last_mut() {
                Some(before) if first <= before.1.saturating_add(1) => before.1 = before.1.max(last),
                _ => merged.push((first, last)),
            }
        }
        let ascii = (0..128).filter(|&c| in_ranges(&merged, c)).fold(0, |bits, c| bits | 1 << c);
        Self { ranges: merged, ascii }
    }

    /// Whether a code point is in it.
    pub fn contains(&self, c: u32) -> bool {
        if c < 128 { self.ascii >> c & 1 != 0 } else { in_ranges(&self.ranges, c) }
    }

    /// Its ranges.
    pub fn ranges(&self) -> &[(u32, u32)] {
        &self.ranges
    }

    /// All other code points.
    pub fn negated(&self) -> Self {
        let mut ranges = Vec::with_capacity(self.ranges.len() + 1);
        let mut from = 0;
        for &(first, last) in &self.ranges {
            if from < first {
                ranges.push((from, first - 1));
            }
            from = last + 1;
        }
        if from <= LAST {
            ranges.push((from, LAST));
        }
        Self::new(ranges)
    }
}

fn in_ranges(ranges: &[(u32, u32)], c: u32) -> bool {
    let after = ranges.partition_point(|&(first, _)| first <= c);
    after > 0 && c <= ranges[after - 1].1
}

/// The characters of a category; of ASCII alone if the flag `a` is set.
pub fn category(category: Category, ascii: bool) -> &'static Set {
    static SETS: LazyLock<[[Set; 2]; 3]> = LazyLock::new(|| {
        let digits = unicode::ZEROS.iter().map(|&zero| (zero, zero + 9)).collect();
        let spaces = unicode::SPACE.to_vec();
        let words = [&unicode::ALPHA[..], &unicode::NUMERIC, &unicode::DIGIT, &[('_'.into(), '_'.into())]].concat();
        [digits, spaces, words].map(|all| {
            let all = Set::new(all);
            let ascii = (0..128).filter(|&c| all.contains(c) && !(0x1c..0x20).contains(&c));
            [Set::new(ascii.map(|c| (c, c)).collect()), all]
        })
    });
    &SETS[match category {
        Category::Digit => 0,
        Category::Space => 1,
        Category::Word => 2,
    }][usize::from(!ascii)]
}

/// The pairs of a mapping of characters, in order; of a character that maps to several, the first counts.
fn pairs(runs: &[(u32, u32, u32, i32)], several: &[(u32, &str)]) -> Vec<(u32, u32)> {
    let run = |&(first, last, step, delta): &(u32, u32, u32, i32)| {
        (first..=last).step_by(step as usize).map(move |c| (c, c.wrapping_add_signed(delta)))
    };
    let first = several.iter().filter_map(|&(c, to)| Some((c, to.chars().next()?.into())));
    let mut pairs: Vec<(u32, u32)> = runs.iter().flat_map(run).chain(first).filter(|(c, to)| c != to).collect();
    pairs.sort_unstable();
    pairs
}

static LOWER: LazyLock<Vec<(u32, u32)>> = LazyLock::new(|| pairs(&unicode::TO_LOWER, &unicode::TO_LOWER_SEVERAL));
static UPPER: LazyLock<Vec<(u32, u32)>> = LazyLock::new(|| pairs(&unicode::TO_UPPER, &unicode::TO_UPPER_SEVERAL));

impl Fold {
    /// The characters that have another lower case, with that.
    fn lowered(self) -> &'static [(u32, u32)] {
        match self {
            Self::None => &[],
            Self::Ascii => &LOWER[..26],
            Self::Unicode => &LOWER,
        }
    }

    fn uppered(self) -> &'static [(u32, u32)] {
        match self {
            Self::None => &[],
            Self::Ascii => {
                static ASCII: LazyLock<Vec<(u32, u32)>> =
                    LazyLock::new(|| (0x61..=0x7a).map(|c| (c, c - 0x20)).collect());
                &ASCII
            }
            Self::Unicode => &UPPER,
        }
    }

    /// The lower case of a character, as back-references compare it.
    pub fn lower(self, c: u32) -> u32 {
        mapped(self.lowered(), c).unwrap_or(c)
    }

    fn is_cased(self, c: u32) -> bool {
        mapped(self.lowered(), c).is_some() || mapped(self.uppered(), c).is_some()
    }

    /// Letters of another lower case that match a character in lower case.
    fn extra(self, lower: u32) -> &'static [u32] {
        let found = EXTRA_CASES.binary_search_by_key(&lower, |&(c, _)| c);
        found.ok().filter(|_| self == Self::Unicode).map_or(&[], |at| EXTRA_CASES[at].1)
    }

    /// The characters whose lower case is in a set.
    fn before_lower(self, lower: &Set) -> Set {
        let changed = self.lowered();
        let others = Set::new(changed.iter().map(|&(c, _)| (c, c)).collect()).negated();
        let mut ranges = intersection(&lower.ranges, &others.ranges);
        ranges.extend(changed.iter().filter(|&&(_, to)| lower.contains(to)).map(|&(c, _)| (c, c)));
        Set::new(ranges)
    }
}

fn mapped(pairs: &[(u32, u32)], c: u32) -> Option<u32> {
    pairs.binary_search_by_key(&c, |&(from, _)| from).ok().map(|at| pairs[at].1)
}

fn intersection(left: &[(u32, u32)], right: &[(u32, u32)]) -> Vec<(u32, u32)> {
    let (mut found, mut l, mut r) = (Vec::new(), 0, 0);
    while l < left.len() && r < right.len() {
        let (first, last) = (left[l].0.max(right[r].0), left[l].1.min(right[r].1));
        if first <= last {
            found.push((first, last));
        }
        if left[l].1 < right[r].1 { l += 1 } else { r += 1 }
    }
    found
}

/// What one character matches.
pub fn literal(c: u32, fold: Fold) -> Set {
    if !fold.is_cased(c) {
        return Set::new(vec![(c, c)]);
    }
    let lower = fold.lower(c);
    fold.before_lower(&Set::new([lower].iter().chain(fold.extra(lower)).map(|&c| (c, c)).collect()))
}

/// What a class of several items matches, before a `^` turns it around.
pub fn class(items: &[Item], ascii: bool, fold: Fold) -> Set {
    let mut ranges = Vec::new();
    let mut cased = false;
    for item in items {
        match *item {
            Item::Literal(c) if fold != Fold::None && c <= LAST_MAPPED => {
                cased |= fold.is_cased(c);
                let lower = fold.lower(c);
                ranges.extend([lower].iter().chain(fold.extra(lower)).map(|&c| (c, c)));
            }
            Item::Literal(c) => {
                cased |= fold != Fold::None;
                ranges.push((c, c));
            }
            Item::Range(first, last) if fold != Fold::None => cased |= folded_range(first, last, fold, &mut ranges),
            Item::Range(first, last) => ranges.push((first, last)),
            Item::Category(kind, false) => ranges.extend_from_slice(category(kind, ascii).ranges()),
            Item::Category(kind, true) => ranges.extend_from_slice(category(kind, ascii).negated().ranges()),
        }
    }
    let set = Set::new(ranges);
    if cased { fold.before_lower(&set) } else { set }
}

/// Adds the characters whose lower case is that of one of a range; whether some have case.
///
/// What lies above the basic plane is tested as it is and in upper case.
fn folded_range(first: u32, last: u32, fold: Fold, ranges: &mut Vec<(u32, u32)>) -> bool {
    let mapped_last = last.min(LAST_MAPPED);
    if first <= mapped_last {
        let inside = |c: u32| (first..=mapped_last).contains(&c);
        let lower: Vec<u32> = fold.lowered().iter().filter(|&&(c, _)| inside(c)).map(|&(_, to)| to).collect();
        let changed = Set::new(fold.lowered().iter().map(|&(c, _)| (c, c)).collect());
        let kept = intersection(&[(first, mapped_last)], changed.negated().ranges());
        let extra = EXTRA_CASES.iter().filter(|&&(c, _)| in_ranges(&kept, c) || lower.contains(&c));
        ranges.extend(extra.filter(|_| fold == Fold::Unicode).flat_map(|&(_, extra)| extra).map(|&c| (c, c)));
        ranges.extend(lower.iter().map(|&c| (c, c)));
        ranges.extend(kept);
    }
    if last > LAST_MAPPED {
        ranges.push((first, last));
        ranges.extend(UPPER.iter().filter(|(_, to)| (first..=last).contains(to)).map(|&(c, _)| (c, c)));
        return true;
    }
    let some = |pairs: &[(u32, u32)]| pairs.iter().any(|(c, _)| (first..=last).contains(c));
    some(fold.lowered()) || some(fold.uppered())
}
