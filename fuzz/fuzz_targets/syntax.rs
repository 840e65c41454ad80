//! Any text is a program or diagnostics; a program that parses is formatted to the same program, twice alike.
//!
//! `cargo +nightly fuzz run syntax` with the jobs as seeds: `fuzz/corpus/syntax` may be a copy of `jobs/*.spk`.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sparkc::harness::base::Sources;
use sparkc::harness::syntax::ExprIds;
use sparkc::harness::syntax::parse;
use sparkc::harness::syntax::print_program;
use sparkc::harness::syntax::shape;

fuzz_target!(|text: &str| {
    let mut sources = Sources::default();
    let file = sources.add("fuzz.spk", text);
    let (program, diags) = parse(&sources, file, &mut ExprIds::default());
    for diag in &diags {
        diag.print_report(&sources, false);
    }
    let printed = print_program(&program, &sources);
    if !diags.is_empty() {
        return;
    }
    let file = sources.add("again.spk", printed.clone());
    let (again, diags) = parse(&sources, file, &mut ExprIds::default());
    assert!(diags.is_empty(), "the formatted text does not parse: {printed}");
    assert_eq!(shape(&program), shape(&again), "the formatted text is another program: {printed}");
    assert_eq!(print_program(&again, &sources), printed, "formatting twice differs");
});
