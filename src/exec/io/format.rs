//! Formats: how rows become the bytes of files.
//!
//! A save says its format by name and options ([`FormatSpec`]); [`output_format`] makes a format of that. A format opens a
//! [`RowWriter`] for each partition, and may give a function that is compiled into the kernel, so that rows reach the
//! writer as what it makes of them: text gives `str(row)`.
//!
//! ```text
//! Save { path, format: text(gzip) } → OutputFormat ─writer→ part-00000.gz
//! ```

pub mod text;

use std::fmt;

use crate::base::source::Span;
use crate::plan::func::Func;
use crate::plan::node::FormatSpec;
use crate::runtime::value::words::Value;
use crate::types::ty::Ty;

use super::output::OutputDir;
use crate::exec::errors::io::IoError;

/// Makes a format of its options, or says what is wrong with them.
type MakeOutput = fn(&[Option<String>]) -> Result<Box<dyn OutputFormat>, String>;

/// The formats that can be written, by name.
const OUTPUTS: &[(&str, MakeOutput)] = &[("text", text::output)];

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

/// What differs, and how the two look.
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

/// The format that a save asks for.
///
/// # Errors
/// It is not known, or its options are wrong: the message says what it knows.
pub fn output_format(spec: &FormatSpec) -> Result<Box<dyn OutputFormat>, String> {
    let known = OUTPUTS.iter().find(|(name, _)| *name == spec.name);
    let (_, make) = known.ok_or_else(|| format!("no format is called {}", spec.name))?;
    make(&spec.options)
}
