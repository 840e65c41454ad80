//! The arena of a batch: what kernels allocate lives until the batch ends.

use bumpalo::Bump;

use super::shape::Word;

/// How many bytes an arena keeps from batch to batch.
const KEPT: usize = 4 << 20;

/// Memory of one batch of rows; freed as a whole by [`Arena::reset`].
#[derive(Default)]
pub struct Arena {
    bump: Bump,
}

impl Arena {
    /// An empty arena.
    pub fn new() -> Self {
        Self::default()
    }

    /// Copies text into the arena.
    pub fn str(&self, text: &str) -> &str {
        self.bump.alloc_str(text)
    }

    /// Copies words into the arena.
    pub fn words(&self, words: &[Word]) -> &[Word] {
        self.bump.alloc_slice_copy(words)
    }

    /// A zeroed run of words.
    pub fn zeroed(&self, len: usize) -> &mut [Word] {
        self.bump.alloc_slice_fill_copy(len, 0)
    }

    /// Bytes that the arena holds from the system.
    pub fn allocated(&self) -> usize {
        self.bump.allocated_bytes()
    }

    /// Frees everything; the borrow checker sees to it that nothing points here any more but raw words. Memory that one
    /// large batch needed is given back to the system.
    pub fn reset(&mut self) {
        if self.bump.allocated_bytes() > KEPT {
            self.bump = Bump::new();
        } else {
            self.bump.reset();
        }
    }
}
