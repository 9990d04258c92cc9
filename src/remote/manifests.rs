//! Manifests and indexes of registries: looked up, fetched and put, with their bytes checked.

use std::fmt;

use ureq::http::Method;
use ureq::http::header::{ACCEPT, CONTENT_TYPE, HeaderName, HeaderValue};

use super::guard::Access;
use super::request::{Answer, Request};
use super::what::What;
use super::{Client, Error};
use crate::digest::{self, Digest, Hasher};
use crate::name::{Repository, Tag};
use crate::oci::{Document, MAX_DOCUMENT_BYTES};

/// Names a manifest of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ManifestName {
    /// By a tag, which may be another manifest's tomorrow.
    Tag(Tag),
    /// By its digest.
    Digest(Digest),
}

/// Prints as references do, with the mark before it.
impl fmt::Display for ManifestName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ManifestName::Tag(tag) => write!(formatter, ":{tag}"),
            ManifestName::Digest(digest) => write!(formatter, "@{digest}"),
        }
    }
}

/// The header in which a registry tells the digest of what it gives or keeps.
pub(super) const CONTENT_DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");

/// Every type of document that is read; Helm's registries give what is named first.
const DOCUMENTS: HeaderValue = HeaderValue::from_static(
    "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, \
     application/vnd.docker.distribution.manifest.v2+json, \
     application/vnd.docker.distribution.manifest.list.v2+json, \
     application/vnd.oci.artifact.manifest.v1+json, */*",
);

/// What some servers call every document, and what says nothing about it.
const VAGUE: [&str; 4] =
    ["application/json", "application/octet-stream", "text/plain", "binary/octet-stream"];

impl Client {
    /// Looks up the digest of a manifest. Where the registry does not tell it, the manifest is
    /// fetched.
    pub fn head_manifest(
        &self,
        repository: &Repository,
        name: &ManifestName,
    ) -> Result<Option<Digest>, Error> {
        let found = self.manifest_answer(Method::HEAD, repository, name).and_then(|answer| {
            match content_digest(&answer, || doing(repository, name))? {
                Some(digest) => Ok(digest),
                None => Ok(self.manifest(repository, name)?.digest()),
            }
        });
        match found {
            Err(Error::NotFound { .. }) => Ok(None),
            result => result.map(Some),
        }
    }

    /// Fetches a manifest or index of at most 4 MiB, with its bytes as they are.
    ///
    /// # Errors
    ///
    /// Fails, besides on what any request fails on, where the bytes do not have the digest that was
    /// asked for or that the registry names, and where they cannot be read.
    pub fn manifest(
        &self,
        repository: &Repository,
        name: &ManifestName,
    ) -> Result<Document, Error> {
        let doing = || doing(repository, name);
        let answer = self.manifest_answer(Method::GET, repository, name)?;
        if let ManifestName::Digest(asked) = name {
            check(&answer.body, asked, doing)?;
        }
        if let Some(told) = content_digest(&answer, doing)? {
            check(&answer.body, &told, doing)?;
        }
        let kind = answer.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let kind = kind.filter(|kind| {
            let essence = kind.split(';').next().unwrap_or_default().trim();
            !VAGUE.contains(&essence)
        });
        Document::parse(answer.body, kind)
            .map_err(|source| Error::Document { doing: doing(), source })
    }

    fn manifest_answer(
        &self,
        method: Method,
        repository: &Repository,
        name: &ManifestName,
    ) -> Result<Answer, Error> {
        let place = self.place(repository)?;
        let url = place.url(&format!("manifests/{}", plain(name)))?;
        let access = place.access(&["pull"]);
        let headers = [(ACCEPT, DOCUMENTS)];
        let request = Request::new(method, &url, What::Manifest(repository, name));
        let request = request.access(&access).headers(&headers);
        self.exchange.call(&request, MAX_DOCUMENT_BYTES as u64)
    }

    /// Puts a manifest or index, byte for byte, under a tag or its digest; gives its digest.
    ///
    /// What it refers to has to be there. A tag of that name is moved.
    pub fn put_manifest(
        &self,
        repository: &Repository,
        name: &ManifestName,
        document: &Document,
    ) -> Result<Digest, Error> {
        let place = self.place(repository)?;
        let url = place.url(&format!("manifests/{}", plain(name)))?;
        let access: Access = place.access(&["pull", "push"]);
        let kind = HeaderValue::try_from(document.media_type())
            .map_err(|_| place.protocol("its media type cannot be sent"))?;
        let headers = [(CONTENT_TYPE, kind)];
        let request = Request::new(Method::PUT, &url, What::Manifest(repository, name));
        let request = request.access(&access).headers(&headers).content(document.bytes());
        let answer = self.exchange.call(&request, MAX_DOCUMENT_BYTES as u64)?;
        let expected = match name {
            ManifestName::Digest(digest) => *digest,
            ManifestName::Tag(_) => document.digest(),
        };
        kept(&answer, &expected, || request.doing())?;
        Ok(expected)
    }
}

fn doing(repository: &Repository, name: &ManifestName) -> String {
    format!("get {}", What::Manifest(repository, name))
}

fn plain(name: &ManifestName) -> String {
    match name {
        ManifestName::Tag(tag) => tag.to_string(),
        ManifestName::Digest(digest) => digest.to_string(),
    }
}

/// Reads the digest that a registry tells, if it tells one.
fn content_digest(answer: &Answer, doing: impl Fn() -> String) -> Result<Option<Digest>, Error> {
    let Some(told) = answer.header(&CONTENT_DIGEST) else { return Ok(None) };
    let digest = told.parse::<Digest>().map(Some);
    digest.map_err(|error| Error::Protocol {
        doing: doing(),
        host: answer.url.host().clone(),
        reason: format!("its Docker-Content-Digest is no digest: {error}"),
    })
}

/// Makes sure that a registry kept what it was sent.
pub(super) fn kept(
    answer: &Answer,
    expected: &Digest,
    doing: impl Fn() -> String,
) -> Result<(), Error> {
    match content_digest(answer, &doing)? {
        Some(actual) if actual != *expected && actual.algorithm() == expected.algorithm() => {
            let (expected, actual) = (Box::new(*expected), Box::new(actual));
            Err(Error::Kept { doing: doing(), expected, actual })
        }
        _ => Ok(()),
    }
}

fn check(bytes: &[u8], expected: &Digest, doing: impl Fn() -> String) -> Result<(), Error> {
    let mut hasher = Hasher::new(expected.algorithm());
    hasher.update(bytes);
    let actual = hasher.finish();
    if actual == *expected {
        return Ok(());
    }
    let (expected, actual) = (Box::new(*expected), Box::new(actual));
    Err(Error::Bytes { doing: doing(), source: digest::Error::Mismatch { expected, actual } })
}
