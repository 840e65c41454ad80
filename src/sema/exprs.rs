//! Expressions: operators, conditions, lets, access; `data` has literals and texts, `calls` what is called.

#![expect(clippy::wildcard_enum_match_arm, reason = "asks for a few of the many forms of expressions and types")]

use crate::base::source::Span;
use crate::catalog;
use crate::hir::{Expr, ExprKind, LocalId};
use crate::runtime::call::prim::Prim;
use crate::syntax::ast::{self, BinOp, ExprKind as Ast, UnOp};
use crate::types::ty::Ty;

use super::args::{CallArg, Site};
use super::scope::{Binding, Scope};
use super::{Checker, errors, suggest};

/// Stages of a pipeline before the value gets a variable of its own, so that programs stay flat.
const STAGES_A_STATEMENT: usize = 32;

impl<'a> Checker<'a> {
    /// The typed form of an expression. `hint` is the type that the context would like; the caller coerces.
    pub(super) fn expr(&mut self, expr: &'a ast::Expr, hint: Option<&Ty>, scope: &Scope<'a>) -> Expr {
        let value = self.deeper(scope, expr.span, |this| match &expr.kind {
            Ast::Pipe(head, stages) => this.pipe(expr, head, stages, scope),
            _ if scope.hoist => this.kind(expr, hint, &Scope { hoist: false, ..scope.clone() }),
            _ => this.kind(expr, hint, scope),
        });
        if scope.catalog.is_none() {
            self.types.insert(expr.id, value.ty.clone());
        }
        self.no_rdd_in_function(value, scope)
    }

    fn no_rdd_in_function(&mut self, value: Expr, scope: &Scope<'a>) -> Expr {
        if scope.elements && self.infer.resolve(&value.ty).holds_rdd() {
            return self.fail(scope, errors::rdd_in_function(value.span));
        }
        value
    }

    fn kind(&mut self, expr: &'a ast::Expr, hint: Option<&Ty>, scope: &Scope<'a>) -> Expr {
        let span = scope.span(expr.span);
        match &expr.kind {
            Ast::Int(n) => self.node(ExprKind::Int(*n), Ty::Int, span),
            Ast::Float(x, _) => self.node(ExprKind::Float(*x), Ty::Float, span),
            Ast::Bool(b) => self.node(ExprKind::Bool(*b), Ty::Bool, span),
            Ast::Str(text) => self.node(ExprKind::Str(text.as_str().into()), Ty::Str, span),
            Ast::FString(parts) => self.fstring(parts, expr, scope),
            Ast::None => self.none(hint, span),
            Ast::Name(name) => self.name(name, expr.span, scope),
            Ast::Tuple(parts) => self.tuple(parts, hint, span, scope),
            Ast::List(parts) => self.list(parts, hint, span, scope),
            Ast::Set(parts) => self.set(parts, hint, expr, scope),
            Ast::Map(entries) => self.map(entries, hint, expr, scope),
            Ast::Record { base: None, fields } => self.record(fields, hint, span, scope),
            Ast::Record { base: Some(base), fields } => self.update(base, fields, span, scope),
            Ast::Unary(op, of) => self.unary(*op, of, expr, scope),
            Ast::Binary(op, a, b) => self.binary(*op, a, b, expr, hint, scope),
            Ast::Compare(first, rest) => self.chain(first, rest, expr, scope),
            Ast::If(condition, then, otherwise) => self.if_expr(condition, then, otherwise, hint, scope, span),
            Ast::Let(pattern, bound, body) => self.let_expr(pattern, bound, body, hint, scope),
            Ast::Lambda(..) => self.fail(scope, errors::function_as_value(expr.span, "this")),
            Ast::Section(op) => {
                let what = format!("the operator {}", op.text());
                self.fail(scope, errors::function_as_value(expr.span, &what))
            }
            Ast::Call(name, args) | Ast::Command(name, args) => {
                let args = args.iter().map(CallArg::of).collect();
                self.call(Site::of(name, expr), args, hint, scope)
            }
            Ast::Method(of, name, args) => self.method(of, name, args, expr, hint, scope),
            Ast::Field(of, name) => self.access(of, name, expr, scope),
            Ast::Index(of, at) => self.index(of, at, expr, scope),
            Ast::Slice(of, parts) => self.slice(of, parts, expr, scope),
            Ast::Comprehension { .. } => self.comprehension(expr, scope),
            Ast::Pipe(head, stages) => self.pipe(expr, head, stages, scope),
            Ast::Error => self.broken(span),
        }
    }

