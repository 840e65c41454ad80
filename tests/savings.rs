//! What the optimiser and the scheduler save, shown in figures: rows and bytes shuffled, rows read, stages run.

use std::io::Write;
use std::sync::{Arc, Mutex};

use sparkc::driver::{Compiled, Options, Outcome, run};
use sparkc::exec::metrics::Figures;

/// Standard output of a job.
#[derive(Clone, Default)]
struct Out(Arc<Mutex<Vec<u8>>>);

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn run_with(code: &str, options: &Options) -> (String, Outcome) {
    let compiled = match Compiled::from_text("<test>", code.to_owned()) {
        Ok(compiled) => compiled,
        Err(errors) => {
            panic!("{}", errors.diags.iter().map(|diag| diag.print_report(&errors.sources, false)).collect::<String>())
        }
    };
    let out = Out::default();
    let outcome = run(&compiled, options, Box::new(out.clone()), |_| ());
    let text = String::from_utf8(out.0.lock().unwrap().clone()).unwrap();
    (text, outcome)
}

fn figures(code: &str, disabled: &[&str]) -> (String, Figures) {
    let disabled_passes = disabled.iter().map(|name| (*name).to_owned()).collect();
    let (text, outcome) = run_with(code, &Options { disabled_passes, ..Options::default() });
    outcome.result.unwrap();
    (text, outcome.figures)
}

const PAIRS: &str = "let pairs = parallelize range(1000), 4 | map n -> (n % 3, n)\n";

#[test]
fn map_side_combine_moves_one_row_a_key_and_partition() {
    let code = format!("{PAIRS}pairs | reduceByKey + | collect | print");
    let (with, on) = figures(&code, &[]);
    let (without, off) = figures(&code, &["map_side_combine"]);
    assert_eq!((on.rows_shuffled, off.rows_shuffled), (12, 1000));
    assert!(on.bytes_shuffled * 20 < off.bytes_shuffled);
    assert_eq!(with, without);
}

#[test]
fn map_side_combine_keeps_the_order_of_float_operations() {
    let code = "parallelize range(1000), 4 | map n -> (n % 3, 0.1 * n) | reduceByKey + | collect | print";
    assert_eq!(figures(code, &[]).0, figures(code, &["map_side_combine"]).0);
}

#[test]
fn a_join_of_sides_that_share_a_partitioner_moves_nothing() {
    let code = format!(
        "{PAIRS}let a = pairs | partitionBy 5\nlet b = pairs | mapValues (v * 2) | partitionBy 5\n\
         a | join b | count | print"
    );
    let (with, on) = figures(&code, &[]);
    let (without, off) = figures(&code, &["keep_partitioner"]);
    assert_eq!((on.rows_shuffled, off.rows_shuffled), (2000, 4000));
    assert_eq!(with, without);
}

#[test]
fn what_keeps_keys_keeps_the_partitioner() {
    let code = format!(
        "{PAIRS}pairs | partitionBy 5 | filter (k, v) -> v > 10 | mapValues (v + 1) | flatMapValues (v -> [v, v])\
         | groupByKey | count | print"
    );
    assert_eq!(figures(&code, &[]).1.shuffles, 1);
    let lost = code.replace("mapValues (v + 1)", "map (k, v) -> (k, v + 1)");
    assert_eq!(figures(&lost, &[]).1.shuffles, 2);
}

#[test]
fn a_second_partition_by_alike_is_no_operation() {
    let once = format!("{PAIRS}pairs | partitionBy 5 | count | print");
    let twice = format!("{PAIRS}pairs | partitionBy 5 | partitionBy 5 | count | print");
    assert_eq!(figures(&once, &[]).1, figures(&twice, &[]).1);
}

#[test]
fn a_shuffle_that_two_actions_share_runs_once() {
    let code = format!("{PAIRS}let sums = pairs | reduceByKey +\nsums | count | print\nsums | collect | print");
    let (_, shared) = figures(&code, &[]);
    assert_eq!((shared.shuffles, shared.rows_shuffled, shared.rows_read), (1, 12, 1000));
}

