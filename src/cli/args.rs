//! The command line as clap sees it: commands, flags and their help.
//!
//! `docs/cli.md`, the completions and `--help` are made from here. Parameters of a job become flags in `job`.

use std::path::PathBuf;
use std::time::Duration;

use bytesize::ByteSize;
use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::driver::{EngineKind, Explain, Options, Order};
use crate::exec::errors::OnError;
use crate::exec::settings::Settings;
use crate::lint::allow::{self, Which};
use crate::opt::{PASSES, Pass};

/// Compiles and runs jobs in a small typed pipeline language with the operators, names and answers of PySpark's RDD API.
#[derive(Debug, Parser)]
#[command(name = "sparkc", version, propagate_version = true, max_term_width = 100)]
pub struct Cli {
    /// The subcommand.
    #[command(subcommand)]
    pub command: Command,
    /// When to use colours; NO_COLOR is honoured
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub color: Color,
}

const MASTER_HELP: &str = "Threads: local, local[N] or local[*]. No output depends on it [default: local[*]]";

/// When to use colours.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Color {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Compile a job and run it
    Run(Run),
    /// Look for mistakes without running anything or reading data
    Check(Check),
    /// Show how a job would be computed
    Explain(ExplainArgs),
    /// Format jobs in place
    Fmt(Fmt),
    /// Look up functions and operators
    Doc(Doc),
    /// Translate a job
    Emit(Emit),
    /// Measure a job on several engines, and check that they leave the same
    Bench(Bench),
    /// Run the tasks that come as requests on standard input
    #[command(hide = true)]
    Task(TaskArgs),
    /// Print a completion script for a shell
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// Which job: a file, standard input, or a text.
#[derive(Clone, Debug, Args)]
pub struct JobArgs {
    /// The job: a file, or - for standard input. Its parameters are flags too; with a job, --help lists them
    #[arg(value_name = "JOB", required_unless_present = "eval")]
    pub job: Option<PathBuf>,
    /// The job as a text
    #[arg(short, long, value_name = "CODE", conflicts_with = "job")]
    pub eval: Option<String>,
}

/// How jobs are compiled and run.
#[derive(Clone, Debug, Args)]
pub struct SettingsArgs {
    /// How many threads run the job; no output depends on it.
    #[arg(long, value_name = "MASTER", value_parser = parse_master, help = MASTER_HELP)]
    pub master: Option<usize>,
    /// Partitions of sources and of shuffles that name none (Spark's default parallelism)
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub partitions: u32,
    /// Whose order rows have, within partitions and over them
    #[arg(long, value_enum, default_value_t = Order::Own)]
    pub order: Order,
    /// The engine that runs kernels
    #[arg(long, value_enum, default_value_t = EngineKind::Jit)]
    pub engine: EngineKind,
    /// Passes of the optimiser that do not run, or all; may be repeated
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = pass_names())]
    pub disable_pass: Vec<String>,
    /// Bytes to read at once
    #[arg(long, hide = true, value_parser = parse_bytes)]
    pub block_bytes: Option<usize>,
    /// All hashes are 0
    #[arg(long, hide = true)]
    pub hash_zero: bool,
}

/// `sparkc task`: requests are those of `sparkc run --tasks-in-process child`.
#[derive(Debug, Args)]
pub struct TaskArgs {
    /// The engine that runs kernels
    #[arg(long, value_enum, default_value_t = EngineKind::Jit)]
    pub engine: EngineKind,
    /// All hashes are 0
    #[arg(long)]
    pub hash_zero: bool,
}

/// Where tasks run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum TasksIn {
    /// In this process.
    Own,
    /// In a process for each thread.
    Child,
}

