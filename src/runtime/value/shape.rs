//! Shapes: how a value of a type lies in machine words.
//!
//! | shape | words |
//! |---|---|
//! | int, float, bool | one: the integer, the float's bits, 0 or 1 |
//! | str | two: address and length in bytes of valid UTF-8 |
//! | tuple, record | those of the components, one after the other; `()` has none |
//! | option | 1 or 0, then the value's words (zero when `None`) |
//! | list | one: address of `[length, words of the elements …]` |
//! | set, map | one: address of a table, see `words` |

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::wire::nested;

/// A machine word.
pub type Word = u64;

/// How values of a type lie in machine words.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Shape {
    /// 64-bit integer.
    Int,
    /// 64-bit float.
    Float,
    /// 0 or 1.
    Bool,
    /// Address and length.
    Str,
    /// Components in order; a record has names.
    Tuple(#[serde(with = "nested")] Arc<Components>),
    /// Tag and payload.
    Option(#[serde(with = "nested")] Arc<Shape>),
    /// Elements in a row.
    List(#[serde(with = "nested")] Arc<Shape>),
    /// Distinct elements in order of first insertion.
    Set(#[serde(with = "nested")] Arc<Shape>),
    /// Keys with values in order of first insertion.
    Map(#[serde(with = "nested")] Arc<Shape>, #[serde(with = "nested")] Arc<Shape>),
}

/// The components of a tuple or record.
#[derive(PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "Encoded")]
pub struct Components {
    /// Field names of a record, `None` for a tuple.
    pub names: Option<Vec<Arc<str>>>,
    /// Whether these are the figures of a `stats`, which prints in a form of its own.
    pub is_stats: bool,
    /// Shapes in order.
    pub shapes: Vec<Shape>,
    /// First word of each component.
    #[serde(skip_serializing)]
    pub offsets: Vec<usize>,
    /// Words of all components.
    #[serde(skip_serializing)]
    pub words: usize,
}

/// The encoded part of components: the rest follows from it.
#[derive(Deserialize)]
struct Encoded {
    names: Option<Vec<Arc<str>>>,
    is_stats: bool,
    shapes: Vec<Shape>,
}

impl TryFrom<Encoded> for Components {
    type Error = &'static str;

    fn try_from(Encoded { names, is_stats, shapes }: Encoded) -> Result<Self, Self::Error> {
        if names.as_ref().is_some_and(|names| names.len() != shapes.len()) {
            return Err("a record has as many names as components");
        }
        let figures = [Shape::Int, Shape::Float, Shape::Float, Shape::Float, Shape::Float];
        if is_stats && (names.is_some() || shapes != figures) {
            return Err("these are not the figures of a `stats`");
        }
        Ok(Self { is_stats, ..Self::new(names, shapes) })
    }
}

impl Components {
    fn new(names: Option<Vec<Arc<str>>>, shapes: Vec<Shape>) -> Self {
        let mut words = 0;
        let mut offsets = Vec::with_capacity(shapes.len());
        for shape in &shapes {
            offsets.push(words);
            words += shape.words();
        }
        Self { names, is_stats: false, shapes, offsets, words }
    }
}

impl Shape {
    /// The shape of a tuple.
    pub fn tuple(shapes: Vec<Self>) -> Self {
        Self::Tuple(Arc::new(Components::new(None, shapes)))
    }

    /// The shape of a pair.
    pub fn pair(first: Self, second: Self) -> Self {
        Self::tuple(vec![first, second])
    }

    /// The shape of a record.
    pub fn record(fields: Vec<(Arc<str>, Self)>) -> Self {
        let (names, shapes) = fields.into_iter().unzip();
        Self::Tuple(Arc::new(Components::new(Some(names), shapes)))
    }

    /// The shape of a `stats`: count, mean, sum of squared distances from it, maximum, minimum.
    pub fn stats() -> Self {
        let shapes = vec![Self::Int, Self::Float, Self::Float, Self::Float, Self::Float];
        Self::Tuple(Arc::new(Components { is_stats: true, ..Components::new(None, shapes) }))
    }

    /// The shape of an option.
    pub fn option(inner: Self) -> Self {
        Self::Option(Arc::new(inner))
    }

    /// The shape of a list.
    pub fn list(elem: Self) -> Self {
        Self::List(Arc::new(elem))
    }

    /// How many machine words a value takes.
    pub fn words(&self) -> usize {
        match self {
            Self::Int | Self::Float | Self::Bool | Self::List(_) | Self::Set(_) | Self::Map(..) => 1,
            Self::Str => 2,
            Self::Tuple(components) => components.words,
            Self::Option(inner) => 1 + inner.words(),
        }
    }

    /// Whether the words are the whole value: nothing points elsewhere.
    pub fn is_flat(&self) -> bool {
        match self {
            Self::Int | Self::Float | Self::Bool => true,
            Self::Str | Self::List(_) | Self::Set(_) | Self::Map(..) => false,
            Self::Tuple(components) => components.shapes.iter().all(Self::is_flat),
            Self::Option(inner) => inner.is_flat(),
        }
    }
}