    fn unary(&mut self, op: UnOp, of: &'a ast::Expr, expr: &'a ast::Expr, scope: &Scope<'a>) -> Expr {
        let span = scope.span(expr.span);
        match (op, &of.kind) {
            (UnOp::Not, _) => {
                let value = self.condition(of, scope);
                self.node(ExprKind::Prim(Prim::Not, vec![value]), Ty::Bool, span)
            }
            (UnOp::Neg, Ast::Int(n)) => self.node(ExprKind::Int(n.wrapping_neg()), Ty::Int, span),
            (UnOp::Neg, Ast::Float(x, _)) => self.node(ExprKind::Float(-x), Ty::Float, span),
            (UnOp::Neg, _) => {
                let value = self.expr(of, None, scope);
                self.infix("-", vec![value], expr.span, Some(expr.id), scope)
            }
        }
    }

    /// A condition: a bool, with help for those who expect Python's truthiness.
    pub(super) fn condition(&mut self, expr: &'a ast::Expr, scope: &Scope<'a>) -> Expr {
        let value = self.expr(expr, Some(&Ty::Bool), scope);
        self.truth(value, expr.span, scope)
    }

    pub(super) fn truth(&mut self, value: Expr, span: Span, scope: &Scope<'a>) -> Expr {
        if self.infer.unify(&value.ty, &Ty::Bool) {
            return value;
        }
        let found = self.show(&value.ty);
        self.fail(scope, errors::condition(span, &found))
    }

    fn binary(
        &mut self,
        op: BinOp,
        a: &'a ast::Expr,
        b: &'a ast::Expr,
        expr: &'a ast::Expr,
        hint: Option<&Ty>,
        scope: &Scope<'a>,
    ) -> Expr {
        let span = scope.span(expr.span);
        match op {
            BinOp::And | BinOp::Or => {
                self.record_use(op.text(), expr.id, scope);
                let left = Box::new(self.condition(a, scope));
                let right = Box::new(self.right_side(op, a, b, scope));
                let kind = if op == BinOp::And { ExprKind::And(left, right) } else { ExprKind::Or(left, right) };
                self.node(kind, Ty::Bool, span)
            }
            BinOp::Coalesce => {
                self.record_use(op.text(), expr.id, scope);
                let value = self.expr(a, None, scope);
                self.coalesce(value, b, hint, a.span, scope, span)
            }
            BinOp::Eq | BinOp::Ne if matches!(b.kind, Ast::None) => self.compare_none(op, a, expr, scope),
            BinOp::Eq | BinOp::Ne if matches!(a.kind, Ast::None) => self.compare_none(op, b, expr, scope),
            _ => {
                let left = self.expr(a, None, scope);
                let like =
                    self.hint(Some(&left.ty)).filter(|ty| matches!(ty, Ty::List(_) | Ty::Set(_) | Ty::Option(_)));
                let right = self.expr(b, like.as_ref().filter(|_| op != BinOp::NotIn && op != BinOp::In), scope);
                self.operate(op, left, right, expr.span, Some(expr.id), scope)
            }
        }
    }

