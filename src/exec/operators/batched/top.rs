//! The first n rows by key, equal keys in order of arrival.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::runtime::value::arena::Arena;
use crate::runtime::value::key;
use crate::runtime::value::order::Window;
use crate::runtime::value::shape::Shape;
use crate::runtime::value::words::Value;

use crate::exec::data::batch::Batch;
use crate::exec::errors::OverBudget;
use crate::exec::memory::{Accountant, Charge};

/// At least so many rows are held before all but the first n are dropped.
const HELD: usize = 1024;

/// Rows `(key, element)`, of which the first `n` by key are kept; charged while they are.
pub struct Top {
    rows: Batch,
    arena: Arena,
    n: usize,
    descending: bool,
    /// Once there are n rows, the first word of the last one's normalised key, such that smaller words come first: a row
    /// with a larger one cannot enter, which is most rows, and nothing else of them is looked at.
    last: Option<u64>,
    charge: Charge,
}

impl Top {
    /// Keeps the first `n` by key, smallest or largest first.
    pub fn new(shape: Shape, n: usize, descending: bool, accountant: &Arc<Accountant>) -> Self {
        let charge = accountant.nothing();
        Self { rows: Batch::new(shape), arena: Arena::new(), n, descending, last: None, charge }
    }

    /// Takes a row.
    ///
    /// # Errors
    /// The budget of memory is exceeded.
    pub fn push(&mut self, row: Value<'_>) -> Result<(), OverBudget> {
        if self.n == 0 || !self.enters(row) {
            return Ok(());
        }
        let mut words = Vec::new();
        row.copy_to(&self.arena, &mut words);
        self.rows.push(&[&words]);
        if self.rows.len() >= self.n.saturating_mul(2).max(HELD) {
            self.shrink();
        }
        self.charge.set(self.arena.allocated() + size_of_val(self.rows.words()))
    }

    /// Whether a row comes before the last of the first n: later rows with an equal key do not.
    fn enters(&self, row: Value<'_>) -> bool {
        let Some(last) = self.last else { return true };
        match self.word(row).cmp(&last) {
            Ordering::Less => true,
            Ordering::Equal => self.order(row, self.rows.row(self.n - 1)).is_lt(),
            Ordering::Greater => false,
        }
    }

    /// The first word of a row's normalised key, inverted where the largest come first.
    fn word(&self, row: Value<'_>) -> u64 {
        let word = Window::of_value(row.field(0), 0).word;
        if self.descending { !word } else { word }
    }

    fn order(&self, a: Value<'_>, b: Value<'_>) -> Ordering {
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
        self.last = (rows.len() >= self.n).then(|| self.word(rows.row(self.n - 1)));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::value::words::str_words;

    /// Rows `(text, number)`, many with the same first word of the key, many with equal keys.
    fn rows() -> Vec<(String, u64)> {
        let prefix = |n: u64| ["same start of the key ", "s", "", "zz"][(n % 4) as usize];
        (0..20_000).map(|n| (format!("{}{:03}", prefix(n), n * 7919 % 1000), n)).collect()
    }

    fn shape() -> Shape {
        Shape::tuple(vec![Shape::Str, Shape::Int])
    }

    #[test]
    fn the_first_rows_are_those_of_a_stable_sort() {
        let (rows, accountant) = (rows(), Accountant::new(usize::MAX));
        for (n, descending) in [(0, false), (1, false), (10, true), (700, false), (700, true), (30_000, false)] {
            let mut top = Top::new(shape(), n, descending, &accountant);
            let mut batch = Batch::new(shape());
            for (text, number) in &rows {
                let [address, len] = str_words(text);
                batch.clear();
                batch.push(&[&[address, len, *number]]);
                top.push(batch.row(0)).unwrap();
            }
            let mut sorted: Vec<&(String, u64)> = rows.iter().collect();
            sorted.sort_by(|a, b| if descending { b.0.cmp(&a.0) } else { a.0.cmp(&b.0) });
            let expected: Vec<i64> = sorted.iter().take(n).map(|(_, number)| *number as i64).collect();
            let found: Vec<i64> = top.sorted().map(|row| row.field(1).int()).collect();
            assert_eq!(found, expected, "{n} {descending}");
        }
        assert_eq!(accountant.held(), 0);
    }

    #[test]
    fn what_is_held_is_charged() {
        let accountant = Accountant::new(100_000);
        let mut top = Top::new(shape(), 10_000, false, &accountant);
        let mut batch = Batch::new(shape());
        let [address, len] = str_words("a text of twenty-four by");
        batch.push(&[&[address, len, 0]]);
        let over = (0..10_000).find_map(|_| top.push(batch.row(0)).err()).expect("more than the budget is held");
        assert!(over.wanted > 100_000 && over.budget == 100_000, "{over:?}");
    }
}
