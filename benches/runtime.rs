//! The runtime's pieces on their own: scans, numbers, the aggregation table at three sizes, sorts.
//!
//! `cargo bench --bench runtime [FILTER]`; figures are per item (a row, a number, a field) or byte. Data is made from
//! fixed seeds. Whole jobs are measured by `benches/workloads` and `sparkc bench`.

use std::fmt::Write as _;

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};

use sparkc::harness::exec::Batch;
use sparkc::harness::exec::Block;
use sparkc::harness::runtime::Cx;
use sparkc::harness::runtime::Groups;
use sparkc::harness::runtime::Shape;
use sparkc::harness::runtime::Window;
use sparkc::harness::runtime::numbers;
use sparkc::harness::runtime::scan;
use sparkc::harness::runtime::{Table, key};
use sparkc::harness::runtime::{Word, str_words};

fn main() {
    divan::main();
}

/// Numbers that look random and are the same on every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// A rank of which small ones are frequent: with probability in proportion to its inverse.
    fn rank(&mut self, end: usize) -> usize {
        let part = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        (((end as f64).ln() * part).exp() as usize).min(end) - 1
    }
}

/// How many rows, numbers or fields a sample has.
const ITEMS: usize = 1 << 16;

/// Lines of about 50 bytes with eight fields.
fn csv() -> String {
    let (mut random, mut text) = (Random(1), String::new());
    for n in 0..ITEMS / 8 {
        let (product, price) = (random.below(1000), random.below(100_000));
        let _ = writeln!(text, "{n},product-{product},{}.{:02},red,,{},7,{n}", price / 100, price % 100, price / 7);
    }
    text
}

#[divan::bench]
fn lines(bencher: Bencher<'_, '_>) {
    let text = csv();
    bencher.counter(BytesCount::of_str(&text)).with_inputs(Vec::new).bench_refs(|spans| {
        scan::lines(text.as_bytes(), 0, 0, spans);
        spans.len()
    });
}

#[divan::bench(args = [3, 8])]
fn fields(bencher: Bencher<'_, '_>, limit: usize) {
    let text = csv();
    bencher.counter(BytesCount::of_str(&text)).with_inputs(Vec::new).bench_refs(|words| {
        for line in text.lines() {
            words.clear();
            scan::pieces(line, b',', limit, words);
            black_box(&words);
        }
    });
}

#[divan::bench]
fn words(bencher: Bencher<'_, '_>) {
    let text = csv().replace([',', '-'], " ");
    bencher.counter(BytesCount::of_str(&text)).with_inputs(Vec::new).bench_refs(|words| {
        for line in text.lines() {
            words.clear();
            scan::words(line, usize::MAX, words);
            black_box(&words);
        }
    });
}

#[divan::bench]
fn ints(bencher: Bencher<'_, '_>) {
    let mut random = Random(2);
    let texts: Vec<String> = (0..ITEMS).map(|_| (random.next() >> (20 + random.below(40))).to_string()).collect();
    let cx = Cx::new();
    bencher
        .counter(ItemsCount::new(ITEMS))
        .bench_local(|| texts.iter().filter_map(|text| numbers::int_of_str(&cx, text).ok()).fold(0, i64::wrapping_add));
}

#[divan::bench]
fn floats(bencher: Bencher<'_, '_>) {
    let mut random = Random(3);
    let mut text = |_| format!("{}.{}", random.below(2000) as i64 - 1000, random.below(1000));
    let texts: Vec<String> = (0..ITEMS).map(&mut text).collect();
    let cx = Cx::new();
    bencher
        .counter(ItemsCount::new(ITEMS))
        .bench_local(|| texts.iter().filter_map(|text| numbers::float_of_str(&cx, text).ok()).sum::<f64>());
}

/// Rows that go into tables in a sample, and rows of a batch.
const ROWS: usize = 1 << 21;
const BATCH: usize = 2048;

/// Texts one after the other, and where each is.
struct Texts {
    text: String,
    spans: Vec<(usize, usize)>,
}

/// Words of which frequent ones are short, by rank.
fn skewed_words(distinct: usize) -> Texts {
    let mut random = Random(distinct as u64);
    let mut texts = Texts { text: String::new(), spans: Vec::with_capacity(ROWS) };
    for _ in 0..ROWS {
        let (mut rank, start) = (random.rank(distinct), texts.text.len());
        // Digits of base 20 as letters, a blank between words as in input.
        while rank > 0 || texts.text.len() < start + 2 {
            texts.text.push(char::from(b'a' + (rank % 20) as u8));
            rank /= 20;
        }
        texts.spans.push((start, texts.text.len()));
        texts.text.push(' ');
    }
    texts.text.push_str(&" ".repeat(16));
    texts
}

