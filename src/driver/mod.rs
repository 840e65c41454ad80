//! From a file to its output: compiles a job, runs its statements, and asks `exec` for what actions need.
//!
//! ```text
//! CheckedJob::load("job.spk") ─run→ Outcome { figures, rejected, result }
//!                           └explain→ plan, passes, stages or kernels of each action
//! ```

mod actions;
mod checkpoint;
mod core;
mod defaults;
mod errors;
mod eval;
mod fixes;
mod job;
mod lineage;
mod liveness;
pub mod load;
mod locality;
pub mod options;
mod params;
mod preflight;
mod rdds;
mod redirect;
mod sampling;

pub use fixes::{Fixed, fixed};
pub use job::{Outcome, explain, run, serve_tasks};
pub use load::{CheckedJob, CompileErrors, read_text};
pub use options::{EngineKind, Explain, Options, Order};
