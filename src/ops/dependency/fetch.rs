//! Fetching what the store does not have, from registries and classic repositories, into the store.

use std::collections::BTreeMap;

use super::need::{Need, Stored, Wanted, Way};
use super::{Error, Options, collect, one};
use crate::chart::dependency::archive_name;
use crate::name::{ChartName, Range, Reference, Repository, SpaceName, Version};
use crate::ops::pull::choose::{self, Choice, Found, Listed};
use crate::ops::pull::{self, Pulled};
use crate::ops::transfer;
use crate::progress::Progress;
use crate::remote::{Client, RepositoryUrl};
use crate::store::{self, Overwrite, Store};
use crate::{ops, parallel};

/// Fetches dependencies.
pub(super) struct Fetch<'a> {
    pub(super) store: &'a Store,
    pub(super) client: &'a Client,
    pub(super) options: &'a Options,
    pub(super) progress: &'a dyn Progress,
}

/// Is a dependency with its number among all of them.
type Numbered<'a> = (usize, &'a Need);

/// Names a chart that is fetched: where it is kept, and under which tag.
type Place = Reference;

impl Fetch<'_> {
    /// Fetches all that has to be fetched; each of it is in the store then.
    pub(super) fn all(
        &self,
        needs: &mut [Need],
        warnings: &mut Vec<String>,
    ) -> Result<(), Vec<ops::Error>> {
        let found = self.find(needs)?;
        let (mut of_registries, mut of_repositories) = (BTreeMap::new(), BTreeMap::new());
        for (_, found) in &found {
            let place = self.place(found);
            match found {
                Found::Registry(_) => {
                    of_registries.insert(place, found.clone());
                }
                Found::Repository(entry) => {
                    let file = archive_name(entry.name.as_str(), entry.version.as_str());
                    let before = of_repositories.insert(place, found.clone());
                    if before.is_some_and(|before| !is_same(&before, found)) {
                        return Err(one(Error::Conflict { file }));
                    }
                }
            }
        }
        // A registry's own reference follows the registry; what a space holds is not replaced by a
        // chart of the same name from anywhere.
        let mut pulled = self.pull(of_registries, None, Overwrite::Allow)?;
        let space = Some(self.options.space.clone());
        pulled.extend(self.pull(of_repositories, space, Overwrite::Refuse)?);
        for (number, found) in found {
            let place = self.place(&found);
            let mut charts = pulled.iter().map(|pulled| &pulled.chart);
            let chart = charts.find(|chart| chart.reference == place);
            let chart = chart.expect("all that was found was pulled, or that failed");
            let need = &mut needs[number];
            need.check(chart.name.as_str(), chart.version.as_str(), found.to_string())
                .map_err(one)?;
            need.way = Way::Stored(Box::new(Stored {
                reference: chart.reference.clone(),
                version: chart.version.clone(),
                content: chart.content.digest,
            }));
        }
        warnings.extend(pulled.into_iter().flat_map(|pulled| pulled.warnings));
        Ok(())
    }

    fn pull(
        &self,
        found: BTreeMap<Place, Found>,
        to: Option<SpaceName>,
        overwrite: Overwrite,
    ) -> Result<Vec<Pulled>, Vec<ops::Error>> {
        if found.is_empty() {
            return Ok(Vec::new());
        }
        let jobs = self.options.jobs;
        let options =
            pull::Options { to, provenance: false, keyring: None, overwrite, files: None, jobs };
        let found: Vec<Found> = found.into_values().collect();
        let pulled = pull::pull(self.store, self.client, &found, &options, self.progress);
        collect(pulled.map_err(one)?.into_iter().map(|pulled| pulled.map_err(taken)))
    }

    /// Finds the version to take of every dependency that has to be fetched, by its number.
    fn find(&self, needs: &[Need]) -> Result<Vec<(usize, Found)>, Vec<ops::Error>> {
        let mut registries = Vec::new();
        let mut repositories: Vec<(&RepositoryUrl, Vec<Numbered<'_>>)> = Vec::new();
        for (number, need) in needs.iter().enumerate() {
            match &need.way {
                Way::Registry(repository) => registries.push((number, need, repository)),
                Way::Repository(url) => {
                    match repositories.iter_mut().find(|(known, _)| *known == url) {
                        Some((_, needs)) => needs.push((number, need)),
                        None => repositories.push((url, vec![(number, need)])),
                    }
                }
                Way::Charts | Way::Folder(_) | Way::Stored(_) | Way::Unknown => {}
            }
        }
        let jobs = self.options.jobs;
        let of_registries = parallel::each(&registries, jobs, |(number, need, repository)| {
            let found = self.in_registry(need, repository);
            Ok((*number, found.map_err(|error| error.of("find", need.describe()))?))
        });
        // An index is read once for all that it is needed for, and then given up.
        let of_repositories =
            parallel::each(&repositories, jobs, |(url, needs)| self.in_repository(url, needs));
        collect(of_registries.into_iter().chain(of_repositories.into_iter().flatten()))
    }

    fn in_registry(&self, need: &Need, repository: &Repository) -> Result<Found, ops::Error> {
        let repository = repository.clone();
        match &need.wanted {
            Wanted::Exact(version) => {
                Ok(Found::Registry(Reference::tagged(repository, version.tag())))
            }
            Wanted::Range(range) => {
                let reference = Reference { repository, tag: None, digest: None };
                let choice = Choice { range: Some(range.clone()), ..Choice::default() };
                let found = choose::in_registry(self.client, &reference, &choice)?;
                Ok(found.into_iter().next().expect("one version is found, or that fails"))
            }
        }
    }

    fn in_repository(
        &self,
        url: &RepositoryUrl,
        needs: &[Numbered<'_>],
    ) -> Vec<Result<(usize, Found), ops::Error>> {
        let listed = match Listed::fetch(self.client, url) {
            Ok(listed) => listed,
            // One error tells enough of a repository that cannot be read.
            Err(error) => return vec![Err(error.of("read the repository", url))],
        };
        let find = |(number, need): &Numbered<'_>| {
            let found = in_index(&listed, &need.name, &need.wanted);
            Ok((*number, found.map_err(|error| error.of("find", need.describe()))?))
        };
        needs.iter().map(find).collect()
    }

    /// Gives the name that a chart gets in the store.
    fn place(&self, found: &Found) -> Place {
        match found {
            Found::Registry(reference) => reference.clone(),
            Found::Repository(entry) => {
                let space = self.options.space.clone();
                let repository = Repository { space, chart: entry.name.clone() };
                Reference::tagged(repository, entry.version.tag())
            }
        }
    }
}