fn batches_of_texts(texts: &Texts) -> Vec<Batch> {
    let batch = |spans: &[(usize, usize)]| {
        let mut batch = Batch::new(Shape::Str);
        spans.iter().for_each(|(start, end)| batch.push(&[&str_words(&texts.text[*start..*end])]));
        // As a block keeps them, in one run.
        let block = Block::uncharged(&Shape::Str, batch.iter());
        batch.lend(&block, 0);
        batch
    };
    texts.spans.chunks(BATCH).map(batch).collect()
}

fn batches_of_ints(distinct: usize) -> Vec<Batch> {
    let mut random = Random(distinct as u64);
    let batch = |_| {
        let mut batch = Batch::new(Shape::Int);
        (0..BATCH).for_each(|_| batch.push(&[&[random.rank(distinct) as Word * 12_345]]));
        batch
    };
    (0..ROWS / BATCH).map(batch).collect()
}

/// Finds or inserts all rows: from an empty table on, so growth is part of it.
fn number(key: &Shape, batches: &[Batch]) -> usize {
    let (mut groups, mut numbers) = (Groups::new(key, 1), Vec::new());
    for batch in batches {
        batch.number(&mut groups, &mut numbers);
        black_box(&numbers);
    }
    groups.len()
}

const DISTINCT: [usize; 3] = [400, 100_000, 1_000_000];

#[divan::bench(args = DISTINCT, sample_count = 10)]
fn groups_of_texts(bencher: Bencher<'_, '_>, distinct: usize) {
    let texts = skewed_words(distinct);
    let batches = batches_of_texts(&texts);
    bencher.counter(ItemsCount::new(ROWS)).bench_local(|| number(&Shape::Str, &batches));
}

#[divan::bench(args = DISTINCT, sample_count = 10)]
fn groups_of_ints(bencher: Bencher<'_, '_>, distinct: usize) {
    let batches = batches_of_ints(distinct);
    bencher.counter(ItemsCount::new(ROWS)).bench_local(|| number(&Shape::Int, &batches));
}

/// The reference that the interpreter uses.
#[divan::bench(args = DISTINCT, sample_count = 3)]
fn reference_of_texts(bencher: Bencher<'_, '_>, distinct: usize) {
    let texts = skewed_words(distinct);
    let batches = batches_of_texts(&texts);
    bencher.counter(ItemsCount::new(ROWS)).bench_local(|| {
        let mut table = Table::new(Shape::Str, Shape::Int);
        for row in batches.iter().flat_map(Batch::iter) {
            black_box(table.find_or_insert(row));
        }
        table.len()
    });
}

fn one_batch(mut random: Random) -> Batch {
    let mut batch = Batch::new(Shape::Str);
    let texts: &'static [String] =
        Vec::leak((0..ITEMS).map(|_| format!("{:010}", random.next() % 10_000_000_000)).collect());
    texts.iter().for_each(|text| batch.push(&[&str_words(text)]));
    batch
}

/// By the words of normalised keys, as staged sorts do, and then by the keys where words are equal.
#[divan::bench]
fn sort_by_words(bencher: Bencher<'_, '_>) {
    let batch = one_batch(Random(5));
    bencher.counter(ItemsCount::new(ITEMS)).bench_local(|| {
        let word = |n: usize| u128::from(Window::of_value(batch.row(n), 0).word) << 64 | n as u128;
        let mut entries: Vec<u128> = (0..ITEMS).map(word).collect();
        entries.sort_unstable();
        for run in entries.chunk_by_mut(|a, b| a >> 64 == b >> 64) {
            run.sort_by(|a, b| key::cmp(batch.row(*a as u32 as usize), batch.row(*b as u32 as usize)));
        }
        entries
    });
}

/// By the keys alone, as the reference does.
#[divan::bench]
fn sort_by_keys(bencher: Bencher<'_, '_>) {
    let batch = one_batch(Random(5));
    bencher.counter(ItemsCount::new(ITEMS)).bench_local(|| {
        let mut rows: Vec<usize> = (0..ITEMS).collect();
        rows.sort_by(|a, b| key::cmp(batch.row(*a), batch.row(*b)));
        rows
    });
}
