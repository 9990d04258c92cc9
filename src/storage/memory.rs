//! A store that lives as long as the process: for servers without a disk, and for tests.

mod uploads;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Cursor, Read, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use super::blob::StagedBytes;
use super::{
    Append, BlobInfo, ChartLocks, Commit, Driver, Entry, Error, Fault, Hashed, Mode, Name, Names,
    OpenBlob, Part, Removal, Stage, Staged, StoreLock, UploadInfo, UploadName, Wait,
};
use crate::digest::{Algorithm, Digest, HashingWriter};
use crate::disk::lock::LockError;
use crate::name::{Repository, SpaceName};
use uploads::Uploads;

/// Keeps a store in the memory of the process.
#[derive(Debug, Default)]
pub struct Memory {
    state: Mutex<State>,
    locks: Arc<Locks>,
    uploads: Uploads,
}

#[derive(Debug, Default)]
struct State {
    blobs: BTreeMap<Digest, (Arc<[u8]>, SystemTime)>,
    spaces: BTreeMap<SpaceName, Vec<u8>>,
    repositories: BTreeMap<Repository, Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    names: Names,
    entries: BTreeMap<Digest, (Entry, SystemTime)>,
    holds: BTreeMap<Digest, SystemTime>,
}

impl Kept {
    fn is_empty(&self) -> bool {
        self.names.is_empty() && self.entries.is_empty() && self.holds.is_empty()
    }
}

impl Memory {
    /// Makes an empty store.
    pub fn new() -> Memory {
        Memory::default()
    }

    /// Gives the state; a panic elsewhere cannot have left it half changed, as no change can fail.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Driver for Memory {
    fn is_absent(&self) -> Result<bool, Error> {
        Ok(false)
    }

    fn stage(&self, _store: &StoreLock, algorithm: Algorithm) -> Result<Box<dyn Stage>, Error> {
        Ok(Box::new(MemoryStage(HashingWriter::new(Vec::new(), algorithm))))
    }

    fn open(&self, digest: &Digest) -> Result<Option<OpenBlob>, Error> {
        let bytes = self.state().blobs.get(digest).map(|(bytes, _)| bytes.clone());
        Ok(bytes
            .map(|bytes| OpenBlob::new(*digest, bytes.len() as u64, Box::new(Cursor::new(bytes)))))
    }

    fn open_part(
        &self,
        digest: &Digest,
        start: u64,
    ) -> Result<Option<Box<dyn Read + Send>>, Error> {
        let bytes = self.state().blobs.get(digest).map(|(bytes, _)| bytes.clone());
        Ok(bytes.map(|bytes| -> Box<dyn Read + Send> {
            let mut rest = Cursor::new(bytes);
            rest.set_position(start);
            Box::new(rest)
        }))
    }

    fn blobs(&self) -> Result<Vec<BlobInfo>, Error> {
        let info = |(digest, (bytes, modified)): (&Digest, &(Arc<[u8]>, SystemTime))| BlobInfo {
            digest: *digest,
            size: bytes.len() as u64,
            modified: *modified,
        };
        Ok(self.state().blobs.iter().map(info).collect())
    }

    fn spaces(&self) -> Result<Vec<SpaceName>, Error> {
        Ok(self.state().spaces.keys().cloned().collect())
    }

    fn space(&self, space: &SpaceName) -> Result<Option<Vec<u8>>, Error> {
        Ok(self.state().spaces.get(space).cloned())
    }

    fn repositories(&self) -> Result<Vec<Repository>, Error> {
        Ok(self.state().repositories.keys().cloned().collect())
    }

    fn names(&self, repository: &Repository) -> Result<Names, Error> {
        let state = self.state();
        Ok(state.repositories.get(repository).map(|kept| kept.names.clone()).unwrap_or_default())
    }

    fn lookup(&self, repository: &Repository, name: &Name) -> Result<Option<Digest>, Error> {
        let state = self.state();
        Ok(state.repositories.get(repository).and_then(|kept| match name {
            Name::Tag(tag) => kept.names.tags.get(tag).copied(),
            Name::Version(version) => kept.names.versions.get(version).copied(),
        }))
    }

    fn entries(&self, repository: &Repository) -> Result<Vec<Digest>, Error> {
        let state = self.state();
        let kept = state.repositories.get(repository);
        Ok(kept.map(|kept| kept.entries.keys().copied().collect()).unwrap_or_default())
    }

    fn created(
        &self,
        repository: &Repository,
        manifest: &Digest,
    ) -> Result<Option<SystemTime>, Error> {
        let state = self.state();
        let kept = state.repositories.get(repository).and_then(|kept| kept.entries.get(manifest));
        Ok(kept.map(|(_, created)| *created))
    }

