//! Sorts: the pairs of a partition in the order of their keys, without decoding them.
//!
//! Each pair is 16 bytes, the first word of its normalised key (`runtime/value/order.rs`) above its place in the blocks; these are
//! sorted as numbers. Places order as pairs arrive, so equal keys keep their order; words of a descending sort are
//! inverted, places are not, so they keep it there too, as with Python's `reverse`. Where words are equal and keys go on,
//! the run is sorted by the next word, and after a few by the keys themselves; a run that a word leaves whole goes on with
//! the first word that differs in it. Pairs are decoded when they are handed out.

use std::cmp::Ordering;
use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use crate::base::source::Span;
use crate::runtime::call::cx::Cx;
use crate::runtime::value::arena::Arena;
use crate::runtime::value::codec::Corrupt;
use crate::runtime::value::key;
use crate::runtime::value::order::{Window, shared_words};
use crate::runtime::value::rows::RowCodec;
use crate::runtime::value::shape::Shape;

use super::blocks::BATCH_BYTES;
use super::places::{Place, check_places};
use crate::exec::data::batch::Batch;
use crate::exec::data::block::Block;
use crate::exec::data::read::{BadRow, Reader, corrupt};
use crate::exec::errors::{JobError, RowOrigin, TaskResult};
use crate::exec::memory::{Accountant, Charge};
use crate::exec::operators::context::Arriving;

/// How many rows make a batch at most.
const BATCH_ROWS: usize = 1024;
/// How many rows are touched before they are decoded, so that their misses of the cache overlap.
const AHEAD: usize = 16;
/// Bytes of a line of the cache.
const LINE: usize = 64;
/// From how many pairs on a sort is worth several threads.
const PARALLEL: usize = 1 << 16;
/// Runs of at most so many pairs are sorted by their keys at once.
const SHORT_RUN: usize = 12;
/// After how many passes over words of keys the keys themselves are compared.
const PASSES: usize = 8;

/// The pairs of a partition sorted by key.
pub struct SortReader {
    pairs: Pairs,
    sorted: Vec<Entry>,
    next: usize,
    partition: usize,
    _charge: Charge,
}

/// The pairs where they arrived.
struct Pairs {
    blocks: Vec<Arc<Block>>,
    codec: RowCodec,
    key: Shape,
    key_codec: RowCodec,
    ascending: bool,
    accountant: Arc<Accountant>,
    span: Span,
}

/// A word of a pair's key, and below it its place.
type Entry = u128;

fn entry(word: u64, place: Place) -> Entry {
    Entry::from(word) << 64 | Entry::from(place.0)
}

fn word(entry: Entry) -> u64 {
    (entry >> 64) as u64
}

fn place(entry: Entry) -> Place {
    Place(entry as u64)
}

impl SortReader {
    /// Sorts all that arrives, stably.
    ///
    /// # Errors
    /// The budget of memory is exceeded.
    pub fn new(
        arriving: Arriving,
        ascending: bool,
        accountant: &Arc<Accountant>,
        partition: usize,
        span: Span,
    ) -> TaskResult<Self> {
        check_places(&arriving.blocks)?;
        let rows: usize = arriving.blocks.iter().map(|block| block.rows as usize).sum();
        let held = rows * size_of::<Entry>();
        let charge = accountant.charge(held).map_err(|over| JobError::Budget(over, span))?;
        let Shape::Tuple(components) = &arriving.shape else { unreachable!("sorts move pairs") };
        let key = components.shapes[0].clone();
        let (codec, key_codec) = (RowCodec::new(&arriving.shape), RowCodec::new(&key));
        let accountant = accountant.clone();
        let pairs = Pairs { codec, key, key_codec, blocks: arriving.blocks, ascending, accountant, span };
        let sorted = pairs.sort(rows)?;
        Ok(Self { pairs, sorted, next: 0, partition, _charge: charge })
    }
}

impl Pairs {
    fn sort(&self, rows: usize) -> TaskResult<Vec<Entry>> {
        let mut entries = vec![0; rows];
        let more = self.index(&mut entries).map_err(corrupt)?;
        sort_entries(&mut entries);
        if more {
            self.refine(&mut entries)?;
        }
        Ok(entries)
    }

    /// Fills the entries of all blocks with the first words of keys; whether there is more of any.
    fn index(&self, entries: &mut [Entry]) -> Result<bool, Corrupt> {
        let (mut rest, mut parts) = (entries, Vec::with_capacity(self.blocks.len()));
        for (number, block) in self.blocks.iter().enumerate() {
            let (part, after) = rest.split_at_mut_checked(block.rows as usize).ok_or(Corrupt)?;
            parts.push((number, block, part));
            rest = after;
        }
        let more: Result<Vec<bool>, Corrupt> =
            parts.into_par_iter().map(|(number, block, part)| self.index_block(number, block, part)).collect();
        Ok(more?.contains(&true))
    }

    fn index_block(&self, number: usize, block: &Block, entries: &mut [Entry]) -> Result<bool, Corrupt> {
        let (mut rest, mut more) = (&block.bytes[..], false);
        for slot in entries {
            let window = Window::of_bytes(&self.key, rest, 0)?;
            more |= window.more;
            *slot = entry(self.ordered(window.word), Place::new(number, block.bytes.len() - rest.len()));
            self.codec.skip(&mut rest)?;
        }
        if rest.is_empty() { Ok(more) } else { Err(Corrupt) }
    }

