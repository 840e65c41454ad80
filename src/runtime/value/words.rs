//! Values as words, and the one safe way to read them.
//!
//! Registers, emit buffers and tables hold bare words. [`Value`] pairs words with their shape; making one is the only
//! unsafe step, and its contract is the invariant that the whole runtime keeps: *words of a shape were written by code
//! that produces that shape, and what they point to is still alive*. Everything that walks values (printing, hashing,
//! encoding, …) is safe code over `Value`.
//!
//! Layout of objects: a list is `[len, elements …]`. A set or map is `[len, n_buckets, buckets …, entries …]`, entries in
//! order of first insertion, each the words of the key and of the value; a bucket holds the entry's number plus one, or
//! zero; `n_buckets` is a power of two, or 0 for tables of up to eight entries, which are scanned.

#![allow(unsafe_code, reason = "owns the reading of words as values; every block states why the address is valid")]

use super::arena::Arena;
use super::shape::{Components, Shape};

pub use super::shape::Word;

/// A list, set or map: the address of its object.
#[derive(Clone, Copy)]
pub struct ObjRef(pub Word);

/// The words of a text.
pub fn str_words(text: &str) -> [Word; 2] {
    [text.as_ptr() as Word, text.len() as Word]
}

/// The word of a list that holds these words of elements; `len` counts elements.
pub fn list_word(arena: &Arena, len: usize, elements: &[Word]) -> Word {
    let object = arena.zeroed(1 + elements.len());
    object[0] = len as Word;
    object[1..].copy_from_slice(elements);
    object.as_ptr() as Word
}

/// The word of a list of texts.
pub fn str_list<'a>(arena: &Arena, items: impl IntoIterator<Item = &'a str>) -> Word {
    let mut words = vec![];
    for item in items {
        words.extend(str_words(item));
    }
    list_word(arena, words.len() / 2, &words)
}

/// The word of the empty list (also of the empty set and map).
pub fn empty_object() -> Word {
    static EMPTY: [Word; 2] = [0, 0];
    EMPTY.as_ptr() as Word
}

/// Reads words that the runtime itself has just written as a value of `shape`, such as an entry of a table that is being
/// built. Safe to call within this layer only: the caller is the typed code that the contract of [`Value::new`] asks for.
pub(in crate::runtime) fn built<'a>(shape: &'a Shape, words: &'a [Word]) -> Value<'a> {
    // SAFETY: callers are modules of the runtime that copied the words from values of the shape or decoded them as such,
    // and whose arena or borrowed input outlives 'a.
    unsafe { Value::new(shape, words) }
}

/// Words with their shape: a value.
#[derive(Clone, Copy)]
pub struct Value<'a> {
    shape: &'a Shape,
    words: &'a [Word],
}

/// The memory of a set or map.
#[derive(Clone, Copy)]
pub(super) struct Table<'a> {
    /// For each bucket the number of its entry plus one, or zero; empty if the table is to be scanned.
    pub(super) buckets: &'a [Word],
    /// The words of all entries.
    pub(super) entries: &'a [Word],
    /// Words of one entry.
    pub(super) width: usize,
}

impl<'a> Table<'a> {
    /// The words of an entry: those of its key, then those of its item.
    pub(super) fn entry(self, n: usize) -> &'a [Word] {
        &self.entries[n * self.width..(n + 1) * self.width]
    }
}

impl<'a> Value<'a> {
    /// Reads words as a value.
    ///
    /// # Safety
    /// `words` were written as a value of `shape` (a register group, row or object that typed code filled), and what
    /// they point to stays alive and unchanged for `'a`.
    pub unsafe fn new(shape: &'a Shape, words: &'a [Word]) -> Self {
        debug_assert_eq!(shape.words(), words.len(), "{shape:?}");
        Self { shape, words }
    }

