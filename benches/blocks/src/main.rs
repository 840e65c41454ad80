//! Layouts of the rows that shuffles, caches and sorts keep (`docs/experiment.md`, "The form of blocks in memory").
//!
//! ```text
//! CARGO_TARGET_DIR=target/blocks cargo run --release --manifest-path benches/blocks/Cargo.toml [LAYOUT PATTERN OPERATION ROWS]
//! ```
//!
//! Without arguments every layout does every operation on every pattern, seven rounds of which the median is printed. With
//! arguments one operation runs once, for `valgrind --tool=callgrind --toggle-collect='*measured*'`.
//!
//! - **codec**: rows one after the other as `RowCodec` encodes them (varints).
//! - **columns**: a vector of words for each fixed word, ends and bytes for texts, ends and child columns for lists.
//! - **wide**: rows of words one after the other, with offsets into a vector of bytes or words in place of addresses.
//! - **pinned**: the same with addresses into chunks that never move, so rows are read where they lie.
//! - **shared**: as pinned, but rows that move to another block take the chunks along instead of copying texts and lists.

mod codec;
mod columns;
mod data;
mod pinned;
mod wide;

use std::time::Instant;

use data::{Pattern, Random};
use sparkc::harness::runtime::Arena;
use sparkc::harness::runtime::key;
use sparkc::harness::runtime::Shape;
use sparkc::harness::runtime::{Value, Word};

/// Words of a emit buffer.
pub const STAGED: usize = 2048;
/// Rows of a batch that is decoded.
pub const BATCH: usize = 1024;
/// Partitions of a shuffle.
const PARTITIONS: usize = 8;
const ROUNDS: usize = 7;
const OPERATIONS: [&str; 6] = ["append", "scatter", "scan", "gather", "move", "index"];
const LAYOUTS: [&str; 5] = ["codec", "columns", "wide", "pinned", "shared"];

/// A part of a row.
#[derive(Clone)]
pub enum Part {
    /// One word.
    Fixed,
    /// Address and length.
    Text,
    /// Address of a list of rows of so many words and these parts.
    List(usize, Vec<Part>),
}

/// The parts of a shape.
pub fn parts(shape: &Shape) -> Vec<Part> {
    match shape {
        Shape::Int | Shape::Float | Shape::Bool => vec![Part::Fixed],
        Shape::Str => vec![Part::Text],
        Shape::Tuple(components) => components.shapes.iter().flat_map(parts).collect(),
        Shape::List(elem) => vec![Part::List(elem.words(), parts(elem))],
        Shape::Option(_) | Shape::Set(_) | Shape::Map(..) => unreachable!("no pattern has them"),
    }
}

/// Rows of words that a consumer reads.
pub trait Consumer {
    fn rows(&mut self, words: &[Word]);
}

/// Reads every word of every row, the ends of texts, and the elements of lists.
pub struct Reading<'a> {
    parts: &'a [Part],
    width: usize,
    pub sum: u64,
}

impl Consumer for Reading<'_> {
    fn rows(&mut self, words: &[Word]) {
        self.sum = words.chunks_exact(self.width).fold(self.sum, |sum, row| read(self.parts, row, sum));
    }
}

fn read(parts: &[Part], row: &[Word], mut sum: u64) -> u64 {
    let mut at = 0;
    for part in parts {
        match part {
            Part::Fixed => {
                sum = sum.rotate_left(1).wrapping_add(row[at]);
                at += 1;
            }
            Part::Text => {
                let text = text(row[at], row[at + 1]);
                sum = sum
                    .rotate_left(1)
                    .wrapping_add(text.len() as u64 + u64::from(text[0]) + u64::from(text[text.len() - 1]));
                at += 2;
            }
            Part::List(width, parts) => {
                let items = list(row[at], *width);
                sum = match parts[..] {
                    [Part::Fixed] => items.iter().fold(sum, |sum, item| sum.wrapping_add(*item)),
                    _ => items.chunks_exact(*width).fold(sum, |sum, row| read(parts, row, sum)),
                };
                at += 1;
            }
        }
    }
    sum
}

