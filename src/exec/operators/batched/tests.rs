//! The readers here give what the reference readers give, to the byte.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;

use super::group::GroupReader;
use super::sort::SortReader;
use crate::base::source::{FileId, Span};
use crate::catalog;
use crate::catalog::row::{Imp, Row};
use crate::exec::data::batch::Batch;
use crate::exec::data::block::{Block, BlockWriter, finish_all};
use crate::exec::data::heap::RowLayout;
use crate::exec::data::read::Reader;
use crate::exec::memory::Accountant;
use crate::exec::operators::context::Arriving;
use crate::exec::operators::leaves::BlockReader;
use crate::exec::operators::placement::{Bounds, range_of};
use crate::exec::operators::rows;
use crate::hir::Props;
use crate::runtime::arbitrary::{Datum, datum, key_shape, shape, shape_and_values};
use crate::runtime::call::cx::Cx;
use crate::runtime::value::codec;
use crate::runtime::value::shape::Shape;

pub(in crate::exec) fn accountant() -> Arc<Accountant> {
    Accountant::new(usize::MAX)
}

fn span() -> Span {
    Span::new(FileId(0), 0, 0)
}

/// Rows in blocks; a cut begins a new one.
pub(in crate::exec) fn blocks(shape: &Shape, rows: &[(Datum, bool)]) -> Vec<Arc<Block>> {
    let (mut writers, accountant) = (Vec::new(), accountant());
    let layout = RowLayout::new(shape);
    let writer = || BlockWriter::new(&accountant, span(), &layout);
    writers.push(writer());
    for (row, cut) in rows {
        if *cut {
            writers.push(writer());
        }
        let built = Datum::build_all(shape, std::slice::from_ref(row));
        writers.last_mut().unwrap().push(built.value(0)).unwrap();
    }
    finish_all(writers)
}

/// The rows of a reader, encoded.
pub(in crate::exec) fn rows_of(mut reader: impl Reader, shape: &Shape) -> Vec<Vec<u8>> {
    let (mut cx, mut batch, mut rows) = (Cx::new(), Batch::new(shape.clone()), Vec::new());
    while reader.next(&mut cx, &mut batch, &mut Vec::new()).unwrap() {
        rows.extend(batch.iter().map(encoded));
    }
    rows
}

fn encoded(row: crate::runtime::value::words::Value<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    codec::encode(row, &mut bytes);
    bytes
}

/// The functions that make a stage of compiled code run one input row at a time: no others do.
#[test]
fn only_functions_that_print_count_or_run_commands_go_row_by_row() {
    let in_kernels = |row: &&Row| matches!(row.imp, Imp::Rt(_)) && row.facts.props().has(Props::EFFECT);
    let rows = catalog::sections().iter().flat_map(|section| section.rows).filter(in_kernels);
    let names: BTreeSet<&str> = rows.map(|row| row.name).collect();
    assert_eq!(names.into_iter().collect::<Vec<_>>(), ["add", "pipeLines", "print"]);
}

/// A shape of pairs, and rows of it in blocks; some keys are often equal, some have long beginnings in common.
pub(in crate::exec) fn pairs(most: usize) -> impl Strategy<Value = (Shape, Vec<(Datum, bool)>)> {
    let shapes = (key_shape(), shape()).prop_map(|(key, value)| Shape::pair(key, value));
    shapes.prop_flat_map(move |shape| {
        let rows = proptest::collection::vec((datum(&shape), proptest::bool::weighted(0.1)), 0..most);
        (Just(shape), rows)
    })
}

fn text_pairs() -> impl Strategy<Value = (Shape, Vec<(Datum, bool)>)> {
    let key = prop_oneof![
        "[ab]{0,3}",
        "a{0,9}",
        "long common beginning [ab]{0,70}",
        "(ab){40}[ab]{0,2}",
        "(ab){40}[ab]{0,2}(ba){20}[ab]{0,3}",
        "\u{10ffff}{0,4}\u{0}{0,9}"
    ];
    let row = (key, 0i64..3).prop_map(|(key, n)| Datum::Tuple(vec![Datum::Str(key), Datum::Int(n)]));
    let rows = proptest::collection::vec((row, proptest::bool::weighted(0.1)), 0..120);
    (Just(Shape::pair(Shape::Str, Shape::Int)), rows)
}

