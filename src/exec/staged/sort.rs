//! Sorts: the pairs of a partition in the order of their keys, without decoding them.
//!
//! Each pair is 16 bytes, the first word of its normalised key (`runtime::order`) above its place in the blocks; these are
//! sorted as numbers. Places order as pairs arrive, so equal keys keep their order; words of a descending sort are
//! inverted, places are not, so they keep it there too, as with Python's `reverse`. Where words are equal and keys go on,
//! the run is sorted by the next word, and in the end by the keys themselves. Pairs are decoded when they are handed out.

use std::cmp::Ordering;
use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use crate::base::source::Span;
use crate::runtime::arena::Arena;
use crate::runtime::codec::Corrupt;
use crate::runtime::cx::Cx;
use crate::runtime::key;
use crate::runtime::order::Window;
use crate::runtime::rows::RowCodec;
use crate::runtime::shape::Shape;

use super::super::batch::Batch;
use super::super::block::Block;
use super::super::errors::{JobError, RowPlace, TaskResult};
use super::super::gather::Arriving;
use super::super::memory::{Accountant, Charge};
use super::super::read::{BadRow, Reader, corrupt};
use super::blocks::{BATCH_BYTES, Place, check_places};

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
/// How many words of keys are sorted by before keys are compared themselves.
const WORDS: usize = 8;

/// The pairs of a partition sorted by key.
pub struct StagedSortReader {
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
    ascending: bool,
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

impl StagedSortReader {
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
        let pairs = Pairs { codec: RowCodec::new(&arriving.shape), key, blocks: arriving.blocks, ascending };
        let sorted = pairs.sort(rows).map_err(corrupt)?;
        Ok(Self { pairs, sorted, next: 0, partition, _charge: charge })
    }
}

impl Pairs {
    fn sort(&self, rows: usize) -> Result<Vec<Entry>, Corrupt> {
        let mut entries = vec![0; rows];
        let more = self.index(&mut entries)?;
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
    fn refine(&self, entries: &mut [Entry]) -> Result<(), Corrupt> {
        let mut runs = Vec::new();
        find_runs(entries, 0, 1, &mut runs);
        while let Some((run, at)) = runs.pop() {
            let entries = &mut entries[run.clone()];
            if entries.len() <= SHORT_RUN || at >= WORDS {
                self.sort_by_keys(entries)?;
                continue;
            }
            let mut more = false;
            for slot in &mut *entries {
                let window = Window::of_bytes(&self.key, place(*slot).bytes(&self.blocks), at)?;
                more |= window.more;
                *slot = entry(self.ordered(window.word), place(*slot));
            }
            sort_entries(entries);
            if more {
                find_runs(entries, run.start, at + 1, &mut runs);
            }
        }
        Ok(())
    }

    /// Sorts entries by their keys, decoded.
    fn sort_by_keys(&self, entries: &mut [Entry]) -> Result<(), Corrupt> {
        let (arena, mut keys) = (Arena::new(), Batch::new(self.key.clone()));
        let codec = RowCodec::new(&self.key);
        for entry in &*entries {
            keys.decode_own(&codec, &mut place(*entry).bytes(&self.blocks), &arena)?;
        }
        let mut order: Vec<(usize, Entry)> = entries.iter().copied().enumerate().collect();
        let compare = |a: &(usize, Entry), b: &(usize, Entry)| -> Ordering {
            let order = key::cmp(keys.row(a.0), keys.row(b.0));
            let order = if self.ascending { order } else { order.reverse() };
            order.then_with(|| place(a.1).cmp(&place(b.1)))
        };
        order.sort_unstable_by(compare);
        entries.iter_mut().zip(order).for_each(|(slot, (_, entry))| *slot = entry);
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

/// Notes the runs of several entries with one word, which begin at `start` and are to be sorted by word `at`.
fn find_runs(entries: &[Entry], start: usize, at: usize, runs: &mut Vec<(Range<usize>, usize)>) {
    let mut from = start;
    for run in entries.chunk_by(|a, b| word(*a) == word(*b)) {
        if run.len() > 1 {
            runs.push((from..from + run.len(), at));
        }
        from += run.len();
    }
}

impl Reader for StagedSortReader {
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

    fn place(&self, _row: usize) -> RowPlace {
        RowPlace { partition: self.partition, ..RowPlace::default() }
    }
}
