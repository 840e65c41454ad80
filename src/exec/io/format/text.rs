//! Text: a row is a line, as Python's `str` prints it.

use crate::base::source::Span;
use crate::hir::{Expr, Lambda, Props};
use crate::plan::func::Func;
use crate::runtime::spark::kernel;
use crate::runtime::value::words::Value;
use crate::types::ty::Ty;

use super::{Difference, OutputFormat, RowWriter};
use crate::exec::errors::io::IoError;
use crate::exec::io::codec::Codec;
use crate::exec::io::output::OutputDir;
use crate::exec::io::part::PartWriter;

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
pub(super) fn output(options: &[Option<String>]) -> Result<Box<dyn OutputFormat>, String> {
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
