//! Word count in hand-built CLIF against its Rust twin: the experiment behind the kernels' ABI (`docs/experiment.md`).
//!
//! ```text
//! CARGO_TARGET_DIR=target/experiment cargo run --release --manifest-path benches/experiment/Cargo.toml [MB]
//! ```
//!
//! A text in memory is counted in blocks of 64 KiB on one thread, in shapes that differ only in what calls what how often:
//!
//! - **fused**: split, hash, probe and increment a word, in one loop of Rust;
//! - **staged**: a block's pieces are found, a row kernel stages their address and length, and when 1024 rows are staged the
//!   batch is hashed and prefetched, probed, and the counts are updated; all in Rust;
//! - **compiled**: the same, with the row kernel and the update in CLIF, each called once a batch, and the probe in Rust;
//! - **stage by call**: the same, but the row kernel calls a Rust function a word, which stages it;
//! - **count by call**: CLIF calls a Rust function a word, which hashes, probes and increments.
//!
//! Table (`table`), masks of blanks (`text`) and hash are the same for all; counts must be identical in all, and those of
//! `std`'s map. Five rounds, each runs every shape once; what is printed are medians. A time of the processor is the
//! thread's own, from `/proc`, and says more than that of the wall on a machine that does other things.

mod kernels;
mod table;
mod text;

use std::collections::HashMap;
use std::ffi::c_void;
use std::fs;
use std::time::Instant;

use kernels::{Emit, RowKernel, State, UpdateKernel, isa, row_kernel, update_kernel};
use table::{Row, Table};
use text::{BLOCK, Text};

/// Rows of the staging area: 16 KiB.
const STAGED: usize = 1024;

const ROUNDS: usize = 5;

/// How a text is counted.
#[derive(Clone, Copy)]
enum Shape {
    Fused,
    Batched(RowKernel, UpdateKernel),
}

/// What is behind a row kernel.
struct Batch {
    table: Table,
    staging: Vec<Row>,
    counts: Vec<*mut u64>,
    update: UpdateKernel,
}

fn main() {
    let megabytes = std::env::args().nth(1).map_or(150, |arg| arg.parse().expect("expected a number of megabytes"));
    let start = Instant::now();
    let isa = isa();
    let (rows, update) = (row_kernel(&isa, Emit::Stage(flush)), update_kernel(&isa));
    println!("row kernel and update compiled in {:.2} ms", start.elapsed().as_secs_f64() * 1e3);
    let shapes = [
        ("fused", Shape::Fused),
        ("staged", Shape::Batched(rust_rows, rust_update)),
        ("compiled", Shape::Batched(rows, update)),
        ("stage by call", Shape::Batched(row_kernel(&isa, Emit::Call(stage_row)), update)),
        ("count by call", Shape::Batched(row_kernel(&isa, Emit::Call(count_row)), update)),
    ];
    for distinct in [5_000, 100_000] {
        let text = Text::new(megabytes * 1_000_000, distinct);
        println!("\n{} words, {distinct} distinct, {:.0} MB", text.words, text.bytes().len() as f64 / 1e6);
        check(&text, &shapes);
        measure(&text, &shapes);
    }
}

/// All shapes give the counts of `std`'s map.
fn check(text: &Text, shapes: &[(&str, Shape)]) {
    let mut reference: HashMap<&[u8], u64> = HashMap::new();
    for word in text.bytes().split(|byte| *byte == b' ').filter(|word| !word.is_empty()) {
        *reference.entry(word).or_default() += 1;
    }
    // SAFETY: words are at most 13 bytes, and the text is padded.
    let of = |(word, count): (&&[u8], &u64)| (unsafe { table::key(row_of(word)) }, *count);
    let mut expected: Vec<_> = reference.iter().map(of).collect();
    expected.sort_unstable();
    for (name, shape) in shapes {
        assert!(count(text, *shape).sorted() == expected, "{name} counts otherwise");
    }
    println!("all shapes agree on {} counts", expected.len());
}

fn row_of(word: &[u8]) -> Row {
    Row { address: word.as_ptr().expose_provenance(), len: word.len() }
}

fn measure(text: &Text, shapes: &[(&str, Shape)]) {
    let mut times = vec![Vec::new(); shapes.len()];
    for _ in 0..ROUNDS {
        for ((_, shape), times) in shapes.iter().zip(&mut times) {
            let (wall, busy) = (Instant::now(), busy());
            let table = count(text, *shape);
            times.push((wall.elapsed().as_secs_f64(), self::busy() - busy));
            drop(table);
        }
    }
    println!("{:14} {:>9} {:>9}   {:>9} {:>9}   {:>9}", "", "MB/s", "ns/word", "MB/s cpu", "ns/word", "best cpu");
    for ((name, _), times) in shapes.iter().zip(&times) {
        let walls = sorted(times.iter().map(|time| time.0));
        let busy = sorted(times.iter().map(|time| time.1));
        let rate = |seconds: f64| text.bytes().len() as f64 / 1e6 / seconds;
        let each = |seconds: f64| seconds * 1e9 / text.words as f64;
        let [wall, mid, best] = [walls[ROUNDS / 2], busy[ROUNDS / 2], busy[0]];
        println!(
            "{name:14} {:9.0} {:9.2}   {:9.0} {:9.2}   {:9.2}",
            rate(wall),
            each(wall),
            rate(mid),
            each(mid),
            each(best)
        );
    }
}

