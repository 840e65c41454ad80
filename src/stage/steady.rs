//! Whether the body of a loop may run in between what is done with its results.
//!
//! `pages.map(p -> (p, rank / len(pages)))` divides for each page, but the same numbers: if that fails, it fails for the
//! first page, before anything was done with a result. So a list of results need not be made before the first is used.
//!
//! A body will do if it has no effect, and what may fail in it neither sees the loop's variables nor waits for a condition.

use std::collections::HashSet;

use crate::hir::{Expr, ExprKind, LocalId, LoopOp, Props};
use crate::opt::droppable;

/// Whether a body with these variables fails the first time, if it fails at all, and has no effect.
pub(super) fn fails_at_first(body: &Expr, variables: &[LocalId]) -> bool {
    droppable(body) || Steady { varying: variables.iter().copied().collect() }.holds(body)
}

struct Steady {
    /// The loop's variables, and what is made of them.
    varying: HashSet<LocalId>,
}

impl Steady {
    fn holds(&mut self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Let(local, bound, body) => {
                if self.varies(bound) {
                    self.varying.insert(*local);
                }
                self.holds(bound) && self.holds(body)
            }
            ExprKind::If(cond, then, otherwise) => self.holds(cond) && droppable(then) && droppable(otherwise),
            ExprKind::And(first, second) | ExprKind::Or(first, second) => self.holds(first) && droppable(second),
            ExprKind::IfSome(option, _, then, otherwise) => {
                self.holds(option) && droppable(then) && droppable(otherwise)
            }
            ExprKind::Loop(LoopOp::Map | LoopOp::Filter | LoopOp::FlatMap | LoopOp::Fold, args, lambda) => {
                self.all_hold(args) && droppable(&lambda.body)
            }
            ExprKind::Prim(prim, args) => self.all_hold(args) && (!prim.can_fail() || !self.varies(expr)),
            ExprKind::Call(_, props, args) => {
                let total = props.has(Props::TOTAL) || !self.varies(expr);
                !props.has(Props::EFFECT) && total && self.all_hold(args)
            }
            ExprKind::Tuple(items) | ExprKind::List(items) => self.all_hold(items),
            ExprKind::Field(inner, _) | ExprKind::Some(inner) => self.holds(inner),
            ExprKind::Int(_) | ExprKind::Float(_) | ExprKind::Bool(_) | ExprKind::Str(_) => true,
            ExprKind::Local(_) | ExprKind::None => true,
            ExprKind::Core(..) => false,
        }
    }

    fn all_hold(&mut self, all: &[Expr]) -> bool {
        all.iter().all(|expr| self.holds(expr))
    }

    /// Whether an expression sees the loop's variables.
    fn varies(&self, expr: &Expr) -> bool {
        expr.any(&|expr| matches!(expr.kind, ExprKind::Local(local) if self.varying.contains(&local)))
    }
}
