//! Where rows go: by the hash of their keys, or by ranges, with bounds from samples.
//!
//! The rules are PySpark's (`RDD.sortByKey`): `samples[len * (i + 1) / n]` are the bounds, a key goes to the first range
//! whose bound is not below it, and a descending sort counts ranges from the end. Where a function has made the keys, PySpark
//! takes the keys before it for bounds; in its order (`original`) they need not be sorted, and searching goes where it goes.

use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use crate::engine::emit::RowSlice;
use crate::runtime::spark::placing::Order;
use crate::runtime::spark::sample::{Draw, State};
use crate::runtime::value::key;
use crate::runtime::value::order::Window;
use crate::runtime::value::shape::Shape;
use crate::runtime::value::words::Value;

use crate::exec::data::batch::Batch;
use crate::exec::data::block::Block;
use crate::stage::PlaceBy;

/// The place of a row whose place could not be found.
pub use crate::exec::data::block::NOWHERE;

/// By whose hash a shuffle places the keys that it combines.
pub fn combined_order(place: &PlaceBy) -> Order {
    match place {
        PlaceBy::Hash(order) | PlaceBy::RoundRobin(order) => *order,
        PlaceBy::Custom(_) | PlaceBy::Range { .. } => Order::Own,
    }
}

/// The partitions of rows by the hash of their keys, which are the rows' first components; `places` is cleared.
pub fn hash_places(order: Order, rows: RowSlice<'_>, partitions: usize, places: &mut Vec<u32>) {
    let Shape::Tuple(components) = rows.shape() else { unreachable!("rows that are placed by key are pairs") };
    places.clear();
    match (order, &components.shapes[0]) {
        _ if partitions == 1 => places.resize(rows.len(), 0),
        (Order::Own, shape) if shape.words() > 0 && key::is_words(shape) => {
            let (words, rows) = (shape.words(), rows.words().chunks(rows.stride()).take(rows.len()));
            places.extend(rows.map(|row| (key::hash_words(&row[..words]) % partitions as u64) as u32));
        }
        _ => places.extend((0..rows.len()).map(|n| order.partition(rows.row(n).field(0), partitions) as u32)),
    }
}

/// Keys that separate ranges; sorted, unless they are the keys before a function.
pub struct Bounds {
    keys: Batch,
    /// The beginnings of the keys.
    windows: Vec<Window>,
    /// Whether the keys are.
    sorted: bool,
    /// Keep alive what the keys point to.
    _blocks: Vec<Arc<Block>>,
}

impl Bounds {
    /// The bounds that are the rows of a block, of a shape; sorted, unless they are the keys before a function.
    pub fn of_keys(block: Arc<Block>, key: &Shape, sorted: bool) -> Self {
        let mut keys = Batch::new(key.clone());
        (0..block.runs()).for_each(|run| keys.push_all(block.run(run)));
        let windows = keys.iter().map(|key| Window::of_value(key, 0)).collect();
        Self { keys, windows, sorted, _blocks: vec![block] }
    }

    /// The keys, and whether they are sorted: what [`Bounds::of_keys`] takes.
    pub fn keys(&self) -> (Arc<Block>, bool) {
        (Block::uncharged(self.keys.shape(), self.keys.iter()), self.sorted)
    }

    /// Samples the keys of pairs as PySpark does, and cuts them in `n` ranges.
    pub fn sample(partitions: &[Arc<Block>], pair: &Shape, n: usize, original: bool) -> Self {
        let total: usize = partitions.iter().map(|block| block.len()).sum();
        let fraction = (n as f64 * 20.0 / total.max(1) as f64).min(1.0);
        let rows_of = |(partition, block): (usize, &Arc<Block>)| -> Vec<usize> {
            let mut sampler = State::begin_draw(Draw::Bernoulli(fraction), 1, partition);
            (0..block.len()).filter(|_| sampler.copies() > 0).collect()
        };
        let rows: Vec<Vec<usize>> = partitions.par_iter().enumerate().map(rows_of).collect();
        let mut sampled = Batch::new(pair.clone());
        for (block, rows) in partitions.iter().zip(rows) {
            rows.into_iter().for_each(|row| sampled.push(&[block.row(row).words()]));
        }
        let keys = cut(&sampled, n, original);
        let windows = keys.iter().map(|key| Window::of_value(key, 0)).collect();
        Self { keys, windows, sorted: !original, _blocks: partitions.to_vec() }
    }

    /// The range of a key, counted from the smallest: as [`range_of`], by the beginnings of keys where these tell.
    pub fn range(&self, key: Value<'_>) -> usize {
        let window = Window::of_value(key, 0);
        let same = self.same_word(&window);
        if same.is_empty() || !window.more && !self.more(same.clone()) {
            return same.start;
        }
        self.below(key, same)
    }

    /// The bounds that begin like a key, or all where the others say nothing.
    fn same_word(&self, key: &Window) -> Range<usize> {
        if !self.sorted {
            return 0..self.windows.len();
        }
        let start = self.windows.partition_point(|bound| bound.word < key.word);
        let same = self.windows[start..].iter().take_while(|bound| bound.word == key.word).count();
        start..start + same
    }

    /// Whether any of some bounds may go on after its beginning.
    fn more(&self, mut bounds: Range<usize>) -> bool {
        !self.sorted || bounds.any(|bound| self.windows[bound].more)
    }

    /// The number of bounds below a key; all before `among` are below it, and none behind.
    fn below(&self, key: Value<'_>, among: Range<usize>) -> usize {
        let (mut low, mut high) = (among.start, among.end);
        while low < high {
            let middle = (low + high) / 2;
            if key::cmp(self.keys.row(middle), key).is_lt() {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }
}

fn cut(sampled: &Batch, n: usize, original: bool) -> Batch {
    let mut order: Vec<usize> = (0..sampled.len()).collect();
    order.sort_by(|a, b| key::cmp(sampled.row(*a).field(0), sampled.row(*b).field(0)));
    let Shape::Tuple(components) = &**sampled.shape() else { unreachable!("sorts move pairs") };
    let mut keys = Batch::new(components.shapes[0].clone());
    if !order.is_empty() {
        for i in 0..n.saturating_sub(1) {
            let pair = sampled.row(order[order.len() * (i + 1) / n]);
            keys.push(&[if original { pair.field(1).field(0) } else { pair.field(0) }.words()]);
        }
    }
    keys
}

/// The range of a key.
pub fn range_of(bounds: &Bounds, value: Value<'_>, partitions: usize, ascending: bool) -> usize {
    let low = bounds.below(value, 0..bounds.keys.len());
    if ascending { low } else { partitions - 1 - low }
}
