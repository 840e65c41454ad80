//! One run of a job in a process of its own, so that start-up and peak memory count: what it printed and wrote stays in a
//! scratch directory, and its summary says what it read.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::exec::io::{Temporary, signals};

/// How often to look whether the run is interrupted.
const TICK: Duration = Duration::from_millis(100);

/// A directory for outputs that goes when it is dropped, or when the process is interrupted.
pub(super) struct Scratch(Temporary);

impl Scratch {
    /// A new directory among the system's temporary ones.
    ///
    /// # Errors
    /// It cannot be created.
    pub(super) fn new() -> io::Result<Self> {
        let path = std::env::temp_dir().join(format!("sparkc-bench-{}", std::process::id()));
        let temporary = Temporary::register(path.clone())?;
        std::fs::create_dir(&path)?;
        Ok(Self(temporary))
    }

    /// Where a run prints and writes.
    pub(super) fn current(&self) -> PathBuf {
        self.0.path().join("current")
    }

    /// Where the output lies with which others are compared.
    pub(super) fn first(&self) -> PathBuf {
        self.0.path().join("first")
    }
}

/// The time and memory of a run.
pub(super) struct Run {
    /// From the start of the process to its end.
    pub(super) wall: Duration,
    /// The summary that `--json` prints.
    pub(super) summary: Value,
}

/// Why there is no figure.
pub(super) enum Failed {
    /// The job failed: the exit code, and what it said.
    Job(u8, String),
    /// The process or its files could not be handled.
    Io(String, io::Error),
    /// A signal.
    Interrupted(i32),
}

/// Runs the job once; `directory` is made, and holds `stdout`, `stderr` and `files` afterwards.
pub(super) fn run(args: &[String], directory: &Path) -> Result<Run, Failed> {
    let failed = |what: &str, error| Failed::Io(format!("{what} {}", directory.display()), error);
    std::fs::create_dir(directory).map_err(|error| failed("create", error))?;
    let file = |name: &str| File::create(directory.join(name)).map_err(|error| failed("write in", error));
    let program = std::env::current_exe().map_err(|error| Failed::Io("find sparkc itself".to_owned(), error))?;
    let mut command = Command::new(program);
    command.args(["run", "--json", "--color", "never", "--outputs-below"]).arg(directory.join("files")).args(args);
    command.stdin(Stdio::null()).stdout(file("stdout")?).stderr(file("stderr")?);
    let started = Instant::now();
    let mut child = command.spawn().map_err(|error| Failed::Io("start sparkc".to_owned(), error))?;
    let (code, ended) = wait(&mut child)?;
    let said = std::fs::read_to_string(directory.join("stderr")).map_err(|error| failed("read", error))?;
    let summary = said.lines().rev().find_map(|line| serde_json::from_str::<Value>(line).ok());
    match (code, summary) {
        (Some(0), Some(summary)) => Ok(Run { wall: ended - started, summary }),
        (code, summary) => {
            let error = summary.as_ref().and_then(|summary| summary["error"].as_str()).unwrap_or(&said);
            Err(Failed::Job(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1), error.to_owned()))
        }
    }
}

/// Waits for a process in a thread that does nothing else; here it is looked at whether there is an interrupt, which is
/// passed on.
fn wait(child: &mut Child) -> Result<(Option<i32>, Instant), Failed> {
    let id = child.id();
    let (send, ended) = mpsc::channel();
    std::thread::scope(|scope| {
        // The receiver outlives the thread: what cannot be sent is wanted no more.
        scope.spawn(move || drop(send.send((child.wait(), Instant::now()))));
        let mut passed_on = false;
        loop {
            match ended.recv_timeout(TICK) {
                Ok((status, at)) => {
                    let status = status.map_err(|error| Failed::Io("wait for sparkc".to_owned(), error))?;
                    return signals::interrupted()
                        .map_or(Ok((status.code(), at)), |signal| Err(Failed::Interrupted(signal)));
                }
                Err(_) if !passed_on && signals::interrupted().is_some() => {
                    signals::terminate(id);
                    passed_on = true;
                }
                Err(_) => {}
            }
        }
    })
}
