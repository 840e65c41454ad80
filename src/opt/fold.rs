//! Constant folding: what is constant in a function of elements is computed once, when the plan is made.
//!
//! Before → after: `x -> x * (60 * 60)` → `x -> x * 3600`; `if True then a else b` → `a`; `(a, b)[0]` → `a`;
//! `let n = 3 in n + x` → `3 + x`.
//!
//! **Legal** because primitives and runtime functions depend on their arguments only, unless their row says `EFFECT`,
//! and because the folder runs them themselves (`Prim::eval`, `runtime::fold::call`), not an imitation. An expression
//! that raises a row error stays as it is, to raise it for the row that gets there. Components of a tuple, operands and
//! bindings are dropped only if they are `TOTAL` and without effect. A long text is not computed beforehand: it would
//! be carried by every kernel.
//!
//! **Pays** because expanded operators and f-strings are full of constants: default arguments, options that are `None`,
//! flags.

#![expect(clippy::wildcard_enum_match_arm, reason = "asks for a few of the many forms of expressions and types")]

use std::collections::HashMap;

use crate::base::source::Span;
use crate::hir::walk::deeper;
use crate::hir::{Expr, ExprKind, Lambda, LocalId, Props};
use crate::plan::func::Func;
use crate::runtime::call::abi::{Kind, RtFn};
use crate::runtime::call::prim::Prim;
use crate::runtime::constant;
use crate::runtime::constant::Const;
use crate::types::ty::Ty;

use super::draft::{Draft, Note};
use super::lambda::{droppable, each_func, each_func_of_action};

/// The longest text that is computed beforehand.
const MAX_TEXT: usize = 4096;

/// Runs the pass.
pub(super) fn run(draft: &mut Draft) -> Vec<Note> {
    let mut notes = Vec::new();
    for id in draft.order() {
        if !draft.is_fixed(id) {
            let node = draft.node_mut(id);
            let span = node.span;
            each_func(&mut node.kind, span, &mut |func, _| fold_func(func, &mut notes));
        }
    }
    each_func_of_action(&mut draft.action, &mut |func| fold_func(func, &mut notes));
    notes
}

fn fold_func(func: &mut Func, notes: &mut Vec<Note>) {
    let mut lambda = Lambda::clone(&func.lambda);
    let mut folder = Folder { constants: HashMap::new(), notes: Vec::new(), changes: 0 };
    folder.expr(&mut lambda.body);
    if folder.changes > 0 {
        *func = func.with(lambda);
    }
    notes.append(&mut folder.notes);
}

/// The walk over one function, inner expressions first.
struct Folder {
    /// Variables that are bound to constants.
    constants: HashMap<LocalId, Expr>,
    notes: Vec<Note>,
    changes: usize,
}

impl Folder {
    fn expr(&mut self, expr: &mut Expr) {
        deeper(|| {
            let before = self.notes.len();
            self.children(expr);
            self.here(expr, before);
        });
    }

    /// Folds what is inside, as far as it can be reached.
    fn children(&mut self, expr: &mut Expr) {
        match &mut expr.kind {
            ExprKind::Let(local, bound, body) => {
                self.expr(bound);
                self.bind(*local, bound);
                self.expr(body);
            }
            ExprKind::IfSome(option, local, then, otherwise) => {
                self.expr(option);
                if let ExprKind::Some(inner) = &option.kind {
                    self.bind(*local, inner)
                } else {
                    drop(self.constants.remove(local))
                }
                self.expr(then);
                self.expr(otherwise);
            }
            ExprKind::Loop(_, _, lambda) => {
                lambda.params.iter().for_each(|param| drop(self.constants.remove(param)));
                expr.each_child_mut(&mut |child| self.expr(child));
            }
            _ => expr.each_child_mut(&mut |child| self.expr(child)),
        }
    }

    fn bind(&mut self, local: LocalId, value: &Expr) {
        if is_plain(value) {
            self.constants.insert(local, value.clone());
        } else {
            self.constants.remove(&local);
        }
    }