#[test]
fn a_cached_rdd_is_read_once_and_an_unpersisted_one_again() {
    let code = "let all = parallelize range(100) | cache\nall | count | print\nall | sum | print\n";
    assert_eq!(figures(code, &[]).1.rows_read, 100);
    assert_eq!(figures(&code.replace(" | cache", ""), &[]).1.rows_read, 200);
    let again = code.replace("all | sum", "let none = all | unpersist\nnone | sum");
    assert_eq!(figures(&again, &[]).1.rows_read, 200);
}

#[test]
fn fusion_saves_no_rows_and_changes_no_bytes() {
    let code = "range(50) | map x -> x * 3 | filter x -> x % 2 == 0 | flatMap x -> [x, -x] | map str";
    assert_eq!(figures(code, &[]).0, figures(code, &["fuse"]).0);
}

#[test]
fn take_reads_only_the_partitions_it_needs() {
    let code = "parallelize range(1000), 10 | map x -> x + 1 | take 3 | print";
    let (text, few) = figures(code, &[]);
    assert_eq!((text.as_str(), few.tasks), ("[1, 2, 3]\n", 1));
    assert!(few.rows_read <= 4, "{few:?}");
    let rare = "parallelize range(1000), 10 | filter x -> x == 950 | take 1 | print";
    assert_eq!(figures(rare, &[]).1.tasks, 10);
}

#[test]
fn a_loop_keeps_its_lineage_short() {
    let code = |n: u32| {
        format!(
            "let ranks = parallelize [(1, 1.0), (2, 2.0), (3, 3.0)]\n\
             for i in range({n}) {{\n  ranks = ranks | map (k, v) -> (k % 3 + 1, v / 2.0) | reduceByKey +\n  \
             (ranks | count) | print\n}}\n"
        )
    };
    let (short, long) = (figures(&code(20), &[]).1, figures(&code(200), &[]).1);
    // Each iteration shuffles once and counts what it shuffled: nothing of the iterations before is run again.
    assert_eq!((short.shuffles, long.shuffles), (20, 200));
    assert_eq!(long.stages, short.stages * 10);
    assert!(long.peak_memory < short.peak_memory * 2, "{} and {}", short.peak_memory, long.peak_memory);
}

#[test]
fn two_hundred_iterations_in_one_action_release_what_they_have_used() {
    let code = |n: u32| {
        format!(
            "let ranks = parallelize range(500) | map (n, 1.0)\nfor i in range({n}) {{\n  \
             ranks = ranks | map (k, v) -> ((k * 7) % 500, v + 1.0) | reduceByKey +\n}}\n(ranks | count) | print"
        )
    };
    let (few, many) = (figures(&code(5), &[]).1, figures(&code(200), &[]).1);
    assert_eq!(many.shuffles, 200);
    assert!(many.peak_memory < few.peak_memory * 2, "{} and {}", few.peak_memory, many.peak_memory);
}

#[test]
fn counters_count_each_element_once() {
    let code = "let seen = counter()\nlet all = parallelize range(100), 4 | map n -> (let _ = seen.add(n % 2) in n)\n\
                let sorted = all | sortBy n -> -n\nsorted | count | print\nseen.value | print";
    for threads in [1, 2, 4] {
        let (text, outcome) = run_with(code, &Options { threads, ..Options::default() });
        outcome.result.unwrap();
        assert_eq!(text, "100\n50\n");
    }
}

#[test]
fn rows_read_are_kept_filtered_or_rejected() {
    let code = "parallelize [\"1\", \"x\", \"3\", \"\", \"5\"], 2 | map int | filter n -> n > 1 | collect | print";
    let options = Options { on_error: sparkc::exec::inputs::OnError::Skip, ..Options::default() };
    let (text, outcome) = run_with(code, &options);
    let did = outcome.figures;
    assert_eq!(text, "[3, 5]\n");
    assert_eq!((did.rows_read, did.rows_kept, did.rows_filtered, did.rows_rejected), (5, 2, 1, 2));
    assert_eq!(outcome.rejected.total, 2);
}
