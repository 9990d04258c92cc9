//! File locks between processes.
//!
//! A lock is an flock on a file that is never deleted: were it deleted, two processes could each
//! hold a lock on a file of that name. It ends with the guard, or with the process, however that
//! ends. flock excludes between threads too, since every guard opens the file anew.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::Error;
use crate::error::{Classified, Kind};
use crate::progress::Progress;

/// Says with whom a lock can be shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Held together with other sharers.
    Shared,
    /// Held by one alone.
    Exclusive,
}

/// Says how long to wait for a lock, and whom to tell of it.
#[derive(Clone, Copy)]
pub struct Wait<'a> {
    /// How long to wait before giving up; for ever if there is none.
    pub timeout: Option<Duration>,
    /// Is told once a wait has become noticeable, and when a wait has ended.
    pub progress: &'a dyn Progress,
}

/// Holds a lock until it is dropped.
#[derive(Debug)]
pub struct Guard {
    _file: File,
}

/// Says why a lock could not be had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// The lock's file could not be opened or locked.
    #[error(transparent)]
    Disk(#[from] Error),
    /// Somebody else kept the lock for too long.
    #[error("{what} is locked by another process (waited {} s for {})", tenths(*waited), path.display())]
    TimedOut {
        /// What the lock protects.
        what: String,
        /// The lock's file.
        path: PathBuf,
        /// How long it was waited for.
        waited: Duration,
    },
}

/// Gives seconds, rounded to tenths.
fn tenths(time: Duration) -> f64 {
    (time.as_secs_f64() * 10.0).round() / 10.0
}

impl Classified for LockError {
    fn kind(&self) -> Kind {
        match self {
            LockError::Disk(error) => error.kind(),
            LockError::TimedOut { .. } => Kind::Locked,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            LockError::Disk(error) => error.hint(),
            LockError::TimedOut { path, .. } => Some(format!(
                "`fuser -v {}` names the process; --lock-timeout sets how long to wait",
                path.display()
            )),
        }
    }
}

/// After this long, whoever waits is told what for.
const NOTICEABLE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_millis(20);

/// Takes a lock; its file is created where it is missing, in a folder that is there.
pub fn acquire(
    path: &Path,
    what: &dyn Fn() -> String,
    mode: Mode,
    wait: Wait<'_>,
) -> Result<Guard, LockError> {
    let failed = |source| Error::new("lock", path, source);
    let file = super::step("lock", path, || {
        OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)
    })?;
    let start = Instant::now();
    let mut pause = Duration::from_micros(200);
    let (mut has_waited, mut told) = (false, false);
    loop {
        let is_had = try_lock(&file, mode).map_err(failed)?;
        let waited = start.elapsed();
        if is_had {
            if has_waited {
                wait.progress.waited(waited, true);
            }
            return Ok(Guard { _file: file });
        }
        has_waited = true;
        if let Some(timeout) = wait.timeout.filter(|timeout| waited >= *timeout) {
            wait.progress.waited(waited, false);
            let path = path.to_owned();
            return Err(LockError::TimedOut { what: what(), path, waited: timeout });
        }
        if waited >= NOTICEABLE && !told {
            wait.progress.waiting(&format!("another process that has locked {}", what()));
            told = true;
        }
        let left = wait.timeout.map_or(pause, |timeout| timeout.saturating_sub(waited));
        std::thread::sleep(pause.min(left));
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Takes a lock that many hold together nearly all the time, so that one who wants it alone gets it
/// too: that one keeps `turn` locked while it waits, and who comes to share passes there first.
pub fn acquire_in_turn(
    turn: &Path,
    path: &Path,
    what: &dyn Fn() -> String,
    mode: Mode,
    wait: Wait<'_>,
) -> Result<Guard, LockError> {
    let start = Instant::now();
    let passed = acquire(turn, what, mode, wait)?;
    let _kept = (mode == Mode::Exclusive).then_some(passed);
    let timeout = wait.timeout.map(|timeout| timeout.saturating_sub(start.elapsed()));
    acquire(path, what, mode, Wait { timeout, ..wait })
}

/// Tells how many locks one process should hold at most: each is an open file, and half of those
/// that the system allows are left for everything else.
pub fn most_at_once() -> usize {
    const AT_LEAST: u64 = 16;
    const AT_MOST: u64 = 1024;
    let allowed = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    allowed.map_or(AT_MOST, |files| (files / 2).clamp(AT_LEAST, AT_MOST)) as usize
}

/// Tries once; a signal that comes in between does not count as a try.
fn try_lock(file: &File, mode: Mode) -> io::Result<bool> {
    loop {
        let tried = match mode {
            Mode::Shared => file.try_lock_shared(),
            Mode::Exclusive => file.try_lock(),
        };
        match tried {
            Ok(()) => return Ok(true),
            Err(TryLockError::WouldBlock) => return Ok(false),
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
}
