//! The parts of its parameters that a function reads, given those of its result that are read; on the way, a part that
//! nothing reads is not computed.
//!
//! `(k, (a, b)) -> (k, a)` whose result is looked at as a whole looks at `k` and `a`. In `x -> (x, upper(x))` of whose
//! result only the first component is looked at, `upper(x)` becomes `""`: it is `TOTAL` and without effect. An
//! expression that may fail or has an effect stays, and reads all that it uses.

use std::collections::HashMap;

use crate::hir::walk::deeper;
use crate::hir::{Expr, ExprKind, Lambda, LocalId, LoopOp, Props};
use crate::plan::func::Func;
use crate::types::ty::Ty;

use super::lambda::droppable;
use super::need::{Need, default};

/// The parts of each parameter that a function reads, given those of its result that are read; how much less it
/// computes now.
pub(super) fn params(func: &mut Func, need: &Need) -> (Vec<Need>, usize) {
    let mut lambda = Lambda::clone(&func.lambda);
    let mut walk = Walk { needs: HashMap::new(), dropped: 0 };
    walk.expr(&mut lambda.body, need);
    let needs = lambda.params.iter().map(|param| walk.unbind(*param)).collect();
    if walk.dropped > 0 {
        *func = func.with(lambda);
    }
    (needs, walk.dropped)
}

/// The walk over one function, from the result backwards.
struct Walk {
    /// The needed parts of each variable, as far as they are known. A variable that is still read has an entry.
    needs: HashMap<LocalId, Need>,
    /// Computations that were left out.
    dropped: usize,
}

impl Walk {
    fn expr(&mut self, expr: &mut Expr, need: &Need) {
        deeper(|| {
            if *need == Need::Nothing && self.leave_out(expr) {
                return;
            }
            self.here(expr, need);
        });
    }

    /// Puts a made-up value in the place of one that nobody looks at.
    fn leave_out(&mut self, expr: &mut Expr) -> bool {
        let Some(made_up) = default(&expr.ty, expr.span).filter(|_| droppable(expr)) else { return false };
        if computes(expr) {
            self.dropped += 1;
        }
        *expr = made_up;
        true
    }

    /// The rest is needed of a variable whose scope ends.
    fn unbind(&mut self, local: LocalId) -> Need {
        self.needs.remove(&local).unwrap_or(Need::Nothing)
    }

    fn read(&mut self, local: LocalId, need: &Need) {
        // An expression that could not be left out is read, for any purpose.
        let need = if *need == Need::Nothing { Need::All } else { need.clone() };
        let before = self.unbind(local);
        self.needs.insert(local, before.join(need));
    }

    fn here(&mut self, expr: &mut Expr, need: &Need) {
        match &mut expr.kind {
            ExprKind::Int(_) | ExprKind::Float(_) | ExprKind::Bool(_) | ExprKind::Str(_) | ExprKind::None => {}
            ExprKind::Local(local) => self.read(*local, need),
            ExprKind::Tuple(items) => {
                items.iter_mut().enumerate().for_each(|(at, item)| self.expr(item, &need.part(at)));
            }
            ExprKind::Field(tuple, at) => {
                let width = tuple.ty.components().map_or(0, |components| components.len());
                let mut parts = vec![Need::Nothing; width];
                parts[*at] = if *need == Need::Nothing { Need::All } else { need.clone() };
                self.expr(tuple, &Need::Parts(parts));
            }
            ExprKind::Some(inner) => self.expr(inner, &need.value()),
            ExprKind::List(items) => items.iter_mut().for_each(|item| self.expr(item, &need.items())),
            ExprKind::IfSome(option, local, then, otherwise) => {
                self.expr(then, need);
                self.expr(otherwise, need);
                let value = self.unbind(*local);
                self.expr(option, &Need::Value(Box::new(value)));
            }
            ExprKind::If(cond, then, otherwise) => {
                self.expr(then, need);
                self.expr(otherwise, need);
                self.expr(cond, &Need::All);
            }
            ExprKind::And(a, b) | ExprKind::Or(a, b) => [b, a].into_iter().for_each(|e| self.expr(e, &Need::All)),
            ExprKind::Let(..) => self.binding(expr, need),
            ExprKind::Call(_, props, args) => {
                let shallow = props.has(Props::SHALLOW);
                args.iter_mut().for_each(|arg| {
                    let need =
                        if shallow && matches!(arg.ty, Ty::List(_)) { Need::list(Need::Nothing) } else { Need::All };
                    self.expr(arg, &need);
                });
            }
            ExprKind::Loop(op, args, lambda) => self.looped(*op, args, lambda, need),
            ExprKind::Prim(..) | ExprKind::Core(..) => expr.each_child_mut(&mut |child| self.expr(child, &Need::All)),
        }
    }

    fn binding(&mut self, expr: &mut Expr, need: &Need) {
        let ExprKind::Let(local, bound, body) = &mut expr.kind else { return };
        self.expr(body, need);
        // No entry: nothing reads it any more.
        match self.needs.remove(local) {
            Some(needed) => self.expr(bound, &needed),
            None if droppable(bound) => {
                self.dropped += usize::from(computes(bound));
                let span = expr.span;
                let body = std::mem::replace(&mut **body, Expr::unit(span));
                *expr = body;
            }
            None => self.expr(bound, &Need::Nothing),
        }
    }

    fn looped(&mut self, op: LoopOp, args: &mut [Expr], lambda: &mut Lambda, need: &Need) {
        let result = match op {
            LoopOp::Map => need.items(),
            LoopOp::FlatMap => Need::list(need.items()),
            LoopOp::Filter | LoopOp::Fold => Need::All,
        };
        self.expr(&mut lambda.body, &result);
        let item = lambda.params.last().map_or(Need::All, |param| self.unbind(*param));
        let item = match op {
            LoopOp::Filter => item.join(need.items()),
            LoopOp::Map | LoopOp::FlatMap | LoopOp::Fold => item,
        };
        lambda.params.iter().for_each(|param| drop(self.unbind(*param)));
        args.iter_mut().skip(1).for_each(|start| self.expr(start, &Need::All));
        self.expr(&mut args[0], &Need::list(item));
    }
}

/// Whether an expression computes anything: constants, variables and components are there anyway.
fn computes(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Int(_) | ExprKind::Float(_) | ExprKind::Bool(_) | ExprKind::Str(_) | ExprKind::None => false,
        ExprKind::Local(_) => false,
        ExprKind::Field(inner, _) | ExprKind::Some(inner) => deeper(|| computes(inner)),
        ExprKind::Tuple(items) => items.iter().any(|item| deeper(|| computes(item))),
        ExprKind::IfSome(..) | ExprKind::List(_) | ExprKind::If(..) | ExprKind::And(..) | ExprKind::Or(..) => true,
        ExprKind::Let(..) | ExprKind::Prim(..) | ExprKind::Call(..) | ExprKind::Loop(..) | ExprKind::Core(..) => true,
    }
}
