//! States of any type that own their memory: what compiled code wrote as the words of a state is made to last.
//!
//! Compiled code changes a state by writing its words. Where these are addresses they point to the batch at hand or to
//! memory that the state owned before. After each batch, parts of states whose address has changed are copied to the heap
//! of the states; parts that are still where they were stay. So the longest text of each key is copied only when a longer
//! one comes. Behind its words each state has as many again, which say what it owned last. The heap is copied as a whole
//! when most of it is garbage.

#![allow(unsafe_code, reason = "reads the words of states that compiled code has just written")]

use std::sync::Arc;

use crate::runtime::value::arena::Arena;
use crate::runtime::value::datum::Datum;
use crate::runtime::value::shape::Shape;
use crate::runtime::value::words::{Value, Word, str_words};

/// A heap of fewer bytes is not compacted.
const SMALL: usize = 1 << 20;

/// The memory that states of a shape own.
pub(super) struct StateHeap {
    shape: Shape,
    heap: Arena,
    /// From how many bytes on it is compacted.
    limit: usize,
}

impl StateHeap {
    /// No states yet, of a shape.
    pub(super) fn new(shape: Shape) -> Self {
        Self { shape, heap: Arena::new(), limit: SMALL }
    }

    /// The words that a state takes, with those that say what it owned last.
    pub(super) fn room(&self) -> usize {
        if self.shape.is_flat() { self.shape.words() } else { 2 * self.shape.words() }
    }

    /// The shape of states.
    pub(super) fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Bytes of the heap.
    pub(super) fn allocated(&self) -> usize {
        self.heap.allocated()
    }

    /// Makes a state own its parts.
    ///
    /// # Safety
    /// The first half of `state` are the words of a value of the shape, which is alive; the second half is zero or as the
    /// last call has left it.
    pub(super) unsafe fn settle(&self, state: &mut [Word]) {
        if !self.shape.is_flat() {
            let (words, owned) = state.split_at_mut(self.shape.words());
            // SAFETY: passed on from the caller.
            unsafe { settle(&self.shape, words, owned, &self.heap) };
        }
    }

    /// Whether most of the heap may be garbage.
    pub(super) fn wants_compaction(&self) -> bool {
        self.heap.allocated() > self.limit
    }

    /// Copies what the states own to a new heap.
    ///
    /// # Safety
    /// These are all states, and each is settled.
    pub(super) unsafe fn compact<'s>(&mut self, states: impl Iterator<Item = &'s mut [Word]>) {
        let heap = Arena::new();
        for state in states {
            let (words, owned) = state.split_at_mut(self.shape.words());
            owned.fill(0);
            // SAFETY: the words are those of a settled state, and the heap to which they point is alive until the end of
            // this function.
            unsafe { settle(&self.shape, words, owned, &heap) };
        }
        self.limit = (heap.allocated() * 2).max(SMALL);
        self.heap = heap;
    }
}

/// One state that owns its memory: that of a fold.
pub(super) struct OneState {
    /// Whether there is a state, its words, and what it owned last.
    words: Vec<Word>,
    heap: StateHeap,
}

impl OneState {
    /// A state that begins with a value, or is not there yet.
    pub(super) fn new(shape: Shape, begin: Option<&Datum>) -> Self {
        let heap = StateHeap::new(shape);
        let mut words = vec![0; 1 + heap.room()];
        if let Some(begin) = begin {
            words[0] = 1;
            words[1..1 + begin.words().len()].copy_from_slice(begin.words());
        }
        let mut state = Self { words, heap };
        state.settle(begin.is_some());
        state
    }

    /// Whether there is a state.
    pub(super) fn is_some(&self) -> bool {
        self.words[0] != 0
    }

    /// 1 if there is a state, else 0, and its words, for code that folds in registers.
    pub(super) fn words_mut(&mut self) -> &mut [Word] {
        let end = 1 + self.heap.shape().words();
        &mut self.words[..end]
    }

    /// The address of the state for each of some rows that are to change it; the first row makes it if it is not there.
    pub(super) fn addresses(&mut self, rows: usize, out: &mut Vec<Word>) {
        let address = self.words[1..].as_mut_ptr().expose_provenance() as Word;
        out.clear();
        out.resize(rows, address);
        if let Some(first) = out.first_mut().filter(|_| self.words[0] == 0) {
            *first |= 1;
        }
    }

    /// Takes over what code has written; `exists` says that there is a state now.
    pub(super) fn settle(&mut self, exists: bool) {
        if !exists && !self.is_some() {
            return;
        }
        self.words[0] = 1;
        // SAFETY: code has written a state of the shape, or it is the value with which it began; what it points to is
        // alive until the batch ends, or is in the heap.
        unsafe { self.heap.settle(&mut self.words[1..]) };
        if self.heap.wants_compaction() {
            // SAFETY: it is the only state, and settled.
            unsafe { self.heap.compact(std::iter::once(&mut self.words[1..])) };
        }
    }

    /// Bytes that it holds.
    pub(super) fn allocated(&self) -> usize {
        self.heap.allocated()
    }

    /// The state as a value of its own, if there is one.
    pub(super) fn datum(&self) -> Option<Arc<Datum>> {
        let shape = self.heap.shape();
        // SAFETY: the words are those of a settled state.
        self.is_some().then(|| Datum::copy(unsafe { Value::new(shape, &self.words[1..1 + shape.words()]) }))
    }
}

/// Copies the parts of a value that are not where they were owned.
///
/// # Safety
/// As for [`StateHeap::settle`].
unsafe fn settle(shape: &Shape, words: &mut [Word], owned: &mut [Word], heap: &Arena) {
    match shape {
        Shape::Int | Shape::Float | Shape::Bool => {}
        Shape::Str => {
            if words != owned {
                // SAFETY: the words are those of a live text.
                let text = unsafe { Value::new(shape, words) }.str();
                words.copy_from_slice(&str_words(heap.str(text)));
                owned.copy_from_slice(words);
            }
        }
        Shape::Tuple(components) => {
            for (shape, offset) in components.shapes.iter().zip(&components.offsets) {
                let part = *offset..offset + shape.words();
                // SAFETY: these are the words of the component.
                unsafe { settle(shape, &mut words[part.clone()], &mut owned[part], heap) };
            }
        }
        Shape::Option(_) if words[0] == 0 => owned.fill(0),
        Shape::Option(inner) => {
            // SAFETY: the option has a value, whose words follow its own.
            unsafe { settle(inner, &mut words[1..], &mut owned[1..], heap) };
        }
        Shape::List(_) | Shape::Set(_) | Shape::Map(..) => {
            if words != owned {
                let mut copy = Vec::with_capacity(1);
                // SAFETY: the word is that of a live list, set or map.
                unsafe { Value::new(shape, words) }.copy_to(heap, &mut copy);
                words.copy_from_slice(&copy);
                owned.copy_from_slice(words);
            }
        }
    }
}
