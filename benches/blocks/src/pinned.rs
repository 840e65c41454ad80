//! Rows of words whose texts and lists lie in chunks that never move.

use std::sync::Arc;

use sparkc::harness::runtime::Arena;
use sparkc::harness::runtime::Shape;
use sparkc::harness::runtime::Word;

use crate::codec::first_word;
use crate::{BATCH, Consumer, Layout, Part, STAGED, list, parts, text};

/// Whether rows that move take the chunks of texts and lists along.
pub struct Pinned<const SHARED: bool> {
    parts: Vec<Part>,
    width: usize,
    key: Shape,
}

/// Sizes of the first and of the largest chunk, in words.
const FIRST_CHUNK: usize = 1 << 5;
const LARGEST_CHUNK: usize = 1 << 17;

/// Rows of a chunk.
const CHUNK: usize = 1024;

/// Bytes and words in chunks that never move.
#[derive(Default)]
pub struct Heap {
    bytes: Vec<u8>,
    words: Vec<Word>,
    full: (Vec<Vec<u8>>, Vec<Vec<Word>>),
    allocated: usize,
}

impl Heap {
    #[inline]
    fn text(&mut self, bytes: &[u8]) -> Word {
        if self.bytes.capacity() - self.bytes.len() < bytes.len() + 16 {
            self.more_bytes(bytes.len() + 16);
        }
        let start = self.bytes.len();
        let to = self.bytes.as_mut_ptr().wrapping_add(start);
        // SAFETY: there is room for the bytes.
        unsafe {
            copy_short(bytes, to);
            self.bytes.set_len(start + bytes.len());
        }
        to.expose_provenance() as Word
    }

    #[cold]
    fn more_bytes(&mut self, bytes: usize) {
        let size = self.room(bytes.div_ceil(8));
        self.full.0.push(std::mem::replace(&mut self.bytes, Vec::with_capacity(size * 8)));
    }

    #[inline]
    fn list(&mut self, len: usize, items: &[Word]) -> &mut [Word] {
        if self.words.capacity() - self.words.len() < items.len() + 1 {
            let size = self.room(items.len() + 1);
            self.full.1.push(std::mem::replace(&mut self.words, Vec::with_capacity(size)));
        }
        let start = self.words.len();
        self.words.push(len as Word);
        self.words.extend_from_slice(items);
        &mut self.words[start..]
    }

    #[cold]
    fn room(&mut self, words: usize) -> usize {
        let size = (self.allocated / 8).clamp(FIRST_CHUNK, LARGEST_CHUNK).max(words);
        self.allocated += size * 8;
        size
    }
}

/// Copies bytes without a call where they are few.
///
/// # Safety
/// There is room for the bytes.
#[inline]
unsafe fn copy_short(bytes: &[u8], to: *mut u8) {
    let len = bytes.len();
    // SAFETY: reads and writes stay within the length.
    unsafe {
        if let (Some(first), Some(last)) = (bytes.first_chunk::<8>(), bytes.last_chunk::<8>())
            && len <= 16
        {
            to.cast::<[u8; 8]>().write(*first);
            to.add(len - 8).cast::<[u8; 8]>().write(*last);
        } else if len > 16 {
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), to, len);
        } else if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
            to.cast::<[u8; 4]>().write(*first);
            to.add(len - 4).cast::<[u8; 4]>().write(*last);
        } else {
            bytes.iter().enumerate().for_each(|(n, byte)| to.add(n).write(*byte));
        }
    }
}

/// Rows, and what they point to.
#[derive(Default)]
pub struct Block {
    /// Runs of [`CHUNK`] rows; the last may have fewer.
    rows: Vec<Vec<Word>>,
    heap: Arc<Heap>,
    _shared: Option<Arc<Heap>>,
}

/// A block being written.
#[derive(Default)]
struct Writer {
    full: Vec<Vec<Word>>,
    rows: Vec<Word>,
    /// How many words of `rows` have been settled.
    settled: usize,
    heap: Heap,
}

impl Writer {
    #[inline]
    fn push(&mut self, parts: &[Part], row: &[Word]) {
        if self.rows.capacity() - self.rows.len() < row.len() {
            self.more(parts, row.len());
        }
        extend(&mut self.rows, row);
    }

    #[cold]
    fn more(&mut self, parts: &[Part], width: usize) {
        let rows = self.rows.len() / width;
        if rows < CHUNK {
            self.rows.reserve_exact((rows * 2).clamp(8, CHUNK) * width - self.rows.len());
            return;
        }
        self.settle(parts, width);
        self.full.push(std::mem::replace(&mut self.rows, Vec::with_capacity(CHUNK * width)));
        self.settled = 0;
    }

    /// Copies what new rows point to, part by part.
    fn settle(&mut self, parts: &[Part], width: usize) {
        keep_all(parts, &mut self.rows[self.settled..], width, &mut self.heap);
        self.settled = self.rows.len();
    }

