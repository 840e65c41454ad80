//! Looking keys up in a table that stays as it is, so that several tasks may share it.

use std::ops::Range;

use super::{ABSENT, Answer, GROUP, Groups, MAX_WORDS, Mode, Rows, Staged, prefetch, walk};

impl Groups {
    /// Leaves the numbers of the entries of rows' keys; who calls it keeps the contract of [`Groups::probe`].
    pub(super) fn look_up_rows(&self, rows: Rows<'_>, count: usize, padded: &Range<usize>, numbers: &mut Vec<u64>) {
        numbers.clear();
        numbers.resize(count, ABSENT);
        let flat = self.texts == 0;
        match self.mode {
            Mode::Words(1) => self.look_up_words::<1, false>(rows, padded, numbers),
            Mode::Words(2) if flat => self.look_up_words::<2, false>(rows, padded, numbers),
            Mode::Words(2) => self.look_up_words::<2, true>(rows, padded, numbers),
            Mode::Words(3) => self.look_up_words::<3, true>(rows, padded, numbers),
            Mode::Words(4) => self.look_up_words::<4, true>(rows, padded, numbers),
            Mode::Words(5) => self.look_up_words::<5, true>(rows, padded, numbers),
            Mode::Words(_) => self.look_up_words::<MAX_WORDS, true>(rows, padded, numbers),
            Mode::Bytes { .. } => self.look_up_bytes(rows, numbers),
        }
    }

    fn look_up_words<const N: usize, const TEXT: bool>(
        &self,
        rows: Rows<'_>,
        padded: &Range<usize>,
        numbers: &mut [u64],
    ) {
        let mut staged = Staged::<N>::new(NUMBERS);
        for (group, numbers) in numbers.chunks_mut(GROUP).enumerate() {
            self.stage_words::<N, TEXT>(rows, group * GROUP..group * GROUP + numbers.len(), padded, &mut staged);
            self.seek::<N, TEXT>(&mut staged, numbers);
        }
    }

    fn look_up_bytes(&self, rows: Rows<'_>, numbers: &mut [u64]) {
        let (mut staged, mut scratch) = (Staged::<2>::new(NUMBERS), Vec::new());
        for (group, numbers) in numbers.chunks_mut(GROUP).enumerate() {
            self.stage_bytes(rows, group * GROUP..group * GROUP + numbers.len(), &mut scratch, &mut staged);
            self.seek::<2, true>(&mut staged, numbers);
        }
    }

    /// Finds the keys of a group, as far as they are there.
    fn seek<const N: usize, const TEXT: bool>(&self, staged: &mut Staged<N>, numbers: &mut [u64]) {
        for (place, tag) in staged.places.iter_mut().zip(&staged.tags).take(numbers.len()) {
            let (at, slot) = walk(&self.index, *tag, *tag as usize);
            let number = (slot as u32).wrapping_sub(1) as usize;
            prefetch(self.entries.as_ptr().wrapping_add(number * self.entry_words));
            *place = (at, number);
        }
        if TEXT && staged.any_long {
            self.prefetch_texts::<N>(staged, numbers.len());
        }
        for (n, answer) in numbers.iter_mut().enumerate() {
            let mut at = staged.places[n].0;
            loop {
                let (found, slot) = walk(&self.index, staged.tags[n], at);
                if slot == 0 {
                    break;
                }
                let number = (slot as u32 - 1) as usize;
                let stored = &self.entries[number * self.entry_words..number * self.entry_words + N];
                if stored == staged.keys[n] || TEXT && self.same_key::<N>(stored, &staged.keys[n]) {
                    *answer = number as u64;
                    break;
                }
                at = found + 1;
            }
        }
    }
}

/// Numbers as they are.
const NUMBERS: Answer = Answer { first: 0, size: 1, new: 0 };
