//! Whole files as pairs of name and content: `wholeTextFiles`.
//!
//! Files are grouped into partitions as Spark's `WholeTextFileInputFormat` does on one machine: files with content fill
//! a partition until it has `ceil(total / minPartitions)` bytes; what is left over makes the last partition, with all
//! empty files. Six files of 10, 20 … 60 bytes over 3 partitions: `[10 20 30 40] [50 60]`.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::plan::node::Batching;
use crate::runtime::call::cx::Cx;
use crate::runtime::value::shape::Shape;
use crate::runtime::value::words::str_words;

use super::codec::Codec;
use super::decode::decode_lossy;
use super::source::Source;
use super::text::{Decoding, ReaderOptions, bad_row};
use super::{FileInput, InputFormat, InputSpec, Opened, ReadEnv};
use crate::exec::data::batch::Batch;
use crate::exec::data::line_block::{BadKind, BadLine};
use crate::exec::data::read::{BadRow, Reader};
use crate::exec::errors::io::IoError;
use crate::exec::errors::{JobError, RowOrigin, TaskResult};
use crate::exec::io::listing::Subdirectories;
use crate::exec::io::store::{InputFile, LOCAL, Split};

/// The name of the format.
pub(in crate::exec::io) const NAME: &str = "whole files";

/// Whole files as pairs of name and content.
#[derive(Debug, Serialize, Deserialize)]
pub struct WholeFiles {
    /// How they are read.
    pub options: ReaderOptions,
}

impl InputFormat for WholeFiles {
    fn shape(&self) -> Shape {
        Shape::pair(Shape::Str, Shape::Str)
    }

    fn spec(&self, _files: &[usize]) -> InputSpec {
        InputSpec::new(NAME, self)
    }

    fn batching(&self) -> Batching {
        Batching::Paired
    }

    fn subdirectories(&self) -> Subdirectories {
        Subdirectories::Skipped
    }

    fn admit(&self, path: &Path) -> Result<(), IoError> {
        Codec::admit(path)
    }

    fn partitions(&self, files: &[InputFile], min_partitions: usize) -> Vec<Vec<Split>> {
        let sizes: Vec<u64> = files.iter().map(|file| file.size).collect();
        let whole = |index: usize| files[index].whole(index);
        group(&sizes, min_partitions).into_iter().map(|part| part.into_iter().map(whole).collect()).collect()
    }

    fn open(&self, input: &Arc<FileInput>, partition: usize, _env: &ReadEnv<'_>) -> TaskResult<Opened> {
        Ok(Opened::Rows(Box::new(WholeReader::new(input, partition, self.options))))
    }
}

/// Whole files with their names.
struct WholeReader {
    input: Arc<FileInput>,
    options: ReaderOptions,
    partition: usize,
    next: usize,
    name: String,
    content: Vec<u8>,
    bytes: u64,
}

impl WholeReader {
    fn new(input: &Arc<FileInput>, partition: usize, options: ReaderOptions) -> Self {
        let input = input.clone();
        Self { input, options, partition, next: 0, name: String::new(), content: Vec::new(), bytes: 0 }
    }
}

