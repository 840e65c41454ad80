//! The objects of sets and maps: building them and finding entries in them.
//!
//! Objects lie in memory as `words` documents. For equal keys the last value wins and the first position stays, as in
//! Python's dict; iteration is in order of first insertion, for sets too. Keys are compared by [`key::eq`].

use super::arena::Arena;
use super::key;
use super::shape::Shape;
use super::words::{ObjRef, Table, Value, Word, built};

/// Tables of up to this many entries have no buckets and are scanned.
const SCANNED: usize = 8;

/// Number of buckets for a number of entries: at most two thirds of them are taken.
fn buckets_for(len: usize) -> usize {
    if len <= SCANNED { 0 } else { (len + len / 2).next_power_of_two() }
}

/// A set or map that is being built.
pub struct TableBuilder<'s> {
    key: &'s Shape,
    /// Words of an entry.
    width: usize,
    len: usize,
    entries: Vec<Word>,
    buckets: Vec<Word>,
}

impl<'s> TableBuilder<'s> {
    /// An empty set.
    pub fn set(key: &'s Shape) -> Self {
        Self { key, width: key.words(), len: 0, entries: Vec::new(), buckets: Vec::new() }
    }

    /// An empty map.
    pub fn map(key: &'s Shape, item: &Shape) -> Self {
        Self { width: key.words() + item.words(), ..Self::set(key) }
    }

    /// Makes room for this many entries in all.
    #[must_use]
    pub fn with_capacity(mut self, len: usize) -> Self {
        self.entries.reserve(len * self.width);
        self.grow(buckets_for(len));
        self
    }

    /// The key of an entry.
    fn key_at(&self, n: usize) -> Value<'_> {
        built(self.key, &self.entries[n * self.width..n * self.width + self.key.words()])
    }

    /// The words of the value of an entry.
    pub fn item_at(&self, n: usize) -> &[Word] {
        &self.entries[n * self.width + self.key.words()..(n + 1) * self.width]
    }

    /// Number of the entry with this key.
    pub fn find(&self, key: Value<'_>) -> Option<usize> {
        if self.buckets.is_empty() {
            return (0..self.len).find(|&n| key::eq(self.key_at(n), key));
        }
        probe(&self.buckets, key::hash(key), |n| key::eq(self.key_at(n), key)).ok()
    }

    /// Sets the value of a key (no words in a set); whether the key is new.
    pub fn insert(&mut self, key: Value<'_>, item: &[Word]) -> bool {
        if let Some(n) = self.find(key) {
            let at = n * self.width + self.key.words();
            self.entries[at..at + item.len()].copy_from_slice(item);
            return false;
        }
        if buckets_for(self.len + 1) > self.buckets.len() {
            self.grow(buckets_for(self.len + 1));
        }
        self.entries.extend_from_slice(key.words());
        self.entries.extend_from_slice(item);
        if !self.buckets.is_empty() {
            place(&mut self.buckets, key::hash(key), self.len);
        }
        self.len += 1;
        true
    }

    /// Makes buckets anew for what is there.
    fn grow(&mut self, n_buckets: usize) {
        self.buckets = vec![0; n_buckets];
        if n_buckets > 0 {
            for n in 0..self.len {
                let hash = key::hash(self.key_at(n));
                place(&mut self.buckets, hash, n);
            }
        }
    }

    /// The object, in the arena.
    pub fn finish(self, arena: &Arena) -> ObjRef {
        let (n_buckets, start) = (self.buckets.len(), 2 + self.buckets.len());
        let object = arena.zeroed(start + self.entries.len());
        object[0] = self.len as Word;
        object[1] = n_buckets as Word;
        object[2..start].copy_from_slice(&self.buckets);
        object[start..].copy_from_slice(&self.entries);
        ObjRef(object.as_ptr() as Word)
    }
}

/// Looks from the hash's bucket on: the entry that fits, or the free bucket where the search ended.
fn probe(buckets: &[Word], hash: u64, fits: impl Fn(usize) -> bool) -> Result<usize, usize> {
    let mask = buckets.len() - 1;
    let mut at = hash as usize & mask;
    loop {
        match buckets[at] {
            0 => return Err(at),
            n if fits(n as usize - 1) => return Ok(n as usize - 1),
            _ => at = (at + 1) & mask,
        }
    }
}

/// Puts a new entry into the first free bucket.
fn place(buckets: &mut [Word], hash: u64, entry: usize) {
    if let Err(at) = probe(buckets, hash, |_| false) {
        buckets[at] = entry as Word + 1;
    }
}

/// The word of a set (`item` is `None`) or map with these entries' words, or `None` if two keys are equal.
pub(super) fn table_word(
    arena: &Arena,
    key: &Shape,
    item: Option<&Shape>,
    len: usize,
    entries: &[Word],
) -> Option<Word> {
    let table = match item {
        None => TableBuilder::set(key),
        Some(item) => TableBuilder::map(key, item),
    };
    let mut table = table.with_capacity(len);
    for n in 0..len {
        let (key_words, item_words) = entries[n * table.width..(n + 1) * table.width].split_at(key.words());
        if !table.insert(built(key, key_words), item_words) {
            return None;
        }
    }
    Some(table.finish(arena).0)
}

/// The number of the entry with this key in a set or map.
pub fn find(set_or_map: Value<'_>, key: Value<'_>) -> Option<usize> {
    find_in(set_or_map, set_or_map.table(), key)
}

fn find_in(set_or_map: Value<'_>, table: Table<'_>, key: Value<'_>) -> Option<usize> {
    let scanned = table.buckets.is_empty();
    let shape = set_or_map.elem_shape();
    // Keys that are one word each, and texts of small tables, are compared where they lie.
    if let Shape::Int | Shape::Bool = shape {
        let word = key.words()[0];
        return if scanned {
            table.entries.chunks_exact(table.width).position(|entry| entry[0] == word)
        } else {
            probe(table.buckets, key::hash_words(&[word]), |n| table.entry(n)[0] == word).ok()
        };
    }
    if !scanned {
        return probe(table.buckets, key::hash(key), |n| key::eq(set_or_map.key_at(n), key)).ok();
    }
    if let Shape::Str = shape {
        let text = key.str();
        return set_or_map.items().position(|item| item.str() == text);
    }
    set_or_map.items().position(|item| key::eq(item, key))
}

/// The item of a key in a map.
pub fn find_item<'a>(map: Value<'a>, key: Value<'_>) -> Option<Value<'a>> {
    let table = map.table();
    find_in(map, table, key).map(|n| map.item_in(table, n))
}