    /// An operator on two values.
    pub(super) fn operate(
        &mut self,
        op: BinOp,
        a: Expr,
        b: Expr,
        span: Span,
        id: Option<ast::ExprId>,
        scope: &Scope<'a>,
    ) -> Expr {
        match op {
            BinOp::And | BinOp::Or => {
                let (a, b) = (self.truth(a, span, scope), self.truth(b, span, scope));
                let (a, b) = (Box::new(a), Box::new(b));
                let kind = if op == BinOp::And { ExprKind::And(a, b) } else { ExprKind::Or(a, b) };
                self.node(kind, Ty::Bool, scope.span(span))
            }
            BinOp::Coalesce => self.coalesce_values(a, b, span, scope),
            BinOp::NotIn => {
                let is_in = self.infix("in", vec![a, b], span, id, scope);
                self.node(ExprKind::Prim(Prim::Not, vec![is_in]), Ty::Bool, scope.span(span))
            }
            BinOp::Eq | BinOp::Ne | BinOp::Lt | BinOp::Le | BinOp::Gt | BinOp::Ge => {
                let (a, b) = self.meet(a, b);
                self.infix(op.text(), vec![a, b], span, id, scope)
            }
            BinOp::Add | BinOp::Sub | BinOp::Mul | BinOp::Div => self.infix(op.text(), vec![a, b], span, id, scope),
            BinOp::FloorDiv | BinOp::Mod | BinOp::Pow | BinOp::In => self.infix(op.text(), vec![a, b], span, id, scope),
        }
    }

    /// Two values to compare: one of them may become an option or change the order of its fields.
    fn meet(&mut self, a: Expr, b: Expr) -> (Expr, Expr) {
        match self.join(&a.ty, &b.ty) {
            Some(ty) => (self.convert(a, &ty), self.convert(b, &ty)),
            None => (a, b),
        }
    }

    fn compare_none(&mut self, op: BinOp, of: &'a ast::Expr, expr: &'a ast::Expr, scope: &Scope<'a>) -> Expr {
        let span = scope.span(expr.span);
        let value = self.expr(of, None, scope);
        if self.is_never_none(&value) {
            self.never_none(&value, of.span, "drop the comparison", scope);
            return self.node(ExprKind::Bool(op == BinOp::Ne), Ty::Bool, span);
        }
        let inner = self.infer.fresh();
        if !self.infer.unify(&value.ty, &Ty::option(inner.clone())) {
            return self.broken(span);
        }
        let local = self.local("_", inner);
        let yes = self.node(ExprKind::Bool(op == BinOp::Ne), Ty::Bool, span);
        let no = self.node(ExprKind::Bool(op == BinOp::Eq), Ty::Bool, span);
        let out = self.if_some(value, local, yes, no);
        Expr { span, ..out }
    }

    /// `a < b <= c`: each value once, and from left to right only as far as needed.
    fn chain(
        &mut self,
        first: &'a ast::Expr,
        rest: &'a [(BinOp, ast::Expr)],
        expr: &'a ast::Expr,
        scope: &Scope<'a>,
    ) -> Expr {
        let first = self.expr(first, None, scope);
        let values: Vec<Expr> = rest.iter().map(|(_, value)| self.expr(value, None, scope)).collect();
        let mut held: Vec<_> = std::iter::once(first).chain(values).map(|value| self.hold(value)).collect();
        let mut out: Option<Expr> = None;
        for n in (0..rest.len()).rev() {
            let (a, b) = (held[n].value.clone(), held[n + 1].value.clone());
            let span = rest[n].1.span;
            let test = self.operate(rest[n].0, a, b, span, (n == 0).then_some(expr.id), scope);
            let both = match out {
                None => test,
                Some(after) => {
                    let kind = ExprKind::And(Box::new(test), Box::new(after));
                    self.node(kind, Ty::Bool, scope.span(expr.span))
                }
            };
            let binding = held[n + 1].binding.take();
            out = Some(self.release(binding, both));
        }
        let binding = held[0].binding.take();
        let body = out.unwrap_or_else(|| self.broken(scope.span(expr.span)));
        self.release(binding, body)
    }

    fn if_expr(
        &mut self,
        condition: &'a ast::Expr,
        then: &'a ast::Expr,
        otherwise: &'a ast::Expr,
        hint: Option<&Ty>,
        scope: &Scope<'a>,
        span: Span,
    ) -> Expr {
        let test = self.condition(condition, scope);
        let (inner, some) = self.narrow(condition, true, scope);
        let a = self.expr(then, hint, &inner);
        let (inner, none) = self.narrow(condition, false, scope);
        let b = self.expr(otherwise, hint.or(Some(&a.ty.clone())), &inner);
        let Some(ty) = self.join(&a.ty, &b.ty) else {
            let (expected, found) = (self.show(&a.ty), self.show(&b.ty));
            let diag = errors::branches(otherwise.span, then.span, &expected, &found, "the branches");
            return self.fail(scope, self.number_help(diag, &a.ty, &b.ty));
        };
        let (a, b) = (self.convert(a, &ty), self.convert(b, &ty));
        let (a, b) = (self.branch(some, a, scope), self.branch(none, b, scope));
        self.if_else(test, a, b, span)
    }

