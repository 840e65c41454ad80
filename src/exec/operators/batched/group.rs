//! Groups: the values of each key, of one or two sides, as lists that are laid out once.
//!
//! First the keys are numbered in order of first arrival, left side first; then there is a list for each key and side,
//! one after the other in one run of words, and each row's value is written to the end of its list. `b 1, a 2, b 3` is
//! numbered `0 1 0` and laid out `[2, 1, 3] [1, 2]`. The value that is handed out is the address of a list. Wide values
//! stay where they are: lists hold their places, and the values are copied when their key is handed out.
//!
//! The second side's rows are looked up among the first's keys, which stay as they are; keys that only the second has are
//! numbered after them. So the first side of a join with rows that stay in place, such as a cached RDD in a loop, is
//! grouped once: [`Grouped`] stays with the block, as long as there is room.

use std::sync::Arc;

use crate::base::source::Span;
use crate::runtime::call::cx::Cx;
use crate::runtime::value::arena::Arena;
use crate::runtime::value::groups::{ABSENT, Groups};
use crate::runtime::value::shape::Shape;
use crate::runtime::value::table::EntryIdx;
use crate::runtime::value::words::{Word, empty_object, list_word};

use super::places::{Place, check_places};
use crate::exec::data::batch::Batch;
use crate::exec::data::block::Block;
use crate::exec::data::read::{BadRow, Reader};
use crate::exec::errors::{JobError, RowOrigin, TaskResult};
use crate::exec::memory::{Accountant, Charge};
use crate::exec::operators::context::Arriving;

/// How many keys make a batch at most.
const BATCH_KEYS: usize = 256;
/// A batch ends when its lists have so many words, and has one key at least.
const BATCH_WORDS: usize = 1 << 17;
/// Values of at most so many words are laid out; of wider ones places are.
const LAID_OUT: usize = 4;

/// The values of each key, of one or two sides.
pub struct GroupReader {
    first: Arc<Grouped>,
    first_side: Side,
    second: Option<Second>,
    next: usize,
    partition: usize,
}

/// The pairs of one side by key. It points into the side's blocks.
pub struct Grouped {
    keys: Groups,
    lists: Lists,
    _charge: Charge,
}

/// The second side: its values by the number of the key, and the keys that the first side has not.
struct Second {
    side: Side,
    more: Groups,
    lists: Lists,
    _charge: Charge,
}

/// The blocks of one side.
struct Side {
    blocks: Vec<Arc<Block>>,
    shape: Shape,
    /// Words of a value.
    width: usize,
    /// Whether elements of lists are values; else they are places of values.
    laid_out: bool,
}

/// Lists of the values of keys.
#[derive(Default)]
struct Lists {
    /// Lists, each with its length in front.
    words: Vec<Word>,
    /// Where the list of each key begins, and where the last one ends; a key without values has none.
    starts: Vec<usize>,
}

/// For each row of a side the number of its key, and its value or its place.
struct Numbered {
    numbers: Vec<u32>,
    values: Vec<Word>,
}

impl GroupReader {
    /// Groups all that arrives on each side. `again` says that the block of the first side will be grouped again.
    ///
    /// # Errors
    /// The budget of memory is exceeded.
    pub fn new(
        arriving: Vec<Arriving>,
        again: bool,
        accountant: &Arc<Accountant>,
        partition: usize,
        span: Span,
    ) -> TaskResult<Self> {
        let mut sides = arriving.into_iter().map(Side::new).collect::<TaskResult<Vec<Side>>>()?.into_iter();
        let first_side = sides.next().expect("there is a side");
        let first = first_side.grouped(again, accountant, span)?;
        let second = sides.next().map(|side| Second::new(side, &first.keys, accountant, span)).transpose()?;
        Ok(Self { first, first_side, second, next: 0, partition })
    }

    /// How many keys there are.
    fn keys(&self) -> usize {
        self.first.keys.len() + self.second.as_ref().map_or(0, |second| second.more.len())
    }

    fn key_words(&self, number: usize, arena: &Arena, row: &mut Vec<Word>) {
        let first = &self.first.keys;
        match number.checked_sub(first.len()) {
            None => first.key_words(EntryIdx(number as u32), arena, row),
            Some(number) => {
                let second = self.second.as_ref().expect("it has the other keys");
                second.more.key_words(EntryIdx(number as u32), arena, row);
            }
        }
    }
}

impl Grouped {
    fn new(side: &Side, accountant: &Arc<Accountant>, span: Span) -> TaskResult<Self> {
        let mut charge = accountant.charge(0).expect("nothing is always within the budget");
        let mut keys = Groups::new(side.key_shape(), 0);
        let numbered = side.number(|batch, found| {
            batch.number(&mut keys, found);
            hold(&mut charge, keys.memory() + side.noted(), span)
        })?;
        let lists =
            side.lists(&numbered, keys.len(), |bytes| hold(&mut charge, keys.memory() + side.noted() + bytes, span))?;
        hold(&mut charge, keys.memory() + lists.memory(), span)?;
        Ok(Self { keys, lists, _charge: charge })
    }
}

