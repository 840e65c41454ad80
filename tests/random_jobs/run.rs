//! Runs a job in this process, in several configurations, and compares all it leaves.

use std::collections::BTreeMap;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use sparkc::harness::driver::Order;
use sparkc::harness::driver::{self, CheckedJob, EngineKind, Options};
use sparkc::harness::exec::JobError;
use sparkc::harness::exec::OnError;
use sparkc::harness::exec::Settings;

use crate::generate::Job;

/// How a job is run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Config {
    pub(crate) name: &'static str,
    engine: EngineKind,
    threads: usize,
    pub(crate) passes: bool,
    block: Option<usize>,
    /// Whose order rows have.
    pub(crate) order: Order,
}

const fn config(name: &'static str, engine: EngineKind, threads: usize) -> Config {
    Config { name, engine, threads, passes: true, block: None, order: Order::Own }
}

/// The configuration that others are compared with.
pub(crate) const FIRST: Config = config("interp", EngineKind::Interp, 1);
/// The compiled engine.
pub(crate) const SECOND: Config = config("jit", EngineKind::Jit, 2);
/// The compiled engine without passes.
pub(crate) const NO_PASSES: Config = Config { passes: false, ..config("jit_no_passes", EngineKind::Jit, 1) };
/// One of these runs too, another one from job to job. What runs without passes is compared with its like: with passes
/// only where no row fails, because a function that merges fails at another row when nothing merges before the move.
pub(crate) const ROTATING: &[&[Config]] = &[
    &[config("jit_none", EngineKind::JitNone, 1)],
    &[Config { passes: false, ..config("interp_no_passes", EngineKind::Interp, 2) }, NO_PASSES],
    &[config("jit_threads_4", EngineKind::Jit, 4)],
    &[Config { block: Some(1), ..config("jit_blocks_1", EngineKind::Jit, 1) }],
    &[Config { block: Some(7), ..config("jit_blocks_7", EngineKind::Jit, 2) }],
    &[Config { block: Some(64), ..config("jit_blocks_64", EngineKind::Jit, 1) }],
    &[Config { block: Some(16), ..config("interp_blocks_16", EngineKind::Interp, 2) }],
    &[config("interp_threads_4", EngineKind::Interp, 4)],
    &[config("both", EngineKind::Both, 2)],
];

/// In these PySpark's jobs run by turns.
pub(crate) const WITH_SPARK: &[Config] = &[
    config("jit", EngineKind::Jit, 2),
    config("interp", EngineKind::Interp, 1),
    Config { passes: false, ..config("jit_no_passes", EngineKind::Jit, 1) },
    Config { passes: false, ..config("interp_no_passes", EngineKind::Interp, 2) },
];

/// The first two answers that should be the same and are not, as places in the list.
pub(crate) fn difference(configs: &[Config], answers: &[Answer]) -> Option<(usize, usize)> {
    let like = |at: usize| (0..at).find(|&other| configs[other].passes == configs[at].passes);
    (1..answers.len()).find_map(|at| match like(at) {
        Some(other) => (answers[at] != answers[other]).then_some((other, at)),
        None => {
            // Passes decide what is computed again by a later action, and so how many rows are read.
            let left = |answer: &Answer| Answer { rows: String::new(), ..answer.clone() };
            let failed = answers[at].has_failed() || answers[0].has_failed();
            (!failed && left(&answers[at]) != left(&answers[0])).then_some((0, at))
        }
    })
}

/// What a run left.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Answer {
    /// How it ended, with all that is known of an error.
    pub(crate) status: String,
    /// Standard output.
    pub(crate) out: String,
    /// Rows that were left out, and how many rows were read, kept, filtered and rejected.
    pub(crate) rows: String,
    /// Files, by their path in the job's directory.
    pub(crate) files: BTreeMap<String, Vec<u8>>,
}

impl Answer {
    /// Of a job that did not run.
    pub(crate) fn failed(status: String) -> Self {
        Self { status, out: String::new(), rows: String::new(), files: BTreeMap::new() }
    }

    /// Whether it is a fault of sparkc by itself.
    pub(crate) fn is_bug(&self) -> bool {
        self.status.starts_with("panic") || self.status.starts_with("Bug(") || self.status.contains("reason: Bug")
    }

    /// Whether it failed or left out rows.
    fn has_failed(&self) -> bool {
        self.status.starts_with("Rows(") || !self.rows.contains("total: 0,")
    }

    /// As text, for people.
    pub(crate) fn print(&self) -> String {
        let files = self.files.iter().map(|(path, bytes)| format!("{path}:\n{}", String::from_utf8_lossy(bytes)));
        format!("status: {}\nrows: {}\nout:\n{}{}", self.status, self.rows, self.out, files.collect::<String>())
    }
}

/// A directory in which jobs run one after the other.
pub(crate) struct Room {
    directory: PathBuf,
    /// Where the seed is noted.
    note: PathBuf,
}

/// When runs began, and of which seeds; by thread.
static RUNNING: Mutex<BTreeMap<String, (Instant, String)>> = Mutex::new(BTreeMap::new());

/// The seed of a job that has been running for longer than this.
pub(crate) fn late(limit: Duration) -> Option<String> {
    let running = RUNNING.lock().expect("nothing panics with it");
    running.values().find(|(since, _)| since.elapsed() > limit).map(|(_, seed)| seed.clone())
}

fn paths(root: &Path, process: u32, name: u64) -> (PathBuf, PathBuf) {
    let directory = root.join(format!("sparkc-random-{process}-{name}"));
    let note = directory.with_extension("seed");
    (directory, note)
}

