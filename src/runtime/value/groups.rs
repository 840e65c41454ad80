//! The aggregation table of compiled code: from keys to states, a batch of rows at a time.
//!
//! In: rows as words, the key's words first. Out: for each row the address of its entry's state, with bit 0 set for the
//! row that made the entry; the state of a new entry is zero. Rows `b a b` give `[1st state + 1, 2nd state + 1, 1st state]`.
//!
//! Two arrays. **Entries** lie one after the other in order of first arrival: words of the key, then words of the state;
//! so the order costs nothing, frequent keys, which arrive early, share cache lines, and growth is a `realloc`. The
//! **index** is open addressing with linear probing, half full at most; a slot is 32 bits of the hash (tag) and the
//! entry's number plus one, or 0; it grows without a look at the entries. A group of 32 rows at a time is hashed, its
//! slots are prefetched, then its entries, then keys are compared in the order of rows.
//!
//! Keys, by shape: ints, bools and texts, alone or in tuples and records of up to six words, and options of these without
//! texts, are stored and compared as words; a text takes two, up to 15 bytes inline with the length in the top byte, a
//! longer one as an address in the table's heap and the length. Anything else becomes its canonical bytes
//! (`codec::encode_key`), which are then handled as a text; where the key itself may have other bytes (−0.0, NaN, the
//! order of a set) and has, these are kept too, behind a third word.
//!
//! `table` is the reference that this is tested against. The hash in here is the table's own; what other
//! processes see is that of `placing`.

#![allow(unsafe_code, reason = "takes rows as bare words; the reading of texts behind them is in `words`")]

mod entries;
mod lookup;
mod states;
mod words;

#[cfg(test)]
mod tests;

use std::ops::Range;

use super::codec;
use super::key;
use super::shape::Shape;
use super::table::EntryIdx;
use super::words::{Word, built};
use words::{Heap, hash_long, hash_words, is_long, prefetch, prefetch_text, same_text, text_key};

/// Rows that are hashed, prefetched and compared together.
const GROUP: usize = 32;

/// The most words of a key that is stored as words.
const MAX_WORDS: usize = 6;

/// Slots of a new index, a power of two.
const FIRST_SLOTS: usize = 128;

/// Up to so many slots the index grows fourfold, then twofold.
const FAST_GROWTH: usize = 1 << 18;

/// The number of a key that a table does not have.
pub const ABSENT: u64 = u64::MAX;

/// A table from keys to states of a fixed number of words.
pub struct Groups {
    key: Shape,
    mode: Mode,
    /// Bit `n` is set where a text starts at word `n` of a stored key.
    texts: u32,
    /// Words of a stored key, and of an entry.
    key_words: usize,
    entry_words: usize,
    /// Tag and number plus one, or 0; a power of two of them.
    index: Vec<u64>,
    entries: Vec<Word>,
    len: usize,
    heap: Heap,
    /// Canonical bytes of a group's keys, and where each ends.
    scratch: Vec<u8>,
    /// The part of a hash that counts: all bits, or none to make keys collide, see `key::set_hash_zero`.
    hash_bits: u64,
    /// The slots of the keys that the last call has added, if they may be taken out again.
    added: Option<Vec<usize>>,
}

/// How keys are stored and compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Mode {
    /// So many words, those of texts as `words` lays them out.
    Words(usize),
    /// Canonical bytes as a text.
    Bytes {
        /// Whether the key's own bytes may be others, which are then kept.
        own: bool,
    },
}

impl Mode {
    fn words(self) -> usize {
        match self {
            Self::Words(words) => words,
            Self::Bytes { own } => 2 + usize::from(own),
        }
    }
}

/// How keys of a shape are stored, and where texts are in them.
fn layout(key: &Shape) -> (Mode, u32) {
    let mut texts = 0;
    if (1..=MAX_WORDS).contains(&key.words()) && find_texts(key, 0, &mut texts) {
        return (Mode::Words(key.words()), texts);
    }
    (Mode::Bytes { own: may_differ(key) }, 1)
}

