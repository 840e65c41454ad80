//! `template.format(…)`, Python's `str.format`: a constant template becomes what an f-string is, so its fields and specs are
//! checked before anything runs; any other template is filled by the runtime.
//!
//! As in Python, `format` is this method where it is applied to a text by a dot; `format(x, spec)` is the builtin function.

use crate::hir::{Expr, ExprKind};
use crate::runtime::python::template::{Arg, Conversion, Field, Piece, Step, parse};
use crate::syntax::ast;
use crate::types::ty::Ty;

use super::args::{CallArg, Site};
use super::scope::Scope;
use super::{Checker, errors, spec};

/// The arguments of a call, each a value that can be used several times.
struct Given<'a> {
    positional: Vec<Expr>,
    named: Vec<(&'a str, Expr)>,
}

impl<'a> Checker<'a> {
    /// `template.format(args)`.
    pub(super) fn fill_template(
        &mut self,
        template: Expr,
        args: &'a [ast::Arg],
        expr: &'a ast::Expr,
        scope: &Scope<'a>,
    ) -> Expr {
        let mut given = Given { positional: Vec::new(), named: Vec::new() };
        let mut bindings = Vec::new();
        let mut failed = template.ty == Ty::Error;
        for arg in args {
            let value = self.expr(&arg.value, None, scope);
            failed |= value.ty == Ty::Error;
            let held = self.hold(value);
            bindings.push(held.binding);
            match &arg.name {
                Some(name) => given.named.push((&name.text, held.value)),
                None => given.positional.push(held.value),
            }
        }
        if failed {
            return self.broken(scope.span(expr.span));
        }
        let filled = if let ExprKind::Str(text) = &template.kind {
            self.fill_constant(&text.clone(), &given, expr, scope)
        } else {
            self.fill_later(template, given, expr, scope)
        };
        bindings.into_iter().rev().fold(filled, |body, binding| self.release(binding, body))
    }

    /// A template that is known only at run time.
    fn fill_later(&mut self, template: Expr, given: Given<'a>, expr: &'a ast::Expr, scope: &Scope<'a>) -> Expr {
        let span = scope.span(expr.span);
        let count = self.node(ExprKind::Int(given.positional.len() as i64), Ty::Int, span);
        let names: Vec<&str> = given.named.iter().map(|(name, _)| *name).collect();
        let names = self.text(&names.join(","), expr, scope);
        let mut values: Vec<Expr> =
            given.positional.into_iter().chain(given.named.into_iter().map(|of| of.1)).collect();
        while values.len() < 2 {
            values.push(self.node(ExprKind::Tuple(Vec::new()), Ty::Tuple(Vec::new()), span));
        }
        let ty = Ty::Tuple(values.iter().map(|value| value.ty.clone()).collect());
        let values = self.node(ExprKind::Tuple(values), ty, span);
        let args = [template, count, names, values].map(CallArg::done).into();
        self.rows("fillTemplate", Site::hidden("fillTemplate", expr), args, scope)
    }

    fn fill_constant(&mut self, text: &str, given: &Given<'a>, expr: &'a ast::Expr, scope: &Scope<'a>) -> Expr {
        match parse(text) {
            Ok(pieces) => {
                let row = crate::catalog::lookup("fillTemplate", true).first();
                if let (None, Some(entry)) = (scope.catalog, row) {
                    self.uses.insert(expr.id, entry.row);
                }
                self.filled(&pieces, given, expr, scope)
            }
            Err(why) => self.fail(scope, errors::template(template_span(expr), &why)),
        }
    }

    fn filled(&mut self, pieces: &[Piece], given: &Given<'a>, expr: &'a ast::Expr, scope: &Scope<'a>) -> Expr {
        let mut texts: Vec<Expr> = Vec::new();
        for piece in pieces {
            texts.push(match piece {
                Piece::Text(text) => self.text(text, expr, scope),
                Piece::Field(field) => self.field_of_template(field, given, expr, scope),
            });
        }
        match texts.len() {
            0 => self.text("", expr, scope),
            1 => texts.remove(0),
            _ => {
                let list = self.node(ExprKind::List(texts), Ty::list(Ty::Str), scope.span(expr.span));
                self.rows("concat", unrecorded("concat", expr), vec![CallArg::done(list)], scope)
            }
        }
    }

