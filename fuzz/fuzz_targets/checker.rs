//! Any text gets a program or diagnostics from parser and checker, and every diagnostic can be shown.
//!
//! `cargo +nightly fuzz run checker`; a good corpus is a copy of `jobs/*.spk`.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sparkc::harness::base::Sources;
use sparkc::harness::sema;

fuzz_target!(|text: &str| {
    let mut sources = Sources::default();
    let file = sources.add("fuzz.spk", text);
    let checked = sema::check(&mut sources, file, &|path| Err(format!("{path}: fuzzing reads no files")));
    for diag in &checked.diags {
        diag.print_report(&sources, false);
        diag.print_line(&sources);
    }
    assert!(checked.program.is_some() || !checked.diags.is_empty(), "no program, and nothing that says why");
});
