//! Values of the driver: owned, shared between threads, never changed.

#![allow(unsafe_code, reason = "reads back the words that `Datum::copy` wrote into memory of its own")]

use std::fmt;
use std::sync::{Arc, Mutex};

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::arena::Arena;
use super::codec;
use super::shape::Shape;
use super::words::{Value, Word};

/// A value with the memory that it points to.
pub struct Datum {
    shape: Shape,
    words: Box<[Word]>,
    /// Keeps what `words` points to; locked for nothing but to make the datum `Sync`.
    _memory: Mutex<Arena>,
}

impl Datum {
    /// A copy of a value.
    pub fn copy(value: Value<'_>) -> Arc<Self> {
        Arc::new(Self::of(value))
    }

    fn of(value: Value<'_>) -> Self {
        let arena = Arena::new();
        let mut words = Vec::with_capacity(value.words().len());
        value.copy_to(&arena, &mut words);
        Self { shape: value.shape().clone(), words: words.into(), _memory: Mutex::new(arena) }
    }

    /// A value that points to nothing: an int, a float, a bool, or a tuple of such.
    pub fn flat(shape: Shape, words: Vec<Word>) -> Arc<Self> {
        assert!(shape.is_flat() && shape.words() == words.len(), "{shape:?}");
        Arc::new(Self { shape, words: words.into(), _memory: Mutex::default() })
    }

    /// An int.
    pub fn int(n: i64) -> Arc<Self> {
        Self::flat(Shape::Int, vec![n as Word])
    }

    /// The empty tuple.
    pub fn unit() -> Arc<Self> {
        Self::flat(Shape::tuple(Vec::new()), Vec::new())
    }

    /// A text.
    pub fn str(text: &str) -> Arc<Self> {
        let arena = Arena::new();
        let words = super::words::str_words(arena.str(text));
        Arc::new(Self { shape: Shape::Str, words: words.into(), _memory: Mutex::new(arena) })
    }

    /// The value.
    pub fn value(&self) -> Value<'_> {
        // SAFETY: `words` were written by `copy_to` (or are flat) for this shape, and `_memory` lives as long as `self`.
        unsafe { Value::new(&self.shape, &self.words) }
    }

    /// Its words, for the capture registers of kernels that run while the datum is alive.
    pub fn words(&self) -> &[Word] {
        &self.words
    }
}

/// A shape, and the encoded value.
impl Serialize for Datum {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut bytes = Vec::new();
        codec::encode(self.value(), &mut bytes);
        (&self.shape, bytes).serialize(to)
    }
}

impl<'de> Deserialize<'de> for Datum {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let (shape, bytes): (Shape, Vec<u8>) = Deserialize::deserialize(from)?;
        let (arena, mut words, mut rest) = (Arena::new(), Vec::new(), &bytes[..]);
        codec::decode(&shape, &mut rest, &arena, &mut words).map_err(D::Error::custom)?;
        if !rest.is_empty() {
            return Err(D::Error::custom("bytes behind a value"));
        }
        // SAFETY: `codec::decode` has written the words of a value of this shape, which point into `bytes` and `arena`.
        Ok(Self::of(unsafe { Value::new(&shape, &words) }))
    }
}

impl fmt::Debug for Datum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Datum({:?})", self.shape)
    }
}