    /// The help where an int stands beside a float.
    pub(super) fn number_help(&self, diag: crate::base::diag::Diag, a: &Ty, b: &Ty) -> crate::base::diag::Diag {
        match (self.infer.resolve(a), self.infer.resolve(b)) {
            (Ty::Int, Ty::Float) | (Ty::Float, Ty::Int) => diag.help("write the int as a float: `1.0`, or `float(x)`"),
            _ => diag,
        }
    }

    /// `if` with constant conditions decided.
    pub(super) fn if_else(&mut self, condition: Expr, then: Expr, otherwise: Expr, span: Span) -> Expr {
        match condition.kind {
            ExprKind::Bool(true) => then,
            ExprKind::Bool(false) => otherwise,
            _ => {
                let ty = then.ty.clone();
                self.node(ExprKind::If(Box::new(condition), Box::new(then), Box::new(otherwise)), ty, span)
            }
        }
    }

    /// `IfSome` with known options decided.
    pub(super) fn if_some(&mut self, option: Expr, local: LocalId, then: Expr, otherwise: Expr) -> Expr {
        let (ty, span) = (then.ty.clone(), option.span);
        match option.kind {
            ExprKind::None => otherwise,
            ExprKind::Some(value) => self.node(ExprKind::Let(local, value, Box::new(then)), ty, span),
            _ => {
                let kind = ExprKind::IfSome(Box::new(option), local, Box::new(then), Box::new(otherwise));
                self.node(kind, ty, span)
            }
        }
    }

    /// `value ?? default`
    fn coalesce(
        &mut self,
        value: Expr,
        default: &'a ast::Expr,
        hint: Option<&Ty>,
        place: Span,
        scope: &Scope<'a>,
        span: Span,
    ) -> Expr {
        let inner = if let Ty::Option(inner) = self.infer.resolve(&value.ty) { Some(*inner) } else { None };
        let default = self.expr(default, inner.as_ref().or(hint), scope);
        let out = self.coalesce_values(value, default, place, scope);
        Expr { span, ..out }
    }

    fn coalesce_values(&mut self, value: Expr, default: Expr, place: Span, scope: &Scope<'a>) -> Expr {
        if self.is_never_none(&value) {
            self.never_none(&value, place, "drop `??` and the default", scope);
            let Some(ty) = self.join(&value.ty, &default.ty) else {
                return self.mismatch(scope, default.span, &value.ty, &default.ty.clone(), None);
            };
            return self.convert(value, &ty);
        }
        let inner = self.infer.fresh();
        if !self.infer.unify(&value.ty, &Ty::option(inner.clone())) {
            return self.broken(scope.span(place));
        }
        let Some(ty) = self.join(&inner, &default.ty) else {
            return self.mismatch(scope, default.span, &inner, &default.ty.clone(), None);
        };
        let local = self.local("_", inner);
        let some = self.read(local, value.span);
        let some = self.convert(some, &ty);
        let default = self.convert(default, &ty);
        self.if_some(value, local, some, default)
    }

    /// Warns of a test of a value that is never `None`, but in functions, which may be used with other types.
    pub(super) fn never_none(&mut self, value: &Expr, place: Span, help: &str, scope: &Scope<'a>) {
        if scope.catalog.is_none() && scope.inlining.is_none() {
            let found = self.show(&value.ty);
            self.report(scope, errors::never_none(place, &found, help));
        }
    }

    fn is_never_none(&self, value: &Expr) -> bool {
        !matches!(self.infer.resolve(&value.ty), Ty::Option(_) | Ty::Var(_) | Ty::Error)
    }

