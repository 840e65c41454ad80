//! A block of lines: the buffer that a line reader fills again and again.
//!
//! The bytes of `"a\nbc\r\n\xff\n"` read from the beginning of a file give the lines `a` and `bc` (both valid UTF-8,
//! without their ends) and one bad line at offset 6, before line index 2. Lines are ranges of the block's own bytes;
//! nothing is allocated for one. The bytes are those of the file, so that a line's offset needs no column of its own;
//! lines that were decoded lossily stand behind them and are listed in `moved`. Behind all of them is some padding.

use std::ops::Range;

pub use crate::runtime::scan::LineSpan;

/// Why a line is not among the lines.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BadKind {
    /// Not UTF-8: the offset of the first wrong byte in the file (decompressed).
    Utf8 {
        /// Offset of the byte.
        at: u64,
    },
    /// Longer than the limit.
    TooLong {
        /// The limit in bytes.
        limit: usize,
    },
}

/// A line that is no value: a row error.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BadLine {
    /// Index of the line that follows it in the block.
    pub before: u32,
    /// Offset of its first byte in the file (decompressed).
    pub offset: u64,
    /// Number of its bytes, without the line's end.
    pub len: u64,
    /// The reason.
    pub kind: BadKind,
    /// Its bytes, or the first [`BadLine::EXCERPT`] of them when it is too long.
    pub record: Vec<u8>,
}

impl BadLine {
    /// How much is kept of a line over the limit.
    pub const EXCERPT: usize = 1024;
}

/// Lines of one split, in order.
#[derive(Clone, Debug, Default)]
pub struct LineBlock {
    /// The file's bytes from `base` on, then the lines decoded lossily. Longer than what is in use.
    pub(in crate::exec) bytes: Vec<u8>,
    /// Number of the file's bytes in `bytes`.
    pub(in crate::exec) filled: usize,
    /// Offset of `bytes[0]` in the file (decompressed).
    pub(in crate::exec) base: u64,
    /// All of them are UTF-8 when the reader has given the block out.
    pub(in crate::exec) lines: Vec<LineSpan>,
    /// Whether all bytes that lines can be in are known to be ASCII.
    pub(in crate::exec) ascii: bool,
    pub(in crate::exec) bad: Vec<BadLine>,
    /// Index of a line decoded lossily, and where its bytes as read begin.
    pub(in crate::exec) moved: Vec<(u32, u32)>,
    /// Number of the split's lines, good or bad, before this block.
    pub(in crate::exec) lines_before: u64,
    /// Whether the split begins with the file, so that its lines are numbered as the file's.
    pub(in crate::exec) from_start: bool,
}

impl LineBlock {
    /// An empty block; the reader sizes it.
    pub fn new() -> Self {
        Self::default()
    }

    /// The lines' places in [`LineBlock::bytes`].
    pub fn lines(&self) -> &[LineSpan] {
        &self.lines
    }

    /// The bytes that the spans refer to.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// A line, which is valid UTF-8.
    pub fn line(&self, index: usize) -> &[u8] {
        let LineSpan { start, len } = self.lines[index];
        &self.bytes[start as usize..start as usize + len as usize]
    }

    /// All lines in order.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.lines.len()).map(|index| self.line(index))
    }

    /// Number of lines, without the bad ones.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// The bad lines, in their order in the file.
    pub fn bad(&self) -> &[BadLine] {
        &self.bad
    }

    /// Offset of a line's first byte in the file (decompressed).
    pub fn offset(&self, index: usize) -> u64 {
        let moved = self.moved.binary_search_by_key(&(index as u32), |(line, _)| *line);
        let start = moved.map_or(self.lines[index].start, |at| self.moved[at].1);
        self.base + u64::from(start)
    }

    /// How many of the split's lines, good or bad, come before a line.
    pub fn ordinal(&self, index: usize) -> u64 {
        let bad_before = self.bad.partition_point(|bad| bad.before as usize <= index);
        self.lines_before + (index + bad_before) as u64
    }

    /// How many of the split's lines, good or bad, come before a bad line.
    pub fn bad_ordinal(&self, index: usize) -> u64 {
        self.lines_before + u64::from(self.bad[index].before) + index as u64
    }

    /// Number of a line in its file, counted from 1; unknown in a split that begins inside the file. There
    /// `line_number_at` of the reader tells it from the offset, or once for the split's first line, to which
    /// ordinals are added.
    pub fn line_number(&self, index: usize) -> Option<u64> {
        self.from_start.then(|| self.ordinal(index) + 1)
    }

    /// Number of a bad line in its file, counted from 1, where it is known.
    pub fn bad_line_number(&self, index: usize) -> Option<u64> {
        self.from_start.then(|| self.bad_ordinal(index) + 1)
    }

    /// Bytes of memory that the block holds.
    #[cfg(test)]
    pub fn memory(&self) -> usize {
        self.bytes.capacity() + self.lines.capacity() * size_of::<LineSpan>()
    }

    /// Addresses behind which [`LineBlock::PADDING`] bytes can be read: who compares or hashes a text within them may read
    /// a little too much, which is quicker than to stop at its end.
    pub fn padded(&self) -> Range<usize> {
        let start = self.bytes.as_ptr() as usize;
        start..start + self.bytes.len().saturating_sub(Self::PADDING)
    }

    /// How many bytes, of any value, stand behind the lines.
    pub const PADDING: usize = 64;

    /// Makes it empty and keeps its memory.
    pub(in crate::exec) fn reset(&mut self, base: u64, lines_before: u64) {
        self.filled = 0;
        self.base = base;
        self.lines_before = lines_before;
        self.lines.clear();
        self.bad.clear();
        self.moved.clear();
    }

    /// Room for `more` bytes behind the filled ones.
    pub(in crate::exec) fn room(&mut self, more: usize) -> &mut [u8] {
        let end = self.filled + more;
        if self.bytes.len() < end + Self::PADDING {
            self.bytes.resize(end + Self::PADDING, 0);
        }
        &mut self.bytes[self.filled..end]
    }

    /// Adds the padding behind lines that were appended.
    pub(in crate::exec) fn pad(&mut self) {
        self.bytes.resize(self.bytes.len() + Self::PADDING, 0);
    }
}
