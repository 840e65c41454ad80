//! `--engine both` finds what an engine gets wrong: the second one here adds where it should multiply.

use super::*;
use crate::engine::Engine;
use crate::exec::settings::Settings;
use crate::kir::{Func, Inst};
use crate::runtime::call::prim::Prim;

/// An interpreter with a fault.
struct Faulty;

impl Engine for Faulty {
    fn compile(&self, func: &Func) -> Arc<dyn crate::engine::Code> {
        let mut func = func.clone();
        spoil(&mut func.body);
        Interp.compile(&func)
    }

    fn name(&self) -> &'static str {
        "faulty"
    }
}

fn spoil(body: &mut [Inst]) {
    for inst in body {
        match inst {
            Inst::Prim { prim: prim @ Prim::IMul, .. } => *prim = Prim::IAdd,
            Inst::If { then, otherwise, .. } => {
                spoil(then);
                spoil(otherwise);
            }
            Inst::For { body, .. } => spoil(body),
            _ => {}
        }
    }
}

/// The message about the difference between the two engines.
fn found(job: &str) -> (String, String, [String; 2]) {
    let compiled =
        CheckedJob::from_text("job.spk", job.to_owned()).unwrap_or_else(|errors| panic!("{:?}", errors.diags));
    let options = Options { exec: Settings { threads: 2, ..Settings::default() }, ..Options::default() };
    let mut job = Job::new(&compiled, &options, Box::new(std::io::sink()), None).unwrap();
    job.exec.compare_with(Box::new(Rows::new(Box::new(Cache::new(Faulty)))));
    match job.run_program() {
        Err(JobError::EnginesDiffer(difference)) => {
            let [(one, left), (other, right)] = difference.found;
            assert_eq!((one, other), ("jit", "faulty"));
            (difference.place, difference.what, [left, right])
        }
        other => panic!("{other:?}"),
    }
}

fn assert_found(job: &str, place: &str, what: &str, left: &str, right: &str) {
    let (found_place, found_what, sides) = found(job);
    assert_eq!((&*found_place, &*found_what, &*sides[0], &*sides[1]), (place, what, left, right), "{job}");
}

#[test]
fn rows_that_differ_are_found() {
    let job = "range(0, 6) | map x -> (x, x * 2) | collect | print";
    assert_found(job, "stage 0, partition 0", "row 0", "(0, 0)", "(0, 2)");
    let job = "parallelize [2, 2, 2, 3] | map x -> x * 2 | collect | print";
    assert_found(job, "stage 0, partition 1", "row 1", "6", "5");
    let job = "parallelize [\"a\", \"b\"], 1 | filter w -> len(w) * 2 > 2 | collect | print";
    assert_found(job, "stage 0, partition 0", "row 0 (0 and 2 rows)", "no row", "'a'");
}

#[test]
fn shuffled_pairs_and_states_that_differ_are_found() {
    let job = "parallelize [5], 1 | map x -> (x, x * 3) | groupByKey 1 | collect | print";
    assert_found(job, "stage 0, partition 0", "row 0 of the block for partition 0", "(5, 15)", "(5, 8)");
    let job = "parallelize [5], 1 | map x -> (\"k\", x * 3) | reduceByKey +, 1 | collect | print";
    assert_found(job, "stage 0, partition 0", "row 0 of the block for partition 0", "('k', 15)", "('k', 8)");
    let job = "parallelize [3, 4], 1 | reduce (a, b) -> a * b | print";
    assert_found(job, "stage 0, partition 0", "the state", "12", "7");
}

#[test]
fn what_is_merged_in_the_driver_is_compared() {
    let job = "parallelize [3, 4] | reduce (a, b) -> a * b | print";
    assert_found(job, "the driver", "the value", "12", "7");
}

#[test]
fn text_and_counters_that_differ_are_found() {
    let job = "parallelize [5, 6], 1 | foreach x -> print x * 3";
    assert_found(job, "stage 0, partition 0", "what was printed (number 0)", "15", "8");
    let job = "parallelize [5], 1 | map x -> x * 3";
    assert_found(job, "stage 0, partition 0", "the lines", "15", "8");
    let job = "let n = counter()\nparallelize [5], 1 | foreach x -> n.add(x * 3)\nprint n.value";
    let (place, what, sides) = found(job);
    assert_eq!((&*place, &*what), ("stage 0, partition 0", "a counter"));
    assert_eq!(sides, ["counter 0: 15", "counter 0: 8"]);
}

#[test]
fn row_errors_that_differ_are_found() {
    let job = "parallelize [2], 1 | map x -> x * 4611686018427387904 | count | print";
    let (place, what, sides) = found(job);
    assert_eq!((&*place, &*what, &*sides[1]), ("stage 0, partition 0", "a row error (number 0)", "nothing"));
    assert_eq!(sides[0], "1 of E0401 at 30..53");
}

#[test]
fn an_output_that_differs_is_not_published() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("parent/out");
    let job = format!("parallelize [2, 3], 1 | map x -> x * 2 | saveAsTextFile \"{}\"", path.display());
    assert_found(&job, "stage 0, partition 0", "line 2 of the part file", "6\n", "5\n");
    assert!(!directory.path().join("parent").exists(), "it is gone with what was begun in it");
}