impl Reader for WholeReader {
    fn next(&mut self, cx: &mut Cx, batch: &mut Batch, bad: &mut Vec<BadRow>) -> TaskResult<bool> {
        cx.arena.reset();
        batch.clear();
        let Some(split) = self.input.partitions[self.partition].get(self.next) else { return Ok(false) };
        let file = &self.input.files[split.file];
        self.next += 1;
        let whole = read_whole(file, &self.options)?;
        self.bytes += file.size;
        self.name = whole.name;
        match whole.content {
            Ok(content) => {
                self.content = content;
                let text = std::str::from_utf8(&self.content);
                let text = text.map_err(|_| JobError::Bug("a file reader gave bytes that are no text".into()))?;
                let words = [self.name.as_str(), text].map(str_words);
                batch.push(&[&words[0], &words[1]]);
            }
            Err(line) => bad.push(bad_row(&line, &file.path, None)),
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

/// One element of `wholeTextFiles`.
struct WholeFile {
    /// `file:` and the absolute path.
    name: String,
    /// The content, which is valid UTF-8, or what is wrong with it.
    content: Result<Vec<u8>, BadLine>,
}

/// Groups files by size, as `CombineFileInputFormat` does when all blocks are on one node.
fn group(sizes: &[u64], min_partitions: usize) -> Vec<Vec<usize>> {
    let full = sizes.iter().sum::<u64>().div_ceil(min_partitions.max(1) as u64);
    let (mut partitions, mut current, mut bytes) = (Vec::new(), Vec::new(), 0);
    for (index, size) in sizes.iter().enumerate().filter(|(_, size)| **size > 0) {
        current.push(index);
        bytes += size;
        if bytes >= full {
            partitions.push(std::mem::take(&mut current));
            bytes = 0;
        }
    }
    current.extend((0..sizes.len()).filter(|index| sizes[*index] == 0));
    current.sort_unstable();
    if !current.is_empty() {
        partitions.push(current);
    }
    partitions
}

/// Reads a file whole, decompressed. `max_line` is the limit of its size.
///
/// # Errors
/// The file cannot be read, is corrupt or changed.
fn read_whole(file: &InputFile, options: &ReaderOptions) -> Result<WholeFile, IoError> {
    let mut source = Source::open(file)?;
    let (mut content, mut filled) = (Vec::new(), 0);
    loop {
        content.resize(filled + options.block_bytes.max(1), 0);
        let count = source.read(filled as u64, &mut content[filled..])?;
        filled += count;
        if count == 0 || filled > options.max_line {
            break;
        }
    }
    content.truncate(filled);
    source.check()?;
    Ok(WholeFile { name: uri(file), content: checked(content, options) })
}

fn checked(content: Vec<u8>, options: &ReaderOptions) -> Result<Vec<u8>, BadLine> {
    let bad = |kind, record: &[u8]| BadLine {
        before: 0,
        offset: 0,
        len: content.len() as u64,
        kind,
        record: record[..record.len().min(BadLine::EXCERPT)].to_vec(),
    };
    if content.len() > options.max_line {
        return Err(bad(BadKind::TooLong { limit: options.max_line }, &content));
    }
    if simdutf8::basic::from_utf8(&content).is_ok() {
        return Ok(content);
    }
    if options.decoding == Decoding::Lossy {
        let mut out = Vec::with_capacity(content.len());
        decode_lossy(&content, &mut out);
        return Ok(out);
    }
    let at = std::str::from_utf8(&content).err().map_or(0, |error| error.valid_up_to());
    Err(bad(BadKind::Utf8 { at: at as u64 }, &content))
}

/// `file:` and the absolute path without `.` and `..`, as Hadoop prints it: nothing is percent-encoded.
fn uri(file: &InputFile) -> String {
    let path = &file.path;
    if file.store != LOCAL {
        return path.to_string_lossy().into_owned();
    }
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let mut clean = PathBuf::new();
    for part in absolute.components() {
        match part {
            Component::ParentDir => {
                clean.pop();
            }
            Component::CurDir => {}
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => clean.push(part),
        }
    }
    format!("file:{}", clean.to_string_lossy())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exec::io::testing::Scratch;

    /// Recorded from PySpark 4.3: sizes, minPartitions, partitions.
    #[test]
    fn partitions_are_those_of_pyspark() {
        let six = [10, 20, 30, 40, 50, 60];
        assert_eq!(group(&six, 1), [vec![0, 1, 2, 3, 4, 5]]);
        assert_eq!(group(&six, 2), [vec![0, 1, 2, 3, 4], vec![5]]);
        assert_eq!(group(&six, 4), [vec![0, 1, 2], vec![3, 4], vec![5]]);
        assert_eq!(group(&six, 8), [vec![0, 1], vec![2], vec![3], vec![4], vec![5]]);
        assert_eq!(group(&[10; 6], 4), [vec![0, 1], vec![2, 3], vec![4, 5]]);
        let with_empty = [0, 9, 2, 5, 6];
        assert_eq!(group(&with_empty, 1), [vec![1, 2, 3, 4], vec![0]]);
        assert_eq!(group(&with_empty, 2), [vec![1, 2], vec![3, 4], vec![0]]);
        assert_eq!(group(&with_empty, 4), [vec![1], vec![2, 3], vec![4], vec![0]]);
        assert_eq!(group(&[9, 5, 2, 6, 0], 2), [vec![0, 1], vec![2, 3, 4]]);
        assert_eq!(group(&[0, 0], 3), [vec![0, 1]]);
        assert!(group(&[], 2).is_empty());
    }

    #[test]
    fn names_and_contents() {
        let scratch = Scratch::new();
        scratch.file("d/a é%20", b"\xef\xbb\xbfx\r\n");
        scratch.file("d/b", b"bad\xff");
        std::fs::create_dir(scratch.path().join("d/sub")).unwrap();
        let spec = format!("{}/d/../d/.", scratch.path().display());
        let options = ReaderOptions { block_bytes: 3, ..ReaderOptions::default() };
        let listing = FileInput::list(&spec, 2, Box::new(WholeFiles { options })).unwrap();
        let first = read_whole(&listing.files[0], &options).unwrap();
        assert_eq!(first.name, format!("file:{}/d/a é%20", scratch.path().display()));
        assert_eq!(first.content.unwrap(), b"\xef\xbb\xbfx\r\n", "Spark keeps the byte order mark here");
        let second = read_whole(&listing.files[1], &options).unwrap();
        assert_eq!(second.content.unwrap_err().kind, BadKind::Utf8 { at: 3 });
        let lossy = ReaderOptions { decoding: Decoding::Lossy, ..options };
        assert_eq!(read_whole(&listing.files[1], &lossy).unwrap().content.unwrap(), "bad\u{fffd}".as_bytes());
        let short = ReaderOptions { max_line: 2, ..options };
        assert!(matches!(
            read_whole(&listing.files[1], &short).unwrap().content,
            Err(BadLine { kind: BadKind::TooLong { limit: 2 }, .. })
        ));
    }
}
