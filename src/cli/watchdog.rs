//! The last resort against a job that does not stop by itself: a thread that ends the process in its place.
//!
//! Tasks look between batches of rows whether the job is interrupted, out of time or over its budget. One row can take
//! longer than that (`range(10 ** 12).map(f).sum()`), can hold more (`[a for a in range(10 ** 10)]`), and a read of
//! standard input can wait for ever. A job that has not ended [`GRACE`] after it should have is ended here: temporaries
//! are removed, commands of `pipe` are killed, and nothing can be published any more.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::exec::errors::JobError;
use crate::exec::io::{cleanup_all, signals};
use crate::exec::settings::Settings;
use crate::runtime::spark::pipe::end_commands;

use super::exit;
use super::process::status_bytes;
use super::report;

/// How long a job may take to notice that it has to end.
const GRACE: Duration = Duration::from_millis(600);
/// How often to look.
const TICK: Duration = Duration::from_millis(20);

/// Watches until it is dropped.
#[derive(Debug)]
pub(super) struct Watchdog {
    over: Arc<AtomicBool>,
}

impl Watchdog {
    /// Watches from now on; `tell` reports the error and the exit code of a process that is ended here. Without a thread
    /// there is no watchdog, and most jobs run as well.
    pub(super) fn start(settings: Settings, tell: impl Fn(&str, u8) + Send + 'static) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let seen = over.clone();
        drop(std::thread::Builder::new().name("watchdog".to_owned()).spawn(move || watch(&seen, &settings, tell)));
        Self { over }
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
    }
}

fn watch(over: &AtomicBool, limits: &Settings, tell: impl Fn(&str, u8)) {
    let (started, mut asked) = (Instant::now(), None);
    // The same as the figure that holds for the whole process: 1.15 of the budget, and 64 MiB for the program.
    let most = limits.memory.saturating_add(limits.memory / 20 * 3).saturating_add(64 << 20);
    loop {
        std::thread::sleep(TICK);
        let signal = signals::interrupted();
        if signal.is_some() {
            asked.get_or_insert_with(Instant::now);
        }
        let held = status_bytes("RssAnon:");
        let (message, code) = if let Some(signal) = signal.filter(|_| asked.is_some_and(|at| at.elapsed() > GRACE)) {
            told(&JobError::Interrupted(signal))
        } else if let Some(limit) = limits.timeout.filter(|limit| started.elapsed() > *limit + GRACE) {
            told(&JobError::Timeout(limit))
        } else if held > most {
            let mib = |n: usize| n >> 20;
            let message = format!(
                "error: out of memory: the job holds {} MiB, and the budget is {} MiB; no output was published\n  help: a \
                 larger budget (--memory), or less in one row\n",
                mib(held),
                mib(limits.memory)
            );
            (message, exit::BUDGET)
        } else {
            continue;
        };
        if !over.load(Ordering::Relaxed) {
            cleanup_all();
            end_commands();
            tell(&message, code);
            std::process::exit(i32::from(code));
        }
        return;
    }
}

fn told(error: &JobError) -> (String, u8) {
    (report::job_error(error, &Default::default(), false), report::exit_code(error))
}
