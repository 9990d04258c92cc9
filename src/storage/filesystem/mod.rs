//! A store in a folder, readable with `ls` and `readlink`, movable with `mv` and `rsync`.
//!
//! Layout and locks are the contract between all processes that use the folder; see [`layout`].

mod blobs;
mod commit;
mod entries;
mod folders;
mod format;
mod holds;
mod inspect;
mod layout;
mod names;
mod sweep;
mod uploads;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use self::layout::path;
use super::{
    Append, BlobInfo, BlobState, ChartLocks, ChartState, Commit, Driver, Entry, Error, Fault,
    Hashed, Mode, Name, Names, OpenBlob, Part, Removal, Stage, State, StoreLock, UploadInfo,
    UploadName, Wait,
};
use crate::digest::{Algorithm, Digest};
use crate::disk::{self, Synced, lock};
use crate::name::{Repository, SpaceName, Version};

/// Keeps a store in a folder.
#[derive(Debug)]
pub struct Filesystem {
    root: PathBuf,
}

impl Filesystem {
    /// Opens the store in a folder, which may be empty or missing: the first change makes it.
    pub fn open(root: &Path) -> Result<Filesystem, Error> {
        format::check(root)?;
        Ok(Filesystem { root: root.to_owned() })
    }

    fn at(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.root.join(relative)
    }

    fn temporary(&self) -> PathBuf {
        self.at(path::TEMPORARY)
    }
}

impl Driver for Filesystem {
    fn is_absent(&self) -> Result<bool, Error> {
        Ok(!self.at(path::BLOBS).exists())
    }

    fn stage(&self, _store: &StoreLock, algorithm: Algorithm) -> Result<Box<dyn Stage>, Error> {
        blobs::stage(&self.temporary(), algorithm)
    }

    fn open(&self, digest: &Digest) -> Result<Option<OpenBlob>, Error> {
        blobs::open(&self.at(layout::blob(digest)), digest)
    }

    fn open_part(
        &self,
        digest: &Digest,
        start: u64,
    ) -> Result<Option<Box<dyn Read + Send>>, Error> {
        blobs::open_part(&self.at(layout::blob(digest)), start)
    }

    fn open_file(&self, digest: &Digest) -> Result<Option<File>, Error> {
        blobs::open_file(&self.at(layout::blob(digest)))
    }

    fn read_small(&self, digest: &Digest) -> Option<Vec<u8>> {
        blobs::read_small(&self.at(layout::blob(digest)), digest)
    }

    fn blob_state(&self, digest: &Digest) -> Result<Option<BlobState>, Error> {
        let found = disk::stamp(&self.at(layout::blob(digest)))?;
        Ok(found
            .map(|found| BlobState { size: found.size(), state: State::of([Some(found), None]) }))
    }

    fn names_state(&self, repository: &Repository) -> Result<Option<State>, Error> {
        let tags = disk::stamp(&self.at(layout::tags(repository)))?;
        let versions = disk::stamp(&self.at(layout::versions(repository)))?;
        Ok(State::of([tags, versions]))
    }

    fn entries_state(&self, repository: &Repository) -> Result<Option<State>, Error> {
        Ok(State::of([disk::stamp(&self.at(layout::manifests(repository)))?, None]))
    }

    fn blobs(&self) -> Result<Vec<BlobInfo>, Error> {
        let mut all = Vec::new();
        for algorithm in Algorithm::ALL {
            blobs::list(&self.at(layout::blobs(algorithm)), algorithm, &mut all)?;
        }
        Ok(all)
    }

    fn spaces(&self) -> Result<Vec<SpaceName>, Error> {
        names::spaces(&self.root)
    }

    fn space(&self, space: &SpaceName) -> Result<Option<Vec<u8>>, Error> {
        const MAX_BYTES: u64 = 64 * 1024;
        Ok(disk::read_optional(&self.at(layout::space_record(space)), MAX_BYTES)?)
    }

    fn repositories(&self) -> Result<Vec<Repository>, Error> {
        names::repositories(&self.root)
    }

    fn chart_states(&self, space: &SpaceName) -> Result<Vec<ChartState>, Error> {
        names::chart_states(&self.root, space)
    }

    fn names(&self, repository: &Repository) -> Result<Names, Error> {
        names::read_all(&self.root, repository)
    }

    fn versions(&self, repository: &Repository) -> Result<BTreeMap<Version, Digest>, Error> {
        names::read_versions(&self.root, repository)
    }

    fn listed(&self, repository: &Repository) -> Result<Names, Error> {
        names::read_listed(&self.root, repository)
    }

    fn lookup(&self, repository: &Repository, name: &Name) -> Result<Option<Digest>, Error> {
        names::lookup(&self.root, repository, name)
    }

