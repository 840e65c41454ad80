//! `sparkc bench`: a job on several engines in turn, each run in a process of its own.
//!
//! ```text
//! engine   median      min      max  ratio     rows/s   MB/s   memory  compile
//! interp  2.310 s  2.290 s  2.400 s   1.00    432,900   45.5  34.1 MB  0.12 ms
//! jit     0.231 s  0.228 s  0.240 s  10.00  4,329,000  455.0  35.0 MB  4.10 ms
//!
//! 5 runs of each engine in turn, after one to warm up; 1,000,000 rows (105.0 MB) read by each
//! all runs printed the same and wrote the same 3 files, byte for byte (1.4 MB)
//! ```
//!
//! Engines alternate, so that a machine that gets slower does so for all; the first round is not counted. Times are of
//! the whole process. Output of the job goes to a temporary directory, is compared with that of the first run, and
//! removed: a difference is a bug of sparkc (exit code 70).

mod child;
mod equal;

use std::io::{self, IsTerminal as _, Read as _};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};

use crate::base::codes::ENGINES_DIFFER;
use crate::driver::EngineKind;
use crate::exec::io::signals;

use super::args::Bench;
use super::exit;
use super::report::{self, Reporter, bytes, grouped};
use super::run::print;
use super::table::{rate, table, time};
use child::{Failed, Run, Scratch};
use equal::{Difference, Extent};

/// Why there is no table: an exit code and what to say.
struct Stop(u8, String);

/// The figures of an engine.
struct Measured {
    engine: EngineKind,
    /// Of the runs that count, in their order.
    runs: Vec<Run>,
}

/// Measures a job.
pub(super) fn bench(args: &Bench, reporter: Reporter) -> u8 {
    match measure(args) {
        Ok((measured, extent)) if args.json => print(&format!("{:#}\n", to_json(args, &measured, extent))),
        Ok((measured, extent)) => print(&to_table(args, &measured, extent)),
        Err(Stop(code, message)) => {
            reporter.say(&message);
            code
        }
    }
}

fn measure(args: &Bench) -> Result<(Vec<Measured>, Extent), Stop> {
    let failed = |what: &str, error: io::Error| Stop(exit::IO, format!("error: cannot {what}: {error}\n"));
    signals::install().map_err(|error| failed("handle signals", error))?;
    let job = job_args(args)?;
    let scratch = Scratch::new().map_err(|error| failed("create a temporary directory", error))?;
    let bar = Bar::new(args);
    let mut measured: Vec<Measured> = Vec::new();
    for engine in &args.against {
        if measured.iter().all(|known| known.engine != *engine) {
            measured.push(Measured { engine: *engine, runs: Vec::new() });
        }
    }
    let (first, mut extent) = (measured[0].engine, Extent::default());
    for round in 0..=args.runs {
        for engine in &mut measured {
            bar.show(engine.engine, round);
            let run_args: Vec<String> =
                ["--engine".to_owned(), engine.engine.to_string()].into_iter().chain(job.clone()).collect();
            let run = child::run(&run_args, &scratch.current()).map_err(stop)?;
            extent = keep_or_compare(&scratch, [first, engine.engine])?;
            if round > 0 {
                engine.runs.push(run);
            }
        }
    }
    Ok((measured, extent))
}

/// Keeps what the first run has left; what others have left is compared with it and removed.
fn keep_or_compare(scratch: &Scratch, engines: [EngineKind; 2]) -> Result<Extent, Stop> {
    let failed = |error: io::Error| Stop(exit::IO, format!("error: cannot compare what the runs have left: {error}\n"));
    let (current, first) = (scratch.current(), scratch.first());
    if !first.exists() {
        std::fs::rename(&current, &first).map_err(failed)?;
        return equal::compare(&first, &first).map_err(failed)?.map_err(|difference| differ(engines, &difference));
    }
    let found = equal::compare(&first, &current).map_err(failed)?;
    std::fs::remove_dir_all(&current).map_err(failed)?;
    found.map_err(|difference| differ(engines, &difference))
}

