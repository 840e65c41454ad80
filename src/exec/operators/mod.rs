//! The operators of a task, in two runtimes behind one trait ([`runtime::Runtime`]): `rows` is the reference, and `batched`
//! runs what users wait for.

pub mod batched;
pub mod context;
mod leaves;
pub mod placement;
pub mod rows;
pub mod runtime;
