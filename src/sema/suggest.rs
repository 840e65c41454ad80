//! "Did you mean": the nearest of some names.

/// Names of the built-in types.
pub(super) const TYPES: [&str; 10] = ["int", "float", "bool", "str", "list", "set", "map", "rdd", "counter", "stats"];

/// The name that is near enough to be meant; among equals the first in order of the alphabet.
pub(super) fn nearest<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Option<String> {
    let lower = name.to_lowercase();
    let limit = match name.chars().count() {
        0 | 1 => return None,
        2..=4 => 1,
        5..=7 => 2,
        _ => 3,
    };
    names
        .filter(|other| other.chars().any(char::is_alphanumeric) && other.chars().count() > 1)
        .map(|other| (distance(&lower, &other.to_lowercase()), other))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, other)| other.to_owned())
}

fn distance(a: &str, b: &str) -> usize {
    // `reduce_by_key` and `reduceByKey` are the same word.
    if a.replace('_', "") == b.replace('_', "") { 0 } else { strsim::osa_distance(a, b) }
}
