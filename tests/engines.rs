//! What the command line says of engines: `--engine both`, `--timings` and `sparkc bench`. That a difference is found is
//! tested beside the driver (`src/driver/engines_tests.rs`), with an engine that has a fault.

use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A job with a parameter that saves, reads what it has saved, and prints.
const JOB: &str = "param n: int\n\
    range(0, n) | map x -> (x % 7, x) | reduceByKey + | saveAsTextFile \"out/sums\"\n\
    textFile(\"out/sums\") | count | print\n\
    textFile(\"in/words\") | flatMap split \" \" | map (w, 1) | reduceByKey + | sortByKey\n";

/// A directory that is removed at the end.
struct Scratch(TempDir);

impl Scratch {
    fn new() -> Self {
        let directory = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("the target directory can be written");
        let path = directory.path();
        std::fs::create_dir(path.join("in")).expect("the directory is new");
        std::fs::create_dir(path.join("tmp")).expect("the directory is new");
        std::fs::write(path.join("in/words"), "to be or not to be\n").expect("the directory is new");
        std::fs::write(path.join("job.spk"), JOB).expect("the directory is new");
        Self(directory)
    }

    fn sparkc(&self, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sparkc"));
        command.args(args).current_dir(&self.0).env("TMPDIR", self.0.path().join("tmp")).stdin(Stdio::null());
        command.output().expect("sparkc was built for this test")
    }