    fn entry(&self, repository: &Repository, manifest: &Digest) -> Result<Option<Entry>, Error> {
        let state = self.state();
        let kept = state.repositories.get(repository).and_then(|kept| kept.entries.get(manifest));
        Ok(kept.map(|(entry, _)| entry.clone()))
    }

    fn holds(&self, repository: &Repository, blob: &Digest) -> Result<bool, Error> {
        let state = self.state();
        Ok(state.repositories.get(repository).is_some_and(|kept| kept.holds.contains_key(blob)))
    }

    fn held(&self, repository: &Repository) -> Result<Vec<(Digest, SystemTime)>, Error> {
        let state = self.state();
        let held = state.repositories.get(repository).into_iter().flat_map(|kept| &kept.holds);
        Ok(held.map(|(blob, since)| (*blob, *since)).collect())
    }

    fn lock_store(&self, mode: Mode, wait: Wait<'_>) -> Result<StoreLock, Error> {
        Ok(StoreLock::new(mode, self.locks.acquire(None, mode, wait)?))
    }

    fn most_locks(&self) -> usize {
        usize::MAX
    }

    fn lock_charts<'a>(
        &self,
        store: &'a StoreLock,
        repositories: &[Repository],
        wait: Wait<'_>,
    ) -> Result<ChartLocks<'a>, Error> {
        ChartLocks::take(store, repositories, |repository| {
            self.locks.acquire(Some(repository.clone()), Mode::Exclusive, wait)
        })
    }

    fn commit(&self, locks: &ChartLocks<'_>, commit: Commit) -> Result<(), Error> {
        locks.assert_covers(commit.entries.iter().map(|(repository, _)| repository));
        locks.assert_covers(commit.names.iter().map(|(repository, ..)| repository));
        let mut state = self.state();
        let now = SystemTime::now();
        for staged in commit.blobs {
            if let StagedBytes::Memory(bytes) = staged.bytes {
                state.blobs.insert(staged.blob.digest(), (bytes.into(), now));
            }
        }
        for (repository, entry) in commit.entries {
            let entries = &mut state.repositories.entry(repository).or_default().entries;
            entries.entry(entry.manifest).or_insert((entry, now));
        }
        for (repository, blob) in commit.holds {
            state.repositories.entry(repository).or_default().holds.insert(blob, now);
        }
        for (repository, name, manifest) in commit.names {
            let names = &mut state.repositories.entry(repository).or_default().names;
            match name {
                Name::Tag(tag) => names.tags.insert(tag, manifest),
                Name::Version(version) => names.versions.insert(version, manifest),
            };
        }
        Ok(())
    }

    fn remove(&self, locks: &ChartLocks<'_>, removal: &Removal) -> Result<(), Error> {
        locks.assert_covers(removal.entries.iter().map(|(repository, _)| repository));
        locks.assert_covers(removal.names.iter().map(|(repository, _)| repository));
        let mut state = self.state();
        for (repository, name) in &removal.names {
            if let Some(kept) = state.repositories.get_mut(repository) {
                match name {
                    Name::Tag(tag) => kept.names.tags.remove(tag),
                    Name::Version(version) => kept.names.versions.remove(version),
                };
            }
        }
        for (repository, manifest) in &removal.entries {
            if let Some(kept) = state.repositories.get_mut(repository) {
                kept.entries.remove(manifest);
            }
        }
        for (repository, blob) in &removal.holds {
            if let Some(kept) = state.repositories.get_mut(repository) {
                kept.holds.remove(blob);
            }
        }
        state.repositories.retain(|_, kept| !kept.is_empty());
        Ok(())
    }

    fn begin_upload(&self, _store: &StoreLock, name: &UploadName) -> Result<(), Error> {
        self.uploads.begin(name);
        Ok(())
    }

    fn upload(&self, name: &UploadName) -> Result<Option<UploadInfo>, Error> {
        Ok(self.uploads.find(name))
    }

    fn uploads(&self) -> Result<Vec<UploadName>, Error> {
        Ok(self.uploads.list())
    }

    fn append(
        &self,
        name: &UploadName,
        known: Option<Hashed>,
    ) -> Result<Option<Box<dyn Append>>, Error> {
        self.uploads.append(name, known)
    }

    fn remove_upload(&self, name: &UploadName) -> Result<(), Error> {
        self.uploads.remove(name);
        Ok(())
    }

    fn create_space(
        &self,
        _store: &StoreLock,
        space: &SpaceName,
        record: &[u8],
    ) -> Result<bool, Error> {
        let mut state = self.state();
        let absent = !state.spaces.contains_key(space);
        if absent {
            state.spaces.insert(space.clone(), record.to_vec());
        }
        Ok(absent)
    }

    fn remove_space(&self, store: &StoreLock, space: &SpaceName) -> Result<(), Error> {
        store.assert_exclusive();
        self.state().spaces.remove(space);
        Ok(())
    }

    fn sweep(&self, store: &StoreLock, blobs: &[Digest]) -> Result<(), Error> {
        store.assert_exclusive();
        let swept: BTreeSet<&Digest> = blobs.iter().collect();
        self.state().blobs.retain(|digest, _| !swept.contains(digest));
        Ok(())
    }

    fn sync(&self) -> Result<(), Error> {
        Ok(())
    }

    fn leftovers(&self) -> Result<u64, Error> {
        Ok(0)
    }

    fn sweep_leftovers(&self, store: &StoreLock) -> Result<u64, Error> {
        store.assert_exclusive();
        Ok(0)
    }

    /// Finds nothing: there is no structure here that anybody else could have touched.
    fn inspect(&self) -> Result<Vec<Fault>, Error> {
        Ok(Vec::new())
    }

    /// Drops the part: a process's memory has no place to set anything aside.
    fn set_aside(&self, store: &StoreLock, part: &Part) -> Result<String, Error> {
        store.assert_exclusive();
        let mut state = self.state();
        match part {
            Part::Blob(digest) => drop(state.blobs.remove(digest)),
            Part::Space(space) => drop(state.spaces.remove(space)),
            Part::Entry(repository, manifest) => {
                if let Some(kept) = state.repositories.get_mut(repository) {
                    kept.entries.remove(manifest);
                }
            }
            Part::Name(repository, name) => {
                if let Some(kept) = state.repositories.get_mut(repository) {
                    match name {
                        Name::Tag(tag) => kept.names.tags.remove(tag),
                        Name::Version(version) => kept.names.versions.remove(version),
                    };
                }
            }
            Part::Stray(_) => {}
        }
        Ok("nowhere".to_owned())
    }
}

