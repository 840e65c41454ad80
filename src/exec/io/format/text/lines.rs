//! Lines of a split, in blocks: Hadoop's `LineRecordReader`, streamed.
//!
//! LF, CRLF and CR end a line, wherever blocks and splits are cut; a byte order mark at offset 0 is dropped. A line
//! belongs to the split with `start < offset <= end` (offset 0 to the first): a reader finishes the line that begins
//! exactly at its end, and every later split throws away its first line.
//!
//! ```text
//! "aa\nbb\ncc\n" as splits 0..4, 4..8, 8..9  →  [aa, bb] [cc] []
//! ```
//!
//! A block's buffer holds the file's bytes from the first line that is not yet given out; what stands behind the last
//! line end is carried into the next block. Lines over the limit are skipped in bounded memory and reported, as are
//! lines that are no UTF-8, unless the source asks for lossy decoding. `tests/splits.rs` compares with PySpark.

use memchr::memchr2;

use serde::{Deserialize, Serialize};

use crate::runtime::scan;

use super::super::codec::Codec;
use super::super::decode::decode_lossy;
use super::super::source::Source;
use crate::exec::data::line_block::{BadKind, BadLine, LineBlock, LineSpan};
use crate::exec::errors::io::IoError;
use crate::exec::io::store::{InputFile, Split};
use crate::exec::io::stores;

/// The treatment of bytes that are not UTF-8.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Decoding {
    /// The line is bad.
    Strict,
    /// U+FFFD stands for them, as in Spark.
    Lossy,
}

/// How lines are read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ReaderOptions {
    /// Bytes to read at once; a block is larger when a line is.
    pub block_bytes: usize,
    /// The longest line in bytes, at most [`ReaderOptions::LONGEST`].
    pub max_line: usize,
    /// The treatment of bytes that are not UTF-8.
    pub decoding: Decoding,
}

impl ReaderOptions {
    /// The largest limit: spans have 32 bits, and lossy decoding makes three bytes of one.
    pub const LONGEST: usize = 512 << 20;
}

impl Default for ReaderOptions {
    fn default() -> Self {
        Self { block_bytes: 256 << 10, max_line: 64 << 20, decoding: Decoding::Strict }
    }
}

/// A reader of one split's lines.
pub struct LineReader {
    source: Source,
    options: ReaderOptions,
    /// The last offset at which a line of this split may begin.
    end: u64,
    /// Offset of the next byte to read.
    position: u64,
    /// Bytes before `position` that belong to the next line.
    carry: Vec<u8>,
    /// A line being passed over.
    skip: Option<Skip>,
    /// Number of lines given out, good and bad.
    given: u64,
    /// Whether the split begins with the file.
    from_start: bool,
    done: bool,
}

/// A line being passed over: one over the limit, or the first of a later split.
struct Skip {
    /// Its report, unless it belongs to the split before.
    bad: Option<BadLine>,
    /// Its last byte seen is a CR; an LF that follows belongs to it.
    after_cr: bool,
}

/// The bytes in the block's buffer while it is filled.
struct Progress {
    /// Where the line in progress begins.
    line: usize,
    /// Bytes before this have been searched for line ends.
    searched: usize,
}

const BOM: &[u8] = b"\xef\xbb\xbf";

impl LineReader {
    /// Opens a split of a file.
    ///
    /// # Errors
    /// The file cannot be opened, or is not the one that was listed.
    pub fn open(file: &InputFile, split: &Split, options: ReaderOptions) -> Result<Self, IoError> {
        let options = ReaderOptions {
            block_bytes: options.block_bytes.clamp(1, 128 << 20),
            max_line: options.max_line.min(ReaderOptions::LONGEST),
            ..options
        };
        let later = split.start > 0;
        Ok(Self {
            source: Source::open(file)?,
            options,
            end: if Codec::of(file) == Codec::Plain { split.end } else { u64::MAX },
            position: split.start,
            carry: Vec::new(),
            skip: later.then_some(Skip { bad: None, after_cr: false }),
            given: 0,
            from_start: !later,
            done: false,
        })
    }

    /// Offset up to which the file has been read (decompressed), for progress bars.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Fills a block with the next lines; false at the end of the split. A block may hold bad lines only.
    ///
    /// # Errors
    /// The file cannot be read, is corrupt or changed: no line of the split may then be published.
    pub fn next_block(&mut self, block: &mut LineBlock) -> Result<bool, IoError> {
        block.reset(self.position - self.carry.len() as u64, self.given);
        block.from_start = self.from_start;
        block.room(self.carry.len()).copy_from_slice(&self.carry);
        block.filled = self.carry.len();
        block.ascii = self.carry.is_ascii();
        self.carry.clear();
        // A carried CR waits for the byte behind it; no other byte of the carry ends a line.
        let mut progress = Progress { line: 0, searched: block.filled.saturating_sub(1) };
        while !self.done {
            self.advance(block, &mut progress)?;
            if !(block.lines.is_empty() && block.bad.is_empty()) {
                break;
            }
        }
        self.carry.extend_from_slice(&block.bytes[progress.line..block.filled]);
        self.finish_block(block)
    }

