//! The emit buffer: rows that a kernel has emitted and nobody has taken yet.
//!
//! A kernel runs over the rows of a batch and emits rows into the buffer; when the buffer is full, the kernel asks for
//! them to be taken. For each input row the buffer knows how many rows had been emitted at its end, so an emitted row
//! can be traced to the input row that it comes from: `["a b", "", "c"] | flatMap split " "` leaves `a b c` with the
//! ends `2, 2, 3`.

#![allow(unsafe_code, reason = "pairs words with the shape that kernels emit them under")]

use std::sync::Arc;

use crate::runtime::value::shape::Shape;
use crate::runtime::value::words::{Value, Word};

/// How many words a buffer holds: half of a first-level cache.
const WORDS: usize = 2048;

/// Rows that a kernel has emitted.
pub struct EmitBuffer {
    shape: Arc<Shape>,
    stride: usize,
    /// The memory; rows from the front.
    pub(super) words: Vec<Word>,
    /// Words in use.
    pub(super) used: usize,
    /// For each input row, how many words had been emitted at its end.
    pub(super) ends: Vec<u64>,
    /// How many words have been taken since the batch began.
    taken: u64,
}

impl EmitBuffer {
    /// A buffer for rows of a shape that is taken when it is full.
    pub fn new(shape: Arc<Shape>) -> Self {
        let stride = shape.words().max(1);
        Self::with_rows(shape, (WORDS / stride).max(16))
    }

    /// A buffer that is taken after each row.
    pub fn one_row(shape: Arc<Shape>) -> Self {
        Self::with_rows(shape, 1)
    }

    fn with_rows(shape: Arc<Shape>, rows: usize) -> Self {
        let stride = shape.words().max(1);
        Self { shape, stride, words: vec![0; stride * rows], used: 0, ends: Vec::new(), taken: 0 }
    }

    /// Begins a batch of input rows: the buffer is empty.
    pub fn begin(&mut self, inputs: usize) {
        (self.used, self.taken) = (0, 0);
        self.ends.clear();
        self.ends.resize(inputs, 0);
    }

    /// Words from one row to the next: those of the shape, or one for a shape that has none.
    pub fn stride(&self) -> usize {
        self.stride
    }

    /// Number of emitted rows.
    pub fn len(&self) -> usize {
        self.used / self.stride
    }

    /// The first emitted rows.
    pub fn slice(&self, rows: usize) -> RowSlice<'_> {
        // SAFETY: kernels stage rows of this shape, and the caller takes them before the batch ends.
        unsafe { RowSlice::new(&self.shape, &self.words[..self.used], self.stride, rows) }
    }

    /// The input row of a emitted row; `current` is the one that has not ended yet.
    pub fn input_of(&self, n: usize, current: usize) -> usize {
        let at = self.taken + (n * self.stride) as u64;
        self.ends[..current].partition_point(|end| *end <= at)
    }

    /// How many of the emitted rows come from input rows before one.
    pub fn rows_before(&self, input: usize) -> usize {
        let end = input.checked_sub(1).map_or(0, |last| self.ends[last]);
        (end.saturating_sub(self.taken) as usize) / self.stride
    }

    /// How many rows an input row has given.
    pub fn given(&self, input: usize) -> u64 {
        let before = input.checked_sub(1).map_or(0, |last| self.ends[last]);
        (self.ends[input] - before) / self.stride as u64
    }

    /// How many of the first `inputs` input rows have given a row.
    pub fn kept(&self, inputs: usize) -> u64 {
        let mut before = 0;
        let mut kept = 0;
        for end in &self.ends[..inputs] {
            kept += u64::from(*end != before);
            before = *end;
        }
        kept
    }

    /// Takes the first emitted rows away.
    pub fn take(&mut self, rows: usize) {
        let words = rows * self.stride;
        self.words.copy_within(words..self.used, 0);
        self.used -= words;
        self.taken += words as u64;
    }

    /// Throws away what an input row has given so far, and notes that it gave nothing. All of it is in the buffer still.
    pub fn forget(&mut self, input: usize) {
        self.used = self.rows_before(input) * self.stride;
        self.close(input);
    }

    /// Notes that an input row ends here, for a row that failed.
    pub fn close(&mut self, input: usize) {
        self.ends[input] = self.taken + self.used as u64;
    }

    /// Bytes of the buffer once it has grown.
    pub fn grown(&self) -> usize {
        size_of_val(&*self.words) * 2
    }

    /// Makes room where nothing could be taken.
    pub fn grow(&mut self) {
        self.words.resize(self.words.len() * 2, 0);
    }

    /// Whether there is no room for another row.
    pub fn is_full(&self) -> bool {
        self.used + self.stride > self.words.len()
    }

    /// How many words have been emitted in this batch before the first one in the buffer.
    pub(super) fn before(&self) -> u64 {
        self.taken
    }
}

/// Rows one after the other, as a kernel emitted them or a reader read them.
#[derive(Clone, Copy)]
pub struct RowSlice<'a> {
    shape: &'a Shape,
    words: &'a [Word],
    stride: usize,
    rows: usize,
}

impl<'a> RowSlice<'a> {
    /// Reads words as rows.
    ///
    /// # Safety
    /// Every `stride` words from the first begin the words of a value of `shape`, and what they point to stays alive and
    /// unchanged for `'a`.
    pub unsafe fn new(shape: &'a Shape, words: &'a [Word], stride: usize, rows: usize) -> Self {
        debug_assert!(stride >= shape.words() && words.len() >= rows * stride);
        Self { shape, words, stride, rows }
    }

    /// One row.
    pub fn one(row: Value<'a>) -> Self {
        Self { shape: row.shape(), words: row.words(), stride: row.words().len(), rows: 1 }
    }

    /// The rows from one to another.
    pub fn part(self, from: usize, to: usize) -> Self {
        Self { words: &self.words[from * self.stride..], rows: to - from, ..self }
    }

    /// The shape of a row.
    pub fn shape(self) -> &'a Shape {
        self.shape
    }

    /// The words of all rows.
    pub fn words(self) -> &'a [Word] {
        self.words
    }

    /// Words from one row to the next.
    pub fn stride(self) -> usize {
        self.stride
    }

    /// Number of rows.
    pub fn len(self) -> usize {
        self.rows
    }

    /// Whether there is no row.
    pub fn is_empty(self) -> bool {
        self.rows == 0
    }

    /// A row.
    pub fn row(self, n: usize) -> Value<'a> {
        let at = n * self.stride;
        // SAFETY: by the contract of `new`.
        unsafe { Value::new(self.shape, &self.words[at..at + self.shape.words()]) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn staged_rows_know_their_input_rows() {
        let mut buffer = EmitBuffer::new(Arc::new(Shape::Int));
        buffer.begin(3);
        for (input, rows) in [(0, 2), (1, 0), (2, 1)] {
            buffer.words[buffer.used..buffer.used + rows].fill(input as u64);
            buffer.used += rows;
            buffer.close(input);
        }
        assert_eq!([0, 1, 2].map(|n| buffer.input_of(n, 3)), [0, 0, 2]);
        assert_eq!((buffer.kept(3), buffer.given(0), buffer.given(1)), (2, 2, 0));
        buffer.take(1);
        assert_eq!([0, 1].map(|n| buffer.input_of(n, 3)), [0, 2]);
        assert_eq!(buffer.slice(2).row(1).int(), 2);
        assert_eq!(buffer.rows_before(2), 1);
        buffer.forget(2);
        assert_eq!((buffer.len(), buffer.given(2)), (1, 0));
    }
}
