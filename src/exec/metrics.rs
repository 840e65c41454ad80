//! Figures of a job: for the summary, the progress bar, and tests that a saving is a saving.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

/// Counters that tasks add to.
#[derive(Debug, Default)]
pub struct Metrics {
    /// Rows read from inputs.
    pub rows_read: AtomicU64,
    /// Of these, rows that gave at least one row.
    pub rows_kept: AtomicU64,
    /// Of these, rows that gave none.
    pub rows_filtered: AtomicU64,
    /// Of these, rows that failed and were left out.
    pub rows_rejected: AtomicU64,
    /// Bytes read from inputs.
    pub bytes_read: AtomicU64,
    /// Rows that shuffles moved.
    pub rows_shuffled: AtomicU64,
    /// Bytes that shuffles moved.
    pub bytes_shuffled: AtomicU64,
    /// Rows written to outputs or printed.
    pub rows_written: AtomicU64,
    /// Stages run.
    pub stages: AtomicU64,
    /// Of these, stages that shuffled.
    pub shuffles: AtomicU64,
    /// Tasks run.
    pub tasks: AtomicU64,
    /// Bytes that the stages of the running action will read.
    pub bytes_expected: AtomicU64,
}

/// The counters as they stand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// Rows read from inputs.
    pub rows_read: u64,
    /// Of these, rows that gave at least one row.
    pub rows_kept: u64,
    /// Of these, rows that gave none.
    pub rows_filtered: u64,
    /// Of these, rows that failed and were left out.
    pub rows_rejected: u64,
    /// Bytes read from inputs.
    pub bytes_read: u64,
    /// Rows that shuffles moved.
    pub rows_shuffled: u64,
    /// Bytes that shuffles moved.
    pub bytes_shuffled: u64,
    /// Rows written to outputs or printed.
    pub rows_written: u64,
    /// Stages run.
    pub stages: u64,
    /// Of these, stages that shuffled.
    pub shuffles: u64,
    /// Tasks run.
    pub tasks: u64,
    /// The most memory that was charged at once, in bytes.
    pub peak_memory: u64,
}

/// Adds to a counter.
pub fn add(counter: &AtomicU64, n: u64) {
    counter.fetch_add(n, Ordering::Relaxed);
}

impl Metrics {
    /// Adds the counters of a task that had its own.
    pub(super) fn absorb(&self, task: &Self) {
        self.add_task(task.of_task());
    }

    /// Counts of a task that had counters of its own.
    pub(super) fn of_task(&self) -> [u64; 6] {
        self.task_counters().map(|counter| counter.load(Ordering::Relaxed))
    }

    /// Adds what a task has counted.
    pub(super) fn add_task(&self, counted: [u64; 6]) {
        self.task_counters().into_iter().zip(counted).for_each(|(counter, n)| add(counter, n));
    }

    fn task_counters(&self) -> [&AtomicU64; 6] {
        let Self { rows_read, rows_kept, rows_filtered, rows_rejected, bytes_read, tasks, .. } = self;
        [rows_read, rows_kept, rows_filtered, rows_rejected, bytes_read, tasks]
    }

    /// The counters as they stand.
    pub fn figures(&self, peak_memory: usize) -> Figures {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Figures {
            rows_read: get(&self.rows_read),
            rows_kept: get(&self.rows_kept),
            rows_filtered: get(&self.rows_filtered),
            rows_rejected: get(&self.rows_rejected),
            bytes_read: get(&self.bytes_read),
            rows_shuffled: get(&self.rows_shuffled),
            bytes_shuffled: get(&self.bytes_shuffled),
            rows_written: get(&self.rows_written),
            stages: get(&self.stages),
            shuffles: get(&self.shuffles),
            tasks: get(&self.tasks),
            peak_memory: peak_memory as u64,
        }
    }
}
