//! Random types, and how signatures of the catalog are filled with them.

use std::sync::Arc;

use sparkc::harness::types::signature::{Constraint, Signature};
use sparkc::harness::types::{Ty, VarId};

use crate::choices::Choices;
use crate::dialect::Dialect;

/// A random type; `keyed` ones can be keys and be sorted.
pub(crate) fn any(ch: &mut Choices, depth: usize, keyed: bool) -> Ty {
    let nested = |weight: usize| if depth == 0 { 0 } else { weight };
    let unkeyed = |weight: usize| if depth == 0 || keyed { 0 } else { weight };
    let spark = ch.dialect.is_spark();
    // What Python takes for no key, and sets, whose order is not the same.
    let listed = |weight: usize| if spark && keyed { 0 } else { nested(weight) };
    let sets = if spark { 0 } else { unkeyed(4) };
    let weights = [30, 26, 14, 8, nested(18), nested(8), listed(10), listed(6), sets, unkeyed(5)];
    match ch.weighted(&weights) {
        0 => Ty::Int,
        1 => Ty::Str,
        2 => Ty::Float,
        3 => Ty::Bool,
        4 => {
            let n = [2, 2, 2, 3, 3, 1, 4][ch.below(7)];
            Ty::Tuple((0..n).map(|_| any(ch, depth - 1, keyed)).collect())
        }
        5 => match any(ch, depth - 1, keyed) {
            inner @ Ty::Option(_) if spark => inner,
            inner => Ty::option(inner),
        },
        6 => Ty::list(any(ch, depth - 1, keyed)),
        7 => {
            let n = 1 + ch.below(3);
            let name = |at: usize| -> Arc<str> { ["a", "bb", "total", "_c"][at].into() };
            Ty::Record((0..n).map(|at| (name(at), any(ch, depth - 1, keyed))).collect())
        }
        8 => Ty::Set(Box::new(any(ch, depth - 1, true))),
        _ => Ty::Map(Box::new(any(ch, depth - 1, true)), Box::new(any(ch, depth - 1, keyed))),
    }
}

/// Whether a fold over values of the type could make them ever larger.
pub(crate) fn can_grow(ty: &Ty) -> bool {
    match ty {
        Ty::Str | Ty::List(_) | Ty::Set(_) | Ty::Map(..) => true,
        Ty::Option(inner) => can_grow(inner),
        _ => ty.components().is_some_and(|tys| tys.into_iter().any(can_grow)),
    }
}

/// What the variables of a signature stand for.
pub(crate) type Bound = Vec<Option<Ty>>;

/// Matches a type of a signature with a type; finds variables.
pub(crate) fn matches(pattern: &Ty, ty: &Ty, bound: &mut Bound) -> bool {
    let both = |a: &[&Ty], b: &[&Ty], bound: &mut Bound| {
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| matches(a, b, bound))
    };
    match (pattern, ty) {
        (Ty::Var(var), _) => match &bound[var.0 as usize] {
            Some(known) => known == ty,
            None => {
                bound[var.0 as usize] = Some(ty.clone());
                true
            }
        },
        (Ty::Tuple(a), Ty::Tuple(b)) => both(&a.iter().collect::<Vec<_>>(), &b.iter().collect::<Vec<_>>(), bound),
        (Ty::Option(a), Ty::Option(b))
        | (Ty::List(a), Ty::List(b))
        | (Ty::Set(a), Ty::Set(b))
        | (Ty::Rdd(a), Ty::Rdd(b)) => matches(a, b, bound),
        (Ty::Map(a, c), Ty::Map(b, d)) => both(&[a, c], &[b, d], bound),
        _ => pattern == ty,
    }
}

/// Whether what is bound so far satisfies the signature.
pub(crate) fn allowed(dialect: Dialect, sig: &Signature, bound: &Bound) -> bool {
    let holds = sig
        .constraints
        .iter()
        .all(|(var, constraint)| bound[var.0 as usize].as_ref().is_none_or(|ty| constraint.holds(ty) == Some(true)));
    holds && dialect.allows(sig, bound)
}

/// What is asked of a variable: whether it is a number, and whether it must be a key, or be like one.
pub(crate) fn wanted(sig: &Signature, var: VarId) -> (bool, bool) {
    let has = |what: &[Constraint]| sig.constraints.iter().any(|(v, c)| *v == var && what.contains(c));
    (has(&[Constraint::Num]), has(&[Constraint::Key, Constraint::Ord, Constraint::Less, Constraint::Json]))
}

/// The type with what is bound in the places of variables.
pub(crate) fn fill(ty: &Ty, bound: &Bound) -> Ty {
    let of = |ty: &Ty| fill(ty, bound);
    match ty {
        Ty::Var(var) => bound[var.0 as usize].clone().expect("all variables are bound before a type is filled"),
        Ty::Tuple(tys) => Ty::Tuple(tys.iter().map(of).collect()),
        Ty::Record(fields) => Ty::Record(fields.iter().map(|(name, ty)| (name.clone(), of(ty))).collect()),
        Ty::Option(ty) => Ty::option(of(ty)),
        Ty::List(ty) => Ty::list(of(ty)),
        Ty::Set(ty) => Ty::Set(Box::new(of(ty))),
        Ty::Rdd(ty) => Ty::rdd(of(ty)),
        Ty::Map(key, value) => Ty::Map(Box::new(of(key)), Box::new(of(value))),
        Ty::Func(params, result) => Ty::Func(params.iter().map(of).collect(), Box::new(of(result))),
        Ty::Int | Ty::Float | Ty::Bool | Ty::Str | Ty::Counter | Ty::Stats | Ty::Error => ty.clone(),
    }
}

/// Adds what a type asks of its variables: elements of sets and keys of maps can be keys.
pub(crate) fn keys_of(ty: &Ty, constraints: &mut Vec<(VarId, Constraint)>) {
    match ty {
        Ty::Set(key) => constraints.extend(var_of(key)),
        Ty::Map(key, value) => {
            constraints.extend(var_of(key));
            keys_of(value, constraints);
        }
        Ty::Option(inner) | Ty::List(inner) | Ty::Rdd(inner) => keys_of(inner, constraints),
        _ => ty.components().into_iter().flatten().for_each(|ty| keys_of(ty, constraints)),
    }
}

fn var_of(ty: &Ty) -> Option<(VarId, Constraint)> {
    if let Ty::Var(var) = ty { Some((*var, Constraint::Key)) } else { None }
}
