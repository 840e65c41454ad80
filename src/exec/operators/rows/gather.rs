//! Gathers: what a partition makes of the pairs that a shuffle brought, as a reader of rows.
//!
//! Pairs are taken in the order of the map partitions that sent them, and keys come out in order of first arrival, so the
//! rows depend on no thread. Where the map side did not combine, values are combined here per map partition first and
//! then merged, in the same order of operations, so that sums of floats are the same to the bit.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::base::source::Span;
use crate::runtime::call::cx::Cx;
use crate::runtime::value::arena::Arena;
use crate::runtime::value::codec;
use crate::runtime::value::key;
use crate::runtime::value::shape::Shape;
use crate::runtime::value::table::{EntryIdx, Table};
use crate::runtime::value::words::{Value, Word, list_word};

use super::combine::Combiner;
use crate::exec::data::batch::Batch;
use crate::exec::data::block::Block;
use crate::exec::errors::{Faults, JobError, RowOrigin, TaskResult};
use crate::exec::io::inputs::OnError;
use crate::exec::memory::{Accountant, Charge};
use crate::exec::operators::read::{BadRow, BlockReader, Reader, corrupt};

/// How many keys make a batch.
const BATCH_KEYS: usize = 256;

/// Pairs that arrive: blocks in the order of the map partitions.
pub struct Arriving {
    /// The blocks.
    pub blocks: Vec<Arc<Block>>,
    /// Shape of a pair.
    pub shape: Shape,
}

/// The states of a combine, key by key.
pub struct CombineReader {
    table: Table,
    next: usize,
    partition: usize,
    _charge: Charge,
}

/// What combines the pairs that arrive at a partition.
pub struct Combining<'a> {
    /// The functions.
    pub combiner: Combiner,
    /// The task's context.
    pub cx: &'a mut Cx,
    /// Row errors of the functions.
    pub faults: &'a mut Faults,
    /// What happens to values of each block that fail: the same as where they are combined before they move.
    pub on_error: Vec<OnError>,
    /// The partition.
    pub partition: usize,
    /// Whether the pairs are those of the same partition of the stage before; else each block is of another.
    pub local: bool,
}

impl CombineReader {
    /// Combines all that arrives. A value that fails is left out as the job wants it, like one that fails before the
    /// move; a state that cannot be merged makes the job fail, since it stands for many rows.
    ///
    /// # Errors
    /// The budget of memory is exceeded.
    pub fn new(
        arriving: &Arriving,
        combining: &mut Combining<'_>,
        partial: bool,
        accountant: &Arc<Accountant>,
    ) -> TaskResult<Self> {
        let mut charge = start_charge(accountant);
        let mut table = combining.combiner.table();
        for (from, block) in arriving.blocks.iter().enumerate() {
            // Without a combine on the map side, one table a map partition does its work here.
            let mut part = if partial { None } else { Some(combining.combiner.table()) };
            let mut reader = BlockReader::new(vec![block.clone()], combining.partition);
            let mut batch = Batch::new(arriving.shape.clone());
            while reader.next(combining.cx, &mut batch, &mut Vec::new())? {
                batch.iter().for_each(|pair| combining.pair(&mut table, part.as_mut(), pair, from));
                let held = table.memory() + part.as_ref().map_or(0, Table::memory);
                charge.set(held).map_err(|over| JobError::Budget(over, combining.combiner.span()))?;
            }
            if let Some(part) = part {
                let Combining { combiner, cx, faults, partition, .. } = combining;
                combiner.merge_tables(&mut table, &part, cx, &mut faults.errors, *partition)?;
            }
        }
        Ok(Self { table, next: 0, partition: combining.partition, _charge: charge })
    }
}

