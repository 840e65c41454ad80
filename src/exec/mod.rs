//! Execution: what touches threads and files.
//!
//! `io` is the file side: listings, lines, codecs and output directories; it knows nothing of plans and kernels.

pub mod io;
