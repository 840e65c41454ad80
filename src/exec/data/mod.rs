//! Where rows lie: encoded in blocks, decoded in batches, or as lines of text.

pub mod batch;
pub mod block;
pub mod line_block;
pub mod lines;
pub mod read;