impl Combining<'_> {
    /// Takes a pair: a state, or a value into the table of its map partition, which is `from`.
    fn pair(&mut self, table: &mut Table, part: Option<&mut Table>, pair: Value<'_>, from: usize) {
        let (key, value) = (pair.field(0), pair.field(1));
        let (done, on_error, partition) = match part {
            Some(part) => {
                let partition = if self.local { self.partition } else { from };
                (self.combiner.add_value(part, self.cx, key, value), self.on_error[from], partition)
            }
            None => (self.combiner.add_state(table, self.cx, key, value), OnError::Fail, self.partition),
        };
        if let Err(failure) = done {
            let origin = RowOrigin::of_partition(partition);
            self.faults.add(failure, || (origin, crate::runtime::python::text::repr_of(pair)), on_error);
        }
    }
}

fn start_charge(accountant: &Arc<Accountant>) -> Charge {
    accountant.charge(0).expect("nothing is always within the budget")
}

impl Reader for CombineReader {
    fn next(&mut self, cx: &mut Cx, batch: &mut Batch, _bad: &mut Vec<BadRow>) -> TaskResult<bool> {
        cx.arena.reset();
        batch.clear();
        let mut words = Vec::new();
        while self.next < self.table.len() && batch.len() < BATCH_KEYS {
            let idx = EntryIdx(self.next as u32);
            words.clear();
            let mut bytes = self.table.key_bytes(idx);
            codec::decode(self.table.key_shape(), &mut bytes, &cx.arena, &mut words).map_err(corrupt)?;
            batch.push(&[&words, self.table.state(idx)]);
            self.next += 1;
        }
        Ok(!batch.is_empty())
    }

    fn origin(&self, _row: usize) -> RowOrigin {
        RowOrigin::of_partition(self.partition)
    }
}

/// Where the values of a key are: block and offset.
type Places = Vec<(u32, u64)>;

/// The values of each key, of one or two sides.
pub struct GroupReader {
    sides: Vec<Arriving>,
    keys: Table,
    places: Vec<Vec<Places>>,
    next: usize,
    partition: usize,
    _charge: Charge,
}

impl GroupReader {
    /// Groups all that arrives on each side.
    ///
    /// # Errors
    /// The budget of memory is exceeded.
    pub fn new(sides: Vec<Arriving>, accountant: &Arc<Accountant>, partition: usize, span: Span) -> TaskResult<Self> {
        let key_shape = pair_shapes(&sides[0].shape).0.clone();
        let places = sides.iter().map(|_| Vec::new()).collect();
        let keys = Table::new(key_shape, Shape::tuple(Vec::new()));
        let mut reader = Self { sides, keys, places, next: 0, partition, _charge: start_charge(accountant) };
        for side in 0..reader.sides.len() {
            for block in 0..reader.sides[side].blocks.len() {
                reader.index(side, block)?;
                let held = reader.memory();
                reader._charge.set(held).map_err(|over| JobError::Budget(over, span))?;
            }
        }
        Ok(reader)
    }

    /// Notes where the values of a block are.
    fn index(&mut self, side: usize, block: usize) -> TaskResult<()> {
        let (key_shape, value_shape) = pair_shapes(&self.sides[side].shape);
        let data = self.sides[side].blocks[block].clone();
        let mut rest = &data.bytes[..];
        let (mut arena, mut key) = (Arena::new(), Batch::new(key_shape.clone()));
        while !rest.is_empty() {
            arena.reset();
            key.clear();
            key.decode(&mut rest, &arena).map_err(corrupt)?;
            let offset = (data.bytes.len() - rest.len()) as u64;
            codec::skip(value_shape, &mut rest).map_err(corrupt)?;
            let (idx, _) = self.keys.find_or_insert(key.row(0));
            let places = &mut self.places[side];
            places.resize_with(places.len().max(idx.0 as usize + 1), Places::new);
            places[idx.0 as usize].push((block as u32, offset));
        }
        Ok(())
    }

    fn memory(&self) -> usize {
        let places = |side: &Vec<Places>| side.iter().map(|places| places.capacity() * 16 + 24).sum::<usize>();
        self.keys.memory() + self.places.iter().map(places).sum::<usize>()
    }