    fn ordered(&self, word: u64) -> u64 {
        if self.ascending { word } else { !word }
    }

    /// Sorts runs of equal words by what comes after.
    fn refine(&self, entries: &mut [Entry]) -> TaskResult<()> {
        let mut runs = Vec::new();
        find_runs(entries, 0, Pass { word: 1, number: 1 }, &mut runs);
        while let Some((run, pass)) = runs.pop() {
            let entries = &mut entries[run.clone()];
            if entries.len() <= SHORT_RUN || pass.number >= PASSES {
                self.sort_by_keys(entries)?;
                continue;
            }
            let mut more = false;
            for slot in &mut *entries {
                let window =
                    Window::of_bytes(&self.key, place(*slot).bytes(&self.blocks), pass.word).map_err(corrupt)?;
                more |= window.more;
                *slot = entry(self.ordered(window.word), place(*slot));
            }
            sort_entries(entries);
            if more {
                let word = self.next_word(entries, pass.word).map_err(corrupt)?;
                find_runs(entries, run.start, Pass { word, number: pass.number + 1 }, &mut runs);
            }
        }
        Ok(())
    }

    /// The word to sort by after one: the next, or if that left all entries together, the first that may part them.
    fn next_word(&self, entries: &[Entry], at: usize) -> Result<usize, Corrupt> {
        let [first, .., last] = entries else { return Ok(at + 1) };
        if word(*first) != word(*last) {
            return Ok(at + 1);
        }
        let mut shared = usize::MAX;
        let model = place(*first).bytes(&self.blocks);
        for entry in &entries[1..] {
            shared = shared.min(shared_words(&self.key, model, place(*entry).bytes(&self.blocks))?);
        }
        Ok(shared.max(at + 1))
    }

    /// Sorts entries, which are in the order of their places, by their keys, decoded.
    fn sort_by_keys(&self, entries: &mut [Entry]) -> TaskResult<()> {
        let (arena, mut keys) = (Arena::new(), Batch::new(self.key.clone()));
        for entry in &*entries {
            let mut bytes = place(*entry).bytes(&self.blocks);
            keys.decode_own(&self.key_codec, &mut bytes, &arena).map_err(corrupt)?;
        }
        let mut order: Vec<usize> = (0..entries.len()).collect();
        let held = size_of_val(keys.words()) + arena.allocated() + 2 * size_of_val(&*entries);
        let _charge = self.accountant.charge(held).map_err(|over| JobError::Budget(over, self.span))?;
        let compare = |a: &usize, b: &usize| -> Ordering {
            let order = key::cmp(keys.row(*a), keys.row(*b));
            let order = if self.ascending { order } else { order.reverse() };
            order.then(a.cmp(b))
        };
        if order.len() < PARALLEL {
            order.sort_unstable_by(compare);
        } else {
            order.par_sort_unstable_by(compare);
        }
        let sorted: Vec<Entry> = order.into_iter().map(|at| entries[at]).collect();
        entries.copy_from_slice(&sorted);
        Ok(())
    }
}

fn sort_entries(entries: &mut [Entry]) {
    if entries.len() < PARALLEL {
        entries.sort_unstable();
    } else {
        entries.par_sort_unstable();
    }
}

/// A pass over runs of entries.
#[derive(Clone, Copy)]
struct Pass {
    /// The word of keys that they are sorted by.
    word: usize,
    /// How many passes were before.
    number: usize,
}

/// Notes the runs of several entries with one word, which begin at `start` and are to be sorted by a pass.
fn find_runs(entries: &[Entry], start: usize, pass: Pass, runs: &mut Vec<(Range<usize>, Pass)>) {
    let mut from = start;
    for run in entries.chunk_by(|a, b| word(*a) == word(*b)) {
        if run.len() > 1 {
            runs.push((from..from + run.len(), pass));
        }
        from += run.len();
    }
}

impl Reader for SortReader {
    fn next(&mut self, cx: &mut Cx, batch: &mut Batch, _bad: &mut Vec<BadRow>) -> TaskResult<bool> {
        cx.arena.reset();
        batch.clear();
        let Pairs { blocks, codec, .. } = &self.pairs;
        let (end, mut taken) = ((self.next + BATCH_ROWS).min(self.sorted.len()), 0);
        while self.next < end && taken < BATCH_BYTES {
            let rows = &self.sorted[self.next..(self.next + AHEAD).min(end)];
            let touched = |row: &Entry| {
                let bytes = place(*row).bytes(blocks);
                bytes[0] ^ bytes.get(LINE).copied().unwrap_or(0)
            };
            std::hint::black_box(rows.iter().map(touched).fold(0, |sum, byte| sum ^ byte));
            for row in rows {
                let bytes = place(*row).bytes(blocks);
                let mut rest = bytes;
                batch.decode_own(codec, &mut rest, &cx.arena).map_err(corrupt)?;
                taken += bytes.len() - rest.len();
            }
            self.next += rows.len();
        }
        Ok(!batch.is_empty())
    }

    fn origin(&self, _row: usize) -> RowOrigin {
        RowOrigin::of_partition(self.partition)
    }
}