    /// Its shape.
    pub fn shape(self) -> &'a Shape {
        self.shape
    }

    /// Its words.
    pub fn words(self) -> &'a [Word] {
        self.words
    }

    /// An int.
    pub fn int(self) -> i64 {
        self.words[0] as i64
    }

    /// A float.
    pub fn float(self) -> f64 {
        f64::from_bits(self.words[0])
    }

    /// A bool.
    pub fn bool(self) -> bool {
        self.words[0] != 0
    }

    /// A text.
    pub fn str(self) -> &'a str {
        assert!(matches!(self.shape, Shape::Str), "not a text: {:?}", self.shape);
        // SAFETY: by the contract of `new`, words of shape `Str` are address and length of valid UTF-8 alive for 'a.
        unsafe {
            let bytes = std::slice::from_raw_parts(self.words[0] as *const u8, self.words[1] as usize);
            std::str::from_utf8_unchecked(bytes)
        }
    }

    /// The components of a tuple or record.
    pub fn components(self) -> &'a Components {
        let Shape::Tuple(components) = self.shape else { panic!("not a tuple: {:?}", self.shape) };
        components
    }

    /// A component of a tuple or record.
    pub fn field(self, idx: usize) -> Self {
        let components = self.components();
        let (shape, at) = (&components.shapes[idx], components.offsets[idx]);
        Self { shape, words: &self.words[at..at + shape.words()] }
    }

    /// The value in an option.
    pub fn option(self) -> Option<Self> {
        let Shape::Option(inner) = self.shape else { panic!("not an option: {:?}", self.shape) };
        (self.words[0] != 0).then(|| Self { shape: inner, words: &self.words[1..] })
    }

    /// The words of an object from its start: the list's, set's or map's.
    fn object(self, len: usize) -> &'a [Word] {
        // SAFETY: by the contract of `new` the word is the address of an object of this shape, alive for 'a, and callers
        // pass a length that the object's own header words give (or the header's length, which every object has).
        unsafe { std::slice::from_raw_parts(self.words[0] as *const Word, len) }
    }

    /// The words of the object of a list, set or map, and how many of them come before its elements or entries.
    pub fn object_words(self) -> (&'a [Word], usize) {
        let (before, width) = match self.shape {
            Shape::List(elem) => (1, elem.words()),
            Shape::Set(_) | Shape::Map(..) => (2 + self.object(2)[1] as usize, self.entry_words()),
            Shape::Int | Shape::Float | Shape::Bool | Shape::Str | Shape::Tuple(_) | Shape::Option(_) => {
                unreachable!("only lists, sets and maps are objects")
            }
        };
        (self.object(before + self.len() * width), before)
    }

    /// Number of elements of a list, set or map.
    pub fn len(self) -> usize {
        assert!(matches!(self.shape, Shape::List(_) | Shape::Set(_) | Shape::Map(..)), "no length: {:?}", self.shape);
        self.object(1)[0] as usize
    }

    /// Whether a list, set or map has no element.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The elements of a list, one after the other, as words.
    pub fn list_words(self) -> &'a [Word] {
        let Shape::List(elem) = self.shape else { panic!("not a list: {:?}", self.shape) };
        &self.object(1 + self.len() * elem.words())[1..]
    }

    /// Shape of the elements of a list or set, or of a map's keys.
    pub fn elem_shape(self) -> &'a Shape {
        let (Shape::List(elem) | Shape::Set(elem) | Shape::Map(elem, _)) = self.shape else {
            panic!("no elements: {:?}", self.shape)
        };
        elem
    }

    /// Shape of a map's values.
    pub fn item_shape(self) -> &'a Shape {
        let Shape::Map(_, item) = self.shape else { panic!("not a map: {:?}", self.shape) };
        item
    }

    /// The components of the tuples of a list.
    pub fn elem_shape_components(self) -> &'a Components {
        let Shape::Tuple(components) = self.elem_shape() else { panic!("no tuples: {:?}", self.shape) };
        components
    }

    /// The n-th element of a list.
    pub fn item(self, n: usize) -> Self {
        let shape = self.elem_shape();
        let width = shape.words();
        Self { shape, words: &self.list_words()[n * width..(n + 1) * width] }
    }

    /// The elements of a list, or of a set in order of insertion, or the keys of a map.
    pub fn items(self) -> impl ExactSizeIterator<Item = Self> + DoubleEndedIterator + Clone + use<'a> {
        let shape = self.elem_shape();
        let (words, stride) = if let Shape::List(_) = self.shape {
            (self.list_words(), shape.words())
        } else {
            let table = self.table();
            (table.entries, table.width)
        };
        let width = shape.words();
        (0..self.len()).map(move |n| Self { shape, words: &words[n * stride..n * stride + width] })
    }

    /// The n-th element of a set, or key of a map.
    pub fn key_at(self, n: usize) -> Self {
        let (shape, table) = (self.elem_shape(), self.table());
        Self { shape, words: &table.entries[n * table.width..n * table.width + shape.words()] }
    }

    /// The item of the n-th entry of a map whose memory is `table`.
    #[inline]
    pub(super) fn item_in(self, table: Table<'a>, n: usize) -> Self {
        let item = self.item_shape();
        let words = table.entry(n);
        Self { shape: item, words: &words[words.len() - item.words()..] }
    }

    /// The entries of a map.
    pub fn entries(self) -> impl ExactSizeIterator<Item = (Self, Self)> + DoubleEndedIterator + Clone + use<'a> {
        let Shape::Map(key, item) = self.shape else { panic!("not a map: {:?}", self.shape) };
        let (table, key_words) = (self.table(), key.words());
        (0..self.len()).map(move |n| {
            let (key_words, item_words) = table.entry(n).split_at(key_words);
            (Self { shape: key, words: key_words }, Self { shape: item, words: item_words })
        })
    }

    /// Words of one entry of a set or map.
    fn entry_words(self) -> usize {
        match self.shape {
            Shape::Set(key) => key.words(),
            Shape::Map(key, value) => key.words() + value.words(),
            Shape::Int
            | Shape::Float
            | Shape::Bool
            | Shape::Str
            | Shape::Tuple(_)
            | Shape::Option(_)
            | Shape::List(_) => {
                panic!("not a table: {:?}", self.shape)
            }
        }
    }

    /// The memory of a set or map.
    #[inline]
    pub(super) fn table(self) -> Table<'a> {
        let (width, header) = (self.entry_words(), self.object(2));
        let (len, buckets) = (header[0] as usize, header[1] as usize);
        let (buckets, entries) = self.object(2 + buckets + len * width)[2..].split_at(buckets);
        Table { buckets, entries, width }
    }

    /// Copies everything it points to into an arena, and appends its words, which point there.
    pub fn copy_to(self, arena: &Arena, out: &mut Vec<Word>) {
        match self.shape {
            Shape::Int | Shape::Float | Shape::Bool => out.push(self.words[0]),
            Shape::Str => out.extend(str_words(arena.str(self.str()))),
            Shape::Tuple(components) => {
                for idx in 0..components.shapes.len() {
                    self.field(idx).copy_to(arena, out);
                }
            }
            Shape::Option(_) => match self.option() {
                None => out.extend_from_slice(self.words),
                Some(inner) => {
                    out.push(1);
                    inner.copy_to(arena, out);
                }
            },
            Shape::List(elem) if elem.is_flat() => out.push(list_word(arena, self.len(), self.list_words())),
            Shape::List(_) => {
                let mut words = Vec::with_capacity(self.list_words().len());
                for item in self.items() {
                    item.copy_to(arena, &mut words);
                }
                out.push(list_word(arena, self.len(), &words));
            }
            Shape::Set(_) | Shape::Map(..) => self.copy_table(arena, out),
        }
    }

    /// Copies a set or map: the buckets stay, the entries are copied.
    fn copy_table(self, arena: &Arena, out: &mut Vec<Word>) {
        let buckets = self.table().buckets;
        let mut words = vec![self.len() as Word, buckets.len() as Word];
        words.extend_from_slice(buckets);
        if let Shape::Map(..) = self.shape {
            for (key, item) in self.entries() {
                key.copy_to(arena, &mut words);
                item.copy_to(arena, &mut words);
            }
        } else {
            self.items().for_each(|item| item.copy_to(arena, &mut words));
        }
        out.push(arena.words(&words).as_ptr() as Word);
    }
}
