//! Listing what is in the store: a row for each tag, and for each version that no tag names.

use std::collections::BTreeMap;
use std::time::SystemTime;

use super::{Error, Facts, Store};
use crate::digest::Digest;
use crate::name::{Reference, Repository, Tag, Version};
use crate::storage::Names;

/// Is one line of a listing.
#[derive(Debug, Clone)]
pub struct Row {
    /// The name that the row is about.
    pub reference: Reference,
    /// The manifest.
    pub manifest: Digest,
    /// What the manifest says.
    pub facts: Facts,
    /// Since when the manifest has been there.
    pub created: SystemTime,
}

/// Lists what could be read, and what could not.
#[derive(Debug, Default)]
pub struct Listing {
    /// The rows, sorted by chart, then by version, then by tag.
    pub rows: Vec<Row>,
    /// Names whose manifest could not be read, and why.
    pub unreadable: Vec<(Reference, Error)>,
}

type Read = Result<Option<(Facts, SystemTime)>, Error>;

impl Store {
    /// Lists the names in the charts for which `wanted` holds.
    pub fn list(&self, wanted: impl Fn(&Repository) -> bool) -> Result<Listing, Error> {
        let mut named: Vec<(Reference, Digest)> = Vec::new();
        for repository in self.driver.repositories()?.into_iter().filter(wanted) {
            let names = self.driver.names(&repository)?;
            named.extend(rows_of(&repository, &names));
        }
        let manifests: BTreeMap<(&Repository, Digest), ()> =
            named.iter().map(|(name, digest)| ((&name.repository, *digest), ())).collect();
        let manifests: Vec<(&Repository, Digest)> = manifests.into_keys().collect();
        let mut read: BTreeMap<_, _> =
            manifests.iter().copied().zip(self.read_facts(&manifests)).collect();
        let mut listing = Listing::default();
        for (reference, manifest) in &named {
            match read.get(&(&reference.repository, *manifest)) {
                Some(Ok(Some((facts, created)))) => listing.rows.push(Row {
                    reference: reference.clone(),
                    manifest: *manifest,
                    facts: facts.clone(),
                    created: *created,
                }),
                Some(Err(_)) => {
                    let failed = read.remove(&(&reference.repository, *manifest));
                    if let Some(Err(error)) = failed {
                        listing.unreadable.push((reference.clone(), error));
                    }
                }
                // Removed since its name was read, or a further name of what is unreadable.
                Some(Ok(None)) | None => {}
            }
        }
        sort(&mut listing.rows);
        Ok(listing)
    }

    /// Reads the facts of many manifests, on all cores.
    fn read_facts(&self, manifests: &[(&Repository, Digest)]) -> Vec<Read> {
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        let share = manifests.len().div_ceil(workers).max(64);
        std::thread::scope(|scope| {
            let read = |part: &[(&Repository, Digest)]| -> Vec<Read> {
                part.iter().map(|(repository, digest)| self.read_one(repository, digest)).collect()
            };
            let workers: Vec<_> =
                manifests.chunks(share).map(|part| scope.spawn(move || read(part))).collect();
            let joined = workers.into_iter().map(|worker| match worker.join() {
                Ok(read) => read,
                Err(panic) => std::panic::resume_unwind(panic),
            });
            joined.flatten().collect()
        })
    }

    fn read_one(&self, repository: &Repository, manifest: &Digest) -> Read {
        let read = match self.driver.created(repository, manifest)? {
            Some(created) => self.facts(manifest).map(|facts| (facts, created)),
            None => Err(Error::MissingBlob { digest: Box::new(*manifest) }),
        };
        match read {
            // Names that lead nowhere are damage, unless they too have gone by now.
            Err(Error::MissingBlob { .. })
                if !self.driver.names(repository)?.contains(manifest) =>
            {
                Ok(None)
            }
            result => result.map(Some),
        }
    }
}

/// Gives a reference for each tag, and for each version that no tag names.
fn rows_of(repository: &Repository, names: &Names) -> Vec<(Reference, Digest)> {
    let tagged: std::collections::BTreeSet<&Digest> = names.tags.values().collect();
    let tags = names.tags.iter().map(|(tag, digest)| (tag.clone(), *digest));
    // While a version is replaced, its tag may still be the old one: a name leads where its tag does.
    let untagged = names.versions.iter().filter(|(version, digest)| {
        !tagged.contains(digest) && !names.tags.contains_key(&version.tag())
    });
    let versions = untagged.map(|(version, digest)| (version.tag(), *digest));
    let reference = |(tag, digest)| (Reference::tagged(repository.clone(), tag), digest);
    tags.chain(versions).map(reference).collect()
}

/// Sorts by chart, then by the version's precedence, then by tag.
fn sort(rows: &mut [Row]) {
    rows.sort_by_cached_key(|row| {
        let version = row.facts.chart.as_ref().and_then(|(_, text)| Version::parse(text).ok());
        let tag = row.reference.tag.as_ref().map(Tag::to_string);
        (row.reference.repository.clone(), version, tag)
    });
}
