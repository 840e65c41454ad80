//! Rows as the row codec encodes them.

use sparkc::harness::runtime::Arena;
use sparkc::harness::runtime::Window;
use sparkc::harness::runtime::RowCodec;
use sparkc::harness::runtime::Shape;
use sparkc::harness::runtime::{Value, Word};

use crate::{BATCH, Consumer, Layout};

/// Rows that are touched ahead.
const AHEAD: usize = 16;

pub struct Codec {
    shape: Shape,
    key: Shape,
    codec: RowCodec,
}

impl Codec {
    fn push(&self, row: &[Word], out: &mut Vec<u8>) {
        // SAFETY: the rows of a pattern are values of its shape.
        self.codec.encode(unsafe { Value::new(&self.shape, row) }, out);
    }
}

impl Codec {
    /// Takes the bytes of a row from the front of `bytes`.
    fn skip<'a>(&self, bytes: &mut &'a [u8]) -> &'a [u8] {
        let (mut rest, arena) = (*bytes, Arena::new());
        self.codec.decode(&mut rest, &arena, &mut Vec::new()).expect("own rows");
        let row = &bytes[..bytes.len() - rest.len()];
        *bytes = &bytes[row.len()..];
        row
    }
}

impl Layout for Codec {
    type Block = Vec<u8>;

    fn new(shape: &Shape) -> Self {
        let Shape::Tuple(components) = shape else { unreachable!("rows are pairs") };
        Self { shape: shape.clone(), key: components.shapes[0].clone(), codec: RowCodec::new(shape) }
    }

    fn append(&self, rows: &[Word]) -> Vec<u8> {
        let mut out = Vec::new();
        rows.chunks_exact(self.codec.words()).for_each(|row| self.push(row, &mut out));
        out.shrink_to_fit();
        out
    }

    fn scatter(&self, rows: &[Word], places: &[u32], partitions: usize) -> Vec<Vec<u8>> {
        let mut out = vec![Vec::new(); partitions];
        let rows = rows.chunks_exact(self.codec.words()).zip(places);
        rows.for_each(|(row, place)| self.push(row, &mut out[*place as usize]));
        out.iter_mut().for_each(Vec::shrink_to_fit);
        out
    }

    fn scan(&self, block: &Vec<u8>, arena: &mut Arena, consumer: &mut impl Consumer) {
        let (mut at, mut words) = (0, Vec::new());
        while at < block.len() {
            words.clear();
            arena.reset();
            let mut rest = &block[at..];
            while words.len() < BATCH * self.codec.words() && !rest.is_empty() {
                self.codec.decode(&mut rest, arena, &mut words).expect("own rows");
            }
            at = block.len() - rest.len();
            consumer.rows(&words);
        }
    }

    fn find(&self, block: &Vec<u8>) -> Vec<u64> {
        let (mut rest, mut places) = (&block[..], Vec::new());
        while !rest.is_empty() {
            places.push((block.len() - rest.len()) as u64);
            self.skip(&mut rest);
        }
        places
    }

    fn gather(&self, block: &Vec<u8>, places: &[u64], arena: &mut Arena, consumer: &mut impl Consumer) {
        let mut words = Vec::new();
        for places in places.chunks(BATCH) {
            words.clear();
            arena.reset();
            for places in places.chunks(AHEAD) {
                let touched = |at: &u64| block[*at as usize] ^ block.get(*at as usize + 64).copied().unwrap_or(0);
                std::hint::black_box(places.iter().map(touched).fold(0, |sum, byte| sum ^ byte));
                for at in places {
                    self.codec.decode(&mut &block[*at as usize..], arena, &mut words).expect("own rows");
                }
            }
            consumer.rows(&words);
        }
    }

    fn send(&self, block: &Vec<u8>, places: &[u32], partitions: usize) -> Vec<Vec<u8>> {
        let (mut rest, mut out) = (&block[..], vec![Vec::new(); partitions]);
        for place in places {
            out[*place as usize].extend_from_slice(self.skip(&mut rest));
        }
        out.iter_mut().for_each(Vec::shrink_to_fit);
        out
    }

    fn index(&self, block: &Vec<u8>) -> Vec<(u64, u64)> {
        let (mut rest, mut index) = (&block[..], Vec::new());
        while !rest.is_empty() {
            let (mut words, arena, place) = (Vec::new(), Arena::new(), (block.len() - rest.len()) as u64);
            let mut row = rest;
            self.codec.decode(&mut row, &arena, &mut words).expect("own rows");
            index.push((first_word(&self.key, &words[..self.key.words()]), place));
            self.skip(&mut rest);
        }
        index
    }

    fn bytes(block: &Vec<u8>) -> usize {
        block.capacity()
    }
}

/// The first eight bytes of a key in words as a number that orders; as `Window` makes it, which takes values.
pub fn first_word(shape: &Shape, words: &[Word]) -> u64 {
    // SAFETY: the rows of a pattern are values of its shape.
    Window::of_value(unsafe { Value::new(shape, words) }, 0).word
}
