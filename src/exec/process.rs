//! Tasks in other processes: what a task needs travels as bytes, and so does what it leaves.
//!
//! ```text
//! Stage, TaskEnv ─request→ bytes ─workers→ stdin of `sparkc task` ─child→ run_task ─answer→ bytes → TaskDone
//! ```
//!
//! A request is two encodings ([`crate::base::wire`]): what all tasks of a stage share, and what one of them has for itself.
//! A child keeps the code of the stage that it ran last. Row errors, printed text, counters and rejects come back with what
//! the task leaves, and the scheduler settles them as it does those of its own tasks; the part file of a save is written
//! by the child into the output's temporary directory.
//!
//! Some tasks do not travel and are run here: those that read or write in a store that other processes do not have,
//! such as standard input. What is lost on the way: rows that are grouped already are grouped again, because they stay
//! with the block that this process holds; a child that runs a task is not told when another task has failed, and ends
//! its own first.

pub mod answer;
pub mod child;
pub mod parcel;
pub mod request;
pub mod workers;

#[cfg(test)]
mod tests;
