//! Groups: the values of each key, of one or two sides, as lists that are laid out once.
//!
//! First the keys are numbered in order of first arrival, left side first; then there is a list for each key and side, one
//! after the other in one run of words, and each row's value is written to the end of its list. `b 1, a 2, b 3` is
//! numbered `0 1 0` and laid out `[2, 1, 3] [1, 2]`. What is handed out is the address of a list. Values that are wide, or
//! not of a fixed number of words, stay encoded: lists hold their places, and are decoded when their key is handed out.

use std::sync::Arc;

use crate::base::source::Span;
use crate::runtime::arena::Arena;
use crate::runtime::codec::Corrupt;
use crate::runtime::cx::Cx;
use crate::runtime::groups::Groups;
use crate::runtime::rows::RowCodec;
use crate::runtime::shape::Shape;
use crate::runtime::table::EntryIdx;
use crate::runtime::value::{Word, empty_object, list_word};

use super::super::batch::Batch;
use super::super::block::Block;
use super::super::errors::{JobError, RowPlace, TaskResult};
use super::super::gather::Arriving;
use super::super::memory::Accountant;
use super::super::memory::Charge;
use super::super::read::{BadRow, Reader, corrupt};
use super::blocks::{Place, check_places};

/// How many keys are looked up together.
const PROBED: usize = 1024;
/// How many keys make a batch at most.
const BATCH_KEYS: usize = 256;
/// A batch ends when its lists have so many words, and has one key at least.
const BATCH_WORDS: usize = 1 << 17;
/// Values of at most so many words are laid out; of wider ones places are.
const LAID_OUT: usize = 4;

/// The values of each key, of one or two sides.
pub struct StagedGroupReader {
    keys: Groups,
    sides: Vec<Side>,
    next: usize,
    partition: usize,
    _charge: Charge,
}

/// The pairs of one side.
struct Side {
    blocks: Vec<Arc<Block>>,
    key_shape: Shape,
    key: RowCodec,
    value: RowCodec,
    /// Whether elements of lists are values; else they are places of values.
    laid_out: bool,
    /// Lists, each with its length in front.
    lists: Vec<Word>,
    /// Where the list of each key begins, and where the last one ends; a key without values has none.
    starts: Vec<usize>,
}

impl StagedGroupReader {
    /// Groups all that arrives on each side.
    ///
    /// # Errors
    /// The budget of memory is exceeded.
    pub fn new(
        arriving: Vec<Arriving>,
        accountant: &Arc<Accountant>,
        partition: usize,
        span: Span,
    ) -> TaskResult<Self> {
        let mut charge = accountant.charge(0).expect("nothing is always within the budget");
        let mut hold = |bytes: usize| charge.set(bytes).map_err(|over| JobError::Budget(over, span));
        let mut sides = arriving.into_iter().map(Side::new).collect::<TaskResult<Vec<Side>>>()?;
        let noted = sides.iter().map(Side::rows).sum::<usize>() * size_of::<u32>();
        let (mut keys, mut numbers) = (Groups::new(&sides[0].key_shape, 0), Vec::new());
        for side in &sides {
            numbers.push(side.number(&mut keys, |keys| hold(keys.memory() + noted))?);
        }
        for (side, numbers) in sides.iter_mut().zip(&numbers) {
            side.begin(numbers, keys.len());
        }
        let held = keys.memory() + sides.iter().map(Side::memory).sum::<usize>();
        let ends = (keys.len() + 1) * size_of::<usize>();
        hold(held + noted + ends)?;
        for (side, numbers) in sides.iter_mut().zip(&numbers) {
            side.lay_out(numbers).map_err(corrupt)?;
        }
        hold(held)?;
        Ok(Self { keys, sides, next: 0, partition, _charge: charge })
    }
}

impl Side {
    fn new(arriving: Arriving) -> TaskResult<Self> {
        check_places(&arriving.blocks)?;
        let Shape::Tuple(components) = &arriving.shape else { unreachable!("shuffles move pairs") };
        let [key, value] = &components.shapes[..] else { unreachable!("shuffles move pairs") };
        let codec = RowCodec::new(value);
        Ok(Self {
            key_shape: key.clone(),
            key: RowCodec::new(key),
            laid_out: codec.is_simple() && codec.words() <= LAID_OUT,
            value: codec,
            blocks: arriving.blocks,
            lists: Vec::new(),
            starts: Vec::new(),
        })
    }

    fn rows(&self) -> usize {
        self.blocks.iter().map(|block| block.rows as usize).sum()
    }

    /// Words of an element of a list.
    fn width(&self) -> usize {
        if self.laid_out { self.value.words() } else { 1 }
    }

    /// Bytes of the lists, which need not be there yet.
    fn memory(&self) -> usize {
        let words = self.starts.last().copied().unwrap_or(0);
        (words + self.starts.len()) * size_of::<Word>()
    }

