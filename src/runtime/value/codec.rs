//! Rows as bytes that can lie anywhere: in a shuffle, a cache, a spill file, another process.
//!
//! | shape | bytes |
//! |---|---|
//! | int | zigzag, then LEB128: 1 byte for −64..63 |
//! | float | 8, little-endian bits |
//! | bool | 1 |
//! | str | length as LEB128, then UTF-8 |
//! | tuple, record | components one after the other; `()` is a zero byte |
//! | option | 0, or 1 and the value |
//! | list, set, map | number of elements or entries as LEB128, then these in order |
//!
//! [`encode`] keeps every bit. [`encode_key`] is canonical: two keys are equal (`key::eq`) exactly when their bytes are.
//! [`decode`] accepts any bytes and answers [`Corrupt`] for those that no value encodes to; texts become views of the
//! bytes, lists and tables are built in the arena.

use super::arena::Arena;
use super::key;
use super::objects::table_word;
use super::shape::Shape;
use super::words::{Value, Word, list_word, str_words};

/// Bytes that are no encoding of a value of the shape.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("corrupt row")]
pub struct Corrupt;

/// Appends the bytes of a value.
pub fn encode(value: Value<'_>, out: &mut Vec<u8>) {
    match value.shape() {
        Shape::Int => put_int(value.int(), out),
        Shape::Float => out.extend_from_slice(&value.words()[0].to_le_bytes()),
        Shape::Bool => out.push(u8::from(value.bool())),
        Shape::Str => put_str(value.str(), out),
        Shape::Tuple(components) if components.shapes.is_empty() => out.push(0),
        Shape::Tuple(components) => (0..components.shapes.len()).for_each(|n| encode(value.field(n), out)),
        Shape::Option(_) => match value.option() {
            None => out.push(0),
            Some(inner) => {
                out.push(1);
                encode(inner, out);
            }
        },
        Shape::List(_) | Shape::Set(_) => {
            put_len(value.len(), out);
            value.items().for_each(|item| encode(item, out));
        }
        Shape::Map(..) => {
            put_len(value.len(), out);
            for (key, item) in value.entries() {
                encode(key, out);
                encode(item, out);
            }
        }
    }
}

/// Appends the canonical bytes of a key: as [`encode`], with one zero and one NaN, and sets and maps in the order of their
/// entries' bytes.
pub fn encode_key(value: Value<'_>, out: &mut Vec<u8>) {
    match value.shape() {
        Shape::Int | Shape::Bool | Shape::Str => encode(value, out),
        Shape::Float => out.extend_from_slice(&key::float_bits(value.float()).to_le_bytes()),
        Shape::Tuple(components) if components.shapes.is_empty() => out.push(0),
        Shape::Tuple(components) => (0..components.shapes.len()).for_each(|n| encode_key(value.field(n), out)),
        Shape::Option(_) => match value.option() {
            None => out.push(0),
            Some(inner) => {
                out.push(1);
                encode_key(inner, out);
            }
        },
        Shape::List(_) => {
            put_len(value.len(), out);
            value.items().for_each(|item| encode_key(item, out));
        }
        Shape::Set(_) => put_sorted(value.len(), value.items(), encode_key, out),
        Shape::Map(..) => {
            let put = |(key, item), out: &mut Vec<u8>| {
                encode_key(key, out);
                encode_key(item, out);
            };
            put_sorted(value.len(), value.entries(), put, out);
        }
    }
}

fn put_sorted<T>(len: usize, entries: impl Iterator<Item = T>, put: impl Fn(T, &mut Vec<u8>), out: &mut Vec<u8>) {
    put_len(len, out);
    let mut encoded: Vec<Vec<u8>> = entries
        .map(|entry| {
            let mut bytes = Vec::new();
            put(entry, &mut bytes);
            bytes
        })
        .collect();
    encoded.sort();
    encoded.iter().for_each(|bytes| out.extend_from_slice(bytes));
}

/// Appends an int as [`encode`] does.
pub fn put_int(n: i64, out: &mut Vec<u8>) {
    put_varint(((n << 1) ^ (n >> 63)) as u64, out);
}

/// Appends a text as [`encode`] does.
pub fn put_str(text: &str, out: &mut Vec<u8>) {
    out.reserve(text.len() + 10);
    put_len(text.len(), out);
    out.extend_from_slice(text.as_bytes());
}

pub(super) fn put_len(len: usize, out: &mut Vec<u8>) {
    put_varint(len as u64, out);
}

#[inline]
fn put_varint(n: u64, out: &mut Vec<u8>) {
    if n < 0x80 {
        out.push(n as u8);
    } else {
        put_long(n, out);
    }
}