fn check_sort(shape: &Shape, rows: &[(Datum, bool)], ascending: bool) {
    let arriving = || Arriving { blocks: blocks(shape, rows), shape: shape.clone() };
    let reference = rows::sort::SortReader::new(arriving(), ascending, &accountant(), 0, span()).unwrap();
    let batched = SortReader::new(arriving(), ascending, &accountant(), 0, span()).unwrap();
    assert_eq!(rows_of(batched, shape), rows_of(reference, shape));
}

fn check_groups(key: &Shape, sides: &[(Shape, Vec<(Datum, bool)>)]) {
    let arriving = || sides.iter().map(|(shape, rows)| Arriving { blocks: blocks(shape, rows), shape: shape.clone() });
    let lists = sides.iter().map(|(shape, _)| match shape {
        Shape::Tuple(pair) => Shape::list(pair.shapes[1].clone()),
        other => unreachable!("{other:?}"),
    });
    let row = Shape::tuple(std::iter::once(key.clone()).chain(lists).collect());
    let reference = rows::group::GroupReader::new(arriving().collect(), &accountant(), 0, span()).unwrap();
    let (expected, kept) = (rows_of(reference, &row), arriving().collect::<Vec<_>>());
    for again in [false, true, true] {
        let arriving = kept.iter().map(|side| Arriving { blocks: side.blocks.clone(), shape: side.shape.clone() });
        let batched = GroupReader::new(arriving.collect(), again, &accountant(), 0, span()).unwrap();
        assert_eq!(rows_of(batched, &row), expected);
    }
}

/// The shape of a side's pairs, and them; a cut begins a new block.
type Side = (Shape, Vec<(Datum, bool)>);

/// Two sides with one shape of keys.
fn two_sides() -> impl Strategy<Value = (Shape, Vec<Side>)> {
    let shapes = (key_shape(), shape(), shape());
    shapes.prop_flat_map(|(key, left, right)| {
        let side = |value: Shape| {
            let shape = Shape::pair(key.clone(), value);
            let rows = proptest::collection::vec((datum(&shape), proptest::bool::weighted(0.1)), 0..40);
            rows.prop_map(move |rows| (shape.clone(), rows))
        };
        (Just(key.clone()), (side(left), side(right)).prop_map(|(left, right)| vec![left, right]))
    })
}

proptest! {
    #[test]
    fn rows_are_sent_alike((shape, rows) in pairs(60), ranges in 1usize..5) {
        let blocks = blocks(&shape, &rows);
        let bounds = Bounds::sample(&blocks, &shape, ranges, false);
        for row in blocks.iter().flat_map(|block| block.values()) {
            prop_assert_eq!(bounds.range(row.field(0)), range_of(&bounds, row.field(0), ranges, true));
        }
    }

    #[test]
    fn pairs_are_grouped_alike((shape, rows) in pairs(60)) {
        let Shape::Tuple(components) = &shape else { unreachable!() };
        check_groups(&components.shapes[0].clone(), &[(shape.clone(), rows)]);
    }

    #[test]
    fn texts_are_grouped_alike((shape, rows) in text_pairs()) {
        check_groups(&Shape::Str, &[(shape, rows)]);
    }

    #[test]
    fn sides_are_grouped_alike((key, sides) in two_sides()) {
        check_groups(&key, &sides);
    }

    #[test]
    fn blocks_are_read_alike((shape, data) in shape_and_values(20)) {
        let rows: Vec<_> = data.into_iter().enumerate().map(|(n, row)| (row, n % 7 == 0)).collect();
        let blocks = blocks(&shape, &rows);
        let one_by_one: Vec<Vec<u8>> = blocks.iter().flat_map(|block| block.values()).map(encoded).collect();
        prop_assert_eq!(rows_of(BlockReader::new(blocks, 0), &shape), one_by_one);
    }

    #[test]
    fn pairs_are_sorted_alike((shape, rows) in pairs(40), ascending: bool) {
        check_sort(&shape, &rows, ascending);
    }

    #[test]
    fn texts_are_sorted_alike((shape, rows) in text_pairs(), ascending: bool) {
        check_sort(&shape, &rows, ascending);
    }
}