/// `sparkc run`
#[derive(Debug, Args)]
pub struct Run {
    #[command(flatten)]
    #[allow(missing_docs, reason = "the type says it")]
    pub job: JobArgs,
    #[command(flatten)]
    #[allow(missing_docs, reason = "the type says it")]
    pub settings: SettingsArgs,
    /// The treatment of rows that fail: the job fails, they are left out and counted (skip), or they are written to a
    /// directory with their reasons (reject DIR)
    #[arg(long, value_name = "fail|skip|reject DIR", default_value = "fail", value_parser = parse_on_error)]
    pub on_error: (OnError, Option<PathBuf>),
    /// The most rows that may be left out
    #[arg(long, value_name = "N")]
    pub max_rejects: Option<u64>,
    /// Replace outputs that exist
    #[arg(long)]
    pub overwrite: bool,
    /// Where tasks run
    #[arg(long, hide = true, value_enum, default_value_t = TasksIn::Own)]
    pub tasks_in_process: TasksIn,
    /// Memory that the job may hold, such as 2GiB [default: 60 % of what there is]
    #[arg(long, value_name = "SIZE", value_parser = parse_memory)]
    pub memory: Option<usize>,
    /// End the job when it takes longer, such as 30s, 5m or 1h
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub timeout: Option<Duration>,
    /// The longest line, such as 64MiB; longer ones are row errors
    #[arg(long, value_name = "SIZE", value_parser = parse_bytes)]
    pub max_line: Option<usize>,
    /// Print neither summary nor progress; warnings, losses and errors are printed
    #[arg(short, long)]
    pub quiet: bool,
    /// Print more figures in the summary
    #[arg(short, long, conflicts_with = "quiet")]
    pub verbose: bool,
    /// Print the summary as one line of JSON on standard error, errors and timings included
    #[arg(long)]
    pub json: bool,
    /// Print where the time went: parsing, checking, optimising, compiling, and each stage with rows and bytes a second
    #[arg(long)]
    pub timings: bool,
    /// Outputs go below this directory
    #[arg(long, hide = true, value_name = "DIR")]
    pub outputs_below: Option<PathBuf>,
}

/// `sparkc check`
#[derive(Debug, Args)]
pub struct Check {
    /// Jobs: files, globs, or directories with jobs below them; - for standard input
    #[arg(value_name = "FILES", required_unless_present_any = ["explain", "eval"])]
    pub files: Vec<String>,
    /// A job as a text
    #[arg(short, long, value_name = "CODE", conflicts_with_all = ["files", "explain", "fix"])]
    pub eval: Option<String>,
    /// How findings are printed
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
    /// Explain a code, such as E0203
    #[arg(long, value_name = "CODE", conflicts_with = "files")]
    pub explain: Option<String>,
    /// Do not report these: codes such as W1101, names of lints, or warnings for all; may be repeated
    #[arg(short = 'A', long, value_name = "CODE", value_delimiter = ',', value_parser = parse_which)]
    pub allow: Vec<Which>,
    /// Report these as errors, with exit code 1; may be repeated
    #[arg(short = 'D', long, value_name = "CODE", value_delimiter = ',', value_parser = parse_which)]
    pub deny: Vec<Which>,
    /// Apply the changes that findings offer, and report what is left
    #[arg(long, conflicts_with = "explain")]
    pub fix: bool,
    /// With --fix, change nothing: print the changes, and exit with 1 if there are any
    #[arg(long, requires = "fix")]
    pub diff: bool,
}

/// How findings are printed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Format {
    /// With excerpts of the source
    Human,
    /// One line each
    Concise,
    /// One JSON object
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations of a GitHub workflow
    Github,
}

/// `sparkc explain`
#[derive(Debug, Args)]
pub struct ExplainArgs {
    #[command(flatten)]
    #[allow(missing_docs, reason = "the type says it")]
    pub what: ExplainWhat,
    #[command(flatten)]
    #[allow(missing_docs, reason = "the type says it")]
    pub job: JobArgs,
    #[command(flatten)]
    #[allow(missing_docs, reason = "the type says it")]
    pub settings: SettingsArgs,
}

