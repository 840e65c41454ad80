//! The context of a task: the one thing every runtime function receives.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::sync::Arc;

use hashbrown::HashMap;

use super::trap::Trap;
use crate::runtime::value::arena::Arena;
use crate::runtime::value::words::{ObjRef, Word};

/// The context of a task: the batch's arena, a pending row error, output of `print`, additions to counters.
#[derive(Default)]
pub struct Cx {
    /// Memory until the end of the batch.
    pub arena: Arena,
    /// The row error that a runtime function raised, for the engine to take.
    pub trap: Cell<Option<Box<Trap>>>,
    /// The output of `print`.
    pub printed: RefCell<Vec<u8>>,
    /// Additions to counters since the task began, by the counter's number.
    pub counted: RefCell<Vec<(i64, i64)>>,
    /// The number of the partition that the task computes.
    pub partition: Cell<usize>,
    /// Addresses between which 16 bytes may be read from the start of any text of the batch: the input's block, which
    /// has room behind. Empty if there is none.
    pub padded: Cell<[usize; 2]>,
    /// Values that families of runtime functions keep for the task, at most one of a type; see [`Cx::local`].
    locals: RefCell<Vec<Box<dyn Any + Send>>>,
    /// Lists that kernels look at and do not keep, one a slot: a list of texts is overwritten when its place in the kernel
    /// is reached again. The kernels of a stage have different slots.
    scratch: RefCell<Vec<Vec<Word>>>,
    /// A buffer for texts in the making.
    text: Cell<String>,
    /// A buffer for lists in the making.
    words: Cell<Vec<Word>>,
}

/// Things that were made of texts, by the text.
struct MadeOf<T>(HashMap<String, Arc<T>>);

impl<T> Default for MadeOf<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl Cx {
    /// A fresh context.
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs with the task's own value of a type, which is made when it is first asked for: compiled patterns, states of
    /// samplers. `run` must not ask for such a value itself.
    pub fn local<T: Any + Send + Default, R>(&self, run: impl FnOnce(&mut T) -> R) -> R {
        let mut locals = self.locals.borrow_mut();
        if let Some(found) = locals.iter_mut().find_map(|local| local.downcast_mut()) {
            return run(found);
        }
        let mut fresh = Box::<T>::default();
        let answer = run(&mut fresh);
        locals.push(fresh);
        answer
    }

    /// The value that `make` makes of a text, made once a task; `most` such things are kept, as more are only made of
    /// texts that come from data.
    pub fn made_of<T: Send + Sync + 'static, E>(
        &self,
        text: &str,
        most: usize,
        make: impl FnOnce() -> Result<T, E>,
    ) -> Result<Arc<T>, E> {
        if let Some(found) = self.local(|made: &mut MadeOf<T>| made.0.get(text).cloned()) {
            return Ok(found);
        }
        let fresh = Arc::new(make()?);
        self.local(|made: &mut MadeOf<T>| {
            if made.0.len() >= most {
                made.0.clear();
            }
            made.0.insert(text.to_owned(), fresh.clone());
        });
        Ok(fresh)
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
