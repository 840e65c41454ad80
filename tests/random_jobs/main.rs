//! Random jobs that check, run by the interpreter, by the compiled engine and in one more configuration each, must leave
//! the same bytes: output, files, row errors, counts. `cargo test --test random_jobs` runs 20,000.
//!
//! ```text
//! random_jobs campaign --jobs 1000000 --from 0 --threads 2 [--hash-zero]    more of them; what differs goes to stdout
//! random_jobs one 4711        a job, what it answers, and what differs
//! random_jobs show 4711       the job
//! random_jobs lints --jobs 10000 --from 0     jobs before and after the fixes of lints; `lint 17` is one of them
//! ```
//!
//! A job is made from its seed alone (`generate`). One that differs is shrunk (`shrink`) and printed with its input and
//! both answers. One that does not check is a failure too.

#![expect(clippy::wildcard_enum_match_arm, reason = "asks for a few of the many forms of expressions and types")]

mod calls;
mod campaign;
mod choices;
mod dialect;
mod exprs;
mod generate;
mod idioms;
mod inputs;
mod lints;
mod literals;
mod oracle;
mod pipelines;
mod run;
mod shrink;
mod spark;
mod types;

use std::process::ExitCode;
use std::time::Duration;

use libtest_mimic::{Arguments, Trial};

use choices::Choices;
use dialect::Dialect;
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
        Some("campaign") => campaign::campaign(&args[1..]),
        Some("oracle") => oracle::serve(&args[1..]),
        Some("one") => one(seed_of(&args)),
        Some("show") => show(seed_of(&args)),
        Some("lints") => {
            lints::campaign(&room(0), campaign::flag(&args, "--from", 0), campaign::flag(&args, "--jobs", 10_000))
        }
        Some("lint") => lints::one(&room(0), seed_of(&args)),
        _ => tests(),
    }
}

fn tests() -> ExitCode {
    let seeds =
        |first: u64| move || campaign::in_process(&["--jobs", &CHUNK.to_string(), "--from", &first.to_string()]);
    let trial = |chunk: u64| Trial::test(format!("seeds_{:05}", chunk * CHUNK), seeds(chunk * CHUNK));
    let others = [
        Trial::test("rows_of_the_catalog_are_called", || Ok(all_called(Dialect::Engines)?)),
        Trial::test("rows_of_the_catalog_are_called_with_spark", || Ok(all_called(Dialect::Spark)?)),
        Trial::test("fixes_of_lints", || campaign::lints_in_process(1500)),
        // Hashes that are all the same are a switch of the process.
        Trial::test("hash_zero", || campaign::in_process(&["--jobs", "500", "--from", "900000000", "--hash-zero"])),
    ];
    libtest_mimic::run(&Arguments::from_args(), (0..CHUNKS).map(trial).chain(others).collect()).exit_code()
}

/// Jobs call every row of the catalog that they can.
fn all_called(dialect: Dialect) -> Result<(), String> {
    let mut missing = calls::rows(dialect);
    // A row whose type is rare takes more jobs to be met than are run.
    let most = CHUNK * CHUNKS * if dialect.is_spark() { 2 } else { 5 };
    for seed in 0..most {
        let mut choices = Choices::random(dialect, seed);
        for row in generate::rows_of(&mut choices) {
            missing.remove(&row);
        }
        if missing.is_empty() {
            return Ok(());
        }
    }
    Err(format!("never called: {missing:?}"))
}

/// A room for the jobs of a thread.
fn room(name: u64) -> Room {
    Room::new(&campaign::root(), std::process::id(), name)
}

fn seed_of(args: &[String]) -> u64 {
    args.get(1).and_then(|text| text.parse().ok()).unwrap_or_default()
}

fn configs(seed: u64) -> Vec<Config> {
    if !seed.is_multiple_of(3) {
        return vec![FIRST, SECOND];
    }
    [&[FIRST, SECOND], ROTATING[(seed / 3) as usize % ROTATING.len()]].concat()
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
    room.note(seed);
    let mut choices = Choices::random(Dialect::Engines, seed);
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
    let (job, _) = shrink::shrink(Dialect::Engines, choices.taken, time, &mut fails);
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
    let job = generate::job(&mut Choices::random(Dialect::Engines, seed));
    let room = room(0);
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
    println!("{}", report(seed, &generate::job(&mut Choices::random(Dialect::Engines, seed)), ""));
    ExitCode::SUCCESS
}
