//! Completion of references, charts and spaces from the store.

use std::ffi::OsStr;
use std::sync::Arc;

use clap::CommandFactory as _;
use clap_complete::CompleteEnv;
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};

use super::arguments::Arguments;
use super::context::store_folder;
use crate::name::Reference;
use crate::ops;
use crate::progress::Silent;
use crate::storage::Filesystem;
use crate::store::Store;

/// Names the variable by which a completion script asks.
pub(crate) const VARIABLE: &str = "HREG_COMPLETE";

/// Answers a shell that asks for completions, and ends the process; does nothing otherwise.
pub(crate) fn answer_shell() {
    if std::env::var_os(VARIABLE).is_some() {
        CompleteEnv::with_factory(Arguments::command).var(VARIABLE).complete();
    }
}

/// Completes references with their tags.
pub(crate) fn references() -> ArgValueCompleter {
    completer(|row| row.to_string())
}

/// Completes charts in their spaces.
pub(crate) fn charts() -> ArgValueCompleter {
    completer(|row| row.repository.to_string())
}

/// Completes spaces.
pub(crate) fn spaces() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| {
        let spaces = open().and_then(|store| store.spaces().ok()).unwrap_or_default();
        candidates(current, spaces.into_iter().map(|space| space.name.to_string()))
    })
}

fn completer(text: impl Fn(&Reference) -> String + Send + Sync + 'static) -> ArgValueCompleter {
    ArgValueCompleter::new(move |current: &OsStr| {
        let listing = open().and_then(|store| ops::list::list(&store, &Default::default()).ok());
        let rows = listing.unwrap_or_default().rows;
        candidates(current, rows.iter().map(|row| text(&row.reference)))
    })
}

fn candidates(current: &OsStr, names: impl Iterator<Item = String>) -> Vec<CompletionCandidate> {
    let current = current.to_string_lossy();
    let mut names: Vec<String> = names.filter(|name| name.starts_with(&*current)).collect();
    names.dedup();
    names.into_iter().map(CompletionCandidate::new).collect()
}

/// Opens the store that the environment names: an option on the half-typed line is not known here.
/// A store that cannot be opened completes nothing.
fn open() -> Option<Store> {
    let given = std::env::var_os("HREG_STORE").map(std::path::PathBuf::from);
    let folder = store_folder(given.as_deref()).ok()?;
    let driver = Filesystem::open(&folder).ok()?;
    Some(Store::new(Box::new(driver), None, Arc::new(Silent)))
}
