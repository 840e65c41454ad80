//! What both engines call at run time; knows nothing of the compiler.
//!
//! A value is a few machine words whose meaning its [`shape::Shape`] gives. Interpreted and compiled kernels hold such
//! words in registers and call the functions of this layer at the same addresses, so that hashing, equality, order,
//! parsing and printing exist once. Unsafe code lives in `value`, `arena` and `abi` only.

pub mod abi;
#[cfg(test)]
pub(crate) mod arbitrary;
pub mod arena;
pub mod buckets;
pub mod cardinality;
pub mod codec;
#[cfg(test)]
mod collections_tests;
pub mod counters;
pub mod csv;
pub mod cx;
pub mod datum;
pub mod fail;
pub mod fold;
pub mod format;
pub mod groups;
pub mod json;
pub mod kernel;
pub mod key;
pub mod letters;
pub mod lists;
pub mod maps;
pub mod numbers;
#[cfg(test)]
mod numbers_tests;
pub mod operators;
pub mod order;
pub mod pages;
pub mod patterns;
pub mod pipe;
pub mod placing;
pub mod portable;
pub mod prim;
pub mod random;
#[cfg(test)]
pub(crate) mod recorded;
pub mod regexes;
pub mod rows;
pub mod sample;
pub mod scan;
pub mod shape;
pub mod slices;
pub mod statistics;
pub mod strings;
#[cfg(test)]
mod strings_tests;
pub mod table;
#[cfg(test)]
pub(crate) mod testing;
pub mod text;
pub mod times;
pub mod trap;
pub mod tree;
pub mod unicode;
pub mod value;
pub mod wide;
