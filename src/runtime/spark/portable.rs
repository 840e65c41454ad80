//! PySpark's `portable_hash` under CPython 3.11 with `PYTHONHASHSEED=0`.
//!
//! It decides which partition a key goes to with `--order pyspark` ([`super::placing`]), and feeds `countApproxDistinct`. `"a"` has the hash
//! 4644417185603328019, `("a", 1)` another by PySpark's own formula for tuples.
//!
//! | value | hash |
//! |---|---|
//! | int, bool | remainder by 2⁶¹ − 1, with the sign |
//! | float | the same remainder of its exact value; so `1.0` and `1` are equal |
//! | str | SipHash-1-3 with a key of zeros over one, two or four bytes a character, whichever holds all of them |
//! | `None` | 0 |
//! | tuple | xor and multiply over the hashes of the components, in 63 bits |
//!
//! Python has −2 for −1 everywhere, as −1 means an error there. Values that Python cannot hash follow those that it
//! can: a record and a list have the hash of a tuple, NaN has 0 (in Python it depends on the address), sets and maps
//! add up their entries.
//!
//! Source: PySpark 4.3, `portable_hash` in core/rdd.py; CPython 3.11, Python/pyhash.c and Objects/unicodeobject.c (PEP 393).

use std::hash::Hasher as _;

use siphasher::sip::SipHasher13;

use crate::runtime::call::cx::Cx;
use crate::runtime::call::trap::Res;
use crate::runtime::value::shape::Shape;
use crate::runtime::value::words::Value;

/// Ints and floats are hashed by their remainders by this prime.
const MODULUS: u64 = (1 << BITS) - 1;
const BITS: u32 = 61;
/// The hash of infinity.
const INFINITY: i64 = 314_159;

/// The hash of a value, see the module.
pub fn hash(value: Value<'_>) -> i64 {
    match value.shape() {
        Shape::Int | Shape::Bool => hash_int(value.words()[0] as i64),
        Shape::Float => hash_float(value.float()),
        Shape::Str => hash_str(value.str()),
        Shape::Tuple(components) => hash_tuple((0..components.shapes.len()).map(|n| value.field(n))),
        Shape::Option(_) => value.option().map_or(0, hash),
        Shape::List(_) => hash_tuple(value.items()),
        Shape::Set(_) => value.items().fold(0, |sum, item| sum.wrapping_add(hash(item))),
        Shape::Map(..) => {
            value.entries().fold(0, |sum, (key, item)| sum.wrapping_add(hash_tuple([key, item].into_iter())))
        }
    }
}

/// The hash as kernels call it.
pub fn hash_of(_cx: &Cx, value: Value<'_>) -> Res<i64> {
    Ok(hash(value))
}

/// The hash of an int.
pub fn hash_int(n: i64) -> i64 {
    signed(n.unsigned_abs() % MODULUS, n < 0)
}

/// The hash of a float.
pub fn hash_float(x: f64) -> i64 {
    if x.is_nan() {
        return 0;
    }
    if x.is_infinite() {
        return if x > 0.0 { INFINITY } else { -INFINITY };
    }
    // The value is mantissa · 2^exponent, and multiplying by 2 modulo 2^61 - 1 is a rotation.
    let bits = x.to_bits();
    let (field, fraction) = ((bits >> 52 & 0x7ff) as i32, bits & ((1 << 52) - 1));
    let (mantissa, exponent) = if field == 0 { (fraction, -1074) } else { (fraction | 1 << 52, field - 1075) };
    let by = exponent.rem_euclid(BITS as i32) as u32;
    let rotated = if by == 0 { mantissa } else { mantissa << by & MODULUS | mantissa >> (BITS - by) };
    signed(rotated, x < 0.0)
}

/// The hash of a text.
pub fn hash_str(text: &str) -> i64 {
    if text.is_empty() {
        return 0;
    }
    let hash = if text.is_ascii() { SipHasher13::new().hash(text.as_bytes()) } else { of_chars(text) };
    if hash as i64 == -1 { -2 } else { hash as i64 }
}

fn signed(remainder: u64, negative: bool) -> i64 {
    match (remainder as i64, negative) {
        (1, true) => -2,
        (hash, true) => -hash,
        (hash, false) => hash,
    }
}

fn hash_tuple<'a>(components: impl ExactSizeIterator<Item = Value<'a>>) -> i64 {
    let len = components.len() as i64;
    components.fold(0x345678_i64, |h, part| (h ^ hash(part)).wrapping_mul(1_000_003) & i64::MAX) ^ len
}

/// The hash of a text by its characters, all as many bytes wide as the widest.
fn of_chars(text: &str) -> u64 {
    let widest = text.chars().max().map_or(0, u32::from);
    let mut sip = SipHasher13::new();
    for c in text.chars().map(u32::from) {
        match widest {
            0..=0xff => sip.write_u8(c as u8),
            0x100..=0xffff => sip.write_u16(c as u16),
            0x1_0000.. => sip.write_u32(c),
        }
    }
    sip.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::recorded;
    use crate::runtime::recorded::shape_of;

    /// Thousands of values with the hashes that real PySpark gives them (`scripts/record_python.py portable_hash`).
    #[test]
    fn hashes_are_pysparks() {
        recorded::check("portable_hash", |_, args| {
            let shape = shape_of(args.json(0));
            Ok(hash(args.value(1, &shape).value(0)).into())
        });
    }

    #[test]
    fn what_python_cannot_hash_hashes_as_what_it_can() {
        let of = |shape: &str, value: &str| {
            let json = |text: &str| serde_json::from_str(text).unwrap();
            let shape = shape_of(&json(shape));
            hash(recorded::value(&json(value), &shape).value(0))
        };
        let tuple = of(r#"{"tuple":["int","str"]}"#, r#"[1,"a"]"#);
        assert_eq!(of(r#"{"record":[["x","int"],["y","str"]]}"#, r#"[1,"a"]"#), tuple);
        assert_eq!(of(r#"{"list":"int"}"#, "[1,2]"), of(r#"{"tuple":["int","int"]}"#, "[1,2]"));
        assert_eq!(of(r#""float""#, r#"{"f":"nan"}"#), 0);
        let map = r#"{"map":["int","int"]}"#;
        assert_eq!(of(map, "[[1,2],[3,4]]"), of(map, "[[3,4],[1,2]]"));
    }
}
