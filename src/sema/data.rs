//! Literals of compound values, f-strings and comprehensions.

#![expect(clippy::wildcard_enum_match_arm, reason = "asks for a few of the many forms of expressions and types")]

use std::sync::Arc;

use crate::base::source::Span;
use crate::hir::{Expr, ExprKind, Lambda, LoopOp};
use crate::syntax::ast::{self, FPart};
use crate::types::ty::Ty;

use super::args::{CallArg, Site};
use super::scope::Scope;
use super::{Checker, errors, spec};

impl<'a> Checker<'a> {
    /// `None` of the type that the context wants.
    pub(super) fn none(&mut self, hint: Option<&Ty>, span: Span) -> Expr {
        let ty = match self.hint(hint) {
            Some(Ty::Option(inner)) => Ty::Option(inner),
            _ => Ty::option(self.infer.fresh()),
        };
        self.node(ExprKind::None, ty, span)
    }

    /// A component of a value: not an RDD.
    fn part(&mut self, expr: &'a ast::Expr, hint: Option<&Ty>, what: &str, scope: &Scope<'a>) -> Expr {
        let value = self.expr(expr, hint, scope);
        if self.infer.resolve(&value.ty).holds_rdd() {
            let letter = match &expr.kind {
                ast::ExprKind::Name(name) if what == "tuple" && name.chars().count() == 1 => Some(name.as_str()),
                _ => None,
            };
            return self.fail(scope, errors::rdd_inside(expr.span, what, letter));
        }
        match hint {
            Some(hint) if self.fits(&value.ty, hint) => self.convert(value, hint),
            _ => value,
        }
    }

    pub(super) fn tuple(&mut self, parts: &'a [ast::Expr], hint: Option<&Ty>, span: Span, scope: &Scope<'a>) -> Expr {
        let hints = match self.hint(hint) {
            Some(Ty::Tuple(tys)) if tys.len() == parts.len() => tys,
            _ => Vec::new(),
        };
        let parts: Vec<Expr> =
            parts.iter().enumerate().map(|(n, part)| self.part(part, hints.get(n), "tuple", scope)).collect();
        let ty = Ty::Tuple(parts.iter().map(|part| part.ty.clone()).collect());
        let tuple = self.node(ExprKind::Tuple(parts), ty, span);
        self.limit_type(tuple, scope)
    }

    pub(super) fn list(&mut self, parts: &'a [ast::Expr], hint: Option<&Ty>, span: Span, scope: &Scope<'a>) -> Expr {
        let hint = match self.hint(hint) {
            Some(Ty::List(elem)) => Some(*elem),
            _ => None,
        };
        let parts = self.elements(parts, hint, "list", scope);
        let ty = Ty::list(parts.0);
        self.node(ExprKind::List(parts.1), ty, span)
    }

    /// Elements of one type.
    fn elements(&mut self, parts: &'a [ast::Expr], hint: Option<Ty>, what: &str, scope: &Scope<'a>) -> (Ty, Vec<Expr>) {
        let mut ty = hint.clone().unwrap_or_else(|| self.infer.fresh());
        let mut values = Vec::with_capacity(parts.len());
        let mut first: Option<&ast::Expr> = None;
        for part in parts {
            let value = self.part(part, Some(&ty), what, scope);
            match self.join(&ty, &value.ty) {
                Some(joined) => ty = joined,
                None => {
                    let (expected, found) = (self.show(&ty), self.show(&value.ty));
                    let at = first.map_or(part.span, |first| first.span);
                    let diag = errors::branches(part.span, at, &expected, &found, "the elements");
                    let diag = self.number_help(diag, &ty, &value.ty);
                    self.report(scope, diag);
                }
            }
            first = first.or(Some(part));
            values.push(value);
        }
        let values = values.into_iter().map(|value| self.convert(value, &ty)).collect();
        (ty, values)
    }

    pub(super) fn set(
        &mut self,
        parts: &'a [ast::Expr],
        hint: Option<&Ty>,
        expr: &'a ast::Expr,
        scope: &Scope<'a>,
    ) -> Expr {
        let hint = match self.hint(hint) {
            Some(Ty::Set(elem)) => Some(*elem),
            _ => None,
        };
        let (ty, parts) = self.elements(parts, hint, "set", scope);
        let list = self.node(ExprKind::List(parts), Ty::list(ty), scope.span(expr.span));
        self.rows("set", Site::hidden("set", expr), vec![CallArg::done(list)], scope)
    }

