//! The first rows by key, equal keys in order of arrival: sorts whenever as many rows again have arrived.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::runtime::value::arena::Arena;
use crate::runtime::value::key;
use crate::runtime::value::shape::Shape;
use crate::runtime::value::words::Value;

use crate::exec::data::batch::Batch;
use crate::exec::errors::OverBudget;
use crate::exec::memory::{Accountant, Charge};

/// Rows `(key, element)`, of which the first `n` by key are kept.
pub(super) struct Top {
    rows: Batch,
    arena: Arena,
    n: usize,
    descending: bool,
    charge: Charge,
}

impl Top {
    /// Keeps the first `n` rows by key, smallest or largest first.
    pub(super) fn new(shape: Shape, n: usize, descending: bool, accountant: &Arc<Accountant>) -> Self {
        Self { rows: Batch::new(shape), arena: Arena::new(), n, descending, charge: accountant.nothing() }
    }

    /// Takes a row.
    ///
    /// # Errors
    /// The budget of memory is exceeded.
    pub(super) fn push(&mut self, row: Value<'_>) -> Result<(), OverBudget> {
        copy(row, &self.arena, &mut self.rows);
        if self.rows.len() > self.n.saturating_mul(2).max(1024) {
            let (arena, mut rows) = (Arena::new(), Batch::new((**self.rows.shape()).clone()));
            self.sorted().for_each(|row| copy(row, &arena, &mut rows));
            (self.rows, self.arena) = (rows, arena);
        }
        self.charge.set(self.arena.allocated() + size_of_val(self.rows.words()))
    }

    /// The first rows, in order.
    pub(super) fn sorted(&self) -> impl Iterator<Item = Value<'_>> {
        let mut rows: Vec<Value<'_>> = self.rows.iter().collect();
        rows.sort_by(|a, b| self.order(*a, *b));
        rows.into_iter().take(self.n)
    }

    fn order(&self, a: Value<'_>, b: Value<'_>) -> Ordering {
        let order = key::cmp(a.field(0), b.field(0));
        if self.descending { order.reverse() } else { order }
    }
}

fn copy(row: Value<'_>, arena: &Arena, rows: &mut Batch) {
    let mut words = Vec::new();
    row.copy_to(arena, &mut words);
    rows.push(&[&words]);
}
