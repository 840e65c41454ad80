//! Output directories: whole or absent.
//!
//! `out` is built as `.out.sparkc-4711-9f3a61c2` beside it and becomes `out` by one `renameat2` with NOREPLACE; with
//! `--overwrite` the two are exchanged and the old one is deleted. Until then nothing of the job can be seen.
//!
//! ```text
//! prepare → part_writer(0) … part_writer(n) → commit        out/part-00000 … out/_SUCCESS
//!                                           → abort, drop   nothing
//! ```
//!
//! A lock on the temporary directory says that its process lives; the next job with the same output removes those of
//! dead processes. Several directories of one job are committed together: when one cannot be, none is.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::fs::{CWD, FlockOperation, RenameFlags, flock, renameat_with};
use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};
use signal_hook::consts::SIGINT;

use super::codec::Codec;
use super::part::PartWriter;
use super::signals;
use super::temporary::{self, Temporary};
use crate::exec::errors::io::{IoError, shown};

/// An output directory that is being built.
#[derive(Debug)]
pub struct OutputDir {
    target: PathBuf,
    temporary: Temporary,
    /// Open and locked as long as this process works on it.
    directory: File,
    overwrite: bool,
    unfinished: Arc<AtomicUsize>,
}

impl OutputDir {
    /// Checks that nothing stands where the output will be, without making anything.
    ///
    /// # Errors
    /// The output exists (unless it is to be overwritten), or its path names no directory.
    pub fn check(path: &str, overwrite: bool) -> Result<(), IoError> {
        check_target(&target_of(path)?, overwrite)
    }

    /// Checks that the output can be made and creates its temporary directory; missing parents are created, and removed
    /// again if the job fails. To be called before anything is read.
    ///
    /// # Errors
    /// The output exists (unless it is to be overwritten), or its parent cannot be created or written.
    pub fn prepare(path: &str, overwrite: bool) -> Result<Self, IoError> {
        let target = target_of(path)?;
        check_target(&target, overwrite)?;
        let parent = parent_of(&target);
        let made = create_parents(&parent)?;
        remove_orphans(&target);
        match create_temporary(&target, made.clone()) {
            Ok((temporary, directory)) => {
                let unfinished = Arc::new(AtomicUsize::new(0));
                Ok(Self { target, temporary, directory, overwrite, unfinished })
            }
            Err(error) => {
                made.iter().rev().for_each(|path| drop(fs::remove_dir(path)));
                Err(IoError::write(&target, "create", error))
            }
        }
    }

    /// The output's path as the job wrote it.
    pub fn path(&self) -> &Path {
        &self.target
    }

    /// Whether it is the output at a path.
    pub(super) fn is_at(&self, path: &str) -> bool {
        target_of(path).is_ok_and(|other| resolved(&other) == resolved(&self.target))
    }

    /// Whether one of two outputs is the other, or lies in it.
    pub(super) fn overlaps(&self, path: &str) -> bool {
        let Ok(other) = target_of(path) else { return false };
        let (one, other) = (resolved(&self.target), resolved(&other));
        one.starts_with(&other) || other.starts_with(&one)
    }

    /// Opens a file. May be called from several threads, once a name.
    ///
    /// # Errors
    /// The file cannot be created.
    pub fn file_writer(&self, name: &str, codec: Codec) -> Result<PartWriter, IoError> {
        PartWriter::create(&self.temporary.path().join(name), codec, &self.unfinished)
    }

    /// A directory of the same kind beside it that is never published: its parts are compared with those of this one.
    ///
    /// # Errors
    /// It cannot be created.
    pub fn shadow(&self) -> Result<Self, IoError> {
        let made = create_temporary(&self.target, Vec::new());
        let (temporary, directory) = made.map_err(|error| IoError::write(&self.target, "create", error))?;
        let (target, unfinished) = (self.target.clone(), Arc::new(AtomicUsize::new(0)));
        Ok(Self { target, temporary, directory, overwrite: false, unfinished })
    }

