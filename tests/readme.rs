//! Runs the examples of the prose pages, so that they cannot rot.
//!
//! In a page, a block ```` ```spk ```` is a whole job; the block ```` ```text ```` that follows it directly is what it
//! prints, and without one it prints nothing. A block ```` ```console ```` is a session: lines that begin with `$ ` are
//! given to a shell, the others are what they print, standard error included; times are not compared. All blocks of a page
//! run one after the other in one fresh directory that has the repository's `jobs` and `examples`. `BLESS=1` writes what is
//! printed into the page.
//!
//! Ratios (`3.02 ×`) in the README and in its chart must stand in a table of `docs/performance.md`, and links between pages
//! must lead to files and headings that exist.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

const PAGES: [&str; 3] = ["README.md", "docs/guide.md", "docs/language.md"];

#[test]
fn examples_of_pages_print_what_they_show() {
    let mut stale = String::new();
    for page in PAGES {
        let path = root().join(page);
        let text = read(page);
        let fresh = Directory::new().refreshed(&text);
        if same(&text, &fresh) {
            continue;
        }
        if env::var_os("BLESS").is_some() {
            fs::write(&path, fresh).expect("pages can be written");
        } else {
            stale += &differences(page, &text, &fresh);
        }
    }
    assert!(stale.is_empty(), "BLESS=1 refreshes what these pages show:\n{stale}");
}

#[test]
fn ratios_stand_in_a_table_of_measurements() {
    let measurements = read("docs/performance.md");
    let tables: Vec<&str> = measurements.lines().filter(|line| line.starts_with('|')).collect();
    let measured: BTreeSet<&str> = tables.iter().flat_map(|row| ratios(row)).collect();
    // The marks of the chart's axes are whole numbers, and no measurements.
    let chart = read("docs/performance.svg");
    let labels = chart.lines().filter(|line| !line.contains("class=\"small\""));
    let page = read("README.md");
    let shown = page.lines().filter(|line| !line.starts_with("A ratio of 2 ×")).chain(labels);
    let invented: Vec<&str> = shown.flat_map(ratios).filter(|ratio| !measured.contains(ratio)).collect();
    assert!(invented.is_empty(), "no table of docs/performance.md has {invented:?}");
}

/// The numbers before the signs `×` of a line.
fn ratios(line: &str) -> Vec<&str> {
    let before = line.match_indices(" ×").map(|(at, _)| &line[..at]);
    let numbers = before.filter_map(|text| text.rsplit(|c: char| !c.is_ascii_digit() && c != '.').next());
    numbers.filter(|number| !number.is_empty()).collect()
}

#[test]
fn links_lead_somewhere() {
    let mut broken = String::new();
    for page in documents() {
        let text = read(&page);
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if !target.contains("://") && !leads_somewhere(&page, target) {
                broken += &format!("{page}: {target}\n");
            }
        }
    }
    assert!(broken.is_empty(), "links to what does not exist:\n{broken}");
}

/// The pages for readers: those at the root and in `docs`.
fn documents() -> Vec<String> {
    let mut found = Vec::new();
    for folder in ["", "docs/", "jobs/"] {
        for entry in fs::read_dir(root().join(folder)).expect("it is part of the repository") {
            let name = entry.expect("it can be read").file_name().into_string().expect("names are ASCII");
            if name.ends_with(".md") {
                found.push(format!("{folder}{name}"));
            }
        }
    }
    found
}

/// Whether a link in a page leads to a file, and to a heading of it if it names one.
fn leads_somewhere(page: &str, target: &str) -> bool {
    let (file, heading) = target.split_once('#').unwrap_or((target, ""));
    let folder = page.rsplit_once('/').map_or("", |(folder, _)| folder);
    let path = if file.is_empty() { root().join(page) } else { root().join(folder).join(file) };
    if heading.is_empty() {
        return path.exists();
    }
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines().filter_map(|line| line.strip_prefix('#')).any(|line| anchor(line) == heading)
}

