//! Jobs for `scripts/oracle campaign`: made, run and translated here, run by PySpark and compared there.
//!
//! ```text
//! random_jobs oracle ROOT [--order pyspark]      commands come on standard input, answers go to standard output
//!   run 4711      the job of a seed is in ROOT/4711: "ready 4711"
//!   shrink 4711   smaller jobs in its stead: "try 4711", answered by `yes` if it still fails, else `no`; then "shrunk 4711"
//! ```
//!
//! `ROOT/SEED/` has `job.spk`, `job.py`, `status` (`done`, or how the job failed), `out`, the outputs below `sparkc/`, and
//! the inputs below `work/`, which was the directory of sparkc's run and is that of PySpark's: paths are the same.

use std::io::{BufRead, Write};
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use sparkc::harness::driver::CheckedJob;
use sparkc::harness::driver::Order;
use sparkc::harness::pyspark;

use crate::choices::Choices;
use crate::dialect::Dialect;
use crate::generate::{self, Job};
use crate::run::{Answer, Config, Room, WITH_SPARK};
use crate::shrink;

/// How long a failing job is shrunk: PySpark takes its time.
const SHRINK: Duration = Duration::from_secs(90);

/// Answers commands until there are no more.
pub(crate) fn serve(args: &[String]) -> ExitCode {
    let Some(root) = args.first() else { return ExitCode::FAILURE };
    let ordered = args.iter().any(|arg| arg == "--order");
    let dialect = if ordered { Dialect::SparkOrder } else { Dialect::Spark };
    let server = Server { root: PathBuf::from(root), dialect };
    let mut lines = std::io::stdin().lock().lines().map_while(Result::ok);
    while let Some(line) = lines.next() {
        let (command, seed) = line.split_once(' ').unwrap_or((&line, ""));
        let Ok(seed) = seed.parse() else { return ExitCode::FAILURE };
        if command == "shrink" {
            server.shrink(seed, &mut lines);
            say("shrunk", seed);
        } else {
            server.lay(seed, &generate::job(&mut Choices::random(dialect, seed)));
            say("ready", seed);
        }
    }
    ExitCode::SUCCESS
}

fn say(what: &str, seed: u64) {
    let mut out = std::io::stdout().lock();
    // Whoever asked is gone if this fails, and so are the questions.
    let _ = writeln!(out, "{what} {seed}").and_then(|()| out.flush());
}

struct Server {
    root: PathBuf,
    dialect: Dialect,
}

impl Server {
    fn shrink(&self, seed: u64, verdicts: &mut impl Iterator<Item = String>) {
        let mut choices = Choices::random(self.dialect, seed);
        generate::job(&mut choices);
        let mut fails = |job: &Job| {
            self.lay(seed, job);
            say("try", seed);
            verdicts.next().is_some_and(|verdict| verdict == "yes")
        };
        let (job, _) = shrink::shrink(self.dialect, choices.taken, SHRINK, &mut fails);
        self.lay(seed, &job);
    }

    /// Runs a job and lays all that is known of it into its directory.
    fn lay(&self, seed: u64, job: &Job) {
        let directory = self.root.join(seed.to_string());
        // It is there when jobs are shrunk.
        let _ = std::fs::remove_dir_all(&directory);
        let work = directory.join("work");
        // What the room leaves is removed before the inputs are laid for PySpark.
        let ran = Room::at(work.clone()).run(job, &[config(seed, self.dialect)]);
        let (answer, python) = match ran {
            Ok(mut answers) => (answers.swap_remove(0), translated(job, &work)),
            Err(why) => (Answer::failed(format!("unchecked: {why}")), String::new()),
        };
        let put = |name: &str, bytes: &[u8]| {
            let path = directory.join(name);
            let parent = path.parent().unwrap_or(&directory).to_owned();
            std::fs::create_dir_all(parent)
                .and_then(|()| std::fs::write(path, bytes))
                .expect("the root can be written");
        };
        for (name, content) in &job.inputs {
            put(&format!("work/{name}"), content);
        }
        put("job.spk", job.text.as_bytes());
        put("job.py", python.as_bytes());
        put("status", answer.status.as_bytes());
        put("out", answer.out.as_bytes());
        for (name, bytes) in &answer.files {
            put(&format!("sparkc/{name}"), bytes);
        }
    }
}

/// Both engines take turns, with and without passes.
fn config(seed: u64, dialect: Dialect) -> Config {
    let mut config = WITH_SPARK[seed as usize % WITH_SPARK.len()];
    if dialect == Dialect::SparkOrder {
        config.order = Order::PySpark;
    }
    config
}

fn translated(job: &Job, work: &Path) -> String {
    let params = [("dir".to_owned(), work.display().to_string())];
    let emit = || {
        let compiled = CheckedJob::from_text("job.spk", job.text.clone()).ok()?;
        Some(pyspark::emit(compiled.for_pyspark(), &params))
    };
    match catch_unwind(emit) {
        Ok(Some(text)) => text,
        Ok(None) | Err(_) => "raise SystemError('no translation')\n".to_owned(),
    }
}
