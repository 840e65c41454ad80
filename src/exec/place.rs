//! Ranges of keys: bounds from samples, and the range of a key.
//!
//! The rules are PySpark's (`RDD.sortByKey`): `samples[len * (i + 1) / n]` are the bounds, a key goes to the first range
//! whose bound is not below it, and a descending sort counts ranges from the end.

use std::sync::{Arc, Mutex};

use crate::runtime::arena::Arena;
use crate::runtime::codec;
use crate::runtime::key;
use crate::runtime::sample::State;
use crate::runtime::shape::Shape;
use crate::runtime::value::Value;

use super::batch::Batch;
use super::block::Block;
use super::errors::TaskResult;
use super::read::corrupt;

/// Sorted keys that separate ranges.
pub struct Bounds {
    keys: Batch,
    /// Keeps what `keys` points to; locked for nothing but to make the bounds `Sync`.
    _arena: Mutex<Arena>,
    _blocks: Vec<Arc<Block>>,
}

impl Bounds {
    /// Samples the keys of pairs as PySpark does, and cuts them in `n` ranges.
    ///
    /// # Errors
    /// A block is corrupt.
    pub fn sample(partitions: &[Arc<Block>], pair: &Shape, n: usize) -> TaskResult<Self> {
        let total: u64 = partitions.iter().map(|block| block.rows).sum();
        let fraction = (n as f64 * 20.0 / total.max(1) as f64).min(1.0);
        let (arena, mut sampled) = (Arena::new(), Batch::new(pair.clone()));
        for (partition, block) in partitions.iter().enumerate() {
            let mut sampler = State::begin_sample(false, fraction, 1, partition);
            let mut rest = &block.bytes[..];
            while !rest.is_empty() {
                if sampler.copies() > 0 {
                    sampled.decode(&mut rest, &arena).map_err(corrupt)?;
                } else {
                    codec::skip(pair, &mut rest).map_err(corrupt)?;
                }
            }
        }
        Ok(Self { keys: cut(&sampled, n), _arena: Mutex::new(arena), _blocks: partitions.to_vec() })
    }
}

fn cut(sampled: &Batch, n: usize) -> Batch {
    let mut order: Vec<usize> = (0..sampled.len()).collect();
    order.sort_by(|a, b| key::cmp(sampled.row(*a).field(0), sampled.row(*b).field(0)));
    let Shape::Tuple(components) = &**sampled.shape() else { unreachable!("sorts move pairs") };
    let mut keys = Batch::new(components.shapes[0].clone());
    if !order.is_empty() {
        for i in 0..n.saturating_sub(1) {
            keys.push(&[sampled.row(order[order.len() * (i + 1) / n]).field(0).words()]);
        }
    }
    keys
}

/// The range of a key.
pub fn range_of(bounds: &Bounds, value: Value<'_>, partitions: usize, ascending: bool) -> usize {
    let (mut low, mut high) = (0, bounds.keys.len());
    while low < high {
        let middle = (low + high) / 2;
        if key::cmp(bounds.keys.row(middle), value).is_lt() {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if ascending { low } else { partitions - 1 - low }
}
