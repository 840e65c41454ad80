//! Types.
//!
//! `int float bool str`, the empty tuple `()`, tuples, records, options `T?`, `list[T]`, `set[T]`, `map[K, V]`,
//! functions, `rdd[T]` and accumulators. [`Ty::Var`] stands for what inference has yet to find; nothing after `sema`
//! sees one.

#![expect(clippy::wildcard_enum_match_arm, reason = "asks for a few of the many forms of expressions and types")]

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::index::id;
use crate::base::wire::nested;
use crate::runtime::value::shape::Shape;

id!(pub VarId, "Type variable of inference, or of a signature.");

/// A type.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Ty {
    /// 64-bit integer; overflow is a row error.
    Int,
    /// 64-bit float.
    Float,
    /// `True` or `False`.
    Bool,
    /// Unicode text.
    Str,
    /// `(A, B)`; `()` is the unit, a value of no words.
    Tuple(#[serde(with = "nested")] Vec<Ty>),
    /// `{name: T}`, fields in the order they were written; prints as a dict.
    Record(#[serde(with = "nested")] Vec<(Arc<str>, Ty)>),
    /// `T?`: a value or `None`.
    Option(#[serde(with = "nested")] Box<Ty>),
    /// `list[T]`
    List(#[serde(with = "nested")] Box<Ty>),
    /// `set[T]`
    Set(#[serde(with = "nested")] Box<Ty>),
    /// `map[K, V]`
    Map(#[serde(with = "nested")] Box<Ty>, #[serde(with = "nested")] Box<Ty>),
    /// `(A, B) -> C`: never a value of a row.
    Func(#[serde(with = "nested")] Vec<Ty>, #[serde(with = "nested")] Box<Ty>),
    /// `rdd[T]`: a value of the driver only.
    Rdd(#[serde(with = "nested")] Box<Ty>),
    /// `counter`: an accumulator of ints.
    Counter,
    /// `stats`: the figures of numbers that `stats` gives.
    Stats,
    /// Not known yet.
    Var(VarId),
    /// The type of a value with an error that was reported already; it fits everything.
    Error,
}

impl Ty {
    /// The empty tuple.
    pub fn unit() -> Self {
        Self::Tuple(Vec::new())
    }

    /// `rdd[elem]`
    pub fn rdd(elem: Self) -> Self {
        Self::Rdd(Box::new(elem))
    }

    /// `list[elem]`
    pub fn list(elem: Self) -> Self {
        Self::List(Box::new(elem))
    }

    /// `elem?`
    pub fn option(elem: Self) -> Self {
        Self::Option(Box::new(elem))
    }

    /// `(key, value)`
    pub fn pair(key: Self, value: Self) -> Self {
        Self::Tuple(vec![key, value])
    }

    /// Whether a value of it is an RDD, or a tuple of RDDs: a value of the driver only.
    pub fn holds_rdd(&self) -> bool {
        match self {
            Self::Rdd(_) => true,
            Self::Tuple(tys) => tys.iter().any(Self::holds_rdd),
            Self::Int | Self::Float | Self::Bool | Self::Str | Self::Counter | Self::Stats => false,
            Self::Var(_) | Self::Error => false,
            Self::Record(_) | Self::Option(_) | Self::List(_) | Self::Set(_) | Self::Map(..) | Self::Func(..) => false,
        }
    }

    /// Whether a row, or a part of one, can be of it.
    pub fn is_of_rows(&self) -> bool {
        match self {
            Self::Int | Self::Float | Self::Bool | Self::Str | Self::Counter | Self::Stats => true,
            Self::Tuple(tys) => tys.iter().all(Self::is_of_rows),
            Self::Record(fields) => fields.iter().all(|(_, ty)| ty.is_of_rows()),
            Self::Option(ty) | Self::List(ty) | Self::Set(ty) => ty.is_of_rows(),
            Self::Map(key, value) => key.is_of_rows() && value.is_of_rows(),
            Self::Func(..) | Self::Rdd(_) | Self::Var(_) | Self::Error => false,
        }
    }

    /// The types of a tuple's or record's components, in order.
    pub fn components(&self) -> Option<Vec<&Self>> {
        match self {
            Self::Tuple(tys) => Some(tys.iter().collect()),
            Self::Record(fields) => Some(fields.iter().map(|(_, ty)| ty).collect()),
            _ => None,
        }
    }

    /// The shape of this type's values at run time.
    ///
    /// # Panics
    /// On functions, RDDs, variables and errors: `sema` keeps these out of rows.
    pub fn shape(&self) -> Shape {
        match self {
            Self::Int | Self::Counter => Shape::Int,
            Self::Stats => Shape::stats(),
            Self::Float => Shape::Float,
            Self::Bool => Shape::Bool,
            Self::Str => Shape::Str,
            Self::Tuple(tys) => Shape::tuple(tys.iter().map(Self::shape).collect()),
            Self::Record(fields) => Shape::record(fields.iter().map(|(name, ty)| (name.clone(), ty.shape())).collect()),
            Self::Option(ty) => Shape::option(ty.shape()),
            Self::List(ty) => Shape::List(Arc::new(ty.shape())),
            Self::Set(ty) => Shape::Set(Arc::new(ty.shape())),
            Self::Map(key, value) => Shape::Map(Arc::new(key.shape()), Arc::new(value.shape())),
            Self::Func(..) | Self::Rdd(_) | Self::Var(_) | Self::Error => unreachable!("{self} is no type of a row"),
        }
    }
}

impl fmt::Display for Ty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int => f.write_str("int"),
            Self::Float => f.write_str("float"),
            Self::Bool => f.write_str("bool"),
            Self::Str => f.write_str("str"),
            Self::Counter => f.write_str("counter"),
            Self::Stats => f.write_str("stats"),
            Self::Error => f.write_str("?"),
            Self::Var(var) => write!(f, "_{}", var.0),
            Self::Tuple(tys) if tys.len() == 1 => write!(f, "({},)", tys[0]),
            Self::Tuple(tys) => write_list(f, "(", tys, ")"),
            Self::Record(fields) => {
                f.write_str("{")?;
                for (i, (name, ty)) in fields.iter().enumerate() {
                    write!(f, "{}{name}: {ty}", if i > 0 { ", " } else { "" })?;
                }
                f.write_str("}")
            }
            Self::Option(ty) => {
                if let Self::Func(..) = **ty {
                    write!(f, "({ty})?")
                } else {
                    write!(f, "{ty}?")
                }
            }
            Self::List(ty) => write!(f, "list[{ty}]"),
            Self::Set(ty) => write!(f, "set[{ty}]"),
            Self::Map(key, value) => write!(f, "map[{key}, {value}]"),
            Self::Func(params, result) => {
                write_list(f, "(", params, ")")?;
                write!(f, " -> {result}")
            }
            Self::Rdd(ty) => write!(f, "rdd[{ty}]"),
        }
    }
}

fn write_list(f: &mut fmt::Formatter<'_>, open: &str, tys: &[Ty], close: &str) -> fmt::Result {
    f.write_str(open)?;
    for (i, ty) in tys.iter().enumerate() {
        write!(f, "{}{ty}", if i > 0 { ", " } else { "" })?;
    }
    f.write_str(close)
}
