//! Blocks: rows that are kept, the unit of what stages leave and tasks receive.
//!
//! Rows lie as the words that kernels take, in runs of so many rows as fit a first-level cache, so that a run is a
//! batch ([`super::batch::Batch::lend`]) and nothing is decoded; `docs/experiment.md` has the figures of this form
//! against others. Texts and objects of rows lie in a heap that never moves ([`super::heap`]). Rows that only move to
//! another block share it.
//!
//! For a file or another process, rows are encoded by `runtime/value/rows.rs` ([`Block::encode`]); what comes from there is
//! checked when it is decoded ([`Block::decode`]).

#![allow(unsafe_code, reason = "pairs words with the shape under which they were pushed")]

use std::sync::{Arc, LazyLock};

use super::heap::{Heap, RowLayout};
use crate::base::source::{FileId, Span};
use crate::engine::emit::RowSlice;
use crate::exec::errors::{JobError, OverBudget};
use crate::exec::memory::{Accountant, Charge, Derived};
use crate::runtime::value::arena::Arena;
use crate::runtime::value::codec::Corrupt;
use crate::runtime::value::rows::RowCodec;
use crate::runtime::value::shape::Shape;
use crate::runtime::value::words::{Value, Word};

/// Words of a run at most, unless it has [`FEWEST`] rows.
const RUN_WORDS: usize = 4096;
const FEWEST: usize = 16;
/// Rows for which a run has room at first.
const FIRST_ROWS: usize = 8;

/// Rows of one shape.
#[derive(Debug)]
pub struct Block {
    layout: Arc<RowLayout>,
    /// All have `1 << shift` rows but for the last; there are none where rows have no words.
    runs: Vec<Vec<Word>>,
    shift: u32,
    rows: usize,
    /// The texts and objects of the rows.
    heaps: Vec<Arc<Heap>>,
    /// Bytes of the rows and of their own heap.
    bytes: usize,
    derived: Arc<Derived>,
    _charge: Charge,
}

/// A block being written.
#[derive(Debug)]
pub struct BlockWriter {
    layout: Arc<RowLayout>,
    full: Vec<Vec<Word>>,
    run: Vec<Word>,
    /// How many words the run has room for.
    room: usize,
    /// How many words of the run point to the heaps.
    settled: usize,
    rows: usize,
    heap: Heap,
    shared: Vec<Arc<Heap>>,
    charge: Charge,
    span: Span,
}

/// The empty block, which all empty parts share.
static EMPTY: LazyLock<Arc<Block>> = LazyLock::new(|| {
    let layout = RowLayout::new(&Shape::tuple(Vec::new()));
    Arc::new(Block {
        layout,
        runs: Vec::new(),
        shift: 0,
        rows: 0,
        heaps: Vec::new(),
        bytes: 0,
        derived: Arc::default(),
        _charge: Accountant::new(usize::MAX).nothing(),
    })
});

/// Base-2 logarithm of the number of rows in a run.
fn shift_of(width: usize) -> u32 {
    (RUN_WORDS / width.max(1)).max(FEWEST).ilog2()
}

impl Block {
    /// A block without rows, of any shape.
    pub fn empty() -> Arc<Self> {
        EMPTY.clone()
    }

