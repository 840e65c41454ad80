//! From arguments to a job: finds the job among them, compiles it, and makes flags of its parameters.
//!
//! `sparkc run job.spk --least 3` has to compile `job.spk` before it can know that `--least` is a flag. So the arguments
//! are read twice: [`find`] looks for the job only, [`parse`] reads everything once the job's flags are known. A flag of a
//! job takes its help from the comment of its `param`.

#![expect(clippy::wildcard_enum_match_arm, reason = "asks for a few of the many forms of expressions and types")]

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::ValueParser;
use clap::{Arg, ArgAction, ArgMatches, Command, CommandFactory as _};

use crate::base::codes;
use crate::base::diag::Diag;
use crate::driver::{CheckedJob, CompileErrors};
use crate::exec::io::take_stdin;
use crate::hir::{self, ExprKind};
use crate::runtime::call::cx::Cx;
use crate::runtime::python::numbers;
use crate::types::ty::Ty;

use super::args::Cli;

/// Where a job comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Origin {
    /// A file.
    File(PathBuf),
    /// Standard input.
    Stdin,
    /// A text on the command line.
    Text(String),
}

/// Commands that take a job, and which of their positional arguments it is.
const WITH_JOB: [(&str, usize); 3] = [("run", 0), ("explain", 0), ("emit", 1)];

/// Commands whose flags a job's parameters may have as names.
const WITHOUT_JOB_FLAGS: [&str; 2] = ["check", "bench"];

/// The job that the arguments name, if their command takes one.
pub(super) fn find(argv: &[OsString]) -> Option<Origin> {
    let (at, command) = subcommand(argv)?;
    let (_, position) = WITH_JOB.iter().find(|(name, _)| *name == command.get_name())?;
    let (mut positional, mut rest) = (0, argv[at + 1..].iter());
    while let Some(arg) = rest.next() {
        let text = arg.to_string_lossy();
        match flag(&command, &text) {
            Flag::Eval(Some(code)) => return Some(Origin::Text(code)),
            Flag::Eval(None) => return rest.next().map(|code| Origin::Text(code.to_string_lossy().into_owned())),
            Flag::Takes => drop(rest.next()),
            Flag::Alone => {}
            Flag::No if positional == *position => return Some(origin(arg)),
            Flag::No => positional += 1,
        }
    }
    None
}

fn origin(arg: &OsString) -> Origin {
    if arg == "-" { Origin::Stdin } else { Origin::File(PathBuf::from(arg)) }
}

/// The command of the arguments and its place.
fn subcommand(argv: &[OsString]) -> Option<(usize, Command)> {
    let cli = Cli::command();
    let mut args = argv.iter().enumerate().skip(1);
    while let Some((at, arg)) = args.next() {
        let text = arg.to_string_lossy();
        match flag(&cli, &text) {
            Flag::Takes => drop(args.next()),
            Flag::Alone | Flag::Eval(_) => {}
            Flag::No => return cli.find_subcommand(&*text).map(|command| (at, command.clone())),
        }
    }
    None
}

/// The kind of an argument.
enum Flag {
    /// `--flag` whose value follows.
    Takes,
    /// `--flag`, `--flag=value`
    Alone,
    /// `-e`, with the text if it is in the same argument.
    Eval(Option<String>),
    /// No flag.
    No,
}

fn flag(command: &Command, text: &str) -> Flag {
    if let Some(name) = text.strip_prefix("--").filter(|name| !name.is_empty()) {
        return match name.split_once('=') {
            Some(("eval", code)) => Flag::Eval(Some(code.to_owned())),
            Some(_) => Flag::Alone,
            None if name == "eval" => Flag::Eval(None),
            None => takes(command.get_arguments().find(|arg| arg.get_long() == Some(name)), name),
        };
    }
    match text.strip_prefix('-').filter(|letters| !letters.is_empty()) {
        None => Flag::No,
        Some("e") => Flag::Eval(None),
        Some(letters) => match letters.strip_prefix('e') {
            Some(code) => Flag::Eval(Some(code.trim_start_matches('=').to_owned())),
            None => Flag::Alone,
        },
    }
}

