//! A batch of rows of one shape, as leaves give them to kernels.

#![allow(unsafe_code, reason = "pairs words with the shape that they were pushed under")]

use std::sync::Arc;

use crate::engine::emit::RowSlice;
use crate::runtime::value::groups::Groups;
use crate::runtime::value::shape::Shape;
use crate::runtime::value::words::{Value, Word};

use super::block::Block;
use super::line_block::LineBlock;

/// Rows one after the other: its own, or a run of a block, which is lent to it. The texts and objects of its own rows
/// are kept alive by the reader that fills the batch, or by the arena of the batch.
pub struct Batch {
    shape: Arc<Shape>,
    words: Vec<Word>,
    rows: usize,
    /// The block, and the number of the run.
    lent: Option<(Arc<Block>, usize)>,
    /// Whether 16 bytes can be read from the start of every text in the rows.
    padded: bool,
}

impl Batch {
    /// An empty batch of rows of a shape.
    pub fn new(shape: Shape) -> Self {
        Self { shape: Arc::new(shape), words: Vec::new(), rows: 0, lent: None, padded: false }
    }

    /// Removes all rows.
    pub fn clear(&mut self) {
        self.words.clear();
        self.rows = 0;
        self.lent = None;
        self.padded = false;
    }

    /// Takes the rows of a run of a block, of the batch's shape, in place of its own.
    pub fn lend(&mut self, block: &Arc<Block>, run: usize) {
        let rows = block.run(run);
        debug_assert_eq!(rows.shape().words(), self.shape.words(), "{:?} for {:?}", rows.shape(), self.shape);
        self.words.clear();
        (self.rows, self.padded) = (rows.len(), true);
        self.lent = Some((block.clone(), run));
    }

    /// The addresses from which 16 bytes can be read, if a text begins there.
    pub fn padded(&self) -> std::ops::Range<usize> {
        if self.padded { 0..usize::MAX } else { 0..0 }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// The shape of a row.
    pub fn shape(&self) -> &Arc<Shape> {
        &self.shape
    }

    /// Adds a row of the batch's shape, given as the words of its parts.
    ///
    /// # Panics
    /// If the parts have not as many words as the shape.
    pub fn push(&mut self, parts: &[&[Word]]) {
        debug_assert!(self.lent.is_none(), "rows that are lent stay as they are");
        let before = self.words.len();
        parts.iter().for_each(|part| self.words.extend_from_slice(part));
        assert_eq!(self.words.len() - before, self.shape.words(), "a row has the batch's shape");
        self.rows += 1;
    }

    /// Adds rows of the batch's shape, given as the words of all of them.
    ///
    /// # Panics
    /// If the words are no rows of the shape.
    pub fn push_rows(&mut self, words: &[Word]) {
        let width = self.shape.words();
        assert!(words.len().is_multiple_of(width), "rows have the batch's shape");
        self.words.extend_from_slice(words);
        self.rows += words.len() / width;
    }

    /// Adds rows of the batch's shape.
    pub fn push_all(&mut self, rows: RowSlice<'_>) {
        assert!(rows.shape().words() == self.shape.words() && self.lent.is_none(), "rows have the batch's shape");
        self.words.extend_from_slice(rows.words());
        self.rows += rows.len();
    }

    /// Adds the lines of a block, which its reader has checked to be UTF-8, to a batch of texts. The block is to live and
    /// stay as it is for as long as the rows.
    pub fn push_lines(&mut self, block: &LineBlock) {
        debug_assert_eq!(*self.shape, Shape::Str);
        let base = block.bytes().as_ptr() as Word;
        let before = self.words.len();
        self.words.resize(before + 2 * block.len(), 0);
        for (words, line) in self.words[before..].chunks_exact_mut(2).zip(block.lines()) {
            words.copy_from_slice(&[base + Word::from(line.start), Word::from(line.len)]);
        }
        self.rows += block.len();
    }

    /// Adds `count` ints to a batch of ints: `first`, `first + step`, …, none of which overflows.
    pub fn push_ints(&mut self, first: i64, step: i64, count: usize) {
        debug_assert_eq!(*self.shape, Shape::Int);
        let ints = (0..count as i64).map(|n| first.wrapping_add(n.wrapping_mul(step)) as Word);
        self.words.extend(ints);
        self.rows += count;
    }

    /// Numbers the keys of a table, which are the rows or their first components: new keys get the next numbers in order
    /// of first arrival.
    pub fn number(&self, keys: &mut Groups, numbers: &mut Vec<u64>) {
        self.check_keys(keys);
        // SAFETY: rows are pushed as values of this shape, and who fills the batch keeps alive what they point to; texts
        // in the heaps of blocks are padded.
        unsafe { keys.number(self.words(), self.shape.words(), self.rows, self.padded(), numbers) }
    }

    /// As [`Batch::number`], of keys that the table has; `ABSENT` for others.
    pub fn look_up(&self, keys: &Groups, numbers: &mut Vec<u64>) {
        self.check_keys(keys);
        // SAFETY: as for `number`.
        unsafe { keys.look_up(self.words(), self.shape.words(), self.rows, self.padded(), numbers) }
    }

    fn check_keys(&self, keys: &Groups) {
        let first = if let Shape::Tuple(components) = &*self.shape { components.shapes.first() } else { None };
        let key = keys.key_shape();
        assert!(key == &*self.shape || Some(key) == first, "a table takes keys of its shape");
    }

    /// A batch of some rows of this one, by their numbers; it lives no longer than this one's rows.
    pub fn pick(&self, rows: &[usize]) -> Self {
        let (width, all) = (self.shape.words(), self.words());
        let words = rows.iter().flat_map(|row| &all[row * width..(row + 1) * width]).copied().collect();
        Self { shape: self.shape.clone(), words, rows: rows.len(), lent: None, padded: self.padded }
    }

    /// A row.
    pub fn row(&self, n: usize) -> Value<'_> {
        let width = self.shape.words();
        // SAFETY: rows are pushed as values of this shape, and who fills the batch keeps alive what they point to.
        unsafe { Value::new(&self.shape, &self.words()[n * width..(n + 1) * width]) }
    }

    /// The rows from one to another.
    pub fn slice(&self, from: usize, to: usize) -> RowSlice<'_> {
        let width = self.shape.words();
        // SAFETY: as for `row`.
        unsafe { RowSlice::new(&self.shape, &self.words()[from * width..to * width], width, to - from) }
    }

    /// All rows.
    pub fn iter(&self) -> impl Iterator<Item = Value<'_>> {
        (0..self.rows).map(|n| self.row(n))
    }

    /// The words of all rows.
    pub fn words(&self) -> &[Word] {
        self.lent.as_ref().map_or(&self.words, |(block, run)| block.run(*run).words())
    }
}

/// Rows of blocks, one block after the other.
#[derive(Debug)]
pub struct BlockRows {
    blocks: Vec<Arc<Block>>,
    block: usize,
    run: usize,
}

impl BlockRows {
    /// Begins with the first row.
    pub fn new(blocks: Vec<Arc<Block>>) -> Self {
        Self { blocks, block: 0, run: 0 }
    }

    /// Lends the next run to a batch of their shape; false at the end.
    pub fn lend(&mut self, batch: &mut Batch) -> bool {
        batch.clear();
        while let Some(block) = self.blocks.get(self.block) {
            if self.run < block.runs() {
                batch.lend(block, self.run);
                self.run += 1;
                return true;
            }
            (self.block, self.run) = (self.block + 1, 0);
        }
        false
    }
}
