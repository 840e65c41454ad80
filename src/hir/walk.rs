//! The walks over expressions. A layer says what it does at an expression; how to get to those within is known here.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for the few of many forms of expressions that bind or read variables"
)]

use super::{Arg, Expr, ExprKind, Lambda, LocalId, Stmt};

/// Runs a level of a walk with enough stack: expressions may be deep.
pub fn deeper<T>(level: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(128 * 1024, 2 * 1024 * 1024, level)
}

impl Expr {
    /// Visits the direct subexpressions, bodies of lambdas included.
    pub fn each_child<'e>(&'e self, visit: &mut dyn FnMut(&'e Self)) {
        match &self.kind {
            ExprKind::Int(_) | ExprKind::Float(_) | ExprKind::Bool(_) | ExprKind::Str(_) => {}
            ExprKind::Local(_) | ExprKind::None => {}
            ExprKind::Field(a, _) | ExprKind::Some(a) => visit(a),
            ExprKind::And(a, b) | ExprKind::Or(a, b) | ExprKind::Let(_, a, b) => {
                [a, b].into_iter().for_each(|e| visit(e));
            }
            ExprKind::IfSome(a, _, b, c) | ExprKind::If(a, b, c) => [a, b, c].into_iter().for_each(|e| visit(e)),
            ExprKind::Tuple(items) | ExprKind::List(items) | ExprKind::Prim(_, items) | ExprKind::Call(_, _, items) => {
                items.iter().for_each(visit);
            }
            ExprKind::Loop(_, items, lambda) => {
                items.iter().for_each(&mut *visit);
                visit(&lambda.body);
            }
            ExprKind::Core(_, args) => args.iter().for_each(|arg| match arg {
                Arg::Value(expr) => visit(expr),
                Arg::Func(lambda) => visit(&lambda.body),
            }),
        }
    }

    /// Visits the direct subexpressions, to change them.
    pub fn each_child_mut(&mut self, visit: &mut dyn FnMut(&mut Self)) {
        match &mut self.kind {
            ExprKind::Int(_) | ExprKind::Float(_) | ExprKind::Bool(_) | ExprKind::Str(_) => {}
            ExprKind::Local(_) | ExprKind::None => {}
            ExprKind::Field(a, _) | ExprKind::Some(a) => visit(a),
            ExprKind::And(a, b) | ExprKind::Or(a, b) | ExprKind::Let(_, a, b) => {
                [a, b].into_iter().for_each(|e| visit(e));
            }
            ExprKind::IfSome(a, _, b, c) | ExprKind::If(a, b, c) => [a, b, c].into_iter().for_each(|e| visit(e)),
            ExprKind::Tuple(items) | ExprKind::List(items) | ExprKind::Prim(_, items) | ExprKind::Call(_, _, items) => {
                items.iter_mut().for_each(visit);
            }
            ExprKind::Loop(_, items, lambda) => {
                items.iter_mut().for_each(&mut *visit);
                visit(&mut lambda.body);
            }
            ExprKind::Core(_, args) => args.iter_mut().for_each(|arg| match arg {
                Arg::Value(expr) => visit(expr),
                Arg::Func(lambda) => visit(&mut lambda.body),
            }),
        }
    }

    /// Visits the expression and all within it, outermost first.
    pub fn each<'e>(&'e self, visit: &mut dyn FnMut(&'e Self)) {
        visit(self);
        self.each_child(&mut |child| deeper(|| child.each(visit)));
    }

    /// Visits the expression and all within it, outermost first, to change them.
    pub fn each_mut(&mut self, visit: &mut dyn FnMut(&mut Self)) {
        visit(self);
        self.each_child_mut(&mut |child| deeper(|| child.each_mut(visit)));
    }

    /// Whether the test holds for the expression or for one within it.
    pub fn any(&self, test: &dyn Fn(&Self) -> bool) -> bool {
        let mut found = test(self);
        self.each_child(&mut |child| found = found || deeper(|| child.any(test)));
        found
    }
}

impl Lambda {
    /// The variables that it uses and does not bind itself.
    pub fn free_locals(&self) -> Vec<LocalId> {
        let (mut used, mut bound) = (Vec::new(), self.params.clone());
        self.body.each(&mut |expr| match &expr.kind {
            ExprKind::Local(local) => used.push(*local),
            ExprKind::Let(local, ..) | ExprKind::IfSome(_, local, ..) => bound.push(*local),
            ExprKind::Loop(_, _, lambda) => bound.extend(&lambda.params),
            _ => {}
        });
        used.retain(|local| !bound.contains(local));
        used.sort();
        used.dedup();
        used
    }

    /// Visits all variables in it where they are bound and where they are read, outermost first, to change them.
    pub fn each_local_mut(&mut self, visit: &mut dyn FnMut(&mut LocalId)) {
        self.params.iter_mut().for_each(&mut *visit);
        self.body.each_mut(&mut |expr| match &mut expr.kind {
            ExprKind::Local(local) | ExprKind::Let(local, ..) | ExprKind::IfSome(_, local, ..) => visit(local),
            ExprKind::Loop(_, _, lambda) => lambda.params.iter_mut().for_each(&mut *visit),
            _ => {}
        });
    }
}

/// Visits the expressions of statements, those of their bodies included.
pub fn each_expr<'s>(body: &'s [Stmt], visit: &mut dyn FnMut(&'s Expr)) {
    for stmt in body {
        match stmt {
            Stmt::Set(_, expr) | Stmt::Do(expr) => visit(expr),
            Stmt::For(_, expr, body) | Stmt::While(expr, body) => {
                visit(expr);
                each_expr(body, visit);
            }
            Stmt::If(expr, then, otherwise) => {
                visit(expr);
                each_expr(then, visit);
                each_expr(otherwise, visit);
            }
        }
    }
}

/// Visits the expressions of statements, to change them.
pub fn each_expr_mut(body: &mut [Stmt], visit: &mut dyn FnMut(&mut Expr)) {
    for stmt in body {
        match stmt {
            Stmt::Set(_, expr) | Stmt::Do(expr) => visit(expr),
            Stmt::For(_, expr, body) | Stmt::While(expr, body) => {
                visit(expr);
                each_expr_mut(body, visit);
            }
            Stmt::If(expr, then, otherwise) => {
                visit(expr);
                each_expr_mut(then, visit);
                each_expr_mut(otherwise, visit);
            }
        }
    }
}