    /// A block of values that is charged to nobody: constants of the job.
    pub fn uncharged<'a>(shape: &Shape, values: impl Iterator<Item = Value<'a>>) -> Arc<Self> {
        let mut writer =
            BlockWriter::new(&Accountant::new(usize::MAX), Span::new(FileId(0), 0, 0), &RowLayout::new(shape));
        values.for_each(|value| writer.push(value).expect("the budget has no end"));
        writer.finish()
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Bytes that it holds; what it shares with the block that its rows come from is counted there.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Room for what is made of the rows and kept with them, such as their groups by key; the empty block has none.
    pub fn derived(&self) -> Option<&Arc<Derived>> {
        (self.rows > 0).then_some(&self.derived)
    }

    /// Number of runs.
    pub fn runs(&self) -> usize {
        self.rows.div_ceil(1 << self.shift)
    }

    /// The rows of a run.
    pub fn run(&self, run: usize) -> RowSlice<'_> {
        let rows = (self.rows - (run << self.shift)).min(1 << self.shift);
        let words = self.runs.get(run).map_or(&[][..], |run| run);
        // SAFETY: rows were pushed as values of this shape, and what they point to is in the heaps.
        unsafe { RowSlice::new(self.layout.shape(), words, self.layout.width(), rows) }
    }

    /// A row.
    #[inline]
    pub fn row(&self, n: usize) -> Value<'_> {
        let width = self.layout.width();
        let words = self.runs.get(n >> self.shift).map_or(&[][..], |run| {
            let at = (n & ((1 << self.shift) - 1)) * width;
            &run[at..at + width]
        });
        // SAFETY: as for `run`.
        unsafe { Value::new(self.layout.shape(), words) }
    }

    /// All rows.
    pub fn values(&self) -> impl Iterator<Item = Value<'_>> {
        (0..self.runs()).map(|run| self.run(run)).flat_map(|run| (0..run.len()).map(move |n| run.row(n)))
    }

    /// Bytes of the rows, one after the other, that mean the same anywhere.
    pub fn encode(&self) -> Vec<u8> {
        let (codec, mut bytes) = (RowCodec::new(self.layout.shape()), Vec::new());
        self.values().for_each(|row| codec.encode(row, &mut bytes));
        bytes
    }

    /// The rows that bytes from a file or another process encode, which are checked.
    ///
    /// # Errors
    /// The bytes do not encode so many rows of the shape, or the budget of memory is exceeded.
    pub fn decode(
        shape: &Shape,
        mut bytes: &[u8],
        rows: usize,
        accountant: &Arc<Accountant>,
        span: Span,
    ) -> Result<Arc<Self>, JobError> {
        let (codec, mut arena, mut words) = (RowCodec::new(shape), Arena::new(), Vec::new());
        let mut writer = BlockWriter::new(accountant, span, &RowLayout::new(shape));
        while !bytes.is_empty() {
            words.clear();
            arena.reset();
            let mut rest = bytes;
            codec.decode(&mut rest, &arena, &mut words).map_err(corrupt)?;
            bytes = &bytes[bytes.len() - rest.len()..];
            // SAFETY: the codec has just written the words of a value of the shape.
            writer.push(unsafe { Value::new(shape, &words) })?;
        }
        if writer.rows == rows { Ok(writer.finish()) } else { Err(corrupt(Corrupt)) }
    }
}

/// The error of rows that do not decode.
pub fn corrupt(_: Corrupt) -> JobError {
    JobError::Bug("a block of rows does not decode".into())
}

/// The partition of a row that goes nowhere.
pub const NOWHERE: u32 = u32::MAX;

/// Appends each row to the block of its partition, but for those that go [`NOWHERE`].
///
/// # Errors
/// The budget of memory is exceeded.
pub fn push_placed(writers: &mut [BlockWriter], rows: RowSlice<'_>, places: &[u32]) -> Result<(), JobError> {
    for (n, at) in places.iter().enumerate().filter(|(_, at)| **at != NOWHERE) {
        writers[*at as usize].add(rows.row(n).words())?;
    }
    if writers.first().is_some_and(|writer| writer.layout.is_flat()) {
        return Ok(());
    }
    if writers.len() <= rows.len() {
        return writers.iter_mut().try_for_each(BlockWriter::settle);
    }
    places.iter().filter(|at| **at != NOWHERE).try_for_each(|at| writers[*at as usize].settle())
}

/// The blocks of writers.
pub fn finish_all(writers: Vec<BlockWriter>) -> Vec<Arc<Block>> {
    writers.into_iter().map(BlockWriter::finish).collect()
}

impl BlockWriter {
    /// An empty block of rows of a layout; `span` is the operator that fills it.
    pub fn new(accountant: &Arc<Accountant>, span: Span, layout: &Arc<RowLayout>) -> Self {
        Self {
            layout: layout.clone(),
            full: Vec::new(),
            run: Vec::new(),
            room: 0,
            settled: 0,
            rows: 0,
            heap: Heap::new(accountant),
            shared: Vec::new(),
            charge: accountant.nothing(),
            span,
        }
    }

