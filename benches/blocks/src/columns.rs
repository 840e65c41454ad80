//! Rows as columns.

use sparkc::harness::runtime::Arena;
use sparkc::harness::runtime::Shape;
use sparkc::harness::runtime::Word;

use crate::codec::first_word;
use crate::{BATCH, Consumer, Layout, Part, STAGED, list, parts, text};

pub struct Columns {
    parts: Vec<Part>,
    width: usize,
    key: Shape,
}

/// A column: the values of one part.
pub enum Column {
    Fixed(Vec<u64>),
    /// Ends of texts in the bytes; zero before the first.
    Text(Vec<u32>, Vec<u8>),
    /// Ends of lists in the columns; zero before the first.
    List(Vec<u32>, usize, Vec<Column>),
}

impl Column {
    fn new(part: &Part) -> Self {
        match part {
            Part::Fixed => Self::Fixed(Vec::new()),
            Part::Text => Self::Text(vec![0], Vec::new()),
            Part::List(width, parts) => Self::List(vec![0], *width, parts.iter().map(Self::new).collect()),
        }
    }

    fn words(&self) -> usize {
        match self {
            Self::Fixed(_) | Self::List(..) => 1,
            Self::Text(..) => 2,
        }
    }

    /// Appends a part of rows, which begins at a word of each.
    fn append(&mut self, rows: &[Word], stride: usize, at: usize) {
        let rows = rows.chunks_exact(stride);
        match self {
            Self::Fixed(words) => words.extend(rows.map(|row| row[at])),
            Self::Text(ends, bytes) => {
                for row in rows {
                    bytes.extend_from_slice(text(row[at], row[at + 1]));
                    ends.push(bytes.len() as u32);
                }
            }
            Self::List(ends, width, columns) => {
                for row in rows {
                    let items = list(row[at], *width);
                    ends.push(ends[ends.len() - 1] + (items.len() / *width) as u32);
                    append(columns, items, *width);
                }
            }
        }
    }

    /// Writes rows of the column to words of rows; `from` gives their numbers.
    fn take(
        &self,
        from: impl ExactSizeIterator<Item = usize> + Clone,
        out: &mut [Word],
        stride: usize,
        at: usize,
        arena: &Arena,
    ) {
        let rows = out.chunks_exact_mut(stride);
        match self {
            Self::Fixed(words) => from.zip(rows).for_each(|(n, row)| row[at] = words[n]),
            Self::Text(ends, bytes) => {
                let base = bytes.as_ptr().expose_provenance() as Word;
                for (n, row) in from.zip(rows) {
                    let (start, end) = (Word::from(ends[n]), Word::from(ends[n + 1]));
                    row[at..at + 2].copy_from_slice(&[base + start, end - start]);
                }
            }
            Self::List(ends, width, columns) => {
                let total: usize = from.clone().map(|n| 1 + (ends[n + 1] - ends[n]) as usize * *width).sum();
                let mut room = arena.zeroed(total);
                for (n, row) in from.zip(rows) {
                    let (start, end) = (ends[n] as usize, ends[n + 1] as usize);
                    let (own, rest) = room.split_at_mut(1 + (end - start) * *width);
                    room = rest;
                    own[0] = (end - start) as Word;
                    row[at] = own.as_ptr().expose_provenance() as Word;
                    match &columns[..] {
                        [Self::Fixed(words)] => own[1..].copy_from_slice(&words[start..end]),
                        _ => take(columns, start..end, &mut own[1..], *width, arena),
                    }
                }
            }
        }
    }

    /// Appends a row of another column.
    fn push_from(&mut self, from: &Self, n: usize) {
        match (self, from) {
            (Self::Fixed(out), Self::Fixed(words)) => out.push(words[n]),
            (Self::Text(out_ends, out), Self::Text(ends, bytes)) => {
                out.extend_from_slice(&bytes[ends[n] as usize..ends[n + 1] as usize]);
                out_ends.push(out.len() as u32);
            }
            (Self::List(out_ends, _, out), Self::List(ends, _, columns)) => {
                out_ends.push(out_ends[out_ends.len() - 1] + ends[n + 1] - ends[n]);
                for (out, column) in out.iter_mut().zip(columns) {
                    (ends[n]..ends[n + 1]).for_each(|item| out.push_from(column, item as usize));
                }
            }
            _ => unreachable!("columns of one shape"),
        }
    }

    fn shrink(&mut self) {
        match self {
            Self::Fixed(words) => words.shrink_to_fit(),
            Self::Text(ends, bytes) => {
                ends.shrink_to_fit();
                bytes.shrink_to_fit();
            }
            Self::List(ends, _, columns) => {
                ends.shrink_to_fit();
                columns.iter_mut().for_each(Self::shrink);
            }
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Fixed(words) => words.capacity() * 8,
            Self::Text(ends, bytes) => ends.capacity() * 4 + bytes.capacity(),
            Self::List(ends, _, columns) => ends.capacity() * 4 + columns.iter().map(Self::bytes).sum::<usize>(),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Fixed(words) => words.len(),
            Self::Text(ends, _) | Self::List(ends, ..) => ends.len() - 1,
        }
    }
}

fn append(columns: &mut [Column], rows: &[Word], stride: usize) {
    let mut at = 0;
    for column in columns {
        column.append(rows, stride, at);
        at += column.words();
    }
}

