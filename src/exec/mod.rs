//! Execution: what touches threads and files.
//!
//! `io` is the file side: listings, lines, codecs and output directories; it knows nothing of plans and kernels. `read`
//! and `gather` bring rows into a task, `task` runs them through the kernels of a stage's `code` into a `sink`, `schedule`
//! decides which tasks run when and keeps what they leave, `compare` compares what two engines have left. A task needs
//! nothing but its stage's code, the number of its partition and blocks of bytes, so that another process could run it.

pub mod batch;
pub mod block;
pub mod code;
pub mod combine;
pub mod compare;
pub mod errors;
pub mod gather;
pub mod inputs;
pub mod io;
pub mod kernel;
pub mod lines;
pub mod memory;
pub mod metrics;
pub mod place;
pub mod read;
pub mod schedule;
pub mod sink;
pub mod staged;
pub mod task;
pub mod timings;
pub mod top;
mod wanted;
