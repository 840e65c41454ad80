//! Where a value may change its type: `T` to `T?`, a record to the same fields in another order, and these inside of
//! tuples. Nothing else is converted; int and float meet in the rows of the infix operators only.

use crate::hir::{Expr, ExprKind};
use crate::syntax::ast;
use crate::types::ty::Ty;

use super::scope::Scope;
use super::{Checker, errors};

impl<'a> Checker<'a> {
    /// Checks an expression against a type.
    pub(super) fn check(&mut self, expr: &'a ast::Expr, expected: &Ty, scope: &Scope<'a>) -> Expr {
        let value = self.expr(expr, Some(expected), scope);
        let span = scope.span(expr.span);
        match self.coerce(value, expected) {
            Ok(value) => value,
            Err(value) => self.mismatch(scope, span, expected, &value.ty, Some(expr)),
        }
    }

    /// The value as one of the expected type, or the value itself if that cannot be.
    pub(super) fn coerce(&mut self, value: Expr, expected: &Ty) -> Result<Expr, Expr> {
        if self.infer.unify(&value.ty, expected) {
            return Ok(value);
        }
        let found = self.infer.resolve(&value.ty);
        let expected = self.infer.resolve(expected);
        if let (Ty::Rdd(_), Some(range)) = (&expected, self.range_rdd(&value)) {
            return if self.infer.unify(&range.ty, &expected) { Ok(range) } else { Err(range) };
        }
        if !self.fits(&found, &expected) {
            return Err(value);
        }
        Ok(self.convert(value, &expected))
    }

    /// The RDD of a name that `let` gave to a `range`, where its list is not what is wanted.
    pub(super) fn range_rdd(&mut self, value: &Expr) -> Option<Expr> {
        let ExprKind::Local(local) = value.kind else { return None };
        let range = self.ranges.get_mut(&local)?;
        range.lists = range.lists.saturating_sub(1);
        range.rdds += 1;
        let rdd = range.rdd;
        Some(self.read(rdd, value.span))
    }

    /// Whether a value can become one of another type; finds variables on the way.
    pub(super) fn fits(&mut self, found: &Ty, expected: &Ty) -> bool {
        let mark = self.infer.mark();
        let fits = self.try_fit(found, expected);
        if !fits {
            self.infer.undo(mark);
        }
        fits
    }

    fn try_fit(&mut self, found: &Ty, expected: &Ty) -> bool {
        if self.infer.unify(found, expected) {
            return true;
        }
        match (self.infer.resolve(found), self.infer.resolve(expected)) {
            (Ty::Option(from), Ty::Option(to)) => self.try_fit(&from, &to),
            (from, Ty::Option(to)) if !matches!(from, Ty::Rdd(_) | Ty::Func(..)) => self.try_fit(&from, &to),
            (Ty::Tuple(from), Ty::Tuple(to)) => {
                from.len() == to.len() && from.iter().zip(&to).all(|(from, to)| self.try_fit(from, to))
            }
            (Ty::Record(from), Ty::Record(to)) => {
                from.len() == to.len()
                    && to.iter().all(|(name, to)| {
                        from.iter().find(|(other, _)| other == name).is_some_and(|(_, from)| self.try_fit(from, to))
                    })
            }
            _ => false,
        }
    }

    /// Converts a value that fits.
    pub(super) fn convert(&mut self, value: Expr, expected: &Ty) -> Expr {
        let expected = self.infer.resolve(expected);
        if self.infer.unify(&value.ty, &expected) {
            return value;
        }
        let span = value.span;
        match (self.infer.resolve(&value.ty), &expected) {
            (Ty::Option(_), Ty::Option(to)) => {
                if matches!(value.kind, ExprKind::None) {
                    return self.node(ExprKind::None, expected.clone(), span);
                }
                let Ty::Option(from) = self.infer.resolve(&value.ty) else { return value };
                let local = self.local("_", (*from).clone());
                let inner = self.read(local, span);
                let inner = self.convert(inner, to);
                let some = self.node(ExprKind::Some(Box::new(inner)), expected.clone(), span);
                let none = self.node(ExprKind::None, expected.clone(), span);
                self.if_some(value, local, some, none)
            }
            (_, Ty::Option(to)) => {
                let inner = self.convert(value, to);
                self.node(ExprKind::Some(Box::new(inner)), expected.clone(), span)
            }
            (Ty::Tuple(_), Ty::Tuple(to)) => {
                let to: Vec<(usize, Ty)> = to.iter().cloned().enumerate().collect();
                self.rebuild(value, &to, &expected)
            }
            (Ty::Record(from), Ty::Record(to)) => {
                let at = |name| from.iter().position(|(other, _)| other == name).unwrap_or(0);
                let to: Vec<(usize, Ty)> = to.iter().map(|(name, ty)| (at(name), ty.clone())).collect();
                self.rebuild(value, &to, &expected)
            }
            _ => value,
        }
    }

