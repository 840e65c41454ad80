//! Random jobs that check, run by the interpreter, by the compiled engine and in one more configuration each, must leave
//! the same bytes: output, files, row errors, counts. `cargo test --test random_jobs` runs 20,000.
//!
//! ```text
//! random_jobs campaign --jobs 1000000 --from 0 --threads 2 [--hash-zero]    more of them; what differs goes to stdout
//! random_jobs one 4711        a job, what it answers, and what differs
//! random_jobs show 4711       the job
//! ```
//!
//! A job is made from its seed alone (`generate`). One that differs is shrunk (`shrink`) and printed with its input and
//! both answers. One that does not check is a failure too.

mod calls;
mod choices;
mod exprs;
mod generate;
mod idioms;
mod inputs;
mod literals;
mod pipelines;
mod run;
mod shrink;
mod types;

use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use libtest_mimic::{Arguments, Failed, Trial};

use choices::Choices;
use generate::Job;
use run::{Answer, Config, FIRST, ROTATING, Room, SECOND};

/// Jobs of a test, and tests.
const CHUNK: u64 = 1000;
const CHUNKS: u64 = 20;

/// How long a failing job is shrunk.
const SHRINK: Duration = Duration::from_secs(20);

fn main() -> ExitCode {
    // What panics is told with its job.
    if std::env::var_os("RANDOM_JOBS_PANICS").is_none() {
        std::panic::set_hook(Box::new(|_| ()));
    }
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.first().map(String::as_str) {
        Some("campaign") => campaign(&args[1..]),
        Some("one") => one(seed_of(&args)),
        Some("show") => show(seed_of(&args)),
        _ => tests(),
    }
}

fn tests() -> ExitCode {
    let trial = |chunk: u64| {
        let run = move || {
            let room = room(chunk as usize);
            let failed: Vec<String> = (chunk * CHUNK..(chunk + 1) * CHUNK)
                .filter_map(|seed| check(&room, seed, &mut Tally::default()))
                .take(3)
                .collect();
            if failed.is_empty() { Ok(()) } else { Err(failed.join("\n\n").into()) }
        };
        Trial::test(format!("seeds_{:05}", chunk * CHUNK), run)
    };
    let zero = Trial::test("hash_zero", hash_zero);
    let trials =
        (0..CHUNKS).map(trial).chain([Trial::test("rows_of_the_catalog_are_called", || Ok(all_called()?)), zero]);
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}

/// Jobs under hashes that are all the same; in a process of its own, because that is a switch of the process.
fn hash_zero() -> Result<(), Failed> {
    let this = std::env::current_exe().map_err(|error| error.to_string())?;
    let jobs = ["campaign", "--jobs", "500", "--from", "900000000", "--threads", "1", "--failures", "3", "--hash-zero"];
    let output = std::process::Command::new(this).args(jobs).output().map_err(|error| error.to_string())?;
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stdout).into_owned().into()) }
}

/// Jobs call every row of the catalog that they can.
fn all_called() -> Result<(), String> {
    let mut missing = calls::rows();
    for seed in 0..CHUNK * CHUNKS {
        let mut choices = Choices::random(seed);
        for row in generate::rows_of(&mut choices) {
            missing.remove(&row);
        }
        if missing.is_empty() {
            return Ok(());
        }
    }
    Err(format!("never called: {missing:?}"))
}

fn room(name: usize) -> Room {
    // What jobs write is synced to disk before it is published: in memory that costs nothing.
    let memory = Path::new("/dev/shm");
    let root = if memory.is_dir() { memory } else { Path::new(env!("CARGO_TARGET_TMPDIR")) };
    Room::new(root, name)
}

fn seed_of(args: &[String]) -> u64 {
    args.get(1).and_then(|text| text.parse().ok()).unwrap_or_default()
}

fn configs(seed: u64) -> Vec<Config> {
    if seed % 2 == 1 {
        return vec![FIRST, SECOND];
    }
    [&[FIRST, SECOND], ROTATING[(seed / 2) as usize % ROTATING.len()]].concat()
}

/// What became of jobs.
#[derive(Default)]
struct Tally {
    done: u64,
    failed_rows: u64,
    rejected: u64,
}

