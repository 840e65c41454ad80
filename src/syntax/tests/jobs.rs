//! The jobs of the repository: they parse, and the formatter keeps its laws on them.

use std::path::Path;

use super::formatted;

#[test]
fn jobs_of_the_repository_parse_and_format() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("jobs");
    let mut count = 0;
    for entry in folder.read_dir().unwrap().flatten() {
        if entry.path().extension().is_some_and(|extension| extension == "spk") {
            formatted(&std::fs::read_to_string(entry.path()).unwrap());
            count += 1;
        }
    }
    assert!(count > 30, "{count} jobs");
}

/// The programs of the cases, without their sections.
fn cases(folder: &Path, out: &mut Vec<(String, String)>) {
    for entry in folder.read_dir().unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            cases(&path, out);
        } else if path.extension().is_some_and(|extension| extension == "spk") {
            let text = std::fs::read_to_string(&path).unwrap();
            let program = text.split("\n---- ").next().unwrap().to_string();
            out.push((path.display().to_string(), program));
        }
    }
}

#[test]
fn cases_parse_unless_they_are_about_errors() {
    let mut all = Vec::new();
    cases(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases"), &mut all);
    for (path, program) in all {
        if path.contains("/errors/") {
            let (sources, tree, _) = super::parse_text(&program);
            super::print_program(&tree, &sources);
            continue;
        }
        let found = super::reports(&program);
        assert!(found.is_empty(), "{path}\n{found}");
        formatted(&program);
    }
}

#[test]
fn malformed_cases_are_reported() {
    let mut all = Vec::new();
    cases(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/errors/syntax"), &mut all);
    all.sort();
    for (path, program) in all {
        let found = super::reports(&program);
        assert!(!found.is_empty(), "nothing is wrong with {path}");
    }
}
