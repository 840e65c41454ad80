//! Narrowing: behind a test that a name is not `None`, the name is its value.
//!
//! `x != None and x > 3`, `if x == None then 0 else x + 1`, `if x != None { … }`, and the elements behind
//! `filter x -> x != None`. The test and its uses stay as they are written: where the name is used, the option is taken
//! apart once more, and the branch without a value is one that the test has excluded.

#![expect(clippy::wildcard_enum_match_arm, reason = "asks for a few of the many forms of expressions and types")]

use crate::hir::{self, Expr, ExprKind, Lambda, LocalId, Stmt};
use crate::syntax::ast::{self, BinOp, ExprKind as Ast, Pattern, StmtKind, UnOp};
use crate::types::ty::Ty;

use super::Checker;
use super::args::{CallArg, Site};
use super::scope::{Binding, Scope};

/// A name whose option is taken apart.
pub(super) struct Narrowed {
    option: Expr,
    value: LocalId,
}

/// Names that are not `None` where a condition holds, or where it does not.
fn not_none<'a>(condition: &'a ast::Expr, holds: bool, names: &mut Vec<&'a str>) {
    let mut both = |a: &'a ast::Expr, b: &'a ast::Expr| {
        not_none(a, holds, names);
        not_none(b, holds, names);
    };
    match &condition.kind {
        Ast::Binary(BinOp::And, a, b) if holds => both(a, b),
        Ast::Binary(BinOp::Or, a, b) if !holds => both(a, b),
        Ast::Unary(UnOp::Not, of) => not_none(of, !holds, names),
        Ast::Binary(op @ (BinOp::Ne | BinOp::Eq), a, b) if (*op == BinOp::Ne) == holds => {
            if let (Ast::Name(name), Ast::None) | (Ast::None, Ast::Name(name)) = (&a.kind, &b.kind) {
                names.push(name);
            }
        }
        Ast::Method(of, name, args) if args.is_empty() && name.text == if holds { "isSome" } else { "isNone" } => {
            if let Ast::Name(name) = &of.kind {
                names.push(name);
            }
        }
        _ => {}
    }
}

impl<'a> Checker<'a> {
    /// The scope of an expression that is reached only if the condition holds (or does not), and the names that it narrows.
    pub(super) fn narrow(
        &mut self,
        condition: &'a ast::Expr,
        holds: bool,
        scope: &Scope<'a>,
    ) -> (Scope<'a>, Vec<Narrowed>) {
        let mut names = Vec::new();
        not_none(condition, holds, &mut names);
        let (mut inner, mut narrowed) = (scope.clone(), Vec::new());
        for name in names {
            let Some(Binding::Local(_) | Binding::Alias(_)) = self.find(name, &inner) else { continue };
            let option = self.name(name, condition.span, &inner);
            let Ty::Option(ty) = self.infer.resolve(&option.ty) else { continue };
            let value = self.local(name, *ty);
            inner.bind(name, Binding::Local(value));
            narrowed.push(Narrowed { option, value });
        }
        (inner, narrowed)
    }

    /// An expression in the scope of narrowed names; `otherwise` is never computed.
    pub(super) fn taken_apart(&mut self, narrowed: Vec<Narrowed>, body: Expr, otherwise: &Expr) -> Expr {
        narrowed.into_iter().rev().fold(body, |body, Narrowed { option, value }| {
            let span = body.span;
            let out = self.if_some(option, value, body, otherwise.clone());
            Expr { span, ..out }
        })
    }

    /// The right side of `and` or `or`.
    pub(super) fn right_side(&mut self, op: BinOp, a: &'a ast::Expr, b: &'a ast::Expr, scope: &Scope<'a>) -> Expr {
        let (inner, narrowed) = self.narrow(a, op == BinOp::And, scope);
        let test = self.condition(b, &inner);
        let never = self.node(ExprKind::Bool(false), Ty::Bool, test.span);
        self.taken_apart(narrowed, test, &never)
    }

    /// A branch of `if`, of the type of both.
    pub(super) fn branch(&mut self, narrowed: Vec<Narrowed>, body: Expr, scope: &Scope<'a>) -> Expr {
        if narrowed.is_empty() {
            return body;
        }
        let never = self.never(&body, scope);
        self.taken_apart(narrowed, body, &never)
    }

    /// A value of the type of another one, in a place that is never reached.
    fn never(&mut self, like: &Expr, scope: &Scope<'a>) -> Expr {
        let span = like.span;
        let text = self.node(ExprKind::Str("a value that was tested is not there".into()), Ty::Str, span);
        let site = Site { name: "emptyError", name_span: span, span, id: None, stage: false, expr: None };
        let value = self.rows("emptyError", site, vec![CallArg::done(text)], scope);
        self.infer.unify(&value.ty, &like.ty);
        Expr { span, ..value }
    }