    /// Reads once, and gives out the lines that are complete then.
    fn advance(&mut self, block: &mut LineBlock, progress: &mut Progress) -> Result<(), IoError> {
        if self.skip.is_none() && progress.line == block.filled && self.position > self.end {
            self.done = true;
            return Ok(());
        }
        let count = self.source.read(self.position, block.room(self.chunk(block.filled)))?;
        block.filled += count;
        self.position += count as u64;
        if self.skip.is_some() && !self.pass_over(block, progress, count == 0) {
            return Ok(());
        }
        self.take_lines(block, progress);
        if count == 0 {
            self.take_last_line(block, progress);
        } else if !self.done {
            self.limit_line(block, progress);
        }
        Ok(())
    }

    /// How much to read: little behind the split's end, twice as much each time a line goes on there.
    fn chunk(&self, filled: usize) -> usize {
        const BEHIND: usize = 4096;
        let ahead = usize::try_from(self.end.saturating_sub(self.position)).unwrap_or(usize::MAX);
        ahead.saturating_add(filled.max(BEHIND)).min(self.options.block_bytes)
    }

    /// Goes on with the line being passed over; true when its end is in the buffer.
    fn pass_over(&mut self, block: &mut LineBlock, progress: &mut Progress, at_eof: bool) -> bool {
        let Some(skip) = &mut self.skip else { return true };
        let found = if at_eof { Some(block.filled) } else { skip.find_end(&block.bytes[..block.filled]) };
        let Some(end) = found else {
            block.base = self.position;
            block.filled = 0;
            return false;
        };
        *progress = Progress { line: end, searched: end };
        if let Some(bad) = self.skip.take().and_then(|skip| skip.bad) {
            block.bad.push(bad);
        }
        true
    }

    /// Gives out every line whose end is in the buffer and that belongs to the split.
    fn take_lines(&mut self, block: &mut LineBlock, progress: &mut Progress) {
        let LineBlock { bytes, lines, base, filled, ascii, .. } = block;
        let bytes = &bytes[..*filled];
        let given = lines.len();
        let found = scan::lines(bytes, progress.line, progress.searched, lines);
        *ascii &= found.ascii;
        let mut line = found.line;
        // The lines that begin up to here are this split's.
        let last = usize::try_from(self.end.saturating_sub(*base)).unwrap_or(usize::MAX);
        let ended = self.end < *base;
        let kept = lines[given..].partition_point(|span| !ended && span.start as usize <= last);
        if let Some(next) = lines.get(given + kept) {
            line = next.start as usize;
            lines.truncate(given + kept);
        }
        if let Some(first) = lines.get_mut(given).filter(|first| first.start == 0 && *base == 0) {
            let end = first.len as usize;
            *first = span(if bytes.starts_with(BOM) { BOM.len().min(end) } else { 0 }, end);
        }
        progress.line = line;
        progress.searched = if bytes.last() == Some(&b'\r') { bytes.len() - 1 } else { bytes.len() }.max(line);
        if ended || line > last {
            self.done = true;
        }
    }

    /// At the end of the file: the line that no line end follows.
    fn take_last_line(&mut self, block: &mut LineBlock, progress: &mut Progress) {
        let rest = &block.bytes[progress.line..block.filled];
        let only_bom = block.base == 0 && progress.line == 0 && rest == BOM;
        if !self.done && !rest.is_empty() && !only_bom {
            let end = block.filled - usize::from(rest.ends_with(b"\r"));
            let has_bom = block.base == 0 && progress.line == 0 && rest.starts_with(BOM);
            block.lines.push(span(if has_bom { BOM.len() } else { progress.line }, end));
        }
        progress.line = block.filled;
        self.done = true;
    }

    /// Begins to pass over the line in progress when it is longer than the limit.
    fn limit_line(&mut self, block: &mut LineBlock, progress: &mut Progress) {
        let rest = &block.bytes[progress.line..block.filled];
        let after_cr = rest.ends_with(b"\r");
        let len = rest.len() - usize::from(after_cr);
        if len <= self.options.max_line {
            return;
        }
        let offset = block.base + progress.line as u64;
        let bad = too_long(0, offset, &rest[..len], self.options.max_line);
        self.skip = Some(Skip { bad: Some(bad), after_cr });
        block.filled = progress.line;
        progress.searched = progress.line;
        if block.lines.is_empty() {
            block.base = self.position;
            block.filled = 0;
            *progress = Progress { line: 0, searched: 0 };
        }
    }

    /// Sorts out the bad lines, counts, and at the end of the split checks the file.
    fn finish_block(&mut self, block: &mut LineBlock) -> Result<bool, IoError> {
        let limit = self.options.max_line;
        let too_long = block.filled > limit && block.lines.iter().any(|line| line.len as usize > limit);
        if too_long || !(block.ascii || is_utf8(block)) {
            sort_out(block, &self.options);
        }
        let count = block.lines.len() + block.bad.len();
        self.given += count as u64;
        if self.done {
            self.source.check()?;
        }
        Ok(count > 0)
    }
}

