//! Statements of the driver.

#![expect(clippy::wildcard_enum_match_arm, reason = "asks for a few of the many forms of expressions and types")]

use std::collections::HashMap;
use std::rc::Rc;

use crate::base::source::Span;

use crate::hir::{self, Arg, CoreOp, Expr, ExprKind, LocalId, Stmt};
use crate::syntax::ast::{self, Pattern, StmtKind};
use crate::types::ty::Ty;

use super::args::{CallArg, Site};
use super::names::pattern_names;
use super::scope::{Binding, Def, Scope};
use super::{Checker, Declared, DeclaredWhat, RangeName, errors, lambdas, suggest};

/// Names that the statements define at the top level, with their places.
fn later_names(body: &[ast::Stmt]) -> HashMap<&str, Span> {
    let mut later = HashMap::new();
    for stmt in body {
        match &stmt.kind {
            StmtKind::Let { pattern, .. } => {
                let mut names = Vec::new();
                pattern_names(pattern, &mut names);
                later.extend(names.into_iter().map(|name| (name.text.as_str(), name.span)));
            }
            StmtKind::Def { name, .. } | StmtKind::Param { name, .. } => {
                later.insert(&name.text, name.span);
            }
            StmtKind::Assign { .. } | StmtKind::Type { .. } | StmtKind::Use { .. } | StmtKind::Expr(_) => {}
            StmtKind::For { .. } | StmtKind::While { .. } | StmtKind::If { .. } => {}
        }
    }
    later
}

/// Where statements stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    /// The top level of the main file.
    Main,
    /// The top level of a file that `use` brought in.
    Used,
    /// Inside of braces.
    Block,
}

impl<'a> Checker<'a> {
    /// The statements of a file.
    pub(super) fn program(&mut self, program: &'a ast::Program, main: bool, out: &mut Vec<Stmt>) {
        let mut scope = Scope::top();
        let level = if main { Level::Main } else { Level::Used };
        self.later = later_names(&program.body);
        for stmt in &program.body {
            self.stmt(stmt, level, &mut scope, out);
        }
    }

    fn stmt(&mut self, stmt: &'a ast::Stmt, level: Level, scope: &mut Scope<'a>, out: &mut Vec<Stmt>) {
        match &stmt.kind {
            StmtKind::Let { pattern, ty, value } => self.let_stmt(pattern, ty.as_ref(), value, level, scope, out),
            StmtKind::Assign { name, value } => self.assign(name, value, level, scope, out),
            StmtKind::Def { name, params, result, body } => {
                let def = Def { name, params, result: result.as_ref(), body, scope: scope.clone() };
                self.def(Rc::new(def), level, scope);
            }
            StmtKind::Type { name, ty } => self.alias(name, ty, level, scope),
            StmtKind::Param { name, ty, default, doc } => {
                self.param(name, ty.as_ref(), default.as_ref(), doc.as_ref(), stmt, level, scope);
            }
            StmtKind::Use { path_span, .. } => {
                if level == Level::Block {
                    self.report(scope, errors::misplaced(*path_span, "`use`"));
                }
            }
            StmtKind::For { pattern, list, body } => self.for_stmt(pattern, list, body, scope, out),
            StmtKind::While { condition, body } => {
                let condition = self.condition(condition, scope);
                let body = self.block(body, scope);
                out.push(Stmt::While(condition, body));
            }
            StmtKind::If { arms, otherwise } => {
                let stmts = self.if_stmt(arms, otherwise.as_deref(), scope);
                out.extend(stmts);
            }
            StmtKind::Expr(expr) => self.expr_stmt(expr, level, scope, out),
        }
    }

    /// Statements between braces: names that they define end with them.
    fn block(&mut self, body: &'a [ast::Stmt], scope: &Scope<'a>) -> Vec<Stmt> {
        stacker::maybe_grow(128 * 1024, 2 * 1024 * 1024, || {
            let mut inner = scope.clone();
            let mut out = Vec::new();
            for stmt in body {
                self.stmt(stmt, Level::Block, &mut inner, &mut out);
            }
            out
        })
    }

