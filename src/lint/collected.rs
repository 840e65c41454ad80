//! W1106: elements are brought to the driver only to be counted, or the like.
//!
//! ```text
//! len(r.collect())      r.count()         r | collect | max     r | max        no floats
//! r.collect()[0]        r.first()         r | collect | sum     r | sum        ints
//! r.count() == 0        r.isEmpty()       r.count() > 0         not r.isEmpty()
//! ```
//!
//! `first` and `isEmpty` compute fewer elements than there are: what counts or prints for each element, or leaves out rows,
//! must not be above them. A job that fails at an element that is no longer computed does not fail any more.

use crate::base::diag::{Diag, Edit};
use crate::base::source::Span;
use crate::syntax::ast::{BinOp, Expr, ExprKind, StmtKind};
use crate::types::ty::Ty;

use super::chain::{Chain, Form};
use super::edit::Op;
use super::program::Program;
use super::values::is_exact;
use super::{errors, walk};

/// Looks at all chains, and at what the driver does with their values.
pub(super) fn check(program: &Program<'_>, diags: &mut Vec<Diag>) {
    if !program.facts.are_free(&["count", "first", "isEmpty", "sum", "max", "min"]) {
        return;
    }
    for site in &program.flow.sites {
        for at in 1..site.chain.steps.len() {
            diags.extend(function_of_list(program, &site.chain, at));
        }
    }
    walk::each_stmt(&program.facts.program.body, &mut |stmt| {
        if matches!(stmt.kind, StmtKind::Def { .. }) {
            return;
        }
        for expr in walk::own_exprs(stmt) {
            walk::each(expr, &mut |at| match &at.kind {
                ExprKind::Index(of, index) => diags.extend(first(program, at, of, index)),
                ExprKind::Binary(op, left, right) => diags.extend(compared(program, at, *op, left, right)),
                _ => {}
            });
        }
    });
}

/// A step of these on a list that was collected before, and the operator that does it at once.
fn at_once<'a>(program: &Program<'a>, chain: &Chain<'a>, at: usize) -> Option<&'static str> {
    let (collect, step) = (&chain.steps[at - 1], &chain.steps[at]);
    if !collect.is("collect") || !step.args.is_empty() {
        return None;
    }
    let Some(Ty::List(elem)) = collect.ty else { return None };
    if step.is_of_list("len") {
        Some("count")
    } else if step.is_of_list("isEmpty") && program.flow.is_quiet(chain, at - 1, &program.facts) {
        Some("isEmpty")
    } else if step.is_of_list("sum") && **elem == Ty::Int {
        Some("sum")
    } else if step.is_of_list("max") && is_exact(elem) {
        Some("max")
    } else if step.is_of_list("min") && is_exact(elem) {
        Some("min")
    } else {
        None
    }
}

fn function_of_list<'a>(program: &Program<'a>, chain: &Chain<'a>, at: usize) -> Option<Diag> {
    let facts = &program.facts;
    let name = at_once(program, chain, at)?;
    let (collect, step) = (&chain.steps[at - 1], &chain.steps[at]);
    let edits = match step.form {
        Form::Stage | Form::Method => facts.replace(chain, at - 1, at, &[Op::new(name)]).map(|edit| vec![edit]),
        Form::Call => facts.replace(chain, at - 1, at - 1, &[Op::new(name)]).map(|edit| {
            let mut edits = unwrapped(program, step.name.span, step.span, collect.form);
            edits.push(edit);
            edits
        }),
    };
    Some(errors::collected_for(name, collect.span).fix_with(edits))
}

/// Takes the call off what it is applied to: `len(r.collect())` without `len(` and `)`.
fn unwrapped(program: &Program<'_>, name: Span, call: Span, inner: Form) -> Vec<Edit> {
    let text = program.facts.text(call);
    let bracket = text[(name.end - call.start) as usize..].starts_with('(') && text.ends_with(')');
    let none = |start, end| Edit { span: Span { start, end, ..call }, text: String::new() };
    if bracket && inner == Form::Method {
        return vec![none(call.start, name.end + 1), none(call.end - 1, call.end)];
    }
    // A pipeline keeps the brackets.
    let rest = &text[(name.end - call.start) as usize..];
    let blanks = u32::try_from(rest.len() - rest.trim_start().len()).unwrap_or_default();
    vec![none(call.start, name.end + blanks)]
}

/// `r.collect()[0]`
fn first<'a>(program: &Program<'a>, whole: &'a Expr, of: &'a Expr, index: &'a Expr) -> Option<Diag> {
    let facts = &program.facts;
    let chain = facts.chain(of);
    let last = chain.steps.len().checked_sub(1)?;
    let step = &chain.steps[last];
    let some = |n: Option<&Expr>| n.is_some_and(|n| matches!(n.kind, ExprKind::Int(n) if n > 0));
    let taken = step.is("collect") || step.is("take") && some(step.arg("num"));
    if !taken || !matches!(index.kind, ExprKind::Int(0)) || !program.flow.is_quiet(&chain, last, facts) {
        return None;
    }
    let bracket = facts.text(Span { start: of.span.end, end: index.span.start, ..of.span }).rfind('[')?;
    let start = of.span.end + u32::try_from(bracket).ok()?;
    let edits = facts
        .replace(&chain, last, last, &[Op::new("first")])
        .map(|edit| vec![edit, Edit { span: Span { start, ..whole.span }, text: String::new() }]);
    Some(errors::collected_for_the_first(step.span).fix_with(edits))
}

/// `r.count() == 0`
fn compared<'a>(program: &Program<'a>, whole: &'a Expr, op: BinOp, left: &'a Expr, right: &'a Expr) -> Option<Diag> {
    let facts = &program.facts;
    let ExprKind::Int(n) = right.kind else { return None };
    let empty = match (op, n) {
        (BinOp::Eq | BinOp::Le, 0) | (BinOp::Lt, 1) => true,
        (BinOp::Ne | BinOp::Gt, 0) | (BinOp::Ge, 1) => false,
        _ => return None,
    };
    let chain = facts.chain(left);
    let last = chain.steps.len().checked_sub(1)?;
    let step = &chain.steps[last];
    if !step.is("count") || !program.flow.is_quiet(&chain, last, facts) {
        return None;
    }
    let between = facts.text(Span { start: left.span.end, end: right.span.start, ..left.span });
    let sign = between.find(op.text())?;
    let kept = between[..sign].trim_end().len();
    let rest = Span { start: left.span.end + u32::try_from(kept).ok()?, ..whole.span };
    let edits = facts.replace(&chain, last, last, &[Op::new("isEmpty")]).map(|edit| {
        let mut edits = vec![edit, Edit { span: rest, text: String::new() }];
        if !empty {
            let start = opened(facts.text(Span { start: 0, ..left.span }), left.span, &between[..kept]);
            let at = Span { start, end: start, ..whole.span };
            edits.push(Edit { span: at, text: "not ".to_owned() });
        }
        edits
    });
    Some(errors::counted_for_any(step.span).fix_with(edits))
}

/// Where the brackets begin that close in `behind` a value.
fn opened(text: &str, value: Span, behind: &str) -> u32 {
    let mut at = value.start;
    for _ in behind.matches(')') {
        let before = text[..at as usize].trim_end();
        at = u32::try_from(before.len() - usize::from(before.ends_with('('))).unwrap_or(at);
    }
    at
}
