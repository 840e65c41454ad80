//! The committer: whole, absent, exclusive, and clean after failures.

use std::os::unix::fs::PermissionsExt;

use std::fs;

use rustix::fs::{FlockOperation, flock};

use super::super::testing::Scratch;
use super::*;

fn out(scratch: &Scratch, name: &str) -> String {
    format!("{}/{name}", scratch.path().display())
}

fn write(output: &OutputDir, text: &str) {
    let mut part = output.file_writer("part-00000", Codec::Plain).unwrap();
    part.write_line(text.as_bytes()).unwrap();
    part.finish().unwrap();
}

fn part_of(scratch: &Scratch, name: &str) -> String {
    fs::read_to_string(scratch.path().join(name).join("part-00000")).unwrap()
}

#[test]
fn an_output_appears_whole_with_its_parents() {
    let scratch = Scratch::new();
    let output = OutputDir::prepare(&out(&scratch, "a/b/out/"), false).unwrap();
    write(&output, "x");
    for codec in [Codec::Gzip, Codec::Bzip2, Codec::Zstd] {
        output.file_writer(&format!("part-00001{}", codec.extension()), codec).unwrap().finish().unwrap();
    }
    assert_eq!(scratch.names("a/b").len(), 1, "only the temporary directory");
    output.commit().unwrap();
    assert_eq!(scratch.names("a/b"), ["out"]);
    assert_eq!(
        scratch.names("a/b/out"),
        ["_SUCCESS", "part-00000", "part-00001.bz2", "part-00001.gz", "part-00001.zst"]
    );
}

#[test]
fn an_aborted_output_leaves_nothing() {
    let scratch = Scratch::new();
    let output = OutputDir::prepare(&out(&scratch, "a/b/out"), false).unwrap();
    write(&output, "x");
    drop(output);
    assert!(scratch.names(".").is_empty());
}

#[test]
fn an_existing_output_is_refused_before_anything_is_made() {
    let scratch = Scratch::new();
    scratch.file("out/part-00000", b"old");
    assert!(matches!(OutputDir::prepare(&out(&scratch, "out"), false), Err(IoError::OutputExists { .. })));
    scratch.file("file", b"x");
    let error = OutputDir::prepare(&out(&scratch, "file/a/out"), false).unwrap_err();
    assert!(error.to_string().contains("cannot create"), "{error}");
    for path in ["", "/", "..", "a/..", "file:", "s3://key@b/out"] {
        assert!(OutputDir::prepare(path, false).is_err(), "{path}");
    }
    assert_eq!(scratch.names("."), ["file", "out"]);
}

#[test]
fn overwriting_exchanges_and_deletes_the_old() {
    let scratch = Scratch::new();
    scratch.file("out/part-00007", b"old");
    let output = OutputDir::prepare(&out(&scratch, "out"), true).unwrap();
    write(&output, "new");
    assert_eq!(scratch.names("out"), ["part-00007"], "the old one stays until the commit");
    output.commit().unwrap();
    assert_eq!(scratch.names("out"), ["_SUCCESS", "part-00000"]);
    assert_eq!(scratch.names("."), ["out"]);
    scratch.file("home/letter.txt", b"x");
    let error = OutputDir::prepare(&out(&scratch, "home"), true).unwrap_err();
    assert!(matches!(error, IoError::OutputForeign { .. }), "{error}");
    let late = OutputDir::prepare(&out(&scratch, "out"), true).unwrap();
    scratch.file("out/letter.txt", b"x");
    assert!(matches!(late.commit(), Err(IoError::OutputForeign { .. })), "it came while the job ran");
    assert_eq!(scratch.names("out"), ["_SUCCESS", "letter.txt", "part-00000"]);
    let fresh = OutputDir::prepare(&out(&scratch, "fresh"), true).unwrap();
    fresh.commit().unwrap();
    assert_eq!(scratch.names("fresh"), ["_SUCCESS"]);
}

#[test]
fn only_what_jobs_write_is_overwritten() {
    let prepared = |name: &str| {
        let scratch = Scratch::new();
        scratch.file(&format!("out/{name}"), b"x");
        OutputDir::prepare(&out(&scratch, "out"), true).map(drop)
    };
    for own in ["part-00000", "part-123456.gz", "part-00007.jsonl", "_SUCCESS", ".part-00000.bz2.crc", "._SUCCESS.crc"]
    {
        assert!(prepared(own).is_ok(), "{own}");
    }
    let others =
        ["part-of-speech.csv", "part-2024/data.csv", "part-00000/x", "part-00000.bak", "part-0000", "_SUCCESS/x"];
    let parquet = "part-00000-1c2d.snappy.parquet";
    for other in others.into_iter().chain([parquet, "_metadata", "x.crc", ".hidden", "part-"]) {
        assert!(matches!(prepared(other), Err(IoError::OutputForeign { .. })), "{other}");
    }
}

