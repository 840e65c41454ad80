//! The text that people read on standard error: diagnostics, row errors, errors of jobs, and the summary.
//!
//! ```text
//! E0403
//!   × 2 rows failed: a value that the function does not accept
//!    ╭─[job.spk:1:24]
//!  1 │ textFile("in/x") | map int
//!    ·                        ─┬─
//!    ·                         ╰── where the rows failed
//!    ╰────
//!   in/x:2: invalid literal for int() with base 10: 'b'
//!     b
//! ```
//!
//! Records come from data and may hold anything: control characters are escaped before they reach a terminal.

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write as _};

use bytesize::ByteSize;
use indicatif::HumanCount;

use crate::base::codes::{Code, ENGINES_DIFFER};
use crate::base::diag::{Diag, Severity, escape_controls};
use crate::base::source::{Sources, Span};
use crate::driver::Outcome;
use crate::exec::errors::EngineDifference;
use crate::exec::errors::{JobError, RowError, RowErrors};
use crate::exec::io::{Class, IoError};
use crate::exec::metrics::Figures;

use super::args::Color;
use super::exit;

/// How many characters of a record are shown.
const EXCERPT: usize = 200;

/// Standard error with or without colours.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reporter {
    /// Whether reports have colours.
    pub(super) color: bool,
}

impl Reporter {
    /// Decides on colours.
    pub(super) fn new(color: Color) -> Self {
        Self { color: wants_color(color, io::stderr().is_terminal()) }
    }

    /// Writes a text; if standard error is closed nobody can be told.
    pub(super) fn say(&self, text: &str) {
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }

    /// Reports diagnostics, and at the end how many there are.
    pub(super) fn diags(&self, sources: &Sources, diags: &[Diag]) {
        for diag in diags {
            self.say(&diag.print_report(sources, self.color));
        }
        if !diags.is_empty() {
            self.say(&format!("{}\n", counted(diags)));
        }
    }
}

/// Whether to use colours on a stream.
pub(super) fn wants_color(color: Color, terminal: bool) -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => terminal && !set("NO_COLOR") && std::env::var_os("TERM").is_none_or(|term| term != "dumb"),
    }
}

/// `2 errors, 1 warning`
pub(super) fn counted(diags: &[Diag]) -> String {
    let errors = diags.iter().filter(|diag| diag.severity == Severity::Error).count();
    let warnings = diags.len() - errors;
    match (errors, warnings) {
        (0, _) => plural(warnings as u64, "warning"),
        (_, 0) => plural(errors as u64, "error"),
        (_, _) => format!("{}, {}", plural(errors as u64, "error"), plural(warnings as u64, "warning")),
    }
}

/// `1 row`, `1,234 rows`
pub(super) fn plural(n: u64, noun: &str) -> String {
    format!("{} {noun}{}", grouped(n), if n == 1 { "" } else { "s" })
}

/// `1,234`
pub(super) fn grouped(n: u64) -> String {
    HumanCount(n).to_string()
}

/// `1.2 MB`
pub(super) fn bytes(n: u64) -> String {
    ByteSize(n).display().si().to_string()
}

/// The exit code of a job that ended in an error.
pub(super) fn exit_code(error: &JobError) -> u8 {
    match error {
        JobError::Driver(_) | JobError::Rows(_) | JobError::TooManyRejects { .. } => exit::DATA,
        JobError::Io(errors, _) if errors.iter().all(|error| error.class() == Class::Usage) => exit::USAGE,
        JobError::Io(..) | JobError::Output(_) => exit::IO,
        JobError::Budget(..) | JobError::Timeout(_) => exit::BUDGET,
        JobError::Interrupted(signal) => u8::try_from(128 + signal).unwrap_or(exit::FAILED),
        JobError::OutputClosed => exit::PIPE,
        JobError::Bug(_) | JobError::EnginesDiffer(_) => exit::BUG,
    }
}