/// The view that `sparkc explain` shows.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub struct ExplainWhat {
    /// The plan as the job says it
    #[arg(long)]
    pub plan: bool,
    /// The work of each pass with its reason, and the plan after all of them (default)
    #[arg(long)]
    pub opt: bool,
    /// The stages
    #[arg(long)]
    pub stages: bool,
    /// The kernels
    #[arg(long)]
    pub kernels: bool,
    /// The Cranelift IR of the kernels, with the places in the job
    #[arg(long)]
    pub clif: bool,
    /// The machine code of the kernels
    #[arg(long)]
    pub asm: bool,
    /// The types of what `let` names
    #[arg(long)]
    pub types: bool,
}

impl ExplainWhat {
    /// The one that was asked for.
    pub fn chosen(&self) -> Explain {
        match self {
            Self { plan: true, .. } => Explain::Plan,
            Self { stages: true, .. } => Explain::Stages,
            Self { kernels: true, .. } => Explain::Kernels,
            Self { clif: true, .. } => Explain::Clif,
            Self { asm: true, .. } => Explain::Asm,
            Self { .. } => Explain::Opt,
        }
    }
}

/// `sparkc fmt`
#[derive(Debug, Args)]
pub struct Fmt {
    /// Jobs: files, globs, or directories; - formats standard input to standard output
    #[arg(value_name = "FILES", required = true)]
    pub files: Vec<String>,
    /// Change nothing; print what would change, and exit with 1 if something would
    #[arg(long)]
    pub check: bool,
}

/// `sparkc doc`
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct Doc {
    /// The function or operator
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
    /// Print the names of all
    #[arg(long)]
    pub names: bool,
    /// Print the whole reference as Markdown
    #[arg(long)]
    pub markdown: bool,
    /// Print the reference of codes as Markdown
    #[arg(long)]
    pub codes: bool,
    /// Print PySpark's RDD API beside what there is for it, as Markdown
    #[arg(long)]
    pub api: bool,
    /// Print the reference of this command line as Markdown
    #[arg(long)]
    pub cli: bool,
}

/// `sparkc emit`
#[derive(Debug, Args)]
pub struct Emit {
    /// Into what
    #[arg(value_enum)]
    pub language: Language,
    #[command(flatten)]
    #[allow(missing_docs, reason = "the type says it")]
    pub job: JobArgs,
}

/// `sparkc bench`
#[derive(Debug, Args)]
pub struct Bench {
    #[command(flatten)]
    #[allow(missing_docs, reason = "the type says it")]
    pub job: JobArgs,
    /// How often each engine runs the job, after one run that warms up
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub runs: u32,
    /// The engines, which run in turn; ratios are to the first, 2.00 is twice as fast
    #[arg(long, value_enum, value_name = "ENGINES", value_delimiter = ',', default_values = ["interp", "jit"])]
    pub against: Vec<EngineKind>,
    /// A parameter of the job; may be repeated
    #[arg(short, long = "param", value_name = "NAME=VALUE", value_parser = parse_param)]
    pub params: Vec<String>,
    /// How many threads run the job.
    #[arg(long, value_name = "MASTER", value_parser = parse_master, help = MASTER_HELP)]
    pub master: Option<usize>,
    /// Partitions of sources and of shuffles that name none
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub partitions: u32,
    /// Whose order rows have, within partitions and over them
    #[arg(long, value_enum, default_value_t = Order::Own)]
    pub order: Order,
    /// Passes of the optimiser that do not run, or all; may be repeated
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = pass_names())]
    pub disable_pass: Vec<String>,
    /// Memory that the job may hold, such as 2GiB [default: 60 % of what there is]
    #[arg(long, value_name = "SIZE", value_parser = parse_memory)]
    pub memory: Option<usize>,
    /// Print JSON instead of a table
    #[arg(long)]
    pub json: bool,
}

/// The target language of a translation.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Language {
    /// A Python program for Spark's RDD API
    Pyspark,
}

