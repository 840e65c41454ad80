//! Whose order rows have: ours, or the one of PySpark (`--order pyspark`).
//!
//! | | [`Order::Own`] | [`Order::PySpark`] |
//! |---|---|---|
//! | the partition of a key | the stable hash of `key` | `portable_hash(key) % n` |
//! | where `repartition` begins | partition `p` with partition `p` | where Spark's generator, seeded with `p`, says |
//!
//! Both keep rows in the order of map partitions and keys in order of first arrival, as PySpark's shuffle does, so
//! nothing else is decided here. The batches that `repartition` and `cartesian` move (PySpark moves several elements as
//! one) are decided when the plan is built (`plan::batches`).

use serde::{Deserialize, Serialize};

use super::portable;
use crate::runtime::value::arena::Arena;
use crate::runtime::value::table::{EntryIdx, Table};
use crate::runtime::value::words::{Value, built};
use crate::runtime::value::{codec, key};

/// Whose order rows have.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub enum Order {
    /// Ours.
    #[default]
    Own,
    /// That of PySpark 4.3 under CPython 3.11 with `PYTHONHASHSEED=0`.
    PySpark,
}

impl Order {
    /// The partition among `n` of a key.
    pub fn partition(self, key: Value<'_>, n: usize) -> usize {
        match self {
            Self::Own => (key::hash(key) % n as u64) as usize,
            Self::PySpark => portable::hash(key).rem_euclid(n as i64) as usize,
        }
    }

    /// The partition among `n` of a table's entry, by its key.
    pub fn entry_partition(self, table: &Table, idx: EntryIdx, n: usize) -> usize {
        match self {
            Self::Own => (table.key_hash(idx) % n as u64) as usize,
            Self::PySpark => {
                let (arena, mut words) = (Arena::new(), Vec::with_capacity(table.key_shape().words()));
                codec::decode(table.key_shape(), &mut table.key_bytes(idx), &arena, &mut words)
                    .expect("the bytes were encoded from a key");
                self.partition(built(table.key_shape(), &words), n)
            }
        }
    }

    /// Where the first element of a partition goes that is dealt to `n` partitions in turn.
    pub fn first_turn(self, partition: usize, n: usize) -> usize {
        match self {
            Self::Own => partition % n,
            // Spark counts before it deals.
            Self::PySpark => (XorShift::new(partition as i64).below(n as u32) as usize + 1) % n,
        }
    }
}

/// Spark's `XORShiftRandom`, as far as `repartition` needs it.
///
/// Source: Spark 4.3, core/util/random/XORShiftRandom.scala; `nextInt` of java.util.Random in Java 17.
struct XorShift(u64);

impl XorShift {
    fn new(seed: i64) -> Self {
        let bytes = seed.to_be_bytes();
        let low = murmur3(&bytes, 0x3c07_4a61);
        let high = murmur3(&bytes, low);
        Self(u64::from(high) << 32 | u64::from(low))
    }

    fn next(&mut self, bits: u32) -> u32 {
        self.0 ^= self.0 << 21;
        self.0 ^= self.0 >> 35;
        self.0 ^= self.0 << 4;
        self.0 as u32 & (u32::MAX >> (32 - bits))
    }

    /// An int below `n`.
    fn below(&mut self, n: u32) -> u32 {
        let mut bits = self.next(31);
        if n.is_power_of_two() {
            return ((u64::from(n) * u64::from(bits)) >> 31) as u32;
        }
        // Those at the end that would make some numbers likelier than others are drawn again.
        while bits - bits % n + (n - 1) > i32::MAX as u32 {
            bits = self.next(31);
        }
        bits % n
    }
}

/// MurmurHash3 of whole words, as Scala's library has it.
fn murmur3(bytes: &[u8; 8], seed: u32) -> u32 {
    let mut hash = seed;
    for word in bytes.as_chunks::<4>().0 {
        let word = u32::from_le_bytes(*word).wrapping_mul(0xcc9e_2d51).rotate_left(15).wrapping_mul(0x1b87_3593);
        hash = (hash ^ word).rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64);
    }
    hash ^= bytes.len() as u32;
    hash = (hash ^ hash >> 16).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ hash >> 13).wrapping_mul(0xc2b2_ae35);
    hash ^ hash >> 16
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where real Spark put the only element of each of twelve partitions.
    #[test]
    fn turns_are_sparks() {
        let recorded: [(usize, [usize; 12]); 5] = [
            (1, [0; 12]),
            (2, [1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0]),
            (7, [3, 6, 2, 0, 2, 2, 4, 2, 2, 5, 5, 3]),
            (9, [6, 1, 5, 3, 8, 2, 0, 5, 6, 6, 6, 3]),
            (100, [29, 4, 29, 48, 54, 26, 91, 61, 76, 89, 90, 3]),
        ];
        for (n, first) in recorded {
            let found: Vec<usize> = (0..12).map(|partition| Order::PySpark.first_turn(partition, n)).collect();
            assert_eq!(found, first, "{n} partitions");
        }
    }
}
