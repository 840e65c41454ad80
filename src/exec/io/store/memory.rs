//! A store in memory, for tests: `memory://in/a`. It shows what a store takes: this file, and its line in `STORES`.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::io::{self, Cursor, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::{Identity, InputFile, Kind, OpenFile, Output, OutputFile, Stat, Store};
use crate::exec::errors::io::{Change, IoError};

/// The files of all tests, each test below a directory of its own.
pub static MEMORY: Memory = Memory { files: Mutex::new(BTreeMap::new()) };

/// Files by path; the identity of one is its content.
#[derive(Debug)]
pub struct Memory {
    files: Mutex<BTreeMap<PathBuf, Arc<Vec<u8>>>>,
}

impl Memory {
    /// Writes a file.
    pub fn write(&self, path: &str, bytes: &[u8]) {
        self.files.lock().unwrap().insert(path.into(), Arc::new(bytes.to_vec()));
    }

    /// The files below a path, in order, by the rest of their paths.
    pub fn below(&self, path: &str) -> Vec<(String, Vec<u8>)> {
        let files = self.files.lock().unwrap();
        let rest = |file: &Path| Some(file.strip_prefix(path).ok()?.display().to_string());
        files.iter().filter_map(|(file, bytes)| Some((rest(file)?, bytes.to_vec()))).collect()
    }

    fn get(&self, path: &Path) -> io::Result<Arc<Vec<u8>>> {
        self.files.lock().unwrap().get(path).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl Store for Memory {
    fn scheme(&self) -> &'static str {
        "memory"
    }

    fn stat(&self, path: &Path) -> io::Result<Stat> {
        match self.get(path) {
            Ok(bytes) => {
                let (size, identity) = (bytes.len() as u64, Identity(bytes.to_vec()));
                Ok(Stat { kind: Kind::File, size, identity })
            }
            Err(_) if !self.names(path)?.is_empty() => {
                Ok(Stat { kind: Kind::Directory, size: 0, identity: Identity::default() })
            }
            Err(error) => Err(error),
        }
    }

    fn names(&self, directory: &Path) -> io::Result<Vec<OsString>> {
        let files = self.files.lock().unwrap();
        let inside = files.keys().filter_map(|file| file.strip_prefix(directory).ok()?.iter().next());
        Ok(inside.map(OsString::from).collect::<BTreeSet<_>>().into_iter().collect())
    }

    fn open(&self, file: &InputFile) -> Result<Box<dyn OpenFile>, IoError> {
        let bytes = self.get(&file.path).map_err(|error| IoError::read(&file.path, error))?;
        let opened = MemoryFile { bytes, listed: file.clone() };
        opened.check()?;
        Ok(Box::new(opened))
    }

    fn check_output(&self, target: &Path, overwrite: bool) -> Result<(), IoError> {
        let free = overwrite || !self.exists(target);
        free.then_some(()).ok_or_else(|| IoError::OutputExists { path: target.to_path_buf() })
    }

    fn begin(&self, target: &Path, overwrite: bool) -> Result<Box<dyn Output>, IoError> {
        self.check_output(target, overwrite)?;
        Ok(Box::new(MemoryOutput { target: target.to_path_buf(), overwrite, building: Arc::default(), before: None }))
    }
}

struct MemoryFile {
    bytes: Arc<Vec<u8>>,
    listed: InputFile,
}

impl OpenFile for MemoryFile {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let start = self.bytes.len().min(offset as usize);
        (&self.bytes[start..]).read(buffer)
    }

    fn check(&self) -> Result<(), IoError> {
        let (path, change) = (self.listed.path.clone(), Change::Modified);
        let same = MEMORY.get(&path).is_ok_and(|now| *now == self.listed.identity.0);
        same.then_some(()).ok_or(IoError::Changed { path, change })
    }
}

type Building = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

#[derive(Debug)]
struct MemoryOutput {
    target: PathBuf,
    overwrite: bool,
    building: Building,
    /// The files that were there before it was published.
    before: Option<BTreeMap<PathBuf, Arc<Vec<u8>>>>,
}

/// A file that is written when it is synced.
struct NewFile {
    name: String,
    bytes: Vec<u8>,
    building: Building,
}

impl Output for MemoryOutput {
    fn path(&self, name: &str) -> PathBuf {
        self.target.join(name)
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn OutputFile>> {
        let (name, building) = (name.to_owned(), self.building.clone());
        Ok(Box::new(NewFile { name, bytes: Vec::new(), building }))
    }

    fn read(&self, name: &str) -> io::Result<Box<dyn Read>> {
        let bytes = self.building.lock().unwrap().get(name).cloned();
        Ok(Box::new(Cursor::new(bytes.ok_or(io::ErrorKind::NotFound)?)))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.building.lock().unwrap().remove(name);
        Ok(())
    }

    fn shadow(&self) -> Result<Box<dyn Output>, IoError> {
        let (target, overwrite) = (self.target.clone(), false);
        Ok(Box::new(Self { target, overwrite, building: Arc::default(), before: None }))
    }

    fn seal(&self) -> Result<(), IoError> {
        Ok(())
    }

    fn publish(&mut self) -> Result<(), IoError> {
        MEMORY.check_output(&self.target, self.overwrite)?;
        let mut files = MEMORY.files.lock().unwrap();
        self.before = Some(files.extract_if(.., |path, _| path.starts_with(&self.target)).collect());
        let built = self.building.lock().unwrap();
        files.extend(built.iter().map(|(name, bytes)| (self.target.join(name), Arc::new(bytes.clone()))));
        Ok(())
    }

    fn withdraw(&mut self) {
        if let Some(before) = self.before.take() {
            let mut files = MEMORY.files.lock().unwrap();
            files.retain(|path, _| !path.starts_with(&self.target));
            files.extend(before);
        }
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl OutputFile for NewFile {
    fn sync(&self) -> io::Result<()> {
        self.building.lock().unwrap().insert(self.name.clone(), self.bytes.clone());
        Ok(())
    }
}