/// The bytes of a text.
pub fn text<'a>(address: Word, len: Word) -> &'a [u8] {
    // SAFETY: layouts and data write addresses and lengths of texts that live as long as the rows are read.
    unsafe { std::slice::from_raw_parts(std::ptr::with_exposed_provenance(address as usize), len as usize) }
}

/// The words of a list's elements, of so many words each.
pub fn list<'a>(address: Word, width: usize) -> &'a [Word] {
    let address = std::ptr::with_exposed_provenance::<Word>(address as usize);
    // SAFETY: layouts and data write addresses of lists that live as long as the rows are read.
    unsafe { std::slice::from_raw_parts(address.add(1), *address as usize * width) }
}

/// One way in which blocks keep rows.
pub trait Layout: Sized {
    type Block;
    fn new(shape: &Shape) -> Self;
    /// Appends all rows to one block, a emit buffer at a time.
    fn append(&self, rows: &[Word]) -> Self::Block;
    /// Appends each row to the block of its partition, a emit buffer at a time.
    fn scatter(&self, rows: &[Word], places: &[u32], partitions: usize) -> Vec<Self::Block>;
    /// Hands out all rows in order, a batch at a time.
    fn scan(&self, block: &Self::Block, arena: &mut Arena, consumer: &mut impl Consumer);
    /// What [`Layout::gather`] wants to know of a block: where each row is.
    fn find(&self, block: &Self::Block) -> Vec<u64>;
    /// Hands out the rows at places, a batch at a time.
    fn gather(&self, block: &Self::Block, places: &[u64], arena: &mut Arena, consumer: &mut impl Consumer);
    /// Sends each row to the block of its partition.
    fn send(&self, block: &Self::Block, places: &[u32], partitions: usize) -> Vec<Self::Block>;
    /// The first eight bytes of each row's key as a number that orders, and the row's place.
    fn index(&self, block: &Self::Block) -> Vec<(u64, u64)>;
    /// Bytes that the block holds.
    fn bytes(block: &Self::Block) -> usize;
}

/// What is measured: nothing else of the program is counted by callgrind.
#[inline(never)]
fn measured<R>(run: impl FnOnce() -> R) -> R {
    run()
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match &args[..] {
        [layout, pattern, operation, rows] => {
            let pattern = Pattern::new(pattern, rows.parse().expect("expected a number of rows"));
            run(layout, &pattern, Some(operation), 1);
        }
        _ => {
            for (name, rows) in data::PATTERNS {
                let pattern = Pattern::new(name, rows);
                println!("\n{name}: {rows} rows of {} words; ns a row", pattern.shape.words());
                print!("{:8}", "");
                OPERATIONS.iter().for_each(|operation| print!(" {operation:>8}"));
                println!(" {:>8}", "bytes");
                LAYOUTS.iter().for_each(|layout| run(layout, &pattern, None, ROUNDS));
                hashes(&pattern);
            }
        }
    }
}

/// What the hash of a key costs to compute, and to read where it was kept.
fn hashes(pattern: &Pattern) {
    let Shape::Tuple(components) = &pattern.shape else { unreachable!("rows are pairs") };
    let (key, width) = (&components.shapes[0], pattern.shape.words());
    // SAFETY: the rows of a pattern are values of its shape.
    let hash = |row: &[Word]| key::hash(unsafe { Value::new(key, &row[..key.words()]) });
    let (mut computed, mut read, mut kept) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let rows = pattern.words.chunks_exact(width);
        std::hint::black_box(rows.fold(0_u64, |sum, row| sum.wrapping_add(hash(row))));
        computed.push(start.elapsed().as_secs_f64());
        kept = pattern.words.chunks_exact(width).map(|row| hash(row)).collect();
        let start = Instant::now();
        std::hint::black_box(kept.iter().fold(0_u64, |sum, hash| sum.wrapping_add(*hash)));
        read.push(start.elapsed().as_secs_f64());
    }
    let each = |times: &mut Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times[ROUNDS / 2] * 1e9 / kept.len() as f64
    };
    println!("hash of a key: {:.2} computed, {:.2} read", each(&mut computed), each(&mut read));
}

