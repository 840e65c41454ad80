//! The functions that both engines call at run time; they know nothing of the compiler.
//!
//! A value is a few machine words whose meaning its [`value::shape::Shape`] gives. Interpreted and compiled kernels hold
//! such words in registers and call the functions of this layer at the same addresses, so that hashing, equality, order,
//! parsing and printing exist once.
//!
//! `value` is what a value is and how it is kept, `call` how kernels call functions, `python` the semantics of Python's
//! builtins and library, `spark` Spark's own rules; each imports only from those before it. `scan` finds separators in
//! bytes, `pages` is the allocator, and `constant` calls functions while a job is compiled.

#[cfg(test)]
pub(crate) mod arbitrary;
pub mod call;
pub mod constant;
pub mod pages;
pub mod python;
#[cfg(test)]
pub(crate) mod recorded;
pub mod scan;
pub mod spark;
#[cfg(test)]
pub(crate) mod testing;
pub mod value;
