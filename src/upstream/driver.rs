//! The registry by the verbs of a storage: it is read, and never written.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;
use std::time::SystemTime;

use super::Upstream;
use super::held::Held;
use super::known::Known;
use super::snapshot::Shelf;
use crate::digest::{Algorithm, Digest};
use crate::error::Kind;
use crate::name::{Repository, SpaceName, Version};
use crate::storage::{
    Append, BlobInfo, BlobState, ChartLocks, ChartState, Commit, Driver, Entry, Error, Fault,
    Hashed, Mode, Name, Names, OpenBlob, Part, Removal, Stage, State, StoreLock, UploadInfo,
    UploadName, Wait,
};

/// Is what is recorded of every space: that nothing is forbidden in it.
pub(super) const RECORD: &[u8] = b"{}";

/// Answers from what the last walk found.
pub(super) struct Registry(Arc<Upstream>);

impl Registry {
    pub(super) fn new(upstream: Arc<Upstream>) -> Registry {
        Registry(upstream)
    }

    /// Looks at a repository; gives what comes of nothing where there is none.
    fn shelf<T: Default>(&self, repository: &Repository, look: impl FnOnce(&Shelf) -> T) -> T {
        self.0.snapshot().shelves.get(repository).map(look).unwrap_or_default()
    }

    fn known(&self, repository: &Repository, manifest: &Digest) -> Option<Arc<Known>> {
        let snapshot = self.0.snapshot();
        let shelf = snapshot.shelves.get(repository);
        match shelf.is_some_and(|shelf| shelf.manifests.contains_key(manifest)) {
            true => snapshot.known.get(manifest).cloned(),
            false => self.0.sought(repository, manifest),
        }
    }

    fn refuse<T>(&self) -> Result<T, Error> {
        let message = format!("nothing is written here: push to {}", self.0.place());
        Err(Error::Elsewhere { kind: Kind::Denied, message })
    }
}

impl Driver for Registry {
    fn is_absent(&self) -> Result<bool, Error> {
        Ok(false)
    }

    fn stage(&self, _: &StoreLock, _: Algorithm) -> Result<Box<dyn Stage>, Error> {
        self.refuse()
    }

    fn open(&self, digest: &Digest) -> Result<Option<OpenBlob>, Error> {
        self.0.open(digest)
    }

    /// Opens a blob at a place. What comes before it is fetched all the same: only a whole blob can be
    /// proved, and its last bytes are held back until it is.
    fn open_part(
        &self,
        digest: &Digest,
        start: u64,
    ) -> Result<Option<Box<dyn Read + Send>>, Error> {
        let Some(mut blob) = self.0.open(digest)? else { return Ok(None) };
        if let Some(part) = self.0.open_kept_part(digest, start)? {
            return Ok(Some(part));
        }
        let skipped = io::copy(&mut (&mut blob).take(start), &mut io::sink());
        let failed = |error: io::Error| Error::Elsewhere {
            kind: Kind::Unreachable,
            message: format!("cannot get {digest}: {error}"),
        };
        skipped.map_err(failed)?;
        Ok(Some(Box::new(Held::new(blob))))
    }

    fn open_file(&self, digest: &Digest) -> Result<Option<File>, Error> {
        self.0.open_kept_file(digest)
    }

    fn read_small(&self, digest: &Digest) -> Option<Vec<u8>> {
        self.0.read_small(digest)
    }

    fn blob_state(&self, digest: &Digest) -> Result<Option<BlobState>, Error> {
        let Some(place) = self.0.locate(digest).into_iter().next() else { return Ok(None) };
        // What is not kept has to be proved each time: what was right once is fetched again.
        let kept = self.0.kept_state(digest)?;
        Ok(Some(kept.unwrap_or(BlobState { size: place.size, state: None })))
    }

    fn names_state(&self, repository: &Repository) -> Result<Option<State>, Error> {
        Ok(Some(State::counted(self.shelf(repository, |shelf| shelf.count))))
    }

    fn entries_state(&self, repository: &Repository) -> Result<Option<State>, Error> {
        self.names_state(repository)
    }

    /// Lists what is kept.
    fn blobs(&self) -> Result<Vec<BlobInfo>, Error> {
        self.0.kept_blobs()
    }

    fn spaces(&self) -> Result<Vec<SpaceName>, Error> {
        Ok(self.0.snapshot().spaces.keys().cloned().collect())
    }

    fn space(&self, space: &SpaceName) -> Result<Option<Vec<u8>>, Error> {
        let is_there = self.0.snapshot().spaces.contains_key(space);
        Ok(is_there.then(|| RECORD.to_vec()))
    }

    fn repositories(&self) -> Result<Vec<Repository>, Error> {
        Ok(self.0.snapshot().spaces.values().flatten().cloned().collect())
    }

    fn repositories_of(&self, space: &SpaceName) -> Result<Vec<Repository>, Error> {
        Ok(self.0.snapshot().spaces.get(space).cloned().unwrap_or_default())
    }

    fn chart_states(&self, space: &SpaceName) -> Result<Vec<ChartState>, Error> {
        let snapshot = self.0.snapshot();
        let all = snapshot.spaces.get(space).into_iter().flatten();
        let shelves = all.map(|name| (name, &snapshot.shelves[name]));
        let charts = shelves.filter(|(_, shelf)| !shelf.names.versions.is_empty());
        Ok(charts.map(|(name, shelf)| (name.clone(), Some(State::counted(shelf.count)))).collect())
    }

