//! The progress bar: bytes, rows and the time left, on a terminal's standard error only.
//!
//! It appears when a job has run for half a second. Lines that the job prints go above it, so both can share a
//! terminal.

use std::io::{self, IsTerminal as _, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::exec::metrics::Metrics;

/// How often the bar is drawn.
const TICK: Duration = Duration::from_millis(100);
/// Ticks before it appears.
const PATIENCE: u32 = 5;

/// A bar that follows a job's counters.
#[derive(Debug)]
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    thread: Mutex<Option<JoinHandle<()>>>,
    over: Arc<AtomicBool>,
}

impl Progress {
    /// A bar if standard error is a terminal and the user wants one.
    pub(super) fn new(quiet: bool) -> Self {
        let shown = !quiet && io::stderr().is_terminal();
        let bar = shown.then(|| ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden()));
        Self { bar, thread: Mutex::new(None), over: Arc::new(AtomicBool::new(false)) }
    }

    /// Standard output that keeps clear of the bar.
    pub(super) fn around(&self, out: impl Write + Send + 'static) -> Box<dyn Write + Send> {
        match &self.bar {
            Some(bar) if io::stdout().is_terminal() => Box::new(Above { bar: bar.clone(), out }),
            Some(_) | None => Box::new(out),
        }
    }

    /// Follows the counters from now on.
    pub(super) fn start(&self, metrics: Arc<Metrics>) {
        let Some(bar) = self.bar.clone() else { return };
        let over = self.over.clone();
        let follow = move || {
            let mut ticks = 0;
            while !over.load(Ordering::Relaxed) {
                std::thread::park_timeout(TICK);
                ticks += 1;
                if ticks == PATIENCE {
                    bar.set_draw_target(ProgressDrawTarget::stderr());
                }
                draw(&bar, &metrics);
            }
        };
        // Without a thread there is no bar, and the job runs as well.
        let thread = std::thread::Builder::new().name("progress".to_owned()).spawn(follow).ok();
        *self.thread.lock().expect("nothing panics while it holds the lock") = thread;
    }

    /// Removes the bar.
    pub(super) fn finish(&self) {
        self.over.store(true, Ordering::Relaxed);
        let thread = self.thread.lock().expect("nothing panics while it holds the lock").take();
        if let Some(thread) = thread {
            thread.thread().unpark();
            // The thread only draws; if it panicked, the hook has said so.
            let _ = thread.join();
        }
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn draw(bar: &ProgressBar, metrics: &Metrics) {
    let (read, expected) = (metrics.bytes_read.load(Ordering::Relaxed), metrics.bytes_expected.load(Ordering::Relaxed));
    let style = if expected > 0 && read <= expected {
        bar.set_length(expected);
        "{bar:30} {bytes}/{total_bytes} {msg} {eta} left"
    } else {
        "{spinner} {bytes} {msg} {elapsed}"
    };
    bar.set_style(ProgressStyle::with_template(style).expect("the templates above are well formed"));
    bar.set_position(read);
    // Rows count when their partition is done; until the first is, there is nothing to say.
    let rows = metrics.rows_read.load(Ordering::Relaxed);
    bar.set_message(if rows > 0 { format!("{} rows", HumanCount(rows)) } else { String::new() });
    bar.tick();
}

/// Writes while the bar is out of the way.
struct Above<W> {
    bar: ProgressBar,
    out: W,
}

impl<W: Write> Write for Above<W> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let Self { bar, out } = self;
        bar.suspend(|| out.write(buf))
    }

    fn flush(&mut self) -> io::Result<()> {
        let Self { bar, out } = self;
        bar.suspend(|| out.flush())
    }
}
