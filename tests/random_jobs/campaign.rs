//! Many jobs after each other: seeds are dealt to threads, what is wrong is printed, and at the end how many there were.
//!
//! Machine code that is wrong may end the process. So tests run their seeds in a process of their own, which notes the
//! seed it is at; and a job that does not end is told by a watcher.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use libtest_mimic::Failed;

use crate::{CHUNK, CHUNKS, Tally, check, room};

/// How long a job may take in all its configurations.
const LIMIT: Duration = Duration::from_secs(180);

/// Where jobs run. What they write is synced before it is published; in memory that costs nothing.
pub(crate) fn root() -> PathBuf {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { memory.to_owned() } else { Path::new(env!("CARGO_TARGET_TMPDIR")).to_owned() }
}

/// Runs a campaign of one thread in another process.
pub(crate) fn in_process(args: &[&str]) -> Result<(), Failed> {
    run_itself(&[&["campaign"], args, &["--threads", "1", "--failures", "3"]].concat())
}

/// Runs jobs before and after the fixes of lints in another process.
pub(crate) fn lints_in_process(jobs: u64) -> Result<(), Failed> {
    run_itself(&["lints", "--jobs", &jobs.to_string()])
}

fn run_itself(args: &[&str]) -> Result<(), Failed> {
    let this = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut command = Command::new(this);
    command.args(args);
    let child = command.stdout(std::process::Stdio::piped()).spawn().map_err(|error| error.to_string())?;
    let id = child.id();
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    let mut said = String::from_utf8_lossy(&output.stdout).into_owned();
    if let Some(seed) = crate::run::noted(&root(), id, 0) {
        said += &format!("{}, at seed {seed}: random_jobs show {seed}", output.status);
    }
    Err(said.into())
}

/// The number behind a flag.
pub(crate) fn flag(args: &[String], name: &str, default: u64) -> u64 {
    let at = args.iter().position(|arg| arg == name);
    at.and_then(|at| args.get(at + 1)).and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// Runs jobs as the arguments say.
pub(crate) fn campaign(args: &[String]) -> ExitCode {
    let (jobs, from) = (flag(args, "--jobs", 1_000_000), flag(args, "--from", CHUNK * CHUNKS));
    let (threads, most) = (flag(args, "--threads", 2), flag(args, "--failures", 20));
    if args.iter().any(|arg| arg == "--hash-zero") {
        sparkc::harness::runtime::key::set_hash_zero(true);
    }
    let (next, failures) = (AtomicU64::new(from), AtomicU64::new(0));
    let started = Instant::now();
    let worker = |thread: u64| {
        let room = room(thread);
        let mut tally = Tally::default();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= from + jobs || failures.load(Ordering::Relaxed) >= most {
                return tally;
            }
            if let Some(failure) = check(&room, seed, &mut tally) {
                failures.fetch_add(1, Ordering::Relaxed);
                println!("{failure}\n\n################\n");
            }
            if (seed - from) % 10_000 == 9_999 {
                eprintln!("{} jobs, {:.0} s, {failures:?} failures", seed - from + 1, started.elapsed().as_secs_f64());
            }
        }
    };
    let done = AtomicBool::new(false);
    let tallies: Vec<Tally> = std::thread::scope(|scope| {
        let worker = &worker;
        let watcher = scope.spawn(|| watch(&done));
        let handles: Vec<_> = (0..threads).map(|thread| scope.spawn(move || worker(thread))).collect();
        let join =
            |handle: std::thread::ScopedJoinHandle<'_, Tally>| handle.join().expect("workers catch panics of jobs");
        let tallies = handles.into_iter().map(join).collect();
        done.store(true, Ordering::Relaxed);
        watcher.thread().unpark();
        tallies
    });
    let sum = |of: &dyn Fn(&Tally) -> u64| tallies.iter().map(of).sum::<u64>();
    println!(
        "{jobs} jobs from seed {from}: {} ended well, {} in errors of rows or of the driver, {} did not check, {} failures; {:.0} s",
        sum(&|t| t.done),
        sum(&|t| t.failed_rows),
        sum(&|t| t.rejected),
        failures.load(Ordering::Relaxed),
        started.elapsed().as_secs_f64()
    );
    if failures.load(Ordering::Relaxed) == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Ends the process when a job does not end.
fn watch(done: &AtomicBool) {
    while !done.load(Ordering::Relaxed) {
        std::thread::park_timeout(Duration::from_secs(5));
        if let Some(seed) = crate::run::late(LIMIT) {
            println!("seed {seed} takes more than {LIMIT:?}: random_jobs show {seed}");
            std::process::abort();
        }
    }
}
