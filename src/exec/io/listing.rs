//! Inputs: from the text in a job to files and splits, as Hadoop lists and cuts them for Spark's `textFile`.
//!
//! `list_text_inputs("in/*.txt,more", 2)` gives the files in order and splits such as `{file: 0, start: 0, end: 512}`.
//! A split's lines are those that begin after its start and at or before its end (`lines` has the rule), so the cuts
//! need no look at the data. Empty files have no split, as in Spark. Differences: a directory's files come in the order
//! of their names (Hadoop takes the file system's order), and a bzip2 file is one split.
//!
//! Every path is looked at before an error is returned, so that one message names all that is wrong.

use std::ffi::OsStr;
use std::fs::{self, FileType, Metadata};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Component, Path, PathBuf};

use super::codec::Codec;
use super::glob;
use crate::exec::errors::io::IoError;

/// Hadoop's block size of local files, the upper limit of a split.
const BLOCK_BYTES: u64 = 32 << 20;

/// A split may be this much larger than the goal before it is cut.
const SPLIT_SLOP: f64 = 1.1;

/// A file as it was when the job listed it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InputFile {
    /// Its path as the job wrote it, or `-` for standard input.
    pub path: PathBuf,
    /// Bytes on disk; 0 for standard input.
    pub size: u64,
    /// Device of its inode.
    pub device: u64,
    /// Inode.
    pub inode: u64,
    /// Time of modification: seconds and nanoseconds.
    pub mtime: (i64, i64),
    /// How it is compressed.
    pub codec: Codec,
}

impl InputFile {
    /// Standard input.
    pub fn stdin() -> Self {
        Self { path: PathBuf::from("-"), size: 0, device: 0, inode: 0, mtime: (0, 0), codec: Codec::Plain }
    }

    /// Whether this is standard input, of which neither size nor changes are known.
    pub fn is_stdin(&self) -> bool {
        self.path.as_os_str() == "-" && self.inode == 0
    }

    /// The split that covers the whole file.
    pub fn whole(&self, file: usize) -> Split {
        Split { file, start: 0, end: if self.is_stdin() { u64::MAX } else { self.size } }
    }

    fn new(path: PathBuf, metadata: &Metadata) -> Result<Self, IoError> {
        let codec = match Codec::of_path(&path) {
            Ok(codec) => codec,
            Err(extension) => return Err(IoError::Codec { path, extension }),
        };
        if rustix::fs::access(&path, rustix::fs::Access::READ_OK).is_err() {
            return Err(IoError::Denied { path });
        }
        if metadata.len() == 0 && has_bytes(&path) {
            return Err(IoError::NotAFile { path, found: "file that hides its size" });
        }
        let (device, inode) = (metadata.dev(), metadata.ino());
        Ok(Self { path, size: metadata.len(), device, inode, mtime: (metadata.mtime(), metadata.mtime_nsec()), codec })
    }
}

/// A range of a file's bytes; one partition of `textFile`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Split {
    /// Index of the file in [`Listing::files`].
    pub file: usize,
    /// First byte.
    pub start: u64,
    /// One past the last byte.
    pub end: u64,
}

/// The files of a source and how they are cut.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Listing {
    /// Files in order, empty ones included.
    pub files: Vec<InputFile>,
    /// Splits in order: partition `i` of the source is split `i`.
    pub splits: Vec<Split>,
}

/// What an input directory may hold besides files.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Subdirectories {
    /// They are errors: `textFile`.
    Refused,
    /// They are passed over: `wholeTextFiles`.
    Skipped,
}

/// Lists the inputs of `textFile(spec, min_partitions)`: a file, a directory, a glob, a list of those separated by
/// commas, or `-` for standard input.
///
/// # Errors
/// All paths that do not exist, match nothing, may not be read, or are no regular files.
pub fn list_text_inputs(spec: &str, min_partitions: usize) -> Result<Listing, Vec<IoError>> {
    if spec == "-" {
        let stdin = InputFile::stdin();
        return Ok(Listing { splits: vec![stdin.whole(0)], files: vec![stdin] });
    }
    let files = list_files(spec, Subdirectories::Refused)?;
    let splits = cut(&files, min_partitions);
    Ok(Listing { files, splits })
}