    /// The list of a key's values on a side.
    fn values(&self, side: usize, key: usize, cx: &Cx) -> TaskResult<Word> {
        let arriving = &self.sides[side];
        let (_, shape) = pair_shapes(&arriving.shape);
        let none = Places::new();
        let places = self.places[side].get(key).unwrap_or(&none);
        let mut words = Vec::new();
        for (block, offset) in places {
            let mut bytes = &arriving.blocks[*block as usize].bytes[*offset as usize..];
            codec::decode(shape, &mut bytes, &cx.arena, &mut words).map_err(corrupt)?;
        }
        Ok(list_word(&cx.arena, places.len(), &words))
    }
}

fn pair_shapes(shape: &Shape) -> (&Shape, &Shape) {
    match shape {
        Shape::Tuple(components) if components.shapes.len() == 2 => (&components.shapes[0], &components.shapes[1]),
        other => unreachable!("shuffles move pairs, not {other:?}"),
    }
}

impl Reader for GroupReader {
    fn next(&mut self, cx: &mut Cx, batch: &mut Batch, _bad: &mut Vec<BadRow>) -> TaskResult<bool> {
        cx.arena.reset();
        batch.clear();
        let (mut words, before) = (Vec::new(), cx.arena.allocated());
        // A batch has at least one key, however large its group, and ends when its groups have filled the arena.
        let room = |batch: &Batch| batch.is_empty() || cx.arena.allocated() < before + (1 << 20);
        while self.next < self.keys.len() && batch.len() < BATCH_KEYS && room(batch) {
            words.clear();
            let mut bytes = self.keys.key_bytes(EntryIdx(self.next as u32));
            codec::decode(self.keys.key_shape(), &mut bytes, &cx.arena, &mut words).map_err(corrupt)?;
            for side in 0..self.sides.len() {
                words.push(self.values(side, self.next, cx)?);
            }
            batch.push(&[&words]);
            self.next += 1;
        }
        Ok(!batch.is_empty())
    }

    fn origin(&self, _row: usize) -> RowOrigin {
        RowOrigin::of_partition(self.partition)
    }
}

/// The pairs of a partition sorted by key.
pub struct SortReader {
    rows: Batch,
    order: Vec<u32>,
    _arena: Arena,
    _blocks: Vec<Arc<Block>>,
    _charge: Charge,
    next: usize,
    partition: usize,
}

impl SortReader {
    /// Sorts all that arrives, stably; descending keeps the order of equal keys too, as Python's `reverse` does.
    ///
    /// # Errors
    /// The budget of memory is exceeded.
    pub fn new(
        arriving: Arriving,
        ascending: bool,
        accountant: &Arc<Accountant>,
        partition: usize,
        span: Span,
    ) -> TaskResult<Self> {
        let (arena, mut rows) = (Arena::new(), Batch::new(arriving.shape));
        for block in &arriving.blocks {
            let mut rest = &block.bytes[..];
            while !rest.is_empty() {
                rows.decode(&mut rest, &arena).map_err(corrupt)?;
            }
        }
        let held = arena.allocated() + size_of_val(rows.words()) + rows.len() * 4;
        let charge = accountant.charge(held).map_err(|over| JobError::Budget(over, span))?;
        let count = u32::try_from(rows.len()).map_err(|_| JobError::Bug("a partition of 2^32 rows".into()))?;
        let mut order: Vec<u32> = (0..count).collect();
        let compare = |a: &u32, b: &u32| -> Ordering {
            let (a, b) = (rows.row(*a as usize).field(0), rows.row(*b as usize).field(0));
            if ascending { key::cmp(a, b) } else { key::cmp(b, a) }
        };
        order.sort_by(compare);
        Ok(Self { rows, order, _arena: arena, _blocks: arriving.blocks, _charge: charge, next: 0, partition })
    }
}

impl Reader for SortReader {
    fn next(&mut self, cx: &mut Cx, batch: &mut Batch, _bad: &mut Vec<BadRow>) -> TaskResult<bool> {
        cx.arena.reset();
        batch.clear();
        for at in self.order.iter().skip(self.next).take(1024) {
            batch.push(&[self.rows.row(*at as usize).words()]);
        }
        self.next += batch.len();
        Ok(!batch.is_empty())
    }

    fn origin(&self, _row: usize) -> RowOrigin {
        RowOrigin::of_partition(self.partition)
    }
}