/// Finds one version in an index.
fn in_index(listed: &Listed, name: &ChartName, wanted: &Wanted) -> Result<Found, ops::Error> {
    let range = match wanted {
        Wanted::Range(range) => range.clone(),
        Wanted::Exact(version) => range_of(version),
    };
    // All builds of one version are looked at, since a text may name one of them.
    let choice = Choice { all: wanted.is_one(), range: Some(range.clone()), ..Choice::default() };
    let found = listed.find(name.as_str(), &choice)?.into_iter();
    let versions = found.filter_map(|found| match &found {
        Found::Repository(entry) => Some((entry.version.clone(), found)),
        Found::Registry(_) => None,
    });
    let versions: Vec<(Version, Found)> = versions.collect();
    let near = versions.iter().map(|(version, _)| version.to_string()).collect();
    match wanted.choose(versions) {
        Some((_, found)) => Ok(found),
        None => {
            let name = name.to_string();
            Err(transfer::Error::NoneInRange { name, range, versions: near }.into())
        }
    }
}

/// Gives the range that holds one version, whatever its build.
fn range_of(version: &Version) -> Range {
    let precedence = version.precedence();
    let [major, minor, patch] = precedence.numbers;
    let prerelease = match precedence.is_prerelease() {
        true => format!("-{}", precedence.prerelease),
        false => String::new(),
    };
    let text = format!("={major}.{minor}.{patch}{prerelease}");
    Range::parse(&text).expect("a version with = before it is a range")
}

/// Says what to do where a space has another chart of the same version.
fn taken(error: ops::Error) -> ops::Error {
    match error {
        ops::Error::Store(store::Error::VersionExists { repository, version, .. }) => {
            Error::Taken { repository, version }.into()
        }
        error => error,
    }
}

/// Tells whether two entries are surely the same archive.
fn is_same(one: &Found, other: &Found) -> bool {
    let (Found::Repository(one), Found::Repository(other)) = (one, other) else { return false };
    one.urls == other.urls || one.digest.is_some() && one.digest == other.digest
}
