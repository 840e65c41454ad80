//! Standard input: one stream without a size, read once.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{InputFile, OpenFile, STDIN, Stat, Store};
use crate::exec::errors::io::IoError;

/// Whether standard input was opened: a second reader would find nothing, and its rows would be lost silently.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Notes that standard input is read by somebody else.
pub fn take_stdin() {
    TAKEN.store(true, Ordering::Relaxed);
}

/// Standard input as a store of one file.
#[derive(Debug)]
pub(in crate::exec::io) struct Stdin;

struct Stream(File);

impl Store for Stdin {
    fn scheme(&self) -> &'static str {
        STDIN
    }

    fn stat(&self, _path: &Path) -> io::Result<Stat> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn names(&self, _directory: &Path) -> io::Result<Vec<OsString>> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn open(&self, file: &InputFile) -> Result<Box<dyn OpenFile>, IoError> {
        if TAKEN.swap(true, Ordering::Relaxed) {
            return Err(IoError::StdinTaken);
        }
        let owned = io::stdin().as_fd().try_clone_to_owned();
        Ok(Box::new(Stream(File::from(owned.map_err(|error| IoError::read(&file.path, error))?))))
    }
}

impl OpenFile for Stream {
    fn read_at(&self, _offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        (&self.0).read(buffer)
    }

    fn check(&self) -> Result<(), IoError> {
        Ok(())
    }
}