    /// The first line in which a finished file differs from that of a shadow, counted from 1, on both sides. The shadow's
    /// is removed.
    ///
    /// # Errors
    /// One of the two cannot be read.
    pub fn compare_file(&self, shadow: &Self, name: &str) -> Result<Option<LineDifference>, IoError> {
        let paths = [self, shadow].map(|output| output.temporary.path().join(name));
        let found = first_difference(&paths).map_err(|error| IoError::read(&paths[0], error));
        fs::remove_file(&paths[1]).map_err(|error| IoError::write(&paths[1], "remove", error))?;
        found
    }

    /// Publishes the output with its `_SUCCESS`.
    ///
    /// # Errors
    /// A part is unfinished, another job has made the output, or the system refuses: the output is then absent.
    pub fn commit(self) -> Result<(), IoError> {
        commit_all(vec![self])
    }

    /// Removes all that was made. Dropping does the same.
    pub fn abort(self) {
        drop(self);
    }

    /// Makes the temporary directory complete and durable.
    fn seal(&self) -> Result<(), IoError> {
        let failed = |error: io::Error| IoError::write(&self.target, "complete", error);
        if self.unfinished.load(Ordering::Acquire) > 0 {
            return Err(failed(io::Error::other("a part file is unfinished")));
        }
        if self.overwrite {
            // What somebody has put there since the job began is not deleted either.
            check_target(&self.target, true)?;
        }
        let success = self.temporary.path().join("_SUCCESS");
        let made = OpenOptions::new().write(true).create_new(true).open(&success);
        made.and_then(|file| file.sync_all()).and_then(|()| self.directory.sync_all()).map_err(failed)
    }

    /// The rename that makes it visible.
    fn publish(&self) -> Result<Published, IoError> {
        let (from, to) = (self.temporary.path(), self.target.as_path());
        let renamed = if self.overwrite { exchange(from, to) } else { rename_new(from, to) };
        let published = renamed.map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists | io::ErrorKind::DirectoryNotEmpty => {
                IoError::OutputExists { path: self.target.clone() }
            }
            _ => IoError::write(&self.target, "publish", error),
        })?;
        sync_directory(&parent_of(to)).map_err(|error| {
            self.withdraw(published);
            IoError::write(&self.target, "publish", error)
        })?;
        Ok(published)
    }

    /// Undoes `publish`.
    fn withdraw(&self, published: Published) {
        let undone = match published {
            Published::New => rename_new(&self.target, self.temporary.path()),
            Published::Exchanged => exchange(&self.target, self.temporary.path()),
        };
        // Nothing more can be done for it: the error that led here is the one to report.
        drop(undone);
    }
}

/// A line in which two files differ: its number from 1, and both.
pub type LineDifference = (u64, [Vec<u8>; 2]);

/// How an output became visible.
#[derive(Clone, Copy, Debug)]
enum Published {
    /// Nothing was there.
    New,
    /// The temporary path now holds the old output.
    Exchanged,
}

/// Publishes several output directories in order; when one cannot be published, none is.
///
/// # Errors
/// As [`OutputDir::commit`]'s, for the first that fails.
pub fn commit_all(outputs: Vec<OutputDir>) -> Result<(), IoError> {
    outputs.iter().try_for_each(OutputDir::seal)?;
    let Some(first) = outputs.first() else { return Ok(()) };
    let Some(published) = temporary::publishing(|| publish_each(&outputs)) else {
        let signal = signals::interrupted().unwrap_or(SIGINT);
        return Err(IoError::Interrupted { path: first.target.clone(), signal });
    };
    published?;
    outputs.iter().for_each(|output| output.temporary.set_parents(Vec::new()));
    Ok(())
}

fn publish_each(outputs: &[OutputDir]) -> Result<(), IoError> {
    let mut done = Vec::new();
    for output in outputs {
        match output.publish() {
            Ok(published) => done.push((output, published)),
            Err(error) => {
                done.into_iter().rev().for_each(|(output, published)| output.withdraw(published));
                return Err(error);
            }
        }
    }
    Ok(())
}

