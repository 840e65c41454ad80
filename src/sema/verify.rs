//! Laws of HIR, for tests: every expression has the type that its parts give it, every variable is bound once and before
//! its use, and the arguments of core operators are those that `hir` documents.

use std::collections::HashSet;

use crate::base::index::IndexVec;
use crate::hir::{Arg, CoreOp, Expr, ExprKind, Lambda, Local, LocalId, LoopOp, Program, Stmt};
use crate::runtime::call::abi::Kind;
use crate::runtime::call::prim::Prim;
use crate::types::ty::Ty;

/// The mistakes in a program.
pub(super) fn verify(program: &Program) -> Vec<String> {
    verify_from(program, 0)
}

/// The mistakes in a program whose text begins at some byte: no place is before it.
pub(super) fn verify_from(program: &Program, start: u32) -> Vec<String> {
    let mut laws =
        Laws { start, locals: &program.locals, bound: HashSet::new(), once: HashSet::new(), wrong: Vec::new() };
    for param in &program.params {
        if let Some(default) = &param.default {
            laws.same("default", &param.ty, &default.ty);
            laws.expr(default);
        }
        laws.bound.insert(param.local);
    }
    laws.stmts(&program.body);
    laws.wrong
}

struct Laws<'p> {
    start: u32,
    locals: &'p IndexVec<LocalId, Local>,
    bound: HashSet<LocalId>,
    /// Variables that expressions bind: each in one place.
    once: HashSet<LocalId>,
    wrong: Vec<String>,
}

