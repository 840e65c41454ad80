//! Inference variables: `unify` makes two types equal, `resolve` looks one up.
//!
//! A failed attempt leaves no trace: callers take a [`Mark`] and go back to it, as overload resolution does.

use crate::types::ty::{Ty, VarId};

/// The table of variables.
#[derive(Default)]
pub(super) struct Infer {
    bound: Vec<Option<Ty>>,
    trail: Vec<VarId>,
}

/// A moment to go back to.
#[derive(Clone, Copy)]
pub(super) struct Mark(usize);

impl Infer {
    /// A new variable.
    pub(super) fn fresh(&mut self) -> Ty {
        self.bound.push(None);
        Ty::Var(VarId(u32::try_from(self.bound.len() - 1).expect("the size budget keeps variables few")))
    }

    /// The state of inference now, to go back to.
    pub(super) fn mark(&self) -> Mark {
        Mark(self.trail.len())
    }

    /// Forgets what was found since.
    pub(super) fn undo(&mut self, mark: Mark) {
        for var in self.trail.drain(mark.0..) {
            self.bound[var.0 as usize] = None;
        }
    }

    /// The type with its outermost variable looked up.
    pub(super) fn resolve(&self, ty: &Ty) -> Ty {
        let mut ty = ty;
        while let Ty::Var(var) = ty {
            match &self.bound[var.0 as usize] {
                Some(found) => ty = found,
                None => break,
            }
        }
        ty.clone()
    }

    /// The type with all its variables looked up; those that are open become `open`, if given.
    pub(super) fn zonk(&self, ty: &Ty, open: Option<&Ty>) -> Ty {
        let all = |tys: &[Ty]| tys.iter().map(|ty| self.zonk(ty, open)).collect();
        let boxed = |ty: &Ty| Box::new(self.zonk(ty, open));
        match ty {
            Ty::Int | Ty::Float | Ty::Bool | Ty::Str | Ty::Counter | Ty::Stats | Ty::Error => ty.clone(),
            Ty::Var(var) => match &self.bound[var.0 as usize] {
                Some(found) => self.zonk(found, open),
                None => open.unwrap_or(ty).clone(),
            },
            Ty::Tuple(tys) => Ty::Tuple(all(tys)),
            Ty::Record(fields) => {
                Ty::Record(fields.iter().map(|(name, ty)| (name.clone(), self.zonk(ty, open))).collect())
            }
            Ty::Option(ty) => Ty::Option(boxed(ty)),
            Ty::List(ty) => Ty::List(boxed(ty)),
            Ty::Set(ty) => Ty::Set(boxed(ty)),
            Ty::Rdd(ty) => Ty::Rdd(boxed(ty)),
            Ty::Map(key, value) => Ty::Map(boxed(key), boxed(value)),
            Ty::Func(params, result) => Ty::Func(all(params), boxed(result)),
        }
    }

    /// Makes two types equal, or changes nothing and says no.
    pub(super) fn unify(&mut self, a: &Ty, b: &Ty) -> bool {
        let mark = self.mark();
        let fits = self.try_unify(a, b);
        if !fits {
            self.undo(mark);
        }
        fits
    }

    fn try_unify(&mut self, a: &Ty, b: &Ty) -> bool {
        let (a, b) = (self.resolve(a), self.resolve(b));
        match (&a, &b) {
            (Ty::Error, _) | (_, Ty::Error) => true,
            (Ty::Var(v), Ty::Var(w)) if v == w => true,
            (Ty::Var(var), other) | (other, Ty::Var(var)) => self.bind(*var, other),
            (Ty::Tuple(xs), Ty::Tuple(ys)) => self.unify_all(xs, ys),
            (Ty::Record(xs), Ty::Record(ys)) => {
                xs.len() == ys.len() && xs.iter().zip(ys).all(|((n, x), (m, y))| n == m && self.try_unify(x, y))
            }
            (Ty::Option(x), Ty::Option(y)) | (Ty::List(x), Ty::List(y)) => self.try_unify(x, y),
            (Ty::Set(x), Ty::Set(y)) | (Ty::Rdd(x), Ty::Rdd(y)) => self.try_unify(x, y),
            (Ty::Map(k, x), Ty::Map(l, y)) => self.try_unify(k, l) && self.try_unify(x, y),
            (Ty::Func(ps, r), Ty::Func(qs, s)) => self.unify_all(ps, qs) && self.try_unify(r, s),
            _ => a == b,
        }
    }

    fn unify_all(&mut self, xs: &[Ty], ys: &[Ty]) -> bool {
        xs.len() == ys.len() && xs.iter().zip(ys).all(|(x, y)| self.try_unify(x, y))
    }

    fn bind(&mut self, var: VarId, ty: &Ty) -> bool {
        if self.occurs(var, ty) {
            return false;
        }
        self.bound[var.0 as usize] = Some(ty.clone());
        self.trail.push(var);
        true
    }

    fn occurs(&self, var: VarId, ty: &Ty) -> bool {
        match ty {
            Ty::Int | Ty::Float | Ty::Bool | Ty::Str | Ty::Counter | Ty::Stats | Ty::Error => false,
            Ty::Var(other) => match &self.bound[other.0 as usize] {
                Some(found) => self.occurs(var, found),
                None => *other == var,
            },
            Ty::Tuple(tys) => tys.iter().any(|ty| self.occurs(var, ty)),
            Ty::Record(fields) => fields.iter().any(|(_, ty)| self.occurs(var, ty)),
            Ty::Option(ty) | Ty::List(ty) | Ty::Set(ty) | Ty::Rdd(ty) => self.occurs(var, ty),
            Ty::Map(key, value) => self.occurs(var, key) || self.occurs(var, value),
            Ty::Func(params, result) => params.iter().any(|ty| self.occurs(var, ty)) || self.occurs(var, result),
        }
    }
}

/// Number of nodes of a type, counted up to a limit.
pub(super) fn size(ty: &Ty, limit: usize) -> usize {
    if limit == 0 {
        return 1;
    }
    let sum =
        |tys: &mut dyn Iterator<Item = &Ty>| tys.fold(1, |n, ty| if n >= limit { n } else { n + size(ty, limit - n) });
    match ty {
        Ty::Int | Ty::Float | Ty::Bool | Ty::Str | Ty::Counter | Ty::Stats | Ty::Error | Ty::Var(_) => 1,
        Ty::Tuple(tys) => sum(&mut tys.iter()),
        Ty::Record(fields) => sum(&mut fields.iter().map(|(_, ty)| ty)),
        Ty::Option(ty) | Ty::List(ty) | Ty::Set(ty) | Ty::Rdd(ty) => 1 + size(ty, limit - 1),
        Ty::Map(key, value) => sum(&mut [&**key, &**value].into_iter()),
        Ty::Func(params, result) => sum(&mut params.iter().chain([&**result])),
    }
}
