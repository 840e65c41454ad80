//! Copies of checked functions: each use gets variables of its own, and arguments in the place of parameters.

use std::collections::HashMap;

use crate::hir::{Arg, Expr, ExprKind, Lambda, LocalId};

use super::Checker;

/// The expression in the place of a variable.
pub(super) type Substitution = HashMap<LocalId, Expr>;

/// A value that can be copied, with the variable that holds it if it had to be given one.
pub(super) struct Held {
    pub(super) value: Expr,
    pub(super) binding: Option<(LocalId, Expr)>,
}

/// Whether an expression may be copied: it costs nothing, and cannot fail.
pub(super) fn is_small(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Int(_) | ExprKind::Float(_) | ExprKind::Bool(_) | ExprKind::Str(_) => true,
        ExprKind::Local(_) | ExprKind::None => true,
        ExprKind::Some(inner) | ExprKind::Field(inner, _) => is_small(inner),
        ExprKind::Tuple(parts) => parts.is_empty(),
        ExprKind::IfSome(..) | ExprKind::List(_) | ExprKind::If(..) | ExprKind::And(..) | ExprKind::Or(..) => false,
        ExprKind::Let(..) | ExprKind::Prim(..) | ExprKind::Call(..) | ExprKind::Loop(..) | ExprKind::Core(..) => false,
    }
}

impl Checker<'_> {
    /// Makes a value that can be copied.
    pub(super) fn hold(&mut self, value: Expr) -> Held {
        if is_small(&value) {
            return Held { value, binding: None };
        }
        if let ExprKind::Some(inner) = value.kind {
            let held = self.hold(*inner);
            let some = self.node(ExprKind::Some(Box::new(held.value)), value.ty, value.span);
            return Held { value: some, binding: held.binding };
        }
        let local = self.local("_", value.ty.clone());
        let read = self.read(local, value.span);
        Held { value: read, binding: Some((local, value)) }
    }

    /// Wraps the body in the binding of what it holds.
    pub(super) fn release(&mut self, binding: Option<(LocalId, Expr)>, body: Expr) -> Expr {
        match binding {
            None => body,
            Some((local, value)) => {
                let (ty, span) = (body.ty.clone(), body.span);
                self.node(ExprKind::Let(local, Box::new(value), Box::new(body)), ty, span)
            }
        }
    }

    /// The body of a function with arguments in the place of its parameters.
    pub(super) fn apply(&mut self, lambda: &Lambda, args: Vec<Expr>) -> Expr {
        let mut map = Substitution::new();
        let mut bindings = Vec::new();
        for (param, arg) in lambda.params.iter().zip(args) {
            let held = self.hold(arg);
            map.insert(*param, held.value);
            bindings.push(held.binding);
        }
        let body = self.copy(&lambda.body, &mut map);
        bindings.into_iter().rev().fold(body, |body, binding| self.release(binding, body))
    }

    /// A function with variables of its own.
    pub(super) fn copy_lambda(&mut self, lambda: &Lambda) -> Lambda {
        self.copy_function(lambda, &mut Substitution::new())
    }

    fn copy_function(&mut self, lambda: &Lambda, map: &mut Substitution) -> Lambda {
        let params = lambda.params.iter().map(|param| self.copy_local(*param, map)).collect();
        Lambda { params, body: self.copy(&lambda.body, map) }
    }

    fn copy_local(&mut self, local: LocalId, map: &mut Substitution) -> LocalId {
        let old = self.locals[local].clone();
        let fresh = self.locals.push(old);
        let read = Expr { kind: ExprKind::Local(fresh), ty: self.locals[fresh].ty.clone(), span: crate::sema::NOWHERE };
        map.insert(local, read);
        fresh
    }

    fn copy(&mut self, expr: &Expr, map: &mut Substitution) -> Expr {
        stacker::maybe_grow(128 * 1024, 2 * 1024 * 1024, || self.copy_node(expr, map))
    }

    fn copy_node(&mut self, expr: &Expr, map: &mut Substitution) -> Expr {
        if let ExprKind::Local(local) = &expr.kind {
            self.nodes += 1;
            return match map.get(local) {
                Some(value) => Expr { span: expr.span, ..value.clone() },
                None => expr.clone(),
            };
        }
        if self.nodes > super::MAX_NODES {
            return self.broken(expr.span);
        }
        let kind = match &expr.kind {
            ExprKind::Int(_) | ExprKind::Float(_) | ExprKind::Bool(_) | ExprKind::Str(_) => expr.kind.clone(),
            ExprKind::None | ExprKind::Local(_) => expr.kind.clone(),
            ExprKind::Tuple(parts) => ExprKind::Tuple(self.copy_all(parts, map)),
            ExprKind::List(parts) => ExprKind::List(self.copy_all(parts, map)),
            ExprKind::Prim(prim, args) => ExprKind::Prim(*prim, self.copy_all(args, map)),
            ExprKind::Call(func, props, args) => ExprKind::Call(func, *props, self.copy_all(args, map)),
            ExprKind::Field(of, n) => ExprKind::Field(self.copy_box(of, map), *n),
            ExprKind::Some(of) => ExprKind::Some(self.copy_box(of, map)),
            ExprKind::And(a, b) => ExprKind::And(self.copy_box(a, map), self.copy_box(b, map)),
            ExprKind::Or(a, b) => ExprKind::Or(self.copy_box(a, map), self.copy_box(b, map)),
            ExprKind::If(c, a, b) => ExprKind::If(self.copy_box(c, map), self.copy_box(a, map), self.copy_box(b, map)),
            ExprKind::IfSome(of, local, then, otherwise) => {
                let of = self.copy_box(of, map);
                let local = self.copy_local(*local, map);
                ExprKind::IfSome(of, local, self.copy_box(then, map), self.copy_box(otherwise, map))
            }
            ExprKind::Let(local, bound, body) => {
                let bound = self.copy_box(bound, map);
                let local = self.copy_local(*local, map);
                ExprKind::Let(local, bound, self.copy_box(body, map))
            }
            ExprKind::Loop(op, args, lambda) => {
                let args = self.copy_all(args, map);
                ExprKind::Loop(*op, args, Box::new(self.copy_function(lambda, map)))
            }
            ExprKind::Core(op, args) => ExprKind::Core(*op, args.iter().map(|arg| self.copy_arg(arg, map)).collect()),
        };
        self.node(kind, expr.ty.clone(), expr.span)
    }

    fn copy_arg(&mut self, arg: &Arg, map: &mut Substitution) -> Arg {
        match arg {
            Arg::Value(value) => Arg::Value(self.copy(value, map)),
            Arg::Func(lambda) => Arg::Func(self.copy_function(lambda, map)),
        }
    }

    fn copy_all(&mut self, exprs: &[Expr], map: &mut Substitution) -> Vec<Expr> {
        exprs.iter().map(|expr| self.copy(expr, map)).collect()
    }

    fn copy_box(&mut self, expr: &Expr, map: &mut Substitution) -> Box<Expr> {
        Box::new(self.copy(expr, map))
    }
}
