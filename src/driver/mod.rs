//! From a file to its output: compiles a job, runs its statements, and asks `exec` for what actions need.
//!
//! ```text
//! Compiled::load("job.spk") ─run→ Outcome { figures, rejected, result }
//!                           └explain→ plan, passes, stages or kernels of each action
//! ```

pub mod options;

pub use options::{EngineKind, Explain, Options};