/// The files of a list of paths, in order.
pub(super) fn list_files(spec: &str, subdirectories: Subdirectories) -> Result<Vec<InputFile>, Vec<IoError>> {
    let mut listed = Collector { files: Vec::new(), errors: Vec::new(), subdirectories };
    for element in glob::split_commas(spec) {
        match local_path(element, spec) {
            Ok(path) => listed.add_element(path),
            Err(error) => listed.errors.push(error),
        }
    }
    if listed.errors.is_empty() { Ok(listed.files) } else { Err(listed.errors) }
}

/// Removes `file:` and refuses other schemes.
fn local_path<'a>(element: &'a str, spec: &str) -> Result<&'a str, IoError> {
    let path = match element.strip_prefix("file:") {
        Some(rest) => rest.strip_prefix("//").unwrap_or(rest),
        None => element,
    };
    if path.is_empty() {
        return Err(IoError::EmptyPath { spec: spec.to_owned() });
    }
    match path.split_once("://") {
        // Whatever follows the scheme may hold secrets, so only a path without them is repeated.
        Some((scheme, _)) if !scheme.is_empty() && scheme.bytes().all(|b| b.is_ascii_alphanumeric()) => {
            Err(IoError::Scheme { path: format!("{scheme}://…"), scheme: scheme.to_owned() })
        }
        _ => Ok(path),
    }
}

/// Files and errors as they are found.
struct Collector {
    files: Vec<InputFile>,
    errors: Vec<IoError>,
    subdirectories: Subdirectories,
}

impl Collector {
    fn add_element(&mut self, element: &str) {
        if !glob::is_glob(element) {
            let path = PathBuf::from(glob::unescape(element));
            if path.file_name().is_some_and(is_hidden) && fs::metadata(&path).is_ok() {
                self.errors.push(IoError::Hidden { path });
            } else {
                self.add_path(path);
            }
            return;
        }
        match glob::matches(element) {
            Ok(paths) => self.add_matches(element, paths),
            Err(error) => self.errors.push(error),
        }
    }

    fn add_matches(&mut self, pattern: &str, mut paths: Vec<PathBuf>) {
        paths.retain(|path| !path.file_name().is_some_and(is_hidden));
        if paths.is_empty() && fs::symlink_metadata(pattern).is_ok() {
            let reason = "it matches nothing, and a file of exactly this name exists".to_owned();
            self.errors.push(IoError::BadGlob { pattern: pattern.to_owned(), reason });
        } else if paths.is_empty() {
            let nearest = nearest_existing(&glob::literal_prefix(pattern));
            self.errors.push(IoError::NoMatch { pattern: pattern.to_owned(), nearest });
        }
        paths.into_iter().for_each(|path| self.add_path(path));
    }

    /// A file, or a directory of files.
    fn add_path(&mut self, path: PathBuf) {
        match fs::metadata(&path) {
            Ok(metadata) if metadata.is_dir() => self.add_directory(&path),
            Ok(metadata) => self.add_file(path, &metadata),
            Err(error) => self.errors.push(missing(path, error)),
        }
    }

    fn add_directory(&mut self, directory: &Path) {
        let entries = match fs::read_dir(directory).and_then(Iterator::collect::<io::Result<Vec<_>>>) {
            Ok(entries) => entries,
            Err(error) => return self.errors.push(IoError::read(directory, error)),
        };
        let mut names: Vec<_> = entries.iter().map(fs::DirEntry::file_name).filter(|name| !is_hidden(name)).collect();
        names.sort();
        for name in names {
            let path = directory.join(name);
            match fs::metadata(&path) {
                Ok(metadata) if metadata.is_dir() => match self.subdirectories {
                    Subdirectories::Refused => self.errors.push(IoError::Subdirectory { path }),
                    Subdirectories::Skipped => {}
                },
                Ok(metadata) => self.add_file(path, &metadata),
                Err(error) => self.errors.push(missing(path, error)),
            }
        }
    }

    fn add_file(&mut self, path: PathBuf, metadata: &Metadata) {
        let added = match kind_of(metadata.file_type()) {
            Some(found) => Err(IoError::NotAFile { path, found }),
            None => InputFile::new(path, metadata),
        };
        match added {
            Ok(file) => self.files.push(file),
            Err(error) => self.errors.push(error),
        }
    }
}

