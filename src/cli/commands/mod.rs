//! The commands: what each takes, and how its report is printed.

pub(crate) mod chart;
mod chosen;
pub(crate) mod completion;
pub(crate) mod copy;
pub(crate) mod dependency;
pub(crate) mod export;
pub(crate) mod gc;
mod kept;
pub(crate) mod list;
pub(crate) mod login;
pub(crate) mod orchestrate;
pub(crate) mod pull;
pub(crate) mod push;
pub(crate) mod remove;
pub(crate) mod save;
pub(crate) mod search;
pub(crate) mod serve;
pub(crate) mod show;
pub(crate) mod space;
pub(crate) mod tag;
pub(crate) mod verify;
pub(crate) mod version;

use super::arguments::{Command, Global};
use super::context::Context;
use super::{Outcome, Result, report};
use crate::ops;

/// Runs a command.
pub(crate) fn run(global: &Global, command: Command) -> Result {
    // A shell that starts asks for its completions whatever state the store is in.
    if let Command::Completion(command) = command {
        return command.run();
    }
    // Its file may say where the store is.
    if let Command::Serve(command) = command {
        return command.run(global);
    }
    let context = &Context::new(global)?;
    match command {
        Command::Save(command) => command.run(context),
        Command::List(command) => command.run(context),
        Command::Show(command) => command.run(context),
        Command::Export(command) => command.run(context),
        Command::Orchestrate(command) => command.run(context),
        Command::Push(command) => command.run(context),
        Command::Pull(command) => command.run(context),
        Command::Copy(command) => command.run(context),
        Command::Search(command) => command.run(context),
        Command::Dependency(command) => command.run(context),
        Command::Login(command) => command.run(context),
        Command::Logout(command) => command.run(context),
        Command::Tag(command) => command.run(context),
        Command::Remove(command) => command.run(context),
        Command::Space(command) => command.run(context),
        Command::Chart(command) => command.run(context),
        Command::Version(command) => command.run(context),
        Command::Verify(command) => command.run(context),
        Command::Gc(command) => command.run(context),
        Command::Serve(command) => command.run(global),
        Command::Completion(command) => command.run(),
    }
}

/// Splits results, reports the failures, and tells whether there were any.
fn report_failures<T>(results: Vec<std::result::Result<T, ops::Error>>) -> (Vec<T>, Outcome) {
    let mut done = Vec::new();
    let mut outcome = Outcome::Done;
    for result in results {
        match result {
            Ok(value) => done.push(value),
            Err(error) => {
                report::error(&error.into());
                outcome = Outcome::Failed;
            }
        }
    }
    (done, outcome)
}
