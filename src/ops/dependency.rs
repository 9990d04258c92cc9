//! The dependencies of a chart folder: listed, resolved, fetched and put into `charts/`.
//!
//! A [`Plan`] is made from the chart, the store and other folders alone; it tells which hosts have
//! to be asked, if any. Carried out, it fetches and checks everything before it writes anything to
//! the folder. Which version is taken and what a lock is are rules of
//! [`chart::dependency`](crate::chart::dependency), how charts come into the store is left to
//! [`pull`](super::pull).

mod error;
mod fetch;
mod head;
mod list;
mod need;
mod present;
mod stored;
mod write;

use std::path::{Path, PathBuf};

use serde::Serialize;

pub use error::Error;
pub use list::{Listing, Row, list};

use self::head::Head;
use self::need::{Need, Way};
use crate::chart::dependency::{Repositories, Source, helm2_digest};
use crate::chart::lock::Lock;
use crate::chart::metadata::Dependency;
use crate::chart::record::Timestamp;
use crate::digest::Digest;
use crate::disk;
use crate::name::{Host, Reference, SpaceName};
use crate::ops;
use crate::progress::Progress;
use crate::remote::Client;
use crate::store::Store;

/// Says how to bring dependencies together.
#[derive(Debug, Clone)]
pub struct Options {
    /// The space that charts of classic repositories are looked for and kept in.
    pub space: SpaceName,
    /// Whether nothing but the store and folders may be used.
    pub offline: bool,
    /// Whether to ask for newer versions in a range where the store has one.
    pub refresh: bool,
    /// Helm's repositories.yaml, which knows the names of classic repositories.
    pub repositories: Option<PathBuf>,
    /// The time that packed files get, in seconds since 1970.
    pub modified: u64,
    /// The time that a new lock gets.
    pub generated: Timestamp,
    /// How many charts to fetch at a time.
    pub jobs: usize,
}

/// Says where a dependency was taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// It was in `charts/`.
    Charts,
    /// A folder, which was packed.
    Folder,
    /// The store.
    Store,
    /// A registry, by way of the store.
    Registry,
    /// A classic repository, by way of the store.
    Repository,
}

/// Says what became of one dependency.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Taken {
    /// The name of the chart.
    pub name: String,
    /// Its version, as the lock has it.
    pub version: String,
    /// Where Chart.yaml says that it is.
    pub repository: String,
    /// Where it was taken from.
    pub origin: Origin,
    /// The reference that it has in the store, if it was taken from there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<Reference>,
    /// Its archive, if it has one in `charts/`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The digest of that archive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<Digest>,
    /// Whether the archive was written; otherwise it was there.
    pub written: bool,
}

/// Says what became of the dependencies of a chart.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The dependencies, in the order of Chart.yaml.
    pub dependencies: Vec<Taken>,
    /// Archives that were removed, since others take their place.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<String>,
    /// The lock, if one was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lock: Option<String>,
    /// What the user should know.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// Is what has to be done for the dependencies of a chart.
pub struct Plan {
    options: Options,
    head: Head,
    /// What Chart.yaml requires, if a lock is to be made of it.
    required: Option<Vec<Dependency>>,
    needs: Vec<Need>,
    warnings: Vec<String>,
}

impl Plan {
    /// Plans to take the highest versions that Chart.yaml lets.
    ///
    /// # Errors
    ///
    /// Gives all that is wrong with the dependencies, each by itself.
    pub fn update(store: &Store, folder: &Path, options: Options) -> Result<Plan, Vec<ops::Error>> {
        let head = Head::read(folder).map_err(one)?;
        Plan::of_update(store, head, options)
    }

    /// Plans to take the versions that the lock has, or where there is none, does what
    /// [`Plan::update`] does.
    pub fn build(store: &Store, folder: &Path, options: Options) -> Result<Plan, Vec<ops::Error>> {
        let head = Head::read(folder).map_err(one)?;
        let Some(lock) = head.lock.clone() else { return Plan::of_update(store, head, options) };
        let mut warnings = Vec::new();
        let required = resolved(&head, &options, &mut warnings).map_err(one)?;
        let by_helm2 = head.is_v1() && helm2_digest(&head.metadata.dependencies) == lock.digest;
        if !lock.fits(&required) && !by_helm2 {
            let ((file, lock), path) = (head.file_names(), head.folder);
            return Err(one(Error::OutOfSync { lock, file, path }));
        }
        let needs = needs(&head, &lock.dependencies, &options, true)?;
        Plan { options, head, required: None, needs, warnings }.with_stored(store)
    }

    fn of_update(store: &Store, head: Head, options: Options) -> Result<Plan, Vec<ops::Error>> {
        let mut warnings = Vec::new();
        let required = resolved(&head, &options, &mut warnings).map_err(one)?;
        let needs = needs(&head, &required, &options, false)?;
        Plan { options, head, required: Some(required), needs, warnings }.with_stored(store)
    }

