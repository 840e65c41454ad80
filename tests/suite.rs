//! Each case of `tests/cases` and each job of `jobs`, times each configuration, is one named test.
//!
//! `cargo test --test suite -- joins threads_4` runs some of them. The answer must be the recorded one (in its order if
//! the case says `# order: exact`), and the same bytes in every configuration. `BLESS=1 cargo test --test suite` writes
//! the sections that sparkc alone can say. The format of cases is in `tests/cases/README.md`.

mod case;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::{Arc, OnceLock};

use case::{Case, Section, multiset};
use libtest_mimic::{Arguments, Failed, Trial};
use tempfile::TempDir;

/// Configurations: a name and flags. The first is the one that others are compared with.
const CONFIGURATIONS: &[(&str, &[&str])] = &[
    ("interp", &["--master", "local[2]", "--engine", "interp"]),
    ("interp_no_passes", &["--master", "local[2]", "--engine", "interp", "--disable-pass", "all"]),
    ("interp_tiny_blocks", &["--master", "local[2]", "--engine", "interp", "--block-bytes", "16"]),
    ("jit", &["--master", "local[2]", "--engine", "jit"]),
    ("jit_none", &["--master", "local[2]", "--engine", "jit-none", "--disable-pass", "all"]),
    ("both", &["--master", "local[2]", "--engine", "both"]),
    ("no_passes", &["--master", "local[2]", "--engine", "jit", "--disable-pass", "all"]),
    ("threads_1", &["--master", "local[1]", "--engine", "jit"]),
    ("threads_4", &["--master", "local[4]", "--engine", "jit"]),
    ("tiny_blocks", &["--master", "local[2]", "--engine", "jit", "--block-bytes", "16"]),
    ("process", &["--master", "local[2]", "--engine", "jit", "--tasks-in-process", "child"]),
    ("process_interp", &["--master", "local[2]", "--engine", "interp", "--tasks-in-process", "child"]),
    (HASH_ZERO, &["--master", "local[2]", "--engine", "jit", "--hash-zero"]),
];

/// All hashes collide: pairs go to other partitions, so the order of answers and the part files are others.
const HASH_ZERO: &str = "hash_zero";

fn main() -> ExitCode {
    let args = Arguments::from_args();
    let bless = std::env::var_os("BLESS").is_some();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut trials = Vec::new();
    for path in files_below(&root.join("tests/cases")) {
        add_case(&mut trials, root, path, bless);
    }
    for path in jobs(root) {
        add_job(&mut trials, root, path);
    }
    libtest_mimic::run(&args, trials).exit_code()
}

fn files_below(directory: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    entries.sort();
    let expand = |path: PathBuf| if path.is_dir() { files_below(&path) } else { vec![path] };
    let files = entries.into_iter().flat_map(expand);
    files.filter(|path| path.extension().is_some_and(|extension| extension == "spk")).collect()
}

fn jobs(root: &Path) -> Vec<PathBuf> {
    let is_job = |path: &PathBuf| path.parent().is_some_and(|parent| parent.ends_with("jobs"));
    files_below(&root.join("jobs")).into_iter().filter(is_job).collect()
}

fn name_of(root: &Path, path: &Path) -> String {
    let relative = path.strip_prefix(root).unwrap_or(path).with_extension("");
    relative.display().to_string().replace("tests/cases/", "")
}

/// What a run said.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
struct Answer {
    out: String,
    err: String,
    code: i32,
    files: BTreeMap<String, Vec<u8>>,
}

/// A case or job with its answer in the first configuration, which is computed once.
struct Subject {
    case: Case,
    /// The job's path as it is given to sparkc.
    job: String,
    /// Where `jobs/` is to be seen.
    linked: Option<PathBuf>,
    first: OnceLock<Answer>,
}

