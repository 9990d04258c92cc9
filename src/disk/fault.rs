//! Failures on demand, in debug builds only: they prove what the writing rules promise.
//!
//! A test sets `HREG_FAULT` for a child process, whose `main` hands it to [`arm`]:
//! `kill:N` stops the process before its N-th step that changes the file system, `enospc:N`, `eio:N`
//! and `erofs:N` make that step fail once, and `trace:FILE` writes every step down.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

static PLAN: OnceLock<Plan> = OnceLock::new();
static STEPS: AtomicU64 = AtomicU64::new(0);

#[derive(Debug)]
enum Plan {
    Kill(u64),
    Fail(u64, rustix::io::Errno),
    Trace(File),
}

/// Arms the failure that `text` describes; it holds until the process ends.
pub fn arm(text: &str) -> Result<(), String> {
    let (what, rest) = text.split_once(':').ok_or("expected WHAT:N")?;
    let number = || rest.parse::<u64>().map_err(|error| error.to_string());
    let plan = match what {
        "kill" => Plan::Kill(number()?),
        "enospc" => Plan::Fail(number()?, rustix::io::Errno::NOSPC),
        "eio" => Plan::Fail(number()?, rustix::io::Errno::IO),
        "erofs" => Plan::Fail(number()?, rustix::io::Errno::ROFS),
        "trace" => Plan::Trace(File::create(rest).map_err(|error| error.to_string())?),
        _ => return Err(format!("unknown fault {what:?}")),
    };
    PLAN.set(plan).map_err(|_| "a fault is armed already".to_owned())
}

/// Counts a step, and carries out the armed failure when its turn has come.
pub(super) fn before(action: &str, path: &Path) -> io::Result<()> {
    let Some(plan) = PLAN.get() else { return Ok(()) };
    let count = STEPS.fetch_add(1, Ordering::SeqCst) + 1;
    match plan {
        Plan::Kill(at) if count == *at => {
            let _ = rustix::process::kill_process(
                rustix::process::getpid(),
                rustix::process::Signal::KILL,
            );
            std::process::abort()
        }
        Plan::Fail(at, errno) if count == *at => Err(io::Error::from(*errno)),
        Plan::Trace(file) => {
            let mut file = file;
            file.write_all(format!("{action}\t{}\n", path.display()).as_bytes())
        }
        _ => Ok(()),
    }
}