impl Second {
    fn new(side: Side, first: &Groups, accountant: &Arc<Accountant>, span: Span) -> TaskResult<Self> {
        let mut charge = accountant.charge(0).expect("nothing is always within the budget");
        let mut more = Groups::new(side.key_shape(), 0);
        let mut missed = Missed::default();
        let numbered = side.number(|batch, found| {
            batch.look_up(first, found);
            missed.number(batch, &mut more, first.len(), found);
            hold(&mut charge, more.memory() + side.noted(), span)
        })?;
        let lists = side.lists(&numbered, first.len() + more.len(), |bytes| {
            hold(&mut charge, more.memory() + side.noted() + bytes, span)
        })?;
        hold(&mut charge, more.memory() + lists.memory(), span)?;
        Ok(Self { side, more, lists, _charge: charge })
    }
}

/// Room for the rows of a batch whose keys the first side has not.
#[derive(Default)]
struct Missed {
    rows: Vec<usize>,
    numbers: Vec<u64>,
}

impl Missed {
    /// Numbers the keys that were not found, from a number on.
    fn number(&mut self, batch: &Batch, more: &mut Groups, from: usize, found: &mut [u64]) {
        self.rows.clear();
        self.rows.extend((0..found.len()).filter(|row| found[*row] == ABSENT));
        if self.rows.is_empty() {
            return;
        }
        batch.pick(&self.rows).number(more, &mut self.numbers);
        self.rows.iter().zip(&self.numbers).for_each(|(row, number)| found[*row] = number + from as u64);
    }
}

fn hold(charge: &mut Charge, bytes: usize, span: Span) -> TaskResult<()> {
    charge.set(bytes).map_err(|over| JobError::Budget(over, span))
}

impl Side {
    fn new(arriving: Arriving) -> TaskResult<Self> {
        check_places(&arriving.blocks)?;
        let Shape::Tuple(components) = &arriving.shape else { unreachable!("shuffles move pairs") };
        let [_, value] = &components.shapes[..] else { unreachable!("shuffles move pairs") };
        let width = value.words();
        Ok(Self { width, laid_out: width <= LAID_OUT, blocks: arriving.blocks, shape: arriving.shape })
    }

    /// The side by key. The groups of a block that will be read again stay with the block.
    fn grouped(&self, again: bool, accountant: &Arc<Accountant>, span: Span) -> TaskResult<Arc<Grouped>> {
        let kept = match &self.blocks[..] {
            [block] if again => block.derived(),
            _ => None,
        };
        if let Some(grouped) = kept.and_then(|kept| kept.get()) {
            return Ok(grouped);
        }
        let grouped = Arc::new(Grouped::new(self, accountant, span)?);
        if let Some(kept) = kept {
            kept.keep(accountant, grouped.clone());
        }
        Ok(grouped)
    }

    fn key_shape(&self) -> &Shape {
        &self.shape_parts()[0]
    }

    fn shape_parts(&self) -> &[Shape] {
        let Shape::Tuple(components) = &self.shape else { unreachable!("shuffles move pairs") };
        &components.shapes
    }

    fn rows(&self) -> usize {
        self.blocks.iter().map(|block| block.len()).sum()
    }

    /// Words of an element of a list.
    fn width(&self) -> usize {
        if self.laid_out { self.width } else { 1 }
    }

    /// Bytes of [`Numbered`].
    fn noted(&self) -> usize {
        self.rows() * (size_of::<u32>() + self.width() * size_of::<Word>())
    }

    /// Reads all rows once; `number` numbers the keys of a batch of rows.
    fn number(&self, mut number: impl FnMut(&Batch, &mut Vec<u64>) -> TaskResult<()>) -> TaskResult<Numbered> {
        let (rows, width) = (self.rows(), self.width());
        let mut numbered = Numbered { numbers: Vec::with_capacity(rows), values: Vec::with_capacity(rows * width) };
        let (mut batch, mut found) = (Batch::new(self.shape.clone()), Vec::new());
        for (at, block) in self.blocks.iter().enumerate() {
            let before = numbered.numbers.len();
            for run in 0..block.runs() {
                batch.lend(block, run);
                number(&batch, &mut found)?;
                if self.laid_out {
                    numbered.take_values(&batch, width);
                } else {
                    let first = numbered.numbers.len() - before;
                    numbered.values.extend((0..batch.len()).map(|n| Place::new(at, first + n).0));
                }
                numbered.numbers.extend(found.iter().map(|number| *number as u32));
            }
        }
        Ok(numbered)
    }

