//! Keys as strings of bytes whose order is the order of keys, eight bytes at a time.
//!
//! | shape | normalised bytes |
//! |---|---|
//! | int | 8, big-endian, sign bit flipped |
//! | float | 8, of `key::float_bits`: sign bit flipped, or all bits of negative ones |
//! | bool | 1 |
//! | str | each byte plus one (UTF-8 has no byte above 0xF4), then a zero |
//! | tuple, record | components one after the other |
//! | option | 0, or 1 and the value |
//! | list | 1 and the element, for each; then a zero |
//!
//! No normalised key is the beginning of another, so keys order by `key::cmp` as their bytes do, padded with zeros
//! without end. [`Window`] is eight of them as a big-endian word, and whether there may be more: sorts compare
//! words, and look at keys again only where words are equal. Sets and maps are not ordered by jobs: from there on all
//! words are equal and there is always more.

use super::key;
use super::shape::Shape;
use super::words::Value;

/// How many words from the front the normalised bytes of two keys of one shape share, at least: as many as can be told by
/// comparing texts and numbers.
pub fn shared_words(a: Value<'_>, b: Value<'_>) -> usize {
    let mut bytes = 0;
    shared(a, b, &mut bytes);
    bytes / 8
}

/// Adds the bytes that two values share to `bytes`; whether they are known to be equal, and what follows them counts too.
fn shared(a: Value<'_>, b: Value<'_>, bytes: &mut usize) -> bool {
    let (equal, len) = match a.shape() {
        Shape::Int => (a.int() == b.int(), 8),
        Shape::Bool => (a.bool() == b.bool(), 1),
        Shape::Str => {
            let (a, b) = (a.str().as_bytes(), b.str().as_bytes());
            let same = a.iter().zip(b).position(|(a, b)| a != b).unwrap_or(a.len().min(b.len()));
            *bytes += same;
            (same == a.len() && same == b.len(), 1)
        }
        Shape::Option(_) => match (a.option(), b.option()) {
            (Some(a), Some(b)) => {
                *bytes += 1;
                return shared(a, b, bytes);
            }
            (None, None) => (true, 1),
            (None, Some(_)) | (Some(_), None) => (false, 0),
        },
        Shape::Tuple(components) => {
            return (0..components.shapes.len()).all(|n| shared(a.field(n), b.field(n), bytes));
        }
        Shape::Float | Shape::List(_) | Shape::Set(_) | Shape::Map(..) => return false,
    };
    *bytes += if equal { len } else { 0 };
    equal
}

/// Eight bytes of a normalised key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Window {
    /// The bytes, big-endian, padded with zeros.
    pub word: u64,
    /// Whether bytes may follow that are not zero. If not, all words after this one are zero.
    pub more: bool,
    skip: usize,
    room: usize,
}

impl Window {
    /// The eight bytes at `8 * at` of a key.
    pub fn of_value(value: Value<'_>, at: usize) -> Self {
        let mut window = Self::new(at);
        window.add_value(value);
        window
    }

    fn new(at: usize) -> Self {
        Self { word: 0, more: false, skip: at * 8, room: 8 }
    }

    fn add_value(&mut self, value: Value<'_>) {
        if self.room == 0 {
            self.more = true;
            return;
        }
        match value.shape() {
            Shape::Int => self.int(value.int()),
            Shape::Float => self.float(value.float()),
            Shape::Bool => self.byte(u8::from(value.bool())),
            Shape::Str => self.text(value.str().as_bytes()),
            Shape::Tuple(components) => (0..components.shapes.len()).for_each(|n| self.add_value(value.field(n))),
            Shape::Option(_) => match value.option() {
                None => self.byte(0),
                Some(inner) => {
                    self.byte(1);
                    self.add_value(inner);
                }
            },
            Shape::List(_) => {
                for item in value.items() {
                    self.byte(1);
                    self.add_value(item);
                    if self.room == 0 {
                        self.more = true;
                        return;
                    }
                }
                self.byte(0);
            }
            Shape::Set(_) | Shape::Map(..) => self.stop(),
        }
    }

    fn int(&mut self, n: i64) {
        self.put(n as u64 ^ (1 << 63), 8);
    }

    fn float(&mut self, x: f64) {
        let bits = key::float_bits(x);
        self.put(if bits >> 63 == 0 { bits ^ (1 << 63) } else { !bits }, 8);
    }

    fn byte(&mut self, byte: u8) {
        self.put(u64::from(byte) << 56, 1);
    }

    fn text(&mut self, text: &[u8]) {
        let before = self.skip.min(text.len());
        self.skip -= before;
        let mut rest = &text[before..];
        while !rest.is_empty() && self.room > 0 {
            let len = rest.len().min(8);
            self.put(load(rest).wrapping_add(ONES << (64 - 8 * len)), len);
            rest = &rest[len..];
        }
        self.more |= !rest.is_empty();
        self.byte(0);
    }

    /// Adds the first `len` bytes of a word, of which the others are zero.
    fn put(&mut self, word: u64, len: usize) {
        if self.skip >= len {
            self.skip -= len;
            return;
        }
        let (word, len) = (word << (8 * self.skip), len - self.skip);
        self.skip = 0;
        let taken = len.min(self.room);
        if taken > 0 {
            self.word |= word >> (8 * (8 - self.room));
        }
        self.more |= taken < len && (taken == 0 && word != 0 || taken > 0 && word << (8 * taken) != 0);
        self.room -= taken;
    }

    /// From here on words say nothing.
    fn stop(&mut self) {
        self.more = true;
        self.room = 0;
    }
}

const ONES: u64 = 0x0101_0101_0101_0101;

/// The first eight bytes as a big-endian word, padded with zeros.
fn load(bytes: &[u8]) -> u64 {
    match bytes.first_chunk::<8>() {
        Some(chunk) => u64::from_be_bytes(*chunk),
        None => {
            let mut word = [0; 8];
            word[..bytes.len()].copy_from_slice(bytes);
            u64::from_be_bytes(word)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use proptest::prelude::*;

    use super::*;
    use crate::runtime::arbitrary::{Datum, shape_and_values};

    /// The order of two keys by their words; `None` if they are equal for longer than any key here.
    fn by_words(a: Value<'_>, b: Value<'_>) -> Option<Ordering> {
        for at in 0..2000 {
            let (a, b) = (Window::of_value(a, at), Window::of_value(b, at));
            if a.word != b.word {
                return Some(a.word.cmp(&b.word));
            }
            if !a.more && !b.more {
                return Some(Ordering::Equal);
            }
        }
        None
    }

    proptest! {
        #[test]
        fn words_order_as_keys_do((shape, data) in shape_and_values(4)) {
            let kept = Datum::build_all(&shape, &data);
            for a in kept.values() {
                for b in kept.values() {
                    for at in 0..shared_words(a, b) {
                        prop_assert_eq!(Window::of_value(a, at).word, Window::of_value(b, at).word);
                    }
                    if let Some(order) = by_words(a, b) {
                        prop_assert_eq!(order, key::cmp(a, b));
                    }
                }
            }
        }
    }
}