impl Laws<'_> {
    fn same(&mut self, what: &str, a: &Ty, b: &Ty) {
        if a != b {
            self.wrong.push(format!("{what}: {a} and {b}"));
        }
    }

    fn bind(&mut self, local: LocalId, ty: &Ty) {
        let own = self.locals[local].ty.clone();
        self.same(&format!("variable {} {}", local.0, self.locals[local].name), &own, ty);
        if !self.once.insert(local) {
            self.wrong.push(format!("variable {} {} is bound twice", local.0, self.locals[local].name));
        }
        self.bound.insert(local);
    }

    fn stmts(&mut self, body: &[Stmt]) {
        for stmt in body {
            match stmt {
                Stmt::Set(local, value) => {
                    self.expr(value);
                    let own = self.locals[*local].ty.clone();
                    self.same(&format!("set {}", self.locals[*local].name), &own, &value.ty);
                    self.bound.insert(*local);
                }
                Stmt::Do(value) => self.expr(value),
                Stmt::For(local, list, body) => {
                    self.expr(list);
                    let own = Ty::list(self.locals[*local].ty.clone());
                    self.same("for", &own, &list.ty);
                    self.bound.insert(*local);
                    self.stmts(body);
                }
                Stmt::While(condition, body) => {
                    self.expr(condition);
                    self.stmts(body);
                }
                Stmt::If(condition, then, otherwise) => {
                    self.expr(condition);
                    self.stmts(then);
                    self.stmts(otherwise);
                }
            }
        }
    }

    fn all(&mut self, exprs: &[Expr]) {
        exprs.iter().for_each(|expr| self.expr(expr));
    }

    fn expr(&mut self, expr: &Expr) {
        stacker::maybe_grow(128 * 1024, 2 * 1024 * 1024, || self.node(expr));
    }

    fn node(&mut self, expr: &Expr) {
        let ty = &expr.ty;
        if expr.span.start < self.start {
            self.wrong.push(format!("{:?} is at byte {}", expr.kind, expr.span.start).chars().take(200).collect());
        }
        match &expr.kind {
            ExprKind::Int(_) => self.same("int", ty, &Ty::Int),
            ExprKind::Float(_) => self.same("float", ty, &Ty::Float),
            ExprKind::Bool(_) => self.same("bool", ty, &Ty::Bool),
            ExprKind::Str(_) => self.same("str", ty, &Ty::Str),
            ExprKind::Local(local) => {
                let own = self.locals[*local].ty.clone();
                self.same(&format!("read {}", self.locals[*local].name), ty, &own);
                if !self.bound.contains(local) {
                    self.wrong.push(format!("variable {} {} is not bound", local.0, self.locals[*local].name));
                }
            }
            ExprKind::Tuple(parts) => {
                self.all(parts);
                let tys = ty.components().unwrap_or_default();
                if tys.len() != parts.len() {
                    self.wrong.push(format!("tuple of {} parts is {ty}", parts.len()));
                }
                for (part, ty) in parts.iter().zip(tys) {
                    self.same("tuple", &part.ty, ty);
                }
            }
            ExprKind::Field(of, n) => {
                self.expr(of);
                match of.ty.components().and_then(|tys| tys.get(*n).copied()) {
                    Some(part) => self.same("field", ty, part),
                    None => self.wrong.push(format!("field {n} of {}", of.ty)),
                }
            }
            ExprKind::None => {
                if !matches!(ty, Ty::Option(_)) {
                    self.wrong.push(format!("None is {ty}"));
                }
            }
            ExprKind::Some(of) => {
                self.expr(of);
                self.same("some", ty, &Ty::option(of.ty.clone()));
            }
            ExprKind::IfSome(of, local, then, otherwise) => {
                self.expr(of);
                let inner = self.locals[*local].ty.clone();
                self.same("if some", &of.ty, &Ty::option(inner.clone()));
                self.bind(*local, &inner);
                self.expr(then);
                self.expr(otherwise);
                self.same("if some", ty, &then.ty);
                self.same("if some", ty, &otherwise.ty);
            }
            ExprKind::List(parts) => {
                self.all(parts);
                for part in parts {
                    self.same("list", ty, &Ty::list(part.ty.clone()));
                }
            }
            ExprKind::If(condition, then, otherwise) => {
                [condition, then, otherwise].into_iter().for_each(|part| self.expr(part));
                self.same("condition", &condition.ty, &Ty::Bool);
                self.same("if", ty, &then.ty);
                self.same("if", ty, &otherwise.ty);
            }
            ExprKind::And(a, b) | ExprKind::Or(a, b) => {
                for part in [a, b] {
                    self.expr(part);
                    self.same("and, or", &part.ty, &Ty::Bool);
                }
            }
            ExprKind::Let(local, bound, body) => {
                self.expr(bound);
                self.bind(*local, &bound.ty);
                self.expr(body);
                self.same("let", ty, &body.ty);
            }
            ExprKind::Prim(prim, args) => self.prim(*prim, args, ty),
            ExprKind::Call(func, _, args) => {
                self.all(args);
                if func.params.len() != args.len() {
                    self.wrong.push(format!("{} has {} arguments", func.name, args.len()));
                }
                for (kind, arg) in func.params.iter().zip(args) {
                    self.kind(func.name, *kind, &arg.ty);
                }
                self.kind(func.name, func.result, ty);
            }
            ExprKind::Loop(op, args, lambda) => self.looped(*op, args, lambda, ty),
            ExprKind::Core(op, args) => self.core(*op, args, ty),
        }
    }

    fn kind(&mut self, name: &str, kind: Kind, ty: &Ty) {
        let fits = match kind {
            Kind::Int => matches!(ty, Ty::Int | Ty::Counter),
            Kind::Float => *ty == Ty::Float,
            Kind::Bool => *ty == Ty::Bool,
            Kind::Str => *ty == Ty::Str,
            Kind::Any => !matches!(ty, Ty::Rdd(_) | Ty::Func(..) | Ty::Var(_) | Ty::Error),
            Kind::Unit => *ty == Ty::unit(),
        };
        if !fits {
            self.wrong.push(format!("{name}: {ty} as {kind:?}"));
        }
    }

    fn prim(&mut self, prim: Prim, args: &[Expr], ty: &Ty) {
        self.all(args);
        let (of, gives) = match prim {
            Prim::IAdd | Prim::ISub | Prim::IMul | Prim::IFloorDiv | Prim::IMod | Prim::INeg => (Ty::Int, Ty::Int),
            Prim::IToF => (Ty::Int, Ty::Float),
            Prim::ILt | Prim::ILe => (Ty::Int, Ty::Bool),
            Prim::IEq | Prim::INe => (args[0].ty.clone(), Ty::Bool),
            Prim::FAdd | Prim::FSub | Prim::FMul | Prim::FDiv | Prim::FNeg => (Ty::Float, Ty::Float),
            Prim::FEq | Prim::FNe | Prim::FLt | Prim::FLe => (Ty::Float, Ty::Bool),
            Prim::Not => (Ty::Bool, Ty::Bool),
        };
        if args.len() != prim.arity() {
            self.wrong.push(format!("{prim:?} has {} operands", args.len()));
        }
        for arg in args {
            self.same("operand", &arg.ty, &of);
        }
        self.same("prim", ty, &gives);
    }

    fn lambda(&mut self, what: &str, lambda: &Lambda, params: &[&Ty], result: &Ty) {
        if lambda.params.len() != params.len() {
            self.wrong.push(format!("{what}: a function of {} parameters", lambda.params.len()));
        }
        for (param, ty) in lambda.params.iter().zip(params) {
            self.bind(*param, ty);
        }
        self.expr(&lambda.body);
        self.same(what, &lambda.body.ty, result);
    }

    fn looped(&mut self, op: LoopOp, args: &[Expr], lambda: &Lambda, ty: &Ty) {
        self.all(args);
        let Ty::List(elem) = &args[0].ty else { return self.wrong.push(format!("loop over {}", args[0].ty)) };
        let result = match (op, ty) {
            (LoopOp::Map, Ty::List(to)) => (**to).clone(),
            (LoopOp::Filter, _) => Ty::Bool,
            (LoopOp::FlatMap | LoopOp::Fold, _) | (LoopOp::Map, _) => ty.clone(),
        };
        match op {
            LoopOp::Fold => self.lambda("fold", lambda, &[ty, elem], &result),
            LoopOp::Map | LoopOp::Filter | LoopOp::FlatMap => self.lambda("loop", lambda, &[elem], &result),
        }
    }

    fn core(&mut self, op: CoreOp, args: &[Arg], ty: &Ty) {
        let mut values: Vec<&Ty> = Vec::new();
        let mut lambdas: Vec<&Lambda> = Vec::new();
        for arg in args {
            match arg {
                Arg::Value(value) => {
                    self.expr(value);
                    values.push(&value.ty);
                }
                Arg::Func(lambda) => lambdas.push(lambda),
            }
        }
        let elem = match values.first() {
            Some(Ty::Rdd(elem)) => (**elem).clone(),
            _ => Ty::unit(),
        };
        let out = if let Ty::Rdd(out) | Ty::List(out) = ty { (**out).clone() } else { ty.clone() };
        self.core_lambdas(op, &elem, &out, &values, &lambdas);
    }

    fn core_lambdas(&mut self, op: CoreOp, elem: &Ty, out: &Ty, values: &[&Ty], lambdas: &[&Lambda]) {
        let what = format!("{op:?}");
        match (op, lambdas) {
            (CoreOp::Map | CoreOp::MapKeep, [f]) => self.lambda(&what, f, &[elem], out),
            (CoreOp::FlatMap | CoreOp::FlatMapKeep, [f]) => self.lambda(&what, f, &[elem], &Ty::list(out.clone())),
            (CoreOp::SampleBy, [f]) => self.lambda(&what, f, &[elem], &Ty::Float),
            (CoreOp::Filter, [f]) => self.lambda(&what, f, &[elem], &Ty::Bool),
            (CoreOp::MapPartitions, [f]) => {
                self.lambda(&what, f, &[&Ty::Int, &Ty::list(elem.clone())], &Ty::list(out.clone()));
            }
            (CoreOp::Reduce, [f]) => self.lambda(&what, f, &[elem, elem], elem),
            (CoreOp::Aggregate, [seq, comb]) => {
                let state = values[1].clone();
                self.lambda(&what, seq, &[&state, elem], &state);
                self.lambda(&what, comb, &[&state, &state], &state);
            }
            (CoreOp::CombineByKey, [create, merge, comb, place @ ..]) => {
                let (Ty::Tuple(from), Ty::Tuple(to)) = (elem, out) else { return self.wrong.push(what) };
                self.lambda(&what, create, &[&from[1]], &to[1]);
                self.lambda(&what, merge, &[&to[1], &from[1]], &to[1]);
                self.lambda(&what, comb, &[&to[1], &to[1]], &to[1]);
                place.iter().for_each(|place| self.lambda(&what, place, &[&from[0]], &Ty::Int));
            }
            (CoreOp::TakeOrdered, [key]) => {
                let ty = key.body.ty.clone();
                self.lambda(&what, key, &[elem], &ty);
            }
            (CoreOp::Foreach, [f]) => self.lambda(&what, f, &[elem], &Ty::unit()),
            (CoreOp::PartitionByFunc | CoreOp::GroupByKey, [f]) => {
                let key = elem.components().map(|tys| tys[0].clone()).unwrap_or(Ty::Error);
                self.lambda(&what, f, &[&key], &Ty::Int);
            }
            (_, []) => {}
            _ => self.wrong.push(format!("{what} has {} functions", lambdas.len())),
        }
    }
}