/// Cuts files into splits: the old `FileInputFormat.getSplits` of Hadoop, without the empty splits that Spark drops.
fn cut(files: &[InputFile], min_partitions: usize) -> Vec<Split> {
    let total: u64 = files.iter().map(|file| file.size).sum();
    let goal = total / (min_partitions.max(1) as u64);
    let size = goal.clamp(1, BLOCK_BYTES);
    let mut splits = Vec::new();
    for (index, file) in files.iter().enumerate().filter(|(_, file)| file.size > 0) {
        let mut start = 0;
        if file.codec == Codec::Plain {
            while (file.size - start) as f64 / size as f64 > SPLIT_SLOP {
                splits.push(Split { file: index, start, end: start + size });
                start += size;
            }
        }
        if start < file.size {
            splits.push(Split { file: index, start, end: file.size });
        }
    }
    splits
}

/// Names that Hadoop passes over.
fn is_hidden(name: &OsStr) -> bool {
    matches!(name.as_bytes().first(), Some(b'_' | b'.'))
}

/// Whether a file that claims to be empty is not: those of /proc say so, and their rows would be lost.
fn has_bytes(path: &Path) -> bool {
    fs::File::open(path).and_then(|mut file| io::Read::read(&mut file, &mut [0])).is_ok_and(|count| count > 0)
}

/// What a thing is that is no regular file.
fn kind_of(kind: FileType) -> Option<&'static str> {
    match kind {
        _ if kind.is_file() => None,
        _ if kind.is_fifo() => Some("FIFO"),
        _ if kind.is_socket() => Some("socket"),
        _ => Some("device"),
    }
}

fn missing(path: PathBuf, error: io::Error) -> IoError {
    if error.kind() == io::ErrorKind::NotFound && fs::symlink_metadata(&path).is_ok() {
        return IoError::Dangling { path };
    }
    if !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) {
        return IoError::read(&path, error);
    }
    let nearest = nearest_existing(&path);
    let similar = similar_name(&path, &nearest);
    IoError::NotFound { path, nearest, similar }
}

/// The longest part of a path that exists; `.` when nothing of a relative path does.
fn nearest_existing(path: &Path) -> PathBuf {
    let found = path.ancestors().find(|part| !part.as_os_str().is_empty() && part.exists());
    found.map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// The name in the nearest directory that looks most like the first missing one.
fn similar_name(path: &Path, nearest: &Path) -> Option<String> {
    let mut parts = path.strip_prefix(nearest).unwrap_or(path).components();
    let Some(Component::Normal(wanted)) = parts.find(|part| *part != Component::CurDir) else { return None };
    let wanted = wanted.to_str()?;
    let names = fs::read_dir(nearest).ok()?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
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
    use super::super::testing::Scratch;
    use super::*;

    fn list(scratch: &Scratch, spec: &str) -> Result<Vec<String>, Vec<IoError>> {
        let absolute =
            spec.split(',').map(|s| format!("{}/{s}", scratch.path().display())).collect::<Vec<_>>().join(",");
        let strip = |file: InputFile| file.path.strip_prefix(scratch.path()).unwrap().display().to_string();
        list_text_inputs(&absolute, 1).map(|listing| listing.files.into_iter().map(strip).collect())
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
        assert_eq!(list_text_inputs(&url, 1).unwrap().files.len(), 1);
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
        assert!(matches!(list_text_inputs("a,,b", 1).unwrap_err()[1], IoError::EmptyPath { .. }));
        let errors = list_text_inputs("s3a://key:secret@bucket/x", 1).unwrap_err();
        assert!(matches!(errors[0], IoError::Scheme { .. }) && !errors[0].to_string().contains("secret"));
    }

    #[test]
    fn splits_have_the_goal_size_with_slop() {
        let file = |size, codec| InputFile { size, codec, ..InputFile::stdin() };
        let ends = |files: &[InputFile], n| cut(files, n).iter().map(|s| (s.file, s.end)).collect::<Vec<_>>();
        assert_eq!(ends(&[file(9, Codec::Plain)], 2), [(0, 4), (0, 8), (0, 9)]);
        assert_eq!(ends(&[file(21, Codec::Plain)], 2), [(0, 10), (0, 21)], "the rest is within the slop");
        assert_eq!(ends(&[file(0, Codec::Plain), file(9, Codec::Gzip)], 4), [(1, 9)]);
        assert_eq!(ends(&[file(3, Codec::Plain)], 0), [(0, 3)]);
        let large = cut(&[file(BLOCK_BYTES * 3 + 1, Codec::Plain)], 1);
        assert_eq!(large.len(), 3, "a block is the largest split, but for the slop");
    }
}
