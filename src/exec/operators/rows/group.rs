//! Groups the values of keys, of one or two sides, row by row: it notes where the values of each key are in the blocks.

use std::sync::Arc;

use crate::base::source::Span;
use crate::runtime::call::cx::Cx;
use crate::runtime::value::codec;
use crate::runtime::value::shape::Shape;
use crate::runtime::value::table::{EntryIdx, Table};
use crate::runtime::value::words::{Word, list_word};

use crate::exec::data::batch::Batch;
use crate::exec::data::block::corrupt;
use crate::exec::data::read::{BadRow, Reader};
use crate::exec::errors::{JobError, RowOrigin, TaskResult};
use crate::exec::memory::{Accountant, Charge};
use crate::exec::operators::context::Arriving;

/// How many keys make a batch.
const BATCH_KEYS: usize = 256;

/// Where the values of a key are: block and row.
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
        let key_shape = key_shape(&sides[0].shape).clone();
        let places = sides.iter().map(|_| Vec::new()).collect();
        let keys = Table::new(key_shape, Shape::tuple(Vec::new()));
        let mut reader = Self { sides, keys, places, next: 0, partition, _charge: accountant.nothing() };
        for side in 0..reader.sides.len() {
            for block in 0..reader.sides[side].blocks.len() {
                reader.index(side, block);
                let held = reader.memory();
                reader._charge.set(held).map_err(|over| JobError::Budget(over, span))?;
            }
        }
        Ok(reader)
    }

    /// Notes where the values of a block are.
    fn index(&mut self, side: usize, block: usize) {
        for (row, pair) in self.sides[side].blocks[block].values().enumerate() {
            let (idx, _) = self.keys.find_or_insert(pair.field(0));
            let places = &mut self.places[side];
            places.resize_with(places.len().max(idx.0 as usize + 1), Places::new);
            places[idx.0 as usize].push((block as u32, row as u64));
        }
    }

    fn memory(&self) -> usize {
        let places = |side: &Vec<Places>| side.iter().map(|places| places.capacity() * 16 + 24).sum::<usize>();
        self.keys.memory() + self.places.iter().map(places).sum::<usize>()
    }

    /// The list of a key's values on a side.
    fn values(&self, side: usize, key: usize, cx: &Cx) -> Word {
        let none = Places::new();
        let places = self.places[side].get(key).unwrap_or(&none);
        let mut words = Vec::new();
        for (block, row) in places {
            let pair = self.sides[side].blocks[*block as usize].row(*row as usize);
            words.extend_from_slice(pair.field(1).words());
        }
        list_word(&cx.arena, places.len(), &words)
    }
}

fn key_shape(shape: &Shape) -> &Shape {
    let Shape::Tuple(components) = shape else { unreachable!("shuffles move pairs, not {shape:?}") };
    &components.shapes[0]
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
                words.push(self.values(side, self.next, cx));
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
