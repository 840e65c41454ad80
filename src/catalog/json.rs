//! JSON: parts of texts by their path, and values as JSON.

use crate::hir::Props;
use crate::rt;
use crate::runtime::python::json;
use crate::runtime::value::words::{ObjRef, Value};

use super::facts::Facts;
use super::row::{Imp, Row};

/// The rows.
pub(super) static ROWS: &[Row] = &[
    Row {
        name: "jsonGet",
        sig: "(json: str, field: str) -> str?",
        doc: "The part of a JSON text at a path of keys and positions: `user.name`, `items[0].id`, `[\"a.b\"][-1]`; the empty path means the whole. A text is given as it is, anything else as JSON; what is absent or `null` is `None`. JSON is read as Python's `json.loads` does; what is malformed is a row error.",
        examples: &[
            ("jsonGet('{\"user\": {\"name\": \"Ann\"}}', \"user.name\")", "Ann"),
            ("jsonGet('{\"n\": [1, 2.50]}', \"n\")", "[1, 2.5]"),
            ("jsonGet('{\"n\": [1, 2.50]}', \"n[-1]\")", "2.5"),
            ("jsonGet('{\"n\": null}', \"n\") ?? \"none\"", "none"),
        ],
        facts: Facts::Function(Props::NONE),
        imp: Imp::Rt(rt!(json::get, (&str, &str) -> Option<&str>)),
        pyspark: "json_get({json}, {field})",
    },
    Row {
        name: "jsonInt",
        sig: "(json: str, field: str) -> int?",
        doc: "The part of a JSON text at a path as an int, by the rules of `toInt`: `None` where it is absent or no int.",
        examples: &[("jsonInt('{\"n\": 42}', \"n\")", "42"), ("jsonInt('{\"n\": 4.5}', \"n\")", "None")],
        facts: Facts::Function(Props::NONE),
        imp: Imp::Spk("toInt(jsonGet(json, field) ?? \"\")"),
        pyspark: "to_int(json_get({json}, {field}) or \"\")",
    },
    Row {
        name: "jsonFloat",
        sig: "(json: str, field: str) -> float?",
        doc: "The part of a JSON text at a path as a float, by the rules of `toFloat`: `None` where it is absent or no number.",
        examples: &[("jsonFloat('{\"at\": {\"lat\": 52}}', \"at.lat\")", "52.0")],
        facts: Facts::Function(Props::NONE),
        imp: Imp::Spk("toFloat(jsonGet(json, field) ?? \"\")"),
        pyspark: "to_float(json_get({json}, {field}) or \"\")",
    },
    Row {
        name: "jsonBool",
        sig: "(json: str, field: str) -> bool?",
        doc: "The part of a JSON text at a path, if it is `true` or `false`; otherwise `None`.",
        examples: &[("jsonBool('{\"paid\": true}', \"paid\")", "True")],
        facts: Facts::Function(Props::NONE),
        imp: Imp::Spk(
            "let found = jsonGet(json, field) ?? \"\" in if found == \"true\" then Some(true) else if found == \"false\" then Some(false) else None",
        ),
        pyspark: "{\"true\": True, \"false\": False}.get(json_get({json}, {field}))",
    },
    Row {
        name: "jsonList",
        sig: "(json: str, field: str) -> list[str]",
        doc: "The elements of the array at a path, each as `jsonGet` gives it, and `null` as it is; no elements if there is no array.",
        examples: &[("jsonList('{\"tags\": [\"new\", \"red\", 7]}', \"tags\")", "['new', 'red', '7']")],
        facts: Facts::Function(Props::NONE),
        imp: Imp::Rt(rt!(json::list, (&str, &str) -> ObjRef)),
        pyspark: "json_list({json}, {field})",
    },
    Row {
        name: "jsonList",
        sig: "(json: str) -> list[str]",
        doc: "The elements of a JSON text that is an array.",
        examples: &[
            ("jsonList('[{\"id\": 1}, {\"id\": 2}]')", "['{\"id\": 1}', '{\"id\": 2}']"),
            ("jsonList('[{\"id\": 1}, {\"id\": 2}]').map(o -> o.jsonInt(\"id\") ?? 0)", "[1, 2]"),
        ],
        facts: Facts::Function(Props::NONE),
        imp: Imp::Spk("jsonList(json, \"\")"),
        pyspark: "json_list({json}, \"\")",
    },
    Row {
        name: "jsonKeys",
        sig: "(json: str, field: str) -> list[str]",
        doc: "The keys of the object at a path, in their order; none if there is no object.",
        examples: &[("jsonKeys('{\"at\": {\"lat\": 52, \"lon\": 13}}', \"at\")", "['lat', 'lon']")],
        facts: Facts::Function(Props::NONE),
        imp: Imp::Rt(rt!(json::keys, (&str, &str) -> ObjRef)),
        pyspark: "json_keys({json}, {field})",
    },
    Row {
        name: "jsonKeys",
        sig: "(json: str) -> list[str]",
        doc: "The keys of a JSON text that is an object.",
        examples: &[("jsonKeys('{\"a\": 1, \"b\": 2}')", "['a', 'b']")],
        facts: Facts::Function(Props::NONE),
        imp: Imp::Spk("jsonKeys(json, \"\")"),
        pyspark: "json_keys({json}, \"\")",
    },
    Row {
        name: "isJson",
        sig: "(json: str) -> bool",
        doc: "Whether the text is JSON, so that the functions above do not fail for it.",
        examples: &[("isJson('{\"a\": 1}')", "True"), ("isJson('{\"a\": 1')", "False")],
        facts: Facts::Function(Props::TOTAL),
        imp: Imp::Rt(rt!(json::is_json, (&str) -> bool)),
        pyspark: "is_json({json})",
    },
    Row {
        name: "toJson",
        sig: "(value: T) -> str where T: Json",
        doc: "The value as JSON, byte for byte as Python's `json.dumps(value)`: records and maps are objects, tuples and lists arrays, `None` is `null`, what is not ASCII is escaped. Sets, and maps with tuples, lists or records as keys, have no JSON.",
        examples: &[
            (
                "toJson({user: \"Zoë\", n: (1, 2.50), tag: None})",
                "{\"user\": \"Zo\\u00eb\", \"n\": [1, 2.5], \"tag\": null}",
            ),
            ("toJson({1: [true, false]})", "{\"1\": [true, false]}"),
        ],
        facts: Facts::Function(Props::NONE),
        imp: Imp::Rt(rt!(json::of_value, (Value<'_>) -> &str)),
        pyspark: "json.dumps({value})",
    },
];