    /// Empty blocks of rows of a shape.
    pub fn several(accountant: &Arc<Accountant>, span: Span, shape: &Shape, blocks: usize) -> Vec<Self> {
        let layout = RowLayout::new(shape);
        (0..blocks).map(|_| Self::new(accountant, span, &layout)).collect()
    }

    /// Appends a row.
    ///
    /// # Errors
    /// The budget of memory is exceeded.
    pub fn push(&mut self, row: Value<'_>) -> Result<(), JobError> {
        self.add(row.words())?;
        self.settle()
    }

    /// Appends rows.
    ///
    /// # Errors
    /// The budget of memory is exceeded.
    pub fn push_all(&mut self, rows: RowSlice<'_>) -> Result<(), JobError> {
        (0..rows.len()).try_for_each(|n| self.add(rows.row(n).words()))?;
        self.settle()
    }

    /// Appends a row of a block whose heaps are shared ([`BlockWriter::share`]), whose texts and objects stay there.
    ///
    /// # Errors
    /// The budget of memory is exceeded.
    pub fn push_shared(&mut self, row: Value<'_>) -> Result<(), JobError> {
        self.add(row.words())?;
        self.settled = self.run.len();
        Ok(())
    }

    /// Keeps alive what the rows of a block point to.
    pub fn share(&mut self, block: &Block) {
        self.shared.extend_from_slice(&block.heaps);
    }

    /// Appends the words of a row, which are settled before what they point to may end.
    #[inline]
    fn add(&mut self, row: &[Word]) -> Result<(), JobError> {
        debug_assert_eq!(row.len(), self.layout.width());
        if self.run.len() + row.len() > self.room {
            self.grow().map_err(|over| JobError::Budget(over, self.span))?;
        }
        match row {
            [a] => self.run.push(*a),
            [a, b] => self.run.extend_from_slice(&[*a, *b]),
            [a, b, c] => self.run.extend_from_slice(&[*a, *b, *c]),
            [a, b, c, d] => self.run.extend_from_slice(&[*a, *b, *c, *d]),
            _ => self.run.extend_from_slice(row),
        }
        self.rows += 1;
        Ok(())
    }

    /// Makes room for a row: in the run, or in a new one.
    #[cold]
    fn grow(&mut self) -> Result<(), OverBudget> {
        let (width, most) = (self.layout.width(), 1 << shift_of(self.layout.width()));
        let rows = self.run.len() / width;
        if rows == most {
            self.try_settle()?;
        }
        let room = if rows == most { most } else { (2 * rows).clamp(FIRST_ROWS.min(most), most) };
        let full = self.full.len() + usize::from(rows == most);
        self.charge.set((full * most + room) * width * size_of::<Word>())?;
        if rows == most {
            self.full.push(std::mem::take(&mut self.run));
            self.settled = 0;
        }
        self.run.reserve_exact(room * width - self.run.len());
        self.room = room * width;
        Ok(())
    }

    /// Copies what new rows point to.
    fn settle(&mut self) -> Result<(), JobError> {
        self.try_settle().map_err(|over| JobError::Budget(over, self.span))
    }

    #[inline]
    fn try_settle(&mut self) -> Result<(), OverBudget> {
        if self.settled == self.run.len() {
            return Ok(());
        }
        // SAFETY: rows are settled before the call that pushes them ends, so what they point to is alive.
        let kept = unsafe { self.heap.keep(&self.layout, &mut self.run[self.settled..]) };
        if kept.is_err() {
            // The block cannot be finished any more; nothing in it points elsewhere.
            self.run.truncate(self.settled);
        }
        self.settled = self.run.len();
        kept
    }

    /// Number of rows so far.
    pub fn rows(&self) -> u64 {
        self.rows as u64
    }

