//! Execution: what touches threads and files.
//!
//! In this order, each importing only from those before it: `errors` is what can go wrong, `memory` the budget, `metrics`
//! what is counted, `data` the blocks and batches in which rows lie, `io` the files, `settings` how a job runs, `kernel`
//! compiled functions with their captured values, `operators` what a task makes of rows (in two runtimes, `rows` and `batched`), `task` one
//! partition of a stage, `process` tasks in other processes, `schedule` which tasks run when and what is kept of them.

pub mod data;
pub mod errors;
pub mod io;
pub mod kernel;
pub mod memory;
pub mod metrics;
pub mod operators;
pub mod process;
pub mod schedule;
pub mod settings;
pub mod task;