/// A number of more than one byte: up to 56 bits are spread over bytes in one word.
fn put_long(mut n: u64, out: &mut Vec<u8>) {
    if n < 1 << 56 {
        let len = (70 - n.leading_zeros() as usize) / 7;
        let more = 0x8080_8080_8080_8080 & !(u64::MAX << (8 * len - 8));
        let end = out.len() + len;
        out.extend_from_slice(&(spread(n) | more).to_le_bytes());
        out.truncate(end);
        return;
    }
    while n >= 0x80 {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

/// Groups of seven bits to bytes.
fn spread(n: u64) -> u64 {
    let n = n & 0x0fff_ffff | (n & 0x00ff_ffff_f000_0000) << 4;
    let n = n & 0x0000_3fff_0000_3fff | (n & 0x0fff_c000_0fff_c000) << 2;
    n & 0x007f_007f_007f_007f | (n & 0x3f80_3f80_3f80_3f80) << 1
}

/// Bytes to groups of seven bits; the inverse of [`spread`].
fn gather(n: u64) -> u64 {
    let n = n & 0x7f7f_7f7f_7f7f_7f7f;
    let n = n & 0x007f_007f_007f_007f | (n & 0x7f00_7f00_7f00_7f00) >> 1;
    let n = n & 0x0000_3fff_0000_3fff | (n & 0x3fff_0000_3fff_0000) >> 2;
    n & 0x0fff_ffff | (n & 0x0fff_ffff_0000_0000) >> 4
}

/// Takes a value from the front of `bytes` and appends its words, which point into the bytes and into the arena.
pub fn decode<'a>(shape: &Shape, bytes: &mut &'a [u8], arena: &'a Arena, out: &mut Vec<Word>) -> Result<(), Corrupt> {
    match shape {
        Shape::Int => out.push(take_int(bytes)? as Word),
        Shape::Float => {
            let (head, rest) = bytes.split_first_chunk::<8>().ok_or(Corrupt)?;
            *bytes = rest;
            out.push(u64::from_le_bytes(*head));
        }
        Shape::Bool => out.push(Word::from(take_bool(bytes)?)),
        Shape::Str => out.extend(str_words(take_str(bytes)?)),
        Shape::Tuple(components) if components.shapes.is_empty() => take_unit(bytes)?,
        Shape::Tuple(components) => {
            for shape in &components.shapes {
                decode(shape, bytes, arena, out)?;
            }
        }
        Shape::Option(inner) => {
            let some = take_bool(bytes)?;
            out.push(Word::from(some));
            if some {
                decode(inner, bytes, arena, out)?;
            } else {
                out.extend(std::iter::repeat_n(0, inner.words()));
            }
        }
        Shape::List(elem) => {
            let (start, len) = (out.len(), take_len(bytes)?);
            for _ in 0..len {
                decode(elem, bytes, arena, out)?;
            }
            let object = list_word(arena, len, &out[start..]);
            out.truncate(start);
            out.push(object);
        }
        Shape::Set(key) => decode_table(key, None, bytes, arena, out)?,
        Shape::Map(key, item) => decode_table(key, Some(item), bytes, arena, out)?,
    }
    Ok(())
}

fn decode_table<'a>(
    key: &Shape,
    item: Option<&Shape>,
    bytes: &mut &'a [u8],
    arena: &'a Arena,
    out: &mut Vec<Word>,
) -> Result<(), Corrupt> {
    let (start, len) = (out.len(), take_len(bytes)?);
    for _ in 0..len {
        decode(key, bytes, arena, out)?;
        if let Some(item) = item {
            decode(item, bytes, arena, out)?;
        }
    }
    let object = table_word(arena, key, item, len, &out[start..]).ok_or(Corrupt)?;
    out.truncate(start);
    out.push(object);
    Ok(())
}

#[inline]
fn take<'a>(bytes: &mut &'a [u8], len: usize) -> Result<&'a [u8], Corrupt> {
    let (head, rest) = bytes.split_at_checked(len).ok_or(Corrupt)?;
    *bytes = rest;
    Ok(head)
}

pub(super) fn take_bool(bytes: &mut &[u8]) -> Result<bool, Corrupt> {
    match take(bytes, 1)?[0] {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(Corrupt),
    }
}

#[inline]
pub(super) fn take_int(bytes: &mut &[u8]) -> Result<i64, Corrupt> {
    let n = take_varint(bytes)?;
    Ok((n >> 1) as i64 ^ -((n & 1) as i64))
}

pub(super) fn take_str<'a>(bytes: &mut &'a [u8]) -> Result<&'a str, Corrupt> {
    simdutf8::basic::from_utf8(take_text(bytes)?).map_err(|_| Corrupt)
}

