//! Python's semantics: its builtin functions and types, the parts of its library that jobs use, and its text of values.

#[cfg(test)]
mod collections_tests;
pub mod csv;
pub mod digests;
pub mod fail;
pub mod format;
pub mod json;
pub mod letters;
pub mod lists;
pub mod maps;
pub mod normal;
pub mod numbers;
#[cfg(test)]
mod numbers_tests;
pub mod operators;
pub mod random;
mod regex;
pub mod regexes;
pub mod slices;
pub mod statistics;
pub mod strings;
#[cfg(test)]
mod strings_tests;
pub mod template;
pub mod text;
pub mod times;
pub mod unicode;
pub mod urls;
