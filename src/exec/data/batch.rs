//! A batch of rows of one shape, as leaves give them to kernels.

#![allow(unsafe_code, reason = "pairs words with the shape that they were pushed under")]

use std::sync::Arc;

use crate::engine::staging::Staged;
use crate::runtime::value::arena::Arena;
use crate::runtime::value::codec;
use crate::runtime::value::codec::Corrupt;
use crate::runtime::value::groups::Groups;
use crate::runtime::value::rows::RowCodec;
use crate::runtime::value::shape::Shape;
use crate::runtime::value::words::{Value, Word};

use crate::exec::data::line_block::LineBlock;

/// Rows one after the other. What their words point to is kept alive by the reader that fills the batch, or by the
/// arena of the batch.
pub struct Batch {
    shape: Arc<Shape>,
    words: Vec<Word>,
    rows: usize,
}

impl Batch {
    /// An empty batch of rows of a shape.
    pub fn new(shape: Shape) -> Self {
        Self { shape: Arc::new(shape), words: Vec::new(), rows: 0 }
    }

    /// Removes all rows.
    pub fn clear(&mut self) {
        self.words.clear();
        self.rows = 0;
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

    /// Takes a row from the front of encoded bytes, which must stay alive as long as the row.
    ///
    /// # Errors
    /// The bytes encode no row of this shape.
    pub fn decode(&mut self, bytes: &mut &[u8], arena: &Arena) -> Result<(), Corrupt> {
        let mut rest = *bytes;
        codec::decode(&self.shape, &mut rest, arena, &mut self.words)?;
        *bytes = &bytes[bytes.len() - rest.len()..];
        self.rows += 1;
        Ok(())
    }

    /// As [`Batch::decode`], of bytes that this process encoded with the batch's shape, whose codec is given.
    ///
    /// # Errors
    /// The bytes encode no row of this shape.
    pub fn decode_own(&mut self, codec: &RowCodec, bytes: &mut &[u8], arena: &Arena) -> Result<(), Corrupt> {
        debug_assert_eq!(codec.words(), self.shape.words());
        let mut rest = *bytes;
        codec.decode(&mut rest, arena, &mut self.words)?;
        *bytes = &bytes[bytes.len() - rest.len()..];
        self.rows += 1;
        Ok(())
    }

    /// As [`Batch::decode_own`], of `most` rows or as many as there are.
    ///
    /// # Errors
    /// The bytes encode no rows of this shape.
    pub fn decode_rows(
        &mut self,
        codec: &RowCodec,
        bytes: &mut &[u8],
        most: usize,
        arena: &Arena,
    ) -> Result<(), Corrupt> {
        debug_assert_eq!(codec.words(), self.shape.words());
        let mut rest = *bytes;
        self.rows += codec.decode_rows(&mut rest, most, arena, &mut self.words)?;
        *bytes = &bytes[bytes.len() - rest.len()..];
        Ok(())
    }

    /// Numbers the keys of a table, which are the rows or their first components: new keys get the next numbers in order
    /// of first arrival. `block` is where texts of the rows may lie.
    pub fn number(&self, keys: &mut Groups, block: &[u8], numbers: &mut Vec<u64>) {
        self.check_keys(keys);
        // SAFETY: rows are pushed as values of this shape, and who fills the batch keeps alive what they point to; see
        // `padded`.
        unsafe { keys.number(&self.words, self.shape.words(), self.rows, padded(block), numbers) }
    }

    /// As [`Batch::number`], of keys that the table has; `ABSENT` for others.
    pub fn look_up(&self, keys: &Groups, block: &[u8], numbers: &mut Vec<u64>) {
        self.check_keys(keys);
        // SAFETY: as for `number`.
        unsafe { keys.look_up(&self.words, self.shape.words(), self.rows, padded(block), numbers) }
    }

    fn check_keys(&self, keys: &Groups) {
        let first = match &*self.shape {
            Shape::Tuple(components) => components.shapes.first(),
            _ => None,
        };
        let key = keys.key_shape();
        assert!(key == &*self.shape || Some(key) == first, "a table takes keys of its shape");
    }

    /// A batch of some rows of this one, by their numbers.
    pub fn pick(&self, rows: &[usize]) -> Self {
        let width = self.shape.words();
        let words = rows.iter().flat_map(|row| &self.words[row * width..(row + 1) * width]).copied().collect();
        Self { shape: self.shape.clone(), words, rows: rows.len() }
    }

    /// A row.
    pub fn row(&self, n: usize) -> Value<'_> {
        let width = self.shape.words();
        // SAFETY: rows are pushed as values of this shape, and who fills the batch keeps alive what they point to.
        unsafe { Value::new(&self.shape, &self.words[n * width..(n + 1) * width]) }
    }

    /// The rows from one to another.
    pub fn staged(&self, from: usize, to: usize) -> Staged<'_> {
        let width = self.shape.words();
        // SAFETY: as for `row`.
        unsafe { Staged::new(&self.shape, &self.words[from * width..to * width], width, to - from) }
    }

    /// All rows.
    pub fn iter(&self) -> impl Iterator<Item = Value<'_>> {
        (0..self.rows).map(|n| self.row(n))
    }

    /// The words of all rows.
    pub fn words(&self) -> &[Word] {
        &self.words
    }
}

/// The addresses from which 16 bytes of a block can be read: all but its last 15.
fn padded(block: &[u8]) -> std::ops::Range<usize> {
    let start = block.as_ptr() as usize;
    start..start + block.len().saturating_sub(15)
}