/// Runs the job of a seed; what is wrong with it.
fn check(room: &Room, seed: u64, tally: &mut Tally) -> Option<String> {
    let mut choices = Choices::random(seed);
    let job = generate::job(&mut choices);
    let configs = configs(seed);
    let first = wrong(room, &job, &configs);
    match &first {
        Ok(answer) if answer.status == "done" => tally.done += 1,
        Ok(_) => tally.failed_rows += 1,
        Err(_) => {}
    }
    let Err((kind, _)) = first else { return None };
    if kind == Kind::Unchecked {
        tally.rejected += 1;
    }
    let mut fails = |job: &Job| matches!(wrong(room, job, &configs), Err((other, _)) if other == kind);
    let time = if std::env::var_os("RANDOM_JOBS_WHOLE").is_some() { Duration::ZERO } else { SHRINK };
    let (job, _) = shrink::shrink(choices.taken, time, &mut fails);
    let what = match wrong(room, &job, &configs) {
        Err((_, what)) => what,
        Ok(_) => "it did not fail again".to_owned(),
    };
    Some(report(seed, &job, &what))
}

/// What kind of fault a job shows; a shrunk one must show the same.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Kind {
    /// The generator's fault.
    Unchecked,
    /// sparkc says that it is a bug of its own.
    Bug(&'static str),
    /// A configuration gives something else.
    Differs(&'static str),
}

fn wrong(room: &Room, job: &Job, configs: &[Config]) -> Result<Answer, (Kind, String)> {
    let mut answers = room.run(job, configs).map_err(|why| (Kind::Unchecked, why))?;
    if let Some((one, other)) = run::difference(configs, &answers) {
        let side = |at: usize| format!("==== {}\n{}", configs[at].name, answers[at].print());
        return Err((Kind::Differs(configs[other].name), format!("{}\n{}", side(one), side(other))));
    }
    if let Some(at) = answers.iter().position(Answer::is_bug) {
        return Err((Kind::Bug(configs[at].name), answers[at].print()));
    }
    Ok(answers.swap_remove(0))
}

fn report(seed: u64, job: &Job, what: &str) -> String {
    let inputs: String = job
        .inputs
        .iter()
        .map(|(name, content)| format!("---- in {name}: {:?}\n", String::from_utf8_lossy(content)))
        .collect();
    format!(
        "seed {seed} (random_jobs one {seed}), onError {:?}, {} partitions\n---- job\n{}{inputs}{what}",
        job.on_error, job.partitions, job.text
    )
}

fn one(seed: u64) -> ExitCode {
    let job = generate::job(&mut Choices::random(seed));
    let room = room(usize::MAX);
    match wrong(&room, &job, &configs(seed)) {
        Ok(answer) => {
            println!("{}", report(seed, &job, &answer.print()));
            ExitCode::SUCCESS
        }
        Err((kind, what)) => {
            println!("{}\n{kind:?}", report(seed, &job, &what));
            println!("\n==== shrunk\n{}", check(&room, seed, &mut Tally::default()).unwrap_or_default());
            ExitCode::FAILURE
        }
    }
}

fn show(seed: u64) -> ExitCode {
    println!("{}", report(seed, &generate::job(&mut Choices::random(seed)), ""));
    ExitCode::SUCCESS
}

fn flag(args: &[String], name: &str, default: u64) -> u64 {
    let at = args.iter().position(|arg| arg == name);
    at.and_then(|at| args.get(at + 1)).and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn campaign(args: &[String]) -> ExitCode {
    let (jobs, from) = (flag(args, "--jobs", 1_000_000), flag(args, "--from", CHUNK * CHUNKS));
    let (threads, most) = (flag(args, "--threads", 2), flag(args, "--failures", 20));
    if args.iter().any(|arg| arg == "--hash-zero") {
        sparkc::runtime::key::set_hash_zero(true);
    }
    let (next, failures) = (AtomicU64::new(from), AtomicU64::new(0));
    let started = Instant::now();
    let worker = |thread: u64| {
        let room = room(thread as usize);
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
    let tallies: Vec<Tally> = std::thread::scope(|scope| {
        let worker = &worker;
        let handles: Vec<_> = (0..threads).map(|thread| scope.spawn(move || worker(thread))).collect();
        handles.into_iter().map(|handle| handle.join().expect("workers catch what jobs panic with")).collect()
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
