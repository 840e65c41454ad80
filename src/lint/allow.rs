//! Which warnings are wanted: comments in the job, and flags.
//!
//! ```text
//! r | groupByKey | mapValues sum    # sparkc: allow(W1101)         this line
//! # sparkc: allow(group-then-reduce, W1004) the order counts       the statement below; the line below within one
//! ```
//!
//! A code or a name that does not exist is warned of, so that no misspelt comment hides nothing. Errors cannot be allowed.

use std::ops::RangeInclusive;

use crate::base::codes::{self, Code};
use crate::base::diag::{Diag, Severity};
use crate::base::source::{FileId, Sources, Span};
use crate::syntax::ast::{Comment, Program};

use super::{LINTS, errors, walk};

/// The flags about warnings. A denied one is an error; what a comment allows is allowed whatever the flags say.
#[derive(Clone, Debug, Default)]
pub struct Levels {
    /// Those that are not reported; what is denied by its own code is.
    pub allow: Vec<Which>,
    /// Those that are errors; what is allowed by its own code is not.
    pub deny: Vec<Which>,
}

/// Warnings that are meant by a flag.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Which {
    /// `warnings`
    All,
    /// One of them.
    One(Code),
}

impl Levels {
    /// The severity of a warning, or nothing where it is allowed.
    fn of(&self, code: Code) -> Option<Severity> {
        let has = |list: &[Which], which| list.contains(&which);
        if has(&self.deny, Which::One(code)) {
            return Some(Severity::Error);
        }
        if has(&self.allow, Which::One(code)) {
            return None;
        }
        match (has(&self.deny, Which::All), has(&self.allow, Which::All)) {
            (true, _) => Some(Severity::Error),
            (false, true) => None,
            (false, false) => Some(Severity::Warning),
        }
    }

    /// The findings that are wanted, with their severities; whether a warning is denied.
    pub fn apply(&self, diags: Vec<Diag>) -> (Vec<Diag>, bool) {
        let mut denied = false;
        let wanted = diags.into_iter().filter_map(|diag| match diag.severity {
            Severity::Error => Some(diag),
            Severity::Warning => {
                let severity = self.of(diag.code)?;
                denied |= severity == Severity::Error;
                Some(Diag { severity, ..diag })
            }
        });
        let wanted = wanted.collect();
        (wanted, denied)
    }
}

/// The warning of a code or of a lint's name, in any case.
pub fn warning(name: &str) -> Option<Code> {
    if let Some(lint) = LINTS.iter().find(|lint| lint.name.eq_ignore_ascii_case(name)) {
        return Some(lint.code);
    }
    codes::find(name).map(|row| row.code).filter(|code| code.0.starts_with('W'))
}

/// The warnings that the comments of a program allow.
#[derive(Debug, Default)]
pub struct Allowed {
    lines: Vec<(FileId, Code, RangeInclusive<usize>)>,
}

impl Allowed {
    /// Reads the comments of a program's files; also what is wrong with them.
    pub fn read(files: &[Program], sources: &Sources) -> (Self, Vec<Diag>) {
        let (mut allowed, mut wrong) = (Self::default(), Vec::new());
        for program in files {
            for comment in &program.comments {
                for name in listed(&comment.text).unwrap_or_default() {
                    match warning(name) {
                        Some(code) => allowed.lines.push((program.file, code, lines(comment, program, sources))),
                        None => wrong.push(errors::unknown_allow(comment.span, name)),
                    }
                }
            }
        }
        (allowed, wrong)
    }

    /// The findings that are not allowed. Errors cannot be.
    pub fn keep(&self, diags: Vec<Diag>, sources: &Sources) -> Vec<Diag> {
        if self.lines.is_empty() {
            return diags;
        }
        let is_allowed = |diag: &Diag| {
            let (file, line) = (diag.span().file, sources.line_col(diag.span()).0);
            self.lines.iter().any(|(of, code, lines)| *of == file && *code == diag.code && lines.contains(&line))
        };
        diags.into_iter().filter(|diag| diag.severity == Severity::Error || !is_allowed(diag)).collect()
    }
}

/// The names in `# sparkc: allow(a, b)`; none if the comment is another one.
fn listed(comment: &str) -> Option<Vec<&str>> {
    let rest = comment.trim_start_matches('#').trim_start().strip_prefix("sparkc:")?.trim_start();
    let list = rest.strip_prefix("allow")?.trim_start().strip_prefix('(')?;
    let (list, _) = list.split_once(')').unwrap_or((list, ""));
    Some(list.split(',').map(str::trim).collect())
}

/// The lines that a comment speaks of, counted from 1.
fn lines(comment: &Comment, program: &Program, sources: &Sources) -> RangeInclusive<usize> {
    let line = |at: u32| sources.line_col(Span { start: at, end: at, ..comment.span }).0;
    let own = line(comment.span.start);
    if !comment.own_line {
        return own..=own;
    }
    let (mut next, mut within) = (None::<Span>, false);
    walk::each_stmt(&program.body, &mut |stmt| {
        let (start, end) = (stmt.span.start, stmt.span.end);
        within |= start < comment.span.start && comment.span.end < end && walk::bodies(stmt).is_empty();
        if start > comment.span.start && next.is_none_or(|next| start < next.start) {
            next = Some(stmt.span);
        }
    });
    match next.filter(|_| !within) {
        Some(next) => line(next.start)..=line(next.end),
        None => {
            let text = &sources.file(comment.span.file).text;
            let code = |text: &str| !text.trim().is_empty() && !text.trim_start().starts_with('#');
            let below = text.lines().enumerate().skip(own).find(|(_, text)| code(text));
            let below = below.map_or(own, |(n, _)| n + 1);
            below..=below
        }
    }
}
