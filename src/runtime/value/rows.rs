//! Rows of one shape as bytes, written and read quickly: [`codec`] with the shape worked out beforehand.
//!
//! `((str, int), list[float])` is the parts `str`, `int`, `list of float`: rows are encoded and decoded in one loop, and the
//! elements of lists are decoded where they are to lie. Sets and maps are left to `codec`. Bytes, words and checks are those
//! of `codec` (law below), so the bytes may come from anywhere.

use super::arena::Arena;
use super::codec;
use super::codec::Corrupt;
use super::shape::Shape;
use super::words::{Value, Word, built};

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
    Option(RowCodec),
    /// Elements, and the shape of the list.
    List(RowCodec, Shape),
    /// A set or map.
    Table(Shape),
}

impl Part {
    fn words(&self) -> usize {
        match self {
            Self::Int | Self::Float | Self::Bool | Self::List(..) | Self::Table(_) => 1,
            Self::Unit => 0,
            Self::Str => 2,
            Self::Option(inner) => 1 + inner.words,
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

    /// Appends the bytes of a row, which are those of [`codec::encode`].
    pub fn encode(&self, row: Value<'_>, out: &mut Vec<u8>) {
        self.encode_words(row.words(), out);
    }

    fn encode_words(&self, words: &[Word], out: &mut Vec<u8>) {
        assert_eq!(words.len(), self.words, "a row of the codec's shape");
        let mut rest = words;
        for part in &self.parts {
            let (own, after) = rest.split_at(part.words());
            rest = after;
            match part {
                Part::Int => codec::put_int(own[0] as i64, out),
                Part::Float => out.extend_from_slice(&own[0].to_le_bytes()),
                Part::Bool => out.push(u8::from(own[0] != 0)),
                Part::Unit => out.push(0),
                Part::Str => codec::put_str(built(&Shape::Str, own).str(), out),
                Part::Option(inner) => {
                    out.push(u8::from(own[0] != 0));
                    if own[0] != 0 {
                        inner.encode_words(&own[1..], out);
                    }
                }
                Part::List(elem, shape) => {
                    let list = built(shape, own);
                    codec::put_len(list.len(), out);
                    elem.encode_rows(list.list_words(), list.len(), out);
                }
                Part::Table(shape) => codec::encode(built(shape, own), out),
            }
        }
    }

    /// Appends the bytes of rows that lie one after the other.
    fn encode_rows(&self, words: &[Word], rows: usize, out: &mut Vec<u8>) {
        if let [Part::Int] = self.parts[..] {
            return words.iter().for_each(|int| codec::put_int(*int as i64, out));
        }
        (0..rows).for_each(|n| self.encode_words(&words[n * self.words..(n + 1) * self.words], out));
    }

    /// Takes a row from the front of bytes, and appends its words, which point into the bytes and into the arena.
    ///
    /// # Errors
    /// The bytes are no such row.
    pub fn decode<'a>(&self, bytes: &mut &'a [u8], arena: &'a Arena, out: &mut Vec<Word>) -> Result<(), Corrupt> {
        let start = out.len();
        out.resize(start + self.words, 0);
        self.decode_into(bytes, arena, &mut out[start..])
    }

    fn decode_into(&self, bytes: &mut &[u8], arena: &Arena, out: &mut [Word]) -> Result<(), Corrupt> {
        let (mut bytes_left, mut left) = (*bytes, out);
        let rest = &mut bytes_left;
        for part in &self.parts {
            let (own, after) = left.split_at_mut_checked(part.words()).ok_or(Corrupt)?;
            left = after;
            match part {
                Part::Int => own[0] = codec::take_int(rest)? as Word,
                Part::Float => own[0] = take_float(rest)?,
                Part::Bool => own[0] = Word::from(codec::take_bool(rest)?),
                Part::Unit => codec::take_unit(rest)?,
                Part::Str => {
                    let text = codec::take_str(rest)?;
                    (own[0], own[1]) = (text.as_ptr() as Word, text.len() as Word);
                }
                Part::Option(inner) => inner.decode_option(rest, arena, own)?,
                Part::List(elem, _) => own[0] = elem.decode_list(rest, arena)?,
                Part::Table(shape) => {
                    let (mut after, mut words) = (*rest, Vec::new());
                    codec::decode(shape, &mut after, arena, &mut words)?;
                    *rest = &rest[rest.len() - after.len()..];
                    own[0] = words[0];
                }
            }
        }
        *bytes = bytes_left;
        Ok(())
    }

    fn decode_option(&self, bytes: &mut &[u8], arena: &Arena, out: &mut [Word]) -> Result<(), Corrupt> {
        let (some, value) = out.split_first_mut().expect("an option has a word of its own");
        *some = Word::from(codec::take_bool(bytes)?);
        if *some != 0 {
            return self.decode_into(bytes, arena, value);
        }
        value.fill(0);
        Ok(())
    }

    /// Takes a list of such rows; its word.
    fn decode_list(&self, bytes: &mut &[u8], arena: &Arena) -> Result<Word, Corrupt> {
        let len = codec::take_len(bytes)?;
        let list = arena.zeroed(1 + len * self.words);
        list[0] = len as Word;
        if let [Part::Int] = self.parts[..] {
            list[1..].iter_mut().try_for_each(|item| codec::take_int(bytes).map(|int| *item = int as Word))?;
            return Ok(list.as_ptr() as Word);
        }
        for n in 0..len {
            self.decode_into(bytes, arena, &mut list[1 + n * self.words..][..self.words])?;
        }
        Ok(list.as_ptr() as Word)
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
        Shape::Option(inner) => parts.push(Part::Option(RowCodec::new(inner))),
        Shape::List(elem) => parts.push(Part::List(RowCodec::new(elem), shape.clone())),
        Shape::Set(_) | Shape::Map(..) => parts.push(Part::Table(shape.clone())),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::runtime::arbitrary::{Datum, shape_and_values};
    use crate::runtime::python::text::repr_of;

    proptest! {
        #[test]
        fn rows_are_those_of_the_codec((shape, data) in shape_and_values(3), cut in 1usize..9) {
            let (kept, mut bytes) = (Datum::build_all(&shape, &data), Vec::new());
            kept.values().for_each(|value| codec::encode(value, &mut bytes));
            let (rows, arena) = (RowCodec::new(&shape), Arena::new());
            let (mut ours, mut theirs) = (&bytes[..], &bytes[..]);
            for value in kept.values() {
                let (mut words, mut expected) = (Vec::new(), Vec::new());
                let before = ours;
                rows.decode(&mut ours, &arena, &mut words).unwrap();
                codec::decode(&shape, &mut theirs, &arena, &mut expected).unwrap();
                let row = &before[..before.len() - ours.len()];
                let mut again = Vec::new();
                rows.encode(value, &mut again);
                prop_assert_eq!(&again[..], row);
                prop_assert_eq!(ours.len(), theirs.len());
                prop_assert_eq!(repr_of(built(&shape, &words)), repr_of(value));
                prop_assert_eq!(repr_of(built(&shape, &expected)), repr_of(value));
                let mut cut = &row[..row.len().saturating_sub(cut)];
                prop_assert!(rows.decode(&mut cut, &Arena::new(), &mut Vec::new()).is_err());
            }
            prop_assert!(ours.is_empty());
        }
    }
}
