//! Lowers steps of the plan to kernels.
//!
//! `flatMap f | filter p | map g` on a row becomes one function: call `f` inline, loop over its list, guard by `p`, emit
//! `g`. Functions are inlined by `kir::build`; nothing here knows what they compute.

#![expect(clippy::wildcard_enum_match_arm, reason = "asks for a few of the many forms of expressions and types")]

use std::sync::Arc;

use crate::base::source::Span;
use crate::hir::walk::deeper;
use crate::hir::{Expr, ExprKind, LoopOp, Props};
use crate::kir::build::{Builder, Capture, Regs};
use crate::kir::{Inst, Kind, Reg};
use crate::plan::func::Func;
use crate::plan::node::{Combine, Step, StepOp};
use crate::plan::print::print_steps;
use crate::runtime::call::abi::RtFn;
use crate::runtime::spark::kernel;
use crate::runtime::value::datum::Datum;
use crate::types::ty::Ty;

use super::steady::fails_at_first;
use super::{CombineKernels, Kernel, StateSpec};

/// Lowers a chain of steps on rows of a type; `state` gives the state of a sampling or numbering step. Kernels before it in
/// the pipeline have the slots up to `first_slot`.
pub fn lower_steps(
    row: &Ty,
    steps: &[Step],
    mut state: impl FnMut(&StepOp) -> StateSpec,
    first_slot: usize,
    span: Span,
) -> Kernel {
    let mut chain = Chain { b: Builder::new(), loops: Vec::new(), states: Vec::new(), first_slot };
    let params = chain.b.regs_of(row);
    let (mut current, mut ty) = (params.clone(), row.clone());
    for (scope, step) in steps.iter().enumerate() {
        chain.b.enter(scope);
        current = chain.step(step, current, &ty, &mut state);
        ty = step.elem.clone();
    }
    chain.b.push(Inst::Emit { regs: current });
    for (index, len) in chain.loops.into_iter().rev() {
        chain.b.close_for(index, len);
    }
    let (func, captures) = chain.b.finish(print_steps(steps), params, ty.shape());
    let funcs: Vec<_> = steps.iter().map(|step| func_of(&step.op)).collect();
    let captures = captures.iter().map(|capture| captured(&funcs, capture)).collect();
    Kernel { func, captures, states: chain.states, span }
}

struct Chain {
    b: Builder,
    loops: Vec<(Reg, Reg)>,
    states: Vec<StateSpec>,
    first_slot: usize,
}

impl Chain {
    fn step(&mut self, step: &Step, row: Regs, ty: &Ty, state: &mut impl FnMut(&StepOp) -> StateSpec) -> Regs {
        match &step.op {
            StepOp::Map(func) => self.apply(func, row, ty),
            StepOp::Filter(func) => {
                let cond = self.apply(func, row.clone(), ty)[0];
                self.b.push(Inst::Guard { cond });
                row
            }
            StepOp::FlatMap(func) => {
                self.bind(func, row, ty);
                self.each(&func.lambda.body)
            }
            StepOp::Sample { .. } => {
                let copies = self.stateful(kernel::COPIES, state(&step.op), None, step.span);
                self.repeated(copies, row)
            }
            StepOp::SampleBy { fraction, .. } => {
                let fraction = self.apply(fraction, row.clone(), ty)[0];
                let copies = self.stateful(kernel::COPIES_AT, state(&step.op), Some(fraction), step.span);
                self.repeated(copies, row)
            }
            StepOp::Number(_) => {
                let number = self.stateful(kernel::NEXT, state(&step.op), None, step.span);
                row.into_iter().chain([number]).collect()
            }
        }
    }

    /// Instructions that are pushed after this run so many times with the row.
    fn repeated(&mut self, copies: Reg, row: Regs) -> Regs {
        let index = self.b.reg(Kind::Int);
        self.b.open();
        self.loops.push((index, copies));
        row
    }

    /// Applies a function to a row.
    fn apply(&mut self, func: &Func, row: Regs, ty: &Ty) -> Regs {
        self.bind(func, row, ty);
        self.b.expr(&func.lambda.body)
    }

    /// Binds the parameters of a function to a row; one with several parameters takes the row's components.
    fn bind(&mut self, func: &Func, row: Regs, ty: &Ty) {
        let args = if func.lambda.params.len() == 1 { vec![row] } else { split(&row, ty) };
        func.lambda.params.iter().zip(args).for_each(|(param, regs)| self.b.bind(*param, regs));
    }

    /// The elements of a list one by one: what is pushed after this runs once for each. Loops that make the list become
    /// loops around that, and the list is not made: a list of all pairs of two lists would be large.
    ///
    /// Elements then come before all of them are computed, so this is done only where computing one has no effect and fails
    /// for the first one if at all; else a `take` could have its rows before the list fails.
    fn each(&mut self, list: &Expr) -> Regs {
        deeper(|| self.each_here(list))
    }