/// The error of a job, as text.
pub(super) fn job_error(error: &JobError, sources: &Sources, color: bool) -> String {
    match error {
        JobError::Driver(failure) => {
            Diag::error(failure.trap.reason.code(), &failure.trap.detail, failure.span, "").print_report(sources, color)
        }
        JobError::Rows(errors) => row_errors(errors, "failed", sources, color),
        JobError::Io(errors, span) => errors.iter().map(|error| io_error(error, *span, sources, color)).collect(),
        JobError::Budget(over, span) => {
            let (wanted, budget) = (bytes(over.wanted as u64), bytes(over.budget as u64));
            let message = format!("out of memory: {wanted} are needed, and the budget is {budget}");
            let help = "a larger budget (--memory 4GiB), or more partitions (--partitions 8)";
            plain_with(&message, help, &format!("at {}", sources.place(*span)))
        }
        JobError::Timeout(limit) => plain(&format!("the job took longer than {limit:?} (--timeout)")),
        JobError::TooManyRejects { rejected, max } => plain(&format!(
            "{} rejected, and at most {} may be (--max-rejects)",
            plural(*rejected, "row"),
            grouped(*max)
        )),
        JobError::Interrupted(_) => plain("interrupted: no output was published"),
        JobError::OutputClosed => String::new(),
        JobError::Output(error) => plain(&format!("standard output cannot be written: {error}")),
        JobError::Bug(what) => bug(what),
        JobError::EnginesDiffer(difference) => engines_differ(difference, sources, color),
    }
}

/// The message about a difference between two engines.
fn engines_differ(difference: &EngineDifference, sources: &Sources, color: bool) -> String {
    let EngineDifference { span, place, what, found: [(one, left), (other, right)] } = difference;
    let version = env!("CARGO_PKG_VERSION");
    let message = format!("this is a bug in sparkc {version}: {one} and {other} differ in {place}: {what}");
    let help = "please report it, with the job and if possible its input; no output was published";
    let diag = Diag::error(ENGINES_DIFFER, message, *span, "in the stage that ends here").help(help);
    let wide = one.len().max(other.len());
    let side = |name: &str, text: &str| format!("  {name:wide$}: {}\n", excerpt(text));
    format!("{}{}{}", diag.print_report(sources, color), side(one, left), side(other, right))
}

/// The message about a fault of sparkc.
pub(super) fn bug(what: &str) -> String {
    format!(
        "error[E0999]: this is a bug in sparkc {}: {}\n  help: please report it, with the job and if possible its input; \
         no output was published\n",
        env!("CARGO_PKG_VERSION"),
        escape_controls(what)
    )
}

fn plain(message: &str) -> String {
    format!("error: {}\n", escape_controls(message))
}

fn plain_with(message: &str, help: &str, place: &str) -> String {
    format!("error: {message}\n  {place}\n  help: {help}\n")
}

fn io_error(error: &IoError, span: Option<Span>, sources: &Sources, color: bool) -> String {
    match span {
        Some(span) => Diag::error(error.code(), error.to_string(), span, "").print_report(sources, color),
        None => format!("error[{}]: {error}\n", error.code()),
    }
}

/// Row errors: by reason and place, with the first records.
pub(super) fn row_errors(errors: &RowErrors, what: &str, sources: &Sources, color: bool) -> String {
    let mut out = String::new();
    for ((reason, span), count) in &errors.counts {
        let title = title_of(reason.code());
        let message = format!("{} {what}: {title}", plural(*count, "row"));
        let diag = Diag::error(reason.code(), message, *span, "");
        out += &diag.print_report(sources, color);
        let samples = errors.samples.iter().filter(|sample| sample.trap.reason == *reason && sample.span == *span);
        let mut shown = 0;
        for sample in samples {
            shown += 1;
            out += &row_error(sample);
        }
        if shown < *count && shown > 0 {
            let _ = writeln!(out, "  … and {} more", grouped(count - shown));
        }
    }
    out
}