    /// The finished block.
    pub fn finish(self) -> Arc<Block> {
        let Self { layout, mut full, mut run, settled, rows, heap, shared, mut charge, .. } = self;
        if rows == 0 {
            return Block::empty();
        }
        assert!(layout.is_flat() || settled == run.len(), "what rows point to is in the heaps");
        run.shrink_to_fit();
        full.push(run);
        let words: usize = full.iter().map(Vec::capacity).sum();
        let shrunk = charge.set(words * size_of::<Word>());
        debug_assert!(shrunk.is_ok(), "giving back is always within the budget");
        let (bytes, mut heaps) = (words * size_of::<Word>() + heap.allocated(), shared);
        if heap.allocated() > 0 {
            heaps.push(Arc::new(heap.finish()));
        }
        let shift = shift_of(layout.width());
        Arc::new(Block { layout, runs: full, shift, rows, heaps, bytes, derived: Arc::default(), _charge: charge })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::runtime::arbitrary::{Datum, shape_and_values};
    use crate::runtime::value::codec;

    fn span() -> Span {
        Span::new(FileId(0), 0, 0)
    }

    fn accountant() -> Arc<Accountant> {
        Accountant::new(usize::MAX)
    }

    fn encoded(row: Value<'_>) -> Vec<u8> {
        let mut bytes = Vec::new();
        codec::encode(row, &mut bytes);
        bytes
    }

    proptest! {
        /// Rows outlive what they were made from, and the blocks from which they were moved.
        #[test]
        fn rows_are_kept((shape, data) in shape_and_values(3), copies in 1usize..60) {
            let mut writers = BlockWriter::several(&accountant(), span(), &shape, 3);
            let mut expected = vec![Vec::new(); 3];
            for copy in 0..copies {
                let built = Datum::build_all(&shape, &data);
                for (n, value) in built.values().enumerate() {
                    let at = (n + copy) % 2;
                    push_placed(&mut writers, RowSlice::one(value), &[at as u32]).unwrap();
                    expected[at].push(encoded(value));
                }
            }
            let blocks = finish_all(writers);
            prop_assert!(Arc::ptr_eq(&blocks[2], &Block::empty()));
            let mut moved = BlockWriter::several(&accountant(), span(), &shape, 2);
            for block in &blocks {
                moved.iter_mut().for_each(|writer| writer.share(block));
                block.values().enumerate().try_for_each(|(n, row)| moved[n % 2].push_shared(row)).unwrap();
            }
            for (block, expected) in blocks.iter().zip(&expected) {
                prop_assert_eq!(&block.values().map(encoded).collect::<Vec<_>>(), expected);
                prop_assert!((0..block.len()).all(|n| encoded(block.row(n)) == expected[n]));
            }
            drop(blocks);
            for (half, block) in finish_all(moved).into_iter().enumerate() {
                let expected = expected.iter().flat_map(|rows| rows.iter().skip(half).step_by(2));
                prop_assert!(block.values().map(encoded).eq(expected.cloned()));
                let again = Block::decode(&shape, &block.encode(), block.len(), &accountant(), span()).unwrap();
                prop_assert!(again.values().map(encoded).eq(block.values().map(encoded)));
            }
        }

        /// Any bytes are rows of a shape or are refused, and rows are those that are encoded so.
        #[test]
        fn any_bytes_are_safe((shape, data) in shape_and_values(3), at: prop::sample::Index, byte: u8, noise: Vec<u8>) {
            let mut bytes = Block::uncharged(&shape, Datum::build_all(&shape, &data).values()).encode();
            let at = at.index(bytes.len() + 1);
            if at < bytes.len() {
                bytes[at] = byte;
            }
            for bytes in [&bytes[..], &bytes[..at], &noise] {
                for rows in 0..4 {
                    if let Ok(block) = Block::decode(&shape, bytes, rows, &accountant(), span()) {
                        prop_assert_eq!((block.encode(), block.len()), (bytes.to_vec(), rows));
                    }
                }
            }
        }

        /// Memory that is held is charged, and no more than the budget is allocated.
        #[test]
        fn memory_is_charged_before_it_is_allocated((shape, data) in shape_and_values(3), budget in 0usize..20_000) {
            let (budget, built) = (Accountant::new(budget), Datum::build_all(&shape, &data));
            let mut writer = BlockWriter::new(&budget, span(), &RowLayout::new(&shape));
            let full = (0..50).any(|_| built.values().any(|value| writer.push(value).is_err()));
            let block = writer.finish();
            prop_assert_eq!(budget.held(), block.bytes());
            drop(block);
            prop_assert!(budget.held() == 0 && (full || budget.peak() > 0 || data.is_empty() || shape.words() == 0));
        }
    }
}