fn add_case(trials: &mut Vec<Trial>, root: &Path, path: PathBuf, bless: bool) {
    let name = name_of(root, &path);
    let case = Case::read(&path);
    let job = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let exit = case.exit();
    let subject = Arc::new(Subject { case, job, linked: None, first: OnceLock::new() });
    // What does not compile is the same in every configuration.
    let configurations = if bless || exit == 2 { &CONFIGURATIONS[..1] } else { CONFIGURATIONS };
    for (configuration, flags) in configurations {
        let subject = subject.clone();
        let test = move || if bless { subject.bless() } else { subject.test(configuration, flags) };
        trials.push(Trial::test(format!("{name}::{configuration}"), test));
    }
}

fn add_job(trials: &mut Vec<Trial>, root: &Path, path: PathBuf) {
    let name = name_of(root, &path);
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let expected = Case::read(&root.join("jobs/expected").join(format!("{stem}.out")));
    let job = format!("jobs/{stem}.spk");
    let linked = Some(root.join("jobs"));
    let subject = Arc::new(Subject { case: expected, job, linked, first: OnceLock::new() });
    for (configuration, flags) in CONFIGURATIONS {
        let subject = subject.clone();
        let test = move || subject.test(configuration, flags);
        trials.push(Trial::test(format!("{name}::{configuration}"), test));
    }
}

impl Subject {
    fn first(&self) -> &Answer {
        self.first.get_or_init(|| self.run("run", CONFIGURATIONS[0].1))
    }

    /// Runs sparkc in a directory that holds the inputs and nothing else.
    fn run(&self, command: &str, flags: &[&str]) -> Answer {
        let directory = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("the target directory can be written");
        self.fill(directory.path());
        let output = Command::new(env!("CARGO_BIN_EXE_sparkc"))
            .args([command, "--color", "never"])
            .args(flags)
            .arg(&self.job)
            .args(self.case.args())
            .current_dir(&directory)
            .output()
            .expect("sparkc was built for this test");
        Answer {
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: without_summary(&String::from_utf8_lossy(&output.stderr)),
            code: output.status.code().unwrap_or(-1),
            files: written(directory.path()),
        }
    }

    fn fill(&self, directory: &Path) {
        if let Some(jobs) = &self.linked {
            std::os::unix::fs::symlink(jobs, directory.join("jobs")).expect("the directory is new");
            return;
        }
        fs::write(directory.join(&self.job), &self.case.program).expect("the directory is new");
        for (path, content) in self.case.inputs() {
            let file = directory.join(path);
            fs::create_dir_all(file.parent().unwrap_or(directory)).expect("the directory is new");
            fs::write(file, content).expect("the directory is new");
        }
    }

    fn test(&self, configuration: &str, flags: &[&str]) -> Result<(), Failed> {
        let first = self.first();
        if configuration == CONFIGURATIONS[0].0 {
            return self.compare_recorded(first).and_then(|()| self.compare_explained());
        }
        let found = self.run("run", flags);
        if configuration == HASH_ZERO {
            return if self.case.header("hash") == Some("matters") { Ok(()) } else { self.compare_recorded(&found) };
        }
        compare("standard output", &first.out, &found.out)?;
        compare("standard error", &first.err, &found.err)?;
        compare("exit code", &first.code.to_string(), &found.code.to_string())?;
        for path in first.files.keys().chain(found.files.keys()) {
            let text =
                |answer: &Answer| answer.files.get(path).map(|bytes| String::from_utf8_lossy(bytes).into_owned());
            compare(path, &text(first).unwrap_or_default(), &text(&found).unwrap_or_default())?;
        }
        Ok(())
    }

    /// Compares with the sections of the case.
    fn compare_recorded(&self, found: &Answer) -> Result<(), Failed> {
        if found.code != self.case.exit() {
            return Err(format!("exit code {}, expected {}\n{}", found.code, self.case.exit(), found.err).into());
        }
        let exact = self.case.exact();
        let shown = |text: &str| if exact { text.to_owned() } else { multiset(text) };
        if let Some(out) = self.case.section("out") {
            compare("standard output", &shown(&out.text), &shown(&found.out))?;
        }
        if let Some(errors) = self.case.section("errors") {
            compare("standard error", &errors.text, &found.err)?;
        }
        let recorded = self.case.files();
        if exact {
            for (path, text) in &recorded {
                compare(path, text, &String::from_utf8_lossy(found.files.get(*path).unwrap_or(&Vec::new())))?;
            }
            return Ok(());
        }
        let found: Vec<(&str, String)> = found
            .files
            .iter()
            .map(|(path, bytes)| (path.as_str(), String::from_utf8_lossy(bytes).into_owned()))
            .collect();
        for (directory, text) in by_directory(recorded.iter().map(|(path, text)| (*path, text.to_string()))) {
            let same = by_directory(found.iter().cloned());
            compare(&directory, &multiset(&text), &multiset(same.get(&directory).map_or("", String::as_str)))?;
        }
        Ok(())
    }