/// Finds the texts of a shape that starts at a word, if its words can be compared but for texts.
fn find_texts(shape: &Shape, at: usize, texts: &mut u32) -> bool {
    match shape {
        Shape::Int | Shape::Bool => true,
        Shape::Str => {
            *texts |= 1 << at;
            true
        }
        Shape::Tuple(components) => {
            let mut parts = components.shapes.iter().zip(&components.offsets);
            parts.all(|(shape, offset)| find_texts(shape, at + offset, texts))
        }
        Shape::Option(inner) => inner.is_flat() && find_texts(inner, at + 1, texts),
        Shape::Float | Shape::List(_) | Shape::Set(_) | Shape::Map(..) => false,
    }
}

/// Whether equal keys may have different encodings.
fn may_differ(shape: &Shape) -> bool {
    match shape {
        Shape::Int | Shape::Bool | Shape::Str => false,
        Shape::Float | Shape::Set(_) | Shape::Map(..) => true,
        Shape::Tuple(components) => components.shapes.iter().any(may_differ),
        Shape::Option(inner) | Shape::List(inner) => may_differ(inner),
    }
}

/// A group of rows on its way through the table.
struct Staged<const N: usize> {
    answer: Answer,
    keys: [[Word; N]; GROUP],
    tags: [u32; GROUP],
    /// For each row the slot, and the number of the entry in it.
    places: [(usize, usize); GROUP],
    /// Whether there may be a text that is not inline.
    any_long: bool,
    /// The rows that have added entries, in order.
    added: [u8; GROUP],
}

impl<const N: usize> Staged<N> {
    fn new(answer: Answer) -> Self {
        Self {
            answer,
            keys: [[0; N]; GROUP],
            tags: [0; GROUP],
            places: [(0, 0); GROUP],
            any_long: false,
            added: [0; GROUP],
        }
    }
}

/// The answer for an entry: `first + number * size`, plus a bit if it is new.
#[derive(Clone, Copy)]
struct Answer {
    first: u64,
    size: u64,
    new: u64,
}

impl Answer {
    fn of(self, number: usize, new: bool) -> u64 {
        self.first + number as u64 * self.size + if new { self.new } else { 0 }
    }
}

/// Rows of words, each with its key's words first.
#[derive(Clone, Copy)]
struct Rows<'a> {
    words: &'a [Word],
    stride: usize,
}

impl<'a> Rows<'a> {
    /// The words of a row's key.
    fn key(self, n: usize, words: usize) -> &'a [Word] {
        &self.words[n * self.stride..][..words]
    }
}

impl Groups {
    /// An empty table.
    pub fn new(key: &Shape, state_words: usize) -> Self {
        let (mode, texts) = layout(key);
        Self {
            key: key.clone(),
            mode,
            texts,
            key_words: mode.words(),
            entry_words: mode.words() + state_words,
            index: vec![0; FIRST_SLOTS],
            entries: Vec::new(),
            len: 0,
            heap: Heap::default(),
            scratch: Vec::new(),
            hash_bits: if key::hash_is_zero() { 0 } else { u64::MAX },
            added: None,
        }
    }

    /// The table, whose last keys may be taken out again ([`Groups::retract`]).
    #[must_use]
    pub fn retractable(mut self) -> Self {
        self.added = Some(Vec::new());
        self
    }

    /// Makes all keys collide.
    #[cfg(test)]
    fn collide(&mut self) {
        self.hash_bits = 0;
    }

    /// Number of keys.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Bytes that the table holds.
    pub fn memory(&self) -> usize {
        (self.index.capacity() + self.entries.capacity()) * size_of::<u64>()
            + self.heap.allocated()
            + self.scratch.capacity()
    }

    /// Finds or inserts the keys of `count` rows: row `i` is `rows[i * stride..]`, its key's words first. Leaves in
    /// `states[i]` the address of the state's words, plus 1 for the row that made the entry, whose state is zero.
    /// Addresses are good until the next call.
    ///
    /// `padded` has the addresses of texts from whose start 16 bytes may be read whatever their length, such as a block
    /// of input with room behind; texts elsewhere are read no further than they go.
    ///
    /// # Safety
    /// The words of each key were written as a value of the table's key shape, what they point to is alive, and
    /// 16 bytes can be read from every address in `padded`.
    ///
    /// # Panics
    /// If there are fewer rows than `count`, or 2^32 keys.
    pub unsafe fn probe(
        &mut self,
        rows: &[Word],
        stride: usize,
        count: usize,
        padded: Range<usize>,
        states: &mut Vec<u64>,
    ) {
        self.entries.reserve(count * self.entry_words);
        let bytes = |words: usize| (words * size_of::<Word>()) as u64;
        let first = self.entries.as_mut_ptr().expose_provenance() as u64 + bytes(self.key_words);
        let answer = Answer { first, size: bytes(self.entry_words), new: 1 };
        self.probe_rows(Rows { words: rows, stride }, count, &padded, answer, states);
    }

