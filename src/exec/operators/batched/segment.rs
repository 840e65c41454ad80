//! Segments: how many rows of a batch run at once, and what became of them.

use crate::engine::Failure;

/// How much a kernel may allocate between two looks at the memory before it is looked at more often.
const GROWTH: usize = 1 << 20;

/// How many rows to run next, after a run that has grown the arena by so many bytes.
pub(super) fn next_segment(segment: usize, grown: usize, most: usize) -> usize {
    if grown > GROWTH { (segment / 4).max(16) } else { (segment * 2).min(most) }
}

/// The outcome of a run of input rows.
pub(super) struct Segment {
    /// Row errors by input row, in order.
    pub(super) failures: Vec<(usize, Failure)>,
    /// How many of the rows gave a row.
    pub(super) kept: u64,
    /// How many rows were looked at: all, unless the sink wants no more.
    pub(super) rows: u64,
}
