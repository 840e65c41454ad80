//! From text to the syntax tree and back; the only user of pest.

pub mod ast;
