//! The parts of a call while its row is looked for: its place, its arguments, rows that might be meant.

use crate::base::source::Span;
use crate::catalog::Entry;
use crate::hir::{Expr, Lambda};
use crate::syntax::ast::{self, ExprId};
use crate::types::signature::Constraint;
use crate::types::ty::Ty;

/// A call: its name and its place.
#[derive(Clone, Copy)]
pub(super) struct Site<'a> {
    /// The name as written, or of the row that a piece of syntax stands for.
    pub(super) name: &'a str,
    pub(super) name_span: Span,
    pub(super) span: Span,
    /// The expression, where the call is one.
    pub(super) id: Option<ExprId>,
    /// Whether it is a stage, which has no id.
    pub(super) stage: bool,
    /// The expression, for help texts.
    pub(super) expr: Option<&'a ast::Expr>,
}

impl<'a> Site<'a> {
    pub(super) fn of(name: &'a ast::Name, expr: &'a ast::Expr) -> Self {
        let (name, name_span) = (name.text.as_str(), name.span);
        Self { name, name_span, span: expr.span, id: Some(expr.id), stage: false, expr: Some(expr) }
    }

    pub(super) fn stage(stage: &'a ast::Stage) -> Self {
        let (name, name_span) = (stage.name.text.as_str(), stage.name.span);
        Self { name, name_span, span: stage.span, id: None, stage: true, expr: None }
    }

    /// A call that a piece of syntax stands for.
    pub(super) fn hidden(name: &'a str, expr: &'a ast::Expr) -> Self {
        Self { name, name_span: expr.span, span: expr.span, id: Some(expr.id), stage: false, expr: None }
    }
}

/// An argument of a call.
pub(super) struct CallArg<'a> {
    pub(super) name: Option<&'a ast::Name>,
    pub(super) value: ArgValue<'a>,
}

/// An argument's value: as written, or checked already.
pub(super) enum ArgValue<'a> {
    Ast(&'a ast::Expr),
    Done(Expr),
}

impl<'a> CallArg<'a> {
    pub(super) fn of(arg: &'a ast::Arg) -> Self {
        Self { name: arg.name.as_ref(), value: ArgValue::Ast(&arg.value) }
    }

    pub(super) fn ast(value: &'a ast::Expr) -> Self {
        Self { name: None, value: ArgValue::Ast(value) }
    }

    pub(super) fn done(value: Expr) -> Self {
        Self { name: None, value: ArgValue::Done(value) }
    }
}

/// The argument of a parameter.
pub(super) enum Ready {
    Value(Expr),
    Func(Lambda),
}

/// A signature with fresh variables.
pub(super) struct Instance {
    pub(super) params: Vec<Ty>,
    pub(super) result: Ty,
    pub(super) constraints: Vec<(Ty, Constraint)>,
}

/// A row that might be meant, with the argument of each parameter.
pub(super) struct Candidate {
    pub(super) entry: &'static Entry,
    pub(super) args: Vec<Option<usize>>,
}

/// The knowledge about an argument when a row is chosen.
#[derive(PartialEq)]
pub(super) enum Given {
    /// Its type.
    Value(Ty),
    /// It can only be a function.
    Function,
    /// It may be a function, and is checked once the row is chosen.
    Later,
}
