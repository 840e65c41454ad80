//! The local file system.
//!
//! Files are read with `pread`. A file's identity is its device, inode and time of modification: it is compared with the
//! listing, as is the size, when the file is opened and when a reader has its last byte, so that an answer never mixes two
//! states of a file. `output` has the directories that are whole or absent.

mod output;

use std::ffi::OsString;
use std::fs::{self, File, FileType, Metadata, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileExt, FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::{Identity, InputFile, Kind, LOCAL, OpenFile, Output, OutputFile, Stat, Store};
use crate::exec::errors::io::{Change, IoError};

/// The local file system as a store.
#[derive(Debug)]
pub(in crate::exec::io) struct Local;

/// An open local file, and what was listed.
struct LocalFile {
    file: File,
    listed: InputFile,
}

impl Store for Local {
    fn scheme(&self) -> &'static str {
        LOCAL
    }

    fn stat(&self, path: &Path) -> io::Result<Stat> {
        fs::metadata(path).map(|metadata| stat_of(&metadata))
    }

    fn names(&self, directory: &Path) -> io::Result<Vec<OsString>> {
        fs::read_dir(directory)?.map(|entry| entry.map(|entry| entry.file_name())).collect()
    }

    fn exists(&self, path: &Path) -> bool {
        fs::symlink_metadata(path).is_ok()
    }

    fn check_readable(&self, path: &Path, stat: &Stat) -> Result<(), IoError> {
        if rustix::fs::access(path, rustix::fs::Access::READ_OK).is_err() {
            return Err(IoError::Denied { path: path.to_path_buf() });
        }
        if stat.size == 0 && has_bytes(path) {
            return Err(IoError::NotAFile { path: path.to_path_buf(), found: "file that hides its size" });
        }
        Ok(())
    }

    fn open(&self, file: &InputFile) -> Result<Box<dyn OpenFile>, IoError> {
        // Without NONBLOCK, a FIFO that has taken the file's place would hang the job instead of failing it.
        let flags = rustix::fs::OFlags::NONBLOCK.bits() as i32;
        let opened = OpenOptions::new().read(true).custom_flags(flags).open(&file.path);
        let opened = opened.map_err(|error| {
            if error.kind() == io::ErrorKind::NotFound {
                IoError::Changed { path: file.path.clone(), change: Change::Vanished }
            } else {
                IoError::read(&file.path, error)
            }
        })?;
        let opened = LocalFile { file: opened, listed: file.clone() };
        opened.check()?;
        Ok(Box::new(opened))
    }

    fn check_output(&self, target: &Path, overwrite: bool) -> Result<(), IoError> {
        output::check_target(target, overwrite)
    }

    fn begin(&self, target: &Path, overwrite: bool) -> Result<Box<dyn Output>, IoError> {
        Ok(Box::new(output::LocalOutput::begin(target, overwrite)?))
    }

    fn is_shared(&self) -> bool {
        true
    }

    fn attach(&self, target: &Path, place: &Path) -> Result<Box<dyn Output>, IoError> {
        Ok(Box::new(output::LocalOutput::attach(target, place)?))
    }

    /// Without symbolic links, as far as it exists.
    fn resolved(&self, path: &Path) -> PathBuf {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
        let known = path.ancestors().find_map(|ancestor| Some((ancestor, fs::canonicalize(ancestor).ok()?)));
        match known {
            Some((ancestor, known)) => known.join(path.strip_prefix(ancestor).unwrap_or(Path::new(""))),
            None => path,
        }
    }
}

impl OpenFile for LocalFile {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read_at(buffer, offset)
    }

    fn check(&self) -> Result<(), IoError> {
        let path = &self.listed.path;
        let open = self.file.metadata().map_err(|error| IoError::read(path, error))?;
        let change = match fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Some(Change::Vanished),
            Err(error) => return Err(IoError::read(path, error)),
            Ok(named) => difference(&self.listed, &named).or_else(|| difference(&self.listed, &open)),
        };
        change.map_or(Ok(()), |change| Err(IoError::Changed { path: path.clone(), change }))
    }
}

impl OutputFile for File {
    fn sync(&self) -> io::Result<()> {
        self.sync_all()
    }
}

fn stat_of(metadata: &Metadata) -> Stat {
    let kind = kind_of(metadata.file_type());
    Stat { kind, size: metadata.len(), identity: identity_of(metadata) }
}

fn kind_of(kind: FileType) -> Kind {
    match kind {
        _ if kind.is_file() => Kind::File,
        _ if kind.is_dir() => Kind::Directory,
        _ if kind.is_fifo() => Kind::Other("FIFO"),
        _ if kind.is_socket() => Kind::Other("socket"),
        _ => Kind::Other("device"),
    }
}

/// How many bytes of an identity tell the file: its device and its inode. The others tell its time of modification.
const FILE_BYTES: usize = 16;

fn identity_of(metadata: &Metadata) -> Identity {
    let (file, time) = ([metadata.dev(), metadata.ino()], [metadata.mtime(), metadata.mtime_nsec()]);
    let file = file.iter().flat_map(|word| word.to_le_bytes());
    Identity(file.chain(time.iter().flat_map(|word| word.to_le_bytes())).collect())
}

fn difference(listed: &InputFile, now: &Metadata) -> Option<Change> {
    let identity = identity_of(now);
    if listed.identity.0.get(..FILE_BYTES) != identity.0.get(..FILE_BYTES) {
        return Some(Change::Replaced);
    }
    (listed.size != now.len() || listed.identity != identity).then_some(Change::Modified)
}

/// Whether a file that claims to be empty is not: those of /proc say so, and their rows would be lost.
fn has_bytes(path: &Path) -> bool {
    File::open(path).and_then(|mut file| file.read(&mut [0])).is_ok_and(|count| count > 0)
}
