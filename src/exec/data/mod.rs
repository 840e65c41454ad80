//! Where rows lie: in blocks that are kept, in batches on their way, or as lines of text.

pub mod batch;
pub mod block;
pub mod heap;
pub mod line_block;
pub mod lines;
pub mod read;
