//! Ctrl-C: what was begun is taken away before the process ends.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag::register_conditional_default;
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

use crate::disk;

/// How long a question has to put the terminal back in order. One that Ctrl-C was typed at does so at
/// once; one that waits on while a signal comes from elsewhere does not.
const PATIENCE: Duration = Duration::from_secs(1);

/// Whether a question is being asked, with the terminal in another state than it was.
static ASKING: Mutex<bool> = Mutex::new(false);
static ASKED: Condvar = Condvar::new();

/// Asks a question that changes the state of the terminal: the process ends after it, not amid it.
pub(super) fn ask<T>(question: impl FnOnce() -> std::io::Result<T>) -> std::io::Result<T> {
    set_asking(true);
    let answer = question();
    set_asking(false);
    if matches!(&answer, Err(error) if error.kind() == std::io::ErrorKind::Interrupted) {
        // The end is near: what would be said of the answer is of no use to anybody.
        std::thread::sleep(2 * PATIENCE);
    }
    answer
}

fn set_asking(asking: bool) {
    *ASKING.lock().unwrap_or_else(PoisonError::into_inner) = asking;
    ASKED.notify_all();
}

fn await_answer() {
    let asking = ASKING.lock().unwrap_or_else(PoisonError::into_inner);
    drop(ASKED.wait_timeout_while(asking, PATIENCE, |asking| *asking));
}

/// What is done on the first signal, where that is not to end the process at once.
static INSTEAD: OnceLock<Box<dyn Fn() + Send + Sync>> = OnceLock::new();

/// Lets the first signal only call `stop`: the command ends by itself then. A second one ends the
/// process as ever.
pub(super) fn instead(stop: impl Fn() + Send + Sync + 'static) {
    // One command is run in a process, and asks for this once.
    let _ = INSTEAD.set(Box::new(stop));
}

/// Handles the signals that end a process. It ends by the signal all the same, as the shell expects;
/// a second one ends it at once.
pub(super) fn handle() {
    const ENDING: [i32; 2] = [SIGINT, SIGTERM];
    let is_ending = Arc::new(AtomicBool::new(false));
    for signal in ENDING {
        // Where signals cannot be handled they end the process, and gc sweeps what is left.
        let _ = register_conditional_default(signal, is_ending.clone());
    }
    let Ok(mut signals) = Signals::new(ENDING) else { return };
    std::thread::spawn(move || {
        let mut is_asked = false;
        for signal in &mut signals {
            if let Some(stop) = INSTEAD.get().filter(|_| !is_asked) {
                is_asked = true;
                stop();
                continue;
            }
            is_ending.store(true, std::sync::atomic::Ordering::Relaxed);
            disk::abandon();
            await_answer();
            let _ = emulate_default_handler(signal);
        }
    });
}
