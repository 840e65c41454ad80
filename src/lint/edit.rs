//! Changes of chains: steps replaced by others, written as those around them are.
//!
//! A change covers the steps that it replaces and nothing else. Where a comment or a bracket stands between them there is
//! none: what people wrote is not lost.

use crate::base::diag::Edit;
use crate::base::source::Span;

use super::chain::{Chain, Form};
use super::facts::Facts;

/// An operator to be written.
#[derive(Clone, Debug)]
pub(super) struct Op {
    name: &'static str,
    args: Vec<String>,
}

impl Op {
    /// An operator without arguments.
    pub(super) fn new(name: &'static str) -> Self {
        Self { name, args: Vec::new() }
    }

    /// With one more argument.
    pub(super) fn with(mut self, arg: impl Into<String>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// With one more argument, if there is one.
    pub(super) fn with_some(self, arg: Option<String>) -> Self {
        match arg {
            Some(arg) => self.with(arg),
            None => self,
        }
    }

    /// As a stage: `name`, `name arg`, `name(a, b)`.
    pub(super) fn stage(&self) -> String {
        let word = |arg: &str| arg.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '"' | '.' | '+'));
        match self.args.as_slice() {
            [] => self.name.to_owned(),
            [arg] if word(arg) => format!("{} {arg}", self.name),
            [arg] if arg.contains("->") => format!("{} ({arg})", self.name),
            _ => self.call(),
        }
    }

    /// As a call: `name(a, b)`.
    pub(super) fn call(&self) -> String {
        format!("{}({})", self.name, self.args.join(", "))
    }
}

/// How operators are shown in a help.
pub(super) fn shown(ops: &[Op]) -> String {
    ops.iter().map(Op::stage).collect::<Vec<_>>().join(" | ")
}

impl<'a> Facts<'a> {
    /// Whether operators of these names are the catalog's.
    pub(super) fn are_free(&self, names: &[&str]) -> bool {
        names.iter().all(|name| !self.own.contains(name))
    }

    /// Puts operators in the place of steps, `to` included.
    pub(super) fn replace(&self, chain: &Chain<'a>, from: usize, to: usize, ops: &[Op]) -> Option<Edit> {
        if chain.steps[from..=to].iter().any(|step| step.form == Form::Call) || !self.joined(chain, from, to) {
            return None;
        }
        let (first, last) = (&chain.steps[from], &chain.steps[to]);
        if ops.is_empty() {
            let start = self.sign_before(first.span)?;
            return Some(Edit { span: Span { start, ..last.span }, text: String::new() });
        }
        let span = first.span.to(last.span);
        let text = match first.form {
            Form::Stage => {
                let start = self.sign_before(first.span)?;
                let between = self.text(Span { start, end: first.span.start, ..first.span });
                ops.iter().map(Op::stage).collect::<Vec<_>>().join(between)
            }
            Form::Method | Form::Call => ops.iter().map(Op::call).collect::<Vec<_>>().join("."),
        };
        Some(Edit { span, text })
    }

    /// Adds operators behind a step, or behind the head if there is none.
    pub(super) fn append(&self, chain: &Chain<'a>, ops: &[Op]) -> Option<Edit> {
        let end = chain.steps.last()?;
        let at = Span { start: end.span.end, end: end.span.end, ..end.span };
        let text = match end.form {
            Form::Stage => {
                let start = self.sign_before(end.span)?;
                let between = self.text(Span { start, end: end.span.start, ..end.span });
                ops.iter().map(|op| format!("{between}{}", op.stage())).collect::<String>()
            }
            Form::Method => ops.iter().map(|op| format!(".{}", op.call())).collect::<String>(),
            Form::Call => ops.iter().map(|op| format!(" | {}", op.stage())).collect::<String>(),
        };
        Some(Edit { span: at, text })
    }

    /// Whether nothing but the signs that join steps stands between steps.
    fn joined(&self, chain: &Chain<'a>, from: usize, to: usize) -> bool {
        chain.steps[from..=to].windows(2).all(|pair| {
            let between = Span { start: pair[0].span.end, end: pair[1].span.start, ..pair[0].span };
            between.start <= between.end && matches!(self.text(between).trim(), "|" | ".")
        })
    }

    /// The place of the blanks before the sign that joins a step with what is before it.
    fn sign_before(&self, step: Span) -> Option<u32> {
        let before = self.text(Span { start: 0, end: step.start, ..step });
        let sign = before.trim_end().strip_suffix(['|', '.'])?;
        u32::try_from(sign.trim_end().len()).ok()
    }
}
