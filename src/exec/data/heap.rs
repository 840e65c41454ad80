//! The memory behind rows that are kept: their texts, lists, sets and maps, in chunks that never move.
//!
//! Rows are kept as the words that kernels take ([`super::block`]). A row `("ab", [1, 2])` is an address, a length and an
//! address; [`Heap::keep`] copies the text and the list to the heap and puts their new addresses into the row. Memory is
//! charged before it is allocated. 16 bytes can be read from the start of every text, however short it is.

#![allow(unsafe_code, reason = "reads the texts and objects that the words of rows point to, to copy them")]

use std::sync::Arc;

use crate::exec::errors::OverBudget;
use crate::exec::memory::{Accountant, Charge};
use crate::runtime::value::shape::Shape;
use crate::runtime::value::words::{Value, Word, empty_object};

/// Bytes that can be read behind the start of the last text of a chunk.
const PADDING: usize = 16;
/// Bytes of the first and of the largest chunk, but for a text or an object that needs more.
const FIRST_CHUNK: usize = 256;
const LARGEST_CHUNK: usize = 1 << 20;

/// How rows of a shape lie in words, and which of these are addresses.
#[derive(Debug)]
pub struct RowLayout {
    shape: Shape,
    width: usize,
    pointers: Vec<Pointer>,
}

/// A part of a row that points to memory, by its first word.
#[derive(Debug)]
enum Pointer {
    Text(usize),
    /// An option with such parts.
    Option(usize, Vec<Pointer>),
    /// A list, set or map of this shape, whose elements or entries have so many words and such parts.
    Object(usize, Shape, usize, Vec<Pointer>),
}

impl RowLayout {
    /// The layout of rows of a shape.
    pub fn new(shape: &Shape) -> Arc<Self> {
        let mut found = Vec::new();
        pointers(shape, 0, &mut found);
        Arc::new(Self { shape: shape.clone(), width: shape.words(), pointers: found })
    }

    /// The shape of a row.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Words of a row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Whether the words are the whole row.
    pub fn is_flat(&self) -> bool {
        self.pointers.is_empty()
    }
}

fn pointers(shape: &Shape, at: usize, found: &mut Vec<Pointer>) {
    let inner = |parts: &[(&Shape, usize)]| {
        let mut found = Vec::new();
        parts.iter().for_each(|(shape, at)| pointers(shape, *at, &mut found));
        found
    };
    match shape {
        Shape::Int | Shape::Float | Shape::Bool => {}
        Shape::Str => found.push(Pointer::Text(at)),
        Shape::Tuple(components) => {
            let parts = components.shapes.iter().zip(&components.offsets);
            parts.for_each(|(shape, offset)| pointers(shape, at + offset, found));
        }
        Shape::Option(some) => {
            let inner = inner(&[(some, at + 1)]);
            if !inner.is_empty() {
                found.push(Pointer::Option(at, inner));
            }
        }
        Shape::List(elem) | Shape::Set(elem) => {
            found.push(Pointer::Object(at, shape.clone(), elem.words(), inner(&[(elem, 0)])));
        }
        Shape::Map(key, item) => {
            let (width, inner) = (key.words() + item.words(), inner(&[(key, 0), (item, key.words())]));
            found.push(Pointer::Object(at, shape.clone(), width, inner));
        }
    }
}

/// Texts and objects of rows.
#[derive(Debug)]
pub struct Heap {
    /// The chunks that are being filled.
    texts: Vec<u8>,
    objects: Vec<Word>,
    full: (Vec<Vec<u8>>, Vec<Vec<Word>>),
    allocated: usize,
    charge: Charge,
    /// Room for objects whose elements are being kept.
    spare: Vec<Vec<Word>>,
}

impl Heap {
    /// An empty heap.
    pub fn new(accountant: &Arc<Accountant>) -> Self {
        let charge = accountant.nothing();
        Self {
            texts: Vec::new(),
            objects: Vec::new(),
            full: Default::default(),
            allocated: 0,
            charge,
            spare: Vec::new(),
        }
    }

    /// Bytes of the heap.
    pub fn allocated(&self) -> usize {
        self.allocated
    }