    fn field_of_template(&mut self, field: &Field, given: &Given<'a>, expr: &'a ast::Expr, scope: &Scope<'a>) -> Expr {
        let found = match &field.arg {
            Arg::At(n) => given.positional.get(*n),
            Arg::Named(name) => given.named.iter().find(|(known, _)| known == name).map(|(_, value)| value),
        };
        let Some(mut value) = found.cloned() else {
            let diag = errors::template_argument(template_span(expr), &field.arg, given.positional.len());
            return self.fail(scope, diag);
        };
        for step in &field.path {
            value = self.step(value, step, expr, scope);
        }
        let called = |name| unrecorded(name, expr);
        match field.conversion {
            Some(Conversion::Str) => value = self.rows("str", called("str"), vec![CallArg::done(value)], scope),
            Some(Conversion::Repr) => value = self.rows("repr", called("repr"), vec![CallArg::done(value)], scope),
            None => {}
        }
        let ty = self.infer.resolve(&value.ty);
        match field.spec.as_slice() {
            _ if ty == Ty::Error => value,
            [] if ty == Ty::Str => value,
            [] => self.rows("str", called("str"), vec![CallArg::done(value)], scope),
            pieces => {
                if let [Piece::Text(text)] = pieces
                    && let Err(why) = spec::verify(text, &ty)
                {
                    return self.fail(scope, errors::format_spec(template_span(expr), text, &why));
                }
                let spec = self.filled(pieces, given, expr, scope);
                self.rows("format", called("format"), vec![CallArg::done(value), CallArg::done(spec)], scope)
            }
        }
    }

    /// A component that a field names.
    fn step(&mut self, of: Expr, step: &Step, expr: &'a ast::Expr, scope: &Scope<'a>) -> Expr {
        let span = scope.span(expr.span);
        let ty = self.infer.resolve(&of.ty);
        let key = match (&ty, step) {
            (Ty::Tuple(parts), Step::Item(n)) if *n < parts.len() => return self.field(of, *n),
            (Ty::Record(fields), Step::Attribute(name) | Step::Key(name)) => {
                let at = fields.iter().position(|(field, _)| **field == **name);
                match at {
                    Some(at) => return self.field(of, at),
                    None => None,
                }
            }
            (Ty::List(_) | Ty::Map(..), Step::Item(n)) => {
                Some(self.node(ExprKind::Int(i64::try_from(*n).unwrap_or(i64::MAX)), Ty::Int, span))
            }
            (Ty::Map(..), Step::Key(key)) => Some(self.text(key, expr, scope)),
            (Ty::Error, _) => return of,
            _ => None,
        };
        match key {
            Some(key) => {
                let args = vec![CallArg::done(of), CallArg::done(key)];
                self.rows("getitem", unrecorded("getitem", expr), args, scope)
            }
            None => {
                let ty = self.show(&ty);
                self.fail(scope, errors::template_step(template_span(expr), step, &ty))
            }
        }
    }

    fn text(&mut self, text: &str, expr: &'a ast::Expr, scope: &Scope<'a>) -> Expr {
        self.node(ExprKind::Str(text.into()), Ty::Str, scope.span(expr.span))
    }
}

/// A call of a row that a template stands for, without a record of it.
fn unrecorded<'a>(name: &'a str, expr: &'a ast::Expr) -> Site<'a> {
    Site { id: None, ..Site::hidden(name, expr) }
}

/// The place of the template in a call of the method.
fn template_span(expr: &ast::Expr) -> crate::base::source::Span {
    if let ast::ExprKind::Method(of, ..) = &expr.kind { of.span } else { expr.span }
}
