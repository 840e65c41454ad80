//! Lints: what they find, what their fixes make of a job, and that the answer stays the same.
//!
//! Each `tests/lints/NAME/*.spk` is a job, then sections: `---- in/NAME` (an input), `---- found` (what `sparkc check`
//! says, a line each; empty for a job of which a lint must not speak), `---- fixed` (the job after `--fix`, where that
//! changes it). The fixed job must leave the same bytes as the job on both engines, with passes and without; under the
//! header `# order: free` the same lines in any order. `BLESS=1 cargo test --test lints` writes the sections.

#[allow(dead_code, reason = "the suite uses the rest")]
mod case;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output};
use std::sync::Arc;

use case::{Case, Section, multiset};
use libtest_mimic::{Arguments, Failed, Trial};
use tempfile::TempDir;

/// How both jobs are run.
const CONFIGURATIONS: &[&[&str]] = &[
    &["--engine", "interp"],
    &["--engine", "jit"],
    &["--engine", "jit", "--disable-pass", "all", "--partitions", "3"],
];

fn main() -> ExitCode {
    let args = Arguments::from_args();
    let bless = std::env::var_os("BLESS").is_some();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lints");
    let mut trials = Vec::new();
    for path in jobs(&root) {
        let name = path.strip_prefix(&root).unwrap_or(&path).with_extension("").display().to_string();
        let case = Arc::new(Case::read(&path));
        trials.push(Trial::test(name, move || if bless { rewrite(&case) } else { check(&case) }));
    }
    libtest_mimic::run(&args, trials).exit_code()
}

fn jobs(directory: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths.into_iter().flat_map(|path| if path.is_dir() { jobs(&path) } else { vec![path] }).collect()
}

/// A directory with a job and its inputs.
struct Room(TempDir);

impl Room {
    fn new(case: &Case) -> Self {
        let room = Self(tempfile::tempdir().expect("the directory of temporary files can be written"));
        fs::create_dir(room.0.path().join("in")).expect("the directory of temporary files can be written");
        fs::write(room.0.path().join("job.spk"), &case.program).expect("the directory is new");
        for (path, content) in case.inputs() {
            fs::write(room.0.path().join(path), content).expect("the directory is new");
        }
        room
    }

    fn sparkc(&self, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sparkc"));
        let command = command.args(args).current_dir(&self.0);
        command.output().expect("sparkc was built for this test")
    }

    /// What a job prints; it must end well.
    fn run(&self, job: &str, flags: &[&str]) -> Result<String, Failed> {
        let output = self.sparkc(&[&["run", "--quiet"], flags, &[job]].concat());
        let err = text(&output.stderr);
        if output.status.success() { Ok(text(&output.stdout)) } else { Err(format!("{job} {flags:?}: {err}").into()) }
    }

    /// What is found in the job, and what the job is after its fixes.
    fn found(&self) -> Result<(String, String), Failed> {
        let found = text(&self.sparkc(&["check", "--format=concise", "job.spk"]).stdout);
        fs::copy(self.0.path().join("job.spk"), self.0.path().join("fixed.spk"))?;
        let output = self.sparkc(&["check", "--fix", "--format=concise", "fixed.spk"]);
        if output.status.success() {
            Ok((found, fs::read_to_string(self.0.path().join("fixed.spk"))?))
        } else {
            Err(text(&output.stderr).into())
        }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn same(what: &str, expected: &str, found: &str) -> Result<(), Failed> {
    if expected == found { Ok(()) } else { Err(format!("{what}\n-- expected\n{expected}\n-- found\n{found}").into()) }
}

fn check(case: &Case) -> Result<(), Failed> {
    let room = Room::new(case);
    let (found, fixed) = room.found()?;
    same("findings", &case.section("found").map_or(String::new(), |section| section.text.clone()), &found)?;
    let expected = case.section("fixed").map_or(&case.program, |section| &section.text);
    same("the fixed job", expected.trim_end(), fixed.trim_end())?;
    let shown = |text: String| if case.header("order") == Some("free") { multiset(&text) } else { text };
    for flags in CONFIGURATIONS {
        same(
            &format!("answers {flags:?}"),
            &shown(room.run("job.spk", flags)?),
            &shown(room.run("fixed.spk", flags)?),
        )?;
    }
    Ok(())
}

fn rewrite(case: &Case) -> Result<(), Failed> {
    let (found, fixed) = Room::new(case).found()?;
    let mut case = case.clone();
    case.sections.retain(|section| !matches!(section.name.as_str(), "found" | "fixed"));
    let changed = fixed.trim_end() != case.program.trim_end();
    case.sections.push(Section { name: "found".to_owned(), text: found });
    if changed {
        case.sections.push(Section { name: "fixed".to_owned(), text: fixed });
    }
    case.write().map_err(|error| error.to_string().into())
}