    fn entries(&self, repository: &Repository) -> Result<Vec<Digest>, Error> {
        let listed = disk::entries(&self.at(layout::manifests(repository)))?;
        Ok(listed.iter().filter_map(|(name, _)| layout::digest_of(name)).collect())
    }

    fn created(
        &self,
        repository: &Repository,
        manifest: &Digest,
    ) -> Result<Option<SystemTime>, Error> {
        let (kind, name) = (path::MANIFESTS, manifest.hex());
        entries::created(layout::below(&self.root, path::REFS, repository, [kind, &name]))
    }

    fn entry(&self, repository: &Repository, manifest: &Digest) -> Result<Option<Entry>, Error> {
        entries::read(&self.root, repository, manifest)
    }

    fn holds(&self, repository: &Repository, blob: &Digest) -> Result<bool, Error> {
        holds::exists(&self.root, repository, blob)
    }

    fn held(&self, repository: &Repository) -> Result<Vec<(Digest, SystemTime)>, Error> {
        holds::list(&self.root, repository)
    }

    fn lock_store(&self, mode: Mode, wait: Wait<'_>) -> Result<StoreLock, Error> {
        format::initialise(&self.root)?;
        let what = || format!("the store {}", self.root.display());
        let (turn, lock) = (self.at(path::TURN), self.at(path::STORE_LOCK));
        let guard = lock::acquire_in_turn(&turn, &lock, &what, mode, wait)?;
        Ok(StoreLock::new(mode, guard))
    }

    fn most_locks(&self) -> usize {
        lock::most_at_once()
    }

    fn lock_charts<'a>(
        &self,
        store: &'a StoreLock,
        repositories: &[Repository],
        wait: Wait<'_>,
    ) -> Result<ChartLocks<'a>, Error> {
        ChartLocks::take(store, repositories, |repository| {
            let file = self.at(layout::lock(repository));
            // Lock files are never deleted, and losing one with the power harms nobody: no sync.
            disk::create_folders(file.parent().unwrap_or(&self.root), &mut Synced::new())?;
            let what = || format!("the chart {repository}");
            Ok(lock::acquire(&file, &what, Mode::Exclusive, wait)?)
        })
    }

    fn commit(&self, locks: &ChartLocks<'_>, commit: Commit) -> Result<(), Error> {
        locks.assert_covers(commit.entries.iter().map(|(repository, _)| repository));
        locks.assert_covers(commit.names.iter().map(|(repository, ..)| repository));
        commit::run(&self.root, commit)
    }

    fn remove(&self, locks: &ChartLocks<'_>, removal: &Removal) -> Result<(), Error> {
        locks.assert_covers(removal.repositories());
        sweep::remove(&self.root, removal)
    }

    fn begin_upload(&self, _store: &StoreLock, name: &UploadName) -> Result<(), Error> {
        uploads::create(&self.root, name)
    }

    fn upload(&self, name: &UploadName) -> Result<Option<UploadInfo>, Error> {
        uploads::find(&self.root, name)
    }

    fn uploads(&self) -> Result<Vec<UploadName>, Error> {
        uploads::list(&self.root)
    }

    fn append(
        &self,
        name: &UploadName,
        known: Option<Hashed>,
    ) -> Result<Option<Box<dyn Append>>, Error> {
        uploads::append(&self.root, name, known)
    }

    fn remove_upload(&self, name: &UploadName) -> Result<(), Error> {
        uploads::remove(&self.root, name)
    }

    fn create_space(
        &self,
        _store: &StoreLock,
        space: &SpaceName,
        record: &[u8],
    ) -> Result<bool, Error> {
        names::create_space(&self.root, space, record)
    }

    fn remove_space(&self, store: &StoreLock, space: &SpaceName) -> Result<(), Error> {
        store.assert_exclusive();
        sweep::remove_space(&self.root, space)
    }

    fn sweep(&self, store: &StoreLock, blobs: &[Digest]) -> Result<(), Error> {
        store.assert_exclusive();
        sweep::blobs(&self.root, blobs)
    }

    fn sync(&self) -> Result<(), Error> {
        Ok(disk::sync_file_system(&self.root)?)
    }

    fn leftovers(&self) -> Result<u64, Error> {
        sweep::leftovers(&self.root)
    }

    fn sweep_leftovers(&self, store: &StoreLock) -> Result<u64, Error> {
        store.assert_exclusive();
        sweep::sweep_leftovers(&self.root)
    }

    fn inspect(&self) -> Result<Vec<Fault>, Error> {
        inspect::run(&self.root)
    }

    fn set_aside(&self, store: &StoreLock, part: &Part) -> Result<String, Error> {
        store.assert_exclusive();
        sweep::set_aside(&self.root, part)
    }
}

/// Syncs every folder that got or lost a name.
fn sync_folders(folders: BTreeSet<PathBuf>) -> Result<(), disk::Error> {
    folders.iter().try_for_each(|folder| disk::sync_folder(folder))
}
