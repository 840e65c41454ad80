//! The first n rows by key, equal keys in order of arrival.

use crate::runtime::arena::Arena;
use crate::runtime::key;
use crate::runtime::shape::Shape;
use crate::runtime::value::Value;

use super::batch::Batch;

/// Rows `(key, element)`, of which the first `n` by key are kept.
pub struct Top {
    rows: Batch,
    arena: Arena,
    n: usize,
    descending: bool,
    /// Key order of the last kept row, once there are n: later rows that do not come before it are dropped.
    full: bool,
}

impl Top {
    /// Keeps the first `n` by key, smallest or largest first.
    pub fn new(shape: Shape, n: usize, descending: bool) -> Self {
        Self { rows: Batch::new(shape), arena: Arena::new(), n, descending, full: n == 0 }
    }

    /// Takes a row.
    pub fn push(&mut self, row: Value<'_>) {
        if self.full && (self.n == 0 || !self.before(row, self.rows.row(self.n - 1))) {
            return;
        }
        let mut words = Vec::new();
        row.copy_to(&self.arena, &mut words);
        self.rows.push(&[&words]);
        if self.rows.len() >= self.n.saturating_mul(2).max(1024) {
            self.shrink();
        }
    }

    fn before(&self, a: Value<'_>, b: Value<'_>) -> bool {
        self.order(a, b).is_lt()
    }

    fn order(&self, a: Value<'_>, b: Value<'_>) -> std::cmp::Ordering {
        let (a, b) = (a.field(0), b.field(0));
        if self.descending { key::cmp(b, a) } else { key::cmp(a, b) }
    }

    /// Sorts and drops all but the first n.
    fn shrink(&mut self) {
        let (arena, mut rows) = (Arena::new(), Batch::new((**self.rows.shape()).clone()));
        for at in self.first() {
            let mut words = Vec::new();
            self.rows.row(at).copy_to(&arena, &mut words);
            rows.push(&[&words]);
        }
        self.full = rows.len() >= self.n;
        (self.rows, self.arena) = (rows, arena);
    }

    fn first(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.rows.len()).collect();
        order.sort_by(|a, b| self.order(self.rows.row(*a), self.rows.row(*b)));
        order.truncate(self.n);
        order
    }

    /// The rows that are kept, in order.
    pub fn sorted(&self) -> impl Iterator<Item = Value<'_>> {
        self.first().into_iter().map(|at| self.rows.row(at))
    }
}
