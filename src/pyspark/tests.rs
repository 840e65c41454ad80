//! Properties of emitted programs that no run can show; and templates use only names that exist.

use super::words;
use super::words::{MODULES, Names};
use super::{emit, prelude};
use crate::catalog;
use crate::driver::CheckedJob;

/// The builtins of Python that templates and the prelude use.
const BUILTINS: &[&str] = &[
    "ValueError",
    "abs",
    "all",
    "any",
    "bin",
    "bool",
    "bytes",
    "chr",
    "dict",
    "divmod",
    "enumerate",
    "filter",
    "float",
    "format",
    "frozenset",
    "hex",
    "int",
    "isinstance",
    "iter",
    "len",
    "list",
    "map",
    "max",
    "min",
    "next",
    "oct",
    "ord",
    "pow",
    "print",
    "range",
    "repr",
    "reversed",
    "round",
    "set",
    "sorted",
    "str",
    "sum",
    "tuple",
    "type",
    "zip",
];

fn emitted(job: &str) -> String {
    let compiled = CheckedJob::from_text("test", job.to_owned()).unwrap_or_else(|errors| panic!("{:?}", errors.diags));
    emit(compiled.for_pyspark(), &[])
}

#[test]
fn a_parameter_without_a_value_is_asked_for() {
    let program = emitted("param n: int  # how many\nparam s: str\nparam b: bool\nparam o: int?\nprint(n, s, b, o)");
    for line in [
        "import sys",
        "def job_parameter(name):",
        "n = int(job_parameter(\"n\"))  # how many",
        "s = job_parameter(\"s\")",
        "b = job_parameter(\"b\") in (\"true\", \"True\")",
        "o = None",
    ] {
        assert!(program.lines().any(|found| found == line), "{line} is missing in:\n{program}");
    }
}

#[test]
fn what_pyspark_has_no_mode_for_is_said() {
    let program = emitted("parallelize [\"1\"] | onError \"skip\" | map int | print");
    let comment = "# onError \"skip\": PySpark has no such mode, here a row that fails ends the program\nfor x in ";
    assert!(program.contains(comment), "{program}");
    let program = emitted("parallelize [\"1\"] | onError \"fail\" | map int | print");
    assert!(!program.contains("onError"), "{program}");
}

#[test]
fn templates_mean_only_what_is_there() {
    let templates = catalog::sections().iter().flat_map(|section| section.rows).map(|row| row.pyspark);
    for text in templates.chain(prelude::texts()) {
        for name in Names::of(text).meant {
            let module = MODULES.iter().any(|module| module.split('.').next() == Some(name));
            let there = module
                || name == "sc"
                || prelude::names().any(|other| other == name)
                || prelude::imports().any(|other| other == name)
                || BUILTINS.contains(&name);
            assert!(there, "`{name}` in {text}");
            assert!(words::is_reserved(name), "`{name}`, which a variable must not hide");
        }
    }
}

#[test]
fn functions_of_the_prelude_import_what_they_mean() {
    for function in prelude::FUNCTIONS {
        for name in Names::of(function.text).meant {
            let there = name == function.name
                || function.imports.iter().any(|module| module.split('.').next() == Some(name))
                || function.calls.contains(&name)
                || BUILTINS.contains(&name);
            assert!(there, "`{name}` in {}", function.name);
        }
    }
}

#[test]
fn names_in_a_template() {
    let names = Names::of("[x for _, x in sorted(zip({keys}, {items}), key=lambda p: p[0])] + re.split('a b', {x})");
    assert_eq!(names.meant.into_iter().collect::<Vec<_>>(), ["re", "sorted", "zip"]);
    assert_eq!(names.bound.into_iter().collect::<Vec<_>>(), ["_", "p", "x"]);
    let new = [("x", "x2".to_owned())];
    assert_eq!(words::renamed("[x + {x} for x in {f}(a.x, 'x')]", &new), "[x2 + {x} for x2 in {f}(a.x, 'x')]");
}
