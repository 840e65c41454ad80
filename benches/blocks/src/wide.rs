//! Rows of words, with offsets in place of addresses.

use sparkc::harness::runtime::Arena;
use sparkc::harness::runtime::Shape;
use sparkc::harness::runtime::Word;

use crate::codec::first_word;
use crate::{BATCH, Consumer, Layout, Part, list, parts, text};

pub struct Wide {
    parts: Vec<Part>,
    width: usize,
    key: Shape,
}

/// Rows; what is behind texts; lists, each with its length in front.
#[derive(Clone, Default)]
pub struct Block {
    rows: Vec<Word>,
    bytes: Vec<u8>,
    items: Vec<Word>,
}

impl Block {
    fn push(&mut self, parts: &[Part], row: &[Word]) {
        let start = self.rows.len();
        self.rows.extend_from_slice(row);
        let mut at = start;
        for part in parts {
            match part {
                Part::Fixed => at += 1,
                Part::Text => {
                    let address = self.rows[at];
                    self.rows[at] = self.bytes.len() as Word;
                    self.bytes.extend_from_slice(text(address, self.rows[at + 1]));
                    at += 2;
                }
                Part::List(width, parts) => {
                    let items = list(self.rows[at], *width);
                    self.rows[at] = self.items.len() as Word;
                    self.items.push((items.len() / width) as Word);
                    let first = self.items.len();
                    self.items.extend_from_slice(items);
                    if let [Part::Text] = parts[..] {
                        for text_words in self.items[first..].chunks_exact_mut(2) {
                            let address = text_words[0];
                            text_words[0] = self.bytes.len() as Word;
                            self.bytes.extend_from_slice(text(address, text_words[1]));
                        }
                    }
                    at += 1;
                }
            }
        }
    }

    /// Makes addresses of the offsets of a row.
    fn place(&self, parts: &[Part], row: &mut [Word], arena: &Arena) {
        let base = self.bytes.as_ptr().expose_provenance() as Word;
        let mut at = 0;
        for part in parts {
            match part {
                Part::Fixed => at += 1,
                Part::Text => {
                    row[at] += base;
                    at += 2;
                }
                Part::List(width, parts) => {
                    let list = &self.items[row[at] as usize..];
                    let list = &list[..1 + list[0] as usize * width];
                    row[at] = match parts[..] {
                        [Part::Text] => {
                            let own = arena.zeroed(list.len());
                            own.copy_from_slice(list);
                            own[1..].chunks_exact_mut(2).for_each(|text| text[0] += base);
                            own.as_ptr().expose_provenance() as Word
                        }
                        _ => list.as_ptr().expose_provenance() as Word,
                    };
                    at += 1;
                }
            }
        }
    }

    fn shrink(&mut self) {
        self.rows.shrink_to_fit();
        self.bytes.shrink_to_fit();
        self.items.shrink_to_fit();
    }
}

impl Layout for Wide {
    type Block = Block;

    fn new(shape: &Shape) -> Self {
        let Shape::Tuple(components) = shape else { unreachable!("rows are pairs") };
        Self { parts: parts(shape), width: shape.words(), key: components.shapes[0].clone() }
    }

    fn append(&self, rows: &[Word]) -> Block {
        let mut block = Block::default();
        rows.chunks_exact(self.width).for_each(|row| block.push(&self.parts, row));
        block.shrink();
        block
    }

    fn scatter(&self, rows: &[Word], places: &[u32], partitions: usize) -> Vec<Block> {
        let mut out = vec![Block::default(); partitions];
        let rows = rows.chunks_exact(self.width).zip(places);
        rows.for_each(|(row, place)| out[*place as usize].push(&self.parts, row));
        out.iter_mut().for_each(Block::shrink);
        out
    }

    fn scan(&self, block: &Block, arena: &mut Arena, consumer: &mut impl Consumer) {
        let mut words = Vec::new();
        for rows in block.rows.chunks(BATCH * self.width) {
            words.clear();
            words.extend_from_slice(rows);
            arena.reset();
            words.chunks_exact_mut(self.width).for_each(|row| block.place(&self.parts, row, arena));
            consumer.rows(&words);
        }
    }

    fn find(&self, block: &Block) -> Vec<u64> {
        (0..(block.rows.len() / self.width) as u64).collect()
    }

    fn gather(&self, block: &Block, places: &[u64], arena: &mut Arena, consumer: &mut impl Consumer) {
        let mut words = Vec::new();
        for places in places.chunks(BATCH) {
            words.clear();
            places.iter().for_each(|n| words.extend_from_slice(&block.rows[*n as usize * self.width..][..self.width]));
            arena.reset();
            words.chunks_exact_mut(self.width).for_each(|row| block.place(&self.parts, row, arena));
            consumer.rows(&words);
        }
    }

    fn send(&self, block: &Block, places: &[u32], partitions: usize) -> Vec<Block> {
        let (mut out, mut words, mut arena) = (vec![Block::default(); partitions], Vec::new(), Arena::new());
        for (rows, places) in block.rows.chunks(BATCH * self.width).zip(places.chunks(BATCH)) {
            words.clear();
            words.extend_from_slice(rows);
            arena.reset();
            for (row, place) in words.chunks_exact_mut(self.width).zip(places) {
                block.place(&self.parts, row, &arena);
                out[*place as usize].push(&self.parts, row);
            }
        }
        out.iter_mut().for_each(Block::shrink);
        out
    }

    fn index(&self, block: &Block) -> Vec<(u64, u64)> {
        let mut index = Vec::new();
        let (mut key, arena) = (Vec::new(), Arena::new());
        for (n, row) in block.rows.chunks_exact(self.width).enumerate() {
            key.clear();
            key.extend_from_slice(&row[..self.key.words()]);
            block.place(&self.parts[..1], &mut key, &arena);
            index.push((first_word(&self.key, &key), n as u64));
        }
        index
    }

    fn bytes(block: &Block) -> usize {
        block.rows.capacity() * 8 + block.bytes.capacity() + block.items.capacity() * 8
    }
}