    /// Folds an expression whose children are folded; `before` is the number of notes before them.
    fn here(&mut self, expr: &mut Expr, before: usize) {
        let simpler = match &mut expr.kind {
            ExprKind::Local(local) => self.constants.get(local).map(|value| Expr { span: expr.span, ..value.clone() }),
            ExprKind::Prim(..) | ExprKind::Call(..) => {
                let value = evaluate(expr);
                if let Some(value) = &value {
                    self.notes.truncate(before);
                    self.notes.push(computed(value));
                }
                value
            }
            ExprKind::If(cond, then, otherwise) => {
                let taken = known(cond);
                taken.map(|holds| {
                    self.notes.push(always(cond.span, holds));
                    take(if holds { then } else { otherwise })
                })
            }
            ExprKind::And(a, b) => logical(a, b, true),
            ExprKind::Or(a, b) => logical(a, b, false),
            ExprKind::Field(tuple, at) => component(tuple, *at),
            ExprKind::Let(local, bound, body) => {
                let folded = self.constants.remove(local).is_some();
                (folded && is_plain(bound)).then(|| take(body))
            }
            ExprKind::IfSome(option, local, then, otherwise) => {
                self.constants.remove(local);
                if_some(option, *local, then, otherwise)
            }
            ExprKind::Int(_) | ExprKind::Float(_) | ExprKind::Bool(_) | ExprKind::Str(_) | ExprKind::None => None,
            ExprKind::Tuple(_) | ExprKind::Some(_) | ExprKind::List(_) | ExprKind::Loop(..) | ExprKind::Core(..) => {
                None
            }
        };
        if let Some(simpler) = simpler {
            *expr = simpler;
            self.changes += 1;
        }
    }
}

/// A note on a computed constant.
fn computed(value: &Expr) -> Note {
    let text = constant(value).and_then(|constant| constant.repr(&value.ty.shape())).unwrap_or_default();
    let text = if text.chars().count() > 40 { "a text".to_owned() } else { text };
    Note::new(value.span, format!("computed beforehand: {text}"))
}

fn always(span: Span, holds: bool) -> Note {
    Note::new(span, format!("always {}: the other branch is left out", if holds { "True" } else { "False" }))
}

/// Moves an expression out of its place.
fn take(expr: &mut Expr) -> Expr {
    let span = expr.span;
    std::mem::replace(expr, Expr::unit(span))
}

/// Whether an expression is a constant that costs nothing to repeat.
fn is_plain(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Int(_) | ExprKind::Float(_) | ExprKind::Bool(_) | ExprKind::Str(_) | ExprKind::None => true,
        ExprKind::Some(inner) => deeper(|| is_plain(inner)),
        ExprKind::Tuple(items) => items.iter().all(|item| deeper(|| is_plain(item))),
        ExprKind::Local(_) | ExprKind::Field(..) | ExprKind::IfSome(..) | ExprKind::List(_) | ExprKind::If(..) => false,
        ExprKind::And(..) | ExprKind::Or(..) | ExprKind::Let(..) | ExprKind::Prim(..) | ExprKind::Call(..) => false,
        ExprKind::Loop(..) | ExprKind::Core(..) => false,
    }
}

/// The value of a constant truth value.
fn known(expr: &Expr) -> Option<bool> {
    if let ExprKind::Bool(value) = expr.kind { Some(value) } else { None }
}

/// `and` (`neutral` is true) and `or` (`neutral` is false) with a constant operand.
fn logical(a: &mut Expr, b: &mut Expr, neutral: bool) -> Option<Expr> {
    match (known(a), known(b)) {
        (Some(value), _) if value == neutral => Some(take(b)),
        (Some(_), _) => Some(take(a)),
        (None, Some(value)) if value == neutral => Some(take(a)),
        // The left side was evaluated first: it may go only if nobody can tell.
        (None, Some(_)) if droppable(a) => Some(take(b)),
        (None, _) => None,
    }
}

/// A component of a tuple that is written out, perhaps behind bindings.
fn component(tuple: &mut Expr, at: usize) -> Option<Expr> {
    match &mut tuple.kind {
        ExprKind::Tuple(items) => {
            let others_may_go = items.iter().enumerate().all(|(n, item)| n == at || droppable(item));
            others_may_go.then(|| take(&mut items[at]))
        }
        ExprKind::Let(local, bound, body) => {
            let inner = deeper(|| component(body, at))?;
            let (ty, span) = (inner.ty.clone(), inner.span);
            Some(Expr { kind: ExprKind::Let(*local, Box::new(take(bound)), Box::new(inner)), ty, span })
        }
        _ => None,
    }
}

