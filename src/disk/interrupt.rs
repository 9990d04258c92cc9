//! Interruptions: nothing under a temporary name is left behind, in the store or elsewhere.
//!
//! Each step that changes the file system is done whole or not begun when the process is
//! interrupted. Which signals interrupt, and how the process then ends, is left to `cli`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, RwLock};

/// Is held shared for each step, and alone from an interruption on.
static STEPS: RwLock<()> = RwLock::new(());

/// What this process has under temporary names.
static TEMPORARY: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// Runs a step, unless the process is being interrupted: then it waits for the end.
pub(super) fn uninterrupted<T>(step: impl FnOnce() -> T) -> T {
    let _turn = STEPS.read().unwrap_or_else(PoisonError::into_inner);
    step()
}

/// Notes what was made under a temporary name. To be called within the step that makes it.
pub(super) fn remember(path: &Path) {
    temporary(|all| all.insert(path.to_owned()));
}

/// Notes that a path is none of a temporary file any more, if it was one.
pub(super) fn forget(path: &Path) {
    temporary(|all| all.remove(path));
}

fn temporary<T>(change: impl FnOnce(&mut BTreeSet<PathBuf>) -> T) -> T {
    change(&mut TEMPORARY.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Removes what this process has under temporary names, and lets it change the file system no
/// more: every later step waits for ever. It is for a process that is about to end.
pub fn abandon() {
    std::mem::forget(STEPS.write().unwrap_or_else(PoisonError::into_inner));
    for path in temporary(std::mem::take) {
        // What cannot be removed is as if the process had been killed: gc sweeps the store.
        let _ = fs::remove_file(&path).or_else(|_| fs::remove_dir_all(&path));
    }
}