/// The seed that a process was at when it died; what it left is removed.
pub(crate) fn noted(root: &Path, process: u32, name: u64) -> Option<String> {
    let (directory, note) = paths(root, process, name);
    let seed = std::fs::read_to_string(&note).ok()?;
    // Rubbish if it stays.
    let _ = (std::fs::remove_dir_all(directory), std::fs::remove_file(note));
    Some(seed)
}

impl Room {
    /// An empty directory.
    pub(crate) fn new(root: &Path, process: u32, name: u64) -> Self {
        let (directory, note) = paths(root, process, name);
        std::fs::create_dir_all(&directory).expect("the root can be written");
        Self { directory, note }
    }

    /// A directory of this name.
    pub(crate) fn at(directory: PathBuf) -> Self {
        std::fs::create_dir_all(&directory).expect("the root can be written");
        let note = directory.with_extension("seed");
        Self { directory, note }
    }

    /// Notes the seed of what runs next.
    pub(crate) fn note(&self, seed: u64) {
        std::fs::write(&self.note, seed.to_string()).expect("the root can be written");
    }

    fn begin(&self) {
        let seed = std::fs::read_to_string(&self.note).unwrap_or_default();
        let mut running = RUNNING.lock().expect("nothing panics with it");
        running.insert(self.note.display().to_string(), (Instant::now(), seed));
    }

    fn end(&self) {
        RUNNING.lock().expect("nothing panics with it").remove(&self.note.display().to_string());
    }

    /// Runs a job in these configurations; an error if it does not check.
    pub(crate) fn run(&self, job: &Job, configs: &[Config]) -> Result<Vec<Answer>, String> {
        self.begin();
        let answers = self.run_all(job, configs);
        self.end();
        answers
    }

    fn run_all(&self, job: &Job, configs: &[Config]) -> Result<Vec<Answer>, String> {
        let compiled = compile(job)?;
        self.clear(&|_| false);
        for (name, content) in &job.inputs {
            std::fs::write(self.directory.join(name), content).expect("the directory is there");
        }
        let is_input = |path: &str| job.inputs.iter().any(|(name, _)| name == path);
        let run = |config: &Config| {
            let answer = self.run_one(job, &compiled, config, &is_input);
            self.clear(&is_input);
            answer
        };
        Ok(configs.iter().map(run).collect())
    }

    fn run_one(&self, job: &Job, compiled: &CheckedJob, config: &Config, is_input: &dyn Fn(&str) -> bool) -> Answer {
        let out = Shared::default();
        let copy = out.clone();
        let options = self.options(job, config);
        let outcome = catch_unwind(AssertUnwindSafe(|| driver::run(compiled, &options, Box::new(copy), |_| ())));
        let (status, rows) = match outcome {
            Ok(outcome) => {
                let f = &outcome.figures;
                let counts = (f.rows_read, f.rows_kept, f.rows_filtered, f.rows_rejected, f.rows_written);
                (status(&outcome.result), format!("{counts:?} {:?}", outcome.rejected))
            }
            Err(panic) => (format!("panic: {}", said(&*panic)), String::new()),
        };
        let out = String::from_utf8_lossy(&out.0.lock().expect("nothing panics with it")).into_owned();
        Answer { status, out, rows, files: self.written(is_input) }
    }

    fn options(&self, job: &Job, config: &Config) -> Options {
        let mut exec =
            Settings { threads: config.threads, on_error: job.on_error, memory: 1 << 30, ..Settings::default() };
        exec.reader.block_bytes = config.block.unwrap_or(exec.reader.block_bytes);
        Options {
            engine: config.engine,
            partitions: job.partitions,
            order: config.order,
            reject_dir: (job.on_error == OnError::Reject).then(|| self.directory.join("rejects")),
            disabled_passes: if config.passes { Vec::new() } else { vec!["all".to_owned()] },
            params: vec![("dir".to_owned(), self.directory.display().to_string())],
            exec,
            ..Options::default()
        }
    }

    /// Removes what is in the directory, but for some files.
    fn clear(&self, stays: &dyn Fn(&str) -> bool) {
        for entry in std::fs::read_dir(&self.directory).into_iter().flatten().flatten() {
            if stays(&entry.file_name().to_string_lossy()) {
                continue;
            }
            let is_dir = entry.file_type().is_ok_and(|kind| kind.is_dir());
            let removed =
                if is_dir { std::fs::remove_dir_all(entry.path()) } else { std::fs::remove_file(entry.path()) };
            removed.expect("what a job wrote can be removed");
        }
    }

    fn written(&self, is_input: &dyn Fn(&str) -> bool) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        let mut directories = vec![self.directory.clone()];
        while let Some(directory) = directories.pop() {
            for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
                let path = entry.path();
                let name = path.strip_prefix(&self.directory).unwrap_or(&path).display().to_string();
                if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    directories.push(path);
                } else if !is_input(&name) {
                    files.insert(name, std::fs::read(&path).unwrap_or_default());
                }
            }
        }
        files
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        // What stays is rubbish below the target directory.
        let _ = (std::fs::remove_dir_all(&self.directory), std::fs::remove_file(&self.note));
    }
}

fn compile(job: &Job) -> Result<CheckedJob, String> {
    let compiled = catch_unwind(|| CheckedJob::from_text("job.spk", job.text.clone()));
    match compiled {
        Ok(Ok(compiled)) => Ok(compiled),
        Ok(Err(errors)) => {
            Err(errors.diags.iter().map(|diag| diag.print_report(&errors.sources, false)).collect::<String>())
        }
        Err(panic) => Err(format!("the checker panics: {}", said(&*panic))),
    }
}

fn status(result: &Result<(), JobError>) -> String {
    match result {
        Ok(()) => "done".to_owned(),
        Err(error) => format!("{error:?}"),
    }
}

fn said(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}

/// Standard output of a job.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("nothing panics with it").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
