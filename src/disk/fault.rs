//! Failures on demand, in debug builds only: they prove what the writing rules promise.
//!
//! A test sets `HREG_FAULT` for a child process, whose `main` hands it to [`arm`]:
//! `kill:N` stops the process before its N-th step that changes the file system, `int:N` interrupts it
//! there as Ctrl-C does, `enospc:N`, `eio:N` and `erofs:N` make that step fail once, and `trace:FILE`
//! writes every step down once it is done.
//! A trace goes together with a failure, separated by a comma.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::process::Signal;

static PLAN: OnceLock<Plan> = OnceLock::new();
static STEPS: AtomicU64 = AtomicU64::new(0);

#[derive(Debug, Default)]
struct Plan {
    failure: Option<(u64, Failure)>,
    trace: Option<File>,
}

#[derive(Debug, Clone, Copy)]
enum Failure {
    Kill,
    Interrupt,
    Error(rustix::io::Errno),
}

/// Arms the failure that `text` describes; it holds until the process ends.
pub fn arm(text: &str) -> Result<(), String> {
    let mut plan = Plan::default();
    for part in text.split(',') {
        let (what, rest) = part.split_once(':').ok_or("expected WHAT:N")?;
        let failure = match what {
            "kill" => Failure::Kill,
            "int" => Failure::Interrupt,
            "enospc" => Failure::Error(rustix::io::Errno::NOSPC),
            "eio" => Failure::Error(rustix::io::Errno::IO),
            "erofs" => Failure::Error(rustix::io::Errno::ROFS),
            "trace" => {
                plan.trace = Some(File::create(rest).map_err(|error| error.to_string())?);
                continue;
            }
            _ => return Err(format!("unknown fault {what:?}")),
        };
        let number = rest.parse::<u64>().map_err(|error| error.to_string())?;
        plan.failure = Some((number, failure));
    }
    PLAN.set(plan).map_err(|_| "a fault is armed already".to_owned())
}

/// Counts a step, and carries out the armed failure when its turn has come.
pub(super) fn before() -> io::Result<()> {
    let Some((at, failure)) = PLAN.get().and_then(|plan| plan.failure) else { return Ok(()) };
    if STEPS.fetch_add(1, Ordering::SeqCst) + 1 != at {
        return Ok(());
    }
    match failure {
        Failure::Error(errno) => Err(io::Error::from(errno)),
        Failure::Kill => {
            send(Signal::KILL);
            std::process::abort()
        }
        Failure::Interrupt => {
            send(Signal::INT);
            // Whoever handles the signal ends the process, and does so before this step.
            loop {
                std::thread::park();
            }
        }
    }
}

/// Sends a signal to this process.
fn send(signal: Signal) {
    let _ = rustix::process::kill_process(rustix::process::getpid(), signal);
}

/// Writes down a step that was done: the action, the path, and what the action needs besides.
pub(super) fn after<D: Display>(action: &str, path: &Path, detail: impl FnOnce() -> D) {
    if let Some(mut file) = PLAN.get().and_then(|plan| plan.trace.as_ref()) {
        let line = format!("{action}\t{}\t{}\n", path.display(), detail());
        file.write_all(line.as_bytes()).expect("a test keeps its trace where it can be written");
    }
}