    pub(super) fn map(
        &mut self,
        entries: &'a [(ast::Expr, ast::Expr)],
        hint: Option<&Ty>,
        expr: &'a ast::Expr,
        scope: &Scope<'a>,
    ) -> Expr {
        let span = scope.span(expr.span);
        let (mut key, mut value) = match self.hint(hint) {
            Some(Ty::Map(key, value)) => (*key, *value),
            _ => (self.infer.fresh(), self.infer.fresh()),
        };
        let mut pairs = Vec::with_capacity(entries.len());
        for (k, v) in entries {
            let k_value = self.entry_part(k, &mut key, &entries[0].0, scope);
            let v_value = self.entry_part(v, &mut value, &entries[0].1, scope);
            pairs.push((k_value, v_value));
        }
        let ty = Ty::pair(key.clone(), value.clone());
        let pairs = pairs
            .into_iter()
            .map(|(k, v)| {
                let pair = vec![self.convert(k, &key), self.convert(v, &value)];
                self.node(ExprKind::Tuple(pair), ty.clone(), span)
            })
            .collect();
        let list = self.node(ExprKind::List(pairs), Ty::list(ty), span);
        self.rows("dict", Site::hidden("dict", expr), vec![CallArg::done(list)], scope)
    }

    fn entry_part(&mut self, expr: &'a ast::Expr, ty: &mut Ty, first: &ast::Expr, scope: &Scope<'a>) -> Expr {
        let value = self.part(expr, Some(&ty.clone()), "map", scope);
        match self.join(ty, &value.ty) {
            Some(joined) => *ty = joined,
            None => {
                let (expected, found) = (self.show(ty), self.show(&value.ty));
                let diag = errors::branches(expr.span, first.span, &expected, &found, "the entries");
                let diag = self.number_help(diag, ty, &value.ty);
                self.report(scope, diag);
            }
        }
        value
    }

    pub(super) fn record(
        &mut self,
        fields: &'a [(ast::Name, ast::Expr)],
        hint: Option<&Ty>,
        span: Span,
        scope: &Scope<'a>,
    ) -> Expr {
        let hints = match self.hint(hint) {
            Some(Ty::Record(fields)) => fields,
            _ => Vec::new(),
        };
        let mut tys: Vec<(Arc<str>, Ty)> = Vec::new();
        let mut parts = Vec::new();
        for (name, value) in fields {
            if tys.iter().any(|(other, _)| **other == *name.text) {
                let first = fields.iter().find(|(other, _)| other.text == name.text).map(|(other, _)| other.span);
                self.report(scope, errors::duplicate_part(name.span, &name.text, first));
                continue;
            }
            let hint = hints.iter().find(|(other, _)| **other == *name.text).map(|(_, ty)| ty);
            let value = self.part(value, hint, "record", scope);
            tys.push((name.text.as_str().into(), value.ty.clone()));
            parts.push(value);
        }
        let record = self.node(ExprKind::Tuple(parts), Ty::Record(tys), span);
        self.limit_type(record, scope)
    }

    /// `{base with name: value}`
    pub(super) fn update(
        &mut self,
        base: &'a ast::Expr,
        fields: &'a [(ast::Name, ast::Expr)],
        span: Span,
        scope: &Scope<'a>,
    ) -> Expr {
        let value = self.expr(base, None, scope);
        let tys = match self.infer.resolve(&value.ty) {
            Ty::Record(tys) => tys,
            Ty::Error => return value,
            found => {
                let diag = errors::mismatch(base.span, "a record", &self.show(&found));
                return self.fail(scope, diag);
            }
        };
        let ty = Ty::Record(tys.clone());
        let held = self.hold(value);
        let mut parts: Vec<Expr> = (0..tys.len()).map(|n| self.field(held.value.clone(), n)).collect();
        for (name, new) in fields {
            let Some(at) = tys.iter().position(|(field, _)| **field == *name.text) else {
                let near = super::suggest::nearest(&name.text, tys.iter().map(|(field, _)| &**field));
                let diag = errors::unknown_field(name.span, &name.text, &self.show(&ty), near.as_deref(), false);
                self.report(scope, diag);
                continue;
            };
            parts[at] = self.check(new, &tys[at].1, scope);
        }
        let record = self.node(ExprKind::Tuple(parts), ty, span);
        self.release(held.binding, record)
    }

    /// `f"a{x}b"` is `concat(["a", str(x), "b"])`.
    pub(super) fn fstring(&mut self, parts: &'a [FPart], expr: &'a ast::Expr, scope: &Scope<'a>) -> Expr {
        let span = scope.span(expr.span);
        let mut texts = Vec::new();
        for part in parts {
            match part {
                FPart::Text(text) if text.is_empty() => {}
                FPart::Text(text) => texts.push(self.node(ExprKind::Str(text.as_str().into()), Ty::Str, span)),
                FPart::Value { value, repr, spec, spec_span } => {
                    texts.push(self.fstring_value(value, *repr, spec, *spec_span, scope));
                }
            }
        }
        match texts.len() {
            0 => self.node(ExprKind::Str("".into()), Ty::Str, span),
            1 => texts.remove(0),
            _ => {
                let list = self.node(ExprKind::List(texts), Ty::list(Ty::Str), span);
                self.rows("concat", Site::hidden("concat", expr), vec![CallArg::done(list)], scope)
            }
        }
    }

