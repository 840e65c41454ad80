//! From text to the syntax tree and back; the only user of pest.
//!
//! `scan` (tokens) → `layout` (statements) → `grammar` (pest) → `parse` (tree, or `explain` what is wrong) → `print`.

pub mod ast;
pub mod errors;
mod explain;
mod grammar;
mod layout;
mod limits;
pub mod parse;
pub mod print;
mod scan;
pub mod shape;

#[cfg(test)]
mod tests;
