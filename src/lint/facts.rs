//! The findings of the checker about a program, as lints ask for them.

use std::collections::HashSet;

use crate::base::source::{Sources, Span};
use crate::catalog;
use crate::catalog::row::Row;
use crate::hir::Props;
use crate::sema::{Checked, FuncForm};
use crate::syntax::ast::{self, Expr, ExprKind, Pattern};
use crate::types::ty::Ty;

use super::walk;

/// The findings of the checker, by place.
pub(super) struct Facts<'a> {
    pub(super) checked: &'a Checked,
    pub(super) sources: &'a Sources,
    pub(super) program: &'a ast::Program,
    /// Names that the job gives a meaning: a fix cannot mean the catalog's by them.
    pub(super) own: HashSet<&'a str>,
    /// Functions with effects, those of the catalog and of the job.
    pub(super) effects: HashSet<&'a str>,
}

/// A function of one element: its parameter and its body.
#[derive(Clone, Copy, Debug)]
pub(super) struct Function<'a> {
    /// The parameters; a tuple that is taken apart has several.
    pub(super) params: Params<'a>,
    /// Its result.
    pub(super) body: &'a Expr,
}

/// Parameters of a function of one element.
#[derive(Clone, Copy, Debug)]
pub(super) enum Params<'a> {
    /// `x -> …`, or an expression with the letter `x`.
    One(&'a str),
    /// `_ -> …`
    Ignored,
    /// `(a, b) -> …`
    Parts(&'a [Pattern]),
}

impl<'a> Facts<'a> {
    pub(super) fn new(checked: &'a Checked, sources: &'a Sources, program: &'a ast::Program) -> Self {
        let (mut own, mut defs) = (HashSet::new(), Vec::new());
        for file in &checked.ast {
            walk::each_stmt(&file.body, &mut |stmt| {
                own.extend(walk::bound(stmt));
                if let ast::StmtKind::Def { name, body, .. } = &stmt.kind {
                    defs.push((name.text.as_str(), body));
                }
            });
        }
        Self { checked, sources, program, own, effects: effects(&defs) }
    }

    /// The type of an expression.
    pub(super) fn ty(&self, expr: &Expr) -> Option<&'a Ty> {
        self.checked.types.get(&expr.id)
    }

    /// The row that a call has become.
    pub(super) fn row(&self, expr: &Expr) -> Option<&'static Row> {
        self.checked.uses.get(&expr.id).copied()
    }

    /// The text of a place.
    pub(super) fn text(&self, span: Span) -> &'a str {
        self.sources.text(span)
    }

    /// Whether an argument is a function of elements.
    pub(super) fn is_function(&self, expr: &Expr) -> bool {
        self.checked.functions.contains_key(&expr.id) || matches!(expr.kind, ExprKind::Lambda(..))
    }

    /// The function of one element, or of one tuple, that an argument is; none if it is a name or an operator.
    pub(super) fn function(&self, expr: &'a Expr) -> Option<Function<'a>> {
        match (&expr.kind, self.checked.functions.get(&expr.id)?) {
            (ExprKind::Lambda(patterns, body), FuncForm::Lambda) => match patterns.as_slice() {
                [ast::Pattern::Name(name)] => Some(Function { params: Params::One(&name.text), body }),
                [ast::Pattern::Wildcard(_)] => Some(Function { params: Params::Ignored, body }),
                [ast::Pattern::Tuple(parts, _)] => Some(Function { params: Params::Parts(parts), body }),
                _ => None,
            },
            (ExprKind::Lambda(patterns, body), FuncForm::Destructured) => {
                Some(Function { params: Params::Parts(patterns), body })
            }
            (_, FuncForm::Letter(letter)) => Some(Function { params: Params::One(letter), body: expr }),
            (_, FuncForm::Lambda | FuncForm::Destructured | FuncForm::Named | FuncForm::Section) => None,
        }
    }

    /// The row that is the function of an argument: `len`, `+`, `x -> len(x)`, `x.len()`; it is given nothing else.
    pub(super) fn function_row(&self, expr: &'a Expr) -> Option<&'static Row> {
        match &expr.kind {
            ExprKind::Name(_) | ExprKind::Section(_) if self.is_function(expr) => self.row(expr),
            _ => {
                let function = self.function(expr)?;
                let Params::One(param) = function.params else { return None };
                let is_param = |of: &Expr| matches!(&of.kind, ExprKind::Name(name) if name == param);
                match &function.body.kind {
                    ExprKind::Method(of, _, args) if args.is_empty() && is_param(of) => self.row(function.body),
                    ExprKind::Call(_, args) | ExprKind::Command(_, args) => match args.as_slice() {
                        [arg] if arg.name.is_none() && is_param(&arg.value) => self.row(function.body),
                        _ => None,
                    },
                    _ => None,
                }
            }
        }
    }
}

/// Names of functions with effects: those of the catalog, and functions of the job that mention one.
fn effects<'a>(defs: &[(&'a str, &'a Expr)]) -> HashSet<&'a str> {
    let rows = catalog::sections().iter().flat_map(|section| section.rows);
    let mut effects: HashSet<&'a str> =
        rows.filter(|row| row.facts.props().has(Props::EFFECT)).map(|row| row.name).collect();
    loop {
        let before = effects.len();
        for (name, body) in defs {
            if has_effect(body, &effects) {
                effects.insert(name);
            }
        }
        if effects.len() == before {
            return effects;
        }
    }
}

/// Whether an expression mentions a function with effects.
pub(super) fn has_effect(expr: &Expr, effects: &HashSet<&str>) -> bool {
    let mut found = false;
    walk::each(expr, &mut |at| {
        found |= match &at.kind {
            ExprKind::Call(name, _) | ExprKind::Command(name, _) | ExprKind::Method(_, name, _) => {
                effects.contains(name.text.as_str())
            }
            ExprKind::Name(name) => effects.contains(name.as_str()),
            ExprKind::Pipe(_, stages) => stages.iter().any(|stage| effects.contains(stage.name.text.as_str())),
            _ => false,
        };
    });
    found
}
