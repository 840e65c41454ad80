//! The context of a task: the one thing every runtime function receives.

use std::cell::{Cell, RefCell};

use super::abi::ObjRef;
use super::trap::Trap;
use crate::runtime::value::arena::Arena;
use crate::runtime::value::words::Word;

/// What a task carries along: the batch's arena, a pending row error, output of `print`, additions to counters.
#[derive(Default)]
pub struct Cx {
    /// Memory until the end of the batch.
    pub arena: Arena,
    /// The row error that a runtime function raised, for the engine to take.
    pub trap: Cell<Option<Box<Trap>>>,
    /// What `print` wrote.
    pub printed: RefCell<Vec<u8>>,
    /// Additions to counters since the task began, by the counter's number.
    pub counted: RefCell<Vec<(i64, i64)>>,
    /// The number of the partition that the task computes.
    pub partition: Cell<usize>,
    /// Addresses between which 16 bytes may be read from the start of any text of the batch: the input's block, which
    /// has room behind. Empty if there is none.
    pub padded: Cell<[usize; 2]>,
    /// Compiled patterns by their text, so that a pattern is compiled once a task.
    pub patterns: RefCell<hashbrown::HashMap<String, std::sync::Arc<regex::Regex>>>,
    /// Formats of times by their text, so that a format is read once a task.
    pub(crate) layouts: RefCell<hashbrown::HashMap<String, std::sync::Arc<crate::runtime::python::times::Layout>>>,
    /// States of `sample` and of numbering, one a place in the kernel.
    pub states: RefCell<Vec<crate::runtime::spark::sample::State>>,
    /// Lists that kernels look at and do not keep, one a slot: a list of texts is overwritten when its place in the kernel
    /// is reached again. The kernels of a stage have different slots.
    scratch: RefCell<Vec<Vec<Word>>>,
    /// A buffer for texts in the making.
    text: Cell<String>,
    /// A buffer for lists in the making.
    words: Cell<Vec<Word>>,
}

impl Cx {
    /// A fresh context.
    pub fn new() -> Self {
        Self::default()
    }

    /// A text of the arena, as `write` makes it.
    pub fn text(&self, write: impl FnOnce(&mut String)) -> &str {
        let mut text = self.text.take();
        text.clear();
        write(&mut text);
        let kept = self.arena.str(&text);
        self.text.set(text);
        kept
    }

    /// A list of the arena: `write` appends the elements' words and returns how many elements they are.
    pub fn list(&self, write: impl FnOnce(&mut Vec<Word>) -> usize) -> ObjRef {
        let mut words = self.words.take();
        words.clear();
        words.push(0);
        let len = write(&mut words);
        words[0] = len as Word;
        let object = self.arena.words(&words).as_ptr() as Word;
        self.words.set(words);
        ObjRef(object)
    }

    /// A list as [`Cx::list`] makes it, in the memory of a slot; in the arena if it is long, so that a task does not hold
    /// on to what one row needed.
    pub fn scratch(&self, slot: usize, write: impl FnOnce(&mut Vec<Word>) -> usize) -> ObjRef {
        const KEPT: usize = 32 << 10;
        let mut slots = self.scratch.borrow_mut();
        if slots.len() <= slot {
            slots.resize_with(slot + 1, Vec::new);
        }
        let words = &mut slots[slot];
        words.clear();
        words.push(0);
        let len = write(words);
        words[0] = len as Word;
        if words.len() <= KEPT {
            return ObjRef(words.as_ptr() as Word);
        }
        ObjRef(self.arena.words(&std::mem::take(words)).as_ptr() as Word)
    }

    /// The same of a list that has no more than `N` words: `write` fills them in and returns how many elements they are.
    #[inline]
    pub fn scratch_few<const N: usize>(&self, slot: usize, write: impl FnOnce(&mut [Word; N]) -> usize) -> ObjRef {
        let mut slots = self.scratch.borrow_mut();
        if slots.len() <= slot {
            slots.resize_with(slot + 1, Vec::new);
        }
        let words = &mut slots[slot];
        if words.len() <= N {
            words.resize(N + 1, 0);
        }
        let len = write(words[1..].first_chunk_mut().expect("so many words, as was just seen to"));
        words[0] = len as Word;
        ObjRef(words.as_ptr() as Word)
    }
}
