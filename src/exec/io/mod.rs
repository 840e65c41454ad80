//! Files: stores in which they are, formats in which rows are in them, and outputs that appear as a whole.
//!
//! A job lists its inputs ([`FileInput::list`](format::FileInput::list)): a path says its store, the store gives files,
//! the format cuts them into partitions. Each task opens a reader over one partition and takes batches of rows from it.
//! Output of a job goes to an [`OutputDir`], which its store builds out of sight and publishes in one step.
//!
//! ```text
//! "in/*.txt" ─listing, store→ files ─format→ partitions ─reader→ batches … row writers ─format, store→ out/part-00000, out/_SUCCESS
//! ```
//!
//! Invariants: memory is bounded by the block size and the longest line, never by the file; a file that is not the one
//! that was listed is an error; an output directory is whole or absent.

pub mod format;
pub mod formats;
mod glob;
pub mod inputs;
mod listing;
mod location;
mod names;
mod output;
pub mod shared;
pub mod signals;
pub mod store;
mod stores;
mod temporary;
#[cfg(test)]
mod testing;

pub use super::errors::io::{Class, IoError};
pub use format::codec::Codec;
pub use format::encoded::CheckpointDir;
pub use format::reject::{Reject, RejectDir};
pub use location::Location;
pub use output::{OutputDir, SharedOutput, first_difference_of_files};
pub use stores::take_stdin;
pub use temporary::{Temporary, cleanup_all};