#[test]
fn outputs_that_contain_each_other_overlap() {
    let scratch = Scratch::new();
    let output = OutputDir::prepare(&out(&scratch, "a/out"), false).unwrap();
    std::os::unix::fs::symlink(scratch.path().join("a"), scratch.path().join("link")).unwrap();
    for other in ["a/out", "a/out/", "a/out/b/c", "a", "a/./out", "link/out", "link/out/b"] {
        assert!(output.overlaps(&out(&scratch, other)), "{other}");
    }
    for other in ["a/outer", "a/other", "b", "out"] {
        assert!(!output.overlaps(&out(&scratch, other)), "{other}");
    }
    assert!(output.is_at(&out(&scratch, "link/out")) && !output.is_at(&out(&scratch, "a")));
}

#[test]
fn of_two_jobs_on_one_output_one_wins() {
    let scratch = Scratch::new();
    let first = OutputDir::prepare(&out(&scratch, "out"), false).unwrap();
    let second = OutputDir::prepare(&out(&scratch, "out"), false).unwrap();
    write(&first, "first");
    write(&second, "second");
    second.commit().unwrap();
    assert!(matches!(first.commit(), Err(IoError::OutputExists { .. })));
    assert_eq!(part_of(&scratch, "out"), "second\n");
    assert_eq!(scratch.names("."), ["out"]);
}

#[test]
fn several_outputs_are_published_together_or_not_at_all() {
    let scratch = Scratch::new();
    scratch.file("b/part-00000", b"old\n");
    let prepare = |name: &str, overwrite| {
        let output = OutputDir::prepare(&out(&scratch, name), overwrite).unwrap();
        write(&output, "new");
        output
    };
    let outputs = vec![prepare("a", false), prepare("b", true), prepare("c", false)];
    scratch.file("c/part-00000", b"another job\n");
    assert!(commit_all(outputs).is_err());
    assert_eq!(scratch.names("."), ["b", "c"]);
    assert_eq!((part_of(&scratch, "b"), part_of(&scratch, "c")), ("old\n".to_owned(), "another job\n".to_owned()));
    commit_all(vec![prepare("a", false), prepare("b", true)]).unwrap();
    assert_eq!((part_of(&scratch, "a"), part_of(&scratch, "b")), ("new\n".to_owned(), "new\n".to_owned()));
}

#[test]
fn an_unfinished_part_is_never_published() {
    let scratch = Scratch::new();
    let output = OutputDir::prepare(&out(&scratch, "out"), false).unwrap();
    drop(output.file_writer("part-00000.gz", Codec::Gzip).unwrap());
    assert!(output.commit().is_err());
    assert!(scratch.names(".").is_empty());
}

#[test]
fn orphans_of_dead_processes_are_removed_and_those_of_living_ones_stay() {
    let scratch = Scratch::new();
    let mut child = std::process::Command::new("true").spawn().unwrap();
    let dead = child.id();
    child.wait().unwrap();
    scratch.file(&format!(".out.sparkc-{dead}-0123abcd/part-00000"), b"x");
    scratch.file(&format!(".other.sparkc-{dead}-0123abcd/part-00000"), b"x");
    scratch.file(".out.sparkc-notes", b"x");
    let living = OutputDir::prepare(&out(&scratch, "out"), false).unwrap();
    // Its process is dead as far as can be seen here, but the lock is held: another container's.
    let held = scratch.path().join(format!(".out.sparkc-{dead}-11111111"));
    fs::create_dir(&held).unwrap();
    let lock = File::open(&held).unwrap();
    flock(&lock, FlockOperation::NonBlockingLockExclusive).unwrap();
    let second = OutputDir::prepare(&out(&scratch, "out"), false).unwrap();
    let names = scratch.names(".");
    assert_eq!(names.len(), 5, "{names:?}");
    assert!(!names.contains(&format!(".out.sparkc-{dead}-0123abcd")), "{names:?}");
    drop((living, second, lock));
}

#[test]
fn a_parent_that_may_not_be_written_is_an_error() {
    let scratch = Scratch::new();
    let parent = scratch.path().join("p");
    fs::create_dir(&parent).unwrap();
    fs::set_permissions(&parent, fs::Permissions::from_mode(0o500)).unwrap();
    // The superuser may write everywhere.
    if !rustix::process::geteuid().is_root() {
        assert!(matches!(OutputDir::prepare(&out(&scratch, "p/out"), false), Err(IoError::Write { .. })));
    }
    fs::set_permissions(&parent, fs::Permissions::from_mode(0o700)).unwrap();
}
