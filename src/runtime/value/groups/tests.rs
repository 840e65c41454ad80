//! Laws of the aggregation table: it finds what a list of keys would, whatever the shape, the batches and the hash.

use std::collections::HashMap;

use proptest::prelude::*;

use super::{ABSENT, Groups};
use crate::runtime::arbitrary::{Built, Datum, shape_and_values};
use crate::runtime::testing::Guarded;
use crate::runtime::value::arena::Arena;
use crate::runtime::value::shape::Shape;
use crate::runtime::value::table::EntryIdx;
use crate::runtime::value::words::{Value, Word, built, str_words};
use crate::runtime::value::{codec, key};

/// Puts rows into a table in batches, and counts in each state how often its key came. The states of new entries are
/// checked to be zero, and to be marked so.
fn count(groups: &mut Groups, rows: &[Vec<Word>], extra: usize, batch: usize, padded: std::ops::Range<usize>) {
    let mut states = Vec::new();
    for rows in rows.chunks(batch) {
        let stride = rows[0].len() + extra;
        let words: Vec<Word> =
            rows.iter().flat_map(|row| row.iter().copied().chain(std::iter::repeat_n(7, extra))).collect();
        // SAFETY: tests build rows of the table's shape, from texts that outlive the call.
        unsafe { groups.probe(&words, stride, rows.len(), padded.clone(), &mut states) };
        for state in &states {
            let address = std::ptr::with_exposed_provenance_mut::<Word>((state & !1) as usize);
            // SAFETY: the address of a state of one word or more, good until the next `probe`.
            let count = unsafe { &mut *address };
            assert_eq!(state & 1 == 1, *count == 0);
            *count += 1;
        }
    }
}