/// The bytes of a text, which are not validated.
#[inline]
pub(super) fn take_text<'a>(bytes: &mut &'a [u8]) -> Result<&'a [u8], Corrupt> {
    let len = take_varint(bytes)?;
    take(bytes, usize::try_from(len).map_err(|_| Corrupt)?)
}

#[inline]
pub(super) fn take_varint(bytes: &mut &[u8]) -> Result<u64, Corrupt> {
    match **bytes {
        [byte, ref rest @ ..] if byte < 0x80 => {
            *bytes = rest;
            Ok(u64::from(byte))
        }
        [a, b, c, d, e, f, g, h, ..] => take_word(u64::from_le_bytes([a, b, c, d, e, f, g, h]), bytes),
        _ => take_long(bytes),
    }
}

/// A number of more than one byte that begins with the eight bytes of a word.
#[inline]
fn take_word(word: u64, bytes: &mut &[u8]) -> Result<u64, Corrupt> {
    let ends = !word & 0x8080_8080_8080_8080;
    if ends == 0 {
        return take_long(bytes);
    }
    // The bits up to and with the first byte that says that no more come.
    let own = ends ^ (ends - 1);
    let len = (ends.trailing_zeros() / 8 + 1) as usize;
    // One number has one encoding: no zero byte at the end of a longer one.
    if word & own & !(own >> 8) == 0 {
        return Err(Corrupt);
    }
    *bytes = &bytes[len..];
    Ok(gather(word & own))
}

/// A number of more than one byte.
fn take_long(bytes: &mut &[u8]) -> Result<u64, Corrupt> {
    let mut n = 0;
    for (at, &byte) in bytes.iter().enumerate().take(10) {
        let part = u64::from(byte & 0x7f);
        if at == 9 && part > 1 {
            return Err(Corrupt);
        }
        n |= part << (7 * at);
        if byte < 0x80 {
            // One number has one encoding: no zero byte at the end of a longer one.
            if byte == 0 && at > 0 {
                return Err(Corrupt);
            }
            *bytes = &bytes[at + 1..];
            return Ok(n);
        }
    }
    Err(Corrupt)
}

/// `()` takes a byte, so that a list of them cannot be longer than its bytes.
pub(super) fn take_unit(bytes: &mut &[u8]) -> Result<(), Corrupt> {
    if take(bytes, 1)?[0] == 0 { Ok(()) } else { Err(Corrupt) }
}

/// A number of elements: no more than there are bytes for, as every value takes one at least; so corrupt bytes cannot ask
/// for endless work.
pub(super) fn take_len(bytes: &mut &[u8]) -> Result<usize, Corrupt> {
    let len = take_varint(bytes)?;
    if len > bytes.len() as u64 { Err(Corrupt) } else { Ok(len as usize) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::runtime::arbitrary::{Datum, shape_and_values};
    use crate::runtime::python::text::repr_of;
    use crate::runtime::value::words::built;

    fn encoded(value: Value<'_>) -> Vec<u8> {
        let mut bytes = Vec::new();
        encode(value, &mut bytes);
        bytes
    }

    proptest! {
        #[test]
        fn decode_inverts_encode((shape, data) in shape_and_values(1)) {
            let kept = Datum::build_all(&shape, &data);
            let bytes = encoded(kept.value(0));
            let arena = Arena::new();
            let mut rest = bytes.as_slice();
            let mut words = Vec::new();
            decode(&shape, &mut rest, &arena, &mut words).unwrap();
            prop_assert!(rest.is_empty());
            let again = built(&shape, &words);
            prop_assert_eq!(&encoded(again), &bytes);
            prop_assert_eq!(repr_of(again), repr_of(kept.value(0)));
        }

        #[test]
        fn keys_are_equal_exactly_when_their_bytes_are((shape, data) in shape_and_values(4)) {
            let kept = Datum::build_all(&shape, &data);
            let keys: Vec<Vec<u8>> = kept.values().map(|value| {
                let mut bytes = Vec::new();
                encode_key(value, &mut bytes);
                bytes
            }).collect();
            for (a, x) in kept.values().zip(&keys) {
                for (b, y) in kept.values().zip(&keys) {
                    prop_assert_eq!(key::eq(a, b), x == y);
                }
            }
        }

        #[test]
        fn any_bytes_are_safe((shape, data) in shape_and_values(1), at in any::<prop::sample::Index>(), byte: u8, cut: bool) {
            let kept = Datum::build_all(&shape, &data);
            let mut bytes = encoded(kept.value(0));
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] = byte;
                if cut { bytes.truncate(at); }
            }
            let (arena, mut words) = (Arena::new(), Vec::new());
            if decode(&shape, &mut bytes.as_slice(), &arena, &mut words).is_ok() {
                repr_of(built(&shape, &words));
            }
        }
    }
}
