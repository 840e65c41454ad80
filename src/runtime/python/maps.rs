//! Sets and maps: building them, finding in them, combining them.
//!
//! Objects lie as `value` documents. Semantics are those of Python's dict: for equal keys the last value wins and the
//! first position stays; iteration is in order of first insertion, for sets too. Keys are compared by `key::eq`.

use super::operators::shown;
use crate::runtime::call::abi::{ObjRef, Words};
use crate::runtime::call::cx::Cx;
use crate::runtime::call::trap::{Reason, Res, Trap};
use crate::runtime::value::arena::Arena;
use crate::runtime::value::key;
use crate::runtime::value::shape::Shape;
use crate::runtime::value::words::{Value, Word, built};

/// Tables of up to this many entries have no buckets and are scanned.
const SCANNED: usize = 8;

/// Number of buckets for a number of entries: at most two thirds of them are taken.
fn buckets_for(len: usize) -> usize {
    if len <= SCANNED { 0 } else { (len + len / 2).next_power_of_two() }
}

/// A set or map that is being built.
pub struct Table<'s> {
    key: &'s Shape,
    /// Words of an entry.
    width: usize,
    len: usize,
    entries: Vec<Word>,
    buckets: Vec<Word>,
}

impl<'s> Table<'s> {
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
    fn item_at(&self, n: usize) -> &[Word] {
        &self.entries[n * self.width + self.key.words()..(n + 1) * self.width]
    }

    /// Number of the entry with this key.
    fn find(&self, key: Value<'_>) -> Option<usize> {
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

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.len == 0
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
pub(in crate::runtime) fn table_word(
    arena: &Arena,
    key: &Shape,
    item: Option<&Shape>,
    len: usize,
    entries: &[Word],
) -> Option<Word> {
    let table = match item {
        None => Table::set(key),
        Some(item) => Table::map(key, item),
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
pub fn find(table: Value<'_>, key: Value<'_>) -> Option<usize> {
    let buckets = table.buckets();
    if buckets.is_empty() {
        return table.items().position(|item| key::eq(item, key));
    }
    probe(buckets, key::hash(key), |n| key::eq(table.key_at(n), key)).ok()
}

/// `set(list)`, also of a map's keys.
pub fn set(cx: &Cx, items: Value<'_>) -> Res<ObjRef> {
    let mut table = Table::set(items.elem_shape());
    for item in items.items() {
        table.insert(item, &[]);
    }
    Ok(table.finish(&cx.arena))
}

/// `dict(pairs)`
pub fn dict(cx: &Cx, pairs: Value<'_>) -> Res<ObjRef> {
    let shapes = &pairs.elem_shape_components().shapes;
    let mut table = Table::map(&shapes[0], &shapes[1]);
    for pair in pairs.items() {
        table.insert(pair.field(0), pair.field(1).words());
    }
    Ok(table.finish(&cx.arena))
}

/// `key in table`
pub fn contains(_cx: &Cx, table: Value<'_>, key: Value<'_>) -> Res<bool> {
    Ok(find(table, key).is_some())
}

/// `map[key]`
pub fn item<'a>(_cx: &'a Cx, map: Value<'a>, key: Value<'a>) -> Res<Words<'a>> {
    let n = find(map, key).ok_or_else(|| Trap::new(Reason::Key, format!("key not found: {}", shown(key))))?;
    Ok(Words(map.entry(n).1.words()))
}

/// `map.get(key)`
pub fn get<'a>(cx: &'a Cx, map: Value<'a>, key: Value<'a>) -> Res<Words<'a>> {
    let words = cx.arena.zeroed(1 + map.item_shape().words());
    if let Some(n) = find(map, key) {
        words[0] = 1;
        words[1..].copy_from_slice(map.entry(n).1.words());
    }
    Ok(Words(words))
}

