//! Charts that were fetched, kept with their names: they are served while the registry is away, and after
//! a restart too.
//!
//! They stand in the cache under their names on the registry, as charts that were pulled do.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Arc, Mutex};

use super::cache::WAIT;
use super::driver::RECORD;
use super::fetch::locked;
use super::known::{Known, chart_of};
use super::place::Place;
use super::snapshot::{Found, Shelf, Snapshot};
use super::{Error, Upstream};
use crate::digest::Digest;
use crate::name::{Repository, Tag};
use crate::oci::{ChartManifest, Descriptor, Document};
use crate::storage::{self, ChartParts, Commit, Entry, Name, Names, Removal};

/// Knows which archives have been looked at, in this process.
#[derive(Default)]
pub(super) struct Mirrored {
    seen: Mutex<HashSet<Digest>>,
    /// Those whose chart could not be kept.
    failed: Mutex<Vec<Digest>>,
}

impl Mirrored {
    /// Tells whether a blob has not been looked at before, and takes note of it.
    fn is_new(&self, blob: Digest) -> bool {
        locked(&self.seen).insert(blob)
    }

    /// Forgets all: what was kept may be gone.
    fn clear(&self) {
        locked(&self.seen).clear();
    }

    /// Takes note of what could not be kept: who reads it all the time must not try it all the time.
    fn fail(&self, blob: Digest) {
        locked(&self.failed).push(blob);
    }

    /// Lets what could not be kept be tried again.
    fn forgive(&self) {
        let mut seen = locked(&self.seen);
        for blob in locked(&self.failed).drain(..) {
            seen.remove(&blob);
        }
    }
}

impl Upstream {
    /// Keeps the charts that a blob which was just read is the archive of.
    pub(super) fn mirror(&self, blob: &Digest) {
        if !self.options.mirror {
            return;
        }
        let snapshot = self.snapshot();
        let Some(charts) = snapshot.contents.get(blob) else { return };
        if !self.mirrored.is_new(*blob) {
            return;
        }
        for (name, manifest) in charts {
            if let Err(error) = self.keep_chart(&snapshot, name, manifest) {
                self.mirrored.fail(*blob);
                self.warn_of_cache(&error);
            }
        }
    }

    fn keep_chart(
        &self,
        before: &Snapshot,
        name: &Repository,
        manifest: &Digest,
    ) -> Result<(), Error> {
        let remote = before.shelves.get(name).and_then(|shelf| shelf.remote.as_ref());
        let known = before.known.get(manifest).and_then(|known| known.chart.as_ref());
        let (Some(remote), Some((_, parts))) = (remote, known) else { return Ok(()) };
        self.complete(remote, *manifest, parts)?;
        let driver = &self.cache.driver;
        let lock = self.cache.lock()?;
        // Nothing is taken away as long as the lock is held.
        if let Some(missing) = blobs_of(*manifest, parts).find(|blob| !self.cache.has(blob)) {
            let (chart, blob) = (remote.to_string(), Box::new(missing));
            return Err(Error::Incomplete { chart, blob });
        }
        driver.create_space(&lock, &remote.space, RECORD)?;
        let locks = driver.lock_charts(&lock, &[(**remote).clone()], WAIT)?;
        // A walk may have ended meanwhile, and given other names to what is kept.
        let now = self.snapshot();
        let shelf = now.shelves.get(name).filter(|shelf| shelf.has(manifest));
        let Some(shelf) = shelf else { return Ok(()) };
        let entry = Entry { manifest: *manifest, chart: Some(parts.clone()) };
        let entries = vec![((**remote).clone(), entry)];
        let names = named(remote, names_of(shelf, &[*manifest].into()));
        Ok(driver.commit(&locks, Commit { entries, names, ..Commit::default() })?)
    }

    /// Fetches what is missing of a chart.
    fn complete(
        &self,
        remote: &Arc<Repository>,
        manifest: Digest,
        parts: &ChartParts,
    ) -> Result<(), Error> {
        for missing in blobs_of(manifest, parts).filter(|blob| !self.cache.has(blob)) {
            let places = self.locate(&missing).into_iter();
            match places.into_iter().find(|place| place.repository == *remote) {
                Some(place) if !self.cache.takes(place.size) => {}
                Some(place) if !place.is_manifest => {
                    self.fetch(remote, &Descriptor::new("", missing, place.size))?;
                }
                _ => drop(self.fetch_manifest(remote, &missing)?),
            }
        }
        Ok(())
    }

    /// Reads what an earlier process has kept.
    pub(super) fn load(&self) -> Result<Snapshot, storage::Error> {
        let driver = &self.cache.driver;
        let mut found = Vec::new();
        for remote in driver.repositories()? {
            let Some(local) = self.local(&remote) else { continue };
            let Names { tags, versions } = driver.names(&remote)?;
            let versions = versions.into_iter().map(|(version, digest)| (version.tag(), digest));
            let names: BTreeMap<Tag, Digest> = versions.chain(tags).collect();
            let known = |(tag, digest)| Some((tag, (digest, Arc::new(self.recall(&digest)?))));
            let tags = names.into_iter().filter_map(known).collect();
            found.push(Found { local, remote: Arc::new(remote), tags });
        }
        Ok(Snapshot::of(found, BTreeMap::new(), &Snapshot::default()))
    }

