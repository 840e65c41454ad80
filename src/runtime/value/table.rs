//! The aggregation table: keys in order of first arrival, each with a state of a few words.
//!
//! Keys are stored as their canonical bytes, so that equality is equality of bytes; when canonical bytes may differ from
//! the value's own (floats: −0.0), the first key's own bytes are stored beside. States that point to memory own it: they
//! are copied into the table's heap, which is compacted when most of it is garbage.

#![allow(unsafe_code, reason = "reads back states that it copied into its own heap")]

use hashbrown::HashTable;

use super::arena::Arena;
use super::codec;
use super::key;
use super::shape::Shape;
use super::words::{Value, Word};

/// A table from keys to states.
pub struct Table {
    key_shape: Shape,
    state_shape: Shape,
    own_keys: bool,
    index: HashTable<u32>,
    entries: Vec<Entry>,
    keys: Vec<u8>,
    states: Vec<Word>,
    heap: Arena,
    heap_limit: usize,
    scratch: Vec<u8>,
}

struct Entry {
    hash: u64,
    start: usize,
    canonical: u32,
    own: u32,
}

/// An entry of a table, in order of first arrival.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EntryIdx(pub u32);

const HEAP_START: usize = 1 << 20;

impl Table {
    /// An empty table.
    pub fn new(key_shape: Shape, state_shape: Shape) -> Self {
        let own_keys = has_float(&key_shape);
        Self {
            key_shape,
            state_shape,
            own_keys,
            index: HashTable::new(),
            entries: Vec::new(),
            keys: Vec::new(),
            states: Vec::new(),
            heap: Arena::new(),
            heap_limit: HEAP_START,
            scratch: Vec::new(),
        }
    }

    /// Number of keys.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Bytes that the table holds.
    pub fn memory(&self) -> usize {
        self.keys.capacity()
            + self.entries.capacity() * size_of::<Entry>()
            + self.states.capacity() * size_of::<Word>()
            + self.index.capacity() * 5
            + self.heap.allocated()
    }

    /// The entry of a key, if there is one.
    pub fn find(&mut self, key: Value<'_>) -> Option<EntryIdx> {
        self.scratch.clear();
        codec::encode_key(key, &mut self.scratch);
        self.find_hashed(key::hash(key))
    }

    /// The entry of the key in `scratch`.
    fn find_hashed(&self, hash: u64) -> Option<EntryIdx> {
        let equal = |idx: &u32| {
            let entry = &self.entries[*idx as usize];
            let bytes = &self.keys[entry.start..entry.start + entry.canonical as usize];
            entry.hash == hash && *bytes == *self.scratch
        };
        self.index.find(hash, equal).map(|idx| EntryIdx(*idx))
    }

    /// The entry of a key; a new one has a zeroed state that [`Table::set`] must fill.
    pub fn find_or_insert(&mut self, key: Value<'_>) -> (EntryIdx, bool) {
        self.scratch.clear();
        codec::encode_key(key, &mut self.scratch);
        let hash = key::hash(key);
        if let Some(idx) = self.find_hashed(hash) {
            return (idx, false);
        }
        let idx = u32::try_from(self.entries.len()).expect("a partition has fewer than 2^32 keys");
        self.add(key, hash);
        let entries = &self.entries;
        self.index.insert_unique(hash, idx, |idx| entries[*idx as usize].hash);
        (EntryIdx(idx), true)
    }

    fn add(&mut self, key: Value<'_>, hash: u64) {
        let start = self.keys.len();
        self.keys.extend_from_slice(&self.scratch);
        let canonical = self.scratch.len() as u32;
        if self.own_keys {
            codec::encode(key, &mut self.keys);
        }
        let own = (self.keys.len() - start) as u32 - canonical;
        self.entries.push(Entry { hash, start, canonical, own });
        self.states.resize(self.states.len() + self.state_shape.words(), 0);
    }

    /// The hash of an entry's key, see [`key::hash`].
    pub fn key_hash(&self, idx: EntryIdx) -> u64 {
        self.entries[idx.0 as usize].hash
    }

    /// The encoding of an entry's key, as it first arrived.
    pub fn key_bytes(&self, idx: EntryIdx) -> &[u8] {
        let entry = &self.entries[idx.0 as usize];
        let canonical_end = entry.start + entry.canonical as usize;
        if self.own_keys {
            &self.keys[canonical_end..canonical_end + entry.own as usize]
        } else {
            &self.keys[entry.start..canonical_end]
        }
    }

    /// The words of an entry's state.
    pub fn state(&self, idx: EntryIdx) -> &[Word] {
        let width = self.state_shape.words();
        &self.states[idx.0 as usize * width..(idx.0 as usize + 1) * width]
    }

    /// Changes an entry's state to a value, which is copied.
    pub fn set(&mut self, idx: EntryIdx, state: Value<'_>) {
        let width = self.state_shape.words();
        let at = idx.0 as usize * width;
        if self.state_shape.is_flat() {
            self.states[at..at + width].copy_from_slice(state.words());
            return;
        }
        let mut words = Vec::with_capacity(width);
        state.copy_to(&self.heap, &mut words);
        self.states[at..at + width].copy_from_slice(&words);
        if self.heap.allocated() > self.heap_limit {
            self.compact();
        }
    }

    /// Copies live states to a new heap.
    fn compact(&mut self) {
        let (heap, width) = (Arena::new(), self.state_shape.words());
        let mut states = Vec::with_capacity(self.states.len());
        for words in self.states.chunks_exact(width) {
            // A new entry whose state is yet to be set is all zero, and points nowhere.
            if words.iter().all(|word| *word == 0) {
                states.extend_from_slice(words);
            } else {
                // SAFETY: `set` copied a state of this shape here, and `self.heap` is alive until the end of this function.
                unsafe { Value::new(&self.state_shape, words) }.copy_to(&heap, &mut states);
            }
        }
        self.heap_limit = (heap.allocated() * 2).max(HEAP_START);
        self.heap = heap;
        self.states = states;
    }

    /// The shape of keys.
    pub fn key_shape(&self) -> &Shape {
        &self.key_shape
    }

    /// The shape of states.
    pub fn state_shape(&self) -> &Shape {
        &self.state_shape
    }
}

fn has_float(shape: &Shape) -> bool {
    match shape {
        Shape::Float => true,
        Shape::Int | Shape::Bool | Shape::Str => false,
        Shape::Tuple(components) => components.shapes.iter().any(has_float),
        Shape::Option(inner) | Shape::List(inner) | Shape::Set(inner) => has_float(inner),
        Shape::Map(key, value) => has_float(key) || has_float(value),
    }
}
