//! Output directories of the local file system: whole or absent.
//!
//! `out` is built as `.out.sparkc-4711-9f3a61c2` beside it and becomes `out` by one `renameat2` with NOREPLACE; with
//! `--overwrite` the two are exchanged and the old one is deleted. Until then nothing of the job can be seen.
//!
//! A lock on the temporary directory says that its process lives; the next job with the same output removes those of
//! dead processes.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, FlockOperation, RenameFlags, flock, renameat_with};
use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};

use crate::exec::errors::io::{IoError, shown};
use crate::exec::io::names::is_output_name;
use crate::exec::io::store::{Output, OutputFile};
use crate::exec::io::temporary::{self, Temporary};

/// An output directory that is being built.
#[derive(Debug)]
pub(super) struct LocalOutput {
    target: PathBuf,
    temporary: Temporary,
    /// Open and locked as long as this process works on it.
    directory: File,
    overwrite: bool,
    published: Option<Published>,
}

/// How an output became visible.
#[derive(Clone, Copy, Debug)]
enum Published {
    /// Nothing was there.
    New,
    /// The temporary path now holds the old output.
    Exchanged,
}

impl LocalOutput {
    /// Creates the temporary directory; missing parents are created, and removed again if the job fails.
    pub(super) fn begin(target: &Path, overwrite: bool) -> Result<Self, IoError> {
        check_target(target, overwrite)?;
        let made = create_parents(&parent_of(target))?;
        remove_orphans(target);
        Self::create(target, made.clone(), overwrite).map_err(|error| {
            made.iter().rev().for_each(|path| drop(fs::remove_dir(path)));
            IoError::write(target, "create", error)
        })
    }

    /// Opens the temporary directory of another process.
    pub(super) fn attach(target: &Path, place: &Path) -> Result<Self, IoError> {
        let directory = File::open(place).map_err(|error| IoError::write(target, "create", error))?;
        let temporary = Temporary::of_another_process(place.to_path_buf());
        Ok(Self { target: target.to_path_buf(), temporary, directory, overwrite: false, published: None })
    }

    fn create(target: &Path, made: Vec<PathBuf>, overwrite: bool) -> io::Result<Self> {
        let (temporary, directory) = create_temporary(target, made)?;
        Ok(Self { target: target.to_path_buf(), temporary, directory, overwrite, published: None })
    }
}

impl Output for LocalOutput {
    fn path(&self, name: &str) -> PathBuf {
        self.temporary.path().join(name)
    }

    fn place(&self) -> Option<&Path> {
        Some(self.temporary.path())
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn OutputFile>> {
        Ok(Box::new(OpenOptions::new().write(true).create_new(true).open(self.path(name))?))
    }

    fn read(&self, name: &str) -> io::Result<Box<dyn Read>> {
        Ok(Box::new(File::open(self.path(name))?))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.path(name))
    }

    fn shadow(&self) -> Result<Box<dyn Output>, IoError> {
        let made = Self::create(&self.target, Vec::new(), false);
        Ok(Box::new(made.map_err(|error| IoError::write(&self.target, "create", error))?))
    }

    fn seal(&self) -> Result<(), IoError> {
        if self.overwrite {
            // Files that somebody has put there since the job began are not deleted either.
            check_target(&self.target, true)?;
        }
        self.directory.sync_all().map_err(|error| IoError::write(&self.target, "complete", error))
    }

    fn publish(&mut self) -> Result<(), IoError> {
        let (from, to) = (self.temporary.path(), self.target.as_path());
        let renamed = if self.overwrite { exchange(from, to) } else { rename_new(from, to) };
        let taken =
            |error: &io::Error| matches!(error.kind(), io::ErrorKind::AlreadyExists | io::ErrorKind::DirectoryNotEmpty);
        self.published = Some(renamed.map_err(|error| {
            if taken(&error) {
                IoError::OutputExists { path: self.target.clone() }
            } else {
                IoError::write(&self.target, "publish", error)
            }
        })?);
        sync_directory(&parent_of(to)).map_err(|error| {
            self.withdraw();
            IoError::write(&self.target, "publish", error)
        })
    }

    fn withdraw(&mut self) {
        let undone = match self.published.take() {
            None => return,
            Some(Published::New) => rename_new(&self.target, self.temporary.path()),
            Some(Published::Exchanged) => exchange(&self.target, self.temporary.path()),
        };
        // Nothing more can be done for it: the error that led here is the one to report.
        drop(undone);
    }

    fn settle(&mut self) {
        self.temporary.set_parents(Vec::new());
    }
}

fn parent_of(target: &Path) -> PathBuf {
    match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
        _ => PathBuf::from("."),
    }
}

/// Checks that nothing stands where an output will be, or that it may be replaced.
pub(super) fn check_target(target: &Path, overwrite: bool) -> Result<(), IoError> {
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

/// Removes what dead processes have left of this output. Files that cannot be removed are left.
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
