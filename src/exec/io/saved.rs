//! Checkpoints: the encoded rows of an RDD in files, one a partition, for as long as the job runs.
//!
//! They are for this process alone, and are removed with it; nothing says what type their rows have.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use super::temporary::Temporary;
use crate::exec::errors::io::IoError;

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

    /// Writes the partitions of an RDD and gives its directory and its files.
    ///
    /// # Errors
    /// They cannot be written.
    pub fn write<'b>(
        &self,
        rdd: u32,
        partitions: impl Iterator<Item = &'b [u8]>,
    ) -> Result<(PathBuf, Vec<PathBuf>), IoError> {
        let directory = self.path().join(format!("rdd-{rdd}"));
        fs::create_dir_all(&directory).map_err(|cause| IoError::write(&directory, "create", cause))?;
        let mut files = Vec::new();
        for (number, bytes) in partitions.enumerate() {
            let file = directory.join(format!("part-{number:05}"));
            fs::write(&file, bytes).map_err(|cause| IoError::write(&file, "write", cause))?;
            files.push(file);
        }
        Ok((directory, files))
    }
}

/// Reads what was written of a partition.
///
/// # Errors
/// It cannot be read.
pub fn read_saved(file: &Path) -> Result<Vec<u8>, IoError> {
    fs::read(file).map_err(|cause| IoError::read(file, cause))
}
