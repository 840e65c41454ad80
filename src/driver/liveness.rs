//! Which variables of the driver are used where, so that what no later statement needs is let go.

use std::collections::HashMap;

use crate::hir::{Expr, ExprKind, LocalId, Stmt};
use crate::plan::func::each_child;

/// The last top-level statement that uses each variable; a loop's body counts as its statement.
#[derive(Debug, Default)]
pub(super) struct LastUses {
    last: HashMap<LocalId, usize>,
}

impl LastUses {
    /// The uses of a program.
    pub(super) fn of(body: &[Stmt]) -> Self {
        let mut uses = Self::default();
        for (at, stmt) in body.iter().enumerate() {
            uses.stmt(stmt, at);
        }
        uses
    }

    /// Whether a variable is used in a top-level statement from `from` on.
    pub(super) fn used_from(&self, local: LocalId, from: usize) -> bool {
        self.last.get(&local).is_some_and(|last| *last >= from)
    }

    fn stmt(&mut self, stmt: &Stmt, at: usize) {
        match stmt {
            Stmt::Set(_, expr) | Stmt::Do(expr) => self.expr(expr, at),
            Stmt::For(_, expr, body) | Stmt::While(expr, body) => {
                self.expr(expr, at);
                body.iter().for_each(|stmt| self.stmt(stmt, at));
            }
            Stmt::If(expr, then, otherwise) => {
                self.expr(expr, at);
                then.iter().chain(otherwise).for_each(|stmt| self.stmt(stmt, at));
            }
        }
    }

    fn expr(&mut self, expr: &Expr, at: usize) {
        if let ExprKind::Local(local) = expr.kind {
            self.last.insert(local, at);
        }
        each_child(expr, &mut |child| stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.expr(child, at)));
    }
}
