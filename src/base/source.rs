//! Source files and spans.
//!
//! A job is one file and those it brings in with `use`; a [`Span`] names a byte range in one of them. Functions of the
//! catalog that are written in the language are files too (`<catalog:NAME>`), so that every span has a text.

use serde::{Deserialize, Serialize};

use super::index::{IndexVec, id};

id!(pub FileId, "A source file of the job.");

/// A byte range in a source file: `start..end`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// A span of a file.
    pub fn new(file: FileId, start: usize, end: usize) -> Self {
        let at = |n: usize| u32::try_from(n).expect("sources are limited to 16 MiB");
        Self { file, start: at(start), end: at(end) }
    }

    /// The smallest span that covers both; `self` if they are of different files.
    pub fn to(self, other: Self) -> Self {
        if self.file != other.file {
            return self;
        }
        Self { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// One source text with its name as the user gave it.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Path as given, `<stdin>`, `<command line>` or `<catalog:NAME>`.
    pub name: String,
    /// The whole text.
    pub text: String,
}

/// All source texts of a job.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: IndexVec<FileId, SourceFile>,
}

impl Sources {
    /// Adds a file.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> FileId {
        self.files.push(SourceFile { name: name.into(), text: text.into() })
    }

    /// A file by id.
    pub fn file(&self, id: FileId) -> &SourceFile {
        &self.files[id]
    }

    /// The text of a span; empty if the span lies outside of its file.
    pub fn text(&self, span: Span) -> &str {
        self.files[span.file].text.get(span.start as usize..span.end as usize).unwrap_or("")
    }

    /// Line and column of a span's start, both counted from 1; the column counts characters.
    pub fn line_col(&self, span: Span) -> (usize, usize) {
        let text = &self.files[span.file].text;
        let mut start = (span.start as usize).min(text.len());
        while !text.is_char_boundary(start) {
            start -= 1;
        }
        let before = &text[..start];
        let line = before.matches('\n').count() + 1;
        let col = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        (line, col)
    }

    /// `file:line:column` of a span's start.
    pub fn place(&self, span: Span) -> String {
        let (line, col) = self.line_col(span);
        format!("{}:{line}:{col}", self.files[span.file].name)
    }
}
