//! Each pass that keeps bytes from moving saves them in the figures of the run's summary: programs of `tests/cases/opt`
//! run with all passes and without one, and `rows_shuffled` and `bytes_shuffled` are compared.

use std::path::Path;
use std::process::Command;

/// What shuffles moved.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Moved {
    rows: u64,
    bytes: u64,
    shuffles: u64,
}

/// Runs the program of a case.
fn moved(case: &str, disabled: Option<&str>) -> Moved {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("tests/cases/opt").join(case)).expect("the case is there");
    let program = text.split("\n---- ").next().expect("split gives at least one part");
    let mut command = Command::new(env!("CARGO_BIN_EXE_sparkc"));
    command.args(["run", "--json", "-e", program]);
    if let Some(pass) = disabled {
        command.args(["--disable-pass", pass]);
    }
    let output = command.output().expect("sparkc was built for this test");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let summary = out.lines().chain(err.lines()).find(|line| line.starts_with("{\"status\""));
    let summary = summary.unwrap_or_else(|| panic!("no summary of {case}: {err}"));
    let summary: serde_json::Value = serde_json::from_str(summary).expect("the summary is JSON");
    let figure = |name: &str| summary["figures"][name].as_u64().expect("a figure is a number");
    Moved { rows: figure("rows_shuffled"), bytes: figure("bytes_shuffled"), shuffles: figure("shuffles") }
}

fn fewer_bytes(case: &str) {
    let (with, without) = (moved(case, None), moved(case, Some("dead_columns")));
    assert!(with.bytes < without.bytes, "{case}: {with:?}, without the pass {without:?}");
    assert_eq!((with.rows, with.shuffles), (without.rows, without.shuffles), "{case}");
}

#[test]
fn dead_columns_move_no_bytes() {
    fewer_bytes("shuffle_moves_what_is_looked_at.spk");
    fewer_bytes("join_moves_keys_of_an_unused_side.spk");
    fewer_bytes("left_join_moves_what_is_looked_at.spk");
    fewer_bytes("subtract_moves_keys_of_the_other_side.spk");
    fewer_bytes("count_moves_keys.spk");
    fewer_bytes("sort_moves_what_is_looked_at.spk");
    fewer_bytes("repartition_moves_what_is_looked_at.spk");
    fewer_bytes("group_moves_what_is_looked_at.spk");
}

#[test]
fn what_is_kept_moves_once_and_whole() {
    for case in ["cached_rows_are_whole.spk", "kept_shuffles_are_whole.spk"] {
        assert_eq!(moved(case, None), moved(case, Some("dead_columns")), "{case}");
        assert_eq!(moved(case, None).shuffles, 1, "{case}");
    }
}

/// What stays in place leaves nothing for later actions, so the shuffles below it do.
#[test]
fn what_is_below_a_shuffle_in_place_moves_once() {
    for (case, with, without) in
        [("shuffle_below_one_in_place_moves_once.spk", 1, 2), ("side_beside_one_in_place_moves_once.spk", 2, 3)]
    {
        assert_eq!(moved(case, None).shuffles, with, "{case}");
        assert_eq!(moved(case, Some("keep_partitioner")).shuffles, without, "{case}");
    }
}

#[test]
fn combining_first_moves_fewer_rows() {
    let case = "combine_before_the_move.spk";
    let (with, without) = (moved(case, None), moved(case, Some("map_side_combine")));
    assert!(with.rows < without.rows, "{with:?}, without the pass {without:?}");
}

#[test]
fn what_is_placed_already_does_not_move() {
    for (case, saved) in [
        ("reduce_of_partitioned_pairs_stays.spk", 1),
        ("join_of_partitioned_sides_stays.spk", 2),
        ("join_moves_the_other_side_only.spk", 1),
        ("group_after_map_moves_again.spk", 0),
    ] {
        let (with, without) = (moved(case, None), moved(case, Some("keep_partitioner")));
        assert_eq!(with.shuffles + saved, without.shuffles, "{case}");
        assert_eq!(with.rows < without.rows, saved > 0, "{case}: {with:?}, without the pass {without:?}");
    }
}
