//! `sparkc check`: levels, exit codes, formats, and files that `--fix` changes or leaves alone.

use std::fs;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

const JOB: &str = "let r = parallelize([(\"a\", 1), (\"a\", 2)], 2)\nr | groupByKey | mapValues len | print\n";
const FIXED: &str =
    "let r = parallelize([(\"a\", 1), (\"a\", 2)], 2)\nr | mapValues (_ -> 1) | reduceByKey + | print\n";

/// A directory with `job.spk`, which is removed at the end.
struct Room(TempDir);

impl Room {
    fn new(job: &str) -> Self {
        let directory = tempfile::tempdir().expect("a directory of the test's own can be made");
        fs::write(directory.path().join("job.spk"), job).expect("the directory is new");
        Self(directory)
    }

    fn check(&self, args: &[&str]) -> Said {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sparkc"));
        command.args(["check", "--color", "never"]).args(args).arg("job.spk").current_dir(&self.0);
        Said::of(&command.stdin(Stdio::null()).output().expect("sparkc was built for this test"))
    }

    fn job(&self) -> String {
        fs::read_to_string(self.0.path().join("job.spk")).expect("the job is there")
    }
}

#[derive(Debug)]
struct Said {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Said {
    fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
    }
}

#[test]
fn warnings_do_not_fail_unless_denied() {
    let room = Room::new(JOB);
    let found = |args: &[&str]| {
        let said = room.check(&[args, &["--format=concise"]].concat());
        (said.code, said.out.contains("warning[W1101]"), said.out.contains("error[W1101]"))
    };
    assert_eq!(found(&[]), (Some(0), true, false));
    assert_eq!(found(&["-D", "warnings"]), (Some(1), false, true));
    assert_eq!(found(&["--deny", "W1101"]), (Some(1), false, true));
    assert_eq!(found(&["--deny", "group-then-reduce"]), (Some(1), false, true));
    assert_eq!(found(&["--deny", "W1106"]), (Some(0), true, false));
    assert_eq!(found(&["--allow", "w1101"]), (Some(0), false, false));
    assert_eq!(found(&["-D", "warnings", "-A", "W1101"]), (Some(0), false, false));
    assert_eq!(found(&["-A", "warnings", "-D", "W1101,W1106"]), (Some(1), false, true));
    let said = room.check(&["--deny", "W9"]);
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains("expected the code of a warning"), "{said:?}");
}

#[test]
fn what_comments_allow_cannot_be_denied() {
    let room = Room::new(&JOB.replace("| print", "| print    # sparkc: allow(W1101)"));
    let said = room.check(&["-D", "warnings"]);
    assert_eq!((said.code, said.out.as_str()), (Some(0), "no findings in 1 job\n"), "{said:?}");
}

#[test]
fn errors_are_told_from_denied_warnings() {
    let room = Room::new("let x = y\n");
    assert_eq!(room.check(&["-D", "warnings"]).code, Some(2));
}

#[test]
fn fixes_are_part_of_the_data() {
    let room = Room::new(JOB);
    let json: serde_json::Value = serde_json::from_str(&room.check(&["--format=json"]).out).expect("it is JSON");
    let found = &json["diagnostics"][0];
    assert_eq!(found["code"], "W1101");
    assert_eq!(found["fix"][0]["text"], "mapValues (_ -> 1) | reduceByKey +");
    assert_eq!(found["fix"][0]["place"]["column"], 5);
    let sarif: serde_json::Value = serde_json::from_str(&room.check(&["--format=sarif"]).out).expect("it is JSON");
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!((&result["ruleId"], &result["level"]), (&"W1101".into(), &"warning".into()));
    let change = &result["fixes"][0]["artifactChanges"][0];
    assert_eq!(change["artifactLocation"]["uri"], "job.spk");
    assert_eq!(change["replacements"][0]["insertedContent"]["text"], "mapValues (_ -> 1) | reduceByKey +");
    assert_eq!(change["replacements"][0]["deletedRegion"]["startColumn"], 5);
    let human = room.check(&[]).out;
    assert!(human.contains("help: reduce them as they come: `mapValues (_ -> 1) | reduceByKey +`"), "{human}");
}

#[test]
fn fix_replaces_the_file_and_reports_what_is_left() {
    let room = Room::new(&format!("{JOB}1 + 1\n"));
    let said = room.check(&["--fix", "--format=concise"]);
    assert_eq!(room.job(), format!("{FIXED}1 + 1\n"));
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.err.contains("job.spk: 1 finding mended"), "{said:?}");
    assert!(said.out.contains("warning[W1004]") && !said.out.contains("W1101"), "{said:?}");
    assert_eq!(fs::read_dir(&room.0).expect("the directory is there").count(), 1, "nothing is left beside it");
    let again = room.check(&["--fix"]);
    assert_eq!((room.job(), again.err.as_str()), (format!("{FIXED}1 + 1\n"), ""));
}