    fn let_expr(
        &mut self,
        pattern: &'a ast::Pattern,
        bound: &'a ast::Expr,
        body: &'a ast::Expr,
        hint: Option<&Ty>,
        scope: &Scope<'a>,
    ) -> Expr {
        let value = self.expr(bound, None, scope);
        let local = self.pattern_local(pattern, value.ty.clone());
        let read = self.read(local, value.span);
        let mut inner = scope.clone();
        self.bind_pattern(pattern, read, &mut inner);
        let body = self.expr(body, hint, &inner);
        self.release(Some((local, value)), body)
    }

    /// Component of a tuple or record that is known to have it.
    pub(super) fn field(&mut self, of: Expr, n: usize) -> Expr {
        let span = of.span;
        let ty = match self.infer.resolve(&of.ty) {
            Ty::Tuple(parts) => parts.get(n).cloned().unwrap_or(Ty::Error),
            Ty::Record(fields) => fields.get(n).map_or(Ty::Error, |(_, ty)| ty.clone()),
            _ => Ty::Error,
        };
        if ty == Ty::Error {
            return self.broken(span);
        }
        self.node(ExprKind::Field(Box::new(of), n), ty, span)
    }

    fn access(&mut self, of: &'a ast::Expr, name: &'a ast::Name, expr: &'a ast::Expr, scope: &Scope<'a>) -> Expr {
        let value = self.expr(of, None, scope);
        let value = Expr { span: scope.span(expr.span), ..value };
        match self.infer.resolve(&value.ty) {
            Ty::Error => value,
            Ty::Var(_) => self.fail(scope, errors::unknown_type_here(of.span, "this value")),
            Ty::Counter if name.text == "value" => self.counter_value(value, scope),
            Ty::Record(fields) => match fields.iter().position(|(field, _)| **field == *name.text) {
                Some(at) => self.field(value, at),
                None => {
                    let near = suggest::nearest(&name.text, fields.iter().map(|(field, _)| &**field));
                    self.no_field(&value, name, near, scope)
                }
            },
            Ty::Counter => self.no_field(&value, name, Some("value".into()), scope),
            _ => self.no_field(&value, name, None, scope),
        }
    }

    fn no_field(&mut self, value: &Expr, name: &ast::Name, near: Option<String>, scope: &Scope<'a>) -> Expr {
        let tuple = matches!(self.infer.resolve(&value.ty), Ty::Tuple(_));
        let is_function = !tuple && self.is_function(&name.text, scope);
        let ty = self.show(&value.ty);
        self.fail(scope, errors::unknown_field(name.span, &name.text, &ty, near.as_deref(), is_function))
    }

    fn index(&mut self, of: &'a ast::Expr, at: &'a ast::Expr, expr: &'a ast::Expr, scope: &Scope<'a>) -> Expr {
        let value = self.expr(of, None, scope);
        if let Ty::Tuple(parts) = self.infer.resolve(&value.ty) {
            let constant = match &at.kind {
                Ast::Int(n) => Some(*n),
                Ast::Unary(UnOp::Neg, n) => match n.kind {
                    Ast::Int(n) => Some(n.wrapping_neg()),
                    _ => None,
                },
                _ => None,
            };
            let len = i64::try_from(parts.len()).unwrap_or(i64::MAX);
            let at_front = constant.map(|n| if n < 0 { n.saturating_add(len) } else { n });
            match at_front.and_then(|n| usize::try_from(n).ok()).filter(|n| *n < parts.len()) {
                Some(n) => {
                    let span = scope.span(expr.span);
                    self.field(Expr { span, ..value }, n)
                }
                None => {
                    let ty = self.show(&value.ty);
                    self.fail(scope, errors::tuple_index(at.span, &ty, parts.len()))
                }
            }
        } else {
            let args = vec![CallArg::done(value), CallArg::ast(at)];
            self.rows("getitem", Site::hidden("getitem", expr), args, scope)
        }
    }

    fn slice(
        &mut self,
        of: &'a ast::Expr,
        parts: &'a [Option<Box<ast::Expr>>; 3],
        expr: &'a ast::Expr,
        scope: &Scope<'a>,
    ) -> Expr {
        let value = self.expr(of, None, scope);
        let mut args = vec![CallArg::done(value)];
        for part in parts {
            args.push(match part {
                Some(part) => CallArg::ast(part),
                None => CallArg::done(self.none(Some(&Ty::option(Ty::Int)), scope.span(expr.span))),
            });
        }
        self.rows("slice", Site::hidden("slice", expr), args, scope)
    }

