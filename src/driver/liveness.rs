//! Which variables of the driver are used where, so that what no later statement needs is let go.

use std::collections::HashMap;

use crate::hir::walk::each_expr;
use crate::hir::{Expr, ExprKind, LocalId, Stmt};

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
            each_expr(std::slice::from_ref(stmt), &mut |expr| uses.expr(expr, at));
        }
        uses
    }

    /// Whether a variable is used in a top-level statement from `from` on.
    pub(super) fn used_from(&self, local: LocalId, from: usize) -> bool {
        self.last.get(&local).is_some_and(|last| *last >= from)
    }

    fn expr(&mut self, expr: &Expr, at: usize) {
        expr.each(&mut |expr| {
            if let ExprKind::Local(local) = expr.kind {
                self.last.insert(local, at);
            }
        });
    }
}
