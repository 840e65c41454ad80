//! `--timings`: where the time of a job went, as a table on standard error and in the summary of `--json`.
//!
//! ```text
//! parse          0.11 ms
//! compile        3.20 ms  5 kernels
//! total         24.70 ms
//! stage                        place         runs  tasks  rows in  …  time
//! source -> combine, shuffle   job.spk:1:40     1      2    1,000  …  12.1 ms
//! ```

use std::time::Duration;

use serde_json::{Value, json};

use crate::driver::{CheckedJob, Outcome};
use crate::exec::schedule::timings::StageTiming;

use super::report::{bytes, grouped, plural};
use super::table::{rate, table, time};

/// The steps of a job with their times, those that ran and the whole.
struct Steps {
    parse: Duration,
    check: Duration,
    optimise: Duration,
    compile: Duration,
    stages: Duration,
    total: Duration,
}

impl Steps {
    fn of(outcome: &Outcome, compiled: &CheckedJob) -> Self {
        let [parse, check] = [compiled.checked.parsing, compiled.checking];
        Self {
            parse,
            check,
            optimise: outcome.optimising,
            compile: outcome.kernels.1,
            stages: outcome.timings.stages.iter().map(|stage| stage.work.time).sum(),
            total: parse + check + outcome.elapsed,
        }
    }
}

/// The tables.
pub(super) fn tell(outcome: &Outcome, compiled: &CheckedJob) -> String {
    let steps = Steps::of(outcome, compiled);
    let kernels = plural(outcome.kernels.0, "kernel");
    let step = |name: &str, spent: Duration, note: &str| vec![name.to_owned(), time(spent), note.to_owned()];
    let rows = [
        step("parse", steps.parse, ""),
        step("check", steps.check, ""),
        step("optimise", steps.optimise, ""),
        step("compile", steps.compile, &kernels),
        step("stages", steps.stages, ""),
        step("total", steps.total, ""),
    ];
    let mut out = table(&["step", "time", ""], 1, &rows);
    if !outcome.timings.stages.is_empty() {
        let header = ["stage", "place", "runs", "tasks", "rows in", "bytes in", "rows out", "time", "rows/s", "MB/s"];
        let rows: Vec<Vec<String>> = outcome.timings.stages.iter().map(|stage| stage_row(stage, compiled)).collect();
        out.push('\n');
        out += &table(&header, 2, &rows);
    }
    out
}

fn stage_row(stage: &StageTiming, compiled: &CheckedJob) -> Vec<String> {
    let work = &stage.work;
    vec![
        stage.title.clone(),
        compiled.sources.place(stage.span),
        grouped(stage.runs),
        grouped(work.tasks),
        grouped(work.rows),
        bytes(work.bytes),
        grouped(work.rows_left),
        time(work.time),
        grouped(rate(work.rows, work.time) as u64),
        format!("{:.1}", rate(work.bytes, work.time) / 1e6),
    ]
}

/// The same as data; times are seconds.
pub(super) fn to_json(outcome: &Outcome, compiled: &CheckedJob) -> Value {
    let steps = Steps::of(outcome, compiled);
    let stage = |stage: &StageTiming| {
        let work = &stage.work;
        json!({
            "stage": stage.title,
            "place": compiled.sources.place(stage.span),
            "runs": stage.runs,
            "tasks": work.tasks,
            "rows_in": work.rows,
            "bytes_in": work.bytes,
            "rows_out": work.rows_left,
            "seconds": work.time.as_secs_f64(),
            "rows_per_second": rate(work.rows, work.time),
            "bytes_per_second": rate(work.bytes, work.time),
        })
    };
    json!({
        "parse": steps.parse.as_secs_f64(),
        "check": steps.check.as_secs_f64(),
        "optimise": steps.optimise.as_secs_f64(),
        "compile": steps.compile.as_secs_f64(),
        "kernels": outcome.kernels.0,
        "stages": outcome.timings.stages.iter().map(stage).collect::<Vec<_>>(),
        "total": steps.total.as_secs_f64(),
    })
}