    fn method(
        &mut self,
        of: &'a ast::Expr,
        name: &'a ast::Name,
        args: &'a [ast::Arg],
        expr: &'a ast::Expr,
        hint: Option<&Ty>,
        scope: &Scope<'a>,
    ) -> Expr {
        let value = self.expr(of, None, scope);
        let is_text = self.infer.resolve(&value.ty) == Ty::Str;
        if name.text == "format" && is_text && self.find_function("format", scope).is_none() {
            return self.fill_template(value, args, expr, scope);
        }
        let value = self.option_again(value, name, scope);
        let args = std::iter::once(CallArg::done(value)).chain(args.iter().map(CallArg::of)).collect();
        self.call(Site::of(name, expr), args, hint, scope)
    }

    fn pipe(&mut self, expr: &'a ast::Expr, head: &'a ast::Expr, stages: &'a [ast::Stage], scope: &Scope<'a>) -> Expr {
        let inner = Scope { hoist: false, ..scope.clone() };
        let mut value = match self.range_head(head, &inner) {
            Some(rdd) => rdd,
            None => self.expr(head, None, &inner),
        };
        for (n, stage) in stages.iter().enumerate() {
            if scope.hoist && n > 0 && n % STAGES_A_STATEMENT == 0 && value.ty != Ty::Error {
                value = self.hoist(value);
            } else if !scope.hoist && n == super::MAX_DEPTH {
                return self.fail(scope, errors::too_deep(expr.span, super::MAX_DEPTH));
            }
            let args = std::iter::once(CallArg::done(value)).chain(stage.args.iter().map(CallArg::of)).collect();
            let out = self.call(Site::stage(stage), args, None, &inner);
            let out = self.no_rdd_in_function(out, &inner);
            value = self.limit_type(out, &inner);
            if let ("filter", [predicate]) = (stage.name.text.as_str(), stage.args.as_slice())
                && self.find_function("filter", &inner).is_none()
            {
                value = self.narrow_elements(value, &predicate.value);
            }
            if scope.catalog.is_none() {
                self.stage_types.insert(stage.name.span, value.ty.clone());
            }
            if value.ty == Ty::Error {
                break;
            }
        }
        value
    }

    /// Gives the value so far a variable in a statement of its own.
    fn hoist(&mut self, value: Expr) -> Expr {
        let local = self.local("_", value.ty.clone());
        let read = self.read(local, value.span);
        self.hoisted.push(crate::hir::Stmt::Set(local, value));
        read
    }

    /// `range(…)` at the head of a pipeline is an RDD.
    pub(super) fn range_head(&mut self, head: &'a ast::Expr, scope: &Scope<'a>) -> Option<Expr> {
        if let (Ast::Name(name), false) = (&head.kind, scope.elements) {
            let Some(Binding::Local(local)) = self.find(name, scope) else { return None };
            self.ranges.get(&local)?;
            let value = self.expr(head, None, scope);
            return self.range_rdd(&value);
        }
        let (Ast::Call(name, args) | Ast::Command(name, args)) = &head.kind else { return None };
        if name.text != "range" || scope.elements || self.find_function("range", scope).is_some() {
            return None;
        }
        let args = args.iter().map(CallArg::of).collect();
        let value = self.rows_where("range", Site::of(name, head), args, scope, |sig| matches!(sig.result, Ty::Rdd(_)));
        if scope.catalog.is_none() {
            self.types.insert(head.id, value.ty.clone());
        }
        Some(value)
    }

    /// Notes which row an operator is that the checker knows by itself.
    pub(super) fn record_use(&mut self, name: &str, id: ast::ExprId, scope: &Scope<'a>) {
        if scope.catalog.is_some() {
            return;
        }
        if let Some(entry) = catalog::lookup(name, true).first() {
            self.uses.insert(id, entry.row);
        }
    }
}
