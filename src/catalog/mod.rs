//! The catalog: one table of all functions and operators, one row each.
//!
//! A row says everything about its function: name, signature, doc, executed examples, properties, implementation and the
//! PySpark translation. The type checker, both engines, the reference in `docs/` and `sparkc emit pyspark` read the rows;
//! nothing about a function is written elsewhere.

pub mod collections;
pub mod hidden;
pub mod numbers;
pub mod regex;
pub mod row;
pub mod strings;
pub mod text;
