//! What holds for the tree as a whole: the order of layers, owners of external crates, files with `unsafe`, headers,
//! lengths, generated pages, and the findings in the jobs.
//!
//! `BLESS=1 cargo test --test tidy` writes the generated pages of `docs/` anew.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Layers; a module imports only from those to its left, and from its own.
const LAYERS: &[&str] = &[
    "base", "runtime", "types", "hir", "plan", "catalog", "syntax", "sema", "lint", "pyspark", "opt", "kir", "stage",
    "engine", "exec", "driver", "cli",
];

/// Layers with an order of their own: folders and files, each of which imports only from those to its left.
const FOLDERS: &[(&str, &[&str])] = &[
    ("runtime", &["pages", "value", "scan", "call", "python", "spark", "constant"]),
    (
        "exec",
        &[
            "errors",
            "memory",
            "metrics",
            "data",
            "io",
            "settings",
            "kernel",
            "operators",
            "task",
            "process",
            "schedule",
        ],
    ),
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
    ("regex_automata", &["runtime/python/regex/"]),
    ("regex_syntax", &["runtime/python/regex/"]),
    ("unicode_names2", &["runtime/python/regex/"]),
    ("jiter", &["runtime/python/json.rs", "runtime/python/json/"]),
    ("siphasher", &["runtime/spark/portable.rs"]),
    ("crc32fast", &["runtime/python/digests.rs"]),
    ("md_5", &["runtime/python/digests.rs"]),
    ("sha2", &["runtime/python/digests.rs"]),
    ("unicode_normalization", &["runtime/python/normal.rs"]),
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
    (
        "rustix",
        &["exec/errors/io.rs", "exec/io/", "exec/process/child.rs", "runtime/pages.rs", "runtime/spark/pipe.rs"],
    ),
    ("signal_hook", &["exec/io/"]),
    ("clap", &["cli/"]),
    ("clap_complete", &["cli/"]),
    ("indicatif", &["cli/"]),
    ("bytesize", &["cli/args.rs", "cli/report.rs"]),
    ("humantime", &["cli/args.rs"]),
    ("tempfile", &["cli/files.rs"]),
    ("similar", &["cli/diff.rs"]),
    ("comfy_table", &["cli/table.rs"]),
    ("serde", &["base/", "runtime/", "types/", "hir/", "plan/", "kir/", "stage/", "exec/", "cli/"]),
    ("serde_bytes", &["base/", "exec/"]),
    ("postcard", &["base/wire.rs"]),
    ("serde_json", &["exec/", "cli/"]),
];

/// Who may open files.
const FILES: &[&str] = &["exec/", "driver/load.rs", "cli/"];

/// Files that may have `unsafe`.
const UNSAFE: &[&str] = &[
    "engine/emit.rs",
    "engine/interp.rs",
    "engine/jit/module.rs",
    "engine/jit/state.rs",
    "exec/data/batch.rs",
    "exec/data/block.rs",
    "exec/data/heap.rs",
    "exec/operators/batched/combine.rs",
    "exec/operators/batched/states.rs",
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

    /// Its path as a module: `engine::jit::func`, `engine::jit` for `engine/jit/mod.rs`, nothing for the crate's root.
    fn module(&self) -> String {
        let path = self.path.trim_end_matches(".rs").trim_end_matches("/mod");
        if path == "lib" { String::new() } else { path.replace('/', "::") }
    }

    /// The paths that its code imports or names from the crate's root, from itself, from above, or from a child.
    fn paths(&self) -> Vec<String> {
        let mut paths = Vec::new();
        let mut rest = String::new();
        for statement in self.code.split_inclusive(';') {
            let import = |(at, _): &(usize, &str)| {
                let text = &statement[at + 4..];
                let starts = !statement[..*at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
                starts && text.starts_with(|c: char| c.is_alphabetic() || c == '_') && !text.contains(['(', '=', '.'])
            };
            let start = statement.match_indices("use ").filter(import).last().map(|(at, _)| at);
            match start {
                Some(at) if statement.ends_with(';') => {
                    rest.push_str(&statement[..at]);
                    paths_of_use(&statement[at + 4..statement.len() - 1], "", &mut paths);
                }
                _ => rest.push_str(statement),
            }
        }
        let children = rest.split("mod ").skip(1).filter_map(|after| Some(after.split_once(';')?.0.to_owned()));
        for head in children.chain(["crate", "self", "super"].map(str::to_owned)).collect::<Vec<_>>() {
            let head = format!("{head}::");
            let named = rest.match_indices(&head).filter(|(at, _)| {
                let before = &rest[..*at];
                !before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | ':'))
                    && !before.ends_with("pub(in ")
            });
            let path = |at: usize| rest[at..].split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | ':'))).next();
            paths.extend(named.filter_map(|(at, _)| Some(path(at)?.trim_end_matches(':').to_owned())));
        }
        paths
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
    let sources = sources();
    let imports = imports(&sources);
    assert_none(&backwards(&imports, "", LAYERS));
}

#[test]
fn folders_import_from_their_left() {
    let sources = sources();
    let imports = imports(&sources);
    assert_none(&FOLDERS.iter().flat_map(|(layer, folders)| backwards(&imports, layer, folders)).collect::<Vec<_>>());
}

#[test]
fn files_import_without_circles() {
    let sources = sources();
    let imports = imports(&sources);
    let circles = LAYERS.iter().flat_map(|layer| circles(&imports, layer));
    let problems = circles.map(|circle| format!("these import each other: {}", circle.join(", ")));
    assert_none(&problems.collect::<Vec<_>>());
}

