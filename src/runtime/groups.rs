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
//! Keys, by shape: up to four flat words without floats are compared as words. Texts take two words: up to 15 bytes
//! inline with the length in the top byte, longer ones as an address in the table's heap and the length. Anything else
//! becomes its canonical bytes (`codec::encode_key`), which are then handled as a text; where the key itself may have
//! other bytes (−0.0, NaN, the order of a set) and has, these are kept too, behind a third word.
//!
//! `runtime::table` is the reference that this is tested against. The hash in here is the table's own; what other
//! processes see is [`Groups::key_hash`].

#![allow(unsafe_code, reason = "takes rows as bare words; the reading of texts behind them is in `words`")]

mod words;

#[cfg(test)]
mod tests;

use std::ops::Range;

use super::arena::Arena;
use super::codec;
use super::key;
use super::shape::Shape;
use super::table::EntryIdx;
use super::value::{Word, built, str_words};
use words::{Heap, bytes_at, hash_flat, hash_text, key_bytes, prefetch, same_key, text_key};

/// Rows that are hashed, prefetched and compared together.
const GROUP: usize = 32;

/// Slots of a new index, a power of two.
const FIRST_SLOTS: usize = 128;

/// Up to so many slots the index grows fourfold, then twofold.
const FAST_GROWTH: usize = 1 << 18;

/// A table from keys to states of a fixed number of words.
pub struct Groups {
    key: Shape,
    mode: Mode,
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
    /// What stays of a hash: all bits, or none to make keys collide, see `key::set_hash_zero`.
    hash_bits: u64,
}

/// How keys are stored and compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Mode {
    /// So many words, equal when the keys are.
    Flat(usize),
    /// A text.
    Text,
    /// Canonical bytes, which are the key's own.
    Bytes,
    /// Canonical bytes, and the key's own if they differ.
    BytesAndOwn,
}

impl Mode {
    fn of(key: &Shape) -> Self {
        match key {
            Shape::Str => Self::Text,
            _ if may_differ(key) => Self::BytesAndOwn,
            _ if key.is_flat() && (1..=4).contains(&key.words()) => Self::Flat(key.words()),
            _ => Self::Bytes,
        }
    }