    /// The number of each row's key; `hold` is told of the keys as they grow.
    fn number(&self, keys: &mut Groups, mut hold: impl FnMut(&Groups) -> TaskResult<()>) -> TaskResult<Vec<u32>> {
        let (mut arena, mut batch) = (Arena::new(), Batch::new(self.key_shape.clone()));
        let (mut numbers, mut found) = (Vec::with_capacity(self.rows()), Vec::new());
        for block in &self.blocks {
            let mut rest = &block.bytes[..];
            while !rest.is_empty() {
                batch.clear();
                arena.reset();
                while !rest.is_empty() && batch.len() < PROBED {
                    batch.decode_own(&self.key, &mut rest, &arena).map_err(corrupt)?;
                    self.value.skip(&mut rest).map_err(corrupt)?;
                }
                batch.number(keys, &block.bytes, &mut found);
                numbers.extend(found.iter().map(|number| *number as u32));
                hold(keys)?;
            }
        }
        if numbers.len() == self.rows() { Ok(numbers) } else { Err(corrupt(Corrupt)) }
    }

    /// Counts the values of each key, to know where its list begins.
    fn begin(&mut self, numbers: &[u32], keys: usize) {
        let width = self.width();
        self.starts = vec![0; keys + 1];
        numbers.iter().for_each(|number| self.starts[*number as usize] += 1);
        let mut next = 0;
        for start in &mut self.starts {
            let count = std::mem::replace(start, next);
            next += if count == 0 { 0 } else { 1 + count * width };
        }
    }

    /// Writes the values to their lists.
    fn lay_out(&mut self, numbers: &[u32]) -> Result<(), Corrupt> {
        let width = self.width();
        let mut ends = self.begin_lists();
        let mut numbers = numbers.iter();
        for (at, block) in self.blocks.iter().enumerate() {
            let mut rest = &block.bytes[..];
            while !rest.is_empty() {
                self.key.skip(&mut rest)?;
                let key = *numbers.next().ok_or(Corrupt)? as usize;
                if width == 0 {
                    self.lists[self.starts[key]] += 1;
                }
                let element = &mut self.lists[ends[key]..][..width];
                ends[key] += width;
                if self.laid_out {
                    self.value.decode_simple(&mut rest, element)?;
                } else {
                    element[0] = Place::new(at, block.bytes.len() - rest.len()).0;
                    self.value.skip(&mut rest)?;
                }
            }
        }
        Ok(())
    }

    /// Writes the lengths of lists, but where elements take no room; where each list ends, which is empty yet.
    fn begin_lists(&mut self) -> Vec<usize> {
        let width = self.width();
        self.lists = vec![0; self.starts.last().copied().unwrap_or(0)];
        for bounds in self.starts.windows(2).filter(|bounds| bounds[0] < bounds[1] && width > 0) {
            self.lists[bounds[0]] = ((bounds[1] - bounds[0] - 1) / width) as Word;
        }
        self.starts.iter().map(|start| start + 1).collect()
    }

    /// The list of a key's values, and how many words it has.
    fn values(&self, key: usize, arena: &Arena) -> Result<(Word, usize), Corrupt> {
        let list = &self.lists[self.starts[key]..self.starts[key + 1]];
        let Some((len, elements)) = list.split_first() else { return Ok((empty_object(), 0)) };
        if self.laid_out {
            return Ok((list.as_ptr() as Word, list.len()));
        }
        let mut words = Vec::with_capacity(elements.len() * self.value.words());
        for place in elements {
            self.value.decode(&mut Place(*place).bytes(&self.blocks), arena, &mut words)?;
        }
        Ok((list_word(arena, *len as usize, &words), words.len()))
    }
}

impl Reader for StagedGroupReader {
    fn next(&mut self, cx: &mut Cx, batch: &mut Batch, _bad: &mut Vec<BadRow>) -> TaskResult<bool> {
        cx.arena.reset();
        batch.clear();
        let (mut row, before, mut listed) = (Vec::new(), cx.arena.allocated(), 0);
        let bytes = BATCH_WORDS * size_of::<Word>();
        while self.next < self.keys.len() && batch.len() < BATCH_KEYS {
            if listed >= BATCH_WORDS || !batch.is_empty() && cx.arena.allocated() >= before + bytes {
                break;
            }
            row.clear();
            self.keys.key_words(EntryIdx(self.next as u32), &cx.arena, &mut row);
            for side in &self.sides {
                let (list, words) = side.values(self.next, &cx.arena).map_err(corrupt)?;
                row.push(list);
                listed += words;
            }
            batch.push(&[&row]);
            self.next += 1;
        }
        Ok(!batch.is_empty())
    }

    fn place(&self, _row: usize) -> RowPlace {
        RowPlace { partition: self.partition, ..RowPlace::default() }
    }
}
