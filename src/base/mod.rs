//! The parts that every layer shares: source files and spans, diagnostics and their codes, typed indexes.
//!
//! Nothing here knows the language. `diag` is the only place that implements miette's traits.

pub mod codes;
pub mod diag;
mod excerpt;
pub mod index;
pub mod source;
pub mod wire;