impl ValueEnum for EngineKind {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Jit, Self::Interp, Self::JitNone, Self::Both]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            Self::Jit => ("jit", "Machine code"),
            Self::Interp => ("interp", "The interpreter"),
            Self::JitNone => ("jit-none", "Machine code without Cranelift's optimisations"),
            Self::Both => {
                ("both", "Machine code and the interpreter: everything is run twice, and a difference is an error")
            }
        };
        Some(PossibleValue::new(name).help(help))
    }
}

impl ValueEnum for Order {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Own, Self::PySpark]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            Self::Own => ("own", "One that is fast and depends on the input only"),
            Self::PySpark => ("pyspark", "The one of PySpark with PYTHONHASHSEED=0: part files byte for byte"),
        };
        Some(PossibleValue::new(name).help(help))
    }
}

impl std::fmt::Display for Order {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let value = self.to_possible_value().expect("no order is hidden");
        f.write_str(value.get_name())
    }
}

impl std::fmt::Display for EngineKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let value = self.to_possible_value().expect("no engine is hidden");
        f.write_str(value.get_name())
    }
}

impl SettingsArgs {
    /// The driver's options; `params` are values of the job's parameters.
    pub fn options(&self, params: Vec<(String, String)>) -> Options {
        let mut exec = Settings::default();
        exec.threads = self.master.unwrap_or(exec.threads);
        exec.reader.block_bytes = self.block_bytes.unwrap_or(exec.reader.block_bytes);
        Options {
            engine: self.engine,
            partitions: self.partitions as usize,
            order: self.order,
            disabled_passes: self.disable_pass.clone(),
            params,
            exec,
            ..Options::default()
        }
    }
}

impl Run {
    /// The driver's options; `params` are values of the job's parameters.
    pub fn options(&self, params: Vec<(String, String)>) -> Options {
        let mut options = self.settings.options(params);
        (options.exec.on_error, options.reject_dir) = self.on_error.clone();
        options.outputs_below = self.outputs_below.clone();
        options.exec.max_rejects = self.max_rejects;
        options.exec.overwrite = self.overwrite;
        options.exec.memory = self.memory.unwrap_or(options.exec.memory);
        options.exec.timeout = self.timeout;
        options.exec.in_children = self.tasks_in_process == TasksIn::Child;
        options.exec.reader.max_line = self.max_line.unwrap_or(options.exec.reader.max_line);
        options
    }
}

/// The passes of the optimiser, and all of them.
fn pass_names() -> PossibleValuesParser {
    let of_pass = |pass: &Pass| PossibleValue::new(pass.name).help(pass.doc);
    let names = PASSES.iter().map(of_pass);
    names.chain([PossibleValue::new("all").help("All of them.")]).collect::<Vec<_>>().into()
}

fn parse_master(text: &str) -> Result<usize, String> {
    let inner = text.strip_prefix("local[").and_then(|rest| rest.strip_suffix(']'));
    match (text, inner) {
        ("local", _) => Ok(1),
        (_, Some("*")) => Ok(std::thread::available_parallelism().map_or(1, usize::from)),
        (_, Some(n)) => match n.parse() {
            Ok(threads @ 1..=1024) => Ok(threads),
            _ => Err("expected a number of threads from 1 to 1024 in the brackets".to_owned()),
        },
        _ => Err("expected local, local[N] or local[*]: jobs run on this machine".to_owned()),
    }
}

fn parse_on_error(text: &str) -> Result<(OnError, Option<PathBuf>), String> {
    match text.split_once(':').unwrap_or((text, "")) {
        ("fail", "") => Ok((OnError::Fail, None)),
        ("skip", "") => Ok((OnError::Skip, None)),
        ("reject", dir) if !dir.is_empty() => Ok((OnError::Reject, Some(PathBuf::from(dir)))),
        ("reject", _) => Err("reject needs a directory: --on-error reject out/rejects".to_owned()),
        _ => Err("expected fail, skip, or reject with a directory".to_owned()),
    }
}

