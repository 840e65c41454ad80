//! Stores: where files are.
//!
//! A store is found by the scheme of a path and says what is at a path, reads ranges of a file, and builds an output that
//! appears as a whole. Globs, hidden names and messages about missing files are made of these few calls for all stores
//! (`listing`), and so are part files (`output`).
//!
//! ```text
//! "in/*.txt" ─Location→ Store ─stat, names→ InputFile ─open→ OpenFile, read at an offset
//! "out"      ─Location→ Store ─begin→ Output ─create→ OutputFile …  seal, publish (or dropped: nothing is left)
//! ```
//!
//! Paths are as the job wrote them, with their scheme unless they are local.

pub(super) mod local;
#[cfg(test)]
pub mod memory;
pub(super) mod stdin;

use std::borrow::Cow;
use std::ffi::OsString;
use std::fmt;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::base::wire;
use crate::exec::errors::io::IoError;

/// The scheme of local files.
pub const LOCAL: &str = "file";

/// The scheme of standard input, which no path has.
const STDIN: &str = "-";

/// A file system, or what takes its place.
pub trait Store: fmt::Debug + Sync {
    /// The scheme of its URLs.
    fn scheme(&self) -> &'static str;

    /// The entry at a path.
    ///
    /// # Errors
    /// There is nothing, or it cannot be found out.
    fn stat(&self, path: &Path) -> io::Result<Stat>;

    /// The names in a directory, in any order.
    ///
    /// # Errors
    /// It is no directory, or cannot be listed.
    fn names(&self, directory: &Path) -> io::Result<Vec<OsString>>;

    /// Whether there is something at a path, be it of no use.
    fn exists(&self, path: &Path) -> bool {
        self.stat(path).is_ok()
    }

    /// Looks whether the job may read a file, before anything is read.
    ///
    /// # Errors
    /// It may not.
    fn check_readable(&self, path: &Path, stat: &Stat) -> Result<(), IoError> {
        let _ = (path, stat);
        Ok(())
    }

    /// Opens a file, which must still be the one that was listed.
    ///
    /// # Errors
    /// It cannot be opened, or has changed.
    fn open(&self, file: &InputFile) -> Result<Box<dyn OpenFile>, IoError>;

    /// Looks whether an output may be made at a path, without making anything.
    ///
    /// # Errors
    /// Something is there that may not be replaced, or the store cannot be written.
    fn check_output(&self, target: &Path, overwrite: bool) -> Result<(), IoError> {
        let _ = overwrite;
        Err(IoError::write(target, "create", io::ErrorKind::Unsupported))
    }

    /// Begins an output, which replaces what is at its path when it is published if `overwrite` says so.
    ///
    /// # Errors
    /// As [`Store::check_output`]'s, or it cannot be created.
    fn begin(&self, target: &Path, overwrite: bool) -> Result<Box<dyn Output>, IoError> {
        let _ = overwrite;
        Err(IoError::write(target, "create", io::ErrorKind::Unsupported))
    }

    /// Whether other processes of this machine find the same files by the same paths.
    fn is_shared(&self) -> bool {
        false
    }

    /// An output that another process has begun and builds in a place ([`Output::place`]): files are created in it here, and
    /// it is neither published nor removed.
    ///
    /// # Errors
    /// The place is not there, or other processes cannot help to build outputs of this store.
    fn attach(&self, target: &Path, place: &Path) -> Result<Box<dyn Output>, IoError> {
        let _ = place;
        Err(IoError::write(target, "create", io::ErrorKind::Unsupported))
    }

    /// The path by which a file is known whatever way leads to it: equal paths are one file.
    fn resolved(&self, path: &Path) -> PathBuf {
        path.to_path_buf()
    }
}

/// The entry at a path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stat {
    /// The kind of the entry.
    pub kind: Kind,
    /// Bytes of a file.
    pub size: u64,
    /// Which file, in which state.
    pub identity: Identity,
}

/// A kind of thing at a path.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A file that can be read.
    File,
    /// A directory.
    Directory,
    /// Something else, and how it is called.
    Other(&'static str),
}

/// The identity of a file in one state, which tells it from others and from itself in another state: a value that its
/// store makes and compares. For local files it is device, inode and time of modification; it may be a version or a
/// hash.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Identity(#[serde(with = "serde_bytes")] pub Vec<u8>);

/// A file as it was when the job listed it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct InputFile {
    /// The scheme of its store.
    pub store: Cow<'static, str>,
    /// Its path as the job wrote it, or `-` for standard input.
    #[serde(with = "wire::path")]
    pub path: PathBuf,
    /// Bytes in its store; 0 for standard input.
    pub size: u64,
    /// Which file it is, in which state.
    pub identity: Identity,
}

impl InputFile {
    /// Standard input, of which neither size nor changes are known.
    pub fn stdin() -> Self {
        Self { store: STDIN.into(), path: PathBuf::from("-"), size: 0, identity: Identity::default() }
    }

    /// The split that covers the whole file, which has this index.
    pub fn whole(&self, file: usize) -> Split {
        Split { file, start: 0, end: if self.store == STDIN { u64::MAX } else { self.size } }
    }
}

/// A range of a file's bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Split {
    /// Index of the file among those of its input.
    pub file: usize,
    /// First byte.
    pub start: u64,
    /// One past the last byte.
    pub end: u64,
}

/// An open file.
pub trait OpenFile: Send + Sync {
    /// Reads some bytes from an offset on; 0 at the end. A file without offsets is read in sequence.
    ///
    /// # Errors
    /// It cannot be read.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;

    /// Compares the open file, and the one at its path, with what was listed.
    ///
    /// # Errors
    /// The file vanished, was replaced or was modified.
    fn check(&self) -> Result<(), IoError>;
}

/// An output while it is built. Nothing of it can be seen until it is published; it is discarded when it is dropped before.
pub trait Output: fmt::Debug + Send + Sync {
    /// Where a file of it is while it is built, for messages.
    fn path(&self, name: &str) -> PathBuf;

    /// Where it is built, if another process can help to build it ([`Store::attach`]).
    fn place(&self) -> Option<&Path> {
        None
    }

    /// Creates a file, which must not exist. May be called from several threads.
    ///
    /// # Errors
    /// It cannot be created.
    fn create(&self, name: &str) -> io::Result<Box<dyn OutputFile>>;

    /// Reads a file that is finished.
    ///
    /// # Errors
    /// It cannot be opened.
    fn read(&self, name: &str) -> io::Result<Box<dyn Read>>;

    /// Removes a file.
    ///
    /// # Errors
    /// It cannot be removed.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// An output of the same kind that is never published.
    ///
    /// # Errors
    /// It cannot be created.
    fn shadow(&self) -> Result<Box<dyn Output>, IoError>;

    /// Makes it complete and durable: all but visible.
    ///
    /// # Errors
    /// The store refuses, or something has come to its path since it was begun.
    fn seal(&self) -> Result<(), IoError>;

    /// Makes it visible in one step.
    ///
    /// # Errors
    /// The store refuses, or another job has made the output: it is not visible then.
    fn publish(&mut self) -> Result<(), IoError>;

    /// Undoes `publish`, because another output of the same job could not be published.
    fn withdraw(&mut self);

    /// Says that all outputs of the job are published: what was made for this one, such as directories around it, stays.
    fn settle(&mut self) {}
}

/// A file of an output.
pub trait OutputFile: Write + Send {
    /// Waits until its bytes would survive a power loss.
    ///
    /// # Errors
    /// They would not.
    fn sync(&self) -> io::Result<()>;
}