    /// The value of a statement; stages of a long pipeline have become statements before it.
    fn value(&mut self, expr: &'a ast::Expr, ty: Option<&Ty>, scope: &Scope<'a>, out: &mut Vec<Stmt>) -> Expr {
        let scope = Scope { hoist: true, ..scope.clone() };
        let value = match ty {
            Some(ty) => self.check(expr, ty, &scope),
            None => self.expr(expr, None, &scope),
        };
        out.append(&mut self.hoisted);
        value
    }

    fn let_stmt(
        &mut self,
        pattern: &'a Pattern,
        ty: Option<&'a ast::TypeExpr>,
        value: &'a ast::Expr,
        level: Level,
        scope: &mut Scope<'a>,
        out: &mut Vec<Stmt>,
    ) {
        if let (ast::ExprKind::Lambda(..), Pattern::Name(name)) = (&value.kind, pattern) {
            self.report(scope, errors::let_of_function(value.span, &name.text));
            self.declare(name, Ty::Error, level, scope);
            return;
        }
        if let (None, Pattern::Name(name), Some(range)) = (ty, pattern, self.bare_range(value, scope)) {
            return self.let_range(name, value, range, level, scope, out);
        }
        let ty = ty.map(|ty| self.written(ty, scope));
        let value = self.value(value, ty.as_ref(), scope, out);
        let ty = match (&value.ty, ty) {
            (Ty::Error, Some(ty)) => ty,
            (found, _) => found.clone(),
        };
        self.bind_stmt(pattern, Expr { ty, ..value }, level, scope, out);
    }

    /// The RDD of a `range(…)` that stands alone.
    fn bare_range(&mut self, value: &'a ast::Expr, scope: &Scope<'a>) -> Option<Expr> {
        if matches!(value.kind, ast::ExprKind::Name(_)) {
            return None;
        }
        self.range_head(value, scope)
    }

    /// `let a = range(…)`: an RDD where `a` is the head of a pipeline or an RDD is wanted, elsewhere a list.
    fn let_range(
        &mut self,
        name: &'a ast::Name,
        value: &'a ast::Expr,
        range: Expr,
        level: Level,
        scope: &mut Scope<'a>,
        out: &mut Vec<Stmt>,
    ) {
        if has_slices(value) || range.ty == Ty::Error {
            let local = self.declare(name, range.ty.clone(), level, scope);
            out.push(Stmt::Set(local, range));
            return;
        }
        let rdd = self.local(&name.text, range.ty.clone());
        out.push(Stmt::Set(rdd, range));
        let list = self.expr(value, None, scope);
        let local = self.declare(name, list.ty.clone(), level, scope);
        self.ranges.insert(local, RangeName { name: name.span, rdd, lists: 0, rdds: 0 });
        out.push(Stmt::Set(local, list));
    }

    /// Assigns to a name which began as a range: its list, and the RDD of the same elements. The RDD of another range comes
    /// first, because the range may be one of the name's own value.
    fn assign_range(
        &mut self,
        local: LocalId,
        new: Expr,
        range: Option<Expr>,
        value: &'a ast::Expr,
        scope: &Scope<'a>,
        out: &mut Vec<Stmt>,
    ) {
        let Some(RangeName { rdd, lists, .. }) = self.ranges.get_mut(&local) else {
            return out.push(Stmt::Set(local, new));
        };
        let rdd = *rdd;
        if let Some(range) = range {
            return out.extend([Stmt::Set(rdd, range), Stmt::Set(local, new)]);
        }
        *lists += 1;
        out.push(Stmt::Set(local, new));
        let list = self.read(local, value.span);
        let site = Site { id: None, ..Site::hidden("parallelize", value) };
        let elements = self.rows("parallelize", site, vec![CallArg::done(list)], scope);
        out.push(Stmt::Set(rdd, elements));
    }

