//! Inputs: from the text in a job to files, as Hadoop lists them.
//!
//! `list_files("in/*.txt,more")` gives the files in order. A directory's files come in the order of their names; Hadoop
//! takes the file system's order. Every path is looked at before an error is returned, so that one message names all that
//! is wrong.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use super::glob;
use super::location::Location;
use super::store::{InputFile, Kind, Stat, Store};
use crate::exec::errors::io::IoError;

/// The entries that an input directory may hold besides files.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Subdirectories {
    /// They are errors.
    Refused,
    /// They are passed over.
    Skipped,
}

/// The files of a list of paths and globs separated by commas, in order; `admit` may refuse a file by its path.
pub(super) fn list_files(
    spec: &str,
    subdirectories: Subdirectories,
    admit: &dyn Fn(&Path) -> Result<(), IoError>,
) -> Result<Vec<InputFile>, Vec<IoError>> {
    let (mut files, mut errors) = (Vec::new(), Vec::new());
    for element in glob::split_commas(spec) {
        let location = Location::parse(element);
        if location.path.is_empty() {
            errors.push(IoError::EmptyPath { spec: spec.to_owned() });
            continue;
        }
        let store = match location.store() {
            Ok(store) => store,
            Err(error) => {
                errors.push(error);
                continue;
            }
        };
        let (files, errors) = (&mut files, &mut errors);
        Collector { store, files, errors, subdirectories, admit }.add_element(location.path);
    }
    if errors.is_empty() { Ok(files) } else { Err(errors) }
}

/// Files and errors as they are found.
struct Collector<'a> {
    store: &'static dyn Store,
    files: &'a mut Vec<InputFile>,
    errors: &'a mut Vec<IoError>,
    subdirectories: Subdirectories,
    admit: &'a dyn Fn(&Path) -> Result<(), IoError>,
}

impl Collector<'_> {
    fn add_element(&mut self, element: &str) {
        if !glob::is_glob(element) {
            let path = PathBuf::from(glob::unescape(element));
            if path.file_name().is_some_and(is_hidden) && self.store.stat(&path).is_ok() {
                self.errors.push(IoError::Hidden { path });
            } else {
                self.add_path(path);
            }
            return;
        }
        match glob::matches(self.store, element) {
            Ok(paths) => self.add_matches(element, paths),
            Err(error) => self.errors.push(error),
        }
    }

    fn add_matches(&mut self, pattern: &str, mut paths: Vec<PathBuf>) {
        paths.retain(|path| !path.file_name().is_some_and(is_hidden));
        if paths.is_empty() && self.store.exists(Path::new(pattern)) {
            let reason = "it matches nothing, and a file of exactly this name exists".to_owned();
            self.errors.push(IoError::BadGlob { pattern: pattern.to_owned(), reason });
        } else if paths.is_empty() {
            let nearest = nearest_existing(self.store, &glob::literal_prefix(pattern));
            self.errors.push(IoError::NoMatch { pattern: pattern.to_owned(), nearest });
        }
        paths.into_iter().for_each(|path| self.add_path(path));
    }

    /// A file, or a directory of files.
    fn add_path(&mut self, path: PathBuf) {
        match self.store.stat(&path) {
            Ok(Stat { kind: Kind::Directory, .. }) => self.add_directory(&path),
            Ok(stat) => self.add_file(path, stat),
            Err(error) => self.errors.push(missing(self.store, path, error)),
        }
    }

    fn add_directory(&mut self, directory: &Path) {
        let mut names = match self.store.names(directory) {
            Ok(names) => names,
            Err(error) => return self.errors.push(IoError::read(directory, error)),
        };
        names.retain(|name| !is_hidden(name));
        names.sort();
        for name in names {
            let path = directory.join(name);
            match self.store.stat(&path) {
                Ok(Stat { kind: Kind::Directory, .. }) => match self.subdirectories {
                    Subdirectories::Refused => self.errors.push(IoError::Subdirectory { path }),
                    Subdirectories::Skipped => {}
                },
                Ok(stat) => self.add_file(path, stat),
                Err(error) => self.errors.push(missing(self.store, path, error)),
            }
        }
    }

    fn add_file(&mut self, path: PathBuf, stat: Stat) {
        let admitted = match stat.kind {
            Kind::Other(found) => Err(IoError::NotAFile { path: path.clone(), found }),
            Kind::File | Kind::Directory => (self.admit)(&path).and_then(|()| self.store.check_readable(&path, &stat)),
        };
        match admitted {
            Ok(()) => {
                let Stat { size, identity, .. } = stat;
                self.files.push(InputFile { store: self.store.scheme().into(), path, size, identity });
            }
            Err(error) => self.errors.push(error),
        }
    }
}

/// Names that Hadoop passes over.
fn is_hidden(name: &OsStr) -> bool {
    matches!(name.as_bytes().first(), Some(b'_' | b'.'))
}

