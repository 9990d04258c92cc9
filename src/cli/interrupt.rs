//! Ctrl-C: what was begun is taken away before the process ends.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag::register_conditional_default;
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

use crate::disk;

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
        for signal in &mut signals {
            is_ending.store(true, std::sync::atomic::Ordering::Relaxed);
            disk::abandon();
            let _ = emulate_default_handler(signal);
        }
    });
}
