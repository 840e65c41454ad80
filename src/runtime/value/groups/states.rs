//! Changing the states of an aggregation table, and taking out the keys that came last.

use super::{FAST_GROWTH, GROUP, Groups};
use crate::runtime::value::words::Word;

impl Groups {
    /// The most bytes that the table holds once so many more keys have come, without long texts of keys.
    pub fn memory_with(&self, more: usize) -> usize {
        let wanted = self.entries.len() + more * self.entry_words;
        let entries = if wanted > self.entries.capacity() { wanted.max(2 * self.entries.capacity()) } else { 0 };
        let slots = ((self.len + more + GROUP) * 2).next_power_of_two();
        let index = if slots > self.index.len() { slots.max(4 * self.index.len().min(FAST_GROWTH)) } else { 0 };
        self.memory() + (entries + index) * size_of::<u64>()
    }

    /// Takes out the key whose state is at an address of the last [`Groups::probe`], with all keys behind it; that call has
    /// added them.
    ///
    /// # Panics
    /// If the table is not retractable, or an earlier call has added the key.
    pub fn retract(&mut self, address: u64) {
        let number = self.number_at(address);
        let added = self.added.as_mut().expect("the table is retractable");
        for _ in number..self.len {
            // The keys go in the opposite order of their coming, so a slot that was free before is free again.
            let slot = added.pop().expect("the last call has added the key");
            self.index[slot] = 0;
        }
        self.entries.truncate(number * self.entry_words);
        self.len = number;
    }

    /// The number of the entry whose state is at an address that [`Groups::probe`] has given.
    fn number_at(&self, address: u64) -> usize {
        let first = self.entries.as_ptr().expose_provenance() + self.key_words * size_of::<Word>();
        ((address & !1) as usize - first) / (self.entry_words * size_of::<Word>())
    }

    /// The words of the state at an address of the last [`Groups::probe`].
    pub fn state_at(&mut self, address: u64) -> &mut [Word] {
        let start = self.number_at(address) * self.entry_words;
        &mut self.entries[start + self.key_words..start + self.entry_words]
    }

    /// The words of all states.
    pub fn states_mut(&mut self) -> impl Iterator<Item = &mut [Word]> {
        let key_words = self.key_words;
        self.entries.chunks_exact_mut(self.entry_words).map(move |entry| &mut entry[key_words..])
    }
}
