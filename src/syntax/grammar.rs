//! The parser that pest makes of `grammar/sparkc.pest`.

/// Generated from the grammar.
#[derive(pest_derive::Parser)]
#[grammar = "../grammar/sparkc.pest"]
pub struct Grammar;