fn takes(arg: Option<&Arg>, name: &str) -> Flag {
    match arg {
        Some(arg) if arg.get_action().takes_values() => Flag::Takes,
        None if name == "color" => Flag::Takes,
        Some(_) | None => Flag::Alone,
    }
}

/// `--on-error reject DIR` is `--on-error reject:DIR`: clap has no flag of one or two values that leaves a third alone.
pub(super) fn join_reject_dir(argv: Vec<OsString>) -> Vec<OsString> {
    let mut out: Vec<OsString> = Vec::with_capacity(argv.len());
    let mut args = argv.into_iter().peekable();
    while let Some(arg) = args.next() {
        let after_flag = out.last().is_some_and(|last| last == "--on-error") && arg == "reject";
        let joined = arg == "--on-error=reject";
        match args.peek() {
            Some(dir) if (after_flag || joined) && !dir.to_string_lossy().starts_with('-') => {
                let mut whole = arg;
                whole.push(":");
                whole.push(args.next().unwrap_or_default());
                out.push(whole);
            }
            Some(_) | None => out.push(arg),
        }
    }
    out
}

/// Compiles a job.
///
/// # Errors
/// It cannot be read, or has errors; a parameter with the name of a flag of sparkc is one.
pub(super) fn compile(origin: &Origin) -> Result<CheckedJob, Box<CompileErrors>> {
    let compiled = match origin {
        Origin::File(path) => CheckedJob::load(path)?,
        Origin::Text(text) => CheckedJob::from_text("<command line>", text.clone())?,
        Origin::Stdin => {
            // A job that reads standard input too would find nothing there.
            take_stdin();
            CheckedJob::read("<stdin>", std::io::stdin().lock())?
        }
    };
    let diags = reserved(&compiled.program);
    if diags.is_empty() { Ok(compiled) } else { Err(Box::new(CompileErrors { sources: compiled.sources, diags })) }
}

/// Parameters with the name of a flag of sparkc.
pub(super) fn reserved(program: &hir::Program) -> Vec<Diag> {
    let cli = Cli::command();
    let taken = |name: &str| {
        let of = |command: &Command| command.get_arguments().any(|arg| arg.get_long() == Some(name));
        name == "help"
            || name == "version"
            || of(&cli)
            || cli.get_subcommands().filter(|c| !WITHOUT_JOB_FLAGS.contains(&c.get_name())).any(of)
    };
    let clash = |param: &hir::Param| {
        let message = format!("`--{}` is a flag of sparkc", param.name);
        Diag::error(codes::PARAM_NAME, message, param.span, "a parameter needs a name of its own")
            .help(format!("param job_{}", param.name))
    };
    program.params.iter().filter(|param| taken(&param.name)).map(clash).collect()
}

/// Reads all arguments; the flags of the job are among them if there is one.
///
/// # Errors
/// What clap says, `--help` included.
pub(super) fn parse(
    argv: &[OsString],
    compiled: Option<&CheckedJob>,
) -> Result<(Cli, Vec<(String, String)>), clap::Error> {
    let mut cli = Cli::command();
    if let Some(compiled) = compiled {
        for (name, _) in WITH_JOB {
            cli = cli.mut_subcommand(name, |command| with_params(command, compiled));
        }
    }
    let matches = cli.try_get_matches_from_mut(argv)?;
    let parsed = <Cli as clap::FromArgMatches>::from_arg_matches(&matches).map_err(|error| error.format(&mut cli))?;
    Ok((parsed, compiled.map(|compiled| values(&matches, compiled)).unwrap_or_default()))
}

fn values(matches: &ArgMatches, compiled: &CheckedJob) -> Vec<(String, String)> {
    let Some((_, matches)) = matches.subcommand() else { return Vec::new() };
    let value = |param: &hir::Param| {
        let value = matches.try_get_one::<String>(&id(param)).ok().flatten()?;
        Some((param.name.to_string(), value.clone()))
    };
    compiled.program.params.iter().filter_map(value).collect()
}

fn id(param: &hir::Param) -> String {
    format!("param:{}", param.name)
}