fn missing(store: &dyn Store, path: PathBuf, error: io::Error) -> IoError {
    if error.kind() == io::ErrorKind::NotFound && store.exists(&path) {
        return IoError::Dangling { path };
    }
    if !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) {
        return IoError::read(&path, error);
    }
    let nearest = nearest_existing(store, &path);
    let similar = similar_name(store, &path, &nearest);
    IoError::NotFound { path, nearest, similar }
}

/// The longest part of a path that exists; `.` when nothing of a relative path does.
fn nearest_existing(store: &dyn Store, path: &Path) -> PathBuf {
    let found = path.ancestors().find(|part| !part.as_os_str().is_empty() && store.stat(part).is_ok());
    found.map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// The name in the nearest directory that looks most like the first missing one.
fn similar_name(store: &dyn Store, path: &Path, nearest: &Path) -> Option<String> {
    let mut parts = path.strip_prefix(nearest).unwrap_or(path).components();
    let Some(Component::Normal(wanted)) = parts.find(|part| *part != Component::CurDir) else { return None };
    let wanted = wanted.to_str()?;
    let names = store.names(nearest).ok()?.into_iter().filter_map(|name| name.into_string().ok());
    let close = names.map(|name| (distance(wanted, &name), name));
    close.filter(|(distance, name)| *distance <= (wanted.len().max(name.len()) / 3).max(1)).min().map(|(_, name)| name)
}

/// Number of characters to insert, remove, replace or swap with their neighbour (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::testing::Scratch;
    use super::*;

    fn files(spec: &str) -> Result<Vec<InputFile>, Vec<IoError>> {
        list_files(spec, Subdirectories::Refused, &|_| Ok(()))
    }

    fn list(scratch: &Scratch, spec: &str) -> Result<Vec<String>, Vec<IoError>> {
        let absolute =
            spec.split(',').map(|s| format!("{}/{s}", scratch.path().display())).collect::<Vec<_>>().join(",");
        let strip = |file: InputFile| file.path.strip_prefix(scratch.path()).unwrap().display().to_string();
        files(&absolute).map(|files| files.into_iter().map(strip).collect())
    }

    #[test]
    fn directories_globs_and_lists_in_order() {
        let scratch = Scratch::new();
        for name in ["d/z", "d/b", "d/_h", "d/.h", "k"] {
            scratch.file(name, b"x\n");
        }
        fs::create_dir(scratch.path().join("empty")).unwrap();
        assert_eq!(list(&scratch, "d").unwrap(), ["d/b", "d/z"]);
        assert_eq!(list(&scratch, "k,d/").unwrap(), ["k", "d/b", "d/z"]);
        assert_eq!(list(&scratch, "*").unwrap(), ["d/b", "d/z", "k"]);
        assert!(list(&scratch, "empty").unwrap().is_empty());
        let url = format!("file://{}/k", scratch.path().display());
        assert_eq!(files(&url).unwrap().len(), 1);
    }

    #[test]
    fn all_errors_come_at_once_and_suggest() {
        let scratch = Scratch::new();
        scratch.file("words.txt", b"x\n");
        scratch.file("_h", b"x\n");
        scratch.file("d/sub/x", b"x\n");
        std::os::unix::fs::symlink(scratch.path().join("loop"), scratch.path().join("loop")).unwrap();
        std::os::unix::net::UnixListener::bind(scratch.path().join("sock")).unwrap();
        let errors = list(&scratch, "wrods.txt,none/x/y,*.csv,_h,d,loop,sock,words.txt/x").unwrap_err();
        let text: Vec<String> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(errors.len(), 8, "{text:?}");
        assert!(text[0].ends_with("has words.txt"), "{}", text[0]);
        let root = scratch.path().display();
        assert!(text[1].ends_with(&format!("the nearest path is {root}")), "{}", text[1]);
        assert!(text[2].ends_with(&format!("the nearest directory is {root}")), "{}", text[2]);
        assert!(matches!(errors[3], IoError::Hidden { .. }));
        assert!(matches!(errors[4], IoError::Subdirectory { .. }));
        assert!(matches!(errors[5], IoError::SymlinkLoop { .. }), "{}", text[5]);
        assert!(matches!(errors[6], IoError::NotAFile { found: "socket", .. }));
        assert!(text[7].ends_with("words.txt"), "{}", text[7]);
    }

    #[test]
    fn a_file_named_like_a_glob_is_pointed_out() {
        let scratch = Scratch::new();
        scratch.file("a[1].txt", b"x");
        let errors = list(&scratch, "a[1].txt").unwrap_err();
        assert!(matches!(errors[0], IoError::BadGlob { .. }), "{}", errors[0]);
        assert_eq!(list(&scratch, "a\\[1].txt").unwrap(), ["a[1].txt"]);
    }

    #[test]
    fn malformed_specs_are_refused() {
        assert!(matches!(files("a,,b").unwrap_err()[1], IoError::EmptyPath { .. }));
        let errors = files("s3a://key:secret@bucket/x").unwrap_err();
        assert!(matches!(errors[0], IoError::Scheme { .. }) && !errors[0].to_string().contains("secret"));
    }
}
