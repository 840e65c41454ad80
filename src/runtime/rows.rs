//! Rows of one shape as bytes, read quickly: [`codec`] with the shape worked out beforehand.
//!
//! `((str, int), float)` is the list `str int float`: rows are decoded and skipped in one loop, without recursion. What
//! is not of a fixed number of words in the bytes (options, lists, sets, maps) is left to `codec`. The words are those of
//! [`codec::decode`] (law below); bytes are checked like there except for one thing: texts are not validated again, since
//! the bytes are rows that this process has encoded. Rows from elsewhere go through `codec`.

use super::arena::Arena;
use super::codec::{self, Corrupt};
use super::shape::Shape;
use super::value::{Value, Word, built};

/// How rows of a shape lie in bytes.
#[derive(Clone, Debug)]
pub struct RowCodec {
    parts: Vec<Part>,
    words: usize,
}

/// A part of a row, in the order of the bytes.
#[derive(Clone, Debug)]
enum Part {
    Int,
    Float,
    Bool,
    Unit,
    Str,
    Other(Shape),
}

impl Part {
    fn words(&self) -> usize {
        match self {
            Self::Int | Self::Float | Self::Bool => 1,
            Self::Unit => 0,
            Self::Str => 2,
            Self::Other(shape) => shape.words(),
        }
    }
}

impl RowCodec {
    /// How rows of a shape lie in bytes.
    pub fn new(shape: &Shape) -> Self {
        let mut parts = Vec::new();
        flatten(shape, &mut parts);
        Self { parts, words: shape.words() }
    }

    /// How many words a row has.
    pub fn words(&self) -> usize {
        self.words
    }

    /// Whether a row is decoded without the arena.
    pub fn is_simple(&self) -> bool {
        !self.parts.iter().any(|part| matches!(part, Part::Other(_)))
    }

    /// Appends the bytes of a row, which are those of [`codec::encode`].
    pub fn encode(&self, row: Value<'_>, out: &mut Vec<u8>) {
        let (words, mut at) = (row.words(), 0);
        assert_eq!(words.len(), self.words, "a row of the codec's shape");
        for part in &self.parts {
            match part {
                Part::Int => codec::put_int(words[at] as i64, out),
                Part::Float => out.extend_from_slice(&words[at].to_le_bytes()),
                Part::Bool => out.push(u8::from(words[at] != 0)),
                Part::Unit => out.push(0),
                Part::Str => codec::put_str(built(&Shape::Str, &words[at..at + 2]).str(), out),
                Part::Other(shape) => codec::encode(built(shape, &words[at..at + shape.words()]), out),
            }
            at += part.words();
        }
    }

    /// Takes a row from the front of bytes that this process encoded with this shape, and appends its words, which point
    /// into the bytes and into the arena.
    ///
    /// # Errors
    /// The bytes are no such row.
    pub fn decode<'a>(&self, bytes: &mut &'a [u8], arena: &'a Arena, out: &mut Vec<Word>) -> Result<(), Corrupt> {
        let mut rest = *bytes;
        for part in &self.parts {
            match part {
                Part::Int => out.push(codec::take_int(&mut rest)? as Word),
                Part::Float => out.push(take_float(&mut rest)?),
                Part::Bool => out.push(Word::from(codec::take_bool(&mut rest)?)),
                Part::Unit => codec::take_unit(&mut rest)?,
                Part::Str => {
                    let text = codec::take_text(&mut rest)?;
                    out.extend([text.as_ptr() as Word, text.len() as Word]);
                }
                Part::Other(shape) => codec::decode(shape, &mut rest, arena, out)?,
            }
        }
        *bytes = rest;
        Ok(())
    }

    /// As [`RowCodec::decode`], of simple rows, into as many words as a row has.
    ///
    /// # Errors
    /// The bytes are no such row.
    ///
    /// # Panics
    /// If the row is not simple.
    pub fn decode_simple(&self, bytes: &mut &[u8], out: &mut [Word]) -> Result<(), Corrupt> {
        let (mut rest, mut at) = (*bytes, 0);
        for part in &self.parts {
            match part {
                Part::Int => out[at] = codec::take_int(&mut rest)? as Word,
                Part::Float => out[at] = take_float(&mut rest)?,
                Part::Bool => out[at] = Word::from(codec::take_bool(&mut rest)?),
                Part::Unit => {
                    codec::take_unit(&mut rest)?;
                    continue;
                }
                Part::Str => {
                    let text = codec::take_text(&mut rest)?;
                    (out[at], out[at + 1]) = (text.as_ptr() as Word, text.len() as Word);
                    at += 1;
                }
                Part::Other(shape) => unreachable!("{shape:?} is not simple"),
            }
            at += 1;
        }
        *bytes = rest;
        Ok(())
    }

    /// Skips a row at the front of `bytes` and returns its bytes.
    ///
    /// # Errors
    /// The bytes are no row of this shape.
    pub fn skip<'a>(&self, bytes: &mut &'a [u8]) -> Result<&'a [u8], Corrupt> {
        let mut rest = *bytes;
        for part in &self.parts {
            match part {
                Part::Int => codec::take_varint(&mut rest).map(drop)?,
                Part::Float => take_float(&mut rest).map(drop)?,
                Part::Bool => codec::take_bool(&mut rest).map(drop)?,
                Part::Unit => codec::take_unit(&mut rest)?,
                Part::Str => codec::take_text(&mut rest).map(drop)?,
                Part::Other(shape) => codec::skip(shape, &mut rest).map(drop)?,
            }
        }
        let row = &bytes[..bytes.len() - rest.len()];
        *bytes = rest;
        Ok(row)
    }
}