    /// Binds the names of a pattern to variables of their own.
    fn bind_stmt(
        &mut self,
        pattern: &'a Pattern,
        value: Expr,
        level: Level,
        scope: &mut Scope<'a>,
        out: &mut Vec<Stmt>,
    ) {
        match pattern {
            Pattern::Name(name) => {
                let local = self.declare(name, value.ty.clone(), level, scope);
                out.push(Stmt::Set(local, value));
            }
            Pattern::Wildcard(_) => out.push(Stmt::Do(value)),
            Pattern::Tuple(parts, span) => {
                if !self.split(&value.ty, parts.len(), *span, scope) {
                    let ty = Ty::Tuple(parts.iter().map(|_| Ty::Error).collect());
                    return self.bind_parts(parts, Expr { ty, ..value }, level, scope, out);
                }
                if value.ty == Ty::Error {
                    let ty = Ty::Tuple(parts.iter().map(|_| Ty::Error).collect());
                    return self.bind_parts(parts, Expr { ty, ..value }, level, scope, out);
                }
                let local = self.local("_", value.ty.clone());
                let read = self.read(local, value.span);
                out.push(Stmt::Set(local, value));
                self.bind_parts(parts, read, level, scope, out);
            }
        }
    }

    fn bind_parts(
        &mut self,
        parts: &'a [Pattern],
        value: Expr,
        level: Level,
        scope: &mut Scope<'a>,
        out: &mut Vec<Stmt>,
    ) {
        for (n, part) in parts.iter().enumerate() {
            if matches!(part, Pattern::Wildcard(_)) {
                continue;
            }
            let field = self.field(value.clone(), n);
            self.bind_stmt(part, field, level, scope, out);
        }
    }

    /// A variable of the driver.
    fn declare(&mut self, name: &'a ast::Name, ty: Ty, level: Level, scope: &mut Scope<'a>) -> LocalId {
        let local = self.local(&name.text, ty.clone());
        match level {
            Level::Block => scope.bind(&name.text, Binding::Local(local)),
            Level::Main | Level::Used => {
                if level == Level::Main && !name.text.starts_with('_') {
                    let what = DeclaredWhat::Let(local);
                    self.declared.push(Declared { name: &name.text, span: name.span, what });
                }
                self.lets.push((name.text.as_str().into(), ty));
                self.bind_top(name, Binding::Local(local), scope);
            }
        }
        local
    }

    fn assign(
        &mut self,
        name: &'a ast::Name,
        value: &'a ast::Expr,
        level: Level,
        scope: &mut Scope<'a>,
        out: &mut Vec<Stmt>,
    ) {
        match self.find(&name.text, scope) {
            Some(Binding::Local(local)) if !self.fixed.contains(&local) => {
                let range = if self.ranges.contains_key(&local) && !has_slices(value) {
                    self.bare_range(value, scope)
                } else {
                    None
                };
                let ty = self.locals[local].ty.clone();
                let new = {
                    let inner = Scope { hoist: true, ..scope.clone() };
                    self.expr(value, Some(&ty), &inner)
                };
                out.append(&mut self.hoisted);
                match self.coerce(new, &ty) {
                    Ok(new) => self.assign_range(local, new, range, value, scope, out),
                    Err(new) => {
                        let (expected, found) = (self.show(&ty), self.show(&new.ty));
                        self.report(scope, errors::assigns_other_type(value.span, &name.text, &expected, &found));
                    }
                }
            }
            Some(_) => {
                self.value(value, None, scope, out);
                self.report(scope, errors::not_a_variable(name.span, &name.text));
            }
            // The first assignment at the top level defines the name, as in Python.
            None if level != Level::Block => {
                let value = self.value(value, None, scope, out);
                let local = self.declare(name, value.ty.clone(), level, scope);
                out.push(Stmt::Set(local, value));
            }
            None => {
                self.value(value, None, scope, out);
                let near = suggest::nearest(&name.text, self.visible(scope).into_iter());
                self.report(scope, errors::unknown_assign(name.span, &name.text, near.as_deref()));
                self.declare(name, Ty::Error, level, scope);
            }
        }
    }

