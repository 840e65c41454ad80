//! Encoded rows, one file a partition: checkpoints, for as long as the job runs.
//!
//! They are for this job alone, and are removed with it; nothing in them says what type their rows have.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::plan::node::Batching;
use crate::runtime::value::shape::Shape;

use super::{FileInput, InputFormat, InputSpec, Opened, ReadEnv};
use crate::exec::data::block::Block;
use crate::exec::errors::TaskResult;
use crate::exec::errors::io::IoError;
use crate::exec::io::listing::Subdirectories;
use crate::exec::io::store::{InputFile, LOCAL, Split};
use crate::exec::io::stores;
use crate::exec::io::temporary::Temporary;

/// The name of the format.
pub(in crate::exec::io) const NAME: &str = "encoded rows";

/// Encoded rows, one file a partition.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::exec::io) struct EncodedRows {
    /// The number of rows of each file.
    rows: Vec<usize>,
    shape: Shape,
}

impl InputFormat for EncodedRows {
    fn shape(&self) -> Shape {
        self.shape.clone()
    }

    fn spec(&self, files: &[usize]) -> InputSpec {
        let rows = files.iter().map(|file| self.rows[*file]).collect();
        InputSpec::new(NAME, &Self { rows, shape: self.shape.clone() })
    }

    fn batching(&self) -> Batching {
        Batching::Doubling
    }

    fn subdirectories(&self) -> Subdirectories {
        Subdirectories::Refused
    }

    fn admit(&self, _path: &Path) -> Result<(), IoError> {
        Ok(())
    }

    fn partitions(&self, files: &[InputFile], _min_partitions: usize) -> Vec<Vec<Split>> {
        files.iter().enumerate().map(|(index, file)| vec![file.whole(index)]).collect()
    }

    fn open(&self, input: &Arc<FileInput>, partition: usize, env: &ReadEnv<'_>) -> TaskResult<Opened> {
        let file = input.range(partition)?.file;
        let (bytes, rows) = (read_whole(&input.files[file])?, self.rows.get(file).copied().unwrap_or_default());
        Ok(Opened::Block(Block::decode(&self.shape, &bytes, rows, env.accountant, env.span)?))
    }
}

/// The bytes of a file, which must be the one that was written.
fn read_whole(file: &InputFile) -> Result<Vec<u8>, IoError> {
    let open = stores::open(file)?;
    let (mut bytes, mut filled) = (vec![0; usize::try_from(file.size).unwrap_or(usize::MAX)], 0);
    while filled < bytes.len() {
        match open.read_at(filled as u64, &mut bytes[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(IoError::read(&file.path, error)),
        }
    }
    open.check()?;
    Ok(bytes)
}

/// The directory of a job's checkpoints, which is removed when this is dropped.
#[derive(Debug)]
pub struct CheckpointDir {
    directory: Temporary,
}

impl CheckpointDir {
    /// A directory of its own below one that the job names, which is made if it is not there.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn create(below: &str) -> Result<Self, IoError> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
        let path = Path::new(below).join(format!("{:08x}-{now:x}", std::process::id()));
        let failed = |cause| IoError::write(&path, "create", cause);
        let directory = Temporary::register(path.clone()).map_err(failed)?;
        fs::create_dir_all(&path).map_err(failed)?;
        Ok(Self { directory })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Writes the partitions of an RDD, each with its number of rows, and gives its directory and what reads it.
    ///
    /// # Errors
    /// They cannot be written.
    pub fn write(
        &self,
        rdd: u32,
        shape: Shape,
        partitions: impl Iterator<Item = (Vec<u8>, usize)>,
    ) -> Result<(PathBuf, FileInput), IoError> {
        let directory = self.path().join(format!("rdd-{rdd}"));
        fs::create_dir_all(&directory).map_err(|cause| IoError::write(&directory, "create", cause))?;
        let (mut files, mut rows) = (Vec::new(), Vec::new());
        for (number, (bytes, count)) in partitions.enumerate() {
            let file = directory.join(format!("part-{number:05}"));
            let written = fs::write(&file, bytes).and_then(|()| stores::file_at(LOCAL, file.clone()));
            files.push(written.map_err(|cause| IoError::write(&file, "write", cause))?);
            rows.push(count);
        }
        let format = EncodedRows { rows, shape };
        Ok((directory, FileInput { partitions: format.partitions(&files, 0), files, format: Box::new(format) }))
    }
}