fn differ([first, other]: [EngineKind; 2], difference: &Difference) -> Stop {
    let Difference { place, sides: [left, right] } = difference;
    let what = format!("{other} does not leave what the first run ({first}) left: {place}");
    let side = |name: EngineKind, text: &str| format!("  {name}: {}\n", report::excerpt(text));
    let told = report::bug(&what).replacen("E0999", ENGINES_DIFFER.0, 1);
    Stop(exit::BUG, format!("{told}{}{}", side(first, left), side(other, right)))
}

fn stop(failed: Failed) -> Stop {
    match failed {
        Failed::Job(code, said) => Stop(code, format!("{}\nerror: a run of the job has failed\n", said.trim_end())),
        Failed::Io(what, error) => Stop(exit::IO, format!("error: cannot {what}: {error}\n")),
        Failed::Interrupted(signal) => {
            Stop(u8::try_from(signals::exit_code(signal)).unwrap_or(exit::FAILED), "error: interrupted\n".to_owned())
        }
    }
}

/// The arguments of `sparkc run` for the job, engine excepted.
fn job_args(args: &Bench) -> Result<Vec<String>, Stop> {
    let mut out = vec!["--partitions".to_owned(), args.partitions.to_string()];
    out.extend(["--order".to_owned(), args.order.to_string()]);
    if let Some(threads) = args.master {
        out.extend(["--master".to_owned(), format!("local[{threads}]")]);
    }
    if let Some(memory) = args.memory {
        out.extend(["--memory".to_owned(), memory.to_string()]);
    }
    out.extend(args.disable_pass.iter().flat_map(|pass| ["--disable-pass".to_owned(), pass.clone()]));
    match (&args.job.job, &args.job.eval) {
        (Some(path), _) if path.as_os_str() == "-" => {
            let mut text = String::new();
            let read = io::stdin().read_to_string(&mut text);
            read.map_err(|error| Stop(exit::IO, format!("error: the job cannot be read: {error}\n")))?;
            out.extend(["-e".to_owned(), text]);
        }
        (Some(path), _) => out.push(path.display().to_string()),
        (None, code) => out.extend(["-e".to_owned(), code.clone().unwrap_or_default()]),
    }
    for param in &args.params {
        out.push(format!("--{param}"));
    }
    Ok(out)
}

/// Which run is under way, on a terminal's standard error only. It is drawn between runs, never during one.
struct Bar(ProgressBar, u32);

impl Bar {
    fn new(args: &Bench) -> Self {
        let target =
            if io::stderr().is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        bar.set_style(ProgressStyle::with_template("{msg}").expect("the template is well formed"));
        Self(bar, args.runs)
    }