    /// The scope of the statements of a branch, and the statements that set its narrowed names. A name that the branch
    /// assigns stays as it is.
    pub(super) fn narrow_block(
        &mut self,
        condition: &'a ast::Expr,
        holds: bool,
        body: &'a [ast::Stmt],
        scope: &Scope<'a>,
    ) -> (Scope<'a>, Vec<Stmt>) {
        let mut names = Vec::new();
        not_none(condition, holds, &mut names);
        if names.iter().any(|name| assigns(body, name)) {
            return (scope.clone(), Vec::new());
        }
        let (inner, narrowed) = self.narrow(condition, holds, scope);
        let mut set = Vec::new();
        for Narrowed { option, value } in narrowed {
            let local = self.local("_", self.locals[value].ty.clone());
            let some = self.read(local, option.span);
            let never = self.never(&some, scope);
            let taken = self.if_some(option, local, some, never);
            set.push(Stmt::Set(value, taken));
        }
        (inner, set)
    }

    /// A value that is never `None` as an option, for the methods of options: it may have been narrowed.
    pub(super) fn option_again(&mut self, value: Expr, method: &ast::Name, scope: &Scope<'a>) -> Expr {
        let of_options = matches!(method.text.as_str(), "isSome" | "isNone" | "getOrElse" | "toList" | "map");
        let plain = matches!(
            self.infer.resolve(&value.ty),
            Ty::Int | Ty::Float | Ty::Bool | Ty::Str | Ty::Tuple(_) | Ty::Record(_)
        );
        if !of_options || !plain || self.find_function(&method.text, scope).is_some() {
            return value;
        }
        self.never_none(&value, method.span, "use the value itself", scope);
        let (ty, span) = (Ty::option(value.ty.clone()), value.span);
        self.node(ExprKind::Some(Box::new(value)), ty, span)
    }

    /// The elements behind `filter x -> x != None`, or `filter (k, v) -> v != None`: values instead of options.
    pub(super) fn narrow_elements(&mut self, rdd: Expr, predicate: &'a ast::Expr) -> Expr {
        let Ast::Lambda(params, body) = &predicate.kind else { return rdd };
        let Ty::Rdd(elem) = self.infer.resolve(&rdd.ty) else { return rdd };
        let mut names = Vec::new();
        not_none(body, true, &mut names);
        let patterns: &[Pattern] = match params.as_slice() {
            [Pattern::Tuple(parts, _)] => parts,
            params => params,
        };
        let is_tested =
            |pattern: &Pattern| matches!(pattern, Pattern::Name(name) if names.contains(&name.text.as_str()));
        if !patterns.iter().any(is_tested) {
            return rdd;
        }
        let tested: Vec<bool> = patterns.iter().map(is_tested).collect();
        self.elements_apart(rdd, &elem, &tested)
    }

    fn elements_apart(&mut self, rdd: Expr, elem: &Ty, tested: &[bool]) -> Expr {
        let span = rdd.span;
        let param = self.local("_", elem.clone());
        let element = self.read(param, span);
        let scope = Scope::of_catalog(span, &Scope::top()).inside_elements();
        let value = match self.infer.resolve(elem) {
            Ty::Option(_) if tested == [true] => self.value_of(element, &scope),
            Ty::Tuple(tys) if tys.len() == tested.len() && tested.len() > 1 => {
                let mut parts = Vec::new();
                for (n, tested) in tested.iter().enumerate() {
                    let part = self.field(element.clone(), n);
                    let is_option = matches!(self.infer.resolve(&part.ty), Ty::Option(_));
                    parts.push(if *tested && is_option { self.value_of(part, &scope) } else { part });
                }
                let ty = Ty::Tuple(parts.iter().map(|part| part.ty.clone()).collect());
                self.node(ExprKind::Tuple(parts), ty, span)
            }
            _ => return rdd,
        };
        if value.ty == *elem {
            return rdd;
        }
        // A filter keeps the partitioner, and so does taking values apart; keys that were options are other keys now.
        let keeps_keys = tested.len() == 2 && !tested[0];
        let ty = Ty::rdd(value.ty.clone());
        let mut args = vec![hir::Arg::Value(rdd), hir::Arg::Func(Lambda { params: vec![param], body: value })];
        if !keeps_keys {
            args.push(hir::Arg::Value(self.none(Some(&Ty::option(Ty::Bool)), span)));
        }
        let op = if keeps_keys { hir::CoreOp::MapKeep } else { hir::CoreOp::Map };
        self.node(ExprKind::Core(op, args), ty, span)
    }

    /// The value of an option that has one.
    fn value_of(&mut self, option: Expr, scope: &Scope<'a>) -> Expr {
        let Ty::Option(ty) = self.infer.resolve(&option.ty) else { return option };
        let local = self.local("_", *ty);
        let some = self.read(local, option.span);
        let never = self.never(&some, scope);
        self.if_some(option, local, some, never)
    }
}

/// Whether statements assign a name.
fn assigns(body: &[ast::Stmt], name: &str) -> bool {
    body.iter().any(|stmt| match &stmt.kind {
        StmtKind::Assign { name: assigned, .. } => assigned.text == name,
        StmtKind::For { body, .. } | StmtKind::While { body, .. } => assigns(body, name),
        StmtKind::If { arms, otherwise } => {
            arms.iter().any(|(_, body)| assigns(body, name))
                || otherwise.as_ref().is_some_and(|body| assigns(body, name))
        }
        StmtKind::Let { .. }
        | StmtKind::Def { .. }
        | StmtKind::Type { .. }
        | StmtKind::Use { .. }
        | StmtKind::Param { .. }
        | StmtKind::Expr(_) => false,
    })
}
