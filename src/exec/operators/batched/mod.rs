//! The batched runtime: compiled kernels run over batches, and operators take the rows that these emit as a whole.
//!
//! No stage of compiled code leaves it. Functions that print or count run one input row at a time, since the effects of a
//! row that fails are taken back (`Stage::runs_by_row`), as do unfused chains of kernels.

pub mod combine;
mod fold;
pub mod group;
pub mod moves;
mod pass;
mod places;
pub mod runtime;
mod segment;
mod sink;
pub mod sort;
mod states;
#[cfg(test)]
mod tests;
pub mod top;