    fn words(self) -> usize {
        match self {
            Self::Flat(words) => words,
            Self::Text | Self::Bytes => 2,
            Self::BytesAndOwn => 3,
        }
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
    len: usize,
    keys: [[Word; N]; GROUP],
    tags: [u32; GROUP],
}

impl Groups {
    /// An empty table.
    pub fn new(key: &Shape, state_words: usize) -> Self {
        let mode = Mode::of(key);
        Self {
            key: key.clone(),
            mode,
            key_words: mode.words(),
            entry_words: mode.words() + state_words,
            index: vec![0; FIRST_SLOTS],
            entries: Vec::new(),
            len: 0,
            heap: Heap::default(),
            scratch: Vec::new(),
            hash_bits: if key::hash_is_zero() { 0 } else { u64::MAX },
        }
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

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Bytes that the table holds.
    pub fn memory(&self) -> usize {
        (self.index.capacity() + self.entries.capacity()) * size_of::<u64>()
            + self.heap.allocated()
            + self.scratch.capacity()
    }

    /// Removes all keys; memory is kept, but for that of long keys.
    pub fn clear(&mut self) {
        self.index.fill(0);
        self.entries.clear();
        self.len = 0;
        self.heap = Heap::default();
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
        states.clear();
        states.resize(count, 0);
        self.entries.reserve(count * self.entry_words);
        for (n, states) in states.chunks_mut(GROUP).enumerate() {
            let rows = &rows[n * GROUP * stride..];
            self.make_room();
            match self.mode {
                Mode::Flat(1) => self.probe_flat::<1>(rows, stride, states),
                Mode::Flat(2) => self.probe_flat::<2>(rows, stride, states),
                Mode::Flat(3) => self.probe_flat::<3>(rows, stride, states),
                Mode::Flat(_) => self.probe_flat::<4>(rows, stride, states),
                Mode::Text => self.probe_texts(rows, stride, &padded, states),
                Mode::Bytes | Mode::BytesAndOwn => self.probe_bytes(rows, stride, states),
            }
        }
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
        // SAFETY: the caller sees to it.
        unsafe { self.probe(rows, stride, count, padded, numbers) };
        let bytes = |words: usize| (words * size_of::<Word>()) as u64;
        let (first, size) = (self.entries.as_ptr() as u64 + bytes(self.key_words), bytes(self.entry_words));
        numbers.iter_mut().for_each(|number| *number = ((*number & !1) - first) / size);
    }

    fn probe_flat<const N: usize>(&mut self, rows: &[Word], stride: usize, states: &mut [u64]) {
        let mut staged = Staged { len: states.len(), keys: [[0; N]; GROUP], tags: [0; GROUP] };
        for n in 0..states.len() {
            let key = *rows[n * stride..].first_chunk::<N>().expect("a row has its key's words");
            staged.keys[n] = key;
            staged.tags[n] = self.tag(hash_flat(key));
        }
        self.find::<N, false>(&staged, states);
    }

    fn probe_texts(&mut self, rows: &[Word], stride: usize, padded: &Range<usize>, states: &mut [u64]) {
        let mut staged = Staged { len: states.len(), keys: [[0; 2]; GROUP], tags: [0; GROUP] };
        for n in 0..states.len() {
            let [address, len] = *rows[n * stride..].first_chunk().expect("a row has its key's words");
            // SAFETY: by the contract of `probe`, these are the words of a text that is alive, and of `padded`.
            let key = unsafe { text_key(address, len, padded) };
            staged.keys[n] = key;
            staged.tags[n] = self.tag(hash_text(key));
        }
        self.find::<2, true>(&staged, states);
    }

    fn probe_bytes(&mut self, rows: &[Word], stride: usize, states: &mut [u64]) {
        let mut ends = [0; GROUP];
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        for n in 0..states.len() {
            codec::encode_key(built(&self.key, &rows[n * stride..][..self.key.words()]), &mut scratch);
            ends[n] = scratch.len();
        }
        scratch.extend_from_slice(&[0; 16]);
        let padded = scratch.as_ptr() as usize..scratch.as_ptr() as usize + scratch.len() - 15;
        let mut staged = Staged { len: states.len(), keys: [[0; 2]; GROUP], tags: [0; GROUP] };
        for n in 0..states.len() {
            let start = if n == 0 { 0 } else { ends[n - 1] };
            let [address, len] = [scratch[start..].as_ptr() as Word, (ends[n] - start) as Word];
            // SAFETY: these bytes are in `scratch`, which stays as it is until the end of this function and goes 16
            // bytes further than the last of them.
            let key = unsafe { text_key(address, len, &padded) };
            staged.keys[n] = key;
            staged.tags[n] = self.tag(hash_text(key));
        }
        let before = self.len;
        self.find::<2, true>(&staged, states);
        if self.mode == Mode::BytesAndOwn {
            self.keep_own(before, rows, stride, states);
        }
        self.scratch = scratch;
    }

    /// Keeps the own bytes of the keys that a group has added, from entry `first` on, where they are not the canonical.
    fn keep_own(&mut self, first: usize, rows: &[Word], stride: usize, states: &[u64]) {
        let new = (0..states.len()).filter(|n| states[*n] & 1 == 1);
        for (entry, n) in (first..).zip(new) {
            let mut block = vec![0; size_of::<Word>()];
            codec::encode(built(&self.key, &rows[n * stride..][..self.key.words()]), &mut block);
            let (header, own) = block.split_at_mut(size_of::<Word>());
            if own != self.canonical(EntryIdx(entry as u32)) {
                header.copy_from_slice(&(own.len() as Word).to_ne_bytes());
                self.entries[entry * self.entry_words + 2] = self.heap.push(&block);
            }
        }
    }

    /// The tag of a hash; its slot is on the way to the cache.
    fn tag(&self, hash: u64) -> u32 {
        let tag = ((hash & self.hash_bits) >> 32) as u32;
        prefetch(&self.index[tag as usize & (self.index.len() - 1)]);
        tag
    }

    /// The first slot from `at` on that is free or has the tag.
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

    /// Finds or inserts the keys of a group, for which there is room.
    fn find<const N: usize, const TEXT: bool>(&mut self, staged: &Staged<N>, states: &mut [u64]) {
        let mut places = [0; GROUP];
        for n in 0..staged.len {
            let tag = staged.tags[n];
            let (at, slot) = Self::walk(&self.index, tag, tag as usize);
            places[n] = at;
            prefetch(self.entries.as_ptr().wrapping_add((slot as u32).wrapping_sub(1) as usize * self.entry_words));
        }
        let base = self.entries.as_ptr() as u64;
        for (n, state) in states.iter_mut().enumerate() {
            let (start, new) = self.find_one::<N, TEXT>(&staged.keys[n], staged.tags[n], places[n]);
            *state = (base + ((start + self.key_words) * size_of::<Word>()) as u64) | u64::from(new);
        }
    }

    /// The first word of a key's entry, and whether it is new.
    fn find_one<const N: usize, const TEXT: bool>(
        &mut self,
        key: &[Word; N],
        tag: u32,
        mut at: usize,
    ) -> (usize, bool) {
        loop {
            let (found, slot) = Self::walk(&self.index, tag, at);
            if slot == 0 {
                return (self.insert::<N, TEXT>(key, tag, found), true);
            }
            let start = (slot as u32 - 1) as usize * self.entry_words;
            let stored = self.entries[start..].first_chunk::<N>().expect("an entry has its key's words");
            if stored == key || TEXT && same_key(&stored[..], &key[..]) {
                return (start, false);
            }
            at = found + 1;
        }
    }

    #[cold]
    fn insert<const N: usize, const TEXT: bool>(&mut self, key: &[Word; N], tag: u32, at: usize) -> usize {
        let start = self.entries.len();
        if TEXT {
            self.entries.extend_from_slice(&self.heap.keep([key[0], key[1]]));
        } else {
            self.entries.extend_from_slice(key);
        }
        self.entries.resize(start + self.entry_words, 0);
        self.len += 1;
        let number = u32::try_from(self.len).expect("a partition has fewer than 2^32 keys");
        self.index[at] = u64::from(tag) << 32 | u64::from(number);
        start
    }

    /// Makes room in the index for a group, at most half full.
    fn make_room(&mut self) {
        while (self.len + GROUP) * 2 > self.index.len() {
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

    /// The entries in order of first arrival.
    pub fn ordered(&self) -> impl ExactSizeIterator<Item = EntryIdx> + use<> {
        (0..self.len as u32).map(EntryIdx)
    }

    /// The words of an entry's state.
    pub fn state(&self, entry: EntryIdx) -> &[Word] {
        &self.entry(entry)[self.key_words..]
    }

    fn entry(&self, entry: EntryIdx) -> &[Word] {
        &self.entries[entry.0 as usize * self.entry_words..][..self.entry_words]
    }

    /// The bytes of a text, or the canonical bytes of a key that is stored as such.
    fn canonical(&self, entry: EntryIdx) -> &[u8] {
        let key = self.entry(entry).first_chunk().expect("an entry has its key's words");
        // SAFETY: in the modes that call this, the two words are what `Heap::keep` returned, and the heap is alive.
        unsafe { key_bytes(key) }
    }

    /// What `codec::encode` gave for the key that arrived first, in the modes with bytes.
    fn own(&self, entry: EntryIdx) -> &[u8] {
        let block = if self.mode == Mode::BytesAndOwn { self.entry(entry)[2] } else { 0 };
        if block == 0 {
            return self.canonical(entry);
        }
        let header = size_of::<Word>();
        // SAFETY: `keep_own` put a block with its length in front here, into the heap, which is alive.
        let len = unsafe { bytes_at(block, header) };
        let len = len.iter().rev().fold(0, |len, byte| len << 8 | usize::from(*byte));
        // SAFETY: as above; the bytes follow their length.
        unsafe { bytes_at(block + header as Word, len) }
    }

    fn text(&self, entry: EntryIdx) -> &str {
        std::str::from_utf8(self.canonical(entry)).expect("the bytes were copied from a text")
    }

    /// Appends the words of an entry's key as it first arrived. They point into the table and into the arena, and are
    /// good until the next [`Groups::probe`].
    pub fn key_words<'a>(&'a self, entry: EntryIdx, arena: &'a Arena, out: &mut Vec<Word>) {
        match self.mode {
            Mode::Flat(words) => out.extend_from_slice(&self.entry(entry)[..words]),
            Mode::Text => out.extend(str_words(self.text(entry))),
            Mode::Bytes | Mode::BytesAndOwn => {
                codec::decode(&self.key, &mut self.own(entry), arena, out).expect("the bytes were encoded from a key");
            }
        }
    }

    /// Appends what `codec::encode` gives for an entry's key as it first arrived.
    pub fn key_encoded(&self, entry: EntryIdx, out: &mut Vec<u8>) {
        match self.mode {
            Mode::Flat(words) => codec::encode(built(&self.key, &self.entry(entry)[..words]), out),
            Mode::Text => codec::put_str(self.text(entry), out),
            Mode::Bytes | Mode::BytesAndOwn => out.extend_from_slice(self.own(entry)),
        }
    }

    /// The stable hash (`key::hash`) of an entry's key, which says where it goes.
    pub fn key_hash(&self, entry: EntryIdx) -> u64 {
        match self.mode {
            Mode::Flat(words) => key::hash(built(&self.key, &self.entry(entry)[..words])),
            Mode::Text => key::hash_str(self.text(entry)),
            Mode::Bytes | Mode::BytesAndOwn => {
                let (arena, mut words) = (Arena::new(), Vec::with_capacity(self.key.words()));
                self.key_words(entry, &arena, &mut words);
                key::hash(built(&self.key, &words))
            }
        }
    }

    /// The shape of keys.
    pub fn key_shape(&self) -> &Shape {
        &self.key
    }
}
