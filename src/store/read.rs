//! Reading blobs and manifests back, verified.

use super::error::BlobProblem;
use super::{Error, Store};
use crate::digest::Digest;
use crate::name::Repository;
use crate::oci::{self, Document};
use crate::storage::{Blob, Names, OpenBlob};

impl Store {
    /// The most that a manifest or a Chart.yaml as JSON may have, in bytes.
    pub const MAX_DOCUMENT_BYTES: u64 = oci::MAX_DOCUMENT_BYTES as u64;

    /// Tells whether a blob is there, unverified.
    pub fn has_blob(&self, digest: &Digest) -> Result<bool, Error> {
        Ok(self.driver.open(digest)?.is_some())
    }

    /// Reads the names of a chart.
    pub fn names(&self, repository: &Repository) -> Result<Names, Error> {
        let names = self.driver.names(repository)?;
        match names.is_empty() {
            true => Err(self.unknown_chart(repository)?),
            false => Ok(names),
        }
    }

    /// Opens a blob; what is read from it is proved only by its end.
    pub fn open_blob(&self, digest: &Digest) -> Result<OpenBlob, Error> {
        let blob = self.driver.open(digest)?;
        blob.ok_or_else(|| Error::MissingBlob { digest: Box::new(*digest) })
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
