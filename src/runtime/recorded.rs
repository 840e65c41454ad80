//! Compares runtime functions with what CPython 3.11 answered: `tests/data/*.json`, made by `scripts/record_python.py`.

use serde_json::{Value as Json, json};

use super::text;
use super::trap::{Reason, Res};

/// The arguments of a recorded call.
#[derive(Clone, Copy)]
pub(crate) struct Args<'a>(&'a [Json]);

impl<'a> Args<'a> {
    pub(crate) fn is_str(self, n: usize) -> bool {
        self.0[n].is_string()
    }

    pub(crate) fn is_int(self, n: usize) -> bool {
        self.0[n].is_i64()
    }

    pub(crate) fn is_bool(self, n: usize) -> bool {
        self.0[n].is_boolean()
    }

    pub(crate) fn is_none(self, n: usize) -> bool {
        self.0[n].is_null()
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

    pub(crate) fn int_or_none(self, n: usize) -> Option<i64> {
        self.0[n].as_i64()
    }

    pub(crate) fn bool(self, n: usize) -> bool {
        self.0[n].as_bool().unwrap()
    }

    pub(crate) fn float(self, n: usize) -> f64 {
        float_of(&self.0[n])
    }

    pub(crate) fn list(self, n: usize) -> &'a [Json] {
        self.0[n].as_array().unwrap()
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
        Reason::Utf8 | Reason::LineTooLong | Reason::Bug => "none of Python's",
    }
}

/// Runs every case of a family and compares; shows the first twenty differences.
pub(crate) fn check(family: &str, run: impl Fn(&str, Args<'_>) -> Res<Json>) {
    let path = format!("{}/tests/data/{family}.json", env!("CARGO_MANIFEST_DIR"));
    let cases: Vec<(String, Vec<Json>, Json)> = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
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
