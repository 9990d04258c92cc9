//! Putting charts in, and giving manifests further names.

use std::collections::btree_map::Entry as Slot;
use std::collections::{BTreeMap, BTreeSet};

use super::names::{Granted, Wanted, grant};
use super::{Error, Found, Policy, Writer};
use crate::digest::Digest;
use crate::name::{Reference, Repository, Tag, Version};
use crate::storage::{ChartLocks, ChartParts, Commit, Entry, Name, Names, Staged};

/// Says whether a version that is there may be replaced by other content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Overwrite {
    /// It may, unless the space is immutable.
    #[default]
    Allow,
    /// It may not.
    Refuse,
    /// It may not, the version must not be there with the same content either, and no tag may be
    /// moved to something else.
    Never,
    /// It may not, and no tag may be moved to something else either.
    Keep,
}

/// Is a chart whose blobs are staged, with the names it is to have.
#[derive(Debug)]
pub struct NewChart {
    /// Where the chart goes.
    pub repository: Repository,
    /// The tag that was asked for.
    pub tag: Tag,
    /// The version that the chart gives itself.
    pub version: Version,
    /// The manifest.
    pub manifest: Staged,
    /// Chart.yaml as JSON.
    pub meta: Staged,
    /// The archive.
    pub content: Staged,
    /// The signature file, if there is one.
    pub provenance: Option<Staged>,
    /// What else the manifest lists: layers that say nothing to Helm.
    pub others: Vec<Staged>,
    /// What the chart was made from, if it was made from a stored one: its name must still stand
    /// for the same manifest.
    pub made_from: Option<Found>,
}

/// Says what became of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It was not there before.
    New,
    /// It stood for the same manifest before.
    Same,
    /// It stood for another manifest before.
    Replaced(Digest),
}

impl Change {
    pub(super) fn of(before: Option<Digest>, now: Digest) -> Change {
        match before {
            None => Change::New,
            Some(before) if before == now => Change::Same,
            Some(before) => Change::Replaced(before),
        }
    }
}

/// Says where a manifest is now, and what its names were before.
#[derive(Debug, Clone)]
pub struct Placed {
    /// The manifest.
    pub manifest: Digest,
    /// What became of the version's name.
    pub version: Change,
    /// What became of the tag.
    pub tag: Change,
}

impl Writer<'_> {
    /// Tells how many charts one call of [`Writer::put`] should be given at most.
    pub fn most_at_once(&self) -> usize {
        self.store.driver.most_locks()
    }

    /// Puts charts in, as many as possible at once; each is granted or refused by itself.
    pub fn put(
        &self,
        charts: Vec<NewChart>,
        overwrite: Overwrite,
    ) -> Result<Vec<Result<Placed, Error>>, Error> {
        let repositories: Vec<Repository> =
            charts.iter().map(|chart| chart.repository.clone()).collect();
        let locks = self.lock(&repositories)?;
        let mut change = NameChange::new(self, &locks);
        let mut commit = Commit::default();
        let mut results = Vec::new();
        for chart in charts {
            let wanted = Wanted {
                repository: &chart.repository,
                manifest: chart.manifest.blob().digest(),
                version: Some(&chart.version),
                tag: &chart.tag,
                overwrite,
            };
            let unmoved =
                chart.made_from.as_ref().map_or(Ok(()), |found| self.check_unmoved(found));
            let granted = unmoved.and_then(|()| change.grant(&wanted));
            if granted.is_ok() {
                add(&mut commit, chart);
            }
            results.push(granted);
        }
        change.finish(commit)?;
        Ok(results)
    }

    /// Gives a manifest that is in the store another name, in another space too.
    pub fn tag(
        &self,
        found: &Found,
        to: &Reference,
        tag: &Tag,
        overwrite: Overwrite,
    ) -> Result<Placed, Error> {
        let locks = self.lock(&[found.repository.clone(), to.repository.clone()])?;
        self.check_unmoved(found)?;
        let entries = self.entries_of(&found.repository, found.manifest)?;
        let chart = &entries[0].chart;
        if chart.is_none() && self.store.is_charts_only(&to.repository.space)? {
            return Err(Error::ChartsOnly { reference: to.clone() });
        }
        let names = self.store.driver.names(&to.repository)?;
        // Within its repository a tag leaves the version alone, unless that has lost its name.
        let version = chart.as_ref().map(|chart| &chart.version).filter(|version| {
            found.repository != to.repository || !names.versions.contains_key(version)
        });
        let mut change = NameChange::new(self, &locks);
        let wanted = Wanted {
            repository: &to.repository,
            manifest: found.manifest,
            version,
            tag,
            overwrite,
        };
        let placed = change.grant(&wanted)?;
        let entries = entries.into_iter().map(|entry| (to.repository.clone(), entry)).collect();
        change.finish(Commit { entries, ..Commit::default() })?;
        Ok(placed)
    }

    /// Reads the entry of a manifest and, where that is an index, of all it lists, for these are
    /// needed wherever the index is.
    fn entries_of(&self, repository: &Repository, first: Digest) -> Result<Vec<Entry>, Error> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut waiting = vec![first];
        while let Some(manifest) = waiting.pop() {
            if entries.iter().any(|entry| entry.manifest == manifest) {
                continue;
            }
            match self.store.driver.entry(repository, &manifest)? {
                Some(entry) => entries.push(entry),
                None if manifest == first => {
                    let name = Reference::exact(repository.clone(), manifest).to_string();
                    return Err(Error::NotFound { what: "manifest", name, near: Vec::new() });
                }
                // An index may list what was never fetched.
                None => continue,
            }
            let document = self.store.document(&manifest)?;
            waiting.extend(document.manifests().map(|listed| listed.digest));
        }
        Ok(entries)
    }

    /// Refuses to go on from what was read without a lock where its name has moved since.
    fn check_unmoved(&self, found: &Found) -> Result<(), Error> {
        let Some(tag) = &found.tag else { return Ok(()) };
        let reference = Reference::tagged(found.repository.clone(), tag.clone());
        match self.store.resolve(&reference) {
            Ok(now) if now.manifest == found.manifest => Ok(()),
            Ok(_) | Err(Error::NotFound { .. }) => Err(Error::Moved { reference }),
            Err(error) => Err(error),
        }
    }

    pub(super) fn lock(&self, repositories: &[Repository]) -> Result<ChartLocks<'_>, Error> {
        Ok(self.store.driver.lock_charts(&self.lock, repositories, self.store.wait())?)
    }
}

