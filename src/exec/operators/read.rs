//! Readers: the rows of a leaf's partition, batch by batch.

use std::path::PathBuf;
use std::sync::Arc;

use crate::runtime::call::cx::Cx;
use crate::runtime::call::trap::{Reason, Trap};
use crate::runtime::value::codec::Corrupt;

use crate::exec::data::batch::Batch;
use crate::exec::errors::{JobError, RowOrigin, TaskResult};
use crate::exec::io::{
    BadKind, BadLine, InputFile, LineBlock, LineReader, Listing, ReaderOptions, WholeListing, line_number_at,
    read_whole,
};

/// A row that could not be read as a value.
pub struct BadRow {
    /// The row of the batch that comes after it.
    pub before: usize,
    /// What is wrong.
    pub trap: Trap,
    /// Where it comes from.
    pub origin: RowOrigin,
    /// The record.
    pub record: String,
}

/// The rows of a partition.
pub trait Reader {
    /// Fills the batch with the next rows; false at the end. What the rows point to stays alive until the next call.
    /// Rows that are no values go to `bad`.
    ///
    /// # Errors
    /// What ends the task.
    fn next(&mut self, cx: &mut Cx, batch: &mut Batch, bad: &mut Vec<BadRow>) -> TaskResult<bool>;

    /// Where a row of the batch comes from.
    fn origin(&self, row: usize) -> RowOrigin;

    /// Bytes read so far.
    fn bytes(&self) -> u64 {
        0
    }
}

/// Lines of a split.
pub struct TextReader {
    listing: Arc<Listing>,
    file: usize,
    start: u64,
    lines: LineReader,
    block: LineBlock,
}

impl TextReader {
    /// Opens a split.
    ///
    /// # Errors
    /// The file cannot be opened, or changed.
    pub fn open(listing: &Arc<Listing>, partition: usize, options: ReaderOptions) -> TaskResult<Self> {
        let split = &listing.splits[partition];
        let lines = LineReader::open(&listing.files[split.file], split, options)?;
        Ok(Self { listing: listing.clone(), file: split.file, start: split.start, lines, block: LineBlock::new() })
    }

    fn input(&self) -> &InputFile {
        &self.listing.files[self.file]
    }

    fn bad_row(&self, at: usize, bad: &BadLine) -> BadRow {
        let line = self.block.bad_line_number(at).or_else(|| self.count_lines(bad.offset));
        bad_row(bad, self.input().path.clone(), line)
    }

    /// The number of the line at an offset: for lines of a split that begins inside the file.
    fn count_lines(&self, offset: u64) -> Option<u64> {
        line_number_at(&self.input().path, self.input().codec, offset).ok()
    }
}

fn bad_row(bad: &BadLine, path: PathBuf, line: Option<u64>) -> BadRow {
    let trap = match bad.kind {
        BadKind::Utf8 { at } => Trap::new(Reason::Utf8, format!("byte {at} of the file is not valid UTF-8")),
        BadKind::TooLong { limit } => {
            Trap::new(Reason::LineTooLong, format!("a line of {} bytes is over the limit of {limit}", bad.len))
        }
    };
    let origin = RowOrigin::line_of(path, line, bad.offset);
    BadRow { before: bad.before as usize, trap, origin, record: String::from_utf8_lossy(&bad.record).into_owned() }
}

impl Reader for TextReader {
    fn next(&mut self, cx: &mut Cx, batch: &mut Batch, bad: &mut Vec<BadRow>) -> TaskResult<bool> {
        cx.arena.reset();
        batch.clear();
        if !self.lines.next_block(&mut self.block)? {
            return Ok(false);
        }
        let padded = self.block.padded();
        cx.padded.set([padded.start, padded.end]);
        batch.push_lines(&self.block);
        bad.extend(self.block.bad().iter().enumerate().map(|(at, line)| self.bad_row(at, line)));
        Ok(true)
    }

    fn origin(&self, row: usize) -> RowOrigin {
        let offset = self.block.offset(row);
        let line = self.block.line_number(row).or_else(|| self.count_lines(offset));
        RowOrigin::line_of(&self.input().path, line, offset)
    }

    fn bytes(&self) -> u64 {
        self.lines.position().saturating_sub(self.start)
    }
}

/// Whole files with their names.
pub struct WholeReader {
    listing: Arc<WholeListing>,
    options: ReaderOptions,
    partition: usize,
    next: usize,
    name: String,
    content: Vec<u8>,
    bytes: u64,
}

impl WholeReader {
    /// The files of a partition.
    pub fn new(listing: &Arc<WholeListing>, partition: usize, options: ReaderOptions) -> Self {
        let listing = listing.clone();
        Self { listing, options, partition, next: 0, name: String::new(), content: Vec::new(), bytes: 0 }
    }
}

impl Reader for WholeReader {
    fn next(&mut self, cx: &mut Cx, batch: &mut Batch, bad: &mut Vec<BadRow>) -> TaskResult<bool> {
        cx.arena.reset();
        batch.clear();
        let Some(file) = self.listing.partitions[self.partition].get(self.next) else { return Ok(false) };
        let file = &self.listing.files[*file];
        self.next += 1;
        let whole = read_whole(file, &self.options)?;
        self.bytes += file.size;
        self.name = whole.name;
        match whole.content {
            Ok(content) => {
                self.content = content;
                let text = std::str::from_utf8(&self.content);
                let text = text.map_err(|_| JobError::Bug("a file reader gave bytes that are no text".into()))?;
                let words = [self.name.as_str(), text].map(crate::runtime::value::words::str_words);
                batch.push(&[&words[0], &words[1]]);
            }
            Err(line) => bad.push(bad_row(&line, file.path.clone(), None)),
        }
        Ok(true)
    }

    fn origin(&self, _row: usize) -> RowOrigin {
        RowOrigin::of(&self.name, Vec::new())
    }

    fn bytes(&self) -> u64 {
        self.bytes
    }
}

/// Ints of a range.
pub struct RangeReader {
    next: Option<i64>,
    end: i64,
    step: i64,
    partition: usize,
}

impl RangeReader {
    /// `first, first + step, …` before `end`.
    pub fn new(first: i64, end: i64, step: i64, partition: usize) -> Self {
        Self { next: Some(first), end, step, partition }
    }
}

impl Reader for RangeReader {
    fn next(&mut self, cx: &mut Cx, batch: &mut Batch, _bad: &mut Vec<BadRow>) -> TaskResult<bool> {
        cx.arena.reset();
        batch.clear();
        let Some(first) = self.next else { return Ok(false) };
        // Differences of two ints and their steps need 65 bits.
        let (end, step) = (i128::from(self.end), i128::from(self.step));
        let left = ((end - i128::from(first) + step - step.signum()) / step).clamp(0, 4096);
        batch.push_ints(first, self.step, left as usize);
        self.next = i64::try_from(i128::from(first) + left * step).ok();
        Ok(!batch.is_empty())
    }

    fn origin(&self, _row: usize) -> RowOrigin {
        RowOrigin::of_partition(self.partition)
    }
}

/// A block that does not decode.
pub fn corrupt(_: Corrupt) -> JobError {
    JobError::Bug("a block of rows does not decode".into())
}