struct MemoryStage(HashingWriter<Vec<u8>>);

impl Write for MemoryStage {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Stage for MemoryStage {
    fn finish(self: Box<Self>) -> Result<Staged, Error> {
        let (bytes, digest, size) = self.0.finish();
        Ok(Staged::new(digest, size, StagedBytes::Memory(bytes)))
    }
}

/// Knows who holds what: a repository, or the whole store where there is none.
#[derive(Debug, Default)]
struct Locks {
    held: Mutex<BTreeMap<Option<Repository>, Holders>>,
    released: Condvar,
}

#[derive(Debug, Default)]
struct Holders {
    shared: usize,
    exclusive: bool,
}

struct Guard {
    locks: Arc<Locks>,
    what: Option<Repository>,
    mode: Mode,
}

impl Locks {
    fn held(&self) -> MutexGuard<'_, BTreeMap<Option<Repository>, Holders>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn acquire(
        self: &Arc<Locks>,
        what: Option<Repository>,
        mode: Mode,
        wait: Wait<'_>,
    ) -> Result<Guard, Error> {
        let start = Instant::now();
        let mut has_waited = false;
        let mut held = self.held();
        loop {
            let holders = held.entry(what.clone()).or_default();
            if !holders.exclusive && (mode == Mode::Shared || holders.shared == 0) {
                match mode {
                    Mode::Shared => holders.shared += 1,
                    Mode::Exclusive => holders.exclusive = true,
                }
                drop(held);
                if has_waited {
                    wait.progress.waited(start.elapsed(), true);
                }
                return Ok(Guard { locks: self.clone(), what, mode });
            }
            has_waited = true;
            let waited = start.elapsed();
            let left = wait.timeout.map(|timeout| timeout.saturating_sub(waited));
            if left == Some(Duration::ZERO) {
                drop(held);
                wait.progress.waited(waited, false);
                let what =
                    what.map_or("the store".to_owned(), |chart| format!("the chart {chart}"));
                let path = "memory".into();
                return Err(LockError::TimedOut { what, path, waited }.into());
            }
            let pause = left.unwrap_or(Duration::MAX).min(Duration::from_secs(1));
            let woken = self.released.wait_timeout(held, pause);
            held = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let mut held = self.locks.held();
        if let Some(holders) = held.get_mut(&self.what) {
            match self.mode {
                Mode::Shared => holders.shared -= 1,
                Mode::Exclusive => holders.exclusive = false,
            }
        }
        held.retain(|_, holders| holders.exclusive || holders.shared > 0);
        self.locks.released.notify_all();
    }
}