    fn with_stored(mut self, store: &Store) -> Result<Plan, Vec<ops::Error>> {
        stored::look_up(store, &mut self.needs, &self.options, &mut self.warnings).map_err(one)?;
        let is_offline = self.options.offline;
        collect(self.needs.iter().map(|need| Ok(need.check_way(is_offline)?)))?;
        Ok(self)
    }

    /// Tells whether anybody has to be asked over the network.
    pub fn needs_network(&self) -> bool {
        self.needs.iter().any(|need| matches!(need.way, Way::Registry(_) | Way::Repository(_)))
    }

    /// Names the hosts that have to be asked.
    pub fn hosts(&self) -> Vec<Host> {
        let host = |need: &Need| match &need.way {
            Way::Registry(repository) => repository.space.host().cloned(),
            Way::Repository(url) => Some(url.host().clone()),
            Way::Charts | Way::Folder(_) | Way::Stored(_) | Way::Unknown => None,
        };
        self.needs.iter().filter_map(host).collect()
    }

    /// Fetches and checks everything, and then writes `charts/` and the lock. Where anything fails,
    /// the chart's folder stays as it was; what was fetched is in the store all the same.
    ///
    /// # Panics
    ///
    /// Panics where there is no client although the plan needs the network.
    pub fn carry_out(
        mut self,
        store: &Store,
        client: Option<&Client>,
        progress: &dyn Progress,
    ) -> Result<Report, Vec<ops::Error>> {
        let origins: Vec<Origin> = self.needs.iter().map(origin).collect();
        if self.needs_network() {
            let client = client.expect("a plan that needs the network is given a client");
            let fetch = fetch::Fetch { store, client, options: &self.options, progress };
            fetch.all(&mut self.needs, &mut self.warnings)?;
        }
        let mut report = write::write(store, &self)?;
        for (taken, origin) in report.dependencies.iter_mut().zip(origins) {
            taken.origin = origin;
        }
        report.warnings.splice(0..0, self.warnings);
        Ok(report)
    }
}

/// Gives what Chart.yaml requires with addresses in place of the aliases of repositories, as it goes
/// into the digest of a lock.
fn resolved(
    head: &Head,
    options: &Options,
    warnings: &mut Vec<String>,
) -> Result<Vec<Dependency>, ops::Error> {
    let mut required = head.metadata.dependencies.clone();
    let alias = |dependency: &Dependency| match Source::of(&dependency.repository) {
        Source::Alias(alias) => Some(alias.to_owned()),
        _ => None,
    };
    if !required.iter().any(|dependency| alias(dependency).is_some()) {
        return Ok(required);
    }
    let repositories = read_repositories(options.repositories.as_deref())?;
    for dependency in &mut required {
        let Some(alias) = alias(dependency) else { continue };
        match repositories.address(&alias) {
            Some(address) => address.clone_into(&mut dependency.repository),
            // The store may have the chart all the same.
            None => warnings.push(format!(
                "Helm knows no repository {alias}: to Helm, a lock with {} is out of sync",
                dependency.repository
            )),
        }
    }
    Ok(required)
}

fn read_repositories(path: Option<&Path>) -> Result<Repositories, ops::Error> {
    const MAX_BYTES: u64 = 4 << 20;
    let Some(path) = path else { return Ok(Repositories::default()) };
    let Some(bytes) = disk::read_optional(path, MAX_BYTES)? else {
        return Ok(Repositories::default());
    };
    let read = Repositories::read_yaml(&bytes);
    Ok(read.map_err(|error| Error::Repositories { path: path.to_owned(), source: error.into() })?)
}

fn needs(
    head: &Head,
    dependencies: &[Dependency],
    options: &Options,
    is_locked: bool,
) -> Result<Vec<Need>, Vec<ops::Error>> {
    collect(
        dependencies
            .iter()
            .map(|dependency| Need::new(head, dependency, &options.space, is_locked)),
    )
}

fn origin(need: &Need) -> Origin {
    match need.way {
        Way::Charts => Origin::Charts,
        Way::Folder(_) => Origin::Folder,
        Way::Stored(_) => Origin::Store,
        Way::Registry(_) => Origin::Registry,
        Way::Repository(_) | Way::Unknown => Origin::Repository,
    }
}

/// Makes the new lock, if one is to be made and it says anything new.
fn new_lock(plan: &Plan, locked: Vec<Dependency>) -> Option<Lock> {
    let required = plan.required.as_ref().filter(|required| !required.is_empty())?;
    let lock = Lock::new(required, locked, plan.options.generated.clone());
    let is_same = plan.head.lock.as_ref().is_some_and(|old| old.agrees(&lock));
    (!is_same).then_some(lock)
}

fn one(error: impl Into<ops::Error>) -> Vec<ops::Error> {
    vec![error.into()]
}

/// Gives all results, or all errors.
fn collect<T>(
    results: impl IntoIterator<Item = Result<T, ops::Error>>,
) -> Result<Vec<T>, Vec<ops::Error>> {
    let mut errors = Vec::new();
    let results = results.into_iter();
    let done = results.filter_map(|result| result.map_err(|error| errors.push(error)).ok());
    let done: Vec<T> = done.collect();
    if errors.is_empty() { Ok(done) } else { Err(errors) }
}