/// The first line in which two files differ.
///
/// # Errors
/// One of them cannot be read.
pub fn first_difference(paths: &[PathBuf; 2]) -> io::Result<Option<LineDifference>> {
    let (mut one, mut other) = (BufReader::new(File::open(&paths[0])?), BufReader::new(File::open(&paths[1])?));
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

/// The path of an output, without scheme and trailing slashes.
fn target_of(text: &str) -> Result<PathBuf, IoError> {
    let refused = || IoError::OutputPath { path: text.to_owned() };
    let path = match text.strip_prefix("file:") {
        Some(rest) => rest.strip_prefix("//").unwrap_or(rest),
        None => text,
    };
    if let Some((scheme, _)) = path.split_once("://") {
        // What follows the scheme may hold secrets.
        return Err(IoError::Scheme { path: format!("{scheme}://…"), scheme: scheme.to_owned() });
    }
    let path: PathBuf = Path::new(path).components().collect();
    if path.file_name().is_none() || path.as_os_str().as_encoded_bytes().contains(&0) {
        return Err(refused());
    }
    Ok(path)
}

/// A path without symbolic links, as far as it exists.
fn resolved(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let known = path.ancestors().find_map(|ancestor| Some((ancestor, fs::canonicalize(ancestor).ok()?)));
    match known {
        Some((ancestor, known)) => known.join(path.strip_prefix(ancestor).unwrap_or(Path::new(""))),
        None => path,
    }
}

fn parent_of(target: &Path) -> PathBuf {
    match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
        _ => PathBuf::from("."),
    }
}

fn check_target(target: &Path, overwrite: bool) -> Result<(), IoError> {
    match fs::symlink_metadata(target) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(IoError::write(target, "create", error)),
        Ok(_) if !overwrite => Err(IoError::OutputExists { path: target.to_path_buf() }),
        Ok(metadata) if !metadata.is_dir() => Err(foreign(target, "no directory")),
        Ok(_) => check_replaceable(target),
    }
}

/// Only what looks like an output may be overwritten: a slip of the hand must not delete a home directory.
fn check_replaceable(target: &Path) -> Result<(), IoError> {
    let entries = fs::read_dir(target).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let entries = entries.map_err(|error| IoError::write(target, "overwrite", error))?;
    let is_own = |entry: &fs::DirEntry| {
        entry.file_type().is_ok_and(|kind| kind.is_file()) && is_output_name(entry.file_name().as_encoded_bytes())
    };
    let names = entries.iter().filter(|entry| !is_own(entry)).map(fs::DirEntry::file_name);
    match names.min() {
        Some(name) => Err(foreign(target, &shown(Path::new(&name)))),
        None => Ok(()),
    }
}

/// Whether a file of this name is one that a job writes: `part-00000`, `part-00000.gz`, `_SUCCESS`, a checksum of Hadoop's
/// (`.part-00000.crc`). `part-of-speech.csv` is not.
fn is_output_name(name: &[u8]) -> bool {
    const EXTENSIONS: [&[u8]; 6] = [b"", b".gz", b".bz2", b".zst", b".deflate", b".jsonl"];
    if let Some(of) = name.strip_prefix(b".").and_then(|rest| rest.strip_suffix(b".crc")) {
        return is_output_name(of);
    }
    let Some(number) = name.strip_prefix(b"part-") else { return name == b"_SUCCESS" };
    let digits = number.iter().take_while(|byte| byte.is_ascii_digit()).count();
    digits >= 5 && EXTENSIONS.contains(&&number[digits..])
}

fn foreign(target: &Path, found: &str) -> IoError {
    IoError::OutputForeign { path: target.to_path_buf(), found: found.to_owned() }
}

