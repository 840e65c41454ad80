//! Text: a row is a line. A row that is read is a line of any file, compressed or not; a row that is written is
//! Python's `str` of it.
//!
//! Files are cut into splits as Hadoop cuts them for Spark's `textFile`: `{file: 0, start: 0, end: 512}`. A split's lines
//! are those that begin after its start and at or before its end (`lines` has the rule), so the cuts need no look at the
//! data. Empty files have no split, as in Spark. One difference: a bzip2 file is one split.

mod lines;

use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::source::Span;
use crate::hir::{Expr, Lambda, Props};
use crate::plan::func::Func;
use crate::plan::node::Batching;
use crate::runtime::call::cx::Cx;
use crate::runtime::call::trap::{Reason, Trap};
use crate::runtime::spark::kernel;
use crate::runtime::value::shape::Shape;
use crate::runtime::value::words::Value;
use crate::types::ty::Ty;

use super::codec::Codec;
use super::part::PartWriter;
use super::{Difference, FileInput, InputFormat, InputSpec, Opened, OutputFormat, ReadEnv, RowWriter};
use crate::exec::data::batch::Batch;
use crate::exec::data::line_block::{BadKind, BadLine, LineBlock};
use crate::exec::data::read::{BadRow, Reader};
use crate::exec::errors::io::IoError;
use crate::exec::errors::{RowOrigin, TaskResult};
use crate::exec::io::listing::Subdirectories;
use crate::exec::io::output::OutputDir;
use crate::exec::io::store::{InputFile, Split};

pub use lines::{Decoding, LineReader, ReaderOptions};

/// Hadoop's block size of local files, the upper limit of a split.
const BLOCK_BYTES: u64 = 32 << 20;

/// A split may be this much larger than the goal before it is cut.
const SPLIT_SLOP: f64 = 1.1;

/// The name of the format.
pub(in crate::exec::io) const NAME: &str = "text";

/// Lines of files.
#[derive(Debug, Serialize, Deserialize)]
pub struct Text {
    /// How they are read.
    pub options: ReaderOptions,
}

impl InputFormat for Text {
    fn shape(&self) -> Shape {
        Shape::Str
    }

    fn spec(&self, _files: &[usize]) -> InputSpec {
        InputSpec::new(NAME, self)
    }

    fn batching(&self) -> Batching {
        Batching::Single
    }

    fn subdirectories(&self) -> Subdirectories {
        Subdirectories::Refused
    }

    fn reads_streams(&self) -> bool {
        true
    }

    fn admit(&self, path: &Path) -> Result<(), IoError> {
        Codec::admit(path)
    }

    fn partitions(&self, files: &[InputFile], min_partitions: usize) -> Vec<Vec<Split>> {
        cut(files, min_partitions).into_iter().map(|split| vec![split]).collect()
    }

    fn open(&self, input: &Arc<FileInput>, partition: usize, _env: &ReadEnv<'_>) -> TaskResult<Opened> {
        Ok(Opened::Rows(Box::new(TextReader::open(input, input.range(partition)?, self.options)?)))
    }
}

/// Cuts files into splits: the old `FileInputFormat.getSplits` of Hadoop, without the empty splits that Spark drops.
fn cut(files: &[InputFile], min_partitions: usize) -> Vec<Split> {
    let total: u64 = files.iter().map(|file| file.size).sum();
    let goal = total / (min_partitions.max(1) as u64);
    let size = goal.clamp(1, BLOCK_BYTES);
    let mut splits = Vec::new();
    for (index, file) in files.iter().enumerate().filter(|(_, file)| file.size > 0) {
        let mut start = 0;
        if Codec::of(file) == Codec::Plain {
            while (file.size - start) as f64 / size as f64 > SPLIT_SLOP {
                splits.push(Split { file: index, start, end: start + size });
                start += size;
            }
        }
        if start < file.size {
            splits.push(Split { file: index, start, end: file.size });
        }
    }
    splits
}

/// Lines of a split.
struct TextReader {
    input: Arc<FileInput>,
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
    fn open(input: &Arc<FileInput>, split: Split, options: ReaderOptions) -> Result<Self, IoError> {
        let lines = LineReader::open(&input.files[split.file], &split, options)?;
        Ok(Self { input: input.clone(), file: split.file, start: split.start, lines, block: LineBlock::new() })
    }