    fn def(&mut self, def: Rc<Def<'a>>, level: Level, scope: &mut Scope<'a>) {
        for (n, param) in def.params.iter().enumerate() {
            if let Some(first) = def.params[..n].iter().find(|other| other.name.text == param.name.text) {
                let diag = errors::duplicate_part(param.name.span, &param.name.text, Some(first.name.span));
                self.report(scope, diag);
            }
        }
        let (name, span) = (def.name.text.as_str(), def.name.span);
        let what = DeclaredWhat::Def(def.clone());
        self.declared.push(Declared { name: if level == Level::Used { "_" } else { name }, span, what });
        match level {
            Level::Block => scope.bind(name, Binding::Def(def)),
            Level::Main | Level::Used => self.bind_top(def.name, Binding::Def(def.clone()), scope),
        }
    }

    fn alias(&mut self, name: &'a ast::Name, ty: &'a ast::TypeExpr, level: Level, scope: &Scope<'a>) {
        if level == Level::Block {
            self.report(scope, errors::misplaced(name.span, "`type`"));
        }
        let first = self.aliases.get(name.text.as_str()).map(|(_, span)| *span);
        if first.is_some() || suggest::TYPES.contains(&name.text.as_str()) {
            self.report(scope, errors::duplicate(name.span, &name.text, first));
            return;
        }
        let ty = self.written(ty, scope);
        self.aliases.insert(&name.text, (ty, name.span));
    }

    fn param(
        &mut self,
        name: &'a ast::Name,
        ty: Option<&'a ast::TypeExpr>,
        default: Option<&'a ast::Expr>,
        doc: Option<&String>,
        stmt: &ast::Stmt,
        level: Level,
        scope: &mut Scope<'a>,
    ) {
        if level == Level::Block {
            self.report(scope, errors::misplaced(stmt.span, "`param`"));
            return;
        }
        let ty = ty.map(|ty| self.written(ty, scope));
        let written = default;
        let default = match (default, &ty) {
            (Some(default), Some(ty)) => Some(self.check(default, ty, scope)),
            (Some(default), None) => Some(self.expr(default, None, scope)),
            (None, _) => None,
        };
        let ty = ty.or_else(|| default.as_ref().map(|value| value.ty.clone())).unwrap_or(Ty::Error);
        let ty = self.infer.resolve(&ty);
        let inner = if let Ty::Option(inner) = &ty { self.infer.resolve(inner) } else { ty.clone() };
        if !matches!(inner, Ty::Int | Ty::Float | Ty::Bool | Ty::Str) && (inner != Ty::Error || default.is_none()) {
            let found = self.show(&ty);
            self.report(scope, errors::param_type(name.span, &found));
        }
        if let Some(place) = default.as_ref().and_then(|_| self.not_constant(written, scope)) {
            self.report(scope, errors::param_default(place));
        }
        let local = self.local(&name.text, ty.clone());
        self.fixed.insert(local);
        if level == Level::Main {
            let what = DeclaredWhat::Param(local);
            self.declared.push(Declared { name: &name.text, span: name.span, what });
        }
        self.bind_top(name, Binding::Local(local), scope);
        let flag = name.text.as_str().into();
        self.params.push(hir::Param { local, name: flag, ty, default, doc: doc.cloned(), span: stmt.span });
    }

    /// The place in a parameter's default that the command line could not compute before the job runs.
    fn not_constant(&self, default: Option<&'a ast::Expr>, scope: &Scope<'a>) -> Option<Span> {
        let default = default?;
        let mut constant = !matches!(default.kind, ast::ExprKind::Pipe(..));
        lambdas::each_name(default, &mut |name, bound| {
            let known = match self.find(name, scope) {
                Some(Binding::Local(local)) => self.params.iter().any(|param| param.local == local),
                Some(_) | None => true,
            };
            constant &= known || bound.contains(&name);
        });
        (!constant).then_some(default.span)
    }

