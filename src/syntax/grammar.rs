//! The parser that pest makes of `grammar/sparkc.pest`.

#![allow(unreachable_pub, reason = "pest generates public items")]

/// Generated from the grammar.
#[derive(pest_derive::Parser)]
#[grammar = "../grammar/sparkc.pest"]
pub struct Grammar;