impl Skip {
    /// Where the line after this one begins, if that is in the buffer.
    fn find_end(&mut self, bytes: &[u8]) -> Option<usize> {
        if self.after_cr && !bytes.is_empty() {
            return Some(usize::from(bytes[0] == b'\n'));
        }
        let end = memchr2(b'\n', b'\r', bytes);
        if let Some(bad) = &mut self.bad {
            let more = &bytes[..end.unwrap_or(bytes.len())];
            bad.len += more.len() as u64;
            let kept = more.len().min(BadLine::EXCERPT - bad.record.len());
            bad.record.extend_from_slice(&more[..kept]);
        }
        let end = end?;
        match (bytes[end], bytes.get(end + 1)) {
            (b'\r', None) => {
                self.after_cr = true;
                None
            }
            (b'\r', Some(b'\n')) => Some(end + 2),
            _ => Some(end + 1),
        }
    }
}

fn span(start: usize, end: usize) -> LineSpan {
    LineSpan { start: narrow(start), len: narrow(end - start) }
}

fn narrow(n: usize) -> u32 {
    u32::try_from(n).expect("ReaderOptions::LONGEST keeps a block below 4 GiB")
}

/// Whether all lines are UTF-8: their range is checked at once, since line ends are ASCII.
fn is_utf8(block: &LineBlock) -> bool {
    let (Some(first), Some(last)) = (block.lines.first(), block.lines.last()) else { return true };
    let range = first.start as usize..last.start as usize + last.len as usize;
    simdutf8::basic::from_utf8(&block.bytes[range]).is_ok()
}

/// Moves lines that are too long or no UTF-8 to the bad ones, or decodes them.
fn sort_out(block: &mut LineBlock, options: &ReaderOptions) {
    block.bytes.truncate(block.filled);
    let lines = std::mem::take(&mut block.lines);
    for line in lines {
        let bytes = &block.bytes[line.start as usize..line.start as usize + line.len as usize];
        let (before, offset) = (narrow(block.lines.len()), block.base + u64::from(line.start));
        if bytes.len() > options.max_line {
            block.bad.push(too_long(before, offset, bytes, options.max_line));
            continue;
        }
        match (std::str::from_utf8(bytes), options.decoding) {
            (Ok(_), _) => block.lines.push(line),
            (Err(_), Decoding::Lossy) => push_decoded(block, line),
            (Err(error), Decoding::Strict) => {
                let kind = BadKind::Utf8 { at: offset + error.valid_up_to() as u64 };
                let (len, record) = (bytes.len() as u64, bytes.to_vec());
                block.bad.push(BadLine { before, offset, len, kind, record });
            }
        }
    }
    block.pad();
}

fn push_decoded(block: &mut LineBlock, line: LineSpan) {
    let raw = block.bytes[line.start as usize..line.start as usize + line.len as usize].to_vec();
    let start = block.bytes.len();
    decode_lossy(&raw, &mut block.bytes);
    block.moved.push((narrow(block.lines.len()), line.start));
    block.lines.push(span(start, block.bytes.len()));
}

fn too_long(before: u32, offset: u64, bytes: &[u8], limit: usize) -> BadLine {
    let record = bytes[..bytes.len().min(BadLine::EXCERPT)].to_vec();
    BadLine { before, offset, len: bytes.len() as u64, kind: BadKind::TooLong { limit }, record }
}

/// Number of the line that begins at an offset (decompressed), counted from 1: reads the file up to there.
///
/// # Errors
/// The file cannot be read.
pub(super) fn line_number_at(file: &InputFile, offset: u64) -> Result<u64, IoError> {
    let now =
        stores::file_at(file.store.clone(), file.path.clone()).map_err(|error| IoError::read(&file.path, error))?;
    let mut source = Source::open(&now)?;
    let mut buffer = vec![0; 256 << 10];
    let (mut position, mut number, mut after_cr) = (0, 1, false);
    while position < offset {
        let want = usize::try_from(offset - position).unwrap_or(usize::MAX).min(buffer.len());
        let count = source.read(position, &mut buffer[..want])?;
        if count == 0 {
            break;
        }
        number += line_ends(&buffer[..count], &mut after_cr);
        position += count as u64;
    }
    Ok(number)
}

/// Line ends in the bytes; an LF behind a CR is part of that one.
fn line_ends(bytes: &[u8], after_cr: &mut bool) -> u64 {
    let mut count = 0;
    for at in memchr::memchr2_iter(b'\n', b'\r', bytes) {
        let behind_cr = if at == 0 { *after_cr } else { bytes[at - 1] == b'\r' };
        count += u64::from(bytes[at] == b'\r' || !behind_cr);
    }
    *after_cr = bytes.last() == Some(&b'\r');
    count
}

#[cfg(test)]
#[path = "lines_tests.rs"]
mod tests;
