//! Which blobs a repository may hand out: those that its manifests name, and those that it holds.
//!
//! A hold is what an upload leaves: the blob is there before a manifest names it. A blob that is
//! only in another repository cannot be had by guessing its digest.

use std::time::Duration;

use super::{Error, Store, Writer};
use crate::digest::Digest;
use crate::name::Repository;
use crate::storage::{Commit, Mode, Removal, Staged};

/// How long a hold keeps a blob from being collected, however short the grace time is: a client
/// that has sent a blob is given this long to send the manifest that names it.
pub(super) const HOLD_TIME: Duration = Duration::from_secs(3600);

/// Says why a repository may hand out a blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Voucher {
    /// It holds the blob.
    Hold,
    /// This manifest of it names the blob, or is it.
    Manifest(Digest),
}

impl Store {
    /// Tells why a repository may hand out a blob, if it may and the blob is there.
    pub fn voucher(
        &self,
        repository: &Repository,
        blob: &Digest,
    ) -> Result<Option<Voucher>, Error> {
        if !self.has_blob(blob)? {
            return Ok(None);
        }
        if self.driver.holds(repository, blob)? {
            return Ok(Some(Voucher::Hold));
        }
        if self.has_manifest(repository, blob)? {
            return Ok(Some(Voucher::Manifest(*blob)));
        }
        match self.driver.holds_what_is_named() {
            true => Ok(None),
            false => Ok(self.naming(repository, blob)?.map(Voucher::Manifest)),
        }
    }

    /// Tells whether a manifest is in a repository.
    pub fn has_manifest(&self, repository: &Repository, manifest: &Digest) -> Result<bool, Error> {
        Ok(self.driver.created(repository, manifest)?.is_some())
    }

    /// Looks for a manifest where that takes longer than a look at names does.
    pub fn seek_manifest(&self, repository: &Repository, manifest: &Digest) -> Result<bool, Error> {
        Ok(self.driver.seek(repository, manifest)?)
    }

    /// Looks for a blob in the same way.
    pub fn seek_blob(&self, repository: &Repository, blob: &Digest) -> Result<bool, Error> {
        Ok(self.driver.seek_blob(repository, blob)?)
    }

    /// Finds a repository, out of those that are `wanted`, that holds a blob.
    pub fn holder(
        &self,
        blob: &Digest,
        wanted: impl Fn(&Repository) -> bool,
    ) -> Result<Option<Repository>, Error> {
        if !self.has_blob(blob)? {
            return Ok(None);
        }
        for repository in self.driver.repositories()?.into_iter().filter(wanted) {
            if self.driver.holds(&repository, blob)? {
                return Ok(Some(repository));
            }
        }
        Ok(None)
    }

    /// Lets a repository hold a blob that another one may hand out; tells whether it could.
    pub fn mount(&self, from: &Repository, to: &Repository, blob: &Digest) -> Result<bool, Error> {
        // Asked first without a lock, so that a blob that is not there creates nothing.
        if self.voucher(from, blob)?.is_none() {
            return Ok(false);
        }
        let writer = self.writer()?;
        // A collection may have been first.
        let is_there = self.voucher(from, blob)?.is_some();
        if is_there {
            writer.hold(to, *blob, None)?;
        }
        Ok(is_there)
    }

    /// Lets a repository hold a blob no longer.
    ///
    /// # Errors
    ///
    /// Fails if it neither holds nor names the blob, and if a manifest of it names the blob: that
    /// would be broken.
    pub fn release(&self, repository: &Repository, blob: &Digest) -> Result<(), Error> {
        let name = format!("{blob} of {repository}");
        let missing = || Error::NotFound { what: "blob", name: name.clone(), near: Vec::new() };
        if self.voucher(repository, blob)?.is_none() {
            return Err(missing());
        }
        let lock = self.driver.lock_store(Mode::Shared, self.wait())?;
        let charts = std::slice::from_ref(repository);
        let locks = self.driver.lock_charts(&lock, charts, self.wait())?;
        if let Some(manifest) = self.naming(repository, blob)? {
            let (repository, digest) = (repository.clone(), Box::new(*blob));
            return Err(Error::BlobInUse { repository, digest, manifest: Box::new(manifest) });
        }
        let holds = vec![(repository.clone(), *blob)];
        self.driver.remove(&locks, &Removal { holds, ..Removal::default() })?;
        Ok(())
    }
}

impl Writer<'_> {
    /// Lets a repository hold a blob: one that is staged, or one that is kept already.
    pub(super) fn hold(
        &self,
        repository: &Repository,
        blob: Digest,
        staged: Option<Staged>,
    ) -> Result<(), Error> {
        // No name is changed, so no chart has to be locked.
        let locks = self.lock(&[])?;
        let blobs = staged.into_iter().collect();
        let holds = vec![(repository.clone(), blob)];
        self.store.driver.commit(&locks, Commit { blobs, holds, ..Commit::default() })?;
        Ok(())
    }
}