/// Row errors in one line: how many rows are left out, and the first of them.
pub(super) fn loss(errors: &RowErrors) -> String {
    let first =
        errors.samples.first().map(|sample| format!(", the first at {}: {}", sample.origin, sample.trap.detail));
    let line = format!("{} left out{}", plural(errors.total, "row"), first.unwrap_or_default());
    format!("{}\n", escape_controls(&line))
}

fn title_of(code: Code) -> &'static str {
    crate::base::codes::find(code.0).map_or("", |row| row.title)
}

fn row_error(sample: &RowError) -> String {
    let detail = escape_controls(&sample.trap.detail);
    format!("  {}: {detail}\n    {}\n", escape_controls(&sample.origin.to_string()), excerpt(&sample.record))
}

/// The beginning of a record on one line, without control characters.
pub(super) fn excerpt(record: &str) -> String {
    let mut out = String::new();
    for (i, c) in record.chars().enumerate() {
        if i == EXCERPT {
            out.push('…');
            break;
        }
        if c.is_control() { out.extend(c.escape_default()) } else { out.push(c) }
    }
    out
}

/// The summary of a job that ran: one line, or with `verbose` a line for each group of figures.
pub(super) fn summary(outcome: &Outcome, verbose: bool) -> String {
    let figures = &outcome.figures;
    let state = if outcome.result.is_ok() { "done" } else { "failed" };
    let seconds = outcome.elapsed.as_secs_f64();
    let mut parts = vec![rows_line(figures)];
    if figures.shuffles > 0 {
        parts.push(format!("shuffled {} ({})", plural(figures.rows_shuffled, "row"), bytes(figures.bytes_shuffled)));
    }
    if figures.rows_written > 0 {
        parts.push(format!("wrote {}", plural(figures.rows_written, "row")));
    }
    let mut out = format!("{state} in {seconds:.2} s: {}\n", parts.join("; "));
    if verbose {
        let _ = writeln!(
            out,
            "  {}, {} of them with a shuffle; {}; at most {} of memory",
            plural(figures.stages, "stage"),
            grouped(figures.shuffles),
            plural(figures.tasks, "task"),
            bytes(figures.peak_memory)
        );
    }
    out
}

/// `read 10 rows (1.2 kB) = 5 kept + 2 filtered + 3 rejected`
fn rows_line(figures: &Figures) -> String {
    format!(
        "read {} ({}) = {} kept + {} filtered + {} rejected",
        plural(figures.rows_read, "row"),
        bytes(figures.bytes_read),
        grouped(figures.rows_kept),
        grouped(figures.rows_filtered),
        grouped(figures.rows_rejected)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_for_people() {
        assert_eq!(plural(1, "row"), "1 row");
        assert_eq!(plural(1_234_567, "row"), "1,234,567 rows");
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(123_456), "123.5 kB");
    }

    #[test]
    fn engines_that_differ_are_shown_side_by_side() {
        let mut sources = Sources::default();
        let file = sources.add("job.spk", "range(0, 3) | map x -> x * 2 | count");
        let span = Span::new(file, 14, 28);
        let (place, what) = ("stage 1, partition 0".to_owned(), "row 2".to_owned());
        let found = [("jit", "(1, '\u{1b}[31m')".to_owned()), ("interp", "(1, 'a')".to_owned())];
        let error = JobError::EnginesDiffer(Box::new(EngineDifference { span, place, what, found }));
        let text = job_error(&error, &sources, false);
        assert!(text.contains("jit and interp differ in stage 1, partition 0: row 2"), "{text}");
        assert!(text.contains("job.spk:1:15") && text.contains("please report it"), "{text}");
        assert!(text.ends_with("  jit   : (1, '\\u{1b}[31m')\n  interp: (1, 'a')\n"), "{text}");
        assert_eq!((exit_code(&error), error.code()), (exit::BUG, Some(ENGINES_DIFFER)));
    }

    #[test]
    fn records_cannot_drive_the_terminal() {
        assert_eq!(excerpt("a\u{1b}[31mb\n"), "a\\u{1b}[31mb\\n");
        assert_eq!(excerpt(&"x".repeat(300)).chars().count(), 201);
    }
}
