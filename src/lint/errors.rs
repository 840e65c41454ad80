//! The findings of lints. A lint adds the change that follows its advice.

use crate::base::codes::{self, Code};
use crate::base::diag::Diag;
use crate::base::source::Span;

/// Values of a key are grouped at one place and reduced at another; `instead` does that at once.
pub(super) fn grouped_to_be_reduced(group: Span, reduction: Span, instead: &str) -> Diag {
    let what = "values are grouped only to be reduced";
    Diag::warning(codes::GROUP_THEN_REDUCE, what, group, "all values of a key are brought together here")
        .also(reduction, "and one is made of them here")
        .help(format!("reduce them as they come: `{instead}`"))
}

/// Pairs are placed by their keys, mapped without a change of these, and placed again.
pub(super) fn map_keeps_keys(map: Span, placed: Span, again: Span, instead: &str) -> Diag {
    let what = "the keys stay as they are, and the pairs are moved again";
    Diag::warning(codes::MAP_KEEPS_KEYS, what, map, "`map` forgets where the keys are")
        .also(placed, "the pairs of a key are brought together here")
        .also(again, "and once more here")
        .help(format!("`{instead}` leaves them where they are"))
}

/// Pairs are placed by their keys for several uses, and each use does it again.
pub(super) fn placed_not_kept(variable: Span, uses: &[Span]) -> Diag {
    let what = "pairs are placed for several uses, and not kept";
    computed_each_time(codes::PLACED_NOT_KEPT, what, variable, "each use moves the pairs again", uses)
}

/// A variable is computed more than once.
pub(super) fn computed_again(variable: Span, uses: &[Span]) -> Diag {
    let what = "each use computes this again";
    computed_each_time(codes::COMPUTED_AGAIN, what, variable, "each time from its sources on", uses)
}

fn computed_each_time(code: Code, what: &str, variable: Span, label: &str, uses: &[Span]) -> Diag {
    let diag = Diag::warning(code, what, variable, label);
    let named = uses.iter().zip(["used here", "and here"]);
    named.fold(diag, |diag, (span, label)| diag.also(*span, label)).help("keep it once it has been computed: `cache`")
}

/// A side of joins is moved by each of them; `instead` places it once.
pub(super) fn moved_by_joins(variable: Span, join: Span, instead: &str) -> Diag {
    let label = "its pairs go to the same places every time";
    Diag::warning(codes::MOVED_BY_JOINS, "each join moves this side again", variable, label)
        .also(join, "moved here, in every turn or by another join too")
        .help(format!("place it once and keep it: `{instead}`"))
}

/// A side of a join adds duplicates, which are dropped behind it, and nothing else.
pub(super) fn join_duplicates(side: Span, dropped: Span, distinct: Span) -> Diag {
    let what = "this side of the join only adds duplicates";
    Diag::warning(codes::JOIN_DUPLICATES, what, side, "its values are not used")
        .also(dropped, "they are dropped here")
        .also(distinct, "and the duplicates here")
        .help("leave one pair a key before the join: `mapValues (_ -> ()) | distinct`")
}

/// Elements are collected, and `name` would bring what is made of them.
pub(super) fn collected_for(name: &str, collect: Span) -> Diag {
    let what = match name {
        "count" => "elements are collected only to be counted",
        "isEmpty" => "elements are collected only to see whether there are any",
        _ => "elements are collected only to be reduced",
    };
    Diag::warning(codes::COLLECT_THEN_COUNT, what, collect, "the driver gets all elements")
        .help(format!("`{name}` brings the result alone"))
}

/// Elements are collected, and the first is used.
pub(super) fn collected_for_the_first(collect: Span) -> Diag {
    let what = "elements are collected only for the first of them";
    Diag::warning(codes::COLLECT_THEN_COUNT, what, collect, "the driver gets more than one").help("`first` brings one")
}

/// Elements are counted, and the count is compared with none.
pub(super) fn counted_for_any(count: Span) -> Diag {
    let what = "elements are counted only to see whether there are any";
    Diag::warning(codes::COLLECT_THEN_COUNT, what, count, "all elements are computed")
        .help("`isEmpty` stops at the first")
}

/// The RDD that the operator `name` stores is used at most once.
pub(super) fn unused_persist(operator: Span, name: &str) -> Diag {
    let what = "kept in memory and used at most once";
    Diag::warning(codes::UNUSED_PERSIST, what, operator, "nothing is saved by this").help(format!("drop `{name}`"))
}

/// The order that the operator `name` makes is not seen.
pub(super) fn sort_not_seen(operator: Span, name: &str) -> Diag {
    let what = "elements are sorted, and nothing sees their order";
    Diag::warning(codes::SORT_NOT_SEEN, what, operator, "all elements are moved here").help(format!("drop `{name}`"))
}

/// A comment allows what is no warning.
pub(super) fn unknown_allow(comment: Span, name: &str) -> Diag {
    let diag = Diag::warning(codes::UNKNOWN_ALLOW, format!("no warning `{name}`"), comment, "this allows nothing");
    match codes::find(name) {
        Some(_) => diag.help("errors cannot be allowed; the job does not run with them"),
        None => diag.help("`sparkc doc --codes` lists the codes; warnings begin with W"),
    }
}
