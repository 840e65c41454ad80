//! Lints: what PySpark's users are told as advice, proved for the job at hand, each with a change that follows it.
//!
//! ```text
//! words | map (w, 1) | groupByKey | mapValues sum     W1101: values are grouped only to be reduced
//! words | map (w, 1) | reduceByKey +                  what its fix makes of it
//! ```
//!
//! In go the syntax tree and what the checker found; out come warnings. A lint fires only where its fix cannot change
//! the answer of a job that ends well: the same elements, in the same partitions and order; where only the multiset is
//! kept (behind an operator whose order Spark does not define), its entry in `docs/lints.md` says so. A lint says only
//! what it can prove: bodies of functions, variables that change and operators that `ops` does not know are left alone.
//!
//! `facts` is what the checker found, `chain` sees through the ways to write an application, `flow` knows which variable is computed how often, `values` what
//! holds for values, `edit` writes changes, `allow` reads comments; each other file is a lint or a few that are alike.
//! A lint is a code, a row in [`LINTS`], an entry in `docs/lints.md`, and cases in `tests/lints/`.

pub mod allow;
mod chain;
mod collected;
mod edit;
mod errors;
mod facts;
mod flow;
mod group;
mod joined;
mod keyed;
mod ops;
mod persisted;
mod program;
mod sorted;
mod values;
mod walk;

use crate::base::codes::{self, Code};
use crate::base::diag::Diag;
use crate::base::source::Sources;
use crate::sema::Checked;

use program::Program;

/// A lint.
pub struct Lint {
    /// Its code.
    pub code: Code,
    /// Its name, which may stand for the code.
    pub name: &'static str,
    /// Looks at a program.
    check: fn(&Program<'_>, &mut Vec<Diag>),
}

/// All lints, by code.
pub static LINTS: &[Lint] = &[
    Lint { code: codes::GROUP_THEN_REDUCE, name: "group-then-reduce", check: group::check },
    Lint { code: codes::MAP_KEEPS_KEYS, name: "map-keeps-keys", check: keyed::check },
    Lint { code: codes::PLACED_NOT_KEPT, name: "placed-not-kept", check: persisted::placed_again },
    Lint { code: codes::MOVED_BY_JOINS, name: "moved-by-joins", check: joined::moved_again },
    Lint { code: codes::JOIN_DUPLICATES, name: "join-duplicates", check: joined::duplicates },
    Lint { code: codes::COLLECT_THEN_COUNT, name: "collect-then-count", check: collected::check },
    Lint { code: codes::UNUSED_PERSIST, name: "unused-persist", check: persisted::unused },
    Lint { code: codes::SORT_NOT_SEEN, name: "sort-not-seen", check: sorted::check },
    Lint { code: codes::COMPUTED_AGAIN, name: "computed-again", check: persisted::computed_again },
];

/// The findings of lints in the main file of a program without errors, without regard to comments.
pub fn findings(checked: &Checked, sources: &Sources) -> Vec<Diag> {
    let Some(program) = Program::of(checked, sources) else { return Vec::new() };
    let mut diags = Vec::new();
    for lint in LINTS {
        (lint.check)(&program, &mut diags);
    }
    diags
}