    /// Copies what rows of a layout point to, part by part, and makes them point here.
    ///
    /// # Errors
    /// The budget of memory is exceeded; some of the rows point here then.
    ///
    /// # Safety
    /// The words were written as rows of the layout, and what they point to is alive.
    pub unsafe fn keep(&mut self, layout: &RowLayout, rows: &mut [Word]) -> Result<(), OverBudget> {
        // SAFETY: passed on from the caller.
        unsafe { self.keep_parts(&layout.pointers, rows, layout.width) }
    }

    /// Ends the writing: all of every text's padding is there.
    pub fn finish(mut self) -> Self {
        self.pad();
        self.spare = Vec::new();
        self
    }

    /// # Safety
    /// Every `stride` words are those of a value that has such parts, which are alive.
    unsafe fn keep_parts(&mut self, pointers: &[Pointer], rows: &mut [Word], stride: usize) -> Result<(), OverBudget> {
        for pointer in pointers {
            match pointer {
                Pointer::Text(at) => {
                    for row in rows.chunks_exact_mut(stride) {
                        // SAFETY: by the contract, these are the words of a live text.
                        let text = unsafe { Value::new(&Shape::Str, &row[*at..at + 2]) }.str();
                        row[*at] = self.text(text.as_bytes())?;
                    }
                }
                Pointer::Option(at, inner) => {
                    for row in rows.chunks_exact_mut(stride).filter(|row| row[*at] != 0) {
                        // SAFETY: the option has a value, whose words follow its own.
                        unsafe { self.keep_parts(inner, row, stride) }?;
                    }
                }
                Pointer::Object(at, shape, width, inner) => {
                    for row in rows.chunks_exact_mut(stride) {
                        // SAFETY: by the contract, this is the word of a live object of the shape.
                        let value = unsafe { Value::new(shape, &row[*at..=*at]) };
                        // SAFETY: its elements or entries have these parts.
                        row[*at] = unsafe { self.object(value, *width, inner) }?;
                    }
                }
            }
        }
        Ok(())
    }

    /// # Safety
    /// The elements or entries of the list, set or map have so many words and such parts.
    unsafe fn object(&mut self, value: Value<'_>, width: usize, inner: &[Pointer]) -> Result<Word, OverBudget> {
        let (words, before) = value.object_words();
        if value.is_empty() {
            return Ok(empty_object());
        }
        if inner.is_empty() {
            return self.words(words);
        }
        let mut copy = self.spare.pop().unwrap_or_default();
        copy.clear();
        copy.extend_from_slice(words);
        // SAFETY: passed on from the caller.
        unsafe { self.keep_parts(inner, &mut copy[before..], width) }?;
        let object = self.words(&copy)?;
        self.spare.push(copy);
        Ok(object)
    }

    #[inline]
    fn text(&mut self, text: &[u8]) -> Result<Word, OverBudget> {
        if self.texts.capacity() - self.texts.len() < text.len() + PADDING {
            let size = self.grow(text.len() + PADDING)?;
            self.pad();
            self.full.0.push(std::mem::replace(&mut self.texts, Vec::with_capacity(size)));
        }
        let start = self.texts.len();
        self.texts.extend_from_slice(text);
        Ok(self.texts.as_ptr().expose_provenance() as Word + start as Word)
    }

    fn words(&mut self, words: &[Word]) -> Result<Word, OverBudget> {
        if self.objects.capacity() - self.objects.len() < words.len() {
            let size = self.grow(size_of_val(words))?;
            let chunk = Vec::with_capacity(size.div_ceil(size_of::<Word>()));
            self.full.1.push(std::mem::replace(&mut self.objects, chunk));
        }
        let start = self.objects.len();
        self.objects.extend_from_slice(words);
        Ok(self.objects[start..].as_ptr().expose_provenance() as Word)
    }

    /// Charges a chunk of so many bytes at least; its size.
    #[cold]
    fn grow(&mut self, bytes: usize) -> Result<usize, OverBudget> {
        let size = self.allocated.clamp(FIRST_CHUNK, LARGEST_CHUNK).max(bytes);
        self.charge.set(self.allocated + size)?;
        self.allocated += size;
        Ok(size)
    }

    /// Writes the padding behind the last text.
    fn pad(&mut self) {
        if self.texts.capacity() > 0 {
            self.texts.extend_from_slice(&[0; PADDING]);
        }
    }
}
