//! Hostile sources: each gives a diagnostic or a tree, in time, on a small stack.

use std::time::{Duration, Instant};

use super::super::print::print_program;
use super::parse_text;

/// A build without optimisation takes some ten times as long as the 2 s that users are promised.
const PATIENCE: Duration = Duration::from_secs(10);

/// Such a build tries smaller sources where all of it is parsed.
const SMALLER: usize = if cfg!(debug_assertions) { 10 } else { 1 };

fn first_code(text: &str) -> &'static str {
    let start = Instant::now();
    let (sources, program, diags) = parse_text(text);
    print_program(&program, &sources);
    for diag in &diags {
        diag.print_line(&sources);
    }
    let took = start.elapsed();
    let beginning: String = text.chars().take(20).collect();
    assert!(took < PATIENCE, "{took:?} for {beginning:?}");
    diags.first().map_or("", |diag| diag.code.0)
}

fn nested(open: &str, inner: &str, close: &str, depth: usize) -> String {
    format!("let x = {}{inner}{}", open.repeat(depth), close.repeat(depth))
}

#[test]
fn nesting_to_the_limit_parses() {
    for (open, close) in [("(", ")"), ("[", "]"), ("{", "}"), ("f(", ")"), ("not ", ""), ("x -> ", ""), ("-", "")] {
        assert_eq!(first_code(&nested(open, "1", close, 250)), "", "{open}");
        assert_eq!(first_code(&nested(open, "1", close, 257)), "E0106", "{open}");
    }
    assert_eq!(first_code(&nested("(", "1", ")", 256)), "");
    assert_eq!(first_code(&format!("let x: {}int{} = 1", "list[".repeat(250), "]".repeat(250))), "");
}

#[test]
fn runs_of_anything_end_in_a_diagnostic() {
    let units = [
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "([{",
        "f\"{",
        "f'{f\"{",
        "\"",
        "'''",
        "not ",
        "- ",
        "x -> ",
        "a ",
        "a ** ",
        "a ?? ",
        "1 + ",
        "if a then ",
        "let a = b in ",
        "a in ",
        "a < ",
        "x[0]",
        "x.f()",
        ".f()",
        "(a, ",
        "{a: ",
        "{a with b: ",
        "f(",
        "x?",
        "#",
        "\\",
        "\0",
        "é",
        "|",
        "| a",
        "&&",
        "a.",
        "1.",
        "(a | f ",
        "f (",
        "a = ",
        "else ",
        "for x in ",
        "{x: (",
        "[x for x in ",
        "print(",
        "x, ",
        "let ",
        "def f(a: ",
        "type X = ",
        "if x {",
        "\r",
        "\r\n",
        ";",
        "a;",
        "\\\"\"\"",
    ];
    first_code(&"(".repeat(100_000));
    for unit in units {
        first_code(&unit.repeat(100_000 / SMALLER));
        first_code(&format!("let x = {}", unit.repeat(50_000)));
        first_code(&format!("let x = {}", format!("{unit}\n").repeat(20_000 / SMALLER)));
        first_code(&format!("let x = ({}", unit.repeat(240)));
        first_code(&format!("x | f ({}", format!("{unit}(").repeat(120)));
    }
}

#[test]
fn types_nest_to_the_limit_only() {
    assert_eq!(first_code(&format!("let x: {}int = 1", "int -> ".repeat(100_000))), "E0106");
    assert_eq!(first_code(&format!("let x: {}int = 1", "(".repeat(100_000))), "E0106");
    assert_eq!(first_code(&format!("let x: int{} = 1", "?".repeat(100_000))), "E0106");
}

#[test]
fn long_pipelines_and_lists_are_flat() {
    assert_eq!(first_code(&format!("a{}", " | map f".repeat(10_000))), "");
    assert_eq!(first_code(&format!("a{}", " | map f".repeat(10_001))), "E0106");
    assert_eq!(first_code(&format!("let x = [{}]", "(1, \"a\"), ".repeat(50_000 / SMALLER))), "");
    assert_eq!(first_code(&"x = 1\n".repeat(100_000 / SMALLER)), "");
}

#[test]
fn sources_over_a_limit_are_refused() {
    assert_eq!(first_code(&" ".repeat((16 << 20) + 1)), "E0106");
    assert_eq!(first_code(&"a\n".repeat(8 << 20)), "E0106");
    assert_eq!(first_code(&format!("let x = \"{}\"", "a".repeat((15 << 20) / SMALLER))), "");
    assert_eq!(first_code(&format!("# {}", "a".repeat(15 << 20))), "");
}
