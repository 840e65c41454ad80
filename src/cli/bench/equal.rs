//! Whether two runs have left the same: what they printed and all files, byte for byte.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::exec::io::first_difference_of_files;

/// The outputs that were compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Extent {
    /// Files, standard output not among them.
    pub(super) files: u64,
    /// Bytes of all.
    pub(super) bytes: u64,
}

/// The first difference: the file (`stdout` is what was printed) and both sides.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct Difference {
    /// `files/here/out/part-00000, line 3`
    pub(super) place: String,
    /// The two texts at that place.
    pub(super) sides: [String; 2],
}

/// Compares `stdout` and what is below `files` in two directories.
pub(super) fn compare(first: &Path, other: &Path) -> io::Result<Result<Extent, Difference>> {
    let [one, two] = [names(first)?, names(other)?];
    if let Some(name) = one.symmetric_difference(&two).next() {
        let shown = |names: &BTreeSet<PathBuf>| if names.contains(name) { "there" } else { "not there" }.to_owned();
        return Ok(Err(Difference { place: name.display().to_string(), sides: [shown(&one), shown(&two)] }));
    }
    let mut extent = Extent::default();
    for name in &one {
        if let Some((line, sides)) = first_difference_of_files(&[first.join(name), other.join(name)])? {
            let sides = sides.map(|side| String::from_utf8_lossy(&side).trim_end().to_owned());
            return Ok(Err(Difference { place: format!("{}, line {line}", name.display()), sides }));
        }
        extent.files += u64::from(name != Path::new("stdout"));
        extent.bytes += fs::metadata(first.join(name))?.len();
    }
    Ok(Ok(extent))
}

/// The files of a run, relative to its directory.
fn names(directory: &Path) -> io::Result<BTreeSet<PathBuf>> {
    let mut names = BTreeSet::from([PathBuf::from("stdout")]);
    let mut waiting = vec![directory.join("files")];
    while let Some(path) = waiting.pop().filter(|path| path.exists()) {
        for entry in fs::read_dir(&path)? {
            let path = entry?.path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                names.insert(path.strip_prefix(directory).unwrap_or(&path).to_path_buf());
            }
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Scratch(tempfile::TempDir);

    impl Scratch {
        fn run(&self, name: &str, out: &str, files: &[(&str, &str)]) -> PathBuf {
            let path = self.0.path().join(name);
            fs::create_dir(&path).unwrap();
            fs::write(path.join("stdout"), out).unwrap();
            for (name, text) in files {
                let file = path.join("files").join(name);
                fs::create_dir_all(file.parent().unwrap()).unwrap();
                fs::write(file, text).unwrap();
            }
            path
        }
    }

    fn difference(place: &str, left: &str, right: &str) -> Result<Extent, Difference> {
        Err(Difference { place: place.to_owned(), sides: [left.to_owned(), right.to_owned()] })
    }

    #[test]
    fn the_first_difference_is_named() {
        let scratch = Scratch(tempfile::tempdir().unwrap());
        let first = scratch.run("a", "x\n", &[("out/part-00000", "a\nb\n"), ("out/_SUCCESS", "")]);
        let same = scratch.run("b", "x\n", &[("out/part-00000", "a\nb\n"), ("out/_SUCCESS", "")]);
        let line = scratch.run("c", "x\n", &[("out/part-00000", "a\nc\n"), ("out/_SUCCESS", "")]);
        let short = scratch.run("d", "x\n", &[("out/part-00000", "a\n"), ("out/_SUCCESS", "")]);
        let file = scratch.run("e", "x\n", &[("out/part-00000", "a\nb\n")]);
        let out = scratch.run("f", "y\n", &[("out/part-00000", "a\nb\n"), ("out/_SUCCESS", "")]);
        assert_eq!(compare(&first, &same).unwrap(), Ok(Extent { files: 2, bytes: 6 }));
        assert_eq!(compare(&first, &line).unwrap(), difference("files/out/part-00000, line 2", "b", "c"));
        assert_eq!(compare(&first, &short).unwrap(), difference("files/out/part-00000, line 2", "b", ""));
        assert_eq!(compare(&first, &file).unwrap(), difference("files/out/_SUCCESS", "there", "not there"));
        assert_eq!(compare(&first, &out).unwrap(), difference("stdout, line 1", "x", "y"));
    }
}
