//! `sparkc run`: data goes to standard output, everything else to standard error.
//!
//! `--json` prints one line on standard error instead of the summary and the errors:
//! `{"status":"done","exit_code":0,"seconds":0.01,"figures":{…},"timings":{…},"row_errors":[…],"errors":[…]}`.

use std::io::{self, BufWriter, Write};

use serde_json::json;

use crate::base::source::Sources;
use crate::driver::{self, CheckedJob, Outcome};
use crate::exec::errors::{JobError, RowErrors};
use crate::exec::io::signals;

use super::args::{Run, TaskArgs};
use super::exit;
use super::formats;
use super::process::status_bytes;
use super::progress::Progress;
use super::report::{self, Reporter};
use super::timings;
use super::watchdog::Watchdog;

/// Runs a job.
pub(super) fn run(args: &Run, compiled: &CheckedJob, params: Vec<(String, String)>, reporter: Reporter) -> u8 {
    if let Err(error) = signals::install() {
        reporter.say(&format!("error: signals cannot be handled: {error}\n"));
        return exit::IO;
    }
    if args.settings.hash_zero {
        crate::runtime::value::key::set_hash_zero(true);
    }
    if !args.json {
        reporter.diags(&compiled.sources, &compiled.warnings);
    }
    let progress = Progress::new(args.quiet || args.json);
    let out = progress.around(BufWriter::with_capacity(1 << 16, io::stdout()));
    let (options, json) = (args.options(params), args.json);
    let watchdog = Watchdog::start(options.exec.clone(), move |message, code| {
        let line = || json!({ "status": "failed", "exit_code": code, "error": message.trim_end() });
        reporter.say(&if json { format!("{}\n", line()) } else { message.to_owned() });
    });
    let outcome = driver::run(compiled, &options, out, |metrics| progress.start(metrics));
    drop(watchdog);
    progress.finish();
    let code = outcome.result.as_ref().map_or_else(report::exit_code, |()| exit::DONE);
    if args.json {
        reporter.say(&format!("{}\n", to_json(&outcome, args, compiled, code)));
    } else {
        tell(args, &outcome, &compiled.sources, reporter);
        if args.timings {
            reporter.say(&timings::tell(&outcome, compiled));
        }
    }
    code
}

/// Runs tasks of other processes.
pub(super) fn task(args: &TaskArgs, reporter: Reporter) -> u8 {
    if args.hash_zero {
        crate::runtime::value::key::set_hash_zero(true);
    }
    match driver::serve_tasks(args.engine, io::stdin().lock(), io::stdout().lock()) {
        Ok(()) => exit::DONE,
        Err(error) => {
            reporter.say(&format!("error: tasks of another process cannot be run: {error}\n"));
            exit::IO
        }
    }
}

fn tell(args: &Run, outcome: &Outcome, sources: &Sources, reporter: Reporter) {
    if outcome.rejected.total > 0 {
        // Quiet is not silent: a loss is told in one line.
        reporter.say(&if args.quiet {
            report::loss(&outcome.rejected)
        } else {
            report::row_errors(&outcome.rejected, "left out", sources, reporter.color)
        });
    }
    if let Err(error) = &outcome.result {
        reporter.say(&report::job_error(error, sources, reporter.color));
    }
    let closed = matches!(outcome.result, Err(JobError::OutputClosed));
    if !args.quiet && !closed {
        reporter.say(&report::summary(outcome, args.verbose));
    }
}

fn to_json(outcome: &Outcome, args: &Run, compiled: &CheckedJob, code: u8) -> serde_json::Value {
    let sources = &compiled.sources;
    let rows = match &outcome.result {
        Err(JobError::Rows(errors)) => errors,
        Ok(()) | Err(_) => &outcome.rejected,
    };
    let errors: Vec<String> = match &outcome.result {
        Ok(()) => Vec::new(),
        Err(error) => report::job_error(error, sources, false).lines().map(str::to_owned).collect(),
    };
    json!({
        "status": if outcome.result.is_ok() { "done" } else { "failed" },
        "exit_code": code,
        "engine": args.settings.engine.to_string(),
        "seconds": outcome.elapsed.as_secs_f64(),
        "figures": &outcome.figures,
        "peak_rss": status_bytes("VmHWM:"),
        "timings": timings::to_json(outcome, compiled),
        "warnings": compiled.warnings.iter().map(|diag| formats::to_json(diag, sources)).collect::<Vec<_>>(),
        "row_errors": rows_to_json(rows, sources),
        "code": outcome.result.as_ref().err().and_then(JobError::code).map(|code| code.0),
        "error": errors.join("\n"),
    })
}

fn rows_to_json(errors: &RowErrors, sources: &Sources) -> serde_json::Value {
    let count = |((reason, span), count): (&(_, _), &u64)| {
        let _: &crate::runtime::call::trap::Reason = reason;
        json!({ "code": reason.code().0, "place": sources.place(*span), "count": count })
    };
    let sample = |error: &crate::exec::errors::RowError| {
        json!({
            "code": error.trap.reason.code().0,
            "place": sources.place(error.span),
            "file": error.origin.input().map(|input| input.display().to_string()),
            "line": error.origin.at("line"),
            "partition": error.origin.partition(),
            "reason": error.trap.detail,
            "record": error.record,
        })
    };
    json!({
        "total": errors.total,
        "counts": errors.counts.iter().map(count).collect::<Vec<_>>(),
        "samples": errors.samples.iter().map(sample).collect::<Vec<_>>(),
    })
}

/// Writes a text to standard output: the exit code is that of a closed pipe if nobody reads it.
pub(super) fn print(text: &str) -> u8 {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => exit::DONE,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => exit::PIPE,
        Err(_) => exit::IO,
    }
}
