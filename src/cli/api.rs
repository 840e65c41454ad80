//! `docs/api.md`: each method of PySpark's RDD API beside what the catalog offers for it.
//!
//! PySpark's methods are recorded from the installed one (`scripts/pyspark_api.py`); ours are the rows of the catalog
//! with the same name that work on the same kind of thing, or the reason why there is none.

use std::fmt::Write as _;

use crate::catalog::absent::ABSENT;
use crate::catalog::{self, Entry};
use crate::types::ty::Ty;

/// A method of PySpark.
#[derive(Clone, Copy, Debug)]
pub struct Method {
    /// Its class.
    pub class: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Its parameters with their defaults, in parentheses; empty for a property.
    pub signature: &'static str,
}

/// All methods of PySpark, by class.
pub fn methods() -> impl Iterator<Item = Method> {
    include_str!("pyspark_api.tsv").lines().filter_map(|line| {
        let mut parts = line.split('\t');
        Some(Method { class: parts.next()?, name: parts.next()?, signature: parts.next()? })
    })
}

/// The rows of the catalog that stand for a method.
pub fn offered(method: Method) -> Vec<&'static Entry> {
    let entries = catalog::lookup(method.name, false).iter();
    entries.filter(|entry| stands_for(entry, method)).collect()
}

fn stands_for(entry: &Entry, method: Method) -> bool {
    let of = entry.sig.params.first().filter(|param| *param.name == *"self").map(|param| &param.ty);
    match method.class {
        "RDD" => matches!(of, Some(Ty::Rdd(_))),
        "SparkContext" => entry.row.pyspark.starts_with("sc.") || of.is_none() && about_rdds(entry),
        "Accumulator" => of == Some(&Ty::Counter),
        "StatCounter" => {
            of.is_some_and(|of| catalog::lookup("stats", false).iter().any(|stats| stats.sig.result == *of))
        }
        _ => false,
    }
}

/// Whether a function is one of the driver: where RDDs come from, and what is said of all of them.
fn about_rdds(entry: &Entry) -> bool {
    let sources = catalog::sections().iter().filter(|section| matches!(section.title, "Sources" | "RDDs themselves"));
    let listed = sources.flat_map(|section| section.rows).any(|row| std::ptr::eq(row, entry.row));
    listed || matches!(entry.sig.result, Ty::Rdd(_))
}

/// The field of the record that `stats` gives, for methods of StatCounter.
fn field_of_stats(method: Method) -> bool {
    let has = |entry: &Entry| matches!(&entry.sig.result, Ty::Record(fields) if fields.iter().any(|(name, _)| **name == *method.name));
    method.class == "StatCounter" && catalog::lookup("stats", false).iter().any(has)
}

/// The answer beside a method in the page; nothing if it is neither offered nor listed as absent.
pub fn answer(method: Method) -> Option<String> {
    let rows = offered(method);
    if !rows.is_empty() {
        let shown = rows.iter().map(|entry| format!("`{}{}`", entry.row.name, entry.row.sig));
        return Some(shown.collect::<Vec<_>>().join("<br>"));
    }
    if field_of_stats(method) {
        return Some(format!("`s.{}`, of `let s = stats(rdd)`", method.name));
    }
    let absent = ABSENT.iter().find(|row| row.class == method.class && row.name == method.name)?;
    Some(match absent.instead {
        Some(instead) => instead.to_owned(),
        None => format!("not offered, because {}", absent.reason),
    })
}

/// `docs/api.md`
pub fn api_page() -> String {
    let mut out = String::from(
        "# PySpark's RDD API\n\nMade by `sparkc doc --api` from the catalog and from the methods of PySpark 4.3.0, which \
         `scripts/pyspark_api.py` records; `BLESS=1 cargo test --test tidy` refreshes it. [reference.md](reference.md) says what \
         each function does, [differences.md](differences.md) where an answer differs.\n\nIn signatures `name?: T` may be left out, \
         and capital single letters are types of any kind. A function is called as `f(x, a)`, `x.f(a)` or `x | f a`.\n",
    );
    let mut class = "";
    for method in methods() {
        if method.class != class {
            class = method.class;
            let _ = write!(out, "\n## {class}\n\n| PySpark | `sparkc` |\n|---|---|\n");
        }
        let answer = answer(method).unwrap_or_else(|| "not yet".into());
        let _ = writeln!(out, "| `{}{}` | {answer} |", method.name, method.signature);
    }
    out
}
