//! Reading blobs and manifests back, verified.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::time::SystemTime;

use super::error::BlobProblem;
use super::{Error, Store};
use crate::digest::Digest;
use crate::name::{Repository, Version};
use crate::oci::{self, Document};
use crate::storage::{Blob, BlobState, Name, Names, OpenBlob, State};

impl Store {
    /// The most that a manifest or a Chart.yaml as JSON may have, in bytes.
    pub const MAX_DOCUMENT_BYTES: u64 = oci::MAX_DOCUMENT_BYTES as u64;

    /// Tells whether a blob is there, unverified.
    pub fn has_blob(&self, digest: &Digest) -> Result<bool, Error> {
        Ok(self.blob_state(digest)?.is_some())
    }

    /// Looks at a blob without opening it, if it is there.
    pub fn blob_state(&self, digest: &Digest) -> Result<Option<BlobState>, Error> {
        Ok(self.driver.blob_state(digest)?)
    }

    /// Tells the state of the names in a repository, if what is read then can be told from what comes
    /// after.
    pub fn names_state(&self, repository: &Repository) -> Result<Option<State>, Error> {
        Ok(self.driver.names_state(repository)?)
    }

    /// Reads the names in a repository, if there is a name or a manifest in it.
    pub fn names_or_none(&self, repository: &Repository) -> Result<Option<Names>, Error> {
        let names = self.driver.names(repository)?;
        let is_there = !names.is_empty() || !self.driver.entries(repository)?.is_empty();
        Ok(is_there.then_some(names))
    }

    /// Lists the repositories that have a name or a manifest, sorted.
    pub fn filled_repositories(&self) -> Result<Vec<Repository>, Error> {
        let mut filled = Vec::new();
        for repository in self.driver.repositories()? {
            if self.names_or_none(&repository)?.is_some() {
                filled.push(repository);
            }
        }
        Ok(filled)
    }

    /// Lists the manifests of a repository, named or not, in no order.
    pub fn manifests(&self, repository: &Repository) -> Result<Vec<Digest>, Error> {
        Ok(self.driver.entries(repository)?)
    }

    /// Reads the names of a chart.
    pub fn names(&self, repository: &Repository) -> Result<Names, Error> {
        let names = self.driver.names(repository)?;
        match names.is_empty() {
            true => Err(self.unknown_chart(repository)?),
            false => Ok(names),
        }
    }

    /// Reads the versions of a chart; none if there is no such chart.
    pub fn versions(&self, repository: &Repository) -> Result<BTreeMap<Version, Digest>, Error> {
        Ok(self.driver.versions(repository)?)
    }

    /// Finds a version by its exact text.
    pub fn look_up_version(
        &self,
        repository: &Repository,
        version: &Version,
    ) -> Result<Option<Digest>, Error> {
        Ok(self.driver.lookup(repository, &Name::Version(version.clone()))?)
    }

    /// Tells since when a manifest has been in a repository, if it is there.
    pub fn created(
        &self,
        repository: &Repository,
        manifest: &Digest,
    ) -> Result<Option<SystemTime>, Error> {
        Ok(self.driver.created(repository, manifest)?)
    }

    /// Opens a blob; what is read from it is proved only by its end.
    pub fn open_blob(&self, digest: &Digest) -> Result<OpenBlob, Error> {
        let blob = self.driver.open(digest)?;
        blob.ok_or_else(|| Error::MissingBlob { digest: Box::new(*digest) })
    }

    /// Opens a blob at a place behind which bytes are wanted: nothing proves them.
    pub fn open_blob_part(
        &self,
        digest: &Digest,
        start: u64,
    ) -> Result<Box<dyn Read + Send>, Error> {
        let part = self.driver.open_part(digest, start)?;
        part.ok_or_else(|| Error::MissingBlob { digest: Box::new(*digest) })
    }

    /// Opens the file that has the bytes of a blob, where the storage has files: nothing proves them.
    pub fn blob_file(&self, digest: &Digest) -> Result<Option<File>, Error> {
        Ok(self.driver.open_file(digest)?)
    }

    /// Reads a whole blob of at most `limit` bytes, and proves it.
    pub fn read_blob(&self, digest: &Digest, limit: u64) -> Result<Vec<u8>, Error> {
        if let Some(bytes) = self.driver.read_small(digest)
            && bytes.len() as u64 <= limit
        {
            return Ok(bytes);
        }
        let blob = self.open_blob(digest)?;
        if blob.size() > limit {
            let source = BlobProblem::TooLarge { limit };
            return Err(Error::Blob { digest: Box::new(*digest), source });
        }
        blob.read_whole().map_err(|error| Error::of_blob(*digest, error))
    }

    /// Reads a blob to its end and proves it.
    pub fn verify_blob(&self, digest: &Digest) -> Result<Blob, Error> {
        self.open_blob(digest)?.verify().map_err(|error| Error::of_blob(*digest, error))
    }

    /// Reads a manifest.
    pub fn document(&self, manifest: &Digest) -> Result<Document, Error> {
        let bytes = self.read_blob(manifest, Store::MAX_DOCUMENT_BYTES)?;
        Document::parse(bytes, None)
            .map_err(|source| Error::Manifest { digest: Box::new(*manifest), source })
    }
}
