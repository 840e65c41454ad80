//! What both engines call at run time; knows nothing of the compiler.
//!
//! A value is a few machine words whose meaning its [`shape::Shape`] gives. Interpreted and compiled kernels hold such
//! words in registers and call the functions of this layer at the same addresses, so that hashing, equality, order,
//! parsing and printing exist once. Unsafe code lives in `value`, `arena` and `abi` only.

pub mod abi;
pub mod arena;
pub mod cx;
pub mod prim;
pub mod sample;
pub mod shape;
pub mod trap;
pub mod value;