    /// Lays out the lists of so many keys; `hold` is told beforehand how many bytes that takes.
    fn lists(&self, numbered: &Numbered, keys: usize, hold: impl FnOnce(usize) -> TaskResult<()>) -> TaskResult<Lists> {
        let width = self.width();
        let mut lists = Lists::begin(&numbered.numbers, keys, width);
        hold(lists.memory() + (keys + 1) * size_of::<usize>())?;
        lists.lay_out(numbered, width);
        Ok(lists)
    }

    /// The list of a key's values, and how many words it has.
    fn values(&self, lists: &Lists, key: usize, arena: &Arena) -> (Word, usize) {
        let list = lists.of(key);
        let Some((len, elements)) = list.split_first() else { return (empty_object(), 0) };
        if self.laid_out {
            return (list.as_ptr() as Word, list.len());
        }
        let mut words = Vec::with_capacity(elements.len() * self.width);
        for place in elements {
            words.extend_from_slice(Place(*place).row(&self.blocks).field(1).words());
        }
        (list_word(arena, *len as usize, &words), words.len())
    }
}

impl Numbered {
    /// Takes the last words of each row.
    fn take_values(&mut self, batch: &Batch, width: usize) {
        let stride = batch.shape().words();
        match width {
            0 => {}
            1 => self.values.extend(batch.words().chunks_exact(stride).map(|row| row[stride - 1])),
            _ => {
                let rows = batch.words().chunks_exact(stride);
                rows.for_each(|row| self.values.extend_from_slice(&row[stride - width..]));
            }
        }
    }
}

impl Lists {
    /// Counts the values of each key, to know where its list begins.
    fn begin(numbers: &[u32], keys: usize, width: usize) -> Self {
        let mut starts = vec![0; keys + 1];
        numbers.iter().for_each(|number| starts[*number as usize] += 1);
        let mut next = 0;
        for start in &mut starts {
            let count = std::mem::replace(start, next);
            next += if count == 0 { 0 } else { 1 + count * width };
        }
        Self { words: Vec::new(), starts }
    }

    /// Bytes of the lists, which need not be there yet.
    fn memory(&self) -> usize {
        let words = self.starts.last().copied().unwrap_or(0);
        (words + self.starts.len()) * size_of::<Word>()
    }

    /// Writes the values to their lists.
    fn lay_out(&mut self, numbered: &Numbered, width: usize) {
        let Numbered { numbers, values } = numbered;
        let mut ends = self.begin_lists(width);
        match width {
            0 => numbers.iter().for_each(|key| self.words[self.starts[*key as usize]] += 1),
            1 => {
                for (key, value) in numbers.iter().zip(values) {
                    let end = &mut ends[*key as usize];
                    self.words[*end] = *value;
                    *end += 1;
                }
            }
            _ => {
                for (key, value) in numbers.iter().zip(values.chunks_exact(width)) {
                    let end = &mut ends[*key as usize];
                    self.words[*end..][..width].copy_from_slice(value);
                    *end += width;
                }
            }
        }
    }

    /// Writes the lengths of lists, but where elements take no room; where each list ends, which is empty yet.
    fn begin_lists(&mut self, width: usize) -> Vec<usize> {
        self.words = vec![0; self.starts.last().copied().unwrap_or(0)];
        for bounds in self.starts.windows(2).filter(|bounds| bounds[0] < bounds[1] && width > 0) {
            self.words[bounds[0]] = ((bounds[1] - bounds[0] - 1) / width) as Word;
        }
        self.starts.iter().map(|start| start + 1).collect()
    }

    /// The list of a key, with its length in front; nothing if the key has no values.
    fn of(&self, key: usize) -> &[Word] {
        match self.starts.get(key + 1) {
            Some(end) => &self.words[self.starts[key]..*end],
            None => &[],
        }
    }
}

impl Reader for GroupReader {
    fn next(&mut self, cx: &mut Cx, batch: &mut Batch, _bad: &mut Vec<BadRow>) -> TaskResult<bool> {
        cx.arena.reset();
        batch.clear();
        let (mut row, before, mut listed) = (Vec::new(), cx.arena.allocated(), 0);
        let (bytes, keys) = (BATCH_WORDS * size_of::<Word>(), self.keys());
        while self.next < keys && batch.len() < BATCH_KEYS {
            if listed >= BATCH_WORDS || !batch.is_empty() && cx.arena.allocated() >= before + bytes {
                break;
            }
            row.clear();
            self.key_words(self.next, &cx.arena, &mut row);
            let second = self.second.as_ref().map(|second| (&second.side, &second.lists));
            for (side, lists) in [(&self.first_side, &self.first.lists)].into_iter().chain(second) {
                let (list, words) = side.values(lists, self.next, &cx.arena);
                row.push(list);
                listed += words;
            }
            batch.push(&[&row]);
            self.next += 1;
        }
        Ok(!batch.is_empty())
    }

    fn origin(&self, _row: usize) -> RowOrigin {
        RowOrigin::of_partition(self.partition)
    }
}