    fn finish(mut self) -> Block {
        self.rows.shrink_to_fit();
        self.full.push(self.rows);
        Block { rows: self.full, heap: Arc::new(self.heap), _shared: None }
    }
}

/// Appends a row; a copy of a length that is known is no call.
#[inline]
fn extend(rows: &mut Vec<Word>, row: &[Word]) {
    match row {
        [a] => rows.push(*a),
        [a, b] => rows.extend_from_slice(&[*a, *b]),
        [a, b, c] => rows.extend_from_slice(&[*a, *b, *c]),
        [a, b, c, d] => rows.extend_from_slice(&[*a, *b, *c, *d]),
        _ => rows.extend_from_slice(row),
    }
}

/// Copies what rows point to, part by part.
fn keep_all(parts: &[Part], rows: &mut [Word], stride: usize, heap: &mut Heap) {
    let mut at = 0;
    for part in parts {
        match part {
            Part::Fixed => at += 1,
            Part::Text => {
                for row in rows.chunks_exact_mut(stride) {
                    row[at] = heap.text(text(row[at], row[at + 1]));
                }
                at += 2;
            }
            Part::List(width, parts) => {
                for row in rows.chunks_exact_mut(stride) {
                    let items = list(row[at], *width);
                    let own: *mut [Word] = heap.list(items.len() / width, items);
                    // SAFETY: chunks of words do not move, and what elements point to goes to other chunks.
                    let own = unsafe { &mut *own };
                    row[at] = own.as_ptr().expose_provenance() as Word;
                    if let [Part::Text] = parts[..] {
                        own[1..].chunks_exact_mut(2).for_each(|item| item[0] = heap.text(text(item[0], item[1])));
                    }
                }
                at += 1;
            }
        }
    }
}

impl<const SHARED: bool> Layout for Pinned<SHARED> {
    type Block = Block;

    fn new(shape: &Shape) -> Self {
        let Shape::Tuple(components) = shape else { unreachable!("rows are pairs") };
        Self { parts: parts(shape), width: shape.words(), key: components.shapes[0].clone() }
    }

    fn append(&self, rows: &[Word]) -> Block {
        let mut writer = Writer::default();
        for rows in rows.chunks(STAGED / self.width * self.width) {
            rows.chunks_exact(self.width).for_each(|row| writer.push(&self.parts, row));
            writer.settle(&self.parts, self.width);
        }
        writer.finish()
    }

    fn scatter(&self, rows: &[Word], places: &[u32], partitions: usize) -> Vec<Block> {
        let mut out: Vec<Writer> = (0..partitions).map(|_| Writer::default()).collect();
        let area = STAGED / self.width;
        for (rows, places) in rows.chunks(area * self.width).zip(places.chunks(area)) {
            let rows = rows.chunks_exact(self.width).zip(places);
            rows.for_each(|(row, place)| out[*place as usize].push(&self.parts, row));
            out.iter_mut().for_each(|writer| writer.settle(&self.parts, self.width));
        }
        out.into_iter().map(Writer::finish).collect()
    }

    fn scan(&self, block: &Block, _: &mut Arena, consumer: &mut impl Consumer) {
        block.rows.iter().for_each(|rows| consumer.rows(rows));
    }

    fn find(&self, block: &Block) -> Vec<u64> {
        (0..(block.rows.iter().map(Vec::len).sum::<usize>() / self.width) as u64).collect()
    }

    fn gather(&self, block: &Block, places: &[u64], _: &mut Arena, consumer: &mut impl Consumer) {
        let mut words = Vec::new();
        for places in places.chunks(BATCH) {
            words.clear();
            let row = |n: &u64| &block.rows[*n as usize / CHUNK][*n as usize % CHUNK * self.width..][..self.width];
            places.iter().for_each(|n| extend(&mut words, row(n)));
            consumer.rows(&words);
        }
    }

    fn send(&self, block: &Block, places: &[u32], partitions: usize) -> Vec<Block> {
        let mut out: Vec<Writer> = (0..partitions).map(|_| Writer::default()).collect();
        let parts = if SHARED { &[][..] } else { &self.parts };
        for (rows, places) in block.rows.iter().zip(places.chunks(CHUNK)) {
            let rows = rows.chunks_exact(self.width).zip(places);
            rows.for_each(|(row, place)| out[*place as usize].push(parts, row));
            out.iter_mut().for_each(|writer| writer.settle(parts, self.width));
        }
        let finish = |writer: Writer| {
            let shared = SHARED.then(|| block.heap.clone());
            Block { _shared: shared, ..writer.finish() }
        };
        out.into_iter().map(finish).collect()
    }

    fn index(&self, block: &Block) -> Vec<(u64, u64)> {
        let rows = block.rows.iter().flat_map(|rows| rows.chunks_exact(self.width)).enumerate();
        rows.map(|(n, row)| (first_word(&self.key, &row[..self.key.words()]), n as u64)).collect()
    }

    fn bytes(block: &Block) -> usize {
        block.rows.iter().map(Vec::capacity).sum::<usize>() * 8 + block.heap.allocated
    }
}