    fn local(&self, remote: &Repository) -> Option<Repository> {
        let parts = remote.space.parts().iter().map(String::as_str);
        let path: Vec<&str> = parts.chain([remote.chart.as_str()]).collect();
        Place::local(self.options.place.below(&path.join("/"))?)
    }

    /// Reads what is kept of a manifest.
    fn recall(&self, manifest: &Digest) -> Option<Known> {
        let document = Document::parse(self.cache.read(manifest)?, None).ok()?;
        let parts = ChartManifest::of(document.manifest()?).ok()?;
        let meta = self.cache.read(&parts.config.digest)?;
        let chart = chart_of(&parts, &meta).map(Some);
        Some(Known::of(&document, chart))
    }

    /// Gives the charts that are kept the names that they have now, and takes away those that have gone.
    /// One that fails does not keep the others from it; it is tried again after the next walk.
    pub(super) fn rename(&self, now: &Snapshot) -> Result<(), Error> {
        self.mirrored.forgive();
        if !self.options.mirror {
            return Ok(());
        }
        let uncertain: HashSet<Repository> =
            now.left_out.iter().filter_map(|(path, _)| Place::local(path)).collect();
        let mut first = Ok(());
        for remote in self.cache.driver.repositories()? {
            let Some(local) = self.local(&remote).filter(|local| !uncertain.contains(local)) else {
                continue;
            };
            let renamed = match self.is_as(&remote, &local, now) {
                Ok(true) => Ok(()),
                Ok(false) => self.rename_one(&remote, &local, now),
                Err(error) => Err(error),
            };
            first = first.and(renamed);
        }
        first
    }

    /// Tells whether what is kept of a repository has the names that it should have.
    fn is_as(
        &self,
        remote: &Repository,
        local: &Repository,
        now: &Snapshot,
    ) -> Result<bool, Error> {
        let driver = &self.cache.driver;
        let (stays, gone) = partition(driver.entries(remote)?, now, local);
        Ok(gone.is_empty() && driver.names(remote)? == wanted(&stays, now, local))
    }

    fn rename_one(
        &self,
        remote: &Repository,
        local: &Repository,
        now: &Snapshot,
    ) -> Result<(), Error> {
        let driver = &self.cache.driver;
        let lock = self.cache.lock()?;
        let locks = driver.lock_charts(&lock, std::slice::from_ref(remote), WAIT)?;
        let (stays, gone) = partition(driver.entries(remote)?, now, local);
        let wanted = wanted(&stays, now, local);
        let mut old = driver.names(remote)?;
        old.tags.retain(|tag, _| !wanted.tags.contains_key(tag));
        old.versions.retain(|version, _| !wanted.versions.contains_key(version));
        let names = named(remote, wanted);
        driver.commit(&locks, Commit { names, ..Commit::default() })?;
        let old = named(remote, old).into_iter().map(|(remote, name, _)| (remote, name)).collect();
        let gone = gone.into_iter().map(|manifest| (remote.clone(), manifest)).collect();
        let removal = Removal { names: old, entries: gone, ..Removal::default() };
        Ok(driver.remove(&locks, &removal)?)
    }

    /// Takes away what was not used for the longest time, if too much is kept.
    pub(super) fn trim(&self) -> Result<(), Error> {
        if self.cache.trim()? {
            self.mirrored.clear();
        }
        Ok(())
    }
}

/// Lists what a chart is made of.
fn blobs_of(manifest: Digest, parts: &ChartParts) -> impl Iterator<Item = Digest> {
    [manifest, parts.meta, parts.content].into_iter().chain(parts.provenance)
}

/// Tells what is kept and still there from what is not there any more.
fn partition(
    entries: Vec<Digest>,
    now: &Snapshot,
    local: &Repository,
) -> (BTreeSet<Digest>, Vec<Digest>) {
    let shelf = now.shelves.get(local);
    let is_there = |manifest: &Digest| shelf.is_some_and(|shelf| shelf.has(manifest));
    let (stays, gone): (Vec<Digest>, _) = entries.into_iter().partition(is_there);
    (stays.into_iter().collect(), gone)
}

/// Gives the names that what is kept should have.
fn wanted(stays: &BTreeSet<Digest>, now: &Snapshot, local: &Repository) -> Names {
    now.shelves.get(local).map(|shelf| names_of(shelf, stays)).unwrap_or_default()
}

/// Gives the names of some manifests.
fn names_of(shelf: &Shelf, manifests: &BTreeSet<Digest>) -> Names {
    let mut names = shelf.names.clone();
    names.tags.retain(|_, manifest| manifests.contains(manifest));
    names.versions.retain(|_, manifest| manifests.contains(manifest));
    names
}

/// Lists names as they are written, versions first.
fn named(remote: &Repository, names: Names) -> Vec<(Repository, Name, Digest)> {
    let Names { tags, versions } = names;
    let versions = versions.into_iter().map(|(name, digest)| (Name::Version(name), digest));
    let tags = tags.into_iter().map(|(name, digest)| (Name::Tag(name), digest));
    versions.chain(tags).map(|(name, digest)| (remote.clone(), name, digest)).collect()
}
