//! What no tag stands for: manifests that were asked for by their digest, and what is in them.
//!
//! Whether a repository has it is asked of the registry, for that repository: what a manifest lists need
//! not be there, and who may read one repository may not read all. What was learned is forgotten at a walk
//! some time later.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::Upstream;
use super::error::elsewhere;
use super::fetch::locked;
use super::known::Known;
use super::snapshot::{Location, Shelf};
use crate::digest::Digest;
use crate::name::Repository;
use crate::{remote, storage};

/// How long a manifest is remembered, at least: who has it fetches what it lists.
const LIFETIME: Duration = Duration::from_secs(60);

/// The most that is remembered of one kind.
const MOST: usize = 4096;

/// The most manifests of a repository that are fetched in search of one blob.
const MOST_SEARCHED: usize = 64;

/// Knows what was asked for.
#[derive(Default)]
pub(super) struct Learned(Mutex<Kept>);

/// Is something of a repository, by its name here.
type Place = (Repository, Digest);

#[derive(Default)]
struct Kept {
    manifests: HashMap<Place, Manifest>,
    /// Manifests that are listed and not there.
    absent: HashSet<Place>,
    /// Blobs that are in a repository of the registry, and in others.
    had: HashSet<(Arc<Repository>, Digest)>,
}

/// Is a manifest that was found.
struct Manifest {
    remote: Arc<Repository>,
    known: Arc<Known>,
    since: Instant,
}

impl Learned {
    /// Forgets what was learned some time ago: the registry may have changed.
    pub(super) fn forget(&self) {
        let mut kept = locked(&self.0);
        kept.absent.clear();
        kept.had.clear();
        kept.manifests.retain(|_, manifest| manifest.since.elapsed() < LIFETIME);
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
            true => self.learn(repository, remote, wanted).map(|found| found.is_some()),
            false => self.seek_blob(repository, shelf, remote, wanted),
        };
        self.tidy();
        sought.map_err(elsewhere)
    }

    /// Looks for a blob that is only in manifests which an index lists.
    fn seek_blob(
        &self,
        repository: &Repository,
        shelf: &Shelf,
        remote: &Arc<Repository>,
        blob: &Digest,
    ) -> Result<bool, remote::Error> {
        let is_unread = |manifest: &&Digest| {
            let (kept, place) = (locked(&self.learned.0), (repository.clone(), **manifest));
            !kept.manifests.contains_key(&place) && !kept.absent.contains(&place)
        };
        for manifest in shelf.listed.iter().filter(is_unread).take(MOST_SEARCHED) {
            let known = self.learn(repository, remote, manifest)?;
            if known.is_some_and(|known| known.lists(blob)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Fetches a manifest from a repository, and remembers it; nothing if it is not there.
    fn learn(
        &self,
        repository: &Repository,
        remote: &Arc<Repository>,
        manifest: &Digest,
    ) -> Result<Option<Arc<Known>>, remote::Error> {
        let place = (repository.clone(), *manifest);
        let document = match self.fetch_manifest(remote, manifest) {
            Err(remote::Error::NotFound { .. }) => {
                let mut kept = locked(&self.learned.0);
                if kept.absent.len() < MOST {
                    kept.absent.insert(place);
                }
                return Ok(None);
            }
            document => document?,
        };
        let known = Arc::new(Known::of(&document, Ok(None)));
        let found =
            Manifest { remote: remote.clone(), known: known.clone(), since: Instant::now() };
        let mut kept = locked(&self.learned.0);
        if kept.manifests.len() >= MOST {
            kept.manifests.clear();
        }
        kept.manifests.insert(place, found);
        Ok(Some(known))
    }

    /// Gives what is known of a manifest that was asked for in a repository by its digest.
    pub(super) fn sought(&self, repository: &Repository, manifest: &Digest) -> Option<Arc<Known>> {
        let kept = locked(&self.learned.0);
        let found = kept.manifests.get(&(repository.clone(), *manifest))?;
        Some(found.known.clone())
    }

    /// Gives the repositories on the registry of manifests that were asked for in a repository and list a
    /// blob.
    pub(super) fn sought_for(
        &self,
        repository: &Repository,
        blob: &Digest,
    ) -> Option<Arc<Repository>> {
        let kept = locked(&self.learned.0);
        let mut of_it = kept.manifests.iter().filter(|((asked, _), _)| asked == repository);
        let found = of_it.find(|(_, manifest)| manifest.known.lists(blob))?;
        Some(found.1.remote.clone())
    }

    /// Tells whether a repository of the registry has a blob that a manifest of it lists. That is asked
    /// where the bytes could be those of another repository, and taken as said while nobody answers.
    pub(super) fn has(
        &self,
        remote: &Arc<Repository>,
        blob: &Digest,
    ) -> Result<bool, storage::Error> {
        if self.locate(blob).iter().all(|place| place.repository == *remote) {
            return Ok(true);
        }
        let place = (remote.clone(), *blob);
        if locked(&self.learned.0).had.contains(&place) {
            return Ok(true);
        }
        match self.client.has_blob(remote, blob) {
            Ok(true) => {
                let mut kept = locked(&self.learned.0);
                if kept.had.len() >= MOST {
                    kept.had.clear();
                }
                kept.had.insert(place);
                Ok(true)
            }
            Ok(false) => Ok(false),
            Err(remote::Error::Connect { .. } | remote::Error::Timeout { .. }) => Ok(true),
            Err(error) => Err(elsewhere(error)),
        }
    }

    /// Finds where bytes may be.
    pub(super) fn locate(&self, digest: &Digest) -> Vec<Location> {
        let snapshot = self.snapshot();
        if let Some(places) = snapshot.places.get(digest) {
            return places.clone();
        }
        let kept = locked(&self.learned.0);
        let place = kept.manifests.iter().find_map(|((_, manifest), found)| {
            let Manifest { remote, known, .. } = found;
            let (size, is_manifest) = match manifest == digest {
                true => (known.size, true),
                false => (known.size_of(digest)?, false),
            };
            Some(Location { repository: remote.clone(), size, is_manifest })
        });
        place.into_iter().collect()
    }
}
