//! Chains: what is applied to an RDD one after the other, whichever way it is written.
//!
//! `r | groupByKey | mapValues sum`, `r.groupByKey().mapValues(sum)` and `mapValues(groupByKey(r), sum)` are one chain: the
//! head `r` and two steps. A step knows its row of the catalog, its arguments and its place, so that lints speak of
//! operators and [`super::edit`] of texts.

use crate::base::source::Span;
use crate::catalog;
use crate::catalog::row::Row;
use crate::syntax::ast::{Arg, Expr, ExprKind, Name};
use crate::types::ty::Ty;

use super::facts::Facts;

/// How a step is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Form {
    /// `| name args`
    Stage,
    /// `.name(args)`
    Method,
    /// `name(…, args)`
    Call,
}

/// One application.
#[derive(Clone, Debug)]
pub(super) struct Step<'a> {
    /// The operator or function that is applied.
    pub(super) name: &'a Name,
    /// Its row; `None` for a function of the user.
    pub(super) row: Option<&'static Row>,
    /// The arguments after the first, which flows in.
    pub(super) args: &'a [Arg],
    /// From the name to the end of the arguments.
    pub(super) span: Span,
    /// How it is written.
    pub(super) form: Form,
    /// The type of what it gives.
    pub(super) ty: Option<&'a Ty>,
}

impl<'a> Step<'a> {
    /// Whether it is an operator on an RDD, of this name.
    pub(super) fn is(&self, name: &str) -> bool {
        self.on_rdd() && self.row.is_some_and(|row| row.name == name)
    }

    /// Whether it is a function of lists of this name.
    pub(super) fn is_of_list(&self, name: &str) -> bool {
        self.row.is_some_and(|row| is_of_list(row, name))
    }

    /// Whether it gives an RDD.
    pub(super) fn gives_rdd(&self) -> bool {
        matches!(self.ty, Some(Ty::Rdd(_)))
    }

    /// The argument of a parameter.
    pub(super) fn arg(&self, param: &str) -> Option<&'a Expr> {
        let named = |arg: &&Arg| arg.name.as_ref().is_some_and(|name| name.text == param);
        if let Some(arg) = self.args.iter().find(named) {
            return Some(&arg.value);
        }
        let at = catalog::entry(self.row?).sig.params.iter().position(|known| *known.name == *param)?.checked_sub(1)?;
        self.args.get(at).filter(|arg| arg.name.is_none()).map(|arg| &arg.value)
    }
}

/// Whether a row is a function of lists of this name.
pub(super) fn is_of_list(row: &'static Row, name: &str) -> bool {
    let of_list = || catalog::entry(row).sig.params.first().is_some_and(|param| matches!(param.ty, Ty::List(_)));
    row.name == name && of_list()
}

/// An expression taken apart.
#[derive(Clone, Debug)]
pub(super) struct Chain<'a> {
    /// The value that the steps are applied to.
    pub(super) head: &'a Expr,
    /// The steps, first to last.
    pub(super) steps: Vec<Step<'a>>,
}

impl<'a> Chain<'a> {
    /// The name that it begins with.
    pub(super) fn head_name(&self) -> Option<&'a str> {
        if let ExprKind::Name(name) = &self.head.kind { Some(name) } else { None }
    }

    /// Whether a step applies to the RDD of the variable that the chain begins with, and not to one made of it.
    pub(super) fn is_on_variable(&self, step: usize) -> bool {
        self.head_name().is_some() && self.steps[..step].iter().all(|step| step.is_same_rdd())
    }

    /// The element type before a step.
    pub(super) fn elem_before(&self, at: usize, facts: &Facts<'a>) -> Option<&'a Ty> {
        let ty = match at.checked_sub(1) {
            Some(before) => self.steps[before].ty,
            None => facts.ty(self.head),
        };
        match ty {
            Some(Ty::Rdd(elem)) => Some(elem),
            Some(_) | None => None,
        }
    }

    /// The types of keys and values before a step.
    pub(super) fn pair_before(&self, at: usize, facts: &Facts<'a>) -> Option<(&'a Ty, &'a Ty)> {
        if let Ty::Tuple(parts) = self.elem_before(at, facts)? {
            <&[Ty; 2]>::try_from(parts.as_slice()).ok().map(|[key, value]| (key, value))
        } else {
            None
        }
    }

    /// Whether an RDD flows through it.
    pub(super) fn is_rdd(&self, facts: &Facts<'a>) -> bool {
        matches!(facts.ty(self.head), Some(Ty::Rdd(_))) || self.steps.iter().any(Step::on_rdd)
    }
}

impl<'a> Facts<'a> {
    /// The chain of an expression; without steps if nothing is applied.
    pub(super) fn chain(&self, expr: &'a Expr) -> Chain<'a> {
        let (mut steps, mut at) = (Vec::new(), expr);
        loop {
            match &at.kind {
                ExprKind::Pipe(head, stages) => {
                    steps.extend(stages.iter().rev().map(|stage| Step {
                        name: &stage.name,
                        row: self.checked.stages.get(&stage.name.span).copied(),
                        args: &stage.args,
                        span: stage.span,
                        form: Form::Stage,
                        ty: self.checked.stage_types.get(&stage.name.span),
                    }));
                    at = head;
                }
                ExprKind::Method(of, name, args) => {
                    let span = name.span.to(Span { start: at.span.end, ..at.span });
                    steps.push(self.applied(at, name, args, span, Form::Method));
                    at = of;
                }
                ExprKind::Call(name, args) | ExprKind::Command(name, args) => match args.split_first() {
                    Some((first, rest)) if first.name.is_none() && self.flows(&first.value) => {
                        steps.push(self.applied(at, name, rest, at.span, Form::Call));
                        at = &first.value;
                    }
                    Some(_) | None => break,
                },
                _ => break,
            }
        }
        steps.reverse();
        Chain { head: at, steps }
    }

    fn applied(&self, expr: &'a Expr, name: &'a Name, args: &'a [Arg], span: Span, form: Form) -> Step<'a> {
        Step { name, row: self.row(expr), args, span, form, ty: self.ty(expr) }
    }

    /// Whether an RDD flows into what an expression gives.
    fn flows(&self, expr: &'a Expr) -> bool {
        let mut at = expr;
        loop {
            if matches!(self.ty(at), Some(Ty::Rdd(_))) {
                return true;
            }
            at = match &at.kind {
                ExprKind::Pipe(head, stages) => {
                    let on_rdd =
                        |name: &Name| self.checked.stages.get(&name.span).is_some_and(|row| row.facts.is_on_rdd());
                    if stages.iter().any(|stage| on_rdd(&stage.name)) {
                        return true;
                    }
                    head
                }
                ExprKind::Method(of, ..) => of,
                ExprKind::Call(_, args) | ExprKind::Command(_, args) => match args.first() {
                    Some(first) => &first.value,
                    None => return false,
                },
                _ => return false,
            };
        }
    }
}
