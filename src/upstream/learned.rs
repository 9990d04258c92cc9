//! Manifests that no tag stands for: they were asked for by their digest, or an index lists them.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use super::Upstream;
use super::error::elsewhere;
use super::fetch::locked;
use super::known::Known;
use super::snapshot::{Location, Shelf};
use crate::digest::Digest;
use crate::name::Repository;
use crate::oci::Document;
use crate::{remote, storage};

/// The most manifests that are remembered.
const MOST: usize = 4096;

/// The most manifests of a repository that are fetched in search of one blob.
const MOST_SEARCHED: usize = 256;

/// Knows such manifests.
#[derive(Default)]
pub(super) struct Learned(Mutex<HashMap<Digest, Manifest>>);

/// Is one of them.
struct Manifest {
    /// The repositories here that it was asked for in.
    asked: BTreeSet<Repository>,
    remote: Arc<Repository>,
    known: Arc<Known>,
}

impl Manifest {
    fn lists(&self, blob: &Digest) -> bool {
        self.known.blobs.iter().any(|(listed, _)| listed == blob)
    }
}

impl Upstream {
    /// Looks for a manifest that no tag stands for, or for a blob that only such manifests list; tells
    /// whether it is there.
    pub(super) fn seek(
        &self,
        repository: &Repository,
        wanted: &Digest,
        is_manifest: bool,
    ) -> Result<bool, storage::Error> {
        let snapshot = self.snapshot();
        let Some(shelf) = snapshot.shelves.get(repository) else { return Ok(false) };
        let Some(remote) = &shelf.remote else { return Ok(false) };
        let sought = match is_manifest {
            true => self.fetch_manifest(remote, wanted).map(|document| {
                self.learn(Some(repository), remote, &document);
                true
            }),
            false => self.seek_blob(shelf, remote, wanted),
        };
        self.tidy();
        match sought {
            Err(remote::Error::NotFound { .. }) => Ok(false),
            result => result.map_err(elsewhere),
        }
    }

    /// Looks for a blob that is only in manifests which an index lists.
    fn seek_blob(
        &self,
        shelf: &Shelf,
        remote: &Arc<Repository>,
        blob: &Digest,
    ) -> Result<bool, remote::Error> {
        let snapshot = self.snapshot();
        let is_unread = |manifest: &&Digest| {
            !snapshot.known.contains_key(*manifest)
                && !locked(&self.learned.0).contains_key(*manifest)
        };
        for manifest in shelf.manifests.iter().filter(is_unread).take(MOST_SEARCHED) {
            let kept = self.cache.read(manifest);
            let kept = kept.and_then(|bytes| Document::parse(bytes, None).ok());
            let document = match kept.map_or_else(|| self.fetch_manifest(remote, manifest), Ok) {
                // An index may list what was never pushed.
                Err(remote::Error::NotFound { .. }) => continue,
                document => document?,
            };
            self.learn(None, remote, &document);
            if document.names_blob(blob) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Remembers a manifest, and where it was asked for if it was.
    pub(super) fn learn(
        &self,
        asked: Option<&Repository>,
        remote: &Arc<Repository>,
        document: &Document,
    ) {
        let digest = document.digest();
        let mut learned = locked(&self.learned.0);
        if learned.len() >= MOST && !learned.contains_key(&digest) {
            learned.clear();
        }
        let found = learned.entry(digest).or_insert_with(|| {
            let known = Arc::new(Known::of(document, Ok(None)));
            Manifest { asked: BTreeSet::new(), remote: remote.clone(), known }
        });
        // Where it was asked for before it still is.
        found.asked.extend(asked.cloned());
    }

    /// Gives what is known of a manifest that was asked for in a repository by its digest.
    pub(super) fn sought(&self, repository: &Repository, manifest: &Digest) -> Option<Arc<Known>> {
        let learned = locked(&self.learned.0);
        let found = learned.get(manifest)?;
        found.asked.contains(repository).then(|| found.known.clone())
    }

    /// Tells whether a blob is listed by a manifest that was asked for in a repository, or that an index
    /// there lists.
    pub(super) fn sought_lists(&self, repository: &Repository, blob: &Digest) -> bool {
        let snapshot = self.snapshot();
        let shelf = snapshot.shelves.get(repository);
        let is_there =
            |manifest: &Digest| shelf.is_some_and(|shelf| shelf.manifests.contains(manifest));
        let learned = locked(&self.learned.0);
        learned.iter().any(|(digest, manifest)| {
            manifest.lists(blob) && (manifest.asked.contains(repository) || is_there(digest))
        })
    }

    /// Finds where bytes may be.
    pub(super) fn locate(&self, digest: &Digest) -> Vec<Location> {
        let snapshot = self.snapshot();
        if let Some(places) = snapshot.places.get(digest) {
            return places.clone();
        }
        let learned = locked(&self.learned.0);
        let place = learned.iter().find_map(|(manifest, Manifest { remote, known, .. })| {
            let blob = || known.blobs.iter().find(|(listed, _)| listed == digest);
            let (size, is_manifest) = match manifest == digest {
                true => (known.size, true),
                false => (blob()?.1, false),
            };
            Some(Location { repository: remote.clone(), size, is_manifest })
        });
        place.into_iter().collect()
    }
}
