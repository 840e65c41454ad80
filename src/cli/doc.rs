//! `sparkc doc`: functions and operators, from the catalog; and the generated pages of `docs/`.

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _};

use clap::CommandFactory as _;

use crate::base::codes::CODES;
use crate::catalog::{self, row::Row};

use super::api::api_page;
use super::args::{Cli, Color, Doc};
use super::exit;
use super::report::{self, Reporter};
use super::run::print;

/// Prints what was asked for.
pub(super) fn doc(args: &Doc, color: Color, reporter: Reporter) -> u8 {
    match &args.name {
        Some(name) => one(name, report::wants_color(color, io::stdout().is_terminal()), reporter),
        None if args.names => print(&names()),
        None if args.codes => print(&codes_page()),
        None if args.cli => print(&cli_page()),
        None if args.api => print(&api_page()),
        None => print(&reference_page()),
    }
}

fn names() -> String {
    let mut out = String::new();
    let mut last = "";
    for name in catalog::names() {
        if name != last {
            out += name;
            out.push('\n');
        }
        last = name;
    }
    out
}

/// Rows that users see.
fn rows() -> impl Iterator<Item = &'static Row> {
    catalog::sections().iter().filter(|section| !section.title.is_empty()).flat_map(|section| section.rows)
}

fn one(name: &str, color: bool, reporter: Reporter) -> u8 {
    let found: Vec<&Row> = rows().filter(|row| row.name == name).collect();
    if found.is_empty() {
        let near = nearest(name);
        let hint = if near.is_empty() {
            "sparkc doc --names lists all".to_owned()
        } else {
            format!("similar: {}", near.join(", "))
        };
        reporter.say(&format!("error: no function or operator `{name}`; {hint}\n"));
        return exit::USAGE;
    }
    print(&found.iter().map(|row| text(row, color)).collect::<Vec<_>>().join("\n"))
}

/// Up to three names that look like it.
fn nearest(name: &str) -> Vec<&'static str> {
    let lower = name.to_lowercase();
    let score = |other: &str| strsim::jaro_winkler(&lower, &other.to_lowercase());
    let mut near: Vec<(f64, &str)> = rows().map(|row| (score(row.name), row.name)).filter(|(s, _)| *s > 0.8).collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    near.dedup_by_key(|(_, name)| *name);
    near.truncate(3);
    near.into_iter().map(|(_, name)| name).collect()
}

/// A row for the terminal.
fn text(row: &Row, color: bool) -> String {
    let (bold, dim, end) = if color { ("\u{1b}[1m", "\u{1b}[2m", "\u{1b}[0m") } else { ("", "", "") };
    let mut out = format!("{bold}{}{end}{}\n\n", row.name, row.sig);
    for line in wrap(&row.doc.replace('`', ""), 92) {
        let _ = writeln!(out, "    {line}");
    }
    for (code, result) in row.examples {
        let _ = writeln!(out, "\n    {code}");
        for line in result.lines() {
            let _ = writeln!(out, "    {dim}# {line}{end}");
        }
    }
    if !row.pyspark.is_empty() {
        let _ = writeln!(out, "\n    {dim}PySpark: {}{end}", row.pyspark);
    }
    out
}

fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let last = lines.last_mut().expect("there is a first line");
        if !last.is_empty() && last.chars().count() + word.chars().count() >= width {
            lines.push(word.to_owned());
        } else {
            if !last.is_empty() {
                last.push(' ');
            }
            last.push_str(word);
        }
    }
    lines
}

/// `docs/reference.md`
pub fn reference_page() -> String {
    let mut out = String::from(
        "# Functions and operators\n\nMade by `sparkc doc --markdown` from the catalog (`src/catalog`); `BLESS=1 cargo test --test tidy` \
         refreshes it. An operator has the name and the meaning of PySpark's RDD method, a function those of Python's builtin or\n`str` \
         method. In signatures `name?: T` may be left out, and capital single letters are types of any kind.\n",
    );
    for section in catalog::sections().iter().filter(|section| !section.title.is_empty()) {
        let _ = write!(out, "\n## {}\n", section.title);
        let mut last = "";
        for row in section.rows {
            if row.name != last {
                let _ = write!(out, "\n### `{}`\n", row.name);
            }
            last = row.name;
            entry(&mut out, row);
        }
    }
    out
}

fn entry(out: &mut String, row: &Row) {
    let _ = write!(out, "\n```text\n{}{}\n```\n\n{}\n", row.name, row.sig, row.doc);
    if row.examples.is_empty() {
        return;
    }
    out.push_str("\n```text\n");
    for (code, result) in row.examples {
        let _ = writeln!(out, "{code}");
        for line in result.lines() {
            let _ = writeln!(out, "# {line}");
        }
    }
    out.push_str("```\n");
}

/// `docs/errors.md`
pub fn codes_page() -> String {
    let mut out = String::from(
        "# Codes of errors and warnings\n\nMade by `sparkc doc --codes` from `src/base/codes.rs`; `BLESS=1 cargo test --test tidy` refreshes \
         it. `sparkc check --explain E0403` prints one.\n",
    );
    for row in CODES {
        let _ = write!(out, "\n## {}: {}\n\n", row.code, row.title);
        let mut block = false;
        for line in row.explanation.lines() {
            let code = line.starts_with("    ");
            if code && !block {
                out.push_str("```text\n");
            }
            if !code && block && !line.is_empty() {
                out.push_str("```\n\n");
            }
            block = if line.is_empty() { block } else { code };
            if !(line.is_empty() && block) {
                let _ = writeln!(out, "{}", line.strip_prefix("    ").unwrap_or(line));
            }
        }
        if block {
            out.push_str("```\n");
        }
    }
    out
}

/// `docs/cli.md`
pub fn cli_page() -> String {
    let mut cli = Cli::command().term_width(100);
    cli.build();
    let mut out = String::from(
        "# The command line\n\nMade by `sparkc doc --cli` from `src/cli/args.rs`; `BLESS=1 cargo test --test tidy` refreshes it.\n\n",
    );
    out += EXIT_CODES;
    let _ = write!(out, "\n## sparkc\n\n```text\n{}```\n", cli.clone().render_long_help());
    for command in cli.get_subcommands().filter(|command| command.get_name() != "help" && !command.is_hide_set()) {
        let help = command.clone().term_width(100).render_long_help();
        let _ = write!(out, "\n## sparkc {}\n\n```text\n{help}```\n", command.get_name());
    }
    let lines: Vec<&str> = out.lines().map(str::trim_end).collect();
    lines.join("\n") + "\n"
}

const EXIT_CODES: &str =
    "Data goes to standard output; diagnostics, the summary and the progress bar go to standard error.

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | the job failed; `fmt --check` or `check --fix --diff` would change something; `check --deny` found something |
| 2 | usage, or a job that does not compile |
| 3 | data errors, or rejects over the maximum |
| 4 | a budget was exceeded: memory, time |
| 70 | a bug in sparkc |
| 74 | input or output failed |
| 130, 143 | ended by Ctrl-C or SIGTERM |
| 141 | nobody read standard output any more |
";
