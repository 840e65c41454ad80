//! The temporary directories and files of this process, known in one place, so that an interrupt can remove them.
//!
//! A [`Temporary`] removes its path when it is dropped. [`cleanup_all`] removes every one that lives and closes the
//! registry: nothing is registered or published afterwards. Publishing runs under the registry's lock, so that an
//! interrupt comes either before all renames of a job or after them.
//!
//! The crate `tempfile` is for what goes with its owner. Here a thread that ends the process removes what others own, the
//! name holds the process id by which the next job knows what a killed one has left (`output.rs`), and the directory is
//! made with the rights of the output that it becomes, not for its owner alone.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

static REGISTRY: Registry = Registry::new();

/// Paths to remove, and whether the process is on its way out.
struct Registry {
    state: Mutex<State>,
}

struct State {
    closed: bool,
    live: Vec<(u64, Entry)>,
    next: u64,
}

#[derive(Clone)]
struct Entry {
    path: PathBuf,
    /// Directories made for it, outermost first, to be removed if they are empty.
    parents: Vec<PathBuf>,
}

/// A path that is removed when this is dropped, or when the process is interrupted.
#[derive(Debug)]
pub struct Temporary {
    id: u64,
    path: PathBuf,
}

impl Temporary {
    /// Registers a path, before it is created.
    ///
    /// # Errors
    /// The process is on its way out.
    pub fn register(path: PathBuf) -> io::Result<Self> {
        let id = REGISTRY.add(Entry { path: path.clone(), parents: Vec::new() })?;
        Ok(Self { id, path })
    }

    /// A path that another process has registered, and removes.
    pub(super) fn of_another_process(path: PathBuf) -> Self {
        // The registry begins with 1.
        Self { id: 0, path }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Directories that were made for it, outermost first, and that go with it if nothing else is in them.
    pub(super) fn set_parents(&self, parents: Vec<PathBuf>) {
        REGISTRY.edit(self.id, |entry| entry.parents = parents);
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if let Some(entry) = REGISTRY.take(self.id) {
            entry.remove();
        }
    }
}

/// Removes all temporaries of the process and refuses new ones; for the end of an interrupted process.
pub fn cleanup_all() {
    REGISTRY.close();
}

/// Runs a step that publishes temporaries; none when the process is on its way out.
pub(super) fn publishing<T>(step: impl FnOnce() -> T) -> Option<T> {
    let state = REGISTRY.lock();
    (!state.closed).then(step)
}

impl Registry {
    const fn new() -> Self {
        Self { state: Mutex::new(State { closed: false, live: Vec::new(), next: 0 }) }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // The state is valid between any two statements, so a panic elsewhere does not spoil it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, entry: Entry) -> io::Result<u64> {
        let mut state = self.lock();
        if state.closed {
            return Err(io::Error::new(io::ErrorKind::Interrupted, "the job was interrupted"));
        }
        state.next += 1;
        let id = state.next;
        state.live.push((id, entry));
        Ok(id)
    }

    fn edit(&self, id: u64, edit: impl FnOnce(&mut Entry)) {
        if let Some((_, entry)) = self.lock().live.iter_mut().find(|(live, _)| *live == id) {
            edit(entry);
        }
    }

    fn take(&self, id: u64) -> Option<Entry> {
        let mut state = self.lock();
        let at = state.live.iter().position(|(live, _)| *live == id)?;
        Some(state.live.swap_remove(at).1)
    }

    fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        for (_, entry) in std::mem::take(&mut state.live) {
            entry.remove();
        }
    }
}

impl Entry {
    fn remove(self) {
        remove(&self.path);
        for parent in self.parents.iter().rev() {
            // Fails when something else is in it, and then it must stay.
            drop(fs::remove_dir(parent));
        }
    }
}

/// Removes a file or a directory with all in it. Tasks may still be creating files in it, hence the attempts; what
/// cannot be removed is left to the next run.
pub(super) fn remove(path: &Path) {
    const ATTEMPTS: usize = 100;
    for _ in 0..ATTEMPTS {
        let removed = match fs::symlink_metadata(path) {
            Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
            Ok(_) => fs::remove_file(path),
            Err(_) => return,
        };
        match removed {
            Err(error) if matches!(error.kind(), io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::Interrupted) => {}
            _ => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Scratch;
    use super::*;

    #[test]
    fn dropping_removes_the_path_and_the_parents_made_for_it() {
        let scratch = Scratch::new();
        let parents = vec![scratch.path().join("a"), scratch.path().join("a/b")];
        fs::create_dir_all(&parents[1]).unwrap();
        let path = parents[1].join("t");
        let temporary = Temporary::register(path.clone()).unwrap();
        temporary.set_parents(parents);
        fs::create_dir(&path).unwrap();
        fs::write(path.join("x"), b"x").unwrap();
        drop(temporary);
        assert!(scratch.names(".").is_empty());
    }

    #[test]
    fn closing_removes_all_and_refuses_more() {
        let scratch = Scratch::new();
        let registry = Registry::new();
        let entry = |name: &str| Entry { path: scratch.file(name, b"x"), parents: Vec::new() };
        registry.add(entry("a")).unwrap();
        let kept = registry.add(entry("b")).unwrap();
        registry.take(kept);
        registry.close();
        assert_eq!(scratch.names("."), ["b"]);
        assert!(registry.add(entry("c")).is_err());
    }
}