/// `list(map.values())`
pub fn values(cx: &Cx, map: Value<'_>) -> Res<ObjRef> {
    Ok(cx.list(|out| map.entries().inspect(|(_, item)| out.extend_from_slice(item.words())).count()))
}

/// `list(map.items())`
pub fn items(cx: &Cx, map: Value<'_>) -> Res<ObjRef> {
    Ok(cx.list(|out| {
        for (key, item) in map.entries() {
            out.extend_from_slice(key.words());
            out.extend_from_slice(item.words());
        }
        map.len()
    }))
}

/// A set of the elements that pass, in their order.
fn set_of<'a>(cx: &Cx, like: Value<'a>, items: impl Iterator<Item = Value<'a>>) -> ObjRef {
    let mut table = Table::set(like.elem_shape());
    for item in items {
        table.insert(item, &[]);
    }
    table.finish(&cx.arena)
}

/// `a | b` of sets: those of `a`, then the new ones of `b`.
pub fn union(cx: &Cx, a: Value<'_>, b: Value<'_>) -> Res<ObjRef> {
    Ok(set_of(cx, a, a.items().chain(b.items())))
}

/// `a & b` of sets, in the order of `a`.
pub fn intersection(cx: &Cx, a: Value<'_>, b: Value<'_>) -> Res<ObjRef> {
    Ok(set_of(cx, a, a.items().filter(|&item| find(b, item).is_some())))
}

/// `a - b` of sets, in the order of `a`.
pub fn difference(cx: &Cx, a: Value<'_>, b: Value<'_>) -> Res<ObjRef> {
    Ok(set_of(cx, a, a.items().filter(|&item| find(b, item).is_none())))
}

/// `a ^ b` of sets: those of `a` alone, then those of `b` alone.
pub fn symmetric_difference(cx: &Cx, a: Value<'_>, b: Value<'_>) -> Res<ObjRef> {
    let left = a.items().filter(|&item| find(b, item).is_none());
    Ok(set_of(cx, a, left.chain(b.items().filter(|&item| find(a, item).is_none()))))
}

/// `a <= b` of sets.
pub fn is_subset(_cx: &Cx, a: Value<'_>, b: Value<'_>) -> Res<bool> {
    Ok(a.len() <= b.len() && a.items().all(|item| find(b, item).is_some()))
}

/// A map of these entries; the last of equal keys wins.
fn map_of<'a>(cx: &Cx, like: Value<'a>, entries: impl Iterator<Item = (Value<'a>, Value<'a>)>) -> ObjRef {
    let mut table = Table::map(like.elem_shape(), like.item_shape());
    for (key, item) in entries {
        table.insert(key, item.words());
    }
    table.finish(&cx.arena)
}

/// `a | b` of maps: the values of `b` win.
pub fn merge(cx: &Cx, a: Value<'_>, b: Value<'_>) -> Res<ObjRef> {
    Ok(map_of(cx, a, a.entries().chain(b.entries())))
}

/// The map with a value for a key.
pub fn updated(cx: &Cx, map: Value<'_>, key: Value<'_>, item: Value<'_>) -> Res<ObjRef> {
    Ok(map_of(cx, map, map.entries().chain(std::iter::once((key, item)))))
}

/// How often each element of a list occurs.
pub fn count_by_value(cx: &Cx, items: Value<'_>) -> Res<ObjRef> {
    let mut table = Table::map(items.elem_shape(), &Shape::Int);
    for item in items.items() {
        let n = table.find(item).map_or(0, |n| table.item_at(n)[0]);
        table.insert(item, &[n + 1]);
    }
    Ok(table.finish(&cx.arena))
}

/// The map without a key.
pub fn without(cx: &Cx, map: Value<'_>, key: Value<'_>) -> Res<ObjRef> {
    let gone = find(map, key);
    Ok(map_of(cx, map, map.entries().enumerate().filter(|&(n, _)| Some(n) != gone).map(|(_, entry)| entry)))
}