fn run(layout: &str, pattern: &Pattern, operation: Option<&String>, rounds: usize) {
    match layout {
        "codec" => figures::<codec::Codec>(layout, pattern, operation, rounds),
        "columns" => figures::<columns::Columns>(layout, pattern, operation, rounds),
        "wide" => figures::<wide::Wide>(layout, pattern, operation, rounds),
        "pinned" => figures::<pinned::Pinned<false>>(layout, pattern, operation, rounds),
        "shared" => figures::<pinned::Pinned<true>>(layout, pattern, operation, rounds),
        other => panic!("no layout: {other}"),
    }
}

fn figures<L: Layout>(name: &str, pattern: &Pattern, only: Option<&String>, rounds: usize) {
    let layout = L::new(&pattern.shape);
    let parts = parts(&pattern.shape);
    let rows = pattern.words.len() / pattern.shape.words();
    let mut random = Random(7);
    let places: Vec<u32> = (0..rows).map(|_| random.below(PARTITIONS) as u32).collect();
    let block = layout.append(&pattern.words);
    let mut found = layout.find(&block);
    (1..rows).rev().for_each(|n| found.swap(n, random.below(n + 1)));
    let wanted = Reading::over(&parts, pattern).sum;
    let mut arena = Arena::new();
    print!("{name:8}");
    for operation in OPERATIONS {
        if only.is_some_and(|only| only != operation) {
            continue;
        }
        let mut times: Vec<f64> = (0..rounds)
            .map(|_| {
                let mut reading = Reading { parts: &parts, width: pattern.shape.words(), sum: 0 };
                let start = busy();
                let blocks = measured(|| match operation {
                    "append" => vec![layout.append(&pattern.words)],
                    "scatter" => layout.scatter(&pattern.words, &places, PARTITIONS),
                    "scan" => {
                        layout.scan(&block, &mut arena, &mut reading);
                        Vec::new()
                    }
                    "gather" => {
                        layout.gather(&block, &found, &mut arena, &mut reading);
                        Vec::new()
                    }
                    "move" => layout.send(&block, &places, PARTITIONS),
                    _ => {
                        std::hint::black_box(layout.index(&block));
                        Vec::new()
                    }
                });
                let seconds = busy() - start;
                if operation == "scan" {
                    assert_eq!(reading.sum, wanted, "{name} reads other rows");
                }
                check(&layout, &blocks, operation, (pattern, &places), &parts);
                std::hint::black_box(reading.sum);
                seconds * 1e9 / rows as f64
            })
            .collect();
        times.sort_by(f64::total_cmp);
        print!(" {:8.2}", times[rounds / 2]);
    }
    println!(" {:8.1}", L::bytes(&block) as f64 / rows as f64);
}

/// Seconds that this thread has run.
fn busy() -> f64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").expect("this is Linux");
    let first = stat.split(' ').next().expect("the first is processor time");
    first.parse::<f64>().expect("it is a number") / 1e9
}

/// The blocks of a shuffle hold the rows of their partitions.
fn check<L: Layout>(
    layout: &L,
    blocks: &[L::Block],
    operation: &str,
    (pattern, places): (&Pattern, &[u32]),
    parts: &[Part],
) {
    let width = pattern.shape.words();
    for (at, block) in blocks.iter().enumerate() {
        let mut reading = Reading { parts, width, sum: 0 };
        layout.scan(block, &mut Arena::new(), &mut reading);
        let mut wanted = Reading { parts, width, sum: 0 };
        let rows = pattern.words.chunks_exact(width).zip(places);
        rows.filter(|(_, place)| operation == "append" || **place as usize == at).for_each(|(row, _)| wanted.rows(row));
        assert_eq!(reading.sum, wanted.sum, "{operation} leaves other rows");
    }
}

impl<'a> Reading<'a> {
    fn over(parts: &'a [Part], pattern: &Pattern) -> Self {
        let mut reading = Self { parts, width: pattern.shape.words(), sum: 0 };
        reading.rows(&pattern.words);
        reading
    }
}
