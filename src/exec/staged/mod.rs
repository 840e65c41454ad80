//! The runtime of the compiled engine: the same rows as the reference readers of `gather` and `read`, sooner.
//!
//! The interpreter keeps the reference runtime, a row at a time, so that the two can be compared. Here rows stay encoded in
//! their blocks for as long as possible, and work is done for many rows at once.

pub mod blocks;
pub mod copy;
pub mod group;
pub mod sort;
#[cfg(test)]
mod tests;