    /// As [`Groups::probe`], but leaves the numbers of the rows' entries.
    ///
    /// # Safety
    /// As for [`Groups::probe`].
    pub unsafe fn number(
        &mut self,
        rows: &[Word],
        stride: usize,
        count: usize,
        padded: Range<usize>,
        numbers: &mut Vec<u64>,
    ) {
        let answer = Answer { first: 0, size: 1, new: 0 };
        self.probe_rows(Rows { words: rows, stride }, count, &padded, answer, numbers);
    }

    /// As [`Groups::number`], but adds nothing: [`ABSENT`] stands for a key that is not there.
    ///
    /// # Safety
    /// As for [`Groups::probe`].
    pub unsafe fn look_up(
        &self,
        rows: &[Word],
        stride: usize,
        count: usize,
        padded: Range<usize>,
        numbers: &mut Vec<u64>,
    ) {
        self.look_up_rows(Rows { words: rows, stride }, count, &padded, numbers);
    }

    fn probe_rows(
        &mut self,
        rows: Rows<'_>,
        count: usize,
        padded: &Range<usize>,
        answer: Answer,
        answers: &mut Vec<u64>,
    ) {
        answers.clear();
        answers.resize(count, 0);
        if let Some(added) = &mut self.added {
            added.clear();
            // The index may not grow in between, so that slots stay where they are.
            self.make_room(count);
        }
        let flat = self.texts == 0;
        match self.mode {
            Mode::Words(1) => self.probe_words::<1, false>(rows, padded, answer, answers),
            Mode::Words(2) if flat => self.probe_words::<2, false>(rows, padded, answer, answers),
            Mode::Words(2) => self.probe_words::<2, true>(rows, padded, answer, answers),
            Mode::Words(3) => self.probe_words::<3, true>(rows, padded, answer, answers),
            Mode::Words(4) => self.probe_words::<4, true>(rows, padded, answer, answers),
            Mode::Words(5) => self.probe_words::<5, true>(rows, padded, answer, answers),
            Mode::Words(_) => self.probe_words::<MAX_WORDS, true>(rows, padded, answer, answers),
            Mode::Bytes { own } => self.probe_bytes(rows, own, answer, answers),
        }
    }

    fn probe_words<const N: usize, const TEXT: bool>(
        &mut self,
        rows: Rows<'_>,
        padded: &Range<usize>,
        answer: Answer,
        answers: &mut [u64],
    ) {
        let mut staged = Staged::<N>::new(answer);
        for (group, answers) in answers.chunks_mut(GROUP).enumerate() {
            self.make_room(GROUP);
            self.stage_words::<N, TEXT>(rows, group * GROUP..group * GROUP + answers.len(), padded, &mut staged);
            self.find::<N, TEXT>(&mut staged, answers);
        }
    }

    /// Stages the keys of a group's rows, which are words.
    #[inline]
    fn stage_words<const N: usize, const TEXT: bool>(
        &self,
        rows: Rows<'_>,
        group: Range<usize>,
        padded: &Range<usize>,
        staged: &mut Staged<N>,
    ) {
        for (n, row) in group.enumerate() {
            let mut key = *rows.key(row, N).first_chunk().expect("a key has its words");
            for at in self.texts_of::<N, TEXT>() {
                // SAFETY: by the contract of `probe`, these are the words of a text that is alive, and of `padded`.
                let text = unsafe { text_key(key[at], key[at + 1], padded) };
                key[at..at + 2].copy_from_slice(&text);
            }
            self.stage::<N, TEXT>(n, key, staged);
        }
    }