    fn show(&self, engine: EngineKind, round: u32) {
        let Self(bar, runs) = self;
        bar.set_message(if round == 0 {
            format!("{engine}: warming up")
        } else {
            format!("{engine}: run {round} of {runs}")
        });
        bar.tick();
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

impl Measured {
    /// Shortest, median and longest time.
    fn spread(&self) -> [Duration; 3] {
        let walls = sorted(self.runs.iter().map(|run| run.wall));
        [walls[0], median(&walls), walls[walls.len() - 1]]
    }

    /// A figure of the summaries, the median.
    fn figure(&self, of: impl Fn(&Value) -> &Value) -> f64 {
        let mut all: Vec<f64> = self.runs.iter().map(|run| of(&run.summary).as_f64().unwrap_or(0.0)).collect();
        all.sort_by(f64::total_cmp);
        all[(all.len() - 1) / 2]
    }

    fn rows(&self) -> u64 {
        self.figure(|summary| &summary["figures"]["rows_read"]) as u64
    }

    fn bytes(&self) -> u64 {
        self.figure(|summary| &summary["figures"]["bytes_read"]) as u64
    }

    /// The most memory of any run.
    fn memory(&self) -> u64 {
        self.runs.iter().filter_map(|run| run.summary["peak_rss"].as_u64()).max().unwrap_or(0)
    }
}

fn sorted(walls: impl Iterator<Item = Duration>) -> Vec<Duration> {
    let mut walls: Vec<Duration> = walls.collect();
    walls.sort();
    walls
}

/// The middle of sorted times; between the two middle ones if their number is even.
fn median(sorted: &[Duration]) -> Duration {
    (sorted[(sorted.len() - 1) / 2] + sorted[sorted.len() / 2]) / 2
}

/// How many times as fast as the first engine.
fn ratio(first: &Measured, other: &Measured) -> f64 {
    first.spread()[1].as_secs_f64() / other.spread()[1].as_secs_f64().max(1e-9)
}

fn to_table(args: &Bench, measured: &[Measured], extent: Extent) -> String {
    let header = ["engine", "median", "min", "max", "ratio", "rows/s", "MB/s", "memory", "compile"];
    let row = |engine: &Measured| {
        let [min, median, max] = engine.spread();
        let compile = engine.figure(|summary| &summary["timings"]["compile"]);
        vec![
            engine.engine.to_string(),
            time(median),
            time(min),
            time(max),
            format!("{:.2}", ratio(&measured[0], engine)),
            grouped(rate(engine.rows(), median) as u64),
            format!("{:.1}", rate(engine.bytes(), median) / 1e6),
            bytes(engine.memory()),
            time(Duration::from_secs_f64(compile.max(0.0))),
        ]
    };
    let rows: Vec<Vec<String>> = measured.iter().map(row).collect();
    let (read, size) = (report::plural(measured[0].rows(), "row"), bytes(measured[0].bytes()));
    let runs = report::plural(u64::from(args.runs), "run");
    let files = match extent.files {
        0 => String::new(),
        files => format!(" and wrote the same {}", report::plural(files, "file")),
    };
    format!(
        "{}\n{runs} of each engine in turn, after one to warm up; {read} ({size}) read by each\nall runs printed the same{files}, \
         byte for byte ({})\n",
        table(&header, 1, &rows),
        bytes(extent.bytes)
    )
}

fn to_json(args: &Bench, measured: &[Measured], extent: Extent) -> Value {
    let one = |engine: &Measured| {
        let [min, median, max] = engine.spread();
        json!({
            "engine": engine.engine.to_string(),
            "seconds": {
                "median": median.as_secs_f64(),
                "min": min.as_secs_f64(),
                "max": max.as_secs_f64(),
                "all": engine.runs.iter().map(|run| run.wall.as_secs_f64()).collect::<Vec<_>>(),
            },
            "ratio": ratio(&measured[0], engine),
            "job_seconds": engine.figure(|summary| &summary["seconds"]),
            "compile_seconds": engine.figure(|summary| &summary["timings"]["compile"]),
            "kernels": engine.figure(|summary| &summary["timings"]["kernels"]) as u64,
            "rows_read": engine.rows(),
            "bytes_read": engine.bytes(),
            "rows_per_second": rate(engine.rows(), median),
            "bytes_per_second": rate(engine.bytes(), median),
            "peak_memory": engine.memory(),
        })
    };
    json!({
        "job": args.job.job.as_ref().map(|path| path.display().to_string()),
        "runs": args.runs,
        "engines": measured.iter().map(one).collect::<Vec<_>>(),
        "equal": { "files": extent.files, "bytes": extent.bytes },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_even_numbers_is_between() {
        let ms = |times: &[u64]| median(&sorted(times.iter().map(|ms| Duration::from_millis(*ms))));
        assert_eq!(ms(&[3, 1, 2]), Duration::from_millis(2));
        assert_eq!(ms(&[4, 1, 2, 9]), Duration::from_millis(3));
    }
}
