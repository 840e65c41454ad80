//! The jobs that `check` and `fmt` are asked for: files, globs, and directories with jobs below them; and how one is
//! replaced.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};
use tempfile::NamedTempFile;

/// Directories below which nobody looks for jobs.
const SKIPPED: [&str; 3] = [".git", "target", "node_modules"];

/// The files of the arguments, each once, in the order of the arguments and by name within one.
///
/// # Errors
/// What matches nothing or cannot be read, all of it.
pub(super) fn expand(args: &[String]) -> Result<Vec<PathBuf>, Vec<String>> {
    let (mut seen, mut files, mut wrong) = (BTreeSet::new(), Vec::new(), Vec::new());
    for arg in args {
        match one(arg) {
            Ok(found) => files.extend(found.into_iter().filter(|path| seen.insert(path.clone()))),
            Err(why) => wrong.push(why),
        }
    }
    if wrong.is_empty() { Ok(files) } else { Err(wrong) }
}

fn one(arg: &str) -> Result<Vec<PathBuf>, String> {
    let path = Path::new(arg);
    if arg == "-" || path.is_file() {
        return Ok(vec![path.to_path_buf()]);
    }
    if path.is_dir() {
        let found = below(path, &|file| file.extension().is_some_and(|extension| extension == "spk"));
        return if found.is_empty() { Err(format!("no jobs (*.spk) below {arg}")) } else { Ok(found) };
    }
    if !arg.contains(['*', '?', '[', '{']) {
        return Err(format!("{arg} does not exist"));
    }
    let glob = GlobBuilder::new(arg).literal_separator(true).build().map_err(|error| error.to_string())?;
    let matcher: GlobMatcher = glob.compile_matcher();
    let found = below(&base(path), &|file| matcher.is_match(file));
    if found.is_empty() { Err(format!("{arg} matches no file")) } else { Ok(found) }
}

/// The directory before the first wildcard.
fn base(pattern: &Path) -> PathBuf {
    let plain = |part: &std::path::Component<'_>| !part.as_os_str().to_string_lossy().contains(['*', '?', '[', '{']);
    pattern.components().take_while(plain).collect()
}

/// Files below a directory that pass, by name. Links to directories are not followed, so that no loop is walked.
fn below(directory: &Path, pass: &dyn Fn(&Path) -> bool) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let here = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
    let mut entries: Vec<_> = fs::read_dir(here).into_iter().flatten().flatten().collect();
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = directory.join(entry.file_name());
        let is_dir = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_dir && !SKIPPED.iter().any(|name| entry.file_name() == **name) {
            found.extend(below(&path, pass));
        } else if !is_dir && pass(&path) {
            found.push(path);
        }
    }
    found
}

/// Writes the file aside and puts it in place, so that it is never half written.
pub(super) fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let target = fs::canonicalize(path)?;
    let mut aside = NamedTempFile::new_in(target.parent().unwrap_or(Path::new("/")))?;
    aside.write_all(text.as_bytes())?;
    aside.as_file().set_permissions(fs::metadata(&target)?.permissions())?;
    aside.persist(&target)?;
    Ok(())
}
