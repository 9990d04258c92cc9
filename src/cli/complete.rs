//! Completion of references, charts and spaces from the store.

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::sync::Arc;

use clap::CommandFactory as _;
use clap_complete::CompleteEnv;
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};

use super::arguments::Arguments;
use super::context::{set_variable, store_folder};
use super::described::wholly_described;
use crate::name::{Repository, SpaceName};
use crate::ops::list::{self, Options, Row};
use crate::progress::Silent;
use crate::storage::Filesystem;
use crate::store::Store;

/// Names the variable by which a completion script asks.
pub(crate) const VARIABLE: &str = "HREG_COMPLETE";

/// Answers a shell that asks for completions, and ends the process; does nothing otherwise.
pub(crate) fn answer_shell() {
    if std::env::var_os(VARIABLE).is_some() {
        let command = || wholly_described(Arguments::command());
        CompleteEnv::with_factory(command).var(VARIABLE).complete();
    }
}

/// Completes references: charts first, and behind a whole chart its tags, behind `@` its digests.
pub(crate) fn references() -> ArgValueCompleter {
    completer(|current, row| {
        let names = names(current, &row.reference.repository);
        let forms = names.into_iter().flat_map(|name| {
            let digest = format!("{name}@{}", row.digest);
            let tagged = row.reference.tag.as_ref().map(|tag| format!("{name}:{tag}"));
            let is_whole = current.starts_with(&name);
            // A digest comes with the tag before it, or with none.
            let both = tagged.as_ref().map(|tagged| format!("{tagged}@{}", row.digest));
            match current.contains('@') {
                true => vec![Some(digest), both],
                false => vec![Some(name), tagged.filter(|_| is_whole)],
            }
        });
        forms.flatten().collect()
    })
}

/// Completes charts, in their spaces.
pub(crate) fn charts() -> ArgValueCompleter {
    completer(|current, row| names(current, &row.reference.repository))
}

/// Gives the names of a chart that somebody may be typing: one of `library` needs no space.
fn names(current: &str, repository: &Repository) -> Vec<String> {
    let whole = repository.to_string();
    if repository.space != SpaceName::library() {
        return vec![whole];
    }
    let short = repository.chart.to_string();
    // With nothing typed yet, each chart is offered once.
    if current.is_empty() { vec![short] } else { vec![short, whole] }
}

/// Completes spaces.
pub(crate) fn spaces() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| {
        let spaces = open().and_then(|store| store.spaces().ok()).unwrap_or_default();
        candidates(current, spaces.into_iter().map(|space| space.name.to_string()))
    })
}

fn completer(
    forms: impl Fn(&str, &Row) -> Vec<String> + Send + Sync + 'static,
) -> ArgValueCompleter {
    ArgValueCompleter::new(move |current: &OsStr| {
        let listing = open().and_then(|store| list::list(&store, &Options::default()).ok());
        let rows = listing.unwrap_or_default().rows;
        let typed = current.to_string_lossy();
        candidates(current, rows.iter().flat_map(|row| forms(&typed, row)))
    })
}

/// Gives the names that go on after what was typed, each once and in their order.
fn candidates(current: &OsStr, names: impl Iterator<Item = String>) -> Vec<CompletionCandidate> {
    let current = current.to_string_lossy();
    let mut seen = HashSet::new();
    names
        .filter(|name| name.starts_with(&*current) && seen.insert(name.clone()))
        .map(CompletionCandidate::new)
        .collect()
}

/// Opens the store that the half-typed line names, or else the environment.
///
/// A store that cannot be opened completes nothing.
fn open() -> Option<Store> {
    let on_line = store_on_line(std::env::args_os().skip_while(|word| word != "--"));
    let given = on_line.or_else(|| set_variable("HREG_STORE").map(PathBuf::from));
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
