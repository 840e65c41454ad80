//! Functions of elements, as passes see them: where they are in a plan, what is constant, what may be dropped.

use crate::base::source::Span;
use crate::hir::{Expr, ExprKind, LoopOp, Props};
use crate::plan::func::Func;
use crate::plan::node::{Action, Combine, NodeKind, Place, StepOp, Wide};

/// Visits the functions of a node with the places of their operators.
pub(super) fn each_func(kind: &mut NodeKind, span: Span, visit: &mut dyn FnMut(&mut Func, Span)) {
    match kind {
        NodeKind::Narrow { steps, .. } => {
            for step in steps {
                match &mut step.op {
                    StepOp::Map(func) | StepOp::Filter(func) | StepOp::FlatMap(func) => visit(func, step.span),
                    StepOp::SampleBy { fraction, .. } => visit(fraction, step.span),
                    StepOp::Sample { .. } | StepOp::Number(_) => {}
                }
            }
        }
        NodeKind::MapPartitions { func, .. } => visit(func, span),
        NodeKind::Shuffle { place, wide, .. } => {
            match place {
                Place::Custom(func) => visit(func, span),
                Place::Hash | Place::Range { .. } | Place::RoundRobin | Place::Here => {}
            }
            match wide {
                Wide::Combine(Combine { create, merge_value, merge_combiners, .. }) => {
                    [create, merge_value, merge_combiners].into_iter().for_each(|func| visit(func, span));
                }
                Wide::Keep | Wide::Group | Wide::Sort { .. } => {}
            }
        }
        NodeKind::Source { .. } | NodeKind::Coalesce { .. } | NodeKind::Union { .. } | NodeKind::Zip { .. } => {}
        NodeKind::Cartesian { .. } | NodeKind::CoGroup { .. } | NodeKind::Cache { .. } => {}
    }
}

/// Visits the functions of an action.
pub(super) fn each_func_of_action(action: &mut Action, visit: &mut dyn FnMut(&mut Func)) {
    match action {
        Action::TakeOrdered { key: func, .. } | Action::Reduce(func) | Action::Foreach(func) | Action::Show(func) => {
            visit(func);
        }
        Action::Save { row, .. } => row.iter_mut().for_each(visit),
        Action::Aggregate { seq, comb, .. } => [seq, comb].into_iter().for_each(visit),
        Action::Collect | Action::Count | Action::Take(_) => {}
    }
}

/// Whether an expression may be left out: it raises no row error and does nothing besides its result.
pub fn droppable(expr: &Expr) -> bool {
    keeps_to(expr, &|props| props.has(Props::TOTAL) && !props.has(Props::EFFECT))
}

/// Whether an expression may raise a row error.
pub(super) fn may_fail(expr: &Expr) -> bool {
    !keeps_to(expr, &|props| props.has(Props::TOTAL))
}

/// Whether no primitive of an expression can fail and all calls have the properties.
fn keeps_to(expr: &Expr, allowed: &dyn Fn(Props) -> bool) -> bool {
    !expr.any(&|expr| match &expr.kind {
        ExprKind::Prim(prim, _) => prim.can_fail(),
        ExprKind::Call(_, props, _) => !allowed(*props),
        ExprKind::Core(..) => true,
        ExprKind::Loop(LoopOp::Map | LoopOp::Filter | LoopOp::FlatMap | LoopOp::Fold, ..) => false,
        ExprKind::Int(_) | ExprKind::Float(_) | ExprKind::Bool(_) | ExprKind::Str(_) | ExprKind::Local(_) => false,
        ExprKind::Tuple(_) | ExprKind::Field(..) | ExprKind::None | ExprKind::Some(_) | ExprKind::IfSome(..) => false,
        ExprKind::List(_) | ExprKind::If(..) | ExprKind::And(..) | ExprKind::Or(..) | ExprKind::Let(..) => false,
    })
}
