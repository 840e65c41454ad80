//! The hash, the equality and the order of values as keys.
//!
//! Partitioning, grouping, sets, maps and sorts of both engines and of every process use these and no others. Laws (tests
//! below): `eq` is an equivalence, `cmp` a total order with `cmp == Equal` exactly when `eq`, and equal values have equal
//! hashes. Floats are keys by value: −0.0 and 0.0 are one key, NaN is one key and sorts last. Texts order by code point
//! (which is the order of their UTF-8 bytes), tuples and lists lexicographically, `None` before every value (Python does
//! not compare `None`), `False` before `True`. Sets and maps are equal when they have the same entries in any order; they
//! are no keys, and their order (by length, then by sorted entries) serves tests only.
//!
//! The hash is stable across machines and releases: the sequence of part files depends on it.
//!
//! For Python's `==` and `<`, where NaN equals nothing, see `operators`.

use std::cmp::Ordering;
use std::sync::atomic::{AtomicBool, Ordering as Sync};

use super::shape::Shape;
use super::words::{Value, Word};

/// A testing switch of the process: every hash is 0, so that all keys collide.
static HASH_ZERO: AtomicBool = AtomicBool::new(false);

/// Makes every hash of this process 0 (or restores it): answers must not depend on hashes.
pub fn set_hash_zero(zero: bool) {
    HASH_ZERO.store(zero, Sync::Relaxed);
}

/// Whether hashes are to be 0, see [`set_hash_zero`].
pub fn hash_is_zero() -> bool {
    HASH_ZERO.load(Sync::Relaxed)
}

const SEED: u64 = 0x9e37_79b9_7f4a_7c15;
const MULTIPLY: u64 = 0xd6e8_feb8_6659_fd93;
const TEXT: u64 = 0xa076_1d64_78bd_642f;

/// Folds the 128-bit product of two words, as wyhash does.
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

/// Adds a word to a hash.
fn mix(hash: u64, word: u64) -> u64 {
    fold(hash ^ word, MULTIPLY).wrapping_add(SEED)
}

/// The hash of a value as a key: 64 bits of which any are good to use.
pub fn hash(value: Value<'_>) -> u64 {
    if HASH_ZERO.load(Sync::Relaxed) {
        return 0;
    }
    finish(add(SEED, value))
}

/// Whether [`hash_words`] is the hash of values of a shape: they are ints and bools, alone or in tuples.
pub fn is_words(shape: &Shape) -> bool {
    match shape {
        Shape::Int | Shape::Bool => true,
        Shape::Tuple(components) => components.shapes.iter().all(is_words),
        Shape::Float | Shape::Str | Shape::Option(_) | Shape::List(_) | Shape::Set(_) | Shape::Map(..) => false,
    }
}

/// The hash of a value that is its words, see [`is_words`].
#[inline]
pub fn hash_words(words: &[Word]) -> u64 {
    if HASH_ZERO.load(Sync::Relaxed) {
        return 0;
    }
    finish(words.iter().fold(SEED, |hash, word| mix(hash, *word)))
}

fn finish(hash: u64) -> u64 {
    fold(hash ^ (hash >> 32), TEXT)
}

/// The bits of a float as a key: one zero, one NaN.
pub fn float_bits(x: f64) -> u64 {
    if x.is_nan() { f64::NAN.to_bits() & !(1 << 63) } else { (x + 0.0).to_bits() }
}

fn add(hash: u64, value: Value<'_>) -> u64 {
    match value.shape() {
        Shape::Int | Shape::Bool => mix(hash, value.words()[0]),
        Shape::Float => mix(hash, float_bits(value.float())),
        Shape::Str => mix(hash, bytes(value.str().as_bytes())),
        Shape::Tuple(components) => (0..components.shapes.len()).fold(hash, |hash, n| add(hash, value.field(n))),
        Shape::Option(_) => match value.option() {
            None => mix(hash, 0),
            Some(inner) => add(mix(hash, 1), inner),
        },
        Shape::List(_) => value.items().fold(mix(hash, value.len() as u64), add),
        Shape::Set(_) => {
            value.items().fold(mix(hash, value.len() as u64), |sum, item| sum.wrapping_add(finish(add(SEED, item))))
        }
        Shape::Map(..) => value.entries().fold(mix(hash, value.len() as u64), |sum, (key, item)| {
            sum.wrapping_add(finish(add(add(SEED, key), item)))
        }),
    }
}

/// Reads up to eight bytes as a little-endian word.
fn word(bytes: &[u8]) -> u64 {
    let mut word = [0; 8];
    word[..bytes.len()].copy_from_slice(bytes);
    u64::from_le_bytes(word)
}

/// The hash of bytes, of wyhash's kind: two words a step.
fn bytes(bytes: &[u8]) -> u64 {
    let start = TEXT ^ bytes.len() as u64;
    if bytes.len() <= 8 {
        return fold(word(bytes) ^ SEED, start);
    }
    let mut hash = start;
    let mut rest = bytes;
    while rest.len() > 16 {
        let (head, tail) = rest.split_at(16);
        hash = fold(word(&head[..8]) ^ MULTIPLY, word(&head[8..]) ^ hash);
        rest = tail;
    }
    // The last 16 bytes, or all of them in two words that may overlap; the length is in the start.
    let last = if bytes.len() >= 16 { &bytes[bytes.len() - 16..] } else { bytes };
    fold(word(&last[..8]) ^ SEED, word(&last[last.len() - 8..]) ^ hash)
}

