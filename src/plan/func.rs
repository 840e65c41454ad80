//! Functions of elements in a plan: a typed lambda with the driver's values that it captured.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::source::{FileId, Span};
use crate::hir::{Arg, Expr, ExprKind, Lambda, LocalId};
use crate::runtime::value::codec;
use crate::runtime::value::datum::Datum;

/// A function of elements, ready to be lowered.
#[derive(Clone, Debug)]
pub struct Func {
    /// Parameters and body.
    pub lambda: Arc<Lambda>,
    /// Values of the driver's locals that the body uses, as they were when the plan was built.
    pub captures: Arc<BTreeMap<LocalId, Arc<Datum>>>,
}

impl Func {
    /// A function that captures nothing.
    pub fn closed(lambda: Lambda) -> Self {
        Self { lambda: Arc::new(lambda), captures: Arc::default() }
    }

    /// What the function says, without places and names: functions that say the same are the same function.
    pub fn canonical(&self) -> String {
        let mut lambda = Lambda::clone(&self.lambda);
        let mut names = Renaming { ids: BTreeMap::new(), nowhere: Span::new(FileId(0), 0, 0) };
        lambda.params.iter_mut().for_each(|param| names.local(param));
        names.expr(&mut lambda.body);
        let mut said = format!("{:?} {:?}", lambda.params, lambda.body);
        for (local, id) in &names.ids {
            if let Some(value) = self.captures.get(local) {
                let mut bytes = Vec::new();
                codec::encode(value.value(), &mut bytes);
                said += &format!(" {id:?}={bytes:?}");
            }
        }
        said
    }

    /// The same function with another lambda over the same captures.
    pub fn with(&self, lambda: Lambda) -> Self {
        Self { lambda: Arc::new(lambda), captures: self.captures.clone() }
    }
}

/// Numbers locals in the order in which they are met, and forgets places.
struct Renaming {
    nowhere: Span,
    ids: BTreeMap<LocalId, LocalId>,
}

impl Renaming {
    fn local(&mut self, local: &mut LocalId) {
        let next = LocalId(u32::try_from(self.ids.len()).expect("fewer than 2^32 locals"));
        *local = *self.ids.entry(*local).or_insert(next);
    }

    fn expr(&mut self, expr: &mut Expr) {
        expr.span = self.nowhere;
        match &mut expr.kind {
            ExprKind::Local(local) | ExprKind::Let(local, ..) | ExprKind::IfSome(_, local, ..) => self.local(local),
            ExprKind::Loop(_, _, lambda) => lambda.params.iter_mut().for_each(|param| self.local(param)),
            _ => {}
        }
        each_child_mut(expr, &mut |child| stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.expr(child)));
    }
}

/// The locals that a lambda uses and does not bind itself.
pub fn free_locals(lambda: &Lambda) -> Vec<LocalId> {
    let (mut used, mut bound) = (Vec::new(), Vec::new());
    walk_lambda(lambda, &mut used, &mut bound);
    used.retain(|local| !bound.contains(local));
    used.sort();
    used.dedup();
    used
}

fn walk_lambda(lambda: &Lambda, used: &mut Vec<LocalId>, bound: &mut Vec<LocalId>) {
    bound.extend(&lambda.params);
    walk(&lambda.body, used, bound);
}

fn walk(expr: &Expr, used: &mut Vec<LocalId>, bound: &mut Vec<LocalId>) {
    match &expr.kind {
        ExprKind::Local(local) => used.push(*local),
        ExprKind::Let(local, ..) | ExprKind::IfSome(_, local, ..) => bound.push(*local),
        ExprKind::Loop(_, _, lambda) => bound.extend(&lambda.params),
        _ => {}
    }
    each_child(expr, &mut |child| stacker::maybe_grow(64 * 1024, 1024 * 1024, || walk(child, used, bound)));
}

/// Visits the direct subexpressions of an expression, bodies of lambdas included.
pub fn each_child(expr: &Expr, visit: &mut dyn FnMut(&Expr)) {
    match &expr.kind {
        ExprKind::Int(_) | ExprKind::Float(_) | ExprKind::Bool(_) | ExprKind::Str(_) => {}
        ExprKind::Local(_) | ExprKind::None => {}
        ExprKind::Field(a, _) | ExprKind::Some(a) => visit(a),
        ExprKind::And(a, b) | ExprKind::Or(a, b) | ExprKind::Let(_, a, b) => [a, b].into_iter().for_each(|e| visit(e)),
        ExprKind::IfSome(a, _, b, c) | ExprKind::If(a, b, c) => [a, b, c].into_iter().for_each(|e| visit(e)),
        ExprKind::Tuple(items) | ExprKind::List(items) | ExprKind::Prim(_, items) | ExprKind::Call(_, _, items) => {
            items.iter().for_each(visit);
        }
        ExprKind::Loop(_, items, lambda) => {
            items.iter().for_each(&mut *visit);
            visit(&lambda.body);
        }
        ExprKind::Core(_, args) => args.iter().for_each(|arg| match arg {
            Arg::Value(expr) => visit(expr),
            Arg::Func(lambda) => visit(&lambda.body),
        }),
    }
}

/// Visits the direct subexpressions of an expression, to change them.
pub fn each_child_mut(expr: &mut Expr, visit: &mut dyn FnMut(&mut Expr)) {
    match &mut expr.kind {
        ExprKind::Int(_) | ExprKind::Float(_) | ExprKind::Bool(_) | ExprKind::Str(_) => {}
        ExprKind::Local(_) | ExprKind::None => {}
        ExprKind::Field(a, _) | ExprKind::Some(a) => visit(a),
        ExprKind::And(a, b) | ExprKind::Or(a, b) | ExprKind::Let(_, a, b) => [a, b].into_iter().for_each(|e| visit(e)),
        ExprKind::IfSome(a, _, b, c) | ExprKind::If(a, b, c) => [a, b, c].into_iter().for_each(|e| visit(e)),
        ExprKind::Tuple(items) | ExprKind::List(items) | ExprKind::Prim(_, items) | ExprKind::Call(_, _, items) => {
            items.iter_mut().for_each(visit);
        }
        ExprKind::Loop(_, items, lambda) => {
            items.iter_mut().for_each(&mut *visit);
            visit(&mut lambda.body);
        }
        ExprKind::Core(_, args) => args.iter_mut().for_each(|arg| match arg {
            Arg::Value(expr) => visit(expr),
            Arg::Func(lambda) => visit(&mut lambda.body),
        }),
    }
}
