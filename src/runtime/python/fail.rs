//! Functions that always fail: rows of the catalog call them to raise a row error.

use crate::runtime::call::abi::Words;
use crate::runtime::call::cx::Cx;
use crate::runtime::call::trap::{Reason, Res, Trap};

/// The row error for something of an empty collection.
pub fn empty<'a>(_cx: &'a Cx, what: &'a str) -> Res<Words<'a>> {
    Err(Trap::new(Reason::Empty, what))
}
