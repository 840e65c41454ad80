//! States of operators that number or sample the elements of a partition.

/// State of one such operator in a task; reset when a partition begins.
#[derive(Clone, Debug, Default)]
pub enum State {
    /// Not begun.
    #[default]
    Fresh,
    /// How many elements have been seen.
    Count(i64),
}
