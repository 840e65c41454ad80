//! Compares runtime functions with what CPython 3.11 answered: `tests/data/*.json`, made by `scripts/record_python.py`.

use serde_json::{Value as Json, json};

use super::arbitrary::{Built, Datum};
use super::call::trap::{Reason, Res};
use super::python::text;
use super::value::shape::Shape;
use super::value::words::{ObjRef, Value, built};

/// The arguments of a recorded call.
#[derive(Clone, Copy)]
pub(crate) struct Args<'a>(&'a [Json]);

impl<'a> Args<'a> {
    pub(crate) fn is_str(self, n: usize) -> bool {
        self.0[n].is_string()
    }

    pub(crate) fn len(self) -> usize {
        self.0.len()
    }

    pub(crate) fn str(self, n: usize) -> &'a str {
        self.0[n].as_str().unwrap()
    }

    pub(crate) fn int(self, n: usize) -> i64 {
        self.0[n].as_i64().unwrap()
    }

    pub(crate) fn bool(self, n: usize) -> bool {
        self.0[n].as_bool().unwrap()
    }

    pub(crate) fn float(self, n: usize) -> f64 {
        float_of(&self.0[n])
    }
}

/// A recorded float.
pub(crate) fn float_of(json: &Json) -> f64 {
    match json["f"].as_str().unwrap() {
        "inf" => f64::INFINITY,
        "-inf" => f64::NEG_INFINITY,
        "nan" => f64::NAN,
        text => text.parse().unwrap(),
    }
}

/// A float as the recordings have it.
pub(crate) fn float(x: f64) -> Json {
    let mut out = Vec::new();
    text::write_float(x, &mut out);
    json!({"f": String::from_utf8(out).unwrap()})
}

/// As in the script.
pub(crate) fn block(first: i64) -> String {
    (first as u32..first as u32 + 0x400).filter_map(char::from_u32).collect()
}

/// As in the script.
pub(crate) fn digest(text: &str) -> u64 {
    text.bytes().fold(0, |h, b| ((u128::from(h) * 31 + u128::from(b)) % (1 << 61)) as u64)
}

/// Python's exception for a row error.
fn python_error(reason: Reason) -> &'static str {
    match reason {
        Reason::Overflow | Reason::TooLarge => "OverflowError",
        Reason::ZeroDivision => "ZeroDivisionError",
        Reason::Value | Reason::Empty => "ValueError",
        Reason::Index => "IndexError",
        Reason::Key => "KeyError",
        Reason::Utf8 | Reason::LineTooLong | Reason::Command | Reason::Bug => "none of Python's",
    }
}

fn cases(family: &str) -> Vec<(String, Vec<Json>, Json)> {
    let recorded = || concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data").to_owned();
    // Campaigns have the tests read more cases than are recorded.
    let path = format!("{}/{family}.json", std::env::var("RECORDED").unwrap_or_else(|_| recorded()));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Runs on every case of a family with Python's answer.
pub(crate) fn each(family: &str, run: impl Fn(&str, Args<'_>, &Json)) {
    cases(family).iter().for_each(|(name, args, answer)| run(name, Args(args), answer));
}

/// Runs every case of a family and compares; shows the first twenty differences.
pub(crate) fn check(family: &str, run: impl Fn(&str, Args<'_>) -> Res<Json>) {
    let cases = cases(family);
    let mut wrong = Vec::new();
    for (name, args, expected) in &cases {
        let found = match run(name, Args(args)) {
            Ok(value) => json!({"ok": value}),
            Err(trap) => json!({"error": python_error(trap.reason)}),
        };
        if found != *expected {
            wrong.push(format!("{name}{}\n  expected {expected}\n  found    {found}", json!(args)));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {} differ:\n{}",
        wrong.len(),
        cases.len(),
        wrong[..wrong.len().min(20)].join("\n")
    );
}

/// A list, set or map that a function returned, as JSON.
pub(crate) fn object(shape: &Shape, object: ObjRef) -> Json {
    json_of(built(shape, &[object.0]))
}

/// A list of texts that a function returned, as JSON.
pub(crate) fn texts(list: ObjRef) -> Json {
    object(&Shape::list(Shape::Str), list)
}

/// A value as the recordings have it.
pub(crate) fn json_of(value: Value<'_>) -> Json {
    match value.shape() {
        Shape::Int => value.int().into(),
        Shape::Float => float(value.float()),
        Shape::Bool => value.bool().into(),
        Shape::Str => value.str().into(),
        Shape::Tuple(components) => (0..components.shapes.len()).map(|n| json_of(value.field(n))).collect(),
        Shape::Option(_) => value.option().map_or(Json::Null, json_of),
        Shape::List(_) | Shape::Set(_) => value.items().map(json_of).collect(),
        Shape::Map(..) => value.entries().map(|(key, item)| json!([json_of(key), json_of(item)])).collect(),
    }
}

fn datum(json: &Json, shape: &Shape) -> Datum {
    let array = || json.as_array().unwrap().iter();
    match shape {
        Shape::Int => Datum::Int(json.as_i64().unwrap()),
        Shape::Float => Datum::Float(float_of(json)),
        Shape::Bool => Datum::Bool(json.as_bool().unwrap()),
        Shape::Str => Datum::Str(json.as_str().unwrap().into()),
        Shape::Tuple(components) => {
            Datum::Tuple(array().zip(&components.shapes).map(|(json, shape)| datum(json, shape)).collect())
        }
        Shape::Option(_) if json.is_null() => Datum::Option(None),
        Shape::Option(inner) => Datum::Option(Some(Box::new(datum(json, inner)))),
        Shape::List(elem) | Shape::Set(elem) => Datum::Items(array().map(|json| datum(json, elem)).collect()),
        Shape::Map(key, item) => {
            Datum::Entries(array().map(|json| (datum(&json[0], key), datum(&json[1], item))).collect())
        }
    }
}

/// A value that owns its words, for the arguments of a call.
pub(crate) fn value(json: &Json, shape: &Shape) -> Built {
    Datum::build_all(shape, &[datum(json, shape)])
}

impl Args<'_> {
    pub(crate) fn json(&self, n: usize) -> &Json {
        &self.0[n]
    }

    /// An argument as a value.
    pub(crate) fn value(self, n: usize, shape: &Shape) -> Built {
        value(&self.0[n], shape)
    }
}

/// A shape as the recordings have it.
pub(crate) fn shape_of(json: &Json) -> Shape {
    if let Some(name) = json.as_str() {
        return match name {
            "int" => Shape::Int,
            "float" => Shape::Float,
            "bool" => Shape::Bool,
            "str" => Shape::Str,
            other => panic!("{other}"),
        };
    }
    let (kind, of) = json.as_object().unwrap().iter().next().unwrap();
    match kind.as_str() {
        "list" => Shape::list(shape_of(of)),
        "option" => Shape::option(shape_of(of)),
        "tuple" => Shape::tuple(of.as_array().unwrap().iter().map(shape_of).collect()),
        "map" => Shape::Map(shape_of(&of[0]).into(), shape_of(&of[1]).into()),
        "record" => {
            let fields = of.as_array().unwrap().iter();
            Shape::record(fields.map(|field| (field[0].as_str().unwrap().into(), shape_of(&field[1]))).collect())
        }
        other => panic!("{other}"),
    }
}