    fn each_here(&mut self, list: &Expr) -> Regs {
        match &list.kind {
            ExprKind::Let(local, bound, body) => {
                let regs = self.b.expr(bound);
                self.b.bind(*local, regs);
                self.each(body)
            }
            ExprKind::If(cond, then, otherwise) if is_empty(otherwise) => {
                let cond = self.b.expr(cond)[0];
                self.b.push(Inst::Guard { cond });
                self.each(then)
            }
            ExprKind::IfSome(option, local, then, otherwise) if is_empty(otherwise) => {
                let regs = self.b.expr(option);
                self.b.push(Inst::Guard { cond: regs[0] });
                self.b.bind(*local, regs[1..].to_vec());
                self.each(then)
            }
            ExprKind::List(items) if items.len() == 1 => self.b.expr(&items[0]),
            ExprKind::Loop(LoopOp::Map, args, lambda) if fails_at_first(&lambda.body, &lambda.params) => {
                let item = self.each(&args[0]);
                self.b.apply(lambda, vec![item])
            }
            ExprKind::Loop(LoopOp::Filter, args, lambda) if fails_at_first(&lambda.body, &lambda.params) => {
                let item = self.each(&args[0]);
                let cond = self.b.apply(lambda, vec![item.clone()])[0];
                self.b.push(Inst::Guard { cond });
                item
            }
            ExprKind::Loop(LoopOp::FlatMap, args, lambda) if fails_at_first(&lambda.body, &lambda.params) => {
                let item = self.each(&args[0]);
                self.b.bind(lambda.params[0], item);
                self.each(&lambda.body)
            }
            _ => self.each_of_made(list),
        }
    }

    /// The elements of a list that is made first.
    fn each_of_made(&mut self, list: &Expr) -> Regs {
        let Ty::List(elem) = &list.ty else { unreachable!("elements of {}", list.ty) };
        let list = self.b.expr(list)[0];
        let (len, index) = (self.b.list_len(list), self.b.reg(Kind::Int));
        self.b.open();
        self.loops.push((index, len));
        self.b.list_item(list, index, elem)
    }

    /// Calls a function of a state of this kernel, which may take a fraction.
    fn stateful(&mut self, func: &'static RtFn, state: StateSpec, fraction: Option<Reg>, span: Span) -> Reg {
        let slot = self.b.int((self.first_slot + self.states.len()) as i64);
        self.states.push(state);
        let fraction = fraction.map(|reg| (vec![reg], &Ty::Float));
        let args: Vec<_> = std::iter::once((vec![slot], &Ty::Int)).chain(fraction).collect();
        self.b.call(func, &args, &Ty::Int, Props::TOTAL.and(Props::STATEFUL), span)[0]
    }
}

fn is_empty(list: &Expr) -> bool {
    matches!(&list.kind, ExprKind::List(items) if items.is_empty())
}

/// The register groups of a tuple's components.
fn split(regs: &[Reg], ty: &Ty) -> Vec<Regs> {
    let mut rest = regs;
    let components = ty.components().expect("functions of several parameters take tuples");
    let take = |ty: &&Ty| {
        let (head, tail) = rest.split_at(ty.shape().words());
        rest = tail;
        head.to_vec()
    };
    components.iter().map(take).collect()
}

/// Lowers a function of several values to a kernel that emits its result.
pub fn lower_func(name: &str, func: &Func, params: &[&Ty], span: Span) -> Kernel {
    let mut b = Builder::new();
    let args: Vec<Regs> = params.iter().map(|ty| b.regs_of(ty)).collect();
    let all = args.concat();
    let regs = b.apply(&func.lambda, args);
    b.push(Inst::Emit { regs });
    let (code, captures) = b.finish(name, all, func.lambda.body.ty.shape());
    let captures = captures.iter().map(|capture| captured(&[Some(func)], capture)).collect();
    Kernel { func: code, captures, states: Vec::new(), span }
}

/// Lowers an expression of the driver to a kernel that emits its value; `value` gives the driver's variables.
pub fn lower_expr(expr: &Expr, value: impl Fn(crate::hir::LocalId) -> Arc<Datum>) -> Kernel {
    let mut b = Builder::new();
    let regs = b.expr(expr);
    b.push(Inst::Emit { regs });
    let (func, captures) = b.finish("driver", Vec::new(), expr.ty.shape());
    let captures = captures.iter().map(|capture| value(capture.local)).collect();
    Kernel { func, captures, states: Vec::new(), span: expr.span }
}

/// Lowers the functions of a combine.
pub fn lower_combine(combine: &Combine, key: &Ty, value: &Ty, state: &Ty, span: Span) -> CombineKernels {
    CombineKernels {
        key: key.clone(),
        value: value.clone(),
        state: state.clone(),
        create: lower_func("create", &combine.create, &[value], span),
        merge_value: lower_func("merge value", &combine.merge_value, &[state, value], span),
        merge_combiners: lower_func("merge combiners", &combine.merge_combiners, &[state, state], span),
    }
}

fn func_of(op: &StepOp) -> Option<&Func> {
    match op {
        StepOp::Map(func) | StepOp::Filter(func) | StepOp::FlatMap(func) => Some(func),
        StepOp::SampleBy { fraction, .. } => Some(fraction),
        StepOp::Sample { .. } | StepOp::Number(_) => None,
    }
}

fn captured(funcs: &[Option<&Func>], capture: &Capture) -> Arc<Datum> {
    let func = funcs[capture.scope].expect("only functions capture");
    func.captures.get(&capture.local).expect("free locals are captured when the plan is built").clone()
}
