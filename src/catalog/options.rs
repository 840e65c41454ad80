//! Functions of options.

use super::facts::Facts;
use super::row::{Imp, Row, SemaOp};
use crate::hir::Props;

/// The rows.
pub(super) static ROWS: &[Row] = &[
    Row {
        name: "Some",
        sig: "(value: T) -> T?",
        doc: "An option with a value.",
        examples: &[("Some(1)", "1")],
        facts: Facts::Function(Props::TOTAL),
        imp: Imp::Sema(SemaOp::Some),
        pyspark: "{value}",
    },
    Row {
        name: "isSome",
        sig: "(self: T?) -> bool",
        doc: "Whether an option has a value; the same as `x != None`.",
        examples: &[("isSome(Some(1))", "True")],
        facts: Facts::Function(Props::TOTAL),
        imp: Imp::Sema(SemaOp::IsSome),
        pyspark: "({self} is not None)",
    },
    Row {
        name: "isNone",
        sig: "(self: T?) -> bool",
        doc: "Whether an option has no value; the same as `x == None`.",
        examples: &[("isNone(Some(1))", "False")],
        facts: Facts::Function(Props::TOTAL),
        imp: Imp::Spk("not isSome(self)"),
        pyspark: "({self} is None)",
    },
    Row {
        name: "getOrElse",
        sig: "(self: T?, default: T) -> T",
        doc: "The value of an option, or a default, which is computed in any case; `x ?? default` computes it where it is needed.",
        examples: &[("Some(1).getOrElse(2)", "1")],
        facts: Facts::Function(Props::TOTAL),
        imp: Imp::Spk("self ?? default"),
        pyspark: "(lambda v, d: d if v is None else v)({self}, {default})",
    },
    Row {
        name: "map",
        sig: "(self: T?, f: T -> U) -> U?",
        doc: "Applies a function to the value of an option, if there is one.",
        examples: &[("Some(1).map(x -> x + 1)", "2")],
        facts: Facts::Function(Props::NONE),
        imp: Imp::Sema(SemaOp::OptionMap),
        pyspark: "(lambda v: None if v is None else ({f})(v))({self})",
    },
    Row {
        name: "toList",
        sig: "(self: T?) -> list[T]",
        doc: "A list of the option's value, or of nothing.",
        examples: &[("Some(1).toList()", "[1]")],
        facts: Facts::Function(Props::TOTAL),
        imp: Imp::Spk("self.map(v -> [v]) ?? []"),
        pyspark: "([] if {self} is None else [{self}])",
    },
];
