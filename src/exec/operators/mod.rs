//! What a task makes of rows: readers, combines, groups, sorts, folds and sinks.

pub mod batched;
pub mod placement;
pub mod read;
pub mod rows;
pub mod sink;
pub mod top;