/// Creates the missing directories of a path; gives them, outermost first.
fn create_parents(parent: &Path) -> Result<Vec<PathBuf>, IoError> {
    let missing: Vec<&Path> =
        parent.ancestors().take_while(|path| !path.as_os_str().is_empty() && !path.exists()).collect();
    let mut made: Vec<PathBuf> = Vec::new();
    for path in missing.into_iter().rev() {
        match fs::create_dir(path) {
            Ok(()) => made.push(path.to_path_buf()),
            // Another job makes the same parent: it is not ours to remove.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => {}
            Err(error) => {
                made.iter().rev().for_each(|path| drop(fs::remove_dir(path)));
                return Err(IoError::write(path, "create", error));
            }
        }
    }
    Ok(made)
}

/// `.out.sparkc-`: what the names of all temporary directories of an output begin with.
fn prefix_of(target: &Path) -> OsString {
    let mut prefix = OsString::from(".");
    prefix.push(target.file_name().expect("target_of refuses paths without a name"));
    prefix.push(".sparkc-");
    prefix
}

/// Creates and locks the temporary directory.
fn create_temporary(target: &Path, made: Vec<PathBuf>) -> io::Result<(Temporary, File)> {
    const ATTEMPTS: usize = 16;
    for _ in 0..ATTEMPTS {
        let mut name = prefix_of(target);
        name.push(format!("{}-{:08x}", std::process::id(), random()));
        let path = parent_of(target).join(name);
        let temporary = Temporary::register(path.clone())?;
        fs::create_dir(&path)?;
        let directory = File::open(&path)?;
        // File systems without locks give other errors: their orphans stay, which is safe.
        if flock(&directory, FlockOperation::NonBlockingLockExclusive) == Err(Errno::WOULDBLOCK) {
            // A job that looks for orphans has it in its hands and will remove it.
            continue;
        }
        temporary.set_parents(made);
        return Ok((temporary, directory));
    }
    Err(io::Error::other("its temporary directories disappear"))
}

/// 32 bits that differ from call to call; std seeds its hashers from the system.
fn random() -> u32 {
    (RandomState::new().build_hasher().finish() >> 32) as u32
}

/// Removes what dead processes have left of this output. What cannot be removed is left.
fn remove_orphans(target: &Path) {
    let prefix = prefix_of(target);
    let Ok(entries) = fs::read_dir(parent_of(target)) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let suffix = name.as_encoded_bytes().strip_prefix(prefix.as_encoded_bytes());
        if suffix.and_then(process_of).is_some_and(|pid| !is_alive(pid)) {
            remove_unlocked(&entry.path());
        }
    }
}

/// The process id in `4711-9f3a61c2`.
fn process_of(suffix: &[u8]) -> Option<Pid> {
    let (pid, random) = std::str::from_utf8(suffix).ok()?.split_once('-')?;
    let is_random = random.len() == 8 && random.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_random { Pid::from_raw(pid.parse().ok().filter(|pid| *pid > 0)?) } else { None }
}

fn is_alive(pid: Pid) -> bool {
    !matches!(test_kill_process(pid), Err(Errno::SRCH))
}

/// Removes a temporary directory that nobody has locked. Its process may be alive in another container that shares the
/// disk, and then the lock is held.
fn remove_unlocked(path: &Path) {
    let Ok(directory) = File::open(path) else { return };
    if flock(&directory, FlockOperation::NonBlockingLockExclusive).is_ok() {
        temporary::remove(path);
    }
}

/// Renames unless the target exists.
fn rename_new(from: &Path, to: &Path) -> io::Result<Published> {
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(Published::New),
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) if fs::symlink_metadata(to).is_err() => {
            // File systems without the flag: a plain rename still refuses a directory that is not empty.
            fs::rename(from, to).map(|()| Published::New)
        }
        Err(error) => Err(error.into()),
    }
}

/// Exchanges the two, or renames when there is nothing to exchange.
fn exchange(from: &Path, to: &Path) -> io::Result<Published> {
    match renameat_with(CWD, from, CWD, to, RenameFlags::EXCHANGE) {
        Ok(()) => Ok(Published::Exchanged),
        Err(Errno::NOENT) => rename_new(from, to),
        Err(error) => Err(error.into()),
    }
}

fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

#[cfg(test)]
#[path = "output_tests.rs"]
mod tests;
