//! What was fetched, kept up to a limit: blobs in a storage of their own. What was not used for the
//! longest time goes first.

use std::collections::HashMap;
use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, TryLockError};
use std::time::{Duration, SystemTime};

use super::driver::RECORD;
use super::fetch::locked;
use super::trim::{self, Going};
use super::{Error, Options};
use crate::digest::{Algorithm, Digest, VerifyingReader};
use crate::name::SpaceName;
use crate::oci::{Descriptor, MAX_DOCUMENT_BYTES};
use crate::progress::Silent;
use crate::storage::{ChartLocks, Commit, Driver, Mode, OpenBlob, Staged, StoreLock, Wait};

/// How long is waited for a lock: what cannot be kept is sent all the same.
pub(super) const WAIT: Wait<'_> = Wait { timeout: Some(Duration::from_secs(2)), progress: &Silent };

/// Making room is nothing to wait for: who waits for a store alone makes all others wait.
const NOW: Wait<'_> = Wait { timeout: Some(Duration::ZERO), progress: &Silent };

/// The space that marks a storage as a cache: what has charts and no such space is somebody's store. No
/// registry has this name (RFC 2606, section 2).
const MARK: &str = "cache.hreg.invalid";

/// The largest blob that is read before anything is locked: a slow download of a larger one keeps others
/// from making room.
const SMALL: u64 = 1 << 20;

/// How much is taken away where there is too much: so much stays, in percent of the limit.
const STAYS: u64 = 90;

/// The largest blob that is kept, as a part of the limit. As much more than the limit may be there until
/// there is room again.
const LARGEST: u64 = 4;

/// Keeps what was fetched.
pub(super) struct Cache {
    pub(super) driver: Box<dyn Driver>,
    limit: u64,
    mark: SpaceName,
    is_marked: AtomicBool,
    /// Is held while making room.
    trimming: Mutex<()>,
    /// About how many bytes there are.
    used: AtomicU64,
    /// When blobs were last read, where that was in this process.
    last_read: Mutex<HashMap<Digest, SystemTime>>,
}

impl Cache {
    /// Takes a storage with nothing else in it than what was fetched.
    pub(super) fn open(driver: Box<dyn Driver>, options: &Options) -> Result<Cache, Error> {
        let host = options.place.host();
        let mark = SpaceName::parse(MARK).expect("the mark is the name of a space");
        let mut spaces = driver.spaces()?;
        let is_marked = spaces.contains(&mark);
        spaces.retain(|space| *space != mark);
        let other = spaces.into_iter().find(|space| !is_marked || space.host() != Some(host));
        if let Some(space) = other {
            return Err(Error::NoCache { found: space.to_string() });
        }
        let blobs = driver.blobs()?;
        if let Some(blob) = blobs.first().filter(|_| !is_marked) {
            return Err(Error::NoCache { found: blob.digest.to_string() });
        }
        Ok(Cache {
            driver,
            limit: options.cache_bytes,
            mark,
            is_marked: is_marked.into(),
            trimming: Mutex::default(),
            used: blobs.iter().map(|blob| blob.size).sum::<u64>().into(),
            last_read: Mutex::default(),
        })
    }

    /// Tells whether a blob of this size is kept. Nothing is where far too much is there already: others
    /// may hold the store for so long that no room can be made.
    pub(super) fn takes(&self, size: u64) -> bool {
        let most = self.limit / LARGEST;
        size <= most && self.used.load(Ordering::Relaxed) <= self.limit + most
    }

    /// Locks the storage for keeping something, which is a cache from then on.
    pub(super) fn lock(&self) -> Result<StoreLock, Error> {
        let lock = self.driver.lock_store(Mode::Shared, WAIT)?;
        if !self.is_marked.load(Ordering::Acquire) {
            self.driver.create_space(&lock, &self.mark, RECORD)?;
            self.is_marked.store(true, Ordering::Release);
        }
        Ok(lock)
    }

    /// Opens a blob, if it is there. What an earlier process kept is proved the first time, since
    /// nobody would fetch it again where it is damaged.
    pub(super) fn open_blob(&self, digest: &Digest) -> Option<OpenBlob> {
        let is_proved = self.last_read().contains_key(digest);
        if !is_proved && self.driver.open(digest).ok()??.verify().is_err() {
            let _ = self.sweep(&[*digest]);
            return None;
        }
        let blob = self.driver.open(digest).ok()??;
        self.note(*digest);
        Some(blob)
    }

    /// Reads a small blob and proves it, if it is there. What is damaged goes; what is larger than a
    /// document may be is not read.
    pub(super) fn read(&self, digest: &Digest) -> Option<Vec<u8>> {
        if let Some(bytes) = self.driver.read_small(digest) {
            self.note(*digest);
            return Some(bytes);
        }
        let blob = self.driver.open(digest).ok()??;
        if blob.size() > MAX_DOCUMENT_BYTES as u64 {
            return None;
        }
        let bytes = blob.read_whole();
        if bytes.is_err() {
            // A cache that cannot be mended is as good as none.
            let _ = self.sweep(&[*digest]);
        }
        bytes.ok()
    }

