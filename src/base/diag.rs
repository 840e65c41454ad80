//! Diagnostics: what a phase reports about a program.
//!
//! A [`Diag`] is made by the named constructors in a phase's `errors.rs`, collected in a list, and rendered here: with
//! excerpts for people (miette), or as data by the command line. Messages are lower case, without a full stop and
//! without "you"; they say what was expected and what was found.

use std::fmt;

use miette::{LabeledSpan, Severity as MietteSeverity};

use super::codes::Code;
use super::excerpt::{Excerpt, MOST_SHOWN, is_unseen};
use super::source::{Sources, Span};

/// How bad it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Severity {
    /// The job cannot run.
    Error,
    /// The job runs, and probably not as meant.
    Warning,
}

/// A change of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The text that is replaced; empty to insert.
    pub span: Span,
    /// The new text.
    pub text: String,
}

/// A change that would mend the program: all of its edits or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// Changes of places that do not overlap.
    pub edits: Vec<Edit>,
}

/// One finding about a program.
#[derive(Clone, Debug)]
pub struct Diag {
    /// Stable code with its explanation.
    pub code: Code,
    /// Error or warning.
    pub severity: Severity,
    /// One sentence, lower case, no full stop.
    pub message: String,
    /// Where, and what is there; the first is the primary one.
    pub labels: Vec<(Span, String)>,
    /// The help: advice as text that can be pasted.
    pub help: Option<String>,
    /// The change that `check --fix` applies.
    pub fix: Option<Fix>,
}

impl Diag {
    /// An error at a place: `label` says what is there.
    pub fn error(code: Code, message: impl Into<String>, span: Span, label: impl Into<String>) -> Self {
        let labels = vec![(span, label.into())];
        Self { code, severity: Severity::Error, message: message.into(), labels, help: None, fix: None }
    }

    /// A warning at a place.
    pub fn warning(code: Code, message: impl Into<String>, span: Span, label: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message, span, label) }
    }

    /// Adds a second place.
    pub fn also(mut self, span: Span, label: impl Into<String>) -> Self {
        self.labels.push((span, label.into()));
        self
    }

    /// Says what would help.
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// Offers a change that mends it.
    pub fn fix(self, span: Span, text: impl Into<String>) -> Self {
        self.fix_all(vec![Edit { span, text: text.into() }])
    }

    /// Offers changes of several places that mend it together.
    pub fn fix_all(self, edits: Vec<Edit>) -> Self {
        self.fix_with(Some(edits))
    }

    /// Offers changes if there are any that mend it.
    pub fn fix_with(mut self, edits: Option<Vec<Edit>>) -> Self {
        self.fix = edits.map(|edits| Fix { edits });
        self
    }

    /// The primary place.
    pub fn span(&self) -> Span {
        self.labels[0].0
    }

    /// One line: `file:line:col: error[E0203]: message`.
    pub fn print_line(&self, sources: &Sources) -> String {
        let kind = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        format!("{}: {kind}[{}]: {}", sources.place(self.span()), self.code, escape_controls(&self.message))
    }

    /// Full text with source excerpts; `color` as the terminal allows.
    pub fn print_report(&self, sources: &Sources, color: bool) -> String {
        let theme = if color { miette::GraphicalTheme::unicode() } else { miette::GraphicalTheme::unicode_nocolor() };
        let file = sources.file(self.span().file);
        if file.text.is_empty() {
            return self.print_line(sources) + "\n";
        }
        let shown = Shown { diag: self, source: Excerpt::new(&file.name, &file.text) };
        let mut out = String::new();
        let handler = miette::GraphicalReportHandler::new_themed(theme).with_links(false).with_width(100);
        match handler.render_report(&mut out, &shown) {
            Ok(()) => out,
            Err(fmt::Error) => self.print_line(sources),
        }
    }
}

/// Control characters that came from data or source are shown as escapes: they must not reach a terminal.
pub fn escape_controls(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => out.push(c),
            c if is_unseen(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

/// A diagnostic with the text of its file, as miette wants it.
struct Shown<'a> {
    diag: &'a Diag,
    source: Excerpt<'a>,
}

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.diag.fmt(f)
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&escape_controls(&self.diag.message))
    }
}

impl std::error::Error for Shown<'_> {}

impl miette::Diagnostic for Shown<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.diag.code))
    }

    fn severity(&self) -> Option<MietteSeverity> {
        Some(match self.diag.severity {
            Severity::Error => MietteSeverity::Error,
            Severity::Warning => MietteSeverity::Warning,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let help = self.diag.help.as_ref()?;
        Some(Box::new(escape_controls(help)))
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        Some(&self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let primary = self.diag.span();
        let near =
            move |span: &Span| span.file == primary.file && (span.start.abs_diff(primary.start) as usize) < MOST_SHOWN;
        let whole = self.source.is_small();
        let labels = self.diag.labels.iter().filter(move |(span, _)| whole && span.file == primary.file || near(span));
        Some(Box::new(labels.map(move |(span, text)| {
            let len = (span.end - span.start) as usize;
            let len = if whole { len } else { len.min(MOST_SHOWN) };
            LabeledSpan::new(Some(escape_controls(text)).filter(|text| !text.is_empty()), span.start as usize, len)
        })))
    }
}
