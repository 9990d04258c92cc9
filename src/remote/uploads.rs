//! Blobs sent to registries: not at all where they are there, by a mount where they are near.

use std::io::{self, Read};
use std::time::Instant;

use ureq::http::Method;
use ureq::http::header::{CONTENT_TYPE, HeaderValue, LOCATION};

use super::guard::Access;
use super::manifests::kept;
use super::options::Policy;
use super::place::Place;
use super::request::{Answer, Content, Request};
use super::retry::{Failure, Tries};
use super::scheme::may_go_on;
use super::url::Url;
use super::what::What;
use super::{Client, Error};
use crate::digest::Digest;
use crate::name::Repository;

/// Tells how a blob came to be on a registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Uploaded {
    /// It was there.
    Present,
    /// The registry took it from another of its repositories.
    Mounted,
    /// It was sent.
    Sent,
}

/// Opens what is to be sent, from its beginning; each try does it anew.
pub type Source<'a> = &'a dyn Fn() -> io::Result<Box<dyn Read + Send + 'a>>;

/// The most of a registry's answer that is read, in bytes.
const MAX_ANSWER_BYTES: u64 = 64 << 10;

/// Is a blob on its way.
struct Upload<'a, 's> {
    place: Place,
    access: Access,
    what: What<'a>,
    digest: &'a Digest,
    size: u64,
    source: Source<'s>,
}

impl Client {
    /// Makes sure that a repository has a blob, whose bytes `source` gives.
    ///
    /// `mount_from` is a repository of the same registry that may have the blob: the registry is
    /// then asked to take it from there. Of the blob, no more than a buffer is held.
    pub fn upload(
        &self,
        repository: &Repository,
        digest: &Digest,
        size: u64,
        source: Source<'_>,
        mount_from: Option<&Repository>,
    ) -> Result<Uploaded, Error> {
        let place = self.place(repository)?;
        let access = place.access(&["pull", "push"]);
        let what = What::Blob(repository, digest);
        let upload = Upload { place, access, what, digest, size, source };
        let mut tries = Tries::default();
        let mut from = mount_from;
        loop {
            if self.is_present(&upload)? {
                return Ok(Uploaded::Present);
            }
            let failure = match self.upload_once(&upload, from) {
                Ok(done) => return Ok(done),
                Err(failure) => failure,
            };
            // Who may push here need not be allowed to read there, or to ask for both at once.
            if from.is_some() && matches!(failure, Failure::Final(Error::Unauthorized { .. })) {
                from = None;
                continue;
            }
            self.exchange.pause(&upload.place.host, &mut tries, failure)?;
        }
    }

    fn is_present(&self, upload: &Upload<'_, '_>) -> Result<bool, Error> {
        let url = upload.place.url(&format!("blobs/{}", upload.digest))?;
        let request = Request::new(Method::HEAD, &url, upload.what).access(&upload.access);
        match self.exchange.call(&request, 0) {
            Ok(_) => Ok(true),
            Err(Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn upload_once(
        &self,
        upload: &Upload<'_, '_>,
        from: Option<&Repository>,
    ) -> Result<Uploaded, Failure> {
        let mut url = upload.place.url("blobs/uploads/")?;
        let mut access = upload.access.clone();
        let from = from.map(|from| self.place(from)).transpose()?;
        let from = from.filter(|from| from.host == upload.place.host);
        if let Some(from) = &from {
            url.add_query("mount", &upload.digest.to_string());
            url.add_query("from", &from.path);
            access.scope = format!("{} {}", access.scope, from.scope(&["pull"]));
        }
        let request = Request::new(Method::POST, &url, upload.what).access(&access).content(b"");
        let response = self.exchange.open(&request)?;
        if response.status() == 201 && from.is_some() {
            response.discard();
            return Ok(Uploaded::Mounted);
        }
        let location = response.header(&LOCATION);
        let location = location.ok_or_else(|| request.protocol("it does not say where to"))?;
        let mut next = response.url.join(location)?;
        if !may_go_on(&self.exchange.options, &response.url, &next) {
            let reason = format!("what is sent to {next}, which is not encrypted");
            return Err(Error::Redirect { doing: request.doing(), reason }.into());
        }
        response.discard();
        next.add_query("digest", &upload.digest.to_string());
        self.put(upload, &url, &next)?;
        Ok(Uploaded::Sent)
    }

    /// Sends the bytes in one request. Where that is another server, it goes there anonymously.
    fn put(&self, upload: &Upload<'_, '_>, registry: &Url, url: &Url) -> Result<(), Failure> {
        let kind = HeaderValue::from_static("application/octet-stream");
        let headers = [(CONTENT_TYPE, kind)];
        let request = Request::new(Method::PUT, url, upload.what).headers(&headers);
        let request = match url.is_beside(registry) {
            true => request.access(&upload.access),
            false => request,
        };
        let response = self.exchange.prove(&request, |proof| {
            let open = (upload.source)().map_err(|error| unreadable(&request, error))?;
            let policy = &self.exchange.options.policy;
            let mut reader = Counted {
                inner: open,
                started: Instant::now(),
                sent: 0,
                size: upload.size,
                policy,
                error: None,
            };
            let content = Content::Stream { reader: &mut reader, size: upload.size };
            let sent = self.exchange.send(&request, url, proof, content);
            match reader.error.take() {
                Some(error) => Err(unreadable(&request, error)),
                None => sent,
            }
        })?;
        let (url, headers) = (response.url.clone(), response.headers().clone());
        let body = response.read(MAX_ANSWER_BYTES, || request.doing())?;
        Ok(kept(&Answer { url, headers, body }, upload.digest, || request.doing())?)
    }
}

fn unreadable(request: &Request<'_>, source: io::Error) -> Failure {
    Failure::Final(Error::Source { doing: request.doing(), source })
}

/// Reads exactly so many bytes, at no less than the least rate, and remembers its error, which the
/// HTTP library would mix with those of the connection.
struct Counted<'a> {
    inner: Box<dyn Read + Send + 'a>,
    started: Instant,
    sent: u64,
    size: u64,
    policy: &'a Policy,
    error: Option<io::Error>,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.started.elapsed() > self.policy.allowance(self.sent) {
            return Err(io::ErrorKind::TimedOut.into());
        }
        let left = self.size - self.sent;
        let count = match self.inner.read(buffer) {
            Ok(0) if left > 0 => Err(io::Error::from(io::ErrorKind::UnexpectedEof)),
            Ok(count) if count as u64 > left => {
                Err(io::Error::other("there are more bytes than were announced"))
            }
            result => result,
        };
        let count = count.map_err(|error| {
            self.error = Some(error);
            io::Error::other("what is to be sent cannot be read")
        })?;
        self.sent += count as u64;
        Ok(count)
    }
}
