//! Output directories: whole or absent, in whatever store.
//!
//! ```text
//! prepare → file_writer("part-00000") … → commit        out/part-00000 … out/_SUCCESS
//!                                       → abort, drop   nothing
//! ```
//!
//! Several directories of one job are committed together: when one cannot be, none is. How one is built and published is
//! its store's matter ([`Output`]).

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::{Deserialize, Serialize};
use signal_hook::consts::SIGINT;

use super::format::codec::Codec;
use super::format::part::PartWriter;
use super::location::Location;
use super::names::SUCCESS;
use super::store::{Output, Store};
use super::stores::store_of;
use super::{signals, temporary};
use crate::base::wire;
use crate::exec::errors::io::IoError;

/// An output directory that is being built.
#[derive(Debug)]
pub struct OutputDir {
    store: &'static dyn Store,
    target: PathBuf,
    building: Box<dyn Output>,
    unfinished: Arc<AtomicUsize>,
}

/// An output that several processes build.
#[derive(Serialize, Deserialize)]
pub struct SharedOutput {
    store: String,
    #[serde(with = "wire::path")]
    target: PathBuf,
    #[serde(with = "wire::path")]
    place: PathBuf,
}

impl OutputDir {
    /// Checks that nothing stands where the output will be, without making anything.
    ///
    /// # Errors
    /// The output exists (unless it is to be overwritten), or its path names no directory.
    pub fn check(path: &str, overwrite: bool) -> Result<(), IoError> {
        let (store, target) = target_of(path)?;
        store.check_output(&target, overwrite)
    }

    /// Checks that the output can be made and begins it. To be called before anything is read.
    ///
    /// # Errors
    /// The output exists (unless it is to be overwritten), or cannot be created.
    pub fn prepare(path: &str, overwrite: bool) -> Result<Self, IoError> {
        let (store, target) = target_of(path)?;
        let building = store.begin(&target, overwrite)?;
        Ok(Self { store, target, building, unfinished: Arc::default() })
    }

    /// The description by which another process writes part files to it, where its store allows that.
    pub fn shared(&self) -> Option<SharedOutput> {
        let place = self.building.place()?.to_path_buf();
        Some(SharedOutput { store: self.store.scheme().to_owned(), target: self.target.clone(), place })
    }

    /// An output that another process builds: part files are written to it here, and it is neither published nor removed.
    ///
    /// # Errors
    /// It is not there, or its store does not allow that.
    pub fn of_another_process(shared: &SharedOutput) -> Result<Self, IoError> {
        let SharedOutput { store, target, place } = shared;
        let store = store_of(store).ok_or_else(|| IoError::write(target, "create", io::ErrorKind::Unsupported))?;
        let building = store.attach(target, place)?;
        Ok(Self { store, target: target.clone(), building, unfinished: Arc::default() })
    }

    /// The output's path as the job wrote it.
    pub fn path(&self) -> &Path {
        &self.target
    }

    /// Whether it is the output at a path.
    pub(super) fn is_at(&self, path: &str) -> bool {
        target_of(path).is_ok_and(|(store, other)| store.resolved(&other) == self.store.resolved(&self.target))
    }

    /// Whether one of two outputs is the other, or lies in it.
    pub(super) fn overlaps(&self, path: &str) -> bool {
        let Ok((store, other)) = target_of(path) else { return false };
        let (one, other) = (self.store.resolved(&self.target), store.resolved(&other));
        one.starts_with(&other) || other.starts_with(&one)
    }

    /// Opens a file. May be called from several threads, once a name.
    ///
    /// # Errors
    /// The file cannot be created.
    pub fn file_writer(&self, name: &str, codec: Codec) -> Result<PartWriter, IoError> {
        let path = self.building.path(name);
        let file = self.building.create(name).map_err(|error| IoError::write(&path, "create", error))?;
        PartWriter::over(file, &path, codec, &self.unfinished)
    }

    /// A directory of the same kind beside it that is never published: its files are compared with those of this one.
    ///
    /// # Errors
    /// It cannot be created.
    pub fn shadow(&self) -> Result<Self, IoError> {
        let building = self.building.shadow()?;
        Ok(Self { store: self.store, target: self.target.clone(), building, unfinished: Arc::default() })
    }

