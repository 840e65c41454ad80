//! How a job runs: what the command line says of threads, files, rows that fail, and budgets.

use std::time::Duration;

use super::errors::OnError;
use super::io::format::text::ReaderOptions;
use super::memory::default_budget;

/// How a job runs.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Number of threads (`--master local[N]`). No output depends on it.
    pub threads: usize,
    /// How lines are read (`--max-line`, `--block-bytes`).
    pub reader: ReaderOptions,
    /// The treatment of rows that fail (`--on-error`), unless their input says otherwise.
    pub on_error: OnError,
    /// The most rows that may be left out (`--max-rejects`).
    pub max_rejects: Option<u64>,
    /// Existing outputs are replaced (`--overwrite`).
    pub overwrite: bool,
    /// Budget of memory in bytes (`--memory`).
    pub memory: usize,
    /// Tasks run in processes of their own (`--tasks-in-process child`), but those that cannot.
    pub in_children: bool,
    /// The job fails when it runs longer (`--timeout`).
    pub timeout: Option<Duration>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            reader: ReaderOptions::default(),
            on_error: OnError::Fail,
            max_rejects: None,
            overwrite: false,
            memory: default_budget(),
            in_children: false,
            timeout: None,
        }
    }
}
