//! Ctrl-C and SIGTERM: the first asks the job to stop, the second ends the process.
//!
//! [`install`] is called once by the command line; the scheduler polls [`interrupted`] between blocks and ends the job,
//! which removes its temporaries as any failure does. The exit codes are 130 and 143.

use std::io;
use std::sync::atomic::{AtomicI32, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

static RECEIVED: AtomicI32 = AtomicI32::new(0);

/// Handles SIGINT and SIGTERM from now on.
///
/// # Errors
/// The system refuses the handlers or the thread.
pub fn install() -> io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    let wait = move || {
        for signal in signals.forever() {
            if RECEIVED.compare_exchange(0, signal, Ordering::Relaxed, Ordering::Relaxed).is_err() {
                super::cleanup_all();
                std::process::exit(exit_code(signal));
            }
        }
    };
    std::thread::Builder::new().name("signals".to_owned()).spawn(wait).map(drop)
}

/// The signal that asked the job to stop, if one has come.
pub fn interrupted() -> Option<i32> {
    match RECEIVED.load(Ordering::Relaxed) {
        0 => None,
        signal => Some(signal),
    }
}

/// The exit code of a process that a signal ended: 130 for Ctrl-C, 143 for SIGTERM.
pub fn exit_code(signal: i32) -> i32 {
    128 + signal
}
