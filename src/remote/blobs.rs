//! Blobs of registries: looked for, and fetched with their bytes checked.

use std::io::{Read as _, Take};

use ureq::http::Method;
use ureq::http::header::{ACCEPT, HeaderValue};

use super::download::{Download, Wanted};
use super::request::Request;
use super::what::What;
use super::{Client, Error};
use crate::digest::{Digest, VerifyingReader};
use crate::name::Repository;
use crate::oci::Descriptor;

/// Reads a blob; only an end without an error proves its bytes.
pub type BlobReader = VerifyingReader<Download>;

impl Client {
    /// Tells whether a repository has a blob.
    pub fn has_blob(&self, repository: &Repository, digest: &Digest) -> Result<bool, Error> {
        let place = self.place(repository)?;
        let url = place.url(&format!("blobs/{digest}"))?;
        let access = place.access(&["pull"]);
        let request = Request::new(Method::HEAD, &url, What::Blob(repository, digest));
        match self.exchange.call(&request.access(&access), 0) {
            Ok(_) => Ok(true),
            Err(Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Fetches a blob, of which no more than a buffer is held.
    ///
    /// A connection that breaks is made again, and the rest asked for. Errors of the reader carry
    /// a [`digest::Error`](crate::digest::Error), or an [`Error`], which [`Error::from_read`] takes
    /// out.
    pub fn blob(
        &self,
        repository: &Repository,
        descriptor: &Descriptor,
    ) -> Result<BlobReader, Error> {
        let Descriptor { digest, size, .. } = descriptor;
        let download = self.download_blob(repository, descriptor)?;
        Ok(VerifyingReader::new(download, *digest, *size))
    }

    /// Fetches a blob for who hashes it anyway: its bytes are not proved, but there is at most one
    /// more of them than there should be.
    pub fn unproved_blob(
        &self,
        repository: &Repository,
        descriptor: &Descriptor,
    ) -> Result<Take<Download>, Error> {
        Ok(self.download_blob(repository, descriptor)?.take(descriptor.size.saturating_add(1)))
    }

    fn download_blob(
        &self,
        repository: &Repository,
        descriptor: &Descriptor,
    ) -> Result<Download, Error> {
        let Descriptor { digest, size, .. } = descriptor;
        let place = self.place(repository)?;
        let wanted = Wanted {
            url: place.url(&format!("blobs/{digest}"))?,
            access: Some(place.access(&["pull"])),
            what: What::Blob(repository, digest).to_string(),
            headers: vec![(ACCEPT, HeaderValue::from_static("*/*"))],
            expected: Some((*size, *digest)),
            // What comes after the last byte is the verifying reader's affair.
            limit: u64::MAX,
        };
        Download::start(self.exchange.clone(), wanted)
    }
}