/// The result of a list of keys in order of first arrival: each first key, and how often it came.
fn model(values: &[Value<'_>]) -> Vec<(usize, Word)> {
    let mut found: HashMap<Vec<u8>, usize> = HashMap::new();
    let mut model: Vec<(usize, Word)> = Vec::new();
    for (n, value) in values.iter().enumerate() {
        let mut bytes = Vec::new();
        codec::encode_key(*value, &mut bytes);
        let entry = *found.entry(bytes).or_insert_with(|| {
            model.push((n, 0));
            model.len() - 1
        });
        model[entry].1 += 1;
    }
    model
}

fn encoded(value: Value<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    codec::encode(value, &mut bytes);
    bytes
}

/// Checks a table against the model of the rows that went into it.
fn check(groups: &Groups, values: &[Value<'_>]) {
    let model = model(values);
    assert_eq!(groups.len(), model.len());
    for (entry, (first, count)) in groups.ordered().zip(model) {
        let (arena, mut words) = (Arena::new(), Vec::new());
        groups.key_words(entry, &arena, &mut words);
        assert_eq!(encoded(built(groups.key_shape(), &words)), encoded(values[first]));
        assert_eq!(groups.state(entry)[0], count);
    }
    for (number, value) in look_up(groups, values).into_iter().zip(values) {
        let (mut stored, mut canonical) = (Vec::new(), Vec::new());
        let (arena, mut words) = (Arena::new(), Vec::new());
        groups.key_words(EntryIdx(number as u32), &arena, &mut words);
        codec::encode_key(built(groups.key_shape(), &words), &mut stored);
        codec::encode_key(*value, &mut canonical);
        assert_eq!(stored, canonical);
    }
}

/// The numbers of keys in a table that stays as it is.
fn look_up(groups: &Groups, values: &[Value<'_>]) -> Vec<u64> {
    let words: Vec<Word> = values.iter().flat_map(|value| value.words().iter().copied().chain([7])).collect();
    let mut numbers = Vec::new();
    // SAFETY: the rows are values of the table's shape, each with a word behind, and they are alive.
    unsafe { groups.look_up(&words, groups.key_shape().words() + 1, values.len(), 0..0, &mut numbers) };
    numbers
}

fn rows_of(kept: &Built) -> Vec<Vec<Word>> {
    kept.values().map(|value| value.words().to_vec()).collect()
}

proptest! {
    #[test]
    fn finds_what_a_list_of_keys_does(
        (shape, data) in shape_and_values(40),
        batch in 1_usize..100,
        extra in 0_usize..3,
        state_words in 1_usize..4,
        picks in proptest::collection::vec(any::<prop::sample::Index>(), 1..300),
    ) {
        let kept = Datum::build_all(&shape, &data);
        let all = rows_of(&kept);
        let rows: Vec<Vec<Word>> = picks.iter().map(|pick| pick.get(&all).clone()).collect();
        let values: Vec<Value<'_>> = kept.values().collect();
        let mut groups = Groups::new(&shape, state_words);
        prop_assert!(look_up(&groups, &values).iter().all(|number| *number == ABSENT));
        count(&mut groups, &all[..1], extra, batch, 0..0);
        for (number, value) in look_up(&groups, &values).into_iter().zip(&values) {
            prop_assert_eq!(number, if key::eq(*value, values[0]) { 0 } else { ABSENT });
        }
        let mut groups = Groups::new(&shape, state_words);
        count(&mut groups, &rows, extra, batch, 0..0);
        check(&groups, &rows.iter().map(|row| built(&shape, row)).collect::<Vec<_>>());
    }
}

/// Texts of every length around those at which their layout changes, many times over, read with and without padding.
#[test]
fn texts_of_all_lengths_and_growth() {
    let mut buffer = String::new();
    let mut spans = Vec::new();
    for n in 0..30_000_usize {
        let len = [0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 14, 15, 16, 17, 31, 32, 33, 100][n % 18];
        let digits = format!("{:0>8}", n / 18 % 700);
        let text: String = digits.chars().rev().cycle().take(len).collect();
        spans.push(buffer.len()..buffer.len() + text.len());
        buffer.push_str(&text);
    }
    let end = buffer.len();
    buffer.push_str(&" ".repeat(16));
    let rows: Vec<Vec<Word>> = spans.iter().map(|span| str_words(&buffer[span.clone()]).to_vec()).collect();
    let values: Vec<Value<'_>> = rows.iter().map(|row| built(&Shape::Str, row)).collect();
    let start = buffer.as_ptr() as usize;
    for padded in [0..0, start..start + end + 1, start..start + end / 2] {
        let mut groups = Groups::new(&Shape::Str, 2);
        count(&mut groups, &rows, 1, 1000, padded);
        check(&groups, &values);
        assert!(groups.memory() > groups.len() * 4 * size_of::<Word>());
    }
}

#[test]
fn ints_grow_the_table_in_one_batch() {
    let rows: Vec<Vec<Word>> = (0..50_000).map(|n: u64| vec![n % 20_000 * 1024]).collect();
    let mut groups = Groups::new(&Shape::Int, 1);
    count(&mut groups, &rows, 0, rows.len(), 0..0);
    check(&groups, &rows.iter().map(|row| built(&Shape::Int, row)).collect::<Vec<_>>());
}

/// The same answers when all keys collide.
#[test]
fn answers_do_not_depend_on_hashes() {
    let texts: Vec<String> = (0..3_000).map(|n| format!("{:>1$}", n % 700, n % 23)).collect();
    let rows: Vec<Vec<Word>> = texts.iter().map(|text| str_words(text).to_vec()).collect();
    let mut groups = Groups::new(&Shape::Str, 1);
    groups.collide();
    count(&mut groups, &rows, 0, 100, 0..0);
    check(&groups, &rows.iter().map(|row| built(&Shape::Str, row)).collect::<Vec<_>>());
}

/// Tuples that are stored as words, with texts at each place, inline and long, found among few and many.
#[test]
fn tuples_with_texts() {
    let (int, text) = (Shape::Int, Shape::Str);
    let shapes = [
        vec![text.clone(), int.clone()],
        vec![int.clone(), text.clone()],
        vec![text.clone(), text.clone()],
        vec![text.clone(), Shape::option(int.clone()), text.clone()],
        vec![text.clone(), text.clone(), text.clone()],
        vec![int.clone(), Shape::pair(text.clone(), Shape::Bool), int.clone(), int.clone()],
    ];
    let texts: Vec<String> = (0..60).map(|n| format!("{:>1$}", n % 12, n % 5 * 9)).collect();
    for shape in shapes.map(Shape::tuple) {
        let arena = Arena::new();
        let row = |n: usize| datum_of(&shape, &texts, &mut (n * 7919));
        let rows: Vec<Vec<Word>> = (0..20_000)
            .map(|n| {
                let mut words = Vec::new();
                row(n).write(&shape, &arena, &mut words);
                words
            })
            .collect();
        let mut groups = Groups::new(&shape, 1);
        count(&mut groups, &rows, 1, 500, 0..0);
        check(&groups, &rows.iter().map(|row| built(&shape, row)).collect::<Vec<_>>());
    }
}

/// A value of a shape, picked by a number, of which it takes digits.
fn datum_of(shape: &Shape, texts: &[String], number: &mut usize) -> Datum {
    let mut digit = |base| {
        let digit = *number % base;
        *number /= base;
        digit
    };
    match shape {
        Shape::Int => Datum::Int(digit(13) as i64),
        Shape::Bool => Datum::Bool(digit(2) == 1),
        Shape::Str => Datum::Str(texts[digit(texts.len())].clone()),
        Shape::Option(inner) if digit(3) > 0 => Datum::Option(Some(Box::new(datum_of(inner, texts, number)))),
        Shape::Option(_) => Datum::Option(None),
        Shape::Tuple(parts) => Datum::Tuple(parts.shapes.iter().map(|shape| datum_of(shape, texts, number)).collect()),
        other @ (Shape::Float | Shape::List(_) | Shape::Set(_) | Shape::Map(..)) => {
            panic!("no key of this test: {other:?}")
        }
    }
}

#[test]
fn unit_is_one_key() {
    let shape = Shape::tuple(vec![]);
    let mut groups = Groups::new(&shape, 1);
    count(&mut groups, &vec![vec![]; 100], 0, 70, 0..0);
    assert_eq!((groups.len(), groups.state(EntryIdx(0))), (1, &[100][..]));
}

#[test]
fn texts_before_an_unreadable_page_are_not_over_read() {
    let text = "abcdefghijklmnopqrstuvwxyz";
    let mut memory = Guarded::new();
    let mut groups = Groups::new(&Shape::Str, 1);
    let pair = Shape::pair(Shape::Str, Shape::Int);
    let mut pairs = Groups::new(&pair, 1);
    for len in 0..text.len() {
        let row = str_words(memory.put(&text[..len])).to_vec();
        count(&mut groups, &[row.clone(), row.clone()], 0, 2, 0..0);
        count(&mut pairs, &[[&row[..], &[3]].concat()], 0, 1, 0..0);
    }
    for (entry, len) in groups.ordered().zip(0..) {
        assert_eq!((groups.text_bytes(entry, 0), groups.state(entry)), (&text.as_bytes()[..len], &[2][..]));
    }
    assert_eq!((groups.len(), pairs.len()), (text.len(), text.len()));
}
