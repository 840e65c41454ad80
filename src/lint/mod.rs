//! Lints: what PySpark's users are told as advice, proved for the job at hand, each with a change that follows it.
//!
//! ```text
//! words | map (w, 1) | groupByKey | mapValues sum     W1101: values are grouped only to be reduced
//! words | map (w, 1) | reduceByKey +                  what its fix makes of it
//! ```
//!
//! In go the syntax tree and what the checker found; out come warnings. A lint fires only where its fix cannot change the
//! answer of a job that ends well: the same elements, in the same partitions and order; where only the multiset is kept
//! (behind an operator whose order Spark does not define), its entry in `docs/lints.md` says so. What cannot be proved is
//! not said: bodies of functions, variables that change and operators that `ops` does not know are left alone.
//!
//! `chain` sees through the ways to write an application, `flow` knows which variable is computed how often, `values` what
//! holds for values, `edit` writes changes, `allow` reads comments; each other file is a lint or a few that are alike.
//! A lint is a code, a row in [`LINTS`], an entry in `docs/lints.md`, and cases in `tests/lints/`.

pub mod allow;
mod chain;
mod collected;
mod edit;
mod flow;
mod group;
mod joined;
mod keyed;
mod ops;
mod persisted;
mod sorted;
mod values;
mod walk;

use std::collections::HashSet;

use crate::base::codes::{self, Code};
use crate::base::diag::Diag;
use crate::base::source::{Sources, Span};
use crate::catalog::row::Row;
use crate::sema::{Checked, FuncForm};
use crate::syntax::ast::{self, Expr, ExprKind};
use crate::types::ty::Ty;

use chain::{Function, Params};
use flow::Flow;

/// A lint.
pub struct Lint {
    /// Its code.
    pub code: Code,
    /// Its name, which may stand for the code.
    pub name: &'static str,
    /// Looks at a program.
    check: fn(&Program<'_>, &mut Vec<Diag>),
}

/// All lints, by code.
pub static LINTS: &[Lint] = &[
    Lint { code: codes::GROUP_THEN_REDUCE, name: "group-then-reduce", check: group::check },
    Lint { code: codes::MAP_KEEPS_KEYS, name: "map-keeps-keys", check: keyed::check },
    Lint { code: codes::PLACED_NOT_KEPT, name: "placed-not-kept", check: persisted::placed_again },
    Lint { code: codes::MOVED_BY_JOINS, name: "moved-by-joins", check: joined::moved_again },
    Lint { code: codes::JOIN_DUPLICATES, name: "join-duplicates", check: joined::duplicates },
    Lint { code: codes::COLLECT_THEN_COUNT, name: "collect-then-count", check: collected::check },
    Lint { code: codes::UNUSED_PERSIST, name: "unused-persist", check: persisted::unused },
    Lint { code: codes::SORT_NOT_SEEN, name: "sort-not-seen", check: sorted::check },
    Lint { code: codes::COMPUTED_AGAIN, name: "computed-again", check: persisted::computed_again },
];

/// A program as lints see it.
struct Program<'a> {
    facts: Facts<'a>,
    flow: Flow<'a>,
}

/// What the checker found, by place.
struct Facts<'a> {
    checked: &'a Checked,
    sources: &'a Sources,
    program: &'a ast::Program,
    /// Names that the job gives a meaning: a fix cannot mean the catalog's by them.
    own: HashSet<&'a str>,
    /// Functions with effects, those of the catalog and of the job.
    effects: HashSet<&'a str>,
}

/// What lints find in the main file of a program without errors, whatever comments allow.
pub fn findings(checked: &Checked, sources: &Sources) -> Vec<Diag> {
    let Some(program) = checked.ast.last() else { return Vec::new() };
    let facts = Facts::new(checked, sources, program);
    let flow = Flow::new(&facts);
    let program = Program { facts, flow };
    let mut diags = Vec::new();
    for lint in LINTS {
        (lint.check)(&program, &mut diags);
    }
    diags
}

impl<'a> Facts<'a> {
    fn new(checked: &'a Checked, sources: &'a Sources, program: &'a ast::Program) -> Self {
        let (mut own, mut defs) = (HashSet::new(), Vec::new());
        for file in &checked.ast {
            walk::each_stmt(&file.body, &mut |stmt| {
                own.extend(walk::bound(stmt));
                if let ast::StmtKind::Def { name, body, .. } = &stmt.kind {
                    defs.push((name.text.as_str(), body));
                }
            });
        }
        Self { checked, sources, program, own, effects: values::effects(&defs) }
    }

    /// The type of an expression.
    fn ty(&self, expr: &Expr) -> Option<&'a Ty> {
        self.checked.types.get(&expr.id)
    }

    /// The row that a call has become.
    fn row(&self, expr: &Expr) -> Option<&'static Row> {
        self.checked.uses.get(&expr.id).copied()
    }

    /// The text of a place.
    fn text(&self, span: Span) -> &'a str {
        self.sources.text(span)
    }

    /// Whether an argument is a function of elements.
    fn is_function(&self, expr: &Expr) -> bool {
        self.checked.functions.contains_key(&expr.id) || matches!(expr.kind, ExprKind::Lambda(..))
    }

    /// The function of one element, or of one tuple, that an argument is; none if it is a name or an operator.
    fn function(&self, expr: &'a Expr) -> Option<Function<'a>> {
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
    fn function_row(&self, expr: &'a Expr) -> Option<&'static Row> {
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
