//! Charts that were fetched, kept with their names: they are served while the registry is away, and after
//! a restart too.
//!
//! They stand in the cache under their names on the registry, as charts that were pulled do.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use super::cache::WAIT;
use super::driver::RECORD;
use super::error::with_causes;
use super::known::{Known, chart_of};
use super::place::Place;
use super::snapshot::{Found, Shelf, Snapshot};
use super::{Error, Upstream};
use crate::digest::Digest;
use crate::name::{Repository, Tag};
use crate::oci::{ChartManifest, Descriptor, Document};
use crate::storage::{self, ChartParts, Commit, Entry, Mode, Name, Names, Removal};

/// Knows which blobs have been looked at, in this process.
#[derive(Default)]
pub(super) struct Mirrored(Mutex<HashSet<Digest>>);

impl Mirrored {
    /// Tells whether a blob has not been looked at before, and takes note of it.
    fn is_new(&self, blob: Digest) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(blob)
    }

    /// Forgets all: what was kept may be gone.
    fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Upstream {
    /// Keeps the charts that a blob which was just read is the archive of.
    pub(super) fn mirror(&self, blob: &Digest) {
        if !self.options.mirror || !self.mirrored.is_new(*blob) {
            return;
        }
        let snapshot = self.snapshot();
        for (name, shelf) in &snapshot.shelves {
            let Some(remote) = &shelf.remote else { continue };
            for manifest in shelf.manifests.keys() {
                let known = snapshot.known.get(manifest);
                let chart = known.and_then(|known| known.chart.as_ref());
                let Some((chart, parts)) = chart.filter(|(_, parts)| parts.content == *blob) else {
                    continue;
                };
                if *chart == name.chart
                    && let Err(error) = self.keep_chart(remote, *manifest, parts, shelf)
                {
                    self.mirrored.clear();
                    (self.warn)(with_causes(&error));
                }
            }
        }
    }

    fn keep_chart(
        &self,
        remote: &Arc<Repository>,
        manifest: Digest,
        parts: &ChartParts,
        shelf: &Shelf,
    ) -> Result<(), Error> {
        self.complete(remote, manifest, parts)?;
        let driver = &self.cache.driver;
        let lock = driver.lock_store(Mode::Shared, WAIT)?;
        // Nothing is taken away as long as the lock is held.
        if let Some(missing) = blobs_of(manifest, parts).find(|blob| !self.cache.has(blob)) {
            let (chart, blob) = (remote.to_string(), Box::new(missing));
            return Err(Error::Incomplete { chart, blob });
        }
        driver.create_space(&lock, &remote.space, RECORD)?;
        let locks = driver.lock_charts(&lock, &[(**remote).clone()], WAIT)?;
        let entry = Entry { manifest, chart: Some(parts.clone()) };
        let names = names_of(shelf, &manifest).map(|name| ((**remote).clone(), name, manifest));
        let names = names.collect();
        let entries = vec![((**remote).clone(), entry)];
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
            let place = places.into_iter().find(|place| place.repository == *remote);
            match place {
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
    pub(super) fn rename(&self, before: &Snapshot, now: &Snapshot) -> Result<(), Error> {
        if !self.options.mirror {
            return Ok(());
        }
        for remote in self.cache.driver.repositories()? {
            let Some(local) = self.local(&remote) else { continue };
            let count = |snapshot: &Snapshot| snapshot.shelves.get(&local).map(|shelf| shelf.count);
            let is_certain =
                now.left_out.iter().all(|(path, _)| Place::local(path) != Some(local.clone()));
            if is_certain && count(before) != count(now) {
                self.rename_one(&remote, now.shelves.get(&local))?;
            }
        }
        Ok(())
    }

    fn rename_one(&self, remote: &Repository, shelf: Option<&Shelf>) -> Result<(), Error> {
        let driver = &self.cache.driver;
        let lock = driver.lock_store(Mode::Shared, WAIT)?;
        let locks = driver.lock_charts(&lock, std::slice::from_ref(remote), WAIT)?;
        let entries = driver.entries(remote)?;
        let is_there =
            |manifest: &Digest| shelf.is_some_and(|one| one.manifests.contains_key(manifest));
        let gone = entries.iter().filter(|manifest| !is_there(manifest));
        let gone: Vec<_> = gone.map(|manifest| (remote.clone(), *manifest)).collect();
        let kept = entries.iter().filter(|manifest| is_there(manifest));
        let names = kept.flat_map(|manifest| {
            let names = shelf.into_iter().flat_map(|shelf| names_of(shelf, manifest));
            names.map(|name| (remote.clone(), name, *manifest))
        });
        let names: Vec<(Repository, Name, Digest)> = names.collect();
        let wanted: HashSet<Name> = names.iter().map(|(_, name, _)| name.clone()).collect();
        let old = all_names(driver.names(remote)?).filter(|name| !wanted.contains(name));
        let old = old.map(|name| (remote.clone(), name)).collect();
        driver.commit(&locks, Commit { names, ..Commit::default() })?;
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

/// Lists the names of a manifest, versions first.
fn names_of<'a>(shelf: &'a Shelf, manifest: &'a Digest) -> impl Iterator<Item = Name> + 'a {
    let Names { tags, versions } = &shelf.names;
    let versions = versions.iter().filter(move |(_, digest)| *digest == manifest);
    let tags = tags.iter().filter(move |(_, digest)| *digest == manifest);
    let versions = versions.map(|(version, _)| Name::Version(version.clone()));
    versions.chain(tags.map(|(tag, _)| Name::Tag(tag.clone())))
}

fn all_names(names: Names) -> impl Iterator<Item = Name> {
    let tags = names.tags.into_keys().map(Name::Tag);
    tags.chain(names.versions.into_keys().map(Name::Version))
}