fn add(commit: &mut Commit, chart: NewChart) {
    let manifest = chart.manifest.blob().digest();
    let parts = ChartParts {
        version: chart.version,
        meta: chart.meta.blob().digest(),
        content: chart.content.blob().digest(),
        provenance: chart.provenance.as_ref().map(|staged| staged.blob().digest()),
    };
    commit.entries.push((chart.repository, Entry { manifest, chart: Some(parts) }));
    commit.blobs.extend([chart.meta, chart.content, chart.manifest]);
    commit.blobs.extend(chart.provenance);
    commit.blobs.extend(chart.others);
}

/// Collects what happens to names, seeing what earlier charts of the same change did.
pub(super) struct NameChange<'a> {
    writer: &'a Writer<'a>,
    locks: &'a ChartLocks<'a>,
    seen: BTreeMap<Repository, (Policy, Names)>,
    names: BTreeMap<(Repository, Name), Digest>,
}

impl<'a> NameChange<'a> {
    pub(super) fn new(writer: &'a Writer<'a>, locks: &'a ChartLocks<'a>) -> NameChange<'a> {
        NameChange { writer, locks, seen: BTreeMap::new(), names: BTreeMap::new() }
    }

    pub(super) fn grant(&mut self, wanted: &Wanted<'_>) -> Result<Placed, Error> {
        let (policy, names) = match self.seen.entry(wanted.repository.clone()) {
            Slot::Occupied(seen) => seen.into_mut(),
            Slot::Vacant(new) => {
                let store = self.writer.store;
                let policy = store.policy(&wanted.repository.space)?.unwrap_or_default();
                new.insert((policy, store.driver.names(wanted.repository)?))
            }
        };
        let mut moved = Vec::new();
        let Granted { version, tag } = grant(wanted, *policy, names, &mut moved)?;
        for name in moved {
            self.names.insert((wanted.repository.clone(), name), wanted.manifest);
        }
        Ok(Placed { manifest: wanted.manifest, version, tag })
    }

    pub(super) fn finish(self, mut commit: Commit) -> Result<(), Error> {
        let repositories = commit.entries.iter().map(|(repository, _)| repository);
        let spaces = self.names.keys().map(|(repository, _)| repository).chain(repositories);
        for space in spaces.map(|repository| &repository.space).collect::<BTreeSet<_>>() {
            self.writer.ensure_space(space)?;
        }
        let named = self.names.into_iter();
        commit.names =
            named.map(|((repository, name), digest)| (repository, name, digest)).collect();
        // Versions before tags: a version is what a reader falls back on.
        commit.names.sort_by_key(|(_, name, _)| matches!(name, Name::Tag(_)));
        if !(commit.names.is_empty() && commit.entries.is_empty()) {
            self.writer.store.driver.commit(self.locks, commit)?;
        }
        Ok(())
    }
}
