//! Small plans for the tests of passes.

use std::sync::Arc;

use crate::base::source::{FileId, Span};
use crate::hir::{Expr, ExprKind, Lambda, LocalId};
use crate::plan::func::Func;
use crate::plan::node::{Action, Combine, Keys, Node, NodeId, Plan, SourceId, StepOp};
use crate::plan::part::Storage;
use crate::plan::print::print_plan;
use crate::runtime::call::prim::Prim;
use crate::types::ty::Ty;

use super::{Optimised, optimise, print_log};

/// A place in no file.
pub(super) const SPAN: Span = Span { file: FileId(0), start: 0, end: 0 };

/// An expression.
pub(super) fn expr(kind: ExprKind, ty: Ty) -> Expr {
    Expr { kind, ty, span: SPAN }
}

/// A variable.
pub(super) fn local(id: u32, ty: Ty) -> Expr {
    expr(ExprKind::Local(LocalId(id)), ty)
}

/// A component.
pub(super) fn field(tuple: Expr, at: usize) -> Expr {
    let ty = tuple.ty.components().unwrap()[at].clone();
    expr(ExprKind::Field(Box::new(tuple), at), ty)
}

/// A tuple.
pub(super) fn tuple(items: Vec<Expr>) -> Expr {
    let ty = Ty::Tuple(items.iter().map(|item| item.ty.clone()).collect());
    expr(ExprKind::Tuple(items), ty)
}

/// An int.
pub(super) fn int(n: i64) -> Expr {
    expr(ExprKind::Int(n), Ty::Int)
}

/// A truth value.
pub(super) fn bool(b: bool) -> Expr {
    expr(ExprKind::Bool(b), Ty::Bool)
}

/// A text.
pub(super) fn text(text: &str) -> Expr {
    expr(ExprKind::Str(Arc::from(text)), Ty::Str)
}

/// A primitive that gives an int.
pub(super) fn prim(prim: Prim, a: Expr, b: Expr) -> Expr {
    expr(ExprKind::Prim(prim, vec![a, b]), Ty::Int)
}

/// A function of one parameter, variable 0.
pub(super) fn func(body: Expr) -> Func {
    Func::closed(Lambda { params: vec![LocalId(0)], body })
}

/// A plan under construction.
#[derive(Default)]
pub(super) struct Job {
    pub(super) plan: Plan,
}

impl Job {
    pub(super) fn source(&mut self, elem: Ty, partitions: usize) -> NodeId {
        self.plan.source(SourceId(0), "source".into(), elem, partitions, SPAN)
    }

    pub(super) fn map(&mut self, input: NodeId, body: Expr) -> NodeId {
        let ty = body.ty.clone();
        self.plan.step(input, StepOp::Map(func(body)), ty, Keys::MayChange, SPAN)
    }

    pub(super) fn filter(&mut self, input: NodeId) -> NodeId {
        let elem = self.plan.nodes[input].elem.clone();
        self.plan.step(input, StepOp::Filter(func(bool(true))), elem, Keys::Stay, SPAN)
    }

    pub(super) fn partition_by(&mut self, input: NodeId, n: i64) -> NodeId {
        self.plan.partition_by(input, Some(n), SPAN).unwrap()
    }

    pub(super) fn sum(&mut self, input: NodeId, n: i64) -> NodeId {
        let plus = || {
            let body = prim(Prim::IAdd, local(0, Ty::Int), local(1, Ty::Int));
            Func::closed(Lambda { params: vec![LocalId(0), LocalId(1)], body })
        };
        let create = func(local(0, Ty::Int));
        let combine = Combine { create, merge_value: plus(), merge_combiners: plus(), map_side: false };
        self.plan.combine(input, combine, Ty::Int, (Some(n), None), SPAN).unwrap()
    }

    pub(super) fn cogroup(&mut self, left: NodeId, right: NodeId, n: i64) -> NodeId {
        self.plan.cogroup(left, right, Some(n), SPAN).unwrap()
    }

    /// The plan after one pass, for `collect`.
    pub(super) fn after(&self, root: NodeId, pass: &str) -> Optimised {
        let off: Vec<String> =
            super::PASSES.iter().filter(|other| other.name != pass).map(|other| other.name.to_owned()).collect();
        optimise(&self.plan, root, &Action::Collect, &off, &NOTHING)
    }
}

/// A plan as text, without places.
pub(super) fn shown(plan: &Plan, root: NodeId) -> String {
    let mut sources = crate::base::source::Sources::default();
    sources.add("test", "");
    print_plan(plan, root, &sources).replace("  @ 1:1", "")
}

/// The notes of passes, without places.
pub(super) fn logged(optimised: &Optimised) -> String {
    let mut sources = crate::base::source::Sources::default();
    sources.add("test", "");
    print_log(optimised, &sources).replace("1:1  ", "")
}

/// `(int, int)`
pub(super) fn ints() -> Ty {
    Ty::pair(Ty::Int, Ty::Int)
}

/// The node whose output is at hand, and the one whose output is used again.
pub(super) struct Outputs {
    pub(super) at_hand: Option<NodeId>,
    pub(super) used_again: Option<NodeId>,
}

/// There is nothing from other actions, or for them.
pub(super) const NOTHING: Outputs = Outputs { at_hand: None, used_again: None };

impl Storage for Outputs {
    fn at_hand(&self, node: &Node) -> bool {
        self.at_hand == Some(node.rdd.node())
    }

    fn used_again(&self, node: &Node) -> bool {
        self.used_again == Some(node.rdd.node())
    }
}

/// An expression as text.
pub(super) fn show_expr(expr: &Expr) -> String {
    let all = |items: &[Expr]| items.iter().map(show_expr).collect::<Vec<_>>().join(", ");
    match &expr.kind {
        ExprKind::Int(n) => n.to_string(),
        ExprKind::Float(x) => format!("{x:?}"),
        ExprKind::Bool(b) => if *b { "True" } else { "False" }.into(),
        ExprKind::Str(text) => format!("{text:?}"),
        ExprKind::Local(LocalId(id)) => format!("v{id}"),
        ExprKind::Tuple(items) => format!("({})", all(items)),
        ExprKind::Field(of, at) => format!("{}.{at}", show_expr(of)),
        ExprKind::None => "None".into(),
        ExprKind::Some(inner) => format!("Some({})", show_expr(inner)),
        ExprKind::IfSome(of, LocalId(id), a, b) => {
            format!("if v{id} = {} then {} else {}", show_expr(of), show_expr(a), show_expr(b))
        }
        ExprKind::List(items) => format!("[{}]", all(items)),
        ExprKind::If(c, a, b) => format!("if {} then {} else {}", show_expr(c), show_expr(a), show_expr(b)),
        ExprKind::And(a, b) => format!("({} and {})", show_expr(a), show_expr(b)),
        ExprKind::Or(a, b) => format!("({} or {})", show_expr(a), show_expr(b)),
        ExprKind::Let(LocalId(id), bound, body) => format!("let v{id} = {} in {}", show_expr(bound), show_expr(body)),
        ExprKind::Prim(prim, args) => format!("{prim:?}({})", all(args)),
        ExprKind::Call(func, _, args) => format!("{}({})", func.name, all(args)),
        ExprKind::Loop(op, args, lambda) => {
            let params: Vec<_> = lambda.params.iter().map(|LocalId(id)| format!("v{id}")).collect();
            format!("{op:?}({}, {} -> {})", all(args), params.join(", "), show_expr(&lambda.body))
        }
        ExprKind::Core(op, _) => format!("{op:?}"),
    }
}
