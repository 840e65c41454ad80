//! Texts of the catalog's rows that are written in the language, parsed once a process.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use crate::base::source::Sources;
use crate::catalog::Entry;
use crate::catalog::row::Imp;
use crate::syntax::ast::{Expr, ExprIds};
use crate::syntax::parse;

static BODIES: LazyLock<Mutex<HashMap<&'static str, &'static Expr>>> = LazyLock::new(Mutex::default);

/// The tree of a row's text. Its ids and spans mean nothing: uses of it have the place of the call.
///
/// # Panics
/// If the text does not parse, which a test of the catalog excludes.
pub(super) fn body(entry: &Entry) -> &'static Expr {
    let Imp::Spk(text) = &entry.row.imp else { unreachable!("`{}` has no text", entry.row.name) };
    let mut bodies = BODIES.lock().unwrap_or_else(PoisonError::into_inner);
    bodies.entry(text).or_insert_with(|| {
        // The catalog is a constant: its trees live as long as the process.
        Box::leak(Box::new(parse_body(entry.row.name, text).unwrap_or_else(|why| panic!("{why}"))))
    })
}

/// Parses a row's text.
pub(super) fn parse_body(name: &str, text: &str) -> Result<Expr, String> {
    let mut sources = Sources::default();
    // The parentheses make an expression of a text that begins with `let`.
    let file = sources.add(format!("<catalog:{name}>"), format!("({text})"));
    parse::parse_expr(&sources, file, &mut ExprIds::default()).map_err(|diags| {
        let lines: Vec<String> = diags.iter().map(|diag| diag.print_line(&sources)).collect();
        format!("`{name}` in the catalog does not parse: {}", lines.join("; "))
    })
}
