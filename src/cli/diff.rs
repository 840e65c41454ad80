//! The difference of two texts, line by line, as `diff -u` shows it and `patch` reads it.

use similar::TextDiff;

/// The difference as a patch of the file; nothing if there is none.
pub(super) fn print(name: &str, old: &str, new: &str) -> String {
    // `diff_lines` would also cut at carriage returns, which end no line of a patch.
    let [old, new] = [old, new].map(|text| text.split_inclusive('\n').collect::<Vec<_>>());
    let diff = TextDiff::configure().newline_terminated(true).diff_slices(&old, &new);
    diff.unified_diff().header(name, name).to_string()
}
