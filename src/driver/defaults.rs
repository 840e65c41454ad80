//! Empty values of a type: what actions give while a job is explained and not run.

use std::sync::Arc;

use crate::exec::data::batch::Batch;
use crate::runtime::value::datum::Datum;
use crate::runtime::value::shape::Shape;
use crate::runtime::value::words::{Word, empty_object, str_words};

/// `0`, `""`, `None`, `[]`, … of a shape.
pub(super) fn default_of(shape: &Shape) -> Arc<Datum> {
    let mut words = Vec::new();
    push(shape, &mut words);
    let mut batch = Batch::new(shape.clone());
    batch.push(&[&words]);
    Datum::copy(batch.row(0))
}

fn push(shape: &Shape, words: &mut Vec<Word>) {
    match shape {
        Shape::Int | Shape::Float | Shape::Bool => words.push(0),
        Shape::Str => words.extend(str_words("")),
        Shape::Tuple(components) => components.shapes.iter().for_each(|shape| push(shape, words)),
        Shape::Option(inner) => words.resize(words.len() + 1 + inner.words(), 0),
        Shape::List(_) | Shape::Set(_) | Shape::Map(..) => words.push(empty_object()),
    }
}