    /// Where texts start in a key of N words. The compiler unrolls loops over them, so that keys stay in registers.
    #[inline]
    fn texts_of<const N: usize, const TEXT: bool>(&self) -> impl Iterator<Item = usize> + use<N, TEXT> {
        // Two words with a text are that text.
        let texts = if N == 2 { 1 } else { self.texts };
        (0..if TEXT { N - 1 } else { 0 }).filter(move |at| texts >> at & 1 == 1)
    }

    fn probe_bytes(&mut self, rows: Rows<'_>, own: bool, answer: Answer, answers: &mut [u64]) {
        let mut staged = Staged::<2>::new(answer);
        let mut scratch = std::mem::take(&mut self.scratch);
        for (group, answers) in answers.chunks_mut(GROUP).enumerate() {
            self.make_room(GROUP);
            self.stage_bytes(rows, group * GROUP..group * GROUP + answers.len(), &mut scratch, &mut staged);
            let before = self.len;
            self.find::<2, true>(&mut staged, answers);
            if own {
                self.keep_own(before, rows, group * GROUP, &staged);
            }
        }
        self.scratch = scratch;
    }

    /// Stages the canonical bytes of a group's keys, which are in `scratch` then.
    fn stage_bytes(&self, rows: Rows<'_>, group: Range<usize>, scratch: &mut Vec<u8>, staged: &mut Staged<2>) {
        let mut ends = [0; GROUP];
        scratch.clear();
        for (end, n) in ends.iter_mut().zip(group.clone()) {
            codec::encode_key(built(&self.key, rows.key(n, self.key.words())), scratch);
            *end = scratch.len();
        }
        scratch.extend_from_slice(&[0; 16]);
        let first = scratch.as_ptr().expose_provenance();
        let padded = first..first + scratch.len() - 15;
        let mut start = 0;
        for (n, &end) in ends[..group.len()].iter().enumerate() {
            // SAFETY: these bytes are in `scratch`, which stays as it is until they have been looked for, and goes 16
            // bytes further than the last of them.
            let key = unsafe { text_key((first + start) as Word, (end - start) as Word, &padded) };
            start = end;
            self.stage::<2, true>(n, key, staged);
        }
    }

    /// Keeps the own bytes of the keys that a group has added, from entry `before` on, where they are not the canonical.
    /// `first` is the group's first row.
    fn keep_own(&mut self, before: usize, rows: Rows<'_>, first: usize, staged: &Staged<2>) {
        for (entry, n) in (before..self.len).zip(staged.added) {
            let n = usize::from(n);
            let mut block = vec![0; size_of::<Word>()];
            codec::encode(built(&self.key, rows.key(first + n, self.key.words())), &mut block);
            let (header, own) = block.split_at_mut(size_of::<Word>());
            if own != self.text_bytes(EntryIdx(entry as u32), 0) {
                header.copy_from_slice(&(own.len() as Word).to_ne_bytes());
                self.entries[entry * self.entry_words + 2] = self.heap.push(&block);
            }
        }
    }

    /// Takes a key into the group that is staged; its slot is on the way to the cache then.
    #[inline]
    fn stage<const N: usize, const TEXT: bool>(&self, n: usize, key: [Word; N], staged: &mut Staged<N>) {
        let mut hashed = key;
        for at in self.texts_of::<N, TEXT>() {
            if is_long(key[at + 1]) {
                hashed[at] = hash_long(&key[at..at + 2]);
                staged.any_long = true;
            }
        }
        let tag = ((hash_words(hashed) & self.hash_bits) >> 32) as u32;
        prefetch(self.index.as_ptr().wrapping_add(tag as usize & (self.index.len() - 1)));
        staged.keys[n] = key;
        staged.tags[n] = tag;
    }