fn with_params(command: Command, compiled: &CheckedJob) -> Command {
    let required = command.get_name() == "run";
    let args = compiled.program.params.iter().map(|param| {
        let required = required && param.default.is_none() && !matches!(param.ty, Ty::Option(_));
        flag_of(param, compiled).required(required)
    });
    command.args(args.collect::<Vec<_>>())
}

/// The flag of a parameter.
fn flag_of(param: &hir::Param, compiled: &CheckedJob) -> Arg {
    let default = param.default.as_ref().map(|value| default_text(value, compiled));
    let arg = Arg::new(id(param))
        .long(param.name.to_string())
        .value_name(param.ty.to_string())
        .action(ArgAction::Set)
        .help_heading("Parameters of the job")
        .help(match (&param.doc, default) {
            (Some(doc), Some(default)) => format!("{doc} [default: {default}]"),
            (Some(doc), None) => doc.clone(),
            (None, Some(default)) => format!("[default: {default}]"),
            (None, None) => String::new(),
        })
        .value_parser(parser(&param.ty));
    match scalar(&param.ty) {
        Ty::Bool => arg.num_args(0..=1).default_missing_value("true"),
        Ty::Int | Ty::Float => arg.allow_negative_numbers(true),
        _ => arg,
    }
}

fn scalar(ty: &Ty) -> &Ty {
    if let Ty::Option(inner) = ty { inner } else { ty }
}

/// A default as it is written in the job.
fn default_text(value: &hir::Expr, compiled: &CheckedJob) -> String {
    match &value.kind {
        ExprKind::Str(text) => text.to_string(),
        ExprKind::None => "None".to_owned(),
        _ => compiled.sources.text(value.span).to_owned(),
    }
}

/// Checks that the text of a value fits the type; the driver reads it again.
fn parser(ty: &Ty) -> ValueParser {
    fn checked(text: &str, ok: bool, expected: &str) -> Result<String, String> {
        if ok { Ok(text.to_owned()) } else { Err(format!("expected {expected}")) }
    }
    match scalar(ty) {
        Ty::Int => ValueParser::from(|text: &str| {
            let known = numbers::int_of_str(&Cx::new(), text).map_err(|trap| trap.detail);
            known.map(|_| text.to_owned())
        }),
        Ty::Float => {
            ValueParser::from(|text: &str| checked(text, numbers::float_of_str(&Cx::new(), text).is_ok(), "a float"))
        }
        Ty::Bool => ValueParser::from(|text: &str| {
            checked(text, matches!(text, "true" | "True" | "false" | "False"), "true or false")
        }),
        _ => ValueParser::string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn argv(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    fn file(name: &str) -> Option<Origin> {
        Some(Origin::File(PathBuf::from(name)))
    }

    #[test]
    fn finds_the_job() {
        assert_eq!(find(&argv("sparkc run a.spk --least 3")), file("a.spk"));
        assert_eq!(find(&argv("sparkc run --master local[2] a.spk")), file("a.spk"));
        assert_eq!(find(&argv("sparkc --color never run --quiet --memory=1GiB a.spk")), file("a.spk"));
        assert_eq!(find(&argv("sparkc run --color never a.spk")), file("a.spk"));
        assert_eq!(find(&argv("sparkc emit pyspark a.spk")), file("a.spk"));
        assert_eq!(find(&argv("sparkc explain --plan a.spk")), file("a.spk"));
        assert_eq!(find(&argv("sparkc run -")), Some(Origin::Stdin));
        assert_eq!(find(&argv("sparkc run -q -e 1+1")), Some(Origin::Text("1+1".to_owned())));
        assert_eq!(find(&argv("sparkc check a.spk")), None);
        assert_eq!(find(&argv("sparkc run")), None);
    }

    #[test]
    fn the_directory_of_rejects_is_the_flags() {
        let joined = join_reject_dir(argv("sparkc run --on-error reject out/r a.spk"));
        assert_eq!(joined, argv("sparkc run --on-error reject:out/r a.spk"));
        assert_eq!(join_reject_dir(argv("sparkc run a.spk --on-error skip")), argv("sparkc run a.spk --on-error skip"));
    }
}