fn parse_which(text: &str) -> Result<Which, String> {
    match allow::warning(text) {
        _ if text == "warnings" => Ok(Which::All),
        Some(code) => Ok(Which::One(code)),
        None => {
            Err("expected the code of a warning, the name of a lint, or warnings; sparkc doc --codes lists them"
                .to_owned())
        }
    }
}

fn parse_param(text: &str) -> Result<String, String> {
    match text.split_once('=') {
        Some((name, _)) if !name.is_empty() && !name.starts_with('-') => Ok(text.to_owned()),
        _ => Err("expected a name and a value: -p input=other.csv".to_owned()),
    }
}

/// `64MiB`, `2G`, `500kB`, `1024`. A letter alone is binary, as in Spark.
fn parse_bytes(text: &str) -> Result<usize, String> {
    let is_letter = text.ends_with(|c: char| "kmgtp".contains(c.to_ascii_lowercase()));
    let size = format!("{}{}", text.trim(), if is_letter { "iB" } else { "" }).parse::<ByteSize>();
    let in_range = size.ok().filter(|size| (1..10_u64.pow(18)).contains(&size.as_u64()));
    in_range.map(|size| size.as_u64() as usize).ok_or("expected a size such as 500MB, 64MiB or 2GiB".to_owned())
}

/// A budget of memory: a size that a job can run in. A number alone is bytes, which nobody means by `--memory 2`.
fn parse_memory(text: &str) -> Result<usize, String> {
    let size = parse_bytes(text)?;
    if size >= 16 << 20 {
        return Ok(size);
    }
    let number = text.trim();
    let meant = if number.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        format!("; a number alone is bytes: {number}GiB or {number}MiB has a unit")
    } else {
        String::new()
    };
    Err(format!("the least is 16MiB{meant}"))
}

/// `30s`, `1.5m`, `1h 30m`, `250ms`; a number alone is seconds.
fn parse_duration(text: &str) -> Result<Duration, String> {
    let is_number = !text.contains(|c: char| !c.is_ascii_digit() && c != '.');
    let time = humantime::parse_duration(&format!("{text}{}", if is_number { "s" } else { "" }));
    let in_range = time.ok().filter(|time| time.as_secs() < 10_u64.pow(9));
    in_range.ok_or_else(|| "expected a time such as 30s, 5m or 1h".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clap_finds_no_fault() {
        use clap::CommandFactory as _;
        Cli::command().debug_assert();
    }

    #[test]
    fn sizes_and_times() {
        assert_eq!(parse_bytes("2GiB"), Ok(2 << 30));
        assert_eq!(parse_bytes("500kB"), Ok(500_000));
        assert_eq!(parse_bytes("64m"), Ok(64 << 20));
        assert_eq!(parse_bytes("1.5 G"), Ok(3 << 29));
        assert_eq!(parse_bytes("1024"), Ok(1024));
        assert!(parse_bytes("GiB").is_err());
        assert!(parse_bytes("0").is_err());
        assert_eq!(parse_memory("16MiB"), Ok(16 << 20));
        assert_eq!(
            parse_memory("2"),
            Err("the least is 16MiB; a number alone is bytes: 2GiB or 2MiB has a unit".to_owned())
        );
        assert_eq!(parse_memory("8MiB"), Err("the least is 16MiB".to_owned()));
        assert_eq!(parse_duration("1.5m"), Ok(Duration::from_secs(90)));
        assert_eq!(parse_duration("30"), Ok(Duration::from_secs(30)));
        assert_eq!(parse_duration("250ms"), Ok(Duration::from_millis(250)));
        assert!(parse_duration("soon").is_err());
    }

    #[test]
    fn masters() {
        assert_eq!(parse_master("local"), Ok(1));
        assert_eq!(parse_master("local[3]"), Ok(3));
        assert!(parse_master("local[0]").is_err());
        assert!(parse_master("yarn").is_err());
    }
}