/// Whether two values of a shape are the same key.
pub fn eq(a: Value<'_>, b: Value<'_>) -> bool {
    match a.shape() {
        Shape::Int | Shape::Bool => a.words()[0] == b.words()[0],
        Shape::Float => float_bits(a.float()) == float_bits(b.float()),
        Shape::Str => a.str() == b.str(),
        Shape::Tuple(components) => (0..components.shapes.len()).all(|n| eq(a.field(n), b.field(n))),
        Shape::Option(_) => match (a.option(), b.option()) {
            (None, None) => true,
            (Some(a), Some(b)) => eq(a, b),
            (None, Some(_)) | (Some(_), None) => false,
        },
        Shape::List(_) => a.len() == b.len() && a.items().zip(b.items()).all(|(a, b)| eq(a, b)),
        Shape::Set(_) | Shape::Map(..) => a.len() == b.len() && cmp(a, b) == Ordering::Equal,
    }
}

/// The order of floats as keys: by value, −0.0 equal to 0.0, NaN last and equal to itself.
pub fn cmp_float(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
}

/// The order of two values of a shape.
pub fn cmp(a: Value<'_>, b: Value<'_>) -> Ordering {
    match a.shape() {
        Shape::Int => a.int().cmp(&b.int()),
        Shape::Bool => a.bool().cmp(&b.bool()),
        Shape::Float => cmp_float(a.float(), b.float()),
        Shape::Str => a.str().cmp(b.str()),
        Shape::Tuple(components) => (0..components.shapes.len())
            .map(|n| cmp(a.field(n), b.field(n)))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal),
        Shape::Option(_) => match (a.option(), b.option()) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(a), Some(b)) => cmp(a, b),
        },
        Shape::List(_) => a
            .items()
            .zip(b.items())
            .map(|(a, b)| cmp(a, b))
            .find(|order| order.is_ne())
            .unwrap_or(a.len().cmp(&b.len())),
        Shape::Set(_) => a.len().cmp(&b.len()).then_with(|| cmp_sorted(a.items(), b.items(), |a, b| cmp(*a, *b))),
        Shape::Map(..) => a
            .len()
            .cmp(&b.len())
            .then_with(|| cmp_sorted(a.entries(), b.entries(), |a, b| cmp(a.0, b.0).then_with(|| cmp(a.1, b.1)))),
    }
}

fn cmp_sorted<T>(
    a: impl Iterator<Item = T>,
    b: impl Iterator<Item = T>,
    order: impl Fn(&T, &T) -> Ordering,
) -> Ordering {
    let (mut a, mut b): (Vec<T>, Vec<T>) = (a.collect(), b.collect());
    a.sort_by(&order);
    b.sort_by(&order);
    a.iter().zip(&b).map(|(a, b)| order(a, b)).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::runtime::arbitrary::{Datum, shape_and_values};

    proptest! {
        #[test]
        fn hash_eq_and_cmp_agree((shape, data) in shape_and_values(3)) {
            let built = Datum::build_all(&shape, &data);
            for a in built.values() {
                prop_assert!(eq(a, a) && cmp(a, a) == Ordering::Equal);
                prop_assert!(!is_words(&shape) || hash_words(a.words()) == hash(a));
                for b in built.values() {
                    prop_assert_eq!(eq(a, b), cmp(a, b) == Ordering::Equal);
                    prop_assert_eq!(cmp(a, b), cmp(b, a).reverse());
                    prop_assert!(!eq(a, b) || finish(add(SEED, a)) == finish(add(SEED, b)));
                    for c in built.values() {
                        prop_assert!(cmp(a, b).is_gt() || cmp(b, c).is_gt() || cmp(a, c).is_le());
                    }
                }
            }
        }
    }

    fn hash_str(text: &str) -> u64 {
        hash(Datum::build_all(&Shape::Str, &[Datum::Str(text.into())]).value(0))
    }

    fn hash_int(n: i64) -> u64 {
        hash_words(&[n as Word])
    }

    /// The hash never changes: these were recorded when it was written.
    #[test]
    fn hash_is_pinned() {
        let texts: Vec<u64> =
            ["", "a", "12345678", "123456789", "a text of more than sixteen bytes"].map(hash_str).into();
        assert_eq!(texts, PINNED_TEXTS);
        assert_eq!([0, 1, -1, i64::MAX].map(hash_int), PINNED_INTS);
    }

    const PINNED_TEXTS: [u64; 5] =
        [7867480294621345085, 10250653725716138426, 4538819393226603189, 12370652976880923744, 11313371725082914714];
    const PINNED_INTS: [u64; 4] =
        [11929138613354899097, 15256408484566186766, 2217619362043839186, 1044058410753283504];

    #[test]
    fn low_bits_of_hashes_spread() {
        let mut buckets = [0; 64];
        for n in 0..6400 {
            buckets[(hash_int(n * 1024) & 63) as usize] += 1;
            buckets[(hash_str(&format!("key {n}")) & 63) as usize] += 1;
        }
        assert!(buckets.iter().all(|n| (140..260).contains(n)), "{buckets:?}");
    }
}