    /// Finds or inserts the keys of a group, for which there is room.
    fn find<const N: usize, const TEXT: bool>(&mut self, staged: &mut Staged<N>, answers: &mut [u64]) {
        for (place, tag) in staged.places.iter_mut().zip(&staged.tags).take(answers.len()) {
            let (at, slot) = walk(&self.index, *tag, *tag as usize);
            let number = (slot as u32).wrapping_sub(1) as usize;
            prefetch(self.entries.as_ptr().wrapping_add(number * self.entry_words));
            *place = (at, number);
        }
        if TEXT && staged.any_long {
            self.prefetch_texts::<N>(staged, answers.len());
        }
        let before = self.len;
        for (n, answer) in answers.iter_mut().enumerate() {
            let (at, number) = staged.places[n];
            // Where the slot was free, there is no entry of this number, which is the largest.
            let stored = self.entries.get(number * self.entry_words..number * self.entry_words + N);
            *answer = if stored.is_some_and(|stored| stored == staged.keys[n]) {
                staged.answer.of(number, false)
            } else {
                let (number, new) = self.find_on::<N, TEXT>(&staged.keys[n], staged.tags[n], at);
                if new {
                    staged.added[number - before] = n as u8;
                }
                staged.answer.of(number, new)
            };
        }
    }

    /// Prefetches the long texts that the keys of a group are to be compared with.
    fn prefetch_texts<const N: usize>(&self, staged: &mut Staged<N>, len: usize) {
        for (place, key) in staged.places.iter().zip(&staged.keys).take(len) {
            let start = place.1 * self.entry_words;
            let Some(stored) = self.entries.get(start..start + N) else { continue };
            for at in self.texts_of::<N, true>() {
                if is_long(key[at + 1]) && stored[at + 1] == key[at + 1] {
                    prefetch_text(stored[at], stored[at + 1]);
                }
            }
        }
        staged.any_long = false;
    }

    /// The number of a key's entry, which is found from slot `at` on, and whether it is new.
    #[inline(never)]
    fn find_on<const N: usize, const TEXT: bool>(&mut self, key: &[Word; N], tag: u32, mut at: usize) -> (usize, bool) {
        loop {
            let (found, slot) = walk(&self.index, tag, at);
            if slot == 0 {
                return (self.insert::<N, TEXT>(key, tag, found), true);
            }
            let number = (slot as u32 - 1) as usize;
            let stored = &self.entries[number * self.entry_words..number * self.entry_words + N];
            if stored == key || TEXT && self.same_key::<N>(stored, key) {
                return (number, false);
            }
            at = found + 1;
        }
    }

    /// Whether keys are the same, of which one is stored; their words may differ in the addresses of long texts.
    fn same_key<const N: usize>(&self, stored: &[Word], key: &[Word; N]) -> bool {
        let mut key = *key;
        for at in self.texts_of::<N, true>() {
            if same_text(&stored[at..at + 2], &key[at..at + 2]) {
                key[at] = stored[at];
            }
        }
        stored == key
    }

    fn insert<const N: usize, const TEXT: bool>(&mut self, key: &[Word; N], tag: u32, at: usize) -> usize {
        let start = self.entries.len();
        self.entries.extend_from_slice(key);
        for at in self.texts_of::<N, TEXT>() {
            self.heap.keep(&mut self.entries[start + at..start + at + 2]);
        }
        self.entries.resize(start + self.entry_words, 0);
        self.len += 1;
        let number = u32::try_from(self.len).expect("a partition has fewer than 2^32 keys");
        self.index[at] = u64::from(tag) << 32 | u64::from(number);
        if let Some(added) = &mut self.added {
            added.push(at);
        }
        self.len - 1
    }

    /// Makes room in the index for so many keys, at most half full.
    fn make_room(&mut self, keys: usize) {
        while (self.len + keys) * 2 > self.index.len() {
            self.grow();
        }
    }

    #[cold]
    fn grow(&mut self) {
        let factor = if self.index.len() < FAST_GROWTH { 4 } else { 2 };
        let mut index = vec![0; self.index.len() * factor];
        let mask = index.len() - 1;
        for &slot in self.index.iter().filter(|slot| **slot != 0) {
            let mut at = (slot >> 32) as usize & mask;
            while index[at] != 0 {
                at = (at + 1) & mask;
            }
            index[at] = slot;
        }
        self.index = index;
    }
}

/// The first slot from `at` on that is free or has the tag.
#[inline]
fn walk(index: &[u64], tag: u32, mut at: usize) -> (usize, u64) {
    loop {
        at &= index.len() - 1;
        let slot = index[at];
        if slot == 0 || (slot >> 32) as u32 == tag {
            return (at, slot);
        }
        at += 1;
    }
}