fn take(
    columns: &[Column],
    from: impl ExactSizeIterator<Item = usize> + Clone,
    out: &mut [Word],
    stride: usize,
    arena: &Arena,
) {
    let mut at = 0;
    for column in columns {
        column.take(from.clone(), out, stride, at, arena);
        at += column.words();
    }
}

impl Columns {
    fn block(&self) -> Vec<Column> {
        self.parts.iter().map(Column::new).collect()
    }
}

impl Layout for Columns {
    type Block = Vec<Column>;

    fn new(shape: &Shape) -> Self {
        let Shape::Tuple(components) = shape else { unreachable!("rows are pairs") };
        Self { parts: parts(shape), width: shape.words(), key: components.shapes[0].clone() }
    }

    fn append(&self, rows: &[Word]) -> Vec<Column> {
        let mut block = self.block();
        let area = STAGED / self.width * self.width;
        rows.chunks(area).for_each(|rows| append(&mut block, rows, self.width));
        block.iter_mut().for_each(Column::shrink);
        block
    }

    fn scatter(&self, rows: &[Word], places: &[u32], partitions: usize) -> Vec<Vec<Column>> {
        let mut out: Vec<Vec<Column>> = (0..partitions).map(|_| self.block()).collect();
        let area = STAGED / self.width;
        for (rows, places) in rows.chunks(area * self.width).zip(places.chunks(area)) {
            let mut at = 0;
            for (c, part) in self.parts.iter().enumerate() {
                let pairs = rows.chunks_exact(self.width).zip(places);
                match part {
                    Part::Fixed => {
                        let mut to: Vec<&mut Vec<u64>> = out.iter_mut().map(|block| block[c].fixed()).collect();
                        pairs.for_each(|(row, place)| to[*place as usize].push(row[at]));
                        at += 1;
                    }
                    Part::Text => {
                        let mut to: Vec<_> = out.iter_mut().map(|block| block[c].text()).collect();
                        for (row, place) in pairs {
                            let (ends, bytes) = &mut to[*place as usize];
                            bytes.extend_from_slice(text(row[at], row[at + 1]));
                            ends.push(bytes.len() as u32);
                        }
                        at += 2;
                    }
                    Part::List(..) => {
                        pairs.for_each(|(row, place)| out[*place as usize][c].append(row, self.width, at));
                        at += 1;
                    }
                }
            }
        }
        out.iter_mut().flatten().for_each(Column::shrink);
        out
    }

    fn scan(&self, block: &Vec<Column>, arena: &mut Arena, consumer: &mut impl Consumer) {
        let (rows, mut words) = (block[0].len(), Vec::new());
        for start in (0..rows).step_by(BATCH) {
            let batch = start..(start + BATCH).min(rows);
            words.resize(batch.len() * self.width, 0);
            arena.reset();
            take(block, batch, &mut words, self.width, arena);
            consumer.rows(&words);
        }
    }

    fn find(&self, block: &Vec<Column>) -> Vec<u64> {
        (0..block[0].len() as u64).collect()
    }

    fn gather(&self, block: &Vec<Column>, places: &[u64], arena: &mut Arena, consumer: &mut impl Consumer) {
        let mut words = Vec::new();
        for places in places.chunks(BATCH) {
            words.resize(places.len() * self.width, 0);
            arena.reset();
            take(block, places.iter().map(|place| *place as usize), &mut words, self.width, arena);
            consumer.rows(&words);
        }
    }

    fn send(&self, block: &Vec<Column>, places: &[u32], partitions: usize) -> Vec<Vec<Column>> {
        let mut out: Vec<Vec<Column>> = (0..partitions).map(|_| self.block()).collect();
        for from in (0..places.len()).step_by(BATCH) {
            for (c, column) in block.iter().enumerate() {
                let places = places[from..].iter().take(BATCH).enumerate();
                places.for_each(|(n, place)| out[*place as usize][c].push_from(column, from + n));
            }
        }
        out.iter_mut().flatten().for_each(Column::shrink);
        out
    }

    fn index(&self, block: &Vec<Column>) -> Vec<(u64, u64)> {
        let (rows, mut index, mut words) = (block[0].len(), Vec::new(), Vec::new());
        let (arena, width) = (Arena::new(), self.key.words());
        for start in (0..rows).step_by(BATCH) {
            let batch = start..(start + BATCH).min(rows);
            words.resize(batch.len() * width, 0);
            block[0].take(batch, &mut words, width, 0, &arena);
            index.extend(
                words.chunks_exact(width).enumerate().map(|(n, key)| (first_word(&self.key, key), (start + n) as u64)),
            );
        }
        index
    }

    fn bytes(block: &Vec<Column>) -> usize {
        block.iter().map(Column::bytes).sum()
    }
}

impl Column {
    fn fixed(&mut self) -> &mut Vec<u64> {
        match self {
            Self::Fixed(words) => words,
            _ => unreachable!("a column of words"),
        }
    }

    fn text(&mut self) -> (&mut Vec<u32>, &mut Vec<u8>) {
        match self {
            Self::Text(ends, bytes) => (ends, bytes),
            _ => unreachable!("a column of texts"),
        }
    }
}
