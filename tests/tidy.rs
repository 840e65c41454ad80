//! What holds for the tree as a whole: the order of layers, owners of external crates, files with `unsafe`, headers,
//! lengths, generated pages, and the findings in the jobs.
//!
//! `BLESS=1 cargo test --test tidy` writes the generated pages of `docs/` anew.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Layers; a module imports only from those to its left, and from its own.
const LAYERS: &[&str] = &[
    "base", "runtime", "types", "hir", "plan", "catalog", "syntax", "sema", "lint", "pyspark", "opt", "kir", "stage",
    "engine", "exec", "driver", "cli",
];

/// External crates, and the files or folders of `src` that may name them.
const OWNERS: &[(&str, &[&str])] = &[
    ("pest", &["syntax/"]),
    ("pest_derive", &["syntax/"]),
    ("miette", &["base/diag.rs", "base/excerpt.rs"]),
    ("strsim", &["sema/", "cli/"]),
    ("thiserror", &["base/", "exec/", "runtime/value/codec.rs"]),
    ("bumpalo", &["runtime/"]),
    ("hashbrown", &["runtime/"]),
    ("zmij", &["runtime/"]),
    ("itoa", &["runtime/"]),
    ("fast_float2", &["runtime/"]),
    ("regex", &["runtime/"]),
    ("jiter", &["runtime/python/json.rs", "runtime/python/json/"]),
    ("siphasher", &["runtime/spark/portable.rs"]),
    ("memchr", &["runtime/", "exec/"]),
    ("simdutf8", &["runtime/", "exec/"]),
    ("cranelift_codegen", &["engine/jit/"]),
    ("cranelift_frontend", &["engine/jit/"]),
    ("cranelift_jit", &["engine/jit/"]),
    ("cranelift_module", &["engine/jit/"]),
    ("cranelift_native", &["engine/jit/"]),
    ("rayon", &["exec/"]),
    ("flate2", &["exec/io/"]),
    ("bzip2", &["exec/io/"]),
    ("zstd", &["exec/io/"]),
    ("globset", &["exec/io/", "cli/"]),
    ("rustix", &["exec/errors/io.rs", "exec/io/", "runtime/pages.rs", "runtime/spark/pipe.rs"]),
    ("signal_hook", &["exec/io/"]),
    ("clap", &["cli/"]),
    ("clap_complete", &["cli/"]),
    ("indicatif", &["cli/"]),
    ("bytesize", &["cli/args.rs", "cli/report.rs"]),
    ("humantime", &["cli/args.rs"]),
    ("tempfile", &["cli/files.rs"]),
    ("similar", &["cli/diff.rs"]),
    ("comfy_table", &["cli/table.rs"]),
    ("serde", &["exec/", "cli/"]),
    ("serde_json", &["exec/", "cli/"]),
];

/// Who may open files.
const FILES: &[&str] = &["exec/", "driver/load.rs", "cli/"];

/// Files that may have `unsafe`.
const UNSAFE: &[&str] = &[
    "engine/interp.rs",
    "engine/jit/module.rs",
    "engine/jit/state.rs",
    "engine/staging.rs",
    "exec/data/batch.rs",
    "exec/operators/batched/combine.rs",
    "runtime/call/abi.rs",
    "runtime/constant.rs",
    "runtime/pages.rs",
    "runtime/scan/fields.rs",
    "runtime/scan/levels.rs",
    "runtime/scan.rs",
    "runtime/testing.rs",
    "runtime/value/datum.rs",
    "runtime/value/groups/entries.rs",
    "runtime/value/groups/words.rs",
    "runtime/value/groups.rs",
    "runtime/value/table.rs",
    "runtime/value/words.rs",
];

/// The most lines of a file; tables are exempt.
const MAX_LINES: usize = 600;
const TABLES: &[&str] =
    &["catalog/", "runtime/python/unicode.rs", "runtime/spark/cardinality/bias.rs", "base/codes.rs"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A source file: its path below `src`, and its text without tests.
struct Source {
    path: String,
    text: String,
    code: String,
}

fn sources() -> Vec<Source> {
    let mut paths = Vec::new();
    walk(&root().join("src"), &mut paths);
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("sources are text");
        let path = path.strip_prefix(root().join("src")).expect("it is below").display().to_string();
        let code = code_of(&text);
        Source { path, text, code }
    };
    paths.into_iter().map(read).collect()
}