    /// The first line in which a finished file differs from that of a shadow, counted from 1, on both sides. The shadow's
    /// is removed.
    ///
    /// # Errors
    /// One of the two cannot be read.
    pub fn compare_file(&self, shadow: &Self, name: &str) -> Result<Option<LineDifference>, IoError> {
        let sides = self.building.read(name).and_then(|one| Ok([one, shadow.building.read(name)?]));
        let found = sides.and_then(first_difference).map_err(|error| IoError::read(&self.building.path(name), error));
        let removed = shadow.building.remove(name);
        removed.map_err(|error| IoError::write(&shadow.building.path(name), "remove", error))?;
        found
    }

    /// Publishes the output with its `_SUCCESS`.
    ///
    /// # Errors
    /// A part is unfinished, another job has made the output, or the system refuses: the output is then absent.
    pub fn commit(self) -> Result<(), IoError> {
        commit_all(vec![self])
    }

    /// Makes the output complete and durable.
    fn seal(&self) -> Result<(), IoError> {
        let failed = |error: io::Error| IoError::write(&self.target, "complete", error);
        if self.unfinished.load(Ordering::Acquire) > 0 {
            return Err(failed(io::Error::other("a part file is unfinished")));
        }
        self.building.create(SUCCESS).and_then(|file| file.sync()).map_err(failed)?;
        self.building.seal()
    }
}

/// Publishes several output directories in order; when one cannot be published, none is.
///
/// # Errors
/// As [`OutputDir::commit`]'s, for the first that fails.
pub fn commit_all(mut outputs: Vec<OutputDir>) -> Result<(), IoError> {
    outputs.iter().try_for_each(OutputDir::seal)?;
    let Some(first) = outputs.first().map(|output| output.target.clone()) else { return Ok(()) };
    let Some(published) = temporary::publishing(|| publish_each(&mut outputs)) else {
        let signal = signals::interrupted().unwrap_or(SIGINT);
        return Err(IoError::Interrupted { path: first, signal });
    };
    published?;
    outputs.iter_mut().for_each(|output| output.building.settle());
    Ok(())
}

fn publish_each(outputs: &mut [OutputDir]) -> Result<(), IoError> {
    for at in 0..outputs.len() {
        if let Err(error) = outputs[at].building.publish() {
            outputs[..at].iter_mut().rev().for_each(|output| output.building.withdraw());
            return Err(error);
        }
    }
    Ok(())
}

/// A line in which two files differ: its number from 1, and both.
pub type LineDifference = (u64, [Vec<u8>; 2]);

/// The first line in which two local files differ.
///
/// # Errors
/// One of them cannot be read.
pub fn first_difference_of_files(paths: &[PathBuf; 2]) -> io::Result<Option<LineDifference>> {
    first_difference([File::open(&paths[0])?, File::open(&paths[1])?])
}

/// The first line in which two texts differ.
fn first_difference(sides: [impl Read; 2]) -> io::Result<Option<LineDifference>> {
    let [mut one, mut other] = sides.map(BufReader::new);
    let (mut left, mut right, mut number) = (Vec::new(), Vec::new(), 0);
    loop {
        left.clear();
        right.clear();
        number += 1;
        let read = one.read_until(b'\n', &mut left)? + other.read_until(b'\n', &mut right)?;
        if left != right {
            return Ok(Some((number, [left, right])));
        }
        if read == 0 {
            return Ok(None);
        }
    }
}

/// The store and the path of an output, without trailing slashes.
fn target_of(text: &str) -> Result<(&'static dyn Store, PathBuf), IoError> {
    let location = Location::parse(text);
    let store = location.store()?;
    let path: PathBuf = match location.is_local() {
        true => Path::new(location.path).components().collect(),
        false => location.path.trim_end_matches('/').into(),
    };
    if path.file_name().is_none() || path.as_os_str().as_encoded_bytes().contains(&0) {
        return Err(IoError::OutputPath { path: text.to_owned() });
    }
    Ok((store, path))
}

#[cfg(test)]
#[path = "output_tests.rs"]
mod tests;