fn sorted(seconds: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut seconds: Vec<f64> = seconds.collect();
    seconds.sort_by(f64::total_cmp);
    seconds
}

/// Seconds that this thread has run; 0 where the system does not say.
fn busy() -> f64 {
    let stat = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    stat.split(' ').next().and_then(|first| first.parse().ok()).map_or(0.0, |nanoseconds: f64| nanoseconds / 1e9)
}

fn count(text: &Text, shape: Shape) -> Table {
    match shape {
        Shape::Fused => fused(text),
        Shape::Batched(rows, update) => batched(text, rows, update),
    }
}

fn fused(text: &Text) -> Table {
    let mut table = Table::new();
    for block in text.blocks() {
        // SAFETY: words are at most 13 bytes, and the text is padded.
        text::cut(block, |start, end| unsafe { table.count(row_of(&block[start..end])) });
    }
    table
}

fn batched(text: &Text, rows: RowKernel, update: UpdateKernel) -> Table {
    let mut batch = Batch {
        table: Table::new(),
        staging: vec![Row::default(); STAGED],
        counts: Vec::with_capacity(STAGED),
        update,
    };
    let area = batch.staging.as_mut_ptr_range();
    let at = (&raw mut batch).cast::<c_void>();
    let mut ends = vec![0; BLOCK];
    for block in text.blocks() {
        let mut pieces = 0;
        text::cut(block, |_, end| {
            ends[pieces] = end as u32;
            pieces += 1;
        });
        let base = block.as_ptr().expose_provenance() as u64;
        let ends = ends[..pieces].as_ptr_range();
        let mut state = State { base, ends: ends.start, last: ends.end, pos: area.start, limit: area.end, batch: at };
        // SAFETY: the ends and the staging area are there, and `batch` is what the functions behind the kernel expect.
        unsafe {
            rows(&mut state);
            flush(&mut state);
        }
    }
    batch.table
}

/// The row kernel's Rust twin.
unsafe extern "C" fn rust_rows(state: *mut State) {
    // SAFETY: `ends..last` is readable, `pos..limit` is writable and not empty, also after `flush`, the only other user.
    unsafe {
        let State { base, ends: mut piece, last, mut pos, limit, .. } = *state;
        let mut start = 0;
        while piece != last {
            let end = u64::from(*piece);
            pos.write(Row { address: (base + start) as usize, len: (end - start) as usize });
            (piece, pos, start) = (piece.add(1), pos.add(1), end + 1);
            if pos == limit {
                (*state).pos = pos;
                flush(state);
                pos = (*state).pos;
            }
        }
        (*state).pos = pos;
    }
}

/// The update's Rust twin.
unsafe extern "C" fn rust_update(mut at: *const *mut u64, end: *const *mut u64) {
    while at != end {
        // SAFETY: `flush` gives addresses of counts.
        unsafe {
            **at += 1;
            at = at.add(1);
        }
    }
}

/// Counts what is staged, and empties the staging area.
unsafe extern "C" fn flush(state: *mut State) {
    // SAFETY: `batched` has put them there, and nobody else uses them during the call.
    let (state, batch) = unsafe { (&mut *state, &mut *(*state).batch.cast::<Batch>()) };
    let area = batch.staging.as_mut_ptr();
    let staged = (state.pos.addr() - area.addr()) / size_of::<Row>();
    // SAFETY: words are at most 13 bytes, and the text is padded.
    unsafe { batch.table.probe(&batch.staging[..staged], &mut batch.counts) };
    let counts = batch.counts.as_ptr_range();
    // SAFETY: these are addresses of counts, and the table has not changed since.
    unsafe { (batch.update)(counts.start, counts.end) };
    state.pos = area;
}

/// Stages one row.
unsafe extern "C" fn stage_row(state: *mut State, address: u64, len: u64) {
    // SAFETY: as in the row kernel's twin.
    unsafe {
        (*state).pos.write(Row { address: address as usize, len: len as usize });
        (*state).pos = (*state).pos.add(1);
        if (*state).pos == (*state).limit {
            flush(state);
        }
    }
}

/// Counts one row.
unsafe extern "C" fn count_row(state: *mut State, address: u64, len: u64) {
    // SAFETY: `batched` has put the batch there; words are at most 13 bytes, and the text is padded.
    unsafe { (*(*state).batch.cast::<Batch>()).table.count(Row { address: address as usize, len: len as usize }) }
}
