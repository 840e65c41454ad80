//! A chosen row with its arguments becomes HIR: a primitive, a runtime function, a loop, a core operator, or the row's
//! own text, checked with the arguments in the place of the parameters.

use std::cell::RefCell;
use std::rc::Rc;

use crate::catalog::Entry;
use crate::catalog::row::{Imp, SemaOp};
use crate::hir::{Arg, CoreOp, Expr, ExprKind, Lambda, LocalId};
use crate::syntax::ast;
use crate::types::ty::Ty;

use super::args::{Instance, Ready, Site};
use super::scope::{Binding, CheckedLambda, Scope};
use super::{Checker, bodies, errors};

impl<'a> Checker<'a> {
    pub(super) fn build(
        &mut self,
        entry: &'static Entry,
        instance: Instance,
        ready: Vec<Ready>,
        site: Site<'a>,
        scope: &Scope<'a>,
    ) -> Expr {
        let span = scope.span(site.span);
        let ty = instance.result.clone();
        match &entry.row.imp {
            Imp::Prim(prim) => self.node(ExprKind::Prim(*prim, values(ready)), ty, span),
            Imp::Rt(func) => self.node(ExprKind::Call(func, entry.row.facts.props(), values(ready)), ty, span),
            Imp::Loop(op) => {
                let (values, lambdas) = split(ready);
                match lambdas.into_iter().next() {
                    Some(lambda) => self.node(ExprKind::Loop(*op, values, Box::new(lambda)), ty, span),
                    None => self.broken(span),
                }
            }
            Imp::Core(CoreOp::NewCounter | CoreOp::CounterValue) if scope.elements => {
                self.fail(scope, errors::counter_in_function(site.span))
            }
            Imp::Core(CoreOp::DefaultParallelism | CoreOp::SetCheckpointDir | CoreOp::CheckpointDir)
                if scope.elements =>
            {
                self.fail(scope, errors::driver_only(site.span, entry.row.name))
            }
            Imp::Core(op) => {
                let args = ready.into_iter().map(|ready| match ready {
                    Ready::Value(value) => Arg::Value(value),
                    Ready::Func(lambda) => Arg::Func(lambda),
                });
                self.node(ExprKind::Core(*op, args.collect()), ty, span)
            }
            Imp::Spk(_) => self.expand(entry, &instance, ready, site, scope),
            Imp::Sema(SemaOp::RandomSplit) => self.random_split(ready, site, scope),
            Imp::Sema(op) => self.special(*op, ready, ty, span),
        }
    }

    /// Constructs that a signature cannot say: options.
    fn special(&mut self, op: SemaOp, ready: Vec<Ready>, ty: Ty, span: crate::base::source::Span) -> Expr {
        let (mut values, lambdas) = split(ready);
        if values.is_empty() {
            return self.broken(span);
        }
        let first = values.remove(0);
        match op {
            SemaOp::Some => self.node(ExprKind::Some(Box::new(first)), ty, span),
            SemaOp::IsSome => {
                let inner = self.infer.fresh();
                self.infer.unify(&first.ty, &Ty::option(inner.clone()));
                let local = self.local("_", inner);
                let yes = self.node(ExprKind::Bool(true), Ty::Bool, span);
                let no = self.node(ExprKind::Bool(false), Ty::Bool, span);
                self.if_some(first, local, yes, no)
            }
            SemaOp::OptionMap => match lambdas.into_iter().next() {
                Some(lambda) => {
                    let local = lambda.params[0];
                    let some = self.node(ExprKind::Some(Box::new(lambda.body)), ty.clone(), span);
                    let none = self.node(ExprKind::None, ty, span);
                    self.if_some(first, local, some, none)
                }
                None => self.broken(span),
            },
            SemaOp::And | SemaOp::Or | SemaOp::Coalesce | SemaOp::RandomSplit => {
                let Some(second) = values.pop() else { return self.broken(span) };
                match op {
                    SemaOp::And => self.node(ExprKind::And(Box::new(first), Box::new(second)), ty, span),
                    SemaOp::Or => self.node(ExprKind::Or(Box::new(first), Box::new(second)), ty, span),
                    SemaOp::Coalesce | SemaOp::Some | SemaOp::OptionMap | SemaOp::IsSome | SemaOp::RandomSplit => {
                        let local = self.local("_", ty);
                        let some = self.read(local, span);
                        self.if_some(first, local, some, second)
                    }
                }
            }
        }
    }

