//! The memory of an aggregation of texts is that of its keys: ten times the input takes no more. `scripts/memory` does the
//! same with files of 100 MB and 1 GB. What does grow with the input ends a job at its budget.

use std::process::{Command, Stdio};

use tempfile::NamedTempFile;

/// How many words there are.
const WORDS: usize = 5000;

/// A file that is removed at the end.
struct Input(NamedTempFile);

impl Input {
    /// A file of the same words over and over, up to a size.
    fn new(bytes: usize) -> Self {
        // A name with a point before it is hidden, and no input.
        let file = tempfile::Builder::new().prefix("words").tempfile_in(env!("CARGO_TARGET_TMPDIR"));
        let file = file.expect("the target directory can be written");
        let words: String = (0..WORDS).map(|n| format!("word{:0>1$}\n", n * 7919 % WORDS, 4 + n % 11)).collect();
        std::fs::write(&file, words.repeat(bytes / words.len())).expect("the target directory can be written");
        Self(file)
    }

    /// The most memory that was resident while sparkc counted the words, in bytes.
    fn peak(&self) -> u64 {
        let job = format!(
            "textFile \"{}\" | flatMap split \" \" | map (w, 1) | reduceByKey + | count | print",
            self.0.path().display()
        );
        let output = Command::new(env!("CARGO_BIN_EXE_sparkc"))
            .args(["run", "--json", "--engine", "jit", "--master", "local[2]", "-e", &job])
            .stdin(Stdio::null())
            .output()
            .expect("sparkc was built for this test");
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(String::from_utf8_lossy(&output.stdout), format!("{WORDS}\n"), "{err}");
        let summary = err.lines().find(|line| line.starts_with("{\"status\"")).expect("there is a summary");
        let summary: serde_json::Value = serde_json::from_str(summary).expect("the summary is JSON");
        summary["peak_rss"].as_u64().expect("it counts memory")
    }
}

#[test]
fn a_larger_input_of_the_same_words_takes_no_more() {
    let [small, large] = [2 << 20, 20 << 20].map(|bytes| Input::new(bytes).peak());
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    assert!(large < small + (8 << 20), "{:.1} MiB, and {:.1} MiB for ten times the input", mib(small), mib(large));
}

/// What a job says that is to end at its budget: with the place that holds so much, and what would help.
fn over_budget(args: &[&str], job: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_sparkc"))
        .args(["run", "--memory", "16MiB", "--master", "local[1]"])
        .args(args)
        .args(["-e", job])
        .stdin(Stdio::null())
        .output()
        .expect("sparkc was built for this test");
    let err = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(4), "{job}: {err}");
    assert!(
        err.contains("and the budget is 16.8 MB") && err.contains("a larger budget (--memory 4GiB)"),
        "{job}: {err}"
    );
    err
}

#[test]
fn what_a_job_holds_ends_it_at_its_budget() {
    let jobs = [
        ("range(0, 800000) | map n -> f\"{n:040d}\"", "1:20"),
        ("range(0, 800000) | map n -> f\"{n:040d}\" | takeOrdered 600000 | len | print", "1:43"),
    ];
    for (job, place) in jobs {
        for engine in ["interp", "jit"] {
            let err = over_budget(&["--engine", engine], job);
            assert!(err.contains(place), "{job}: {err}");
        }
    }
}

#[test]
fn what_one_row_gives_is_charged_where_it_is_held_back() {
    let job = "range(0, 1) | flatMap n -> [n + a for a in range(0, 2000)] | flatMap n -> [n + a for a in range(0, 2000)] | count | print";
    over_budget(&["--engine", "jit", "--on-error", "skip"], job);
}