    fn compare_explained(&self) -> Result<(), Failed> {
        for (name, flag) in EXPLAINED {
            if let Some(section) = self.case.section(name) {
                compare(name, &section.text, &self.run("explain", &[flag]).out)?;
            }
        }
        Ok(())
    }

    /// Writes what sparkc alone can say.
    fn bless(&self) -> Result<(), Failed> {
        let found = self.first();
        if found.code != self.case.exit() {
            return Err(format!("exit code {}, expected {}\n{}", found.code, self.case.exit(), found.err).into());
        }
        let mut case = self.case.clone();
        let own = found.code != 0 || case.header("oracle").is_some();
        for section in &mut case.sections {
            self.bless_section(section, found, own);
        }
        if case.sections == self.case.sections {
            Ok(())
        } else {
            case.write().map_err(|error| error.to_string().into())
        }
    }

    fn bless_section(&self, section: &mut Section, found: &Answer, own: bool) {
        if section.name == "errors" {
            section.text.clone_from(&found.err);
        } else if let Some((_, flag)) = EXPLAINED.iter().find(|(name, _)| *name == section.name) {
            section.text = self.run("explain", &[flag]).out;
        } else if own && section.name == "out" {
            section.text.clone_from(&found.out);
        } else if own && let Some(path) = section.name.strip_prefix("file ") {
            section.text = String::from_utf8_lossy(found.files.get(path).map_or(&[], Vec::as_slice)).into_owned();
        }
    }
}

/// Sections that `sparkc explain` answers, with its flags.
const EXPLAINED: [(&str, &str); 4] =
    [("type", "--types"), ("plan", "--plan"), ("opt", "--opt"), ("stages", "--stages")];

/// The text of the files of a directory together.
fn by_directory<'f>(files: impl Iterator<Item = (&'f str, String)>) -> BTreeMap<String, String> {
    let mut all: BTreeMap<String, String> = BTreeMap::new();
    for (path, text) in files {
        let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
        all.entry(directory.to_owned()).or_default().push_str(&text);
    }
    all
}

/// The summary has the time in it, which is never the same.
fn without_summary(err: &str) -> String {
    let summary = |line: &&str| line.starts_with("done in ") || line.starts_with("failed in ");
    err.split_inclusive('\n').filter(|line| !summary(line)).collect()
}

/// Part files below a directory.
fn written(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    fn walk(root: &Path, directory: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            let path = entry.path();
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                walk(root, &path, files);
            } else if entry.file_name().to_string_lossy().starts_with("part-") {
                let name = path.strip_prefix(root).unwrap_or(&path).display().to_string();
                files.insert(name, fs::read(&path).unwrap_or_default());
            }
        }
    }
    let mut files = BTreeMap::new();
    walk(directory, directory, &mut files);
    files
}

fn compare(what: &str, expected: &str, found: &str) -> Result<(), Failed> {
    if expected == found {
        return Ok(());
    }
    let (left, right): (Vec<&str>, Vec<&str>) = (expected.split('\n').collect(), found.split('\n').collect());
    let at = left.iter().zip(&right).take_while(|(a, b)| a == b).count();
    let some = |lines: &[&str], sign: &str| -> String {
        lines.iter().skip(at).take(12).map(|line| format!("    {sign} {line}\n")).collect()
    };
    Err(format!("{what} differs from line {}:\n{}{}", at + 1, some(&left, "-"), some(&right, "+")).into())
}