    /// `rdd | randomSplit [0.8, 0.2]`: how many RDDs that are is part of its type, so the weights are written there.
    fn random_split(&mut self, ready: Vec<Ready>, site: Site<'a>, scope: &Scope<'a>) -> Expr {
        let (values, span) = (values(ready), scope.span(site.span));
        let [rdd, weights, _] = values.as_slice() else { return self.broken(span) };
        let parts = if let ExprKind::List(parts) = &weights.kind { parts.len() } else { 0 };
        if parts == 0 {
            return self.fail(scope, errors::weights(weights.span));
        }
        let ty = Ty::Tuple(vec![rdd.ty.clone(); parts]);
        let args = values.into_iter().map(Arg::Value).collect();
        let split = self.node(ExprKind::Core(CoreOp::RandomSplit, args), ty, span);
        self.limit_type(split, scope)
    }

    /// `seen.value`
    pub(super) fn counter_value(&mut self, counter: Expr, scope: &Scope<'a>) -> Expr {
        let span = counter.span;
        if scope.elements {
            return self.fail(scope, errors::counter_in_function(span));
        }
        self.node(ExprKind::Core(CoreOp::CounterValue, vec![Arg::Value(counter)]), Ty::Int, span)
    }

    /// A row that is written in the language: its text, checked at the place of the call.
    fn expand(
        &mut self,
        entry: &'static Entry,
        instance: &Instance,
        ready: Vec<Ready>,
        site: Site<'a>,
        scope: &Scope<'a>,
    ) -> Expr {
        let body = bodies::body(entry);
        let span = scope.span(site.span);
        let mut inner = Scope::of_catalog(span, scope);
        let mut bindings: Vec<Option<(LocalId, Expr)>> = Vec::new();
        for ((param, ty), ready) in entry.sig.params.iter().zip(&instance.params).zip(ready) {
            let binding = match ready {
                Ready::Func(lambda) => function_binding(lambda, ty),
                Ready::Value(value) => {
                    let (binding, held) = self.value_binding(value, || uses(body, &param.name));
                    bindings.push(held);
                    binding
                }
            };
            inner.bind(&param.name, binding);
        }
        let value = self.deeper(scope, span, |this| this.check(body, &instance.result, &inner));
        let value = Expr { span, ..value };
        bindings.into_iter().rev().fold(value, |value, binding| self.release(binding, value))
    }

    /// How a parameter of an inlined function gets its value: copied if that costs nothing, put in place if it is an
    /// RDD that is used once, else held by a variable.
    pub(super) fn value_binding(
        &mut self,
        value: Expr,
        uses: impl FnOnce() -> usize,
    ) -> (Binding<'a>, Option<(LocalId, Expr)>) {
        if matches!(self.infer.resolve(&value.ty), Ty::Rdd(_)) && uses() == 1 {
            return (Binding::Once(Rc::new(RefCell::new(Some(value)))), None);
        }
        let held = self.hold(value);
        let binding = if let ExprKind::Local(local) = held.value.kind {
            Binding::Local(local)
        } else {
            Binding::Alias(Rc::new(held.value))
        };
        (binding, held.binding)
    }
}

/// The binding of a parameter to a checked function.
pub(super) fn function_binding<'a>(lambda: Lambda, ty: &Ty) -> Binding<'a> {
    let (params, result) =
        if let Ty::Func(params, result) = ty { (params.clone(), (**result).clone()) } else { (Vec::new(), Ty::Error) };
    Binding::Lambda(Rc::new(CheckedLambda { lambda, params, result }))
}

fn values(ready: Vec<Ready>) -> Vec<Expr> {
    split(ready).0
}

fn split(ready: Vec<Ready>) -> (Vec<Expr>, Vec<Lambda>) {
    let (mut values, mut lambdas) = (Vec::new(), Vec::new());
    for ready in ready {
        match ready {
            Ready::Value(value) => values.push(value),
            Ready::Func(lambda) => lambdas.push(lambda),
        }
    }
    (values, lambdas)
}

/// How often a name is used in a text of the catalog.
fn uses(body: &ast::Expr, name: &str) -> usize {
    let mut count = 0;
    super::lambdas::each_name(body, &mut |found, _| count += usize::from(found == name));
    count
}
