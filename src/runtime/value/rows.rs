//! Rows of one shape as bytes, written and read quickly: [`codec`] with the shape worked out beforehand.
//!
//! `((str, int), list[float])` is the parts `str`, `int`, `list of float`: rows are encoded, decoded and skipped in one
//! loop, and the elements of lists are decoded where they are to lie. Sets and maps are left to `codec`. Bytes and words are
//! those of `codec` (law below), and bytes are checked like there except for one thing: texts are not validated again, since
//! the bytes are rows that this process has encoded. Rows from elsewhere go through `codec`.

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

    /// Whether a row is decoded without the arena: it has no lists, sets and maps.
    pub fn is_simple(&self) -> bool {
        self.parts.iter().all(|part| match part {
            Part::Int | Part::Float | Part::Bool | Part::Unit | Part::Str => true,
            Part::Option(inner) => inner.is_simple(),
            Part::List(..) | Part::Table(_) => false,
        })
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

    /// Takes a row from the front of bytes that this process encoded with this shape, and appends its words, which point
    /// into the bytes and into the arena.
    ///
    /// # Errors
    /// The bytes are no such row.
    pub fn decode<'a>(&self, bytes: &mut &'a [u8], arena: &'a Arena, out: &mut Vec<Word>) -> Result<(), Corrupt> {
        let start = out.len();
        out.resize(start + self.words, 0);
        self.decode_into(bytes, Some(arena), &mut out[start..])
    }

    /// Takes rows from the front of bytes as [`RowCodec::decode`] does, until there are `most` or no more; how many.
    ///
    /// # Errors
    /// The bytes are no such rows.
    pub fn decode_rows<'a>(
        &self,
        bytes: &mut &'a [u8],
        most: usize,
        arena: &'a Arena,
        out: &mut Vec<Word>,
    ) -> Result<usize, Corrupt> {
        let start = out.len();
        // A row takes a byte at least.
        let most = most.min(bytes.len());
        out.resize(start + most * self.words, 0);
        let (mut rest, mut rows) = (*bytes, 0);
        while rows < most && !rest.is_empty() {
            self.decode_into(&mut rest, Some(arena), &mut out[start + rows * self.words..][..self.words])?;
            rows += 1;
        }
        out.truncate(start + rows * self.words);
        *bytes = rest;
        Ok(rows)
    }

    /// As [`RowCodec::decode`], of simple rows, into as many words as a row has.
    ///
    /// # Errors
    /// The bytes are no such row.
    ///
    /// # Panics
    /// If the row is not simple.
    pub fn decode_simple(&self, bytes: &mut &[u8], out: &mut [Word]) -> Result<(), Corrupt> {
        self.decode_into(bytes, None, out)
    }

    fn decode_into(&self, bytes: &mut &[u8], arena: Option<&Arena>, out: &mut [Word]) -> Result<(), Corrupt> {
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
                    let text = codec::take_text(rest)?;
                    (own[0], own[1]) = (text.as_ptr() as Word, text.len() as Word);
                }
                Part::Option(inner) => inner.decode_option(rest, arena, own)?,
                Part::List(elem, _) => own[0] = elem.decode_list(rest, lists(arena))?,
                Part::Table(shape) => {
                    let (mut after, mut words) = (*rest, Vec::new());
                    codec::decode(shape, &mut after, lists(arena), &mut words)?;
                    *rest = &rest[rest.len() - after.len()..];
                    own[0] = words[0];
                }
            }
        }
        *bytes = bytes_left;
        Ok(())
    }

    fn decode_option(&self, bytes: &mut &[u8], arena: Option<&Arena>, out: &mut [Word]) -> Result<(), Corrupt> {
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
            self.decode_into(bytes, Some(arena), &mut list[1 + n * self.words..][..self.words])?;
        }
        Ok(list.as_ptr() as Word)
    }

    /// Skips rows at the front of `bytes`.
    fn skip_rows(&self, rows: usize, bytes: &mut &[u8]) -> Result<(), Corrupt> {
        if let [Part::Int] = self.parts[..] {
            return skip_ints(bytes, rows);
        }
        (0..rows).try_for_each(|_| self.skip(bytes).map(drop))
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
                Part::Option(inner) => {
                    if codec::take_bool(&mut rest)? {
                        inner.skip(&mut rest)?;
                    }
                }
                Part::List(elem, _) => {
                    let len = codec::take_len(&mut rest)?;
                    elem.skip_rows(len, &mut rest)?;
                }
                Part::Table(shape) => codec::skip(shape, &mut rest).map(drop)?,
            }
        }
        let row = &bytes[..bytes.len() - rest.len()];
        *bytes = rest;
        Ok(row)
    }
}

/// Skips ints; eight bytes at once as long as more ints are to end after them.
fn skip_ints(bytes: &mut &[u8], mut ints: usize) -> Result<(), Corrupt> {
    let mut rest = *bytes;
    while let Some((head, after)) = rest.split_first_chunk::<8>() {
        let ends = (!u64::from_le_bytes(*head) & 0x8080_8080_8080_8080).count_ones() as usize;
        // The last of them may end before the word does.
        if ends >= ints {
            break;
        }
        (ints, rest) = (ints - ends, after);
    }
    while ints > 0 {
        let end = rest.iter().position(|byte| *byte < 0x80).ok_or(Corrupt)?;
        (ints, rest) = (ints - 1, &rest[end + 1..]);
    }
    *bytes = rest;
    Ok(())
}

/// Where lists, sets and maps are made.
fn lists(arena: Option<&Arena>) -> &Arena {
    arena.expect("simple rows have no lists, sets and maps")
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
