//! Ctrl-C, SIGTERM and a closed terminal: the first asks the job to stop, the second ends the process.
//!
//! [`install`] is called once by the command line; the scheduler polls [`interrupted`] between blocks and ends the job,
//! which removes its temporaries as any failure does. The exit codes are 130, 143 and 129.

use std::io;
use std::sync::atomic::{AtomicI32, Ordering};

use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::runtime::spark::pipe::end_commands;

static RECEIVED: AtomicI32 = AtomicI32::new(0);

/// Handles SIGINT, SIGTERM and, unless `nohup` has it ignored, SIGHUP from now on.
///
/// # Errors
/// The system refuses the handlers or the thread.
pub fn install() -> io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    if !is_hangup_ignored() {
        signals.add_signal(SIGHUP)?;
    }
    let wait = move || {
        for signal in signals.forever() {
            if RECEIVED.compare_exchange(0, signal, Ordering::Relaxed, Ordering::Relaxed).is_err() {
                super::temporary::cleanup_all();
                end_commands();
                std::process::exit(exit_code(signal));
            }
        }
    };
    std::thread::Builder::new().name("signals".to_owned()).spawn(wait).map(drop)
}

/// Whether the process was started to outlive its terminal.
fn is_hangup_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 != 0)
}

/// The signal that asked the job to stop, if one has come.
pub fn interrupted() -> Option<i32> {
    match RECEIVED.load(Ordering::Relaxed) {
        0 => None,
        signal => Some(signal),
    }
}

/// Asks a child of this process to end.
pub fn terminate(child: u32) {
    let pid = i32::try_from(child).ok().and_then(Pid::from_raw);
    // A child that has ended by itself is what is wanted.
    let _ = pid.map(|pid| kill_process(pid, Signal::TERM));
}

/// The exit code of a process that a signal ended: 130 for Ctrl-C, 143 for SIGTERM.
pub fn exit_code(signal: i32) -> i32 {
    128 + signal
}
