//! Reading the entries of an aggregation table: their order, states and keys.

#![allow(unsafe_code, reason = "reads the texts that entries of the table hold")]

use super::words::{bytes_at, key_bytes};
use super::{Groups, MAX_WORDS, Mode};
use crate::runtime::value::arena::Arena;
use crate::runtime::value::codec;
use crate::runtime::value::shape::Shape;
use crate::runtime::value::table::EntryIdx;
use crate::runtime::value::words::Word;

impl Groups {
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

    /// The bytes of the text that starts at a word of an entry's key.
    pub(super) fn text_bytes(&self, entry: EntryIdx, at: usize) -> &[u8] {
        let key = self.entry(entry)[at..].first_chunk().expect("a text has two words");
        // SAFETY: `Heap::keep` has seen the two words, as they are those of a text, and the heap is alive.
        unsafe { key_bytes(key) }
    }

    /// The bytes that `codec::encode` gave for the key that arrived first, where keys are bytes.
    fn own(&self, entry: EntryIdx) -> &[u8] {
        let block = if self.key_words > 2 { self.entry(entry)[2] } else { 0 };
        if block == 0 {
            return self.text_bytes(entry, 0);
        }
        // SAFETY: `keep_own` put a block with its length in front here, into the heap, which is alive.
        let header = unsafe { bytes_at(block, size_of::<Word>()) };
        let len = Word::from_ne_bytes(*header.first_chunk().expect("a word"));
        // SAFETY: as above; the bytes follow their length.
        unsafe { bytes_at(block + size_of::<Word>() as Word, len as usize) }
    }

    /// Hands out the words of entries from one on, up to so many: of each those of the key, then those of the state.
    /// False if keys do not lie in the table as the words that they are.
    pub fn flat_rows(&self, from: usize, most: usize, take: impl FnOnce(&[Word])) -> bool {
        let flat = self.texts == 0 && matches!(self.mode, Mode::Words(_));
        if flat {
            let (from, to) = (from.min(self.len), self.len.min(from + most));
            take(&self.entries[from * self.entry_words..to * self.entry_words]);
        }
        flat
    }

    /// The words of a key that is stored as words, its texts as address and length.
    fn words_of(&self, entry: EntryIdx) -> [Word; MAX_WORDS] {
        let mut words = [0; MAX_WORDS];
        words[..self.key_words].copy_from_slice(&self.entry(entry)[..self.key_words]);
        for at in (0..MAX_WORDS).filter(|at| self.texts >> at & 1 == 1) {
            let bytes = self.text_bytes(entry, at);
            words[at..at + 2].copy_from_slice(&[bytes.as_ptr().expose_provenance() as Word, bytes.len() as Word]);
        }
        words
    }

    /// Appends the words of an entry's key as it first arrived. They point into the table and into the arena, and are
    /// good until the next [`Groups::probe`].
    pub fn key_words<'a>(&'a self, entry: EntryIdx, arena: &'a Arena, out: &mut Vec<Word>) {
        match self.mode {
            Mode::Words(words) if self.texts == 0 => out.extend_from_slice(&self.entry(entry)[..words]),
            Mode::Words(words) => out.extend_from_slice(&self.words_of(entry)[..words]),
            Mode::Bytes { .. } => {
                codec::decode(&self.key, &mut self.own(entry), arena, out).expect("the bytes were encoded from a key");
            }
        }
    }

    /// The shape of keys.
    pub fn key_shape(&self) -> &Shape {
        &self.key
    }
}
