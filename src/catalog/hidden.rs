//! Rows that users do not see: what the syntax stands for, and what other rows are made of.

use crate::hir::Props;
use crate::rt;
use crate::runtime::call::abi::{Instead, Words};
use crate::runtime::python::{lists, maps, numbers, slices, strings, template};
use crate::runtime::spark::wide;
use crate::runtime::spark::wide::Wide;
use crate::runtime::value::words::{ObjRef, Value};

use super::facts::Facts;
use super::row::{Imp, Row};

/// The rows.
pub(super) static ROWS: &[Row] = &[
    Row {
        name: "wideAdd",
        sig: "(sum: (int, int), n: int) -> (int, int)",
        doc: "A sum of 128 bits and an int.",
        examples: &[],
        facts: Facts::Function(Props::TOTAL),
        imp: Imp::Rt(rt!(wide::add, (Value<'_>, i64) -> Wide, Instead::WideAdd)),
        pyspark: "",
    },
    Row {
        name: "wideMerge",
        sig: "(a: (int, int), b: (int, int)) -> (int, int)",
        doc: "Two sums of 128 bits.",
        examples: &[],
        facts: Facts::Function(Props::TOTAL.and(Props::COMMUTATIVE).and(Props::ASSOCIATIVE)),
        imp: Imp::Rt(rt!(wide::merge, (Value<'_>, Value<'_>) -> Wide)),
        pyspark: "",
    },
    Row {
        name: "wideInt",
        sig: "(sum: (int, int)) -> int",
        doc: "A sum of 128 bits as an int; a row error if it does not fit.",
        examples: &[],
        facts: Facts::Function(Props::NONE),
        imp: Imp::Rt(rt!(wide::narrow, (Value<'_>) -> i64)),
        pyspark: "",
    },
    Row {
        name: "fillTemplate",
        sig: "(template: str, count: int, names: str, values: T) -> str where T: Show",
        doc: "`template.format(…)`: the first `count` of the values have numbers, the others these names.",
        examples: &[],
        facts: Facts::Function(Props::NONE),
        imp: Imp::Rt(rt!(template::fill, (&str, i64, &str, Value<'_>) -> &str)),
        pyspark: "",
    },
    Row {
        name: "splitWords",
        sig: "(text: str, maxsplit: int) -> list[str]",
        doc: "The text cut at the first `maxsplit` runs of white space.",
        examples: &[],
        facts: Facts::Function(Props::TOTAL),
        imp: Imp::Rt(rt!(strings::split_max, (&str, i64) -> ObjRef)),
        pyspark: "",
    },
    Row {
        name: "rsplitWords",
        sig: "(text: str, maxsplit: int) -> list[str]",
        doc: "The text cut at the last `maxsplit` runs of white space.",
        examples: &[],
        facts: Facts::Function(Props::TOTAL),
        imp: Imp::Rt(rt!(strings::rsplit_max, (&str, i64) -> ObjRef)),
        pyspark: "",
    },
    Row {
        name: "getitem",
        sig: "(text: str, index: int) -> str",
        doc: "`text[index]`: the character at a position, from the end if negative; a row error if there is none.",
        examples: &[],
        facts: Facts::Function(Props::NONE),
        imp: Imp::Rt(rt!(slices::text_item, (&str, i64) -> &str)),
        pyspark: "{text}[{index}]",
    },
    Row {
        name: "getitem",
        sig: "(items: list[T], index: int) -> T",
        doc: "`items[index]`: the element at a position, from the end if negative; a row error if there is none.",
        examples: &[],
        facts: Facts::Function(Props::NONE),
        imp: Imp::Rt(rt!(slices::list_item, (Value<'_>, i64) -> Words<'_>, Instead::Item)),
        pyspark: "{items}[{index}]",
    },
    Row {
        name: "getitem",
        sig: "(items: map[K, V], key: K) -> V",
        doc: "`items[key]`: the value of a key; a row error if there is none.",
        examples: &[],
        facts: Facts::Function(Props::NONE),
        imp: Imp::Rt(rt!(maps::item, (Value<'_>, Value<'_>) -> Words<'_>)),
        pyspark: "{items}[{key}]",
    },
    Row {
        name: "slice",
        sig: "(text: str, start?: int, stop?: int, step?: int) -> str",
        doc: "`text[start:stop:step]`, with positions from the end if negative.",
        examples: &[],
        facts: Facts::Function(Props::NONE),
        imp: Imp::Rt(rt!(slices::text_slice, (&str, Value<'_>, Value<'_>, Value<'_>) -> &str)),
        pyspark: "{text}[{start}:{stop}:{step}]",
    },
    Row {
        name: "slice",
        sig: "(items: list[T], start?: int, stop?: int, step?: int) -> list[T]",
        doc: "`items[start:stop:step]`, with positions from the end if negative.",
        examples: &[],
        facts: Facts::Function(Props::NONE),
        imp: Imp::Rt(rt!(slices::list_slice, (Value<'_>, Value<'_>, Value<'_>, Value<'_>) -> ObjRef)),
        pyspark: "{items}[{start}:{stop}:{step}]",
    },
    Row {
        name: "concat",
        sig: "(items: list[str]) -> str",
        doc: "All texts, one after the other: what an f-string is made of.",
        examples: &[],
        facts: Facts::Function(Props::NONE),
        imp: Imp::Rt(rt!(strings::concat, (Value<'_>) -> &str)),
        pyspark: "''.join({items})",
    },
    Row {
        name: "sortList",
        sig: "(items: list[T], reverse: bool) -> list[T] where T: Ord",
        doc: "The elements in order.",
        examples: &[],
        facts: Facts::Function(Props::TOTAL),
        imp: Imp::Rt(rt!(lists::sorted, (Value<'_>, bool) -> ObjRef)),
        pyspark: "sorted({items}, reverse={reverse})",
    },
    Row {
        name: "sortByKeys",
        sig: "(items: list[T], keys: list[K], reverse: bool) -> list[T] where K: Ord",
        doc: "The elements in the order of keys that stand at the same positions.",
        examples: &[],
        facts: Facts::Function(Props::TOTAL),
        imp: Imp::Rt(rt!(lists::sort_by_keys, (Value<'_>, Value<'_>, bool) -> ObjRef)),
        pyspark: "[x for _, x in sorted(zip({keys}, {items}), key=lambda p: p[0], reverse={reverse})]",
    },
    Row {
        name: "bestByKeys",
        sig: "(items: list[T], keys: list[K], largest: bool) -> T where K: Ord",
        doc: "The first element with the smallest or largest key.",
        examples: &[],
        facts: Facts::Function(Props::NONE),
        imp: Imp::Rt(rt!(lists::best_by_keys, (Value<'_>, Value<'_>, bool) -> Words<'_>)),
        pyspark: "(max if {largest} else min)(zip({keys}, {items}), key=lambda p: p[0])[1]",
    },
    Row {
        name: "numberFrom",
        sig: "(items: list[T], start: int) -> list[(int, T)]",
        doc: "The elements with numbers from `start` on.",
        examples: &[],
        facts: Facts::Function(Props::NONE),
        imp: Imp::Rt(rt!(lists::enumerate, (Value<'_>, i64) -> ObjRef)),
        pyspark: "list(enumerate({items}, {start}))",
    },
    Row {
        name: "intRange",
        sig: "(start: int, end: int, step: int) -> list[int]",
        doc: "The ints from `start` by `step` up to `end`.",
        examples: &[],
        facts: Facts::Function(Props::NONE),
        imp: Imp::Rt(rt!(numbers::range, (i64, i64, i64) -> ObjRef)),
        pyspark: "list(range({start}, {end}, {step}))",
    },
];
