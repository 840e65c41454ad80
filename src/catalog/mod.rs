//! The catalog: one table of all functions and operators, one row each.
//!
//! A row says everything about its function: name, signature, doc, executed examples, facts, implementation and the
//! PySpark translation. The type checker, both engines, the reference in `docs/` and `sparkc emit pyspark` read the rows;
//! nothing about a function is written elsewhere.
//!
//! To add an operator that existing ones can express, add a row with `Imp::Spk` to the section where it belongs.

pub mod absent;
pub mod facts;
pub mod functions;
pub mod row;
pub mod words;

mod actions;
mod collections;
mod core;
mod encodings;
mod figures;
mod hidden;
mod infix;
mod json;
mod lineage;
mod narrow;
mod numbers;
mod options;
mod regex;
mod sources;
mod statistics;
mod strings;
mod text;
mod times;
mod wide;

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::types::signature::{self, Signature};
use row::{Row, Section};

/// A row with its signature read.
#[derive(Debug)]
pub struct Entry {
    /// The row.
    pub row: &'static Row,
    /// Its signature.
    pub sig: Signature,
}

/// The parts of the table, in the order of the reference. Parts without a title are not for users: their rows are what
/// other rows are made of, and what the syntax stands for.
pub fn sections() -> &'static [Section] {
    SECTIONS
}

static SECTIONS: &[Section] = &[
    Section { title: "Sources", rows: sources::ROWS },
    Section { title: "Transformations of elements", rows: narrow::ROWS },
    Section { title: "Transformations by key and order", rows: wide::ROWS },
    Section { title: "Actions", rows: actions::ROWS },
    Section { title: "RDDs themselves", rows: lineage::ROWS },
    Section { title: "Operators", rows: infix::ROWS },
    Section { title: "Options", rows: options::ROWS },
    Section { title: "Strings", rows: strings::ROWS },
    Section { title: "Digests, normal forms and URLs", rows: encodings::ROWS },
    Section { title: "Text of values", rows: text::ROWS },
    Section { title: "Regular expressions", rows: regex::ROWS },
    Section { title: "JSON", rows: json::ROWS },
    Section { title: "Times", rows: times::ROWS },
    Section { title: "Numbers", rows: numbers::ROWS },
    Section { title: "Lists, sets and maps", rows: collections::ROWS },
    Section { title: "Statistics", rows: statistics::ROWS },
    Section { title: "", rows: hidden::ROWS },
    Section { title: "", rows: core::ROWS },
    Section { title: "", rows: figures::ROWS },
];

/// The rows of a name, in the order in which overloads are tried. Rows of parts without a title only if `hidden`.
pub fn lookup(name: &str, hidden: bool) -> &'static [Entry] {
    let table = if hidden { &ALL } else { &VISIBLE };
    table.get(name).map_or(&[], Vec::as_slice)
}

/// A row with its signature.
pub fn entry(row: &'static Row) -> &'static Entry {
    let found = lookup(row.name, true).iter().find(|entry| std::ptr::eq(entry.row, row));
    found.expect("rows are those of the table")
}

/// Names of functions and operators that users see, in the order of the table; infix operators are left out.
pub fn names() -> impl Iterator<Item = &'static str> {
    let rows = SECTIONS.iter().filter(|section| !section.title.is_empty()).flat_map(|section| section.rows);
    rows.map(|row| row.name).filter(|name| name.starts_with(|c: char| c.is_alphabetic()))
}

type Table = HashMap<&'static str, Vec<Entry>>;

static VISIBLE: LazyLock<Table> = LazyLock::new(|| table(|section| !section.title.is_empty()));
static ALL: LazyLock<Table> = LazyLock::new(|| table(|_| true));

fn table(pass: impl Fn(&Section) -> bool) -> Table {
    let mut table = Table::new();
    for row in SECTIONS.iter().filter(|section| pass(section)).flat_map(|section| section.rows) {
        let sig = signature::parse(row.sig).unwrap_or_else(|why| panic!("signature of `{}`: {why}", row.name));
        table.entry(row.name).or_default().push(Entry { row, sig });
    }
    table
}
