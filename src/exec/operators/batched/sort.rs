//! Sorts: the pairs of a partition in the order of their keys, where they arrived.
//!
//! Each pair is 16 bytes, the first word of its normalised key (`runtime/value/order.rs`) above its place in the blocks; these are
//! sorted as numbers. Places order as pairs arrive, so equal keys keep their order; words of a descending sort are
//! inverted, places are not, so they keep it there too, as with Python's `reverse`. Where words are equal and keys go on,
//! the run is sorted by the next word, and after a few by the keys themselves; a run that a word leaves whole goes on with
//! the first word that differs in it. The words of pairs are copied when they are handed out.

use std::cmp::Ordering;
use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use crate::base::source::Span;
use crate::runtime::call::cx::Cx;
use crate::runtime::value::key;
use crate::runtime::value::order::{Window, shared_words};
use crate::runtime::value::shape::Shape;
use crate::runtime::value::words::Value;

use super::places::{Place, check_places};
use crate::exec::data::batch::Batch;
use crate::exec::data::block::Block;
use crate::exec::data::read::{BadRow, Reader};
use crate::exec::errors::{JobError, RowOrigin, TaskResult};
use crate::exec::memory::{Accountant, Charge};
use crate::exec::operators::context::Arriving;

/// How many rows make a batch at most.
const BATCH_ROWS: usize = 1024;
/// How many rows are copied before the next are touched, so that misses of the cache overlap.
const AHEAD: usize = 16;
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
    key: Shape,
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
        let rows: usize = arriving.blocks.iter().map(|block| block.len()).sum();
        let held = rows * size_of::<Entry>();
        let charge = accountant.charge(held).map_err(|over| JobError::Budget(over, span))?;
        let Shape::Tuple(components) = &arriving.shape else { unreachable!("sorts move pairs") };
        let key = components.shapes[0].clone();
        let accountant = accountant.clone();
        let pairs = Pairs { key, blocks: arriving.blocks, ascending, accountant, span };
        let sorted = pairs.sort(rows)?;
        Ok(Self { pairs, sorted, next: 0, partition, _charge: charge })
    }
}

impl Pairs {
    fn sort(&self, rows: usize) -> TaskResult<Vec<Entry>> {
        let mut entries = vec![0; rows];
        let more = self.index(&mut entries);
        sort_entries(&mut entries);
        if more {
            self.refine(&mut entries)?;
        }
        Ok(entries)
    }

    /// Fills the entries of all blocks with the first words of keys; whether there is more of any.
    fn index(&self, entries: &mut [Entry]) -> bool {
        let (mut rest, mut parts) = (entries, Vec::with_capacity(self.blocks.len()));
        for (number, block) in self.blocks.iter().enumerate() {
            let (part, after) = rest.split_at_mut(block.len());
            parts.push((number, block, part));
            rest = after;
        }
        let more: Vec<bool> =
            parts.into_par_iter().map(|(number, block, part)| self.index_block(number, block, part)).collect();
        more.contains(&true)
    }

    fn index_block(&self, number: usize, block: &Block, entries: &mut [Entry]) -> bool {
        let mut more = false;
        for (row, (slot, pair)) in entries.iter_mut().zip(block.values()).enumerate() {
            let window = Window::of_value(pair.field(0), 0);
            more |= window.more;
            *slot = entry(self.ordered(window.word), Place::new(number, row));
        }
        more
    }

    fn key(&self, entry: Entry) -> Value<'_> {
        place(entry).row(&self.blocks).field(0)
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
                let window = Window::of_value(self.key(*slot), pass.word);
                more |= window.more;
                *slot = entry(self.ordered(window.word), place(*slot));
            }
            sort_entries(entries);
            if more {
                let word = self.next_word(entries, pass.word);
                find_runs(entries, run.start, Pass { word, number: pass.number + 1 }, &mut runs);
            }
        }
        Ok(())
    }

    /// The word to sort by after one: the next, or if that left all entries together, the first that may part them.
    fn next_word(&self, entries: &[Entry], at: usize) -> usize {
        let [first, .., last] = entries else { return at + 1 };
        if word(*first) != word(*last) {
            return at + 1;
        }
        let model = self.key(*first);
        let shared = entries[1..].iter().map(|entry| shared_words(model, self.key(*entry))).min();
        shared.map_or(at + 1, |shared| shared.max(at + 1))
    }

    /// Sorts entries, which are in the order of their places, by their keys.
    fn sort_by_keys(&self, entries: &mut [Entry]) -> TaskResult<()> {
        let mut keys = Batch::new(self.key.clone());
        entries.iter().for_each(|entry| keys.push(&[self.key(*entry).words()]));
        let mut order: Vec<usize> = (0..entries.len()).collect();
        let held = size_of_val(keys.words()) + 2 * size_of_val(&*entries);
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
        let blocks = &self.pairs.blocks;
        let end = (self.next + BATCH_ROWS).min(self.sorted.len());
        for rows in self.sorted[self.next..end].chunks(AHEAD) {
            let touched = rows.iter().map(|row| place(*row).row(blocks).words().iter().fold(0, |sum, word| sum ^ word));
            std::hint::black_box(touched.fold(0, |sum, word| sum ^ word));
            rows.iter().for_each(|row| batch.push(&[place(*row).row(blocks).words()]));
        }
        self.next = end;
        Ok(!batch.is_empty())
    }

    fn origin(&self, _row: usize) -> RowOrigin {
        RowOrigin::of_partition(self.partition)
    }
}
