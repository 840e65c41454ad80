//! The whole front end on changed jobs: a text that compiles is planned, optimised, cut into stages and lowered to kernels,
//! with all passes and with none, without reading data.
//!
//! `cargo +nightly fuzz run front_end`; the corpus must be a copy of `jobs/*.spk`, for random text does not compile. Jobs
//! that name files fail when they are listed, which is an error as any other; loops over long lists are left out.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sparkc::harness::driver::{CheckedJob, Explain, Options, explain};

fuzz_target!(|text: &str| {
    let reads = ["textFile", "wholeTextFiles", "for ", "while "].iter().any(|word| text.contains(word));
    if reads || text.contains("saveAsTextFile") {
        return;
    }
    let Ok(compiled) = CheckedJob::from_text("fuzz.spk", text.to_owned()) else { return };
    for disabled_passes in [vec![], vec!["all".to_owned()]] {
        let options = Options { disabled_passes, ..Options::default() };
        for what in [Explain::Plan, Explain::Opt, Explain::Stages, Explain::Kernels, Explain::Clif] {
            // An error of the job is an answer; a panic is a finding.
            let _ = explain(&compiled, &options, what);
        }
    }
});
