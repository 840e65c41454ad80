//! The reference runtime: one row at a time, for interpreted kernels.
//!
//! It is as simple as it can be, since its only purpose is to be right: the batched runtime is compared with it.

pub mod combine;
pub mod group;
pub mod runtime;
mod sink;
pub mod sort;
mod top;
