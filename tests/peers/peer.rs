//! Finds the programs that hreg is held against, or says that a test is skipped.

use std::env;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Finds a program, or says that what needs it is skipped.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let found = look_for(name);
    if found.is_none() {
        skip(&absent(name));
    }
    found
}

/// Finds a program that cannot be installed everywhere, by one of its names, or says that what
/// needs it is skipped: that is no failure even where nothing else may be skipped.
pub(crate) fn find_if_there(names: &[&str]) -> Option<PathBuf> {
    let found = names.iter().find_map(|name| look_for(name));
    if found.is_none() {
        note(&format!("skipped: {}", absent(names[0])));
    }
    found
}

fn look_for(name: &str) -> Option<PathBuf> {
    let own = env::var_os("HREG_PEERS").map(|folder| PathBuf::from(folder).join("bin"));
    let path = env::var_os("PATH").unwrap_or_default();
    let mut folders = own.into_iter().chain(env::split_paths(&path));
    folders.find_map(|folder| Some(folder.join(name)).filter(|path| path.is_file()))
}

fn absent(name: &str) -> String {
    format!("no {name}: it is neither in $HREG_PEERS/bin nor on the PATH")
}

/// Says why a test is skipped; where nothing may be skipped, the test fails.
pub(crate) fn skip(reason: &str) {
    assert!(!is_required(), "nothing may be skipped, but there is {reason}");
    note(&format!("skipped: {reason}"));
}

/// Writes a line past the test runner, which shows what is printed only when a test fails.
pub(crate) fn note(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

fn is_required() -> bool {
    env::var_os("HREG_REQUIRE_PEERS").is_some_and(|value| value == "1")
}

/// Gives the folder of the real charts; only one that was asked for by name must be there.
pub(crate) fn real_charts_folder() -> Option<PathBuf> {
    let given = env::var_os("HREG_TEST_CHARTS").map(PathBuf::from);
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/charts");
    let folder = given.clone().unwrap_or_else(beside);
    if folder.is_dir() {
        return Some(folder);
    }
    let reason = format!("no real charts: {} is no folder", folder.display());
    if given.is_some() {
        skip(&reason)
    } else {
        note(&format!("skipped: {reason}"))
    }
    None
}