#[test]
fn fix_mends_nothing_that_is_allowed() {
    let room = Room::new(JOB);
    room.check(&["--fix", "--allow", "W1101"]);
    assert_eq!(room.job(), JOB);
}

#[test]
fn a_dry_run_prints_a_patch() {
    let room = Room::new(JOB);
    let said = room.check(&["--fix", "--diff"]);
    assert_eq!((said.code, room.job().as_str()), (Some(1), JOB));
    assert!(said.out.starts_with("--- job.spk\n+++ job.spk\n@@ -1,2 +1,2 @@\n"), "{}", said.out);
    assert!(said.out.contains("\n-r | groupByKey | mapValues len | print\n+r | mapValues (_ -> 1)"), "{}", said.out);
    let room = Room::new(FIXED);
    let said = room.check(&["--fix", "--diff"]);
    assert_eq!((said.code, said.out.as_str()), (Some(0), ""));
}

#[test]
fn a_job_with_errors_is_left_alone() {
    let text = format!("{JOB}let x = y\n");
    let room = Room::new(&text);
    assert_eq!((room.check(&["--fix"]).code, room.job()), (Some(2), text));
}

#[test]
fn a_job_that_an_editor_has_open_is_left_alone() {
    for mark in [".job.spk.swp", ".#job.spk", "#job.spk#"] {
        let room = Room::new(JOB);
        fs::write(room.0.path().join(mark), "").expect("the directory is the test's own");
        let said = room.check(&["--fix"]);
        assert_eq!((said.code, room.job().as_str()), (Some(74), JOB));
        assert!(said.err.contains("is open in an editor"), "{said:?}");
    }
}

#[cfg(unix)]
#[test]
fn permissions_and_links_stay() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let room = Room::new(JOB);
    fs::rename(room.0.path().join("job.spk"), room.0.path().join("real.spk")).expect("the directory is the test's own");
    symlink("real.spk", room.0.path().join("job.spk")).expect("the directory is the test's own");
    fs::set_permissions(room.0.path().join("real.spk"), fs::Permissions::from_mode(0o640))
        .expect("it is the test's own");
    room.check(&["--fix"]);
    let link = fs::symlink_metadata(room.0.path().join("job.spk")).expect("it is there");
    let mode = fs::metadata(room.0.path().join("real.spk")).expect("it is there").permissions().mode();
    assert!(link.file_type().is_symlink() && mode & 0o777 == 0o640, "{mode:o}");
    assert_eq!(room.job(), FIXED);
}

/// What is used is named as seen from where sparkc was started, as the job is.
#[test]
fn a_used_file_is_named_from_the_working_directory() {
    let room = Room::new("");
    fs::create_dir(room.0.path().join("jobs")).expect("the directory is new");
    fs::write(room.0.path().join("lib.spk"), "def f(x) = y\n").expect("the directory is new");
    fs::write(room.0.path().join("jobs/a.spk"), "use \"../lib.spk\"\nprint(f(1))\n").expect("the directory is new");
    let mut command = Command::new(env!("CARGO_BIN_EXE_sparkc"));
    command.args(["check", "--format", "github", "jobs/a.spk"]).current_dir(&room.0);
    let said = Said::of(&command.output().expect("sparkc was built for this test"));
    assert!(said.out.contains("file=lib.spk,line=1"), "{said:?}");
}

#[test]
fn a_pass_that_does_not_exist_is_no_pass() {
    let run = |pass: &str| {
        let args = ["run", "-q", "--disable-pass", pass, "-e", "print(1)"];
        Said::of(
            &Command::new(env!("CARGO_BIN_EXE_sparkc")).args(args).output().expect("sparkc was built for this test"),
        )
    };
    assert_eq!((run("fold,fuse").code, run("all").code), (Some(0), Some(0)));
    let said = run("fold,fusion");
    assert!(said.code == Some(2) && said.err.contains("map_side_combine"), "{said:?}");
}

/// What is accepted before anything runs is what sinks know.
#[test]
fn codecs_are_those_of_sinks() {
    use sparkc::harness::catalog::CODECS;
    use sparkc::harness::exec::Codec;
    let names = ["gzip", "gz", "bzip2", "bz2", "zstd", "zst", "BZip2Codec", "lz4", "", "gzip.x", "GZIP", "snappy"];
    for name in names.iter().flat_map(|name| [name.to_string(), format!("org.apache.hadoop.io.compress.{name}")]) {
        assert_eq!((CODECS.accepts)(&name), Codec::named(&name).is_some(), "{name}");
    }
    assert!(["org.apache.hadoop.io.compress.GzipCodec", "ZStandardCodec"].iter().all(|name| (CODECS.accepts)(name)));
}
