//! What every command works with: the store, and how to tell of progress.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use directories::{BaseDirs, ProjectDirs};

use super::WrongUsage;
use super::arguments::Global;
use super::terminal::Terminal;
use crate::ops;
use crate::storage::{Filesystem, Wait};
use crate::store::{self, Store};

pub(crate) struct Context {
    pub(crate) store: Store,
    pub(crate) progress: Arc<Terminal>,
    lock_timeout: Option<Duration>,
}

impl Context {
    pub(crate) fn new(global: &Global) -> anyhow::Result<Context> {
        let root = store_folder(global.store.as_deref())?;
        let progress = Arc::new(Terminal::new());
        let driver = open_folder(&root)?;
        let store = Store::new(Box::new(driver), global.lock_timeout, progress.clone());
        Ok(Context { store, progress, lock_timeout: global.lock_timeout })
    }
}

impl Context {
    /// Says how to wait for a lock outside the store.
    pub(crate) fn wait(&self) -> Wait<'_> {
        Wait { timeout: self.lock_timeout, progress: &*self.progress }
    }
}

/// Opens the store in a folder.
pub(crate) fn open_folder(root: &Path) -> Result<Filesystem, ops::Error> {
    Filesystem::open(root).map_err(|error| store::Error::from(error).into())
}

/// Gives the store's folder as an absolute path: what is in it must not depend on where one is.
pub(crate) fn store_folder(given: Option<&Path>) -> anyhow::Result<PathBuf> {
    let folder = match given {
        Some(folder) => folder.to_owned(),
        None => ProjectDirs::from("", "", "hreg")
            .context("cannot tell where the store is: there is no home folder; use --store")?
            .data_dir()
            .join("store"),
    };
    std::path::absolute(&folder)
        .with_context(|| format!("cannot tell where the store {} is", folder.display()))
}

/// Gives the folder of what is fetched from a place on a registry, as an absolute path.
pub(crate) fn cache_folder(given: Option<&Path>, place: &str) -> anyhow::Result<PathBuf> {
    // Neither sign is in any host or path, so that no two places have one folder.
    let name = place.replace(':', "+").replace('/', ",");
    let folder = match given {
        Some(folder) => folder.to_owned(),
        None => ProjectDirs::from("", "", "hreg")
            .context(
                "cannot tell where to keep what is fetched: there is no home folder; use --store",
            )?
            .cache_dir()
            .join("registry")
            .join(name),
    };
    std::path::absolute(&folder)
        .with_context(|| format!("cannot tell where the cache {} is", folder.display()))
}

/// Gives a variable of the environment; one that is set to nothing is not set.
pub(crate) fn set_variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// Gives a file of Helm's own where Helm would look for it: where a variable says, or else below its
/// folder.
pub(super) fn helm_file(variable: &str, below: &str) -> Option<PathBuf> {
    set_variable(variable).map(PathBuf::from).or_else(|| {
        let folder = set_variable("HELM_CONFIG_HOME").map(PathBuf::from);
        let folder = folder.or_else(|| Some(BaseDirs::new()?.preference_dir().join("helm")));
        Some(folder?.join(below))
    })
}

/// The time that packed files get, so that the same folder gives the same bytes on any day:
/// `SOURCE_DATE_EPOCH` where it is set, else the first day that every archive tool can show. What is
/// later than the year 9999 is no time to a lock, and far later not to the readers of archives.
pub(crate) fn source_date_epoch() -> anyhow::Result<u64> {
    const FIRST_OF_1980: u64 = 315_532_800;
    const LATEST: u64 = 253_402_207_200;
    let Some(text) = set_variable("SOURCE_DATE_EPOCH") else { return Ok(FIRST_OF_1980) };
    let text = text.to_string_lossy();
    let seconds = text.trim().parse().ok().filter(|seconds| *seconds <= LATEST);
    seconds.ok_or_else(|| {
        WrongUsage::error(format!(
            "SOURCE_DATE_EPOCH must be a number of seconds up to {LATEST}, not {text:?}"
        ))
    })
}
