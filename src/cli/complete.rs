//! Completion of references, charts and spaces from the store.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
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

/// Opens the store that the half-typed line names, or else the environment.
///
/// A store that cannot be opened completes nothing.
fn open() -> Option<Store> {
    let on_line = store_on_line(std::env::args_os().skip_while(|word| word != "--"));
    let given = on_line.or_else(|| std::env::var_os("HREG_STORE").map(PathBuf::from));
    let folder = store_folder(given.as_deref()).ok()?;
    let driver = Filesystem::open(&folder).ok()?;
    Some(Store::new(Box::new(driver), None, Arc::new(Silent)))
}

/// Finds the option `--store` among words that no shell has expanded.
fn store_on_line(words: impl Iterator<Item = OsString>) -> Option<PathBuf> {
    let mut words = words.filter_map(|word| word.into_string().ok());
    let mut found = None;
    while let Some(word) = words.next() {
        match word.strip_prefix("--store") {
            Some("") => found = words.next().filter(|value| value != "=").or_else(|| words.next()),
            Some(rest) => found = rest.strip_prefix('=').map(str::to_owned).or(found),
            None => {}
        }
    }
    let folder = found?;
    match (folder.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => Some(home.join(rest)),
        _ => Some(folder.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_store_is_read_off_the_half_typed_line() {
        let store = |line: &str| {
            let words = line.split(' ').map(OsString::from);
            store_on_line(words).map(|folder| folder.to_str().unwrap().to_owned())
        };
        assert_eq!(store("hreg show chart x"), None);
        assert_eq!(store("hreg --store a show chart x").unwrap(), "a");
        assert_eq!(store("hreg show --store=a chart x").unwrap(), "a");
        assert_eq!(store("hreg --store = a show").unwrap(), "a");
        assert_eq!(store("hreg --store"), None);
        assert_eq!(store("hreg --storey=b"), None);
    }
}