    fn file(&self) -> &InputFile {
        &self.input.files[self.file]
    }

    fn bad_row(&self, at: usize, bad: &BadLine) -> BadRow {
        let line = self.block.bad_line_number(at).or_else(|| self.count_lines(bad.offset));
        bad_row(bad, &self.file().path, line)
    }

    /// The number of the line at an offset: for lines of a split that begins inside the file.
    fn count_lines(&self, offset: u64) -> Option<u64> {
        lines::line_number_at(self.file(), offset).ok()
    }
}

/// A line that is no value.
pub(super) fn bad_row(bad: &BadLine, path: &Path, line: Option<u64>) -> BadRow {
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
        RowOrigin::line_of(&self.file().path, line, offset)
    }

    fn bytes(&self) -> u64 {
        self.lines.position().saturating_sub(self.start)
    }
}

/// The operator that saves text.
const OPERATOR: &str = "saveAsTextFile";

/// Lines in `part-00000`, compressed or not.
#[derive(Debug)]
struct TextOutput {
    codec: Codec,
}

/// Text with its options: the codec, by its name in the language or Hadoop's class name.
///
/// # Errors
/// The codec is not known.
pub(in crate::exec::io) fn output(options: &[Option<String>]) -> Result<Box<dyn OutputFormat>, String> {
    let codec = match options.first().and_then(Option::as_deref) {
        None => Codec::Plain,
        Some(name) => Codec::named(name)
            .ok_or_else(|| format!("`{OPERATOR}` knows the codecs gzip, bzip2 and zstd, found \"{name}\""))?,
    };
    Ok(Box::new(TextOutput { codec }))
}

/// `row -> str(row)`: the line of a row of a type, as `saveAsTextFile` and `print` write it.
pub fn line_of(row: &Ty, span: Span) -> Func {
    let line = |row| Expr::call(kernel::LINE, Props::TOTAL, vec![row], Ty::Str, span);
    Func::closed(Lambda::closed(span, [row.clone()], |_, [row]| line(row)))
}

impl TextOutput {
    fn part_name(&self, partition: usize) -> String {
        format!("part-{partition:05}{}", self.codec.extension())
    }
}

impl OutputFormat for TextOutput {
    fn operator(&self) -> &'static str {
        OPERATOR
    }

    fn row_function(&self, row: &Ty, span: Span) -> Option<Func> {
        Some(line_of(row, span))
    }

    fn writer(&self, output: &OutputDir, partition: usize) -> Result<Box<dyn RowWriter>, IoError> {
        Ok(Box::new(output.file_writer(&self.part_name(partition), self.codec)?))
    }

    fn difference(&self, [one, shadow]: [&OutputDir; 2], partition: usize) -> Result<Option<Difference>, IoError> {
        let found = one.compare_file(shadow, &self.part_name(partition))?;
        let what = |line| match self.codec {
            Codec::Plain => format!("line {line} of the part file"),
            Codec::Gzip | Codec::Bzip2 | Codec::Zstd => "the compressed part file".to_owned(),
        };
        Ok(found.map(|(line, sides)| (what(line), sides.map(|side| String::from_utf8_lossy(&side).into_owned()))))
    }
}

impl RowWriter for PartWriter {
    fn row(&mut self, row: Value<'_>) -> Result<(), IoError> {
        self.write_line(row.str().as_bytes())
    }

    fn finish(self: Box<Self>) -> Result<(), IoError> {
        PartWriter::finish(*self).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_have_the_goal_size_with_slop() {
        let file = |size, name: &str| InputFile { size, path: name.into(), ..InputFile::stdin() };
        let (plain, gzip) = ("x", "x.gz");
        let ends = |files: &[InputFile], n| cut(files, n).iter().map(|s| (s.file, s.end)).collect::<Vec<_>>();
        assert_eq!(ends(&[file(9, plain)], 2), [(0, 4), (0, 8), (0, 9)]);
        assert_eq!(ends(&[file(21, plain)], 2), [(0, 10), (0, 21)], "the rest is within the slop");
        assert_eq!(ends(&[file(0, plain), file(9, gzip)], 4), [(1, 9)]);
        assert_eq!(ends(&[file(3, plain)], 0), [(0, 3)]);
        let large = cut(&[file(BLOCK_BYTES * 3 + 1, plain)], 1);
        assert_eq!(large.len(), 3, "a block is the largest split, but for the slop");
    }
}
