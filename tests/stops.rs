//! Jobs that have to be stopped: the process ends in time, with its exit code, and leaves nothing.

use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// A row that takes minutes: no look between rows can stop it.
const ENDLESS: &str = "range(0, 2) | map x -> range(100000).map(a -> range(100000).map(b -> a * b % 7).sum()).sum() \
                       | saveAsTextFile \"out/parent/x\"";

/// A directory that is removed at the end.
struct Scratch(TempDir);

impl Scratch {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a directory of the test's own can be made"))
    }

    fn start(&self, args: &[&str]) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sparkc"));
        command.args(["run", "-q"]).args(args).current_dir(&self.0);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("sparkc starts")
    }

    fn is_empty(&self) -> bool {
        std::fs::read_dir(&self.0).expect("the directory is there").next().is_none()
    }
}

fn kill(child: &Child, signal: &str) {
    let killed =
        Command::new("kill").arg(format!("-{signal}")).arg(child.id().to_string()).status().expect("kill runs");
    assert!(killed.success());
}

fn wait_for(path: &Path) {
    let started = Instant::now();
    while !path.exists() {
        assert!(started.elapsed() < Duration::from_secs(60), "{} does not appear", path.display());
        std::thread::yield_now();
    }
}

fn shown(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Whether these tests, and so the jobs that they start, were told not to mind a closed terminal.
fn is_hangup_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 != 0)
}

#[test]
fn signals_end_a_row_that_does_not_end() {
    for (signal, code) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        if signal == "HUP" && is_hangup_ignored() {
            // Under `nohup` jobs go on, as they should.
            continue;
        }
        let scratch = Scratch::new();
        let child = scratch.start(&["-e", ENDLESS]);
        wait_for(&scratch.0.path().join("out/parent"));
        let asked = Instant::now();
        kill(&child, signal);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{signal}: {}", shown(&output));
        assert!(asked.elapsed() < Duration::from_secs(10), "{signal}");
        assert!(scratch.is_empty(), "{signal}");
    }
}

#[test]
fn a_budget_of_time_ends_a_row_that_does_not_end() {
    let scratch = Scratch::new();
    let output = scratch.start(&["--timeout", "200ms", "-e", ENDLESS]).wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(4), "{}", shown(&output));
    assert!(shown(&output).contains("--timeout"), "{}", shown(&output));
    assert!(scratch.is_empty());
}

/// Commands, and what they have started, hold their standard error open as long as they live.
#[test]
fn a_budget_of_time_ends_commands() {
    let scratch = Scratch::new();
    let job = "parallelize [\"a\", \"b\"] | pipe \"sh -c 'sleep 60 & sleep 60'\" | saveAsTextFile \"out\"";
    let asked = Instant::now();
    let output = scratch.start(&["--timeout", "200ms", "-e", job]).wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(4), "{}", shown(&output));
    assert!(asked.elapsed() < Duration::from_secs(20), "the end of standard error is waited for");
    assert!(scratch.is_empty());
}

#[test]
fn a_budget_of_memory_ends_a_row_that_holds_too_much() {
    let scratch = Scratch::new();
    let job = "range(0, 1) | map x -> sum([a * x for a in range(100000000)]) | saveAsTextFile \"out\"";
    let output = scratch.start(&["--memory", "50MiB", "-e", job]).wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(4), "{}", shown(&output));
    assert!(shown(&output).contains("out of memory"), "{}", shown(&output));
    assert!(scratch.is_empty());
}

#[test]
fn a_signal_ends_a_read_that_waits_for_ever() {
    let scratch = Scratch::new();
    let mut child = scratch.start(&["-e", "textFile(\"-\") | saveAsTextFile \"out/parent/x\""]);
    let stdin = child.stdin.take();
    wait_for(&scratch.0.path().join("out/parent"));
    kill(&child, "TERM");
    let output = child.wait_with_output().unwrap();
    drop(stdin);
    assert_eq!(output.status.code(), Some(143), "{}", shown(&output));
    assert!(scratch.is_empty());
}

#[test]
fn standard_input_is_not_read_twice() {
    let scratch = Scratch::new();
    let run = |job: &str| {
        let mut child = scratch.start(&["-e", job]);
        child.stdin.take().unwrap().write_all(b"a\nb").unwrap();
        child.wait_with_output().unwrap()
    };
    let output = run("let x = textFile(\"-\")\nx | count | print\nx | count | print");
    assert_eq!(output.status.code(), Some(2), "{}", shown(&output));
    assert!(shown(&output).contains("standard input is read twice"), "{}", shown(&output));
    let output = run("let x = textFile(\"-\") | cache\nx | count | print\nx | count | print");
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(0), &b"2\n2\n"[..]), "{}", shown(&output));
}

#[test]
fn standard_input_is_a_job_or_an_input() {
    let scratch = Scratch::new();
    let run = |job: &[u8]| {
        let mut child = scratch.start(&["-"]);
        child.stdin.take().unwrap().write_all(job).unwrap();
        child.wait_with_output().unwrap()
    };
    assert_eq!(run(b"range(3) | count | print").stdout, b"3\n");
    let output = run(b"textFile(\"-\") | count | print");
    assert_eq!(output.status.code(), Some(2), "{}", shown(&output));
    assert!(shown(&output).contains("standard input is read twice"), "{}", shown(&output));
    let output = run(b"print(\"\xff\")");
    assert_eq!(output.status.code(), Some(2), "{}", shown(&output));
    assert!(shown(&output).contains("byte 7 is not valid UTF-8"), "{}", shown(&output));
}
