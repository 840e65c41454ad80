//! `sparkc fmt`: rewrites jobs in the one layout.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use crate::base::source::Sources;
use crate::syntax::ast::ExprIds;
use crate::syntax::{parse, print};

use super::args::Fmt;
use super::files;
use super::report::{Reporter, exit};
use super::run;

/// Formats files in place; `-` goes from standard input to standard output.
pub(super) fn fmt(args: &Fmt, reporter: Reporter) -> u8 {
    let files = match files::expand(&args.files) {
        Ok(files) => files,
        Err(wrong) => {
            wrong.iter().for_each(|why| reporter.say(&format!("error: {why}\n")));
            return exit::USAGE;
        }
    };
    let codes = files
        .iter()
        .map(|path| if path.as_os_str() == "-" { stdin(args, reporter) } else { file(path, args, reporter) });
    codes.max().unwrap_or(exit::DONE)
}

fn stdin(args: &Fmt, reporter: Reporter) -> u8 {
    let mut text = String::new();
    if let Err(error) = std::io::stdin().lock().read_to_string(&mut text) {
        reporter.say(&format!("error: standard input cannot be read: {error}\n"));
        return exit::IO;
    }
    match formatted("<stdin>", &text, reporter) {
        Err(code) => code,
        Ok(new) if args.check => u8::from(new != text) * exit::FAILED,
        Ok(new) => run::print(&new),
    }
}

fn file(path: &Path, args: &Fmt, reporter: Reporter) -> u8 {
    let name = path.display().to_string();
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => {
            reporter.say(&format!("error: {name} cannot be read: {error}\n"));
            return exit::IO;
        }
    };
    match formatted(&name, &text, reporter) {
        Err(code) => code,
        Ok(new) if new == text => exit::DONE,
        Ok(new) if args.check => {
            run::print(&difference(&name, &text, &new));
            exit::FAILED
        }
        Ok(new) => match replace(path, &new) {
            Ok(()) => exit::DONE,
            Err(error) => {
                reporter.say(&format!("error: {name} cannot be written: {error}\n"));
                exit::IO
            }
        },
    }
}

/// Writes the file aside and puts it in place, so that it is never half written.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let target = fs::canonicalize(path)?;
    let mut name = target.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let aside = target.with_file_name(name);
    let written = fs::write(&aside, text)
        .and_then(|()| fs::set_permissions(&aside, fs::metadata(&target)?.permissions()))
        .and_then(|()| fs::rename(&aside, &target));
    if written.is_err() {
        // It may not be there; the first error is the one to report.
        let _ = fs::remove_file(&aside);
    }
    written
}

fn formatted(name: &str, text: &str, reporter: Reporter) -> Result<String, u8> {
    let mut sources = Sources::default();
    let file = sources.add(name, text);
    let (program, diags) = parse::parse(&sources, file, &mut ExprIds::default());
    if diags.is_empty() {
        return Ok(print::print_program(&program, &sources));
    }
    reporter.diags(&sources, &diags);
    Err(exit::USAGE)
}

/// The lines that would change: those between the common beginning and the common end.
fn difference(name: &str, old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.split('\n').collect(), new.split('\n').collect());
    let same = |pair: &(&&str, &&str)| pair.0 == pair.1;
    let before = old.iter().zip(&new).take_while(same).count();
    let room = old.len().min(new.len()) - before;
    let after = old.iter().rev().zip(new.iter().rev()).take(room).take_while(same).count();
    let mut out = format!("{name}:{}:\n", before + 1);
    for line in &old[before..old.len() - after] {
        out += &format!("- {line}\n");
    }
    for line in &new[before..new.len() - after] {
        out += &format!("+ {line}\n");
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn shows_what_changes() {
        let text = super::difference("a.spk", "x\ny\nz\n", "x\nY\nz\n");
        assert_eq!(text, "a.spk:2:\n- y\n+ Y\n");
        assert_eq!(super::difference("a", "x", "x\n"), "a:2:\n+ \n");
    }
}
