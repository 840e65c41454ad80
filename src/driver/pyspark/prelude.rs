//! Functions that emitted programs define for themselves, where Python says in statements what is one function here.
//!
//! A row of the catalog calls them in its template: `to_int({text})`. A program has those that it calls, before its first
//! statement.

use std::collections::BTreeSet;

/// A function of the prelude.
pub(super) struct Function {
    /// Its name in Python.
    pub(super) name: &'static str,
    /// Modules that it needs.
    pub(super) imports: &'static [&'static str],
    /// Other functions of the prelude that it calls.
    calls: &'static [&'static str],
    /// Its definition.
    text: &'static str,
}

static FUNCTIONS: &[Function] = &[
    Function {
        name: "to_float",
        imports: &[],
        calls: &[],
        text: r#"
def to_float(text):
    try:
        return float(text)
    except ValueError:
        return None
"#,
    },
    Function {
        name: "to_int",
        imports: &[],
        calls: &[],
        text: r#"
def to_int(text):
    try:
        n = int(text)
    except ValueError:
        return None
    return n if -2**63 <= n < 2**63 else None
"#,
    },
];

/// Whether there is a function of the name.
pub(super) fn has(name: &str) -> bool {
    FUNCTIONS.iter().any(|function| function.name == name)
}

/// The functions that a template calls, and those that they call.
pub(super) fn called(template: &str) -> Vec<&'static Function> {
    let direct = |function: &Function| template.contains(&format!("{}(", function.name));
    let needed = |name: &str| FUNCTIONS.iter().any(|other| direct(other) && other.calls.contains(&name));
    FUNCTIONS.iter().filter(|function| direct(function) || needed(function.name)).collect()
}

/// Their definitions.
pub(super) fn definitions(names: &BTreeSet<&'static str>) -> String {
    let found = FUNCTIONS.iter().filter(|function| names.contains(function.name));
    found.map(|function| format!("{}\n\n", function.text.trim_start())).collect()
}
