//! `countApproxDistinct`: HyperLogLog++ as Spark runs it over PySpark's hashes, with the same estimates.
//!
//! ```text
//! element ─portable_hash→ 32 bits ─decimal text, MurmurHash 64→ register number, rank ─maximum by register→ estimate
//! ```
//!
//! A register that no element met has the rank 0 and is not listed, so a few elements cost little at any precision.
//!
//! Source: S. Heule, M. Nunkesser, A. Hall, "HyperLogLog in Practice" (2013), with the format for many elements only;
//! A. Appleby's MurmurHash64A. How they are put together is Spark's (`RDD.countApproxDistinct`) and PySpark's (rdd.py).

mod bias;

use super::portable;
use crate::runtime::call::cx::Cx;
use crate::runtime::call::trap::{Reason, Res, Trap};
use crate::runtime::value::words::{Value, Word};

/// The least error that PySpark takes, and the least number of bits of a register's number.
const LEAST_ERROR: f64 = 0.000_017;
const LEAST_BITS: i64 = 4;
/// The most bits: Spark's registers are numbered by 31.
const MOST_BITS: i64 = 30;
/// The seed of the hash of hashes.
const SEED: u64 = 0xe17a_1465;
/// Neighbours whose bias is averaged.
const NEIGHBOURS: usize = 6;

/// How many bits of a hash number the registers, for a relative standard deviation of the estimate.
pub fn bits(_cx: &Cx, error: f64) -> Res<i64> {
    if error.is_nan() || error <= 0.0 || error < LEAST_ERROR {
        let detail = format!("`countApproxDistinct` takes a relativeSD of at least {LEAST_ERROR}, found {error}");
        return Err(Trap::new(Reason::Value, detail));
    }
    let bits = (2.0 * (1.054 / error).ln() / 2.0_f64.ln()).ceil() as i64;
    if bits > MOST_BITS {
        let detail = format!("a relativeSD of {error} needs 2 to the {bits} registers, and {MOST_BITS} is the most");
        return Err(Trap::new(Reason::TooLarge, detail));
    }
    Ok(bits.max(LEAST_BITS))
}

/// The register of an element and its rank there.
pub fn register(_cx: &Cx, element: Value<'_>, bits: i64) -> Res<[Word; 2]> {
    let hash = murmur64(itoa::Buffer::new().format(portable::hash(element) as u32).as_bytes());
    let rank = ((hash << bits) | ((1 << (bits - 1)) + 1)).leading_zeros() + 1;
    Ok([hash >> (64 - bits), Word::from(rank)])
}

/// The estimate from registers with their ranks.
pub fn estimate(_cx: &Cx, registers: Value<'_>, bits: i64) -> Res<i64> {
    let mut ranks: Vec<(i64, i64)> = registers.items().map(|pair| (pair.field(0).int(), pair.field(1).int())).collect();
    ranks.sort_unstable();
    let size = 1_i64 << bits;
    let empty = (size - ranks.len() as i64) as f64;
    // Sums of powers of two: exact but for ranks that nobody will see, so the empty registers can come first.
    let sum = ranks.iter().fold(empty, |sum, (_, rank)| sum + 2_f64.powi(-(*rank as i32)));
    Ok(round(estimate_of(sum, empty, size as f64, bits)))
}

fn estimate_of(sum: f64, empty: f64, size: f64, bits: i64) -> f64 {
    let alpha = match bits {
        4 => 0.673,
        5 => 0.697,
        6 => 0.709,
        _ => 0.7213 / (1.0 + 1.079 / size),
    };
    let raw = alpha * size * size * (1.0 / sum);
    let small = raw <= 5.0 * size;
    let table = usize::try_from(bits - LEAST_BITS).ok().filter(|at| *at < bias::THRESHOLD.len());
    let better = match table {
        Some(at) if small => raw - bias_of(raw, at),
        Some(_) | None => raw,
    };
    let counted = if empty > 0.0 { size * (size / empty).ln() } else { better };
    let count_empty = table.map_or(small, |at| counted < bias::THRESHOLD[at]);
    if count_empty { counted } else { better }
}

/// The mean bias of the recorded estimates that are nearest. Of two that are equally far the later counts.
fn bias_of(raw: f64, at: usize) -> f64 {
    let distances = bias::RAW[at].iter().enumerate().map(|(n, known)| ((raw - known).powi(2), n));
    let mut nearest: Vec<(f64, usize)> = distances.collect();
    nearest.sort_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
    nearest.dedup_by(|later, earlier| later.0 == earlier.0);
    nearest.truncate(NEIGHBOURS);
    nearest.iter().fold(0.0, |sum, (_, n)| sum + bias::BIAS[at][*n]) / NEIGHBOURS as f64
}

/// Java's `Math.round`.
fn round(x: f64) -> i64 {
    (x + 0.5).floor() as i64
}

/// MurmurHash64A.
fn murmur64(bytes: &[u8]) -> u64 {
    const M: u64 = 0xc6a4_a793_5bd1_e995;
    let mut hash = SEED ^ (bytes.len() as u64).wrapping_mul(M);
    let mut blocks = bytes.chunks_exact(8);
    for block in &mut blocks {
        let mut k = block.iter().rev().fold(0, |k, b| k << 8 | u64::from(*b)).wrapping_mul(M);
        k = (k ^ (k >> 47)).wrapping_mul(M);
        hash = (hash ^ k).wrapping_mul(M);
    }
    let rest = blocks.remainder();
    if !rest.is_empty() {
        let tail = rest.iter().rev().fold(0, |k, b| k << 8 | u64::from(*b));
        hash = (hash ^ tail).wrapping_mul(M);
    }
    hash = (hash ^ (hash >> 47)).wrapping_mul(M);
    hash ^ (hash >> 47)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Recorded from the hash that Spark calls.
    #[test]
    fn hashes_are_sparks() {
        let hash = |text: &str| murmur64(text.as_bytes()) as i64;
        assert_eq!(hash("0"), 3_482_904_090_867_950_579);
        assert_eq!(hash("7"), 5_008_778_972_290_963_608);
        assert_eq!(hash("12345678"), 1_123_327_355_903_392_148);
        assert_eq!(hash("123456789"), -2_019_225_991_244_942_874);
        assert_eq!(hash("4294967295"), -8_809_835_345_866_786_294);
    }

    #[test]
    fn the_error_decides_how_many_registers_there_are() {
        let of = |error| bits(&Cx::new(), error);
        assert_eq!((of(0.05), of(1.0), of(0.001)), (Ok(9), Ok(4), Ok(21)));
        assert!(of(0.0).is_err() && of(f64::NAN).is_err() && of(0.000_016).is_err() && of(0.000_017).is_err());
    }
}