    /// Keeps small blobs, all at once.
    pub(super) fn keep(&self, blobs: &[Vec<u8>]) -> Result<(), Error> {
        let kept = blobs.iter().filter(|bytes| self.takes(bytes.len() as u64));
        let kept: Vec<&[u8]> = kept.map(Vec::as_slice).collect();
        self.keep_as(Algorithm::Sha256, &kept)
    }

    fn keep_as(&self, algorithm: Algorithm, blobs: &[&[u8]]) -> Result<(), Error> {
        if blobs.is_empty() {
            return Ok(());
        }
        let lock = self.lock()?;
        let mut staged = Vec::new();
        for bytes in blobs {
            let mut stage = self.driver.stage(&lock, algorithm)?;
            stage.write_all(bytes).map_err(Error::Keep)?;
            staged.push(stage.finish()?);
        }
        self.commit(&lock, staged)
    }

    /// Keeps the bytes of a reader, if they are those that they should be.
    pub(super) fn fill(
        &self,
        expected: &Descriptor,
        reader: &mut dyn Read,
    ) -> Result<(), FillError> {
        let Descriptor { digest, size, .. } = expected;
        let mut reader = VerifyingReader::new(reader, *digest, *size);
        if *size <= SMALL {
            let mut bytes = Vec::new();
            reader.read_to_end(&mut bytes).map_err(FillError::Read)?;
            return Ok(self.keep_as(digest.algorithm(), &[&bytes])?);
        }
        let lock = self.lock()?;
        let mut stage = self.driver.stage(&lock, digest.algorithm()).map_err(Error::from)?;
        let mut buffer = vec![0; 64 << 10];
        loop {
            match reader.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => stage.write_all(&buffer[..count]).map_err(Error::Keep)?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(FillError::Read(error)),
            }
        }
        let staged = stage.finish().map_err(Error::from)?;
        Ok(self.commit(&lock, vec![staged])?)
    }

    fn commit(&self, lock: &StoreLock, blobs: Vec<Staged>) -> Result<(), Error> {
        let size: u64 = blobs.iter().map(|staged| staged.blob().size()).sum();
        let digests: Vec<Digest> = blobs.iter().map(|staged| staged.blob().digest()).collect();
        let locks = self.driver.lock_charts(lock, &[], WAIT)?;
        self.driver.commit(&locks, Commit { blobs, ..Commit::default() })?;
        digests.into_iter().for_each(|digest| self.note(digest));
        self.used.fetch_add(size, Ordering::Relaxed);
        Ok(())
    }

    /// Tells whether a blob is there.
    pub(super) fn has(&self, digest: &Digest) -> bool {
        matches!(self.driver.blob_state(digest), Ok(Some(_)))
    }

    /// Takes away what was not used for the longest time, if there is too much, and tells whether it was
    /// so. The caller must have locked nothing. It fails where others read or write: there is another
    /// time.
    pub(super) fn trim(&self) -> Result<bool, Error> {
        if self.used.load(Ordering::Relaxed) <= self.limit {
            return Ok(false);
        }
        let trimming = self.trimming.try_lock();
        if matches!(trimming, Err(TryLockError::WouldBlock)) {
            return Ok(false);
        }
        let lock = self.driver.lock_store(Mode::Exclusive, NOW)?;
        let last_read = self.last_read().clone();
        let Going { removal, blobs, stays } =
            trim::choose(&*self.driver, &last_read, self.limit / 100 * STAYS)?;
        self.driver.remove(&ChartLocks::all(&lock), &removal)?;
        self.driver.sweep(&lock, &blobs.iter().copied().collect::<Vec<_>>())?;
        self.last_read().retain(|digest, _| !blobs.contains(digest));
        self.used.store(stays, Ordering::Relaxed);
        Ok(true)
    }

    fn sweep(&self, blobs: &[Digest]) -> Result<(), Error> {
        let lock = self.driver.lock_store(Mode::Exclusive, WAIT)?;
        Ok(self.driver.sweep(&lock, blobs)?)
    }

    fn note(&self, digest: Digest) {
        self.last_read().insert(digest, SystemTime::now());
    }

    fn last_read(&self) -> MutexGuard<'_, HashMap<Digest, SystemTime>> {
        locked(&self.last_read)
    }
}

/// Says whose fault it is that nothing was kept.
pub(super) enum FillError {
    /// The reader's.
    Read(io::Error),
    /// The cache's.
    Cache(Error),
}

impl From<Error> for FillError {
    fn from(error: Error) -> FillError {
        FillError::Cache(error)
    }
}
