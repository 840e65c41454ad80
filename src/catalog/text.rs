//! Texts of values: `str`, `repr`, format specs, printing.

use crate::hir::Props;
use crate::rt;
use crate::runtime::python::format;
use crate::runtime::value::words::Value;

use super::facts::Facts;
use super::row::{Imp, Row};

/// The rows.
pub(super) static ROWS: &[Row] = &[
    Row {
        name: "str",
        sig: "(x: str) -> str",
        doc: "The text itself.",
        examples: &[("str(\"a\")", "a")],
        facts: Facts::Function(Props::TOTAL),
        imp: Imp::Spk("x"),
        pyspark: "str({x})",
    },
    Row {
        name: "str",
        sig: "(x: T) -> str where T: Show",
        doc: "The text of a value, as Python prints it.",
        examples: &[
            ("str(1e16)", "1e+16"),
            ("str((1, \"a\", None))", "(1, 'a', None)"),
            ("str([2.50, 1.0])", "[2.5, 1.0]"),
        ],
        facts: Facts::Function(Props::TOTAL),
        imp: Imp::Rt(rt!(format::str, (Value<'_>) -> &str)),
        pyspark: "str({x})",
    },
    Row {
        name: "repr",
        sig: "(x: T) -> str where T: Show",
        doc: "The text of a value as Python's `repr`: texts are quoted.",
        examples: &[("repr(\"it's\")", "\"it's\""), ("repr(\"a\\tb\")", "'a\\tb'")],
        facts: Facts::Function(Props::TOTAL),
        imp: Imp::Rt(rt!(format::repr, (Value<'_>) -> &str)),
        pyspark: "repr({x})",
    },
    Row {
        name: "format",
        sig: "(x: T, spec: str) -> str where T: Show",
        doc: "The text of a number or text by Python's format spec `[[fill]align][sign][z][#][0][width][grouping][.precision][type]`.",
        examples: &[
            ("format(3.14159, \".2f\")", "3.14"),
            ("format(1234567, \",\")", "1,234,567"),
            ("format(255, \"#06x\")", "0x00ff"),
            ("format(\"ab\", \"*^6\")", "**ab**"),
        ],
        facts: Facts::Function(Props::NONE),
        imp: Imp::Rt(rt!(format::format, (Value<'_>, &str) -> &str)),
        pyspark: "format({x}, {spec})",
    },
    Row {
        name: "print",
        sig: "(x: T) -> () where T: Show",
        doc: "Prints the value and ends the line.",
        examples: &[("print((1, \"a\"))", "(1, 'a')")],
        facts: Facts::Function(Props::TOTAL.and(Props::EFFECT)),
        imp: Imp::Rt(rt!(format::print, (Value<'_>) -> ())),
        pyspark: "print({x})",
    },
    Row {
        name: "print",
        sig: "(x: T, y: U) -> () where T: Show, U: Show",
        doc: "Prints the values with a blank between them.",
        examples: &[("print(\"a\", 1)", "a 1")],
        facts: Facts::Function(Props::TOTAL.and(Props::EFFECT)),
        imp: Imp::Spk("print(f\"{x} {y}\")"),
        pyspark: "print({x}, {y})",
    },
    Row {
        name: "print",
        sig: "(x: T, y: U, z: V) -> () where T: Show, U: Show, V: Show",
        doc: "Prints the values with blanks between them.",
        examples: &[("print(\"a\", 1, None)", "a 1 None")],
        facts: Facts::Function(Props::TOTAL.and(Props::EFFECT)),
        imp: Imp::Spk("print(f\"{x} {y} {z}\")"),
        pyspark: "print({x}, {y}, {z})",
    },
    Row {
        name: "print",
        sig: "(a: A, b: B, c: C, d: D) -> () where A: Show, B: Show, C: Show, D: Show",
        doc: "Prints the values with blanks between them.",
        examples: &[("print(\"a\", 1, \"b\", 2)", "a 1 b 2")],
        facts: Facts::Function(Props::TOTAL.and(Props::EFFECT)),
        imp: Imp::Spk("print(f\"{a} {b} {c} {d}\")"),
        pyspark: "print({a}, {b}, {c}, {d})",
    },
    Row {
        name: "print",
        sig: "(a: A, b: B, c: C, d: D, e: E) -> () where A: Show, B: Show, C: Show, D: Show, E: Show",
        doc: "Prints the values with blanks between them.",
        examples: &[("print(1, 2, 3, 4, 5)", "1 2 3 4 5")],
        facts: Facts::Function(Props::TOTAL.and(Props::EFFECT)),
        imp: Imp::Spk("print(f\"{a} {b} {c} {d} {e}\")"),
        pyspark: "print({a}, {b}, {c}, {d}, {e})",
    },
    Row {
        name: "print",
        sig: "(a: A, b: B, c: C, d: D, e: E, f: F) -> () where A: Show, B: Show, C: Show, D: Show, E: Show, F: Show",
        doc: "Prints the values with blanks between them; for more of them, print an f-string.",
        examples: &[("print(1, 2, 3, 4, 5, 6)", "1 2 3 4 5 6")],
        facts: Facts::Function(Props::TOTAL.and(Props::EFFECT)),
        imp: Imp::Spk("print(f\"{a} {b} {c} {d} {e} {f}\")"),
        pyspark: "print({a}, {b}, {c}, {d}, {e}, {f})",
    },
];
