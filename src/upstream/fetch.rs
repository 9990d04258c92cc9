//! Getting bytes out of the registry: by digest, each once for all who wait for it, and kept.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Cursor, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::cache::FillError;
use super::error::{elsewhere, with_causes};
use super::snapshot::Location;
use super::{Error, Upstream};
use crate::digest::{self, Digest};
use crate::error::{Classified as _, Kind};
use crate::name::Repository;
use crate::oci::{Descriptor, Document};
use crate::remote::{self, ManifestName};
use crate::storage::{self, BlobInfo, BlobState, OpenBlob};

/// How long no other warning about the cache is given after one: it is used all the time.
const QUIET: Duration = Duration::from_secs(60);

/// Knows what is being fetched.
#[derive(Default)]
pub(super) struct Fetching {
    turns: Mutex<HashMap<Digest, Arc<Mutex<()>>>>,
    /// When there was a warning about the cache.
    warned: Mutex<Option<Instant>>,
}

impl Upstream {
    /// Fetches a whole blob, and proves it.
    pub(super) fn fetch_whole(
        &self,
        remote: &Repository,
        descriptor: &Descriptor,
    ) -> Result<Vec<u8>, remote::Error> {
        let mut bytes = Vec::new();
        let read = self.client.blob(remote, descriptor)?.read_to_end(&mut bytes);
        read.map(|_| bytes).map_err(|error| of_read(remote, descriptor, error))
    }

    /// Keeps what was fetched, if that can be done.
    pub(super) fn keep(&self, blobs: &[Vec<u8>]) {
        if let Err(error) = self.cache.keep(blobs) {
            self.warn_of_cache(&error);
        }
    }

    /// Makes room after something was kept, and the names of what it is.
    pub(super) fn tidy(&self) {
        if let Err(error) = self.trim() {
            self.warn_of_cache(&error);
        }
    }

    /// Warns of the cache, but neither all the time nor of somebody else who has it locked.
    pub(super) fn warn_of_cache(&self, error: &Error) {
        // Somebody else who keeps it locked is no failure: there is another time.
        if error.kind() == Kind::Locked {
            return;
        }
        let mut warned = locked(&self.fetching.warned);
        if warned.is_none_or(|warned| warned.elapsed() > QUIET) {
            *warned = Some(Instant::now());
            (self.warn)(with_causes(error));
        }
    }

    /// Opens a blob or a manifest, if the registry has it.
    pub(super) fn open(&self, digest: &Digest) -> Result<Option<OpenBlob>, storage::Error> {
        let places = self.locate(digest);
        if !places.is_empty()
            && let Some(blob) = self.cache.open_blob(digest)
        {
            self.mirror(digest);
            return Ok(Some(blob));
        }
        let mut failed = None;
        for place in &places {
            let opened = match place.is_manifest {
                true => self.open_manifest(place, digest),
                false => self.open_elsewhere(place, digest),
            };
            match opened {
                Ok(blob) => return Ok(Some(blob)),
                Err(remote::Error::NotFound { .. }) => {}
                // Who cannot be reached now is the same for all places.
                Err(error @ (remote::Error::Connect { .. } | remote::Error::Timeout { .. })) => {
                    return Err(elsewhere(error));
                }
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        match failed {
            Some(error) => Err(elsewhere(error)),
            None if places.is_empty() => Ok(None),
            None => {
                let message = format!("the registry has {digest} no longer");
                Err(storage::Error::Elsewhere { kind: Kind::Unreachable, message })
            }
        }
    }

    fn open_manifest(&self, place: &Location, digest: &Digest) -> Result<OpenBlob, remote::Error> {
        let document = self.fetch_manifest(&place.repository, digest)?;
        self.tidy();
        let bytes = document.bytes().to_vec();
        Ok(OpenBlob::new(*digest, bytes.len() as u64, Box::new(Cursor::new(bytes))))
    }

    fn open_elsewhere(&self, place: &Location, digest: &Digest) -> Result<OpenBlob, remote::Error> {
        let descriptor = Descriptor::new("", *digest, place.size);
        if self.cache.takes(place.size)
            && self.fetch(&place.repository, &descriptor)?
            && let Some(blob) = self.cache.open_blob(digest)
        {
            self.mirror(digest);
            self.tidy();
            return Ok(blob);
        }
        // Where there was no room, there may be some the next time.
        self.tidy();
        let reader = self.client.unproved_blob(&place.repository, &descriptor)?;
        Ok(OpenBlob::new(*digest, place.size, Box::new(reader)))
    }

    /// Fetches a blob into the cache, unless somebody else has done so; tells whether it is there.
    pub(super) fn fetch(
        &self,
        remote: &Repository,
        descriptor: &Descriptor,
    ) -> Result<bool, remote::Error> {
        let digest = &descriptor.digest;
        let turn = locked(&self.fetching.turns).entry(*digest).or_default().clone();
        let fetched = {
            let _turn = locked(&turn);
            match self.cache.driver.blob_state(digest) {
                Ok(Some(_)) => Ok(true),
                _ => self.fill(remote, descriptor),
            }
        };
        locked(&self.fetching.turns).remove(digest);
        fetched
    }

    fn fill(&self, remote: &Repository, descriptor: &Descriptor) -> Result<bool, remote::Error> {
        let mut reader = self.client.unproved_blob(remote, descriptor)?;
        match self.cache.fill(descriptor, &mut reader) {
            Ok(()) => {}
            Err(FillError::Read(error)) => return Err(of_read(remote, descriptor, error)),
            Err(FillError::Cache(error)) => {
                self.warn_of_cache(&error);
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Reads a small blob or manifest that was fetched before, and proves it.
    pub(super) fn read_small(&self, digest: &Digest) -> Option<Vec<u8>> {
        if self.locate(digest).is_empty() {
            return None;
        }
        let bytes = self.cache.read(digest)?;
        self.mirror(digest);
        Some(bytes)
    }

    /// Opens a part of a blob that was fetched before.
    pub(super) fn open_kept_part(
        &self,
        digest: &Digest,
        start: u64,
    ) -> Result<Option<Box<dyn Read + Send>>, storage::Error> {
        self.cache.driver.open_part(digest, start)
    }

    /// Opens the file of a blob that was fetched before.
    pub(super) fn open_kept_file(&self, digest: &Digest) -> Result<Option<File>, storage::Error> {
        self.cache.driver.open_file(digest)
    }

    /// Looks at a blob that was fetched before.
    pub(super) fn kept_state(&self, digest: &Digest) -> Result<Option<BlobState>, storage::Error> {
        self.cache.driver.blob_state(digest)
    }

    /// Lists what was fetched and is kept.
    pub(super) fn kept_blobs(&self) -> Result<Vec<BlobInfo>, storage::Error> {
        self.cache.driver.blobs()
    }

    pub(super) fn fetch_manifest(
        &self,
        remote: &Repository,
        manifest: &Digest,
    ) -> Result<Document, remote::Error> {
        let document = self.client.manifest(remote, &ManifestName::Digest(*manifest))?;
        self.keep(&[document.bytes().to_vec()]);
        Ok(document)
    }
}

/// Says why the bytes of a blob could not be read.
fn of_read(remote: &Repository, descriptor: &Descriptor, error: io::Error) -> remote::Error {
    let doing = format!("get {} of {remote}", descriptor.digest);
    remote::Error::from_read(error).unwrap_or_else(|error| {
        match error.downcast::<digest::Error>() {
            Ok(source) => remote::Error::Bytes { doing, source },
            Err(source) => remote::Error::Source { doing, source },
        }
    })
}

/// Locks what no panic can have left half changed.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
