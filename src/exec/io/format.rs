//! Formats: how the bytes of files become rows, and rows bytes.
//!
//! A format that is read says how files are cut into partitions, and opens a [`Reader`] of each. A save says its format by
//! name and options (`FormatSpec`), of which `formats::output_format` makes one; it opens a [`RowWriter`] for each partition,
//! and may give a function that is compiled into the kernel, so that rows reach the writer as what it makes of them: text
//! gives `str(row)`.
//!
//! ```text
//! "in/*.txt" ─list→ FileInput { format: text, files, partitions } ─open→ Reader
//! Save { path, format: text(gzip) } → OutputFormat ─writer→ part-00000.gz
//! ```
//!
//! Compression is a matter of the formats that are text (`codec`, `source`, `part`).

pub(super) mod codec;
mod decode;
pub(super) mod encoded;
pub(super) mod part;
pub(super) mod reject;
mod source;
#[cfg(test)]
pub(super) mod tests;
pub mod text;
pub mod whole;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::source::Span;
use crate::base::wire;
use crate::plan::func::Func;
use crate::plan::node::Batching;
use crate::runtime::value::shape::Shape;
use crate::runtime::value::words::Value;
use crate::types::ty::Ty;

use super::listing::{Subdirectories, list_files};
use super::output::OutputDir;
use super::store::{InputFile, Split};
use crate::exec::data::block::Block;
use crate::exec::data::read::Reader;
use crate::exec::errors::io::IoError;
use crate::exec::errors::{JobError, TaskResult};
use crate::exec::memory::Accountant;

/// How the bytes of files become rows.
pub trait InputFormat: fmt::Debug + Send + Sync {
    /// The shape of the rows.
    fn shape(&self) -> Shape;

    /// The format as data, for some of the files, by their numbers.
    fn spec(&self, files: &[usize]) -> InputSpec;

    /// How PySpark would serialise the rows.
    fn batching(&self) -> Batching;

    /// The treatment of directories inside a directory that is read.
    fn subdirectories(&self) -> Subdirectories;

    /// Whether `-` is standard input: a stream without a size.
    fn reads_streams(&self) -> bool {
        false
    }

    /// Refuses a file by its path, before anything is read.
    ///
    /// # Errors
    /// The format cannot read such a file.
    fn admit(&self, path: &Path) -> Result<(), IoError>;

    /// How files are cut: the ranges that each partition reads, in order.
    fn partitions(&self, files: &[InputFile], min_partitions: usize) -> Vec<Vec<Split>>;

    /// Opens a partition.
    ///
    /// # Errors
    /// A file cannot be opened, or has changed.
    fn open(&self, input: &Arc<FileInput>, partition: usize, env: &ReadEnv<'_>) -> TaskResult<Opened>;
}

/// A format that is read, as data.
#[derive(Serialize, Deserialize)]
pub struct InputSpec {
    pub(super) name: String,
    #[serde(with = "serde_bytes")]
    pub(super) options: Vec<u8>,
}

impl InputSpec {
    /// The format of a name, with options that its own function decodes.
    fn new(name: &str, options: &impl Serialize) -> Self {
        Self { name: name.to_owned(), options: wire::encode(options) }
    }
}

/// A partition of an input as its format gives it.
pub enum Opened {
    /// Rows, batch by batch.
    Rows(Box<dyn Reader>),
    /// Encoded rows of a shape, which the runtime decodes.
    Block(Arc<Block>),
}

/// The environment of a reader, besides its files.
pub struct ReadEnv<'a> {
    /// The accountant that memory is charged to.
    pub accountant: &'a Arc<Accountant>,
    /// The operator that reads.
    pub span: Span,
}

/// Files of a format, cut into partitions.
#[derive(Debug)]
pub struct FileInput {
    /// The format.
    pub format: Box<dyn InputFormat>,
    /// Files in order, empty ones included.
    pub files: Vec<InputFile>,
    /// The ranges of each partition, in order.
    pub partitions: Vec<Vec<Split>>,
}

impl FileInput {
    /// Lists the files of a path, a directory, a glob, a list of those separated by commas, or `-` for standard input, and
    /// cuts them into at least so many partitions, if they are large enough.
    ///
    /// # Errors
    /// All paths that do not exist, match nothing, may not be read, or are no regular files.
    pub fn list(spec: &str, min_partitions: usize, format: Box<dyn InputFormat>) -> Result<Self, Vec<IoError>> {
        if spec == "-" && format.reads_streams() {
            let stdin = InputFile::stdin();
            return Ok(Self { partitions: vec![vec![stdin.whole(0)]], files: vec![stdin], format });
        }
        let files = list_files(spec, format.subdirectories(), &|path| format.admit(path))?;
        Ok(Self { partitions: format.partitions(&files, min_partitions), files, format })
    }

    /// The range of a partition, for formats that cut files so that each has one.
    fn range(&self, partition: usize) -> TaskResult<Split> {
        match *self.partitions[partition] {
            [range] => Ok(range),
            _ => Err(JobError::Bug(format!("partition {partition} is not one range of a file"))),
        }
    }
}

/// How rows become the bytes of files.
pub trait OutputFormat: fmt::Debug + Send + Sync {
    /// The operator that writes it.
    fn operator(&self) -> &'static str;

    /// A function that is compiled into the kernel in front of the writer, where that is quicker than to make the bytes of
    /// a row of this type in the writer.
    fn row_function(&self, row: &Ty, span: Span) -> Option<Func>;

    /// Opens the files of a partition.
    ///
    /// # Errors
    /// They cannot be created.
    fn writer(&self, output: &OutputDir, partition: usize) -> Result<Box<dyn RowWriter>, IoError>;

    /// How the files of a partition differ from those of a shadow of the output: where, and both sides there. The
    /// shadow's files are removed.
    ///
    /// # Errors
    /// They cannot be read.
    fn difference(&self, sides: [&OutputDir; 2], partition: usize) -> Result<Option<Difference>, IoError>;
}

/// The kind of the difference, and both texts.
pub type Difference = (String, [String; 2]);

/// A writer of a partition's rows.
pub trait RowWriter {
    /// Appends a row, which is what the format's function has made of the job's, if it has one.
    ///
    /// # Errors
    /// The file cannot be written.
    fn row(&mut self, row: Value<'_>) -> Result<(), IoError>;

    /// Ends the files, which are on the disk then. A writer that is dropped instead leaves its output unpublishable.
    ///
    /// # Errors
    /// A file cannot be written.
    fn finish(self: Box<Self>) -> Result<(), IoError>;
}

/// Where a task saves its rows.
#[derive(Clone, Copy, Debug)]
pub struct SaveTo<'a> {
    /// The output directory.
    pub output: &'a OutputDir,
    /// The format of its files.
    pub format: &'a dyn OutputFormat,
}