    fn fstring_value(
        &mut self,
        value: &'a ast::Expr,
        repr: bool,
        text: &str,
        spec_span: Span,
        scope: &Scope<'a>,
    ) -> Expr {
        let mut shown = self.expr(value, None, scope);
        // The value itself may be a call, whose row is on record under the same id.
        let site = |name| Site { id: None, ..Site::hidden(name, value) };
        if repr {
            shown = self.rows("repr", site("repr"), vec![CallArg::done(shown)], scope);
        }
        if text.is_empty() {
            if self.infer.resolve(&shown.ty) == Ty::Str {
                return shown;
            }
            return self.rows("str", site("str"), vec![CallArg::done(shown)], scope);
        }
        let ty = self.infer.resolve(&shown.ty);
        if ty == Ty::Error {
            return shown;
        }
        if let Err(why) = spec::verify(text, &ty) {
            let span = if spec_span.start < spec_span.end { spec_span } else { value.span };
            return self.fail(scope, errors::format_spec(span, text, &why));
        }
        let spec = self.node(ExprKind::Str(text.into()), Ty::Str, scope.span(value.span));
        self.rows("format", site("format"), vec![CallArg::done(shown), CallArg::done(spec)], scope)
    }

    /// `[body for pattern in list if condition]`: a loop over what a loop keeps, and the lists of an inner one joined.
    pub(super) fn comprehension(&mut self, expr: &'a ast::Expr, scope: &Scope<'a>) -> Expr {
        let span = scope.span(expr.span);
        let ast::ExprKind::Comprehension { body, pattern, list, condition, more } = &expr.kind else {
            return self.broken(span);
        };
        let mut list = self.iterable(list, scope);
        let elem = if let Ty::List(elem) = self.infer.resolve(&list.ty) { *elem } else { return self.broken(span) };
        if let Some(condition) = condition {
            let (param, inner) = self.loop_scope(pattern, &elem, span, scope);
            let test = self.condition(condition, &inner);
            let lambda = Lambda { params: vec![param], body: test };
            let ty = list.ty.clone();
            list = self.node(ExprKind::Loop(LoopOp::Filter, vec![list], Box::new(lambda)), ty, span);
        }
        let (param, inner) = self.loop_scope(pattern, &elem, span, scope);
        let body = self.expr(body, None, &inner);
        if *more && body.ty == Ty::Error {
            return self.broken(span);
        }
        let (op, ty) =
            if *more { (LoopOp::FlatMap, body.ty.clone()) } else { (LoopOp::Map, Ty::list(body.ty.clone())) };
        let lambda = Lambda { params: vec![param], body };
        self.node(ExprKind::Loop(op, vec![list], Box::new(lambda)), ty, span)
    }

    fn loop_scope(
        &mut self,
        pattern: &'a ast::Pattern,
        elem: &Ty,
        span: Span,
        scope: &Scope<'a>,
    ) -> (crate::hir::LocalId, Scope<'a>) {
        let param = self.pattern_local(pattern, elem.clone());
        let read = self.read(param, span);
        let mut inner = scope.inside_elements();
        self.bind_pattern(pattern, read, &mut inner);
        (param, inner)
    }

    /// A set's or map's elements as a list; anything else as it is.
    pub(super) fn as_list(&mut self, value: Expr, expr: &'a ast::Expr, scope: &Scope<'a>) -> Expr {
        if let Ty::Set(_) | Ty::Map(..) = self.infer.resolve(&value.ty) {
            self.rows("list", Site { id: None, ..Site::hidden("list", expr) }, vec![CallArg::done(value)], scope)
        } else {
            value
        }
    }

    /// The list that a loop runs over, or the one that `list(…)` makes of a value.
    pub(super) fn iterable(&mut self, list: &'a ast::Expr, scope: &Scope<'a>) -> Expr {
        let value = self.expr(list, None, scope);
        match self.infer.resolve(&value.ty) {
            Ty::List(_) | Ty::Error => value,
            Ty::Var(_) => {
                let elem = self.infer.fresh();
                self.infer.unify(&value.ty, &Ty::list(elem));
                value
            }
            Ty::Str | Ty::Set(_) | Ty::Map(..) => {
                self.rows("list", Site { id: None, ..Site::hidden("list", list) }, vec![CallArg::done(value)], scope)
            }
            found => {
                if found == Ty::Int {
                    let diag = errors::mismatch(list.span, "a list", "int");
                    return self.fail(scope, diag.help("count with a range: `range(n)`"));
                }
                let expected = Ty::list(Ty::Error);
                self.mismatch(scope, list.span, &expected, &found, Some(list))
            }
        }
    }
}
