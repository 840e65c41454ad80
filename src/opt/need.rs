//! Which parts of a value somebody looks at, and values without the other parts.
//!
//! `need` of `(k, (a, b))` that says "all of the first, of the second the first" narrows its type to `(K, (A, ()))`, and
//! widens such a value again to `(K, (A, B))` with a made-up `b` that nobody looks at. Only components of tuples and
//! records are left out, so narrowing moves registers about and computes nothing.

use crate::base::source::Span;
use crate::hir::build::Builder;
use crate::hir::walk::deeper;
use crate::hir::{Expr, ExprKind};
use crate::types::ty::Ty;

/// The parts of a value that are looked at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Need {
    /// None.
    Nothing,
    /// All.
    All,
    /// Of a tuple or record, these of the components.
    Parts(Vec<Need>),
    /// Of a list, its length and these of each element.
    Items(Box<Need>),
    /// Of an option, whether it has a value, and these of the value.
    Value(Box<Need>),
}

impl Need {
    /// Of a pair.
    pub(super) fn pair(key: Self, value: Self) -> Self {
        Self::Parts(vec![key, value])
    }

    /// Of a list, with what is needed of its elements.
    pub(super) fn list(item: Self) -> Self {
        Self::Items(Box::new(item))
    }

    /// The parts that either needs.
    pub(super) fn join(self, other: Self) -> Self {
        match (self, other) {
            (Self::Nothing, need) | (need, Self::Nothing) => need,
            (Self::Parts(a), Self::Parts(b)) if a.len() == b.len() => {
                Self::Parts(a.into_iter().zip(b).map(|(a, b)| deeper(|| a.join(b))).collect())
            }
            (Self::Items(a), Self::Items(b)) => Self::Items(Box::new(deeper(|| a.join(*b)))),
            (Self::Value(a), Self::Value(b)) => Self::Value(Box::new(deeper(|| a.join(*b)))),
            (Self::All | Self::Parts(_) | Self::Items(_) | Self::Value(_), _) => Self::All,
        }
    }

    /// The needed parts of a component.
    pub(super) fn part(&self, at: usize) -> Self {
        match self {
            Self::Nothing => Self::Nothing,
            Self::Parts(parts) => parts[at].clone(),
            Self::All | Self::Items(_) | Self::Value(_) => Self::All,
        }
    }

    /// The needed parts of the elements of a list.
    pub(super) fn items(&self) -> Self {
        match self {
            Self::Nothing => Self::Nothing,
            Self::Items(item) => (**item).clone(),
            Self::All | Self::Parts(_) | Self::Value(_) => Self::All,
        }
    }

    /// The needed parts of the value in an option.
    pub(super) fn value(&self) -> Self {
        match self {
            Self::Nothing => Self::Nothing,
            Self::Value(value) => (**value).clone(),
            Self::All | Self::Parts(_) | Self::Items(_) => Self::All,
        }
    }

    /// The type without what is not needed: `()` in its place.
    pub(super) fn narrow_ty(&self, ty: &Ty) -> Ty {
        match (self, ty) {
            (Self::Nothing, _) if has_default(ty) => Ty::unit(),
            (Self::Parts(needs), Ty::Tuple(tys)) => {
                Ty::Tuple(needs.iter().zip(tys).map(|(need, ty)| need.narrow_ty(ty)).collect())
            }
            (Self::Parts(needs), Ty::Record(fields)) => {
                let narrow = |(need, (name, ty)): (&Self, &(_, Ty))| (std::sync::Arc::clone(name), need.narrow_ty(ty));
                Ty::Record(needs.iter().zip(fields).map(narrow).collect())
            }
            (Self::Nothing | Self::All | Self::Parts(_) | Self::Items(_) | Self::Value(_), _) => ty.clone(),
        }
    }

    /// A value without what is not needed.
    pub(super) fn narrow(&self, value: Expr) -> Expr {
        let ty = self.narrow_ty(&value.ty);
        if ty == value.ty {
            return value;
        }
        match self {
            Self::Parts(needs) => rebuilt(value, ty, |at, part| needs[at].narrow(part)),
            Self::Nothing | Self::All | Self::Items(_) | Self::Value(_) => Expr::unit(value.span),
        }
    }

    /// A value of type `ty` again, of one that was narrowed.
    pub(super) fn widen(&self, value: Expr, ty: &Ty) -> Expr {
        if value.ty == *ty {
            return value;
        }
        match (self, ty.components()) {
            (Self::Parts(needs), Some(tys)) => rebuilt(value, ty.clone(), |at, part| needs[at].widen(part, tys[at])),
            _ => default(ty, value.span).expect("what has no default is not narrowed"),
        }
    }

    /// The elements of a list widened.
    pub(super) fn widen_items(&self, b: &mut Builder, list: Expr, ty: &Ty) -> Expr {
        let Ty::List(to) = ty else { unreachable!("groups are lists, this is {ty}") };
        if list.ty == *ty { list } else { b.map(list, |_, item| self.widen(item, to)) }
    }
}

/// A tuple or record made of the components of another. `value` is a variable or a component of one: it is repeated.
fn rebuilt(value: Expr, ty: Ty, part: impl Fn(usize, Expr) -> Expr) -> Expr {
    let parts = value.fields().into_iter().enumerate().map(|(at, field)| part(at, field)).collect();
    Expr { kind: ExprKind::Tuple(parts), ty, span: value.span }
}

/// Whether values of a type can be made up.
fn has_default(ty: &Ty) -> bool {
    match ty {
        Ty::Int | Ty::Float | Ty::Bool | Ty::Str | Ty::Option(_) | Ty::List(_) => true,
        Ty::Tuple(_) | Ty::Record(_) => ty.components().unwrap_or_default().into_iter().all(has_default),
        Ty::Set(_) | Ty::Map(..) | Ty::Func(..) | Ty::Rdd(_) | Ty::Counter | Ty::Stats | Ty::Var(_) | Ty::Error => {
            false
        }
    }
}

/// A made-up value, if the type has one that costs nothing.
pub(super) fn default(ty: &Ty, span: Span) -> Option<Expr> {
    let kind = match ty {
        Ty::Int => ExprKind::Int(0),
        Ty::Float => ExprKind::Float(0.0),
        Ty::Bool => ExprKind::Bool(false),
        Ty::Str => ExprKind::Str("".into()),
        Ty::Option(_) => ExprKind::None,
        Ty::List(_) => ExprKind::List(Vec::new()),
        Ty::Tuple(_) | Ty::Record(_) => {
            let parts = ty.components().unwrap_or_default().into_iter().map(|ty| default(ty, span));
            ExprKind::Tuple(parts.collect::<Option<_>>()?)
        }
        Ty::Set(_) | Ty::Map(..) | Ty::Func(..) | Ty::Rdd(_) | Ty::Counter | Ty::Stats | Ty::Var(_) | Ty::Error => {
            return None;
        }
    };
    Some(Expr { kind, ty: ty.clone(), span })
}
