//! Expressions of the driver.
//!
//! An expression without RDDs is lowered to a kernel and run by the engine, so that it means in the driver the same as
//! in a row. Core operators build the plan or run actions; an expression around them is evaluated with their values in
//! their places.

use std::sync::Arc;

use crate::base::index::Id;
use crate::base::source::Span;
use crate::exec::data::batch::Batch;
use crate::exec::errors::{JobError, TaskResult};
use crate::hir::{Arg, Expr, ExprKind, Lambda, LocalId};
use crate::plan::func::Func;
use crate::plan::node::RddId;
use crate::runtime::value::datum::Datum;
use crate::stage::lower::lower_expr;

use super::defaults::default_of;
use super::errors;
use super::job::{Job, Val};

impl Job<'_> {
    /// Evaluates an expression of the driver.
    ///
    /// # Errors
    /// Whatever ends the job.
    pub(super) fn eval(&mut self, expr: &Expr) -> TaskResult<Val> {
        stacker::maybe_grow(256 * 1024, 4 << 20, || self.eval_here(expr))
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "expressions without RDDs in them are all evaluated alike")]
    fn eval_here(&mut self, expr: &Expr) -> TaskResult<Val> {
        match &expr.kind {
            ExprKind::Core(op, args) => {
                let value = self.core(*op, args, expr)?;
                self.fix_asked(expr)?;
                Ok(value)
            }
            ExprKind::Local(local) => self.local(*local, expr.span),
            _ if !is_driver(expr) => self.pure(expr).map(Val::Data),
            ExprKind::Let(local, bound, body) => {
                let value = self.eval(bound)?;
                self.env.insert(*local, value);
                self.eval(body)
            }
            ExprKind::If(cond, then, otherwise) => {
                let holds = self.data(cond)?.value().bool();
                self.eval(if holds { then } else { otherwise })
            }
            ExprKind::And(a, b) => {
                let holds = self.data(a)?;
                if holds.value().bool() { self.eval(b) } else { Ok(Val::Data(holds)) }
            }
            ExprKind::Or(a, b) => {
                let holds = self.data(a)?;
                if holds.value().bool() { Ok(Val::Data(holds)) } else { self.eval(b) }
            }
            ExprKind::IfSome(option, local, then, otherwise) => {
                let option = self.data(option)?;
                match option.value().option() {
                    Some(value) => {
                        self.env.insert(*local, Val::Data(Datum::copy(value)));
                        self.eval(then)
                    }
                    None => self.eval(otherwise),
                }
            }
            ExprKind::Field(of, n) if of.ty.holds_rdd() => match self.eval(of)? {
                Val::Rdds(rdds) if *n < rdds.len() => Ok(Val::Rdd(rdds[*n])),
                Val::Rdd(_) | Val::Rdds(_) | Val::Data(_) => Err(JobError::Bug("a part of no tuple of RDDs".into())),
            },
            _ => self.around(expr),
        }
    }

    /// Evaluates an expression to a value that is no RDD.
    ///
    /// # Errors
    /// Whatever ends the job.
    pub(super) fn data(&mut self, expr: &Expr) -> TaskResult<Arc<Datum>> {
        match self.eval(expr)? {
            Val::Data(datum) => Ok(datum),
            Val::Rdd(_) | Val::Rdds(_) => Err(JobError::Bug("an rdd where a value is expected".into())),
        }
    }

    /// Evaluates an expression to an RDD.
    ///
    /// # Errors
    /// Whatever ends the job.
    pub(super) fn rdd(&mut self, expr: &Expr) -> TaskResult<RddId> {
        match self.eval(expr)? {
            Val::Rdd(rdd) => Ok(rdd),
            Val::Rdds(_) | Val::Data(_) => Err(JobError::Bug("a value where an rdd is expected".into())),
        }
    }

    fn local(&self, local: LocalId, span: Span) -> TaskResult<Val> {
        let unset = || {
            let name = self.compiled.program.locals.get(local).map_or("a variable", |local| &local.name);
            errors::unset(span, name)
        };
        self.env.get(&local).cloned().ok_or_else(unset)
    }

    /// Runs an expression without RDDs as a kernel.
    fn pure(&mut self, expr: &Expr) -> TaskResult<Arc<Datum>> {
        let missing = std::cell::RefCell::new(None);
        let kernel = lower_expr(expr, |local| match self.local(local, expr.span) {
            Ok(Val::Data(datum)) => datum,
            Ok(Val::Rdd(_) | Val::Rdds(_)) => Datum::unit(),
            Err(error) => {
                missing.replace(Some(error));
                let ty = self.compiled.program.locals.get(local).map(|local| &local.ty);
                ty.map_or_else(Datum::unit, |ty| default_of(&ty.shape()))
            }
        });
        if let Some(error) = missing.into_inner() {
            return Err(error);
        }
        let called = self.exec.call(&self.exec.compile(&kernel), &[])?;
        self.exec.print(&called.printed)?;
        for (counter, n) in called.counted {
            self.exec.add_to_counter(counter, n, expr.span)?;
        }
        match called.result {
            Ok(Some(datum)) => Ok(datum),
            Ok(None) => Err(JobError::Bug("an expression gave no value".into())),
            // While a job is explained, actions give empty values, which an expression need not accept.
            Err(_) if self.explained.is_some() => Ok(default_of(&expr.ty.shape())),
            Err(failure) => Err(JobError::driver(failure.span, failure.trap)),
        }
    }

    /// Evaluates an expression around operators: their values are held in variables behind the program's.
    fn around(&mut self, expr: &Expr) -> TaskResult<Val> {
        let mut shell = expr.clone();
        let first = self.compiled.program.locals.len();
        let (mut failed, mut held) = (None, LocalId::from_usize(first));
        shell.each_child_mut(&mut |child| {
            if failed.is_some() || !is_driver(child) {
                return;
            }
            match self.eval(child) {
                Ok(value) => {
                    while self.env.contains_key(&held) {
                        held = LocalId::from_usize(held.index() + 1);
                    }
                    self.env.insert(held, value);
                    child.kind = ExprKind::Local(held);
                }
                Err(error) => failed = Some(error),
            }
        });
        if let Some(error) = failed {
            return Err(error);
        }
        let result = self.pure(&shell).map(Val::Data);
        shell.each_child(&mut |child| {
            if let ExprKind::Local(local) = child.kind
                && local.index() >= first
            {
                self.env.remove(&local);
            }
        });
        result
    }

    /// A function of elements with the driver's values that it uses.
    ///
    /// # Errors
    /// A variable has no value yet.
    pub(super) fn func(&self, lambda: &Lambda) -> TaskResult<Func> {
        let mut captures = std::collections::BTreeMap::new();
        for local in lambda.free_locals() {
            match self.local(local, lambda.body.span)? {
                Val::Data(datum) => captures.insert(local, datum),
                Val::Rdd(_) | Val::Rdds(_) => {
                    return Err(JobError::Bug("an rdd inside a function of elements".into()));
                }
            };
        }
        Ok(Func { lambda: Arc::new(lambda.clone()), captures: Arc::new(captures) })
    }

    /// The list of a batch's rows.
    pub(super) fn list_of(&self, rows: &Batch) -> Arc<Datum> {
        let arena = crate::runtime::value::arena::Arena::new();
        let word = crate::runtime::value::words::list_word(&arena, rows.len(), rows.words());
        let mut list = Batch::new(crate::runtime::value::shape::Shape::list((**rows.shape()).clone()));
        list.push(&[&[word]]);
        Datum::copy(list.row(0))
    }
}

/// Whether an expression builds plans or runs actions, or holds an RDD.
fn is_driver(expr: &Expr) -> bool {
    expr.any(&|expr| matches!(expr.kind, ExprKind::Core(..)) || expr.ty.holds_rdd())
}

/// The expression of an argument that is a value.
pub(super) fn value_arg(args: &[Arg], at: usize) -> TaskResult<&Expr> {
    match args.get(at) {
        Some(Arg::Value(expr)) => Ok(expr),
        _ => Err(JobError::Bug(format!("argument {at} of an operator is no value"))),
    }
}

/// The lambda of an argument that is a function.
pub(super) fn func_arg(args: &[Arg], at: usize) -> TaskResult<&Lambda> {
    match args.get(at) {
        Some(Arg::Func(lambda)) => Ok(lambda),
        _ => Err(JobError::Bug(format!("argument {at} of an operator is no function"))),
    }
}
