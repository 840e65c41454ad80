//! Inputs that several processes read: partitions of one as data.

use serde::{Deserialize, Serialize};

use super::format::{FileInput, InputSpec};
use super::formats::input_format;
use super::store::{InputFile, Split, Store};
use super::stores::store_of;

/// Whether other processes of this machine find the files of a partition by their paths.
pub fn is_shared(input: &FileInput, partition: usize) -> bool {
    let is_shared = |range: &Split| store_of(&input.files[range.file].store).is_some_and(Store::is_shared);
    input.partitions[partition].iter().all(is_shared)
}

/// Some partitions of an input.
#[derive(Serialize, Deserialize)]
pub struct FilesPart {
    format: InputSpec,
    files: Vec<InputFile>,
    pub(super) partitions: Vec<Vec<Split>>,
}

impl FilesPart {
    /// Partitions of an input, by their numbers.
    pub fn of(input: &FileInput, wanted: &[usize]) -> Self {
        let mut files = Vec::new();
        let mut numbered = |range: &Split| {
            files.push(range.file);
            Split { file: files.len() - 1, ..*range }
        };
        let mut ranges = |partition: &usize| input.partitions[*partition].iter().map(&mut numbered).collect();
        let partitions = wanted.iter().map(&mut ranges).collect();
        let format = input.format.spec(&files);
        Self { format, files: files.iter().map(|file| input.files[*file].clone()).collect(), partitions }
    }

    /// The input of which these are all partitions.
    ///
    /// # Errors
    /// The format is not known, or a range is one of no file.
    pub fn open(self) -> Result<FileInput, String> {
        let Self { format, files, partitions } = self;
        if partitions.iter().flatten().any(|range| range.file >= files.len()) {
            return Err("a range of no file".to_owned());
        }
        Ok(FileInput { format: input_format(&format)?, files, partitions })
    }
}