    /// A tuple or record from components of another one.
    fn rebuild(&mut self, value: Expr, to: &[(usize, Ty)], expected: &Ty) -> Expr {
        let span = value.span;
        let bound = self.hold(value);
        let parts = to
            .iter()
            .map(|(at, ty)| {
                let part = self.field(bound.value.clone(), *at);
                self.convert(part, ty)
            })
            .collect();
        let built = self.node(ExprKind::Tuple(parts), expected.clone(), span);
        self.release(bound.binding, built)
    }

    /// One type for two values, as branches of an `if` or elements of a list need: `None` and `int` are `int?`.
    pub(super) fn join(&mut self, a: &Ty, b: &Ty) -> Option<Ty> {
        if self.infer.unify(a, b) {
            return Some(a.clone());
        }
        if self.fits(b, a) {
            return Some(a.clone());
        }
        if self.fits(a, b) {
            return Some(b.clone());
        }
        match (self.infer.resolve(a), self.infer.resolve(b)) {
            (Ty::Tuple(xs), Ty::Tuple(ys)) if xs.len() == ys.len() => {
                let tys: Option<Vec<Ty>> = xs.iter().zip(&ys).map(|(x, y)| self.join(x, y)).collect();
                Some(Ty::Tuple(tys?))
            }
            _ => None,
        }
    }

    /// Reports that a type is not the expected one, with help for the usual cases.
    pub(super) fn mismatch(
        &mut self,
        scope: &Scope<'a>,
        span: crate::base::source::Span,
        expected: &Ty,
        found: &Ty,
        expr: Option<&ast::Expr>,
    ) -> Expr {
        let (expected, found) = (self.infer.resolve(expected), self.infer.resolve(found));
        let diag = errors::mismatch(span, &self.show(&expected), &self.show(&found));
        let diag = match (&expected, &found, expr.map(|expr| &expr.kind)) {
            (Ty::Float, Ty::Int, Some(ast::ExprKind::Int(n))) => {
                diag.help(format!("write `{n}.0`")).fix(span, format!("{n}.0"))
            }
            (Ty::Float, Ty::Int, _) => diag.help("convert it: `float(x)`"),
            (Ty::Int, Ty::Float, _) => diag.help("convert it: `int(x)` drops the fraction, `round(x)` rounds"),
            (Ty::Int, Ty::Str, _) => diag.help("read the text as a number: `int(x)`"),
            (Ty::Float, Ty::Str, _) => diag.help("read the text as a number: `float(x)`"),
            (Ty::Str, _, _) => diag.help("make it a text: `str(x)`, or an f-string: `f\"{x}\"`"),
            (Ty::Rdd(_), Ty::List(_), _) => diag.help("make an RDD of the list: `parallelize xs`"),
            (Ty::List(inner), Ty::Rdd(_), _) if matches!(**inner, Ty::Rdd(_)) => {
                diag.help("write the RDDs as a list: `union([a, b])`; or `a | union b`")
            }
            (Ty::List(_), Ty::Rdd(_), _) => diag.help("bring the elements to the driver: `rdd | collect`"),
            (Ty::List(_), Ty::Str, _) => {
                diag.help("make a list of it: `[x]`, `x.split(\",\")`, or `list(x)` for its characters")
            }
            (Ty::List(_), Ty::Int | Ty::Float | Ty::Bool | Ty::Tuple(_) | Ty::Record(_), _) => {
                diag.help("make a list of it: `[x]`; or use `map`, which wants one value")
            }
            (Ty::List(_), Ty::Set(_) | Ty::Map(..), _) => diag.help("make a list of it: `list(x)`"),
            (_, Ty::Option(inner), _) if self.infer.unify(inner, &expected) => {
                diag.help("the value may be `None`; give a default: `x ?? …`")
            }
            (Ty::Rdd(_), Ty::Rdd(_), _) => diag,
            (_, Ty::Rdd(_), _) => {
                diag.help("an action brings a value to the driver: `collect`, `count`, `first`, `sum`")
            }
            _ => diag,
        };
        self.fail(scope, diag)
    }
}