    fn for_stmt(
        &mut self,
        pattern: &'a Pattern,
        list: &'a ast::Expr,
        body: &'a [ast::Stmt],
        scope: &Scope<'a>,
        out: &mut Vec<Stmt>,
    ) {
        let list = self.iterable(list, scope);
        let elem = if let Ty::List(elem) = self.infer.resolve(&list.ty) { *elem } else { Ty::Error };
        let mut inner = scope.clone();
        let mut stmts = Vec::new();
        let local = self.pattern_local(pattern, elem);
        let read = self.read(local, list.span);
        self.fixed.insert(local);
        match pattern {
            Pattern::Name(name) => inner.bind(&name.text, Binding::Local(local)),
            Pattern::Wildcard(_) => {}
            Pattern::Tuple(..) => self.bind_stmt(pattern, read, Level::Block, &mut inner, &mut stmts),
        }
        stmts.extend(self.block(body, &inner));
        out.push(Stmt::For(local, list, stmts));
    }

    fn if_stmt(
        &mut self,
        arms: &'a [(ast::Expr, Vec<ast::Stmt>)],
        otherwise: Option<&'a [ast::Stmt]>,
        scope: &Scope<'a>,
    ) -> Vec<Stmt> {
        let mut tested = Vec::new();
        for (condition, body) in arms {
            let test = self.condition(condition, scope);
            let (inner, mut stmts) = self.narrow_block(condition, true, body, scope);
            stmts.append(&mut self.block(body, &inner));
            tested.push((test, stmts));
        }
        let last = match (arms, otherwise) {
            ([(condition, _)], Some(body)) => {
                let (inner, mut stmts) = self.narrow_block(condition, false, body, scope);
                stmts.append(&mut self.block(body, &inner));
                stmts
            }
            (_, body) => body.map(|body| self.block(body, scope)).unwrap_or_default(),
        };
        tested.into_iter().rev().fold(last, |otherwise, (condition, body)| vec![Stmt::If(condition, body, otherwise)])
    }

    /// A pipeline that ends in an RDD shows it.
    fn expr_stmt(&mut self, expr: &'a ast::Expr, level: Level, scope: &Scope<'a>, out: &mut Vec<Stmt>) {
        let value = match self.range_head(expr, scope) {
            Some(range) => range,
            None => self.value(expr, None, scope, out),
        };
        let ty = self.infer.resolve(&value.ty);
        if level == Level::Main && !matches!(ty, Ty::Error) && ty != Ty::unit() {
            self.lets.push(("_".into(), ty.clone()));
        }
        match ty {
            Ty::Rdd(_) => {
                let kept =
                    matches!(&value.kind, ExprKind::Core(CoreOp::Unpersist | CoreOp::Persist | CoreOp::SetName, _));
                if kept {
                    out.push(Stmt::Do(value));
                    return;
                }
                let span = value.span;
                let show = self.node(ExprKind::Core(CoreOp::Show, vec![Arg::Value(value)]), Ty::unit(), span);
                out.push(Stmt::Do(show));
            }
            ty => {
                if ty != Ty::unit() && ty != Ty::Error {
                    let found = self.show(&ty);
                    self.report(scope, errors::unused_value(expr.span, &found));
                }
                out.push(Stmt::Do(value));
            }
        }
    }
}

/// Whether a call of `range` asks for a number of partitions, as only an RDD has them.
fn has_slices(value: &ast::Expr) -> bool {
    let (ast::ExprKind::Call(_, args) | ast::ExprKind::Command(_, args)) = &value.kind else { return true };
    args.len() > 3 || args.iter().any(|arg| arg.name.is_some())
}
