//! `sparkc fmt`: rewrites jobs in the one layout.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use crate::base::source::Sources;
use crate::syntax::ast::ExprIds;
use crate::syntax::{parse, print};

use super::args::Fmt;
use super::diff;
use super::exit;
use super::files;
use super::report::Reporter;
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
            run::print(&diff::print(&name, &text, &new));
            exit::FAILED
        }
        Ok(new) => match files::replace(path, &new) {
            Ok(()) => exit::DONE,
            Err(error) => {
                reporter.say(&format!("error: {name} cannot be written: {error}\n"));
                exit::IO
            }
        },
    }
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