fn walk(directory: &Path, paths: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(directory).expect("it is there").flatten().map(|entry| entry.path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            walk(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
}

/// The lines before the tests at the end of a file, without comments.
fn code_of(text: &str) -> String {
    let end = text.find("#[cfg(test)]\nmod tests {").unwrap_or(text.len());
    let lines = text[..end].lines().map(|line| line.split("//").next().unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

impl Source {
    fn is_test(&self) -> bool {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        name.contains("tests")
            || self.path.contains("/tests/")
            || matches!(name, "testing.rs" | "recorded.rs" | "arbitrary.rs")
    }

    fn layer(&self) -> Option<usize> {
        let first = self.path.split('/').next().unwrap_or_default().trim_end_matches(".rs");
        LAYERS.iter().position(|layer| *layer == first)
    }

    /// Whether the code names a crate: `name::`, not within a longer path, and not a module of its own.
    fn names(&self, name: &str) -> bool {
        if self.code.contains(&format!("mod {name};")) {
            return false;
        }
        let call = format!("{name}::");
        self.code.match_indices(&call).any(|(at, _)| {
            !self.code[..at].chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':')
        })
    }
}

fn among(path: &str, places: &[&str]) -> bool {
    places.iter().any(|place| path == *place || place.ends_with('/') && path.starts_with(place))
}

fn assert_none(problems: &[String]) {
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

#[test]
fn layers_import_from_their_left() {
    let mut problems = Vec::new();
    for source in sources().iter().filter(|source| !source.is_test()) {
        let Some(layer) = source.layer() else { continue };
        for later in &LAYERS[layer + 1..] {
            if source.code.contains(&format!("crate::{later}::")) || source.code.contains(&format!("crate::{later};")) {
                problems.push(format!("src/{} ({}) imports from {later}", source.path, LAYERS[layer]));
            }
        }
    }
    assert_none(&problems);
}

#[test]
fn crates_have_owners() {
    let mut problems = Vec::new();
    for source in sources().iter().filter(|source| !source.is_test()) {
        for (name, owners) in OWNERS {
            if source.names(name) && !among(&source.path, owners) {
                problems.push(format!("src/{} names {name}, which belongs to {}", source.path, owners.join(", ")));
            }
        }
        if (source.names("std::fs") || source.code.contains("use std::fs;")) && !among(&source.path, FILES) {
            problems.push(format!("src/{} opens files, which is for {}", source.path, FILES.join(", ")));
        }
    }
    assert_none(&problems);
}

#[test]
fn dependencies_have_an_owner() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("the manifest is there");
    let start = manifest.find("[dependencies]").expect("there are dependencies");
    let end = manifest[start + 1..].find("\n[").map_or(manifest.len(), |at| start + 1 + at);
    let names = manifest[start..end].lines().skip(1).filter(|line| !line.starts_with('#') && line.contains('='));
    let crates = names.filter_map(|line| line.split([' ', '=']).next());
    // `stacker` is for whatever recurses.
    let unknown = |name: &&str| *name != "stacker" && !OWNERS.iter().any(|(owned, _)| *owned == name.replace('-', "_"));
    let problems: Vec<String> =
        crates.filter(unknown).map(|name| format!("{name} has no owner in tests/tidy.rs")).collect();
    assert_none(&problems);
}

#[test]
fn unsafe_is_where_it_is_listed() {
    let allows = |source: &Source| source.code.contains("allow(unsafe_code");
    let found: Vec<String> =
        sources().iter().filter(|source| allows(source)).map(|source| source.path.clone()).collect();
    assert_eq!(found, UNSAFE, "the list is in tests/tidy.rs; a new entry needs a reason that a reviewer accepts");
}

#[test]
fn files_have_a_header_and_an_end() {
    let mut problems = Vec::new();
    for source in sources() {
        if !source.text.starts_with("//!") {
            problems.push(format!("src/{} does not begin with //!", source.path));
        }
        let lines = source.text.lines().count();
        if lines > MAX_LINES && !among(&source.path, TABLES) {
            problems.push(format!("src/{} has {lines} lines, of at most {MAX_LINES}", source.path));
        }
    }
    assert_none(&problems);
}

#[test]
fn generated_pages_are_up_to_date() {
    use sparkc::cli::{api, doc};
    let pages = [
        ("reference.md", doc::reference_page()),
        ("errors.md", doc::codes_page()),
        ("cli.md", doc::cli_page()),
        ("api.md", api::api_page()),
    ];
    for (name, text) in pages {
        let path = root().join("docs").join(name);
        if std::env::var_os("BLESS").is_some() {
            fs::create_dir_all(root().join("docs")).expect("the tree can be written");
            fs::write(&path, text).expect("the tree can be written");
        } else {
            let found = fs::read_to_string(&path).unwrap_or_default();
            assert!(found == text, "docs/{name} is stale: BLESS=1 cargo test --test tidy");
        }
    }
}

#[test]
fn jobs_have_no_findings() {
    let done = sparkc(root(), &["check", "--format=concise", "jobs", "benches/workloads/jobs"]);
    assert_eq!((done.status.code(), text(&done.stdout)), (Some(0), String::new()));
}

fn sparkc(directory: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sparkc"))
        .args(args)
        .current_dir(directory)
        .output()
        .expect("sparkc was built for this test")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