/// The anchor that GitHub gives a heading: lower case, with `-` for blanks and without punctuation.
fn anchor(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
    text.chars().filter(|&c| c.is_alphanumeric() || c == '-' || c == '_').collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(page: &str) -> String {
    fs::read_to_string(root().join(page)).expect("the page is part of the repository")
}

/// A directory in which the examples of a page run; it goes when the page is done.
struct Directory(TempDir);

impl Directory {
    fn new() -> Directory {
        let directory = tempfile::tempdir().expect("the directory of temporary files can be written");
        for name in ["jobs", "examples"] {
            std::os::unix::fs::symlink(root().join(name), directory.path().join(name)).expect("the directory is new");
        }
        Directory(directory)
    }

    /// The page with what its examples print now.
    fn refreshed(&self, page: &str) -> String {
        let mut out = String::new();
        let mut lines = page.lines().peekable();
        while let Some(line) = lines.next() {
            out += &format!("{line}\n");
            if line != "```spk" && line != "```console" {
                continue;
            }
            let block: String = lines.by_ref().take_while(|l| *l != "```").map(|l| format!("{l}\n")).collect();
            if line == "```console" {
                out += &self.session(&block);
                out += "```\n";
                continue;
            }
            out += &format!("{block}```\n");
            let mut ahead = lines.clone();
            if ahead.next() == Some("") && ahead.next() == Some("```text") {
                ahead.by_ref().take_while(|l| *l != "```").for_each(drop);
                lines = ahead;
            }
            let printed = self.run("sparkc run --quiet -", &block);
            if !printed.is_empty() {
                out += &format!("\n```text\n{printed}```\n");
            }
        }
        out
    }

    /// The commands of a session with what they print now.
    fn session(&self, block: &str) -> String {
        let commands = block.lines().filter_map(|line| line.strip_prefix("$ "));
        commands.map(|command| format!("$ {command}\n{}", self.run(command, ""))).collect()
    }

    /// What a command prints, standard error included.
    fn run(&self, command: &str, input: &str) -> String {
        let sparkc = Path::new(env!("CARGO_BIN_EXE_sparkc")).parent().expect("a file is in a directory");
        let search = format!("{}:{}", sparkc.display(), env::var("PATH").unwrap_or_default());
        let mut child = Command::new("sh")
            .args(["-c", &format!("({command}) 2>&1")])
            .current_dir(&self.0)
            .env("PATH", search)
            .env("NO_COLOR", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("there is a shell");
        // A command that does not read its input is free to end before it is written.
        drop(child.stdin.take().expect("it is piped").write_all(input.as_bytes()));
        let output = child.wait_with_output().expect("the shell ends");
        String::from_utf8(output.stdout).expect("sparkc writes UTF-8")
    }
}

/// Whether two versions of a page differ in times only.
fn same(old: &str, new: &str) -> bool {
    old.lines().map(timeless).eq(new.lines().map(timeless))
}

/// A line without the seconds of a summary: `done in 0.02 s: …` gives `done in: …`. Of the table of stages (`--timings`) only
/// the head and the first column count, as the others depend on times.
fn timeless(line: &str) -> String {
    if line.starts_with("stage  ") {
        return line.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    if line.contains(" ms  ") {
        return line.split("  ").next().unwrap_or_default().to_owned();
    }
    let Some((head, (_, tail))) = line.split_once(" in ").and_then(|(h, t)| Some((h, t.split_once(" s: ")?))) else {
        return line.to_owned();
    };
    if head == "done" || head == "failed" { format!("{head} in: {tail}") } else { line.to_owned() }
}

/// The lines of each version that the other one has not at their place, from the first on.
fn differences(page: &str, old: &str, new: &str) -> String {
    let shared = old.lines().zip(new.lines()).take_while(|(a, b)| timeless(a) == timeless(b)).count();
    let excerpt = |text: &str| text.lines().skip(shared).take(12).map(|l| format!("    {l}\n")).collect::<String>();
    format!("{page}:{}\n  shows\n{}  and it prints\n{}", shared + 1, excerpt(old), excerpt(new))
}