fn take_float(bytes: &mut &[u8]) -> Result<Word, Corrupt> {
    let (head, rest) = bytes.split_first_chunk::<8>().ok_or(Corrupt)?;
    *bytes = rest;
    Ok(u64::from_le_bytes(*head))
}

fn flatten(shape: &Shape, parts: &mut Vec<Part>) {
    match shape {
        Shape::Int => parts.push(Part::Int),
        Shape::Float => parts.push(Part::Float),
        Shape::Bool => parts.push(Part::Bool),
        Shape::Str => parts.push(Part::Str),
        Shape::Tuple(components) if components.shapes.is_empty() => parts.push(Part::Unit),
        Shape::Tuple(components) => components.shapes.iter().for_each(|shape| flatten(shape, parts)),
        Shape::Option(_) | Shape::List(_) | Shape::Set(_) | Shape::Map(..) => parts.push(Part::Other(shape.clone())),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::runtime::arbitrary::{Datum, shape_and_values};
    use crate::runtime::text::repr_of;

    proptest! {
        #[test]
        fn rows_are_those_of_the_codec((shape, data) in shape_and_values(3), cut in 1usize..9) {
            let (kept, mut bytes) = (Datum::build_all(&shape, &data), Vec::new());
            kept.values().for_each(|value| codec::encode(value, &mut bytes));
            let (rows, arena) = (RowCodec::new(&shape), Arena::new());
            let (mut ours, mut theirs, mut skipped) = (&bytes[..], &bytes[..], &bytes[..]);
            for value in kept.values() {
                let (mut words, mut expected) = (Vec::new(), Vec::new());
                rows.decode(&mut ours, &arena, &mut words).unwrap();
                if rows.is_simple() {
                    let mut simple = vec![0; rows.words()];
                    rows.decode_simple(&mut &bytes[bytes.len() - theirs.len()..], &mut simple).unwrap();
                    prop_assert_eq!(&simple, &words);
                }
                codec::decode(&shape, &mut theirs, &arena, &mut expected).unwrap();
                let row = rows.skip(&mut skipped).unwrap();
                let mut again = Vec::new();
                rows.encode(value, &mut again);
                prop_assert_eq!(&again[..], row);
                prop_assert_eq!(ours.len(), theirs.len());
                prop_assert_eq!(ours.len(), skipped.len());
                prop_assert_eq!(repr_of(built(&shape, &words)), repr_of(value));
                prop_assert_eq!(repr_of(built(&shape, &expected)), repr_of(value));
                prop_assert!(rows.skip(&mut &row[..row.len().saturating_sub(cut)]).is_err());
            }
            prop_assert!(ours.is_empty());
        }
    }
}