    fn names(&self, directory: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.path().join(directory)).into_iter().flatten().flatten();
        let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The summary among the lines of standard error.
fn summary(output: &Output) -> Value {
    let err = err(output);
    let line = err.lines().find(|line| line.starts_with("{\"status\""));
    serde_json::from_str(line.unwrap_or_else(|| panic!("{err}"))).expect("the summary is JSON")
}

#[test]
fn both_engines_publish_once() {
    let scratch = Scratch::new();
    let one = scratch.sparkc(&["run", "--json", "job.spk", "--n", "100"]);
    let files =
        ["part-00000", "part-00001"].map(|part| std::fs::read(scratch.0.path().join("out/sums").join(part)).unwrap());
    let both = scratch.sparkc(&["run", "--json", "--engine", "both", "--overwrite", "job.spk", "--n", "100"]);
    assert_eq!(both.status.code(), Some(0), "{}", err(&both));
    assert_eq!(out(&one), out(&both));
    assert_eq!(out(&both), "7\n('be', 2)\n('not', 1)\n('or', 1)\n('to', 2)\n");
    assert_eq!(scratch.names("out"), ["sums"]);
    assert_eq!(scratch.names("out/sums"), ["_SUCCESS", "part-00000", "part-00001"]);
    let again =
        ["part-00000", "part-00001"].map(|part| std::fs::read(scratch.0.path().join("out/sums").join(part)).unwrap());
    assert_eq!(files, again);
    let [one, both] = [summary(&one), summary(&both)];
    assert_eq!((one["engine"].as_str(), both["engine"].as_str()), (Some("jit"), Some("both")));
    for figure in ["rows_read", "bytes_read", "rows_shuffled", "rows_written", "tasks", "stages"] {
        assert_eq!(one["figures"][figure], both["figures"][figure], "{figure}");
    }
}

#[test]
fn a_job_that_fails_on_both_engines_publishes_nothing() {
    let scratch = Scratch::new();
    let job = "range(0, 9) | map x -> 10 // (x - 7) | saveAsTextFile \"out/x\"";
    let output = scratch.sparkc(&["run", "-q", "--engine", "both", "-e", job]);
    assert_eq!(output.status.code(), Some(3), "{}", err(&output));
    assert!(err(&output).contains("1 row failed: division by zero"), "{}", err(&output));
    assert!(!scratch.0.path().join("out").exists());
}

#[test]
fn both_engines_cannot_read_standard_input() {
    let output = Scratch::new().sparkc(&["run", "--engine", "both", "-e", "textFile(\"-\") | count | print"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(err(&output).contains("standard input can be read once only"), "{}", err(&output));
}

#[test]
fn timings_name_each_step_and_stage() {
    let scratch = Scratch::new();
    let output = scratch.sparkc(&["run", "--timings", "job.spk", "--n", "100"]);
    let err = err(&output);
    for step in ["parse", "check", "optimise", "compile", "stages", "total"] {
        assert!(err.lines().any(|line| line.starts_with(step) && line.contains(" ms")), "{step}: {err}");
    }
    for stage in ["source -> combine, shuffle by hash  job.spk:2:37 ", "combine -> text files", "source -> count"] {
        assert!(err.lines().any(|line| line.starts_with(stage)), "{stage}: {err}");
    }
    assert!(!out(&output).contains("parse"), "timings are no data");
}

#[test]
fn timings_count_what_goes_through_a_stage() {
    let job = "for i in range(3) { range(0, 100) | map x -> (x % 7, x) | reduceByKey + | collect | print }";
    let summary = summary(&Scratch::new().sparkc(&["run", "--json", "-e", job]));
    let stages = summary["timings"]["stages"].as_array().unwrap();
    let figures = |stage: &Value| ["runs", "tasks", "rows_in", "rows_out"].map(|name| stage[name].as_u64().unwrap());
    // Each of two partitions combines to seven keys; three rounds are added up.
    assert_eq!(stages.iter().map(figures).collect::<Vec<_>>(), [[3, 6, 300, 42], [3, 6, 42, 21]]);
    let times =
        ["parse", "check", "optimise", "compile", "total"].map(|name| summary["timings"][name].as_f64().unwrap());
    assert!(times.iter().all(|time| *time > 0.0), "{times:?}");
    let sum: f64 = stages.iter().map(|stage| stage["seconds"].as_f64().unwrap()).sum();
    assert!(sum < times[4], "stages run within the whole: {sum} of {}", times[4]);
    assert!(summary["peak_rss"].as_u64().unwrap() > 1 << 20);
}

#[test]
fn bench_compares_engines_and_writes_nothing_of_the_users() {
    let scratch = Scratch::new();
    std::fs::create_dir_all(scratch.0.path().join("out/sums")).unwrap();
    let args = ["bench", "job.spk", "--runs", "2", "--against", "interp,jit,jit-none", "-p", "n=100"];
    let output = scratch.sparkc(&[&args[..], &["--json"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert_eq!(err(&output), "", "progress is for terminals");
    let found: Value = serde_json::from_str(&out(&output)).unwrap();
    let engines = found["engines"].as_array().unwrap();
    assert_eq!(
        engines.iter().map(|engine| engine["engine"].as_str().unwrap()).collect::<Vec<_>>(),
        ["interp", "jit", "jit-none"]
    );
    for engine in engines {
        let seconds = &engine["seconds"];
        let [min, median, max] = ["min", "median", "max"].map(|name| seconds[name].as_f64().unwrap());
        assert!(0.0 < min && min <= median && median <= max, "{seconds}");
        assert_eq!(seconds["all"].as_array().unwrap().len(), 2);
        // A hundred numbers, the seven sums that were written, and one line of words.
        assert_eq!(engine["rows_read"], 108);
        assert!(engine["peak_memory"].as_u64().unwrap() > 1 << 20);
    }
    assert_eq!(engines[0]["ratio"], 1.0);
    assert_eq!(found["equal"]["files"], 3);
    assert_eq!(scratch.names("out/sums"), Vec::<String>::new(), "the user's directory is as it was");
    assert_eq!(scratch.names("tmp"), Vec::<String>::new());
}

#[test]
fn bench_prints_a_table() {
    let output = Scratch::new().sparkc(&["bench", "--runs", "1", "-e", "textFile(\"in/words\") | count | print"]);
    let out = out(&output);
    let words: Vec<Vec<&str>> = out.lines().take(3).map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(words[0], ["engine", "median", "min", "max", "ratio", "rows/s", "MB/s", "memory", "compile"]);
    assert_eq!((words[1][0], words[2][0]), ("interp", "jit"), "{out}");
    assert!(out.contains("1 row (19 B) read by each"), "{out}");
}

#[test]
fn bench_says_why_a_job_fails() {
    let scratch = Scratch::new();
    for (args, code, said) in [
        (&["bench", "job.spk"][..], 2, "--n <int>"),
        (&["bench", "-e", "textFile(\"nope\") | count | print"], 2, "input nope does not exist"),
        (&["bench", "-e", "range(0, 3) | map x -> 1 // x"], 3, "division by zero"),
        (&["bench", "-e", "textFile(\"-\") | count | print"], 3, "standard input can be read once only"),
        (&["bench", "job.spk", "-p", "n"], 2, "-p input=other.csv"),
    ] {
        let output = scratch.sparkc(args);
        assert_eq!((output.status.code(), out(&output)), (Some(code), String::new()), "{args:?}");
        assert!(err(&output).contains(said), "{args:?}: {}", err(&output));
    }
    assert_eq!(scratch.names("tmp"), Vec::<String>::new());
}