/// `src/harness.rs` is all that the crate shows, and lists no name that nothing outside of `src` uses.
#[test]
fn the_crate_is_closed() {
    let sources = sources();
    let code = |path: &str| &sources.iter().find(|source| source.path == path).expect("it is there").code;
    let open: Vec<&str> = code("lib.rs").lines().filter(|line| line.starts_with("pub ")).collect();
    assert_eq!(open, ["pub mod harness;", "pub use cli::main;"]);

    let mut paths = Vec::new();
    for folder in ["tests", "benches", "fuzz/fuzz_targets"] {
        walk(&root().join(folder), &mut paths);
    }
    let outside: String = paths.iter().map(|path| fs::read_to_string(path).expect("sources are text")).collect();
    let words: BTreeSet<&str> = outside.split(|c: char| !(c.is_alphanumeric() || c == '_')).collect();
    let mut shown = Vec::new();
    for statement in code("harness.rs").split("pub use ").skip(1) {
        paths_of_use(statement.split(';').next().unwrap_or_default(), "", &mut shown);
    }
    let name = |path: &String| path.rsplit("::").next().unwrap_or_default().to_owned();
    assert_none(&shown.iter().map(name).filter(|name| !words.contains(name.as_str())).collect::<Vec<_>>());
}

/// For each module, by its path below the crate, the modules of the crate that it imports from.
type Imports = BTreeMap<String, BTreeSet<String>>;

fn imports(sources: &[Source]) -> Imports {
    let own = || sources.iter().filter(|source| !source.is_test());
    let modules: BTreeSet<String> = own().map(Source::module).collect();
    let of = |source: &Source| {
        let me = source.module();
        let found = source.paths().into_iter().filter_map(|path| resolve(&path, &me, &modules));
        (me.clone(), found.filter(|module| *module != me).collect())
    };
    own().map(of).collect()
}

/// The module that a path leads to, or whose item it names; nothing if it leads out of the crate.
fn resolve(path: &str, me: &str, modules: &BTreeSet<String>) -> Option<String> {
    let mut segments: VecDeque<&str> = path.split("::").collect();
    let mut found: Vec<&str> = me.split("::").filter(|segment| !segment.is_empty()).collect();
    match *segments.front()? {
        "crate" => found.clear(),
        "self" => {}
        "super" => {
            while segments.front() == Some(&"super") {
                found.pop();
                segments.pop_front();
            }
            segments.push_front("self");
        }
        child if modules.contains(&[found.join("::"), child.to_owned()].join("::")) => segments.push_front("self"),
        _ => return None,
    }
    found.extend(segments.into_iter().skip(1));
    while !found.is_empty() && !modules.contains(&found.join("::")) {
        found.pop();
    }
    Some(found.join("::"))
}

/// The paths that a tree of a `use` stands for: `a::{b, c::{d, e}}` for `a::b`, `a::c::d` and `a::c::e`.
fn paths_of_use(tree: &str, before: &str, paths: &mut Vec<String>) {
    let Some(open) = tree.find('{') else {
        let path = tree.split(" as ").next().unwrap_or_default().trim();
        return paths.push(format!("{before}{path}"));
    };
    let before = format!("{before}{}", tree[..open].trim());
    let inside = &tree[open + 1..tree.rfind('}').unwrap_or(tree.len())];
    let (mut depth, mut start) = (0, 0);
    for (at, c) in inside.char_indices().chain([(inside.len(), ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                let part = inside[start..at].trim();
                if !part.is_empty() {
                    paths_of_use(part, &before, paths);
                }
                start = at + 1;
            }
            _ => {}
        }
    }
}

/// Imports among the parts of a layer (of the crate for ``) that go to a part further right in the order.
fn backwards(imports: &Imports, layer: &str, order: &[&str]) -> Vec<String> {
    let part = |module: &str| {
        let rest = if layer.is_empty() { module } else { module.strip_prefix(layer)?.strip_prefix("::")? };
        let first = rest.split("::").next().unwrap_or_default().to_owned();
        order.iter().position(|part| *part == first)
    };
    let mut problems = Vec::new();
    for (module, imported) in imports {
        let Some(own) = part(module) else { continue };
        for other in imported.iter().filter(|other| part(other).is_some_and(|part| part > own)) {
            problems.push(format!("{module} imports from {other}, which is to its right in the order of {layer:?}"));
        }
    }
    problems
}

/// The circles among the modules of a layer.
fn circles(imports: &Imports, layer: &str) -> Vec<Vec<String>> {
    let inside = |module: &&String| module.split("::").next() == Some(layer);
    let reached = |from: &String| {
        let (mut seen, mut work) = (BTreeSet::new(), vec![from]);
        while let Some(module) = work.pop() {
            work.extend(imports[module].iter().filter(inside).filter(|next| seen.insert((*next).clone())));
        }
        seen
    };
    let reached: BTreeMap<&String, BTreeSet<String>> =
        imports.keys().filter(inside).map(|module| (module, reached(module))).collect();
    let circle = |module: &String| -> BTreeSet<String> {
        reached[module].iter().filter(|other| reached[other].contains(module)).cloned().collect()
    };
    let circles: BTreeSet<BTreeSet<String>> = reached.keys().map(|module| circle(module)).collect();
    circles.into_iter().filter(|circle| !circle.is_empty()).map(|circle| circle.into_iter().collect()).collect()
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
    use sparkc::harness::cli::{api, doc};
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
    let done = sparkc(root(), &["check", "--format=concise", "jobs", "examples", "benches/workloads/jobs"]);
    assert_eq!((done.status.code(), text(&done.stdout)), (Some(0), String::new()));
}

#[test]
fn jobs_are_formatted() {
    let done = sparkc(root(), &["fmt", "--check", "jobs", "examples", "benches/workloads/jobs"]);
    assert_eq!((done.status.code(), text(&done.stdout)), (Some(0), String::new()), "run `sparkc fmt` on these files");
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
