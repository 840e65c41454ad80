//! Files: inputs, lines, splits, codecs and output directories.
//!
//! A job lists its inputs ([`list_text_inputs`]), which gives files and splits as Hadoop cuts them; each task opens a
//! [`LineReader`] over one split and takes blocks of lines from it. What a job writes goes to an [`OutputDir`], a
//! temporary sibling that becomes the output by one rename.
//!
//! ```text
//! "in/*.txt" ─listing→ files, splits ─lines→ blocks of lines … part writers ─output→ out/part-00000, out/_SUCCESS
//! ```
//!
//! Invariants: memory is bounded by the block size and the longest line, never by the file; a file that is not the one
//! that was listed is an error; an output directory is whole or absent; nothing here knows plans, kernels or values.

mod codec;
mod decode;
pub mod format;
mod glob;
pub mod inputs;
mod lines;
mod listing;
mod output;
mod part;
mod reject;
mod saved;
pub mod signals;
mod source;
mod temporary;
#[cfg(test)]
mod testing;
mod whole;

pub use super::data::line_block::{BadKind, BadLine, LineBlock, LineSpan};
pub use super::errors::io::{Change, Class, IoError};
pub use codec::Codec;
pub use decode::decode_lossy;
pub use lines::{Decoding, LineReader, ReaderOptions, line_number_at};
pub use listing::{InputFile, Listing, Split, list_text_inputs};
pub use output::{LineDifference, OutputDir, commit_all, first_difference};
pub use part::PartWriter;
pub use reject::{Reject, RejectDir, RejectWriter};
pub use saved::{CheckpointDir, read_saved};
pub use source::take_stdin;
pub use temporary::{Temporary, cleanup_all};
pub use whole::{WholeFile, WholeListing, list_whole_files, read_whole};
