//! `sparkc check --fix`: changes jobs as findings offer.
//!
//! A job with errors is left as it is, and so is one that an editor has open with changes that are not saved, or that
//! changes while it is looked at. A file is replaced at once or not at all.

use std::fs;
use std::path::{Path, PathBuf};

use crate::driver::{self, CheckedJob, Fixed};
use crate::lint::allow::Levels;

use super::report::Reporter;
use super::run::print;
use super::{diff, exit, files, report};

/// Changes files, or with `dry` prints what would change. `None` if what is left is to be reported.
pub(super) fn fix(paths: &[PathBuf], dry: bool, levels: &Levels, reporter: Reporter) -> Option<u8> {
    if let (false, Some(_)) = (dry, paths.iter().find(|path| path.as_os_str() == "-")) {
        reporter.say("error: standard input cannot be changed; --fix --diff prints what would change\n");
        return Some(exit::USAGE);
    }
    let (mut code, mut patch) = (exit::DONE, String::new());
    for path in paths {
        match one(path, dry, levels, reporter) {
            Ok(text) => patch += &text,
            Err(why) => {
                reporter.say(&format!("error: {why}\n"));
                code = exit::IO;
            }
        }
    }
    match (code, dry) {
        (exit::DONE, false) => None,
        (exit::DONE, true) if patch.is_empty() => Some(exit::DONE),
        (_, true) => Some(print(&patch).max(code).max(exit::FAILED)),
        (_, false) => Some(code),
    }
}

/// Changes a file, or gives its changes as a patch. A job with errors is not changed: the check reports them.
fn one(path: &Path, dry: bool, levels: &Levels, reporter: Reporter) -> Result<String, String> {
    let stdin = path.as_os_str() == "-";
    let name = if stdin { "<stdin>".to_owned() } else { path.display().to_string() };
    let text = if stdin { driver::read_text(std::io::stdin().lock()) } else { read(path) }?;
    let directory = path.parent().filter(|_| !stdin).unwrap_or(Path::new(""));
    let wanted = |compiled: &CheckedJob| levels.apply(compiled.findings()).0;
    let Ok(Fixed { text: new, applied, .. }) = driver::fixed(&name, text.clone(), directory, &wanted) else {
        return Ok(String::new());
    };
    if dry || new == text {
        return Ok(diff::print(&name, &text, &new));
    }
    write(path, &text, &new)?;
    reporter.say(&format!("{name}: {}\n", report::plural(applied.len() as u64, "finding") + " mended"));
    Ok(String::new())
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{} cannot be read: {error}", path.display()))
}

fn write(path: &Path, old: &str, new: &str) -> Result<(), String> {
    let name = path.display();
    if let Some(mark) = unsaved(path) {
        return Err(format!("{name} is open in an editor ({}); save and close it first", mark.display()));
    }
    if read(path)? != old {
        return Err(format!("{name} has changed meanwhile, and is left as it is"));
    }
    files::replace(path, new).map_err(|error| format!("{name} cannot be written: {error}"))
}

/// Files that editors leave beside a file that they hold with changes: a swap file of Vim, a lock or a copy of Emacs.
fn unsaved(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_string_lossy().into_owned();
    let marks = [format!(".{name}.swp"), format!(".#{name}"), format!("#{name}#")];
    // A lock of Emacs is a link to nowhere.
    marks.into_iter().map(|mark| path.with_file_name(mark)).find(|mark| mark.symlink_metadata().is_ok())
}
