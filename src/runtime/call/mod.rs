//! How kernels call functions of the runtime: the machine signature, the context of a task, row errors, and primitives.

pub mod abi;
pub mod cx;
pub mod prim;
pub mod trap;
