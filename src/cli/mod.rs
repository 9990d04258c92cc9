//! The command line: arguments in, tables, JSON and exit codes out.
//!
//! The only layer that reads the environment, prints, and ends the process. What a command does is
//! left to `ops`.

pub mod arguments;
mod commands;
mod complete;
mod context;
mod described;
pub mod generate;
mod human;
mod interrupt;
mod log;
mod output;
mod remote;
mod report;
mod table;
mod terminal;
mod tree;
mod variables;

use std::process::ExitCode;

use self::arguments::Arguments;
use crate::{ops, serve};

/// Says that a command did what it was asked to, and whether the result is a good one.
pub(crate) enum Outcome {
    /// All is well.
    Done,
    /// The command ran, but what it reported is a failure: some charts, or some findings.
    Failed,
}

pub(crate) type Result<T = Outcome> = anyhow::Result<T>;

/// Says what is wrong with arguments or variables that are well formed one by one.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct WrongUsage(String);

impl WrongUsage {
    pub(crate) fn error(text: impl Into<String>) -> anyhow::Error {
        WrongUsage(text.into()).into()
    }
}

/// Runs the program: 0 done, 1 failed, 2 wrong usage.
pub fn main() -> ExitCode {
    complete::answer_shell();
    let arguments = match Arguments::read() {
        Ok(arguments) => arguments,
        Err(error) => return report::usage(&error),
    };
    #[cfg(debug_assertions)]
    arm_fault();
    interrupt::handle();
    match commands::run(&arguments.global, arguments.command) {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Failed) => ExitCode::FAILURE,
        Err(error) => {
            report::error(&error);
            let is_usage = error.downcast_ref().is_some_and(ops::Error::is_usage);
            let is_usage = is_usage || error.downcast_ref().is_some_and(serve::Error::is_usage);
            if is_usage || error.is::<WrongUsage>() {
                ExitCode::from(report::USAGE)
            } else {
                ExitCode::FAILURE
            }
        }
    }
}

/// Arms the failure that a test asks for.
#[cfg(debug_assertions)]
fn arm_fault() {
    if let Ok(text) = std::env::var("HREG_FAULT") {
        crate::disk::fault::arm(&text).expect("HREG_FAULT is only set by tests");
    }
}