    fn names(&self, repository: &Repository) -> Result<Names, Error> {
        Ok(self.shelf(repository, |shelf| shelf.names.clone()))
    }

    fn versions(&self, repository: &Repository) -> Result<BTreeMap<Version, Digest>, Error> {
        Ok(self.shelf(repository, |shelf| shelf.names.versions.clone()))
    }

    fn lookup(&self, repository: &Repository, name: &Name) -> Result<Option<Digest>, Error> {
        Ok(self.shelf(repository, |shelf| match name {
            Name::Tag(tag) => shelf.names.tags.get(tag).copied(),
            Name::Version(version) => shelf.names.versions.get(version).copied(),
        }))
    }

    fn entries(&self, repository: &Repository) -> Result<Vec<Digest>, Error> {
        Ok(self.shelf(repository, |shelf| shelf.manifests.keys().copied().collect()))
    }

    /// Tells when a manifest was made, by its own word: the same for all who serve the registry.
    fn created(
        &self,
        repository: &Repository,
        manifest: &Digest,
    ) -> Result<Option<SystemTime>, Error> {
        Ok(self.known(repository, manifest).map(|known| known.created))
    }

    fn entry(&self, repository: &Repository, manifest: &Digest) -> Result<Option<Entry>, Error> {
        Ok(self.known(repository, manifest).map(|known| {
            let chart = known.chart.as_ref().map(|(_, parts)| parts.clone());
            Entry { manifest: *manifest, chart }
        }))
    }

    fn seek(&self, repository: &Repository, manifest: &Digest) -> Result<bool, Error> {
        self.0.seek(repository, manifest, true)
    }

    fn seek_blob(&self, repository: &Repository, blob: &Digest) -> Result<bool, Error> {
        self.0.seek(repository, blob, false)
    }

    /// Tells whether a manifest of the repository lists a blob, and the repository has it.
    fn holds(&self, repository: &Repository, blob: &Digest) -> Result<bool, Error> {
        let snapshot = self.0.snapshot();
        let lists =
            |manifest: &Digest| snapshot.known.get(manifest).is_some_and(|known| known.lists(blob));
        let shelf = snapshot.shelves.get(repository);
        let mut manifests = shelf.into_iter().flat_map(|shelf| &shelf.manifests);
        let listed = manifests.find(|(manifest, _)| lists(manifest));
        let remote = listed.map(|(_, remote)| remote.clone());
        match remote.or_else(|| self.0.sought_for(repository, blob)) {
            Some(remote) => self.0.has(&remote, blob),
            None => Ok(false),
        }
    }

    fn holds_what_is_named(&self) -> bool {
        true
    }

    fn held(&self, _: &Repository) -> Result<Vec<(Digest, SystemTime)>, Error> {
        Ok(Vec::new())
    }

    fn lock_store(&self, _: Mode, _: Wait<'_>) -> Result<StoreLock, Error> {
        self.refuse()
    }

    fn most_locks(&self) -> usize {
        usize::MAX
    }

    fn lock_charts<'a>(
        &self,
        _: &'a StoreLock,
        _: &[Repository],
        _: Wait<'_>,
    ) -> Result<ChartLocks<'a>, Error> {
        self.refuse()
    }

    fn commit(&self, _: &ChartLocks<'_>, _: Commit) -> Result<(), Error> {
        self.refuse()
    }

    fn remove(&self, _: &ChartLocks<'_>, _: &Removal) -> Result<(), Error> {
        self.refuse()
    }

    fn begin_upload(&self, _: &StoreLock, _: &UploadName) -> Result<(), Error> {
        self.refuse()
    }

    fn upload(&self, _: &UploadName) -> Result<Option<UploadInfo>, Error> {
        Ok(None)
    }

    fn uploads(&self) -> Result<Vec<UploadName>, Error> {
        Ok(Vec::new())
    }

    fn append(&self, _: &UploadName, _: Option<Hashed>) -> Result<Option<Box<dyn Append>>, Error> {
        Ok(None)
    }

    fn remove_upload(&self, _: &UploadName) -> Result<(), Error> {
        self.refuse()
    }

    fn create_space(&self, _: &StoreLock, _: &SpaceName, _: &[u8]) -> Result<bool, Error> {
        self.refuse()
    }

    fn remove_space(&self, _: &StoreLock, _: &SpaceName) -> Result<(), Error> {
        self.refuse()
    }

    fn sweep(&self, _: &StoreLock, _: &[Digest]) -> Result<(), Error> {
        self.refuse()
    }

    fn sync(&self) -> Result<(), Error> {
        Ok(())
    }

    fn leftovers(&self) -> Result<u64, Error> {
        Ok(0)
    }

    fn sweep_leftovers(&self, _: &StoreLock) -> Result<u64, Error> {
        self.refuse()
    }

    fn inspect(&self) -> Result<Vec<Fault>, Error> {
        Ok(Vec::new())
    }

    fn set_aside(&self, _: &StoreLock, _: &Part) -> Result<String, Error> {
        self.refuse()
    }
}