/// A test for a value that is known to be there, or not to be there.
fn if_some(option: &mut Expr, local: LocalId, then: &mut Expr, otherwise: &mut Expr) -> Option<Expr> {
    match &mut option.kind {
        ExprKind::None => Some(take(otherwise)),
        ExprKind::Some(inner) if is_plain(inner) => Some(take(then)),
        ExprKind::Some(inner) => {
            let (inner, then) = (take(inner), take(then));
            let (ty, span) = (then.ty.clone(), then.span);
            Some(Expr { kind: ExprKind::Let(local, Box::new(inner), Box::new(then)), ty, span })
        }
        _ => None,
    }
}

/// The value of a primitive or of a call with constant operands.
fn evaluate(expr: &Expr) -> Option<Expr> {
    let value = match &expr.kind {
        ExprKind::Prim(prim, args) => evaluate_prim(*prim, args, &expr.ty)?,
        ExprKind::Call(func, props, args) if !props.has(Props::EFFECT) => evaluate_call(func, *props, args)?,
        _ => return None,
    };
    let kind = match (value, &expr.ty) {
        (Const::Int(n), Ty::Int) => ExprKind::Int(n),
        (Const::Float(x), Ty::Float) => ExprKind::Float(x),
        (Const::Bool(b), Ty::Bool) => ExprKind::Bool(b),
        (Const::Str(text), Ty::Str) if text.len() <= MAX_TEXT => ExprKind::Str(text),
        _ => return None,
    };
    Some(Expr { kind, ty: expr.ty.clone(), span: expr.span })
}

fn evaluate_prim(prim: Prim, args: &[Expr], ty: &Ty) -> Option<Const> {
    let word = |expr: &Expr| match expr.kind {
        ExprKind::Int(n) => Some(n as u64),
        ExprKind::Float(x) => Some(x.to_bits()),
        ExprKind::Bool(b) => Some(u64::from(b)),
        _ => None,
    };
    let a = word(&args[0])?;
    let b = args.get(1).map_or(Some(0), word)?;
    let value = prim.eval(a, b).ok()?;
    match ty {
        Ty::Int => Some(Const::Int(value as i64)),
        Ty::Float => Some(Const::Float(f64::from_bits(value))),
        Ty::Bool => Some(Const::Bool(value != 0)),
        _ => None,
    }
}

fn evaluate_call(func: &RtFn, props: Props, args: &[Expr]) -> Option<Const> {
    let args: Vec<_> = args.iter().map(|arg| Some((constant(arg)?, arg.ty.shape()))).collect::<Option<_>>()?;
    // `"x" * 1000000000` would be computed even if no row ever gets there.
    let grows =
        func.result == Kind::Str && !props.has(Props::TOTAL) && func.params.iter().any(|kind| *kind != Kind::Str);
    if grows { None } else { constant::call(func, &args) }
}

/// A constant expression as a constant.
fn constant(expr: &Expr) -> Option<Const> {
    let all = |items: &[Expr]| items.iter().map(|item| deeper(|| constant(item))).collect::<Option<Vec<_>>>();
    Some(match &expr.kind {
        ExprKind::Int(n) => Const::Int(*n),
        ExprKind::Float(x) => Const::Float(*x),
        ExprKind::Bool(b) => Const::Bool(*b),
        ExprKind::Str(text) => Const::Str(text.clone()),
        ExprKind::Tuple(items) => Const::Tuple(all(items)?),
        ExprKind::None => Const::None,
        ExprKind::Some(inner) => Const::Some(Box::new(deeper(|| constant(inner))?)),
        ExprKind::List(items) => Const::List(all(items)?),
        ExprKind::Local(_) | ExprKind::Field(..) | ExprKind::IfSome(..) => return None,
        ExprKind::If(..) | ExprKind::And(..) | ExprKind::Or(..) | ExprKind::Let(..) => return None,
        ExprKind::Prim(..) | ExprKind::Call(..) | ExprKind::Loop(..) => return None,
        ExprKind::Core(..) => return None,
    })
}
