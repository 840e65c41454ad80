//! Findings as data: JSON, SARIF, and annotations of a GitHub workflow.
//!
//! The crate `serde-sarif` has types for all of SARIF, generated from its schema when it is built. That costs half a minute
//! of processor time in a fresh build and a dozen packages, for the twenty keys that are written here.

use serde_json::{Value, json};

use crate::base::codes::CODES;
use crate::base::diag::{Diag, Edit, Fix, Severity};
use crate::base::source::{Sources, Span};

/// Findings of one job with the texts that they point to.
pub(super) struct Findings {
    /// All texts.
    pub(super) sources: Sources,
    /// The findings.
    pub(super) diags: Vec<Diag>,
}

fn severity(diag: &Diag) -> &'static str {
    match diag.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// First and last line and column of a span, all counted from 1, the end exclusive.
fn range(span: Span, sources: &Sources) -> [usize; 4] {
    let (line, column) = sources.line_col(span);
    let (end_line, end_column) = sources.line_col(Span { start: span.end.max(span.start), ..span });
    [line, column, end_line, end_column]
}

/// A finding as a JSON object.
pub(super) fn to_json(diag: &Diag, sources: &Sources) -> Value {
    let place = |span: Span| {
        let [line, column, end_line, end_column] = range(span, sources);
        let file = &sources.file(span.file).name;
        json!({ "file": file, "line": line, "column": column, "end_line": end_line, "end_column": end_column })
    };
    let edits = |fix: &Fix| -> Vec<Value> {
        fix.edits.iter().map(|edit| json!({ "place": place(edit.span), "text": edit.text })).collect()
    };
    let labels: Vec<Value> =
        diag.labels.iter().map(|(span, text)| json!({ "place": place(*span), "text": text })).collect();
    json!({
        "code": diag.code.0,
        "severity": severity(diag),
        "message": diag.message,
        "place": place(diag.span()),
        "labels": labels,
        "help": diag.help,
        "fix": diag.fix.as_ref().map(edits),
    })
}

/// One JSON object of all findings.
pub(super) fn print_json(all: &[Findings]) -> String {
    let list: Vec<Value> =
        all.iter().flat_map(|found| found.diags.iter().map(|diag| to_json(diag, &found.sources))).collect();
    let count = |kind: &str| list.iter().filter(|diag| diag["severity"] == kind).count();
    let (errors, warnings) = (count("error"), count("warning"));
    format!("{:#}\n", json!({ "diagnostics": list, "errors": errors, "warnings": warnings }))
}

/// SARIF 2.1.0 (OASIS), as code scanning reads it.
pub(super) fn print_sarif(all: &[Findings]) -> String {
    let results: Vec<Value> =
        all.iter().flat_map(|found| found.diags.iter().map(|diag| sarif_result(diag, &found.sources))).collect();
    let used = |code: &str| results.iter().any(|result| result["ruleId"] == code);
    let rules: Vec<Value> = CODES
        .iter()
        .filter(|row| used(row.code.0))
        .map(|row| {
            json!({
                "id": row.code.0,
                "shortDescription": { "text": row.title },
                "fullDescription": { "text": row.explanation },
            })
        })
        .collect();
    let driver = json!({ "name": "sparkc", "version": env!("CARGO_PKG_VERSION"), "rules": rules });
    format!(
        "{:#}\n",
        json!({
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [{ "tool": { "driver": driver }, "columnKind": "unicodeCodePoints", "results": results }],
        })
    )
}

fn sarif_result(diag: &Diag, sources: &Sources) -> Value {
    let [line, column, end_line, end_column] = range(diag.span(), sources);
    let message = match &diag.help {
        Some(help) => format!("{}; help: {help}", diag.message),
        None => diag.message.clone(),
    };
    let mut result = json!({
        "ruleId": diag.code.0,
        "level": severity(diag),
        "message": { "text": message },
        "locations": [{
            "physicalLocation": {
                "artifactLocation": { "uri": sources.file(diag.span().file).name },
                "region": { "startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column },
            },
        }],
    });
    if let Some(fix) = &diag.fix {
        result["fixes"] = json!([sarif_fix(diag, fix, sources)]);
    }
    result
}

/// The change of a finding; its edits are all in the file of the first.
fn sarif_fix(diag: &Diag, fix: &Fix, sources: &Sources) -> Value {
    let replacement = |edit: &Edit| {
        let [line, column, end_line, end_column] = range(edit.span, sources);
        json!({
            "deletedRegion": { "startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column },
            "insertedContent": { "text": edit.text },
        })
    };
    let file = fix.edits.first().map_or(diag.span(), |edit| edit.span).file;
    json!({
        "description": { "text": diag.help.as_ref().unwrap_or(&diag.message) },
        "artifactChanges": [{
            "artifactLocation": { "uri": sources.file(file).name },
            "replacements": fix.edits.iter().map(replacement).collect::<Vec<_>>(),
        }],
    })
}

/// `::error file=…,line=…::message`, as workflows read from their logs.
pub(super) fn print_github(all: &[Findings]) -> String {
    let mut out = String::new();
    for found in all {
        for diag in &found.diags {
            let [line, column, end_line, end_column] = range(diag.span(), &found.sources);
            let file = escape_property(&found.sources.file(diag.span().file).name);
            let message = escape_data(&match &diag.help {
                Some(help) => format!("{}\nhelp: {help}", diag.message),
                None => diag.message.clone(),
            });
            out += &format!(
                "::{} file={file},line={line},endLine={end_line},col={column},endColumn={end_column},title={}::{message}\n",
                severity(diag),
                diag.code
            );
        }
    }
    out
}

fn escape_data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn escape_property(text: &str) -> String {
    escape_data(text).replace(':', "%3A").replace(',', "%2C")
}
