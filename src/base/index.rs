//! Typed indexes: an id of one table cannot be used in another. `id!(pub ColumnId, "…")` makes a type of ids, and an
//! `IndexVec<ColumnId, T>` gives them out with `push` and is indexed by them.

use std::marker::PhantomData;
use std::ops::{Index, IndexMut};

use serde::{Deserialize, Serialize};

/// An id that stands for a position in an [`IndexVec`].
pub trait Id: Copy {
    /// The id of a position.
    fn from_usize(n: usize) -> Self;
    /// The position of the id.
    fn index(self) -> usize;
}

/// Declares a newtype id: `id!(pub NodeId, "Node of the plan.");`
#[macro_export]
macro_rules! id {
    ($vis:vis $name:ident, $doc:literal) => {
        #[doc = $doc]
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize, serde::Deserialize)]
        $vis struct $name(pub u32);
        impl $crate::base::index::Id for $name {
            fn from_usize(n: usize) -> Self {
                Self(u32::try_from(n).expect("fewer than 2^32 ids"))
            }
            fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}
pub use crate::id;

/// A vector indexed by its own id type.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent, bound(serialize = "T: Serialize", deserialize = "T: Deserialize<'de>"))]
pub struct IndexVec<I, T> {
    raw: Vec<T>,
    id: PhantomData<fn(I) -> I>,
}

impl<I: Id, T> IndexVec<I, T> {
    /// An empty table.
    pub fn new() -> Self {
        Self { raw: Vec::new(), id: PhantomData }
    }

    /// Adds an entry and returns its id.
    pub fn push(&mut self, value: T) -> I {
        self.raw.push(value);
        I::from_usize(self.raw.len() - 1)
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.raw.len()
    }

    /// Entries in order of their ids.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.raw.iter()
    }

    /// The entry of an id, if it is one of this table's.
    pub fn get(&self, id: I) -> Option<&T> {
        self.raw.get(id.index())
    }
}

impl<I: Id, T> Default for IndexVec<I, T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<I: Id, T> Index<I> for IndexVec<I, T> {
    type Output = T;
    fn index(&self, id: I) -> &T {
        &self.raw[id.index()]
    }
}

impl<I: Id, T> IndexMut<I> for IndexVec<I, T> {
    fn index_mut(&mut self, id: I) -> &mut T {
        &mut self.raw[id.index()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    id!(ColumnId, "Column of a test table.");

    #[test]
    fn an_id_leads_to_its_value() {
        let mut names: IndexVec<ColumnId, &str> = IndexVec::new();
        let first = names.push("a");
        names.push("b");
        assert_eq!((names[first], names.get(ColumnId(1)), names.get(ColumnId(2))), ("a", Some(&"b"), None));
    }
}
