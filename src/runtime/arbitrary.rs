//! Random shapes and values for property tests.
//!
//! [`shape_and_values`] gives a shape and several values of it, small and adversarial (NaN, −0.0, equal keys, quotes,
//! characters that do not print); [`Datum::build_all`] writes them as words.

use std::sync::Arc;

use proptest::prelude::*;

use super::value::arena::Arena;
use super::value::objects::TableBuilder;
use super::value::shape::Shape;
use super::value::words::{Value, Word, built, list_word, str_words};

/// A value that owns what it holds.
#[derive(Clone, Debug)]
pub(crate) enum Datum {
    Int(i64),
    Float(f64),
    Bool(bool),
    Str(String),
    Tuple(Vec<Datum>),
    Option(Option<Box<Datum>>),
    /// Elements of a list or set.
    Items(Vec<Datum>),
    /// Entries of a map.
    Entries(Vec<(Datum, Datum)>),
}

/// Values as words, with what they point to.
pub(crate) struct Built {
    shape: Shape,
    rows: Vec<Vec<Word>>,
    _arena: Arena,
}

impl Built {
    pub(crate) fn value(&self, n: usize) -> Value<'_> {
        built(&self.shape, &self.rows[n])
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = Value<'_>> {
        self.rows.iter().map(|row| built(&self.shape, row))
    }
}

impl Datum {
    /// Writes values of a shape as words.
    pub(crate) fn build_all(shape: &Shape, data: &[Self]) -> Built {
        let arena = Arena::new();
        let mut rows = Vec::new();
        for datum in data {
            let mut row = Vec::new();
            datum.write(shape, &arena, &mut row);
            rows.push(row);
        }
        Built { shape: shape.clone(), rows, _arena: arena }
    }

    /// Appends the words of a value of the shape.
    pub(crate) fn write(&self, shape: &Shape, arena: &Arena, out: &mut Vec<Word>) {
        match (self, shape) {
            (Self::Int(n), Shape::Int) => out.push(*n as Word),
            (Self::Float(x), Shape::Float) => out.push(x.to_bits()),
            (Self::Bool(b), Shape::Bool) => out.push(Word::from(*b)),
            (Self::Str(text), Shape::Str) => out.extend(str_words(arena.str(text))),
            (Self::Tuple(parts), Shape::Tuple(components)) => {
                parts.iter().zip(&components.shapes).for_each(|(part, shape)| part.write(shape, arena, out));
            }
            (Self::Option(None), Shape::Option(inner)) => out.extend(vec![0; 1 + inner.words()]),
            (Self::Option(Some(part)), Shape::Option(inner)) => {
                out.push(1);
                part.write(inner, arena, out);
            }
            (Self::Items(items), Shape::List(elem)) => {
                let mut words = Vec::new();
                items.iter().for_each(|item| item.write(elem, arena, &mut words));
                out.push(list_word(arena, items.len(), &words));
            }
            (Self::Items(items), Shape::Set(elem)) => {
                let mut table = TableBuilder::set(elem);
                for item in items {
                    let mut words = Vec::new();
                    item.write(elem, arena, &mut words);
                    table.insert(built(elem, &words), &[]);
                }
                out.push(table.finish(arena).0);
            }
            (Self::Entries(entries), Shape::Map(key, value)) => {
                let mut table = TableBuilder::map(key, value);
                for (k, v) in entries {
                    let (mut key_words, mut value_words) = (Vec::new(), Vec::new());
                    k.write(key, arena, &mut key_words);
                    v.write(value, arena, &mut value_words);
                    table.insert(built(key, &key_words), &value_words);
                }
                out.push(table.finish(arena).0);
            }
            (datum, shape) => panic!("{datum:?} is no {shape:?}"),
        }
    }
}

/// Shapes of keys: everything but sets and maps.
pub(crate) fn key_shape() -> impl Strategy<Value = Shape> {
    let leaf = prop_oneof![Just(Shape::Int), Just(Shape::Float), Just(Shape::Bool), Just(Shape::Str)];
    leaf.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Shape::tuple),
            proptest::collection::vec(inner.clone(), 1..3).prop_map(record),
            inner.clone().prop_map(Shape::option),
            inner.prop_map(Shape::list),
        ]
    })
}

fn record(shapes: Vec<Shape>) -> Shape {
    Shape::record(shapes.into_iter().enumerate().map(|(n, shape)| (Arc::from(format!("f{n}")), shape)).collect())
}

/// Any shape.
pub(crate) fn shape() -> impl Strategy<Value = Shape> {
    let leaf = prop_oneof![
        3 => key_shape(),
        1 => key_shape().prop_map(|key| Shape::Set(Arc::new(key))),
        1 => (key_shape(), key_shape()).prop_map(|(key, item)| Shape::Map(Arc::new(key), Arc::new(item))),
    ];
    leaf.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Shape::tuple),
            inner.clone().prop_map(Shape::option),
            inner.clone().prop_map(Shape::list),
            (key_shape(), inner).prop_map(|(key, item)| Shape::Map(Arc::new(key), Arc::new(item))),
        ]
    })
}

/// Values of a shape.
pub(crate) fn datum(shape: &Shape) -> BoxedStrategy<Datum> {
    match shape {
        Shape::Int => prop_oneof![(-3i64..4), any::<i64>()].prop_map(Datum::Int).boxed(),
        Shape::Float => prop_oneof![
            Just(0.0),
            Just(-0.0),
            Just(f64::NAN),
            Just(-f64::NAN),
            Just(f64::INFINITY),
            (-3i32..4).prop_map(|n| f64::from(n) / 2.0),
            any::<f64>()
        ]
        .prop_map(Datum::Float)
        .boxed(),
        Shape::Bool => any::<bool>().prop_map(Datum::Bool).boxed(),
        Shape::Str => prop_oneof!["[ab]{0,2}", "[a-c'\"\\\\\u{e9}\u{a0}\n\u{200b}\u{1f600}]{0,12}", ".{0,40}"]
            .prop_map(Datum::Str)
            .boxed(),
        Shape::Tuple(components) => {
            components.shapes.iter().map(datum).collect::<Vec<_>>().prop_map(Datum::Tuple).boxed()
        }
        Shape::Option(inner) => {
            proptest::option::of(datum(inner)).prop_map(|d| Datum::Option(d.map(Box::new))).boxed()
        }
        Shape::List(elem) | Shape::Set(elem) => {
            prop_oneof![3 => proptest::collection::vec(datum(elem), 0..4), 1 => proptest::collection::vec(datum(elem), 0..24)]
                .prop_map(Datum::Items)
                .boxed()
        }
        Shape::Map(key, item) => {
            let entry = (datum(key), datum(item));
            prop_oneof![3 => proptest::collection::vec(entry.clone(), 0..4), 1 => proptest::collection::vec(entry, 0..24)]
                .prop_map(Datum::Entries)
                .boxed()
        }
    }
}

/// A shape and so many values of it.
pub(crate) fn shape_and_values(n: usize) -> impl Strategy<Value = (Shape, Vec<Datum>)> {
    shape().prop_flat_map(move |shape| {
        let data = proptest::collection::vec(datum(&shape), n);
        (Just(shape), data)
    })
}
