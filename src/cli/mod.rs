//! The command line: `sparkc run | check | explain | fmt | doc | emit | bench | completions`.
//!
//! Arguments → (`job`: the job, so that its parameters are flags) → `args` → one function a command, which returns the
//! exit code. Data and findings go to standard output, everything else to standard error. A panic is a bug of sparkc: the
//! hook says so, and the exit code is 70.

pub mod api;
pub mod args;
mod bench;
mod check;
mod diff;
pub mod doc;
mod exit;
mod files;
mod fix;
mod fmt;
mod formats;
mod job;
mod process;
mod progress;
mod report;
mod run;
mod table;
mod timings;
mod watchdog;

use std::ffi::OsString;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};

use clap::CommandFactory as _;

use crate::driver::CheckedJob;
use crate::{driver, pyspark};

use args::{Cli, Color, Command, Emit, ExplainArgs, Language};
use report::Reporter;

/// Runs the command of the process's arguments; the exit code.
pub fn main() -> u8 {
    install_panic_hook();
    let argv: Vec<OsString> = job::join_reject_dir(std::env::args_os().collect());
    catch_unwind(AssertUnwindSafe(|| command(&argv))).unwrap_or_else(|_| {
        crate::exec::io::cleanup_all();
        exit::BUG
    })
}

/// Says that a panic is a bug of sparkc, once: other threads may panic in its wake.
fn install_panic_hook() {
    static SAID: std::sync::Once = std::sync::Once::new();
    std::panic::set_hook(Box::new(|info| {
        SAID.call_once(|| {
            let message = info.payload_as_str().unwrap_or("a panic without a message");
            let place = info.location().map(|place| format!(" ({place})")).unwrap_or_default();
            let _ = std::io::stderr().lock().write_all(report::bug(&format!("{message}{place}")).as_bytes());
        });
    }));
}

fn command(argv: &[OsString]) -> u8 {
    let color = color_of(argv);
    let reporter = Reporter::new(color);
    let help = argv.iter().any(|arg| arg == "--help" || arg == "-h");
    let origin = job::find(argv);
    let compiled = match origin.as_ref().map(job::compile) {
        None => None,
        Some(Ok(compiled)) => Some(compiled),
        Some(Err(_)) if help => None,
        Some(Err(errors)) => {
            reporter.diags(&errors.sources, &errors.diags);
            return exit::USAGE;
        }
    };
    let (cli, params) = match job::parse(argv, compiled.as_ref()) {
        Ok(parsed) => parsed,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { exit::USAGE } else { exit::DONE };
        }
    };
    dispatch(&cli, compiled, params, reporter)
}

fn dispatch(cli: &Cli, compiled: Option<CheckedJob>, params: Vec<(String, String)>, reporter: Reporter) -> u8 {
    match (&cli.command, compiled) {
        (Command::Run(args), Some(compiled)) => run::run(args, &compiled, params, reporter),
        (Command::Explain(args), Some(compiled)) => explain(args, &compiled, params, reporter),
        (Command::Emit(args), Some(compiled)) => emit(args, &compiled, &params),
        (Command::Run(_) | Command::Explain(_) | Command::Emit(_), None) => {
            reporter.say("error: no job among the arguments; sparkc run --help shows how to name one\n");
            exit::USAGE
        }
        (Command::Bench(args), _) => bench::bench(args, reporter),
        (Command::Check(args), _) => check::check(args, cli.color, reporter),
        (Command::Fmt(args), _) => fmt::fmt(args, reporter),
        (Command::Doc(args), _) => doc::doc(args, cli.color, reporter),
        (Command::Task(args), _) => run::task(args, reporter),
        (Command::Completions { shell }, _) => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Cli::command(), "sparkc", &mut script);
            run::print(&String::from_utf8_lossy(&script))
        }
    }
}

fn explain(args: &ExplainArgs, compiled: &CheckedJob, params: Vec<(String, String)>, reporter: Reporter) -> u8 {
    if args.what.types {
        let lets = compiled.checked.lets.iter();
        return run::print(&lets.map(|(name, ty)| format!("{name}: {ty}\n")).collect::<String>());
    }
    match driver::explain(compiled, &args.settings.options(params), args.what.chosen()) {
        Ok(text) => run::print(&text),
        Err(error) => {
            reporter.say(&report::job_error(&error, &compiled.sources, reporter.color));
            report::exit_code(&error)
        }
    }
}

fn emit(args: &Emit, compiled: &CheckedJob, params: &[(String, String)]) -> u8 {
    match args.language {
        Language::Pyspark => run::print(&pyspark::emit(compiled.for_pyspark(), params)),
    }
}

/// `--color`, before the arguments are read: errors in them have colours too.
fn color_of(argv: &[OsString]) -> Color {
    let mut args = argv.iter().map(|arg| arg.to_string_lossy());
    while let Some(arg) = args.next() {
        let value = match arg.strip_prefix("--color") {
            Some("") => args.next().unwrap_or_default().into_owned(),
            Some(rest) => rest.trim_start_matches('=').to_owned(),
            None => continue,
        };
        return match value.as_str() {
            "always" => Color::Always,
            "never" => Color::Never,
            _ => Color::Auto,
        };
    }
    Color::Auto
}
