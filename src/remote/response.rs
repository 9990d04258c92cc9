//! Answers of servers: their heads, and bodies that neither stall nor outgrow a limit.

use std::io::{self, Read};
use std::time::Instant;

use ureq::http::header::{CONTENT_LENGTH, HeaderName};
use ureq::http::{HeaderMap, Method, StatusCode};
use ureq::{Body, BodyReader};

use super::Error;
use super::failure::of_library;
use super::options::Policy;
use super::retry::Failure;
use super::url::Url;

/// Is an answer whose body is still to come.
pub(super) struct Response {
    /// Who answered, after all redirects.
    pub(super) url: Url,
    method: Method,
    policy: Policy,
    inner: ureq::http::Response<Body>,
}

impl Response {
    pub(super) fn new(
        url: Url,
        method: Method,
        policy: Policy,
        inner: ureq::http::Response<Body>,
    ) -> Response {
        Response { url, method, policy, inner }
    }

    pub(super) fn method(&self) -> &Method {
        &self.method
    }

    pub(super) fn status(&self) -> u16 {
        self.inner.status().as_u16()
    }

    /// Gives the status in words: `503 Service Unavailable`.
    pub(super) fn status_text(&self) -> String {
        let status: StatusCode = self.inner.status();
        format!("{} {}", status.as_u16(), status.canonical_reason().unwrap_or_default())
    }

    pub(super) fn headers(&self) -> &HeaderMap {
        self.inner.headers()
    }

    pub(super) fn header(&self, name: &HeaderName) -> Option<&str> {
        self.inner.headers().get(name).and_then(|value| value.to_str().ok())
    }

    /// Gives the announced length of the body, in bytes.
    pub(super) fn length(&self) -> Option<u64> {
        self.header(&CONTENT_LENGTH).and_then(|text| text.parse().ok())
    }

    pub(super) fn into_body(self) -> Paced {
        Paced {
            inner: self.inner.into_body().into_reader(),
            started: Instant::now(),
            moved: 0,
            policy: self.policy,
        }
    }

    /// Reads the whole body, of at most `limit` bytes.
    pub(super) fn read(self, limit: u64, doing: impl Fn() -> String) -> Result<Vec<u8>, Failure> {
        let length = self.length();
        let too_large = || Failure::Final(Error::TooLarge { doing: doing(), limit });
        if length.is_some_and(|length| length > limit) {
            return Err(too_large());
        }
        let host = self.url.host().clone();
        let expected = length.unwrap_or(0).min(1 << 20);
        let mut bytes = Vec::with_capacity(expected as usize);
        let mut body = self.into_body().take(limit + 1);
        body.read_to_end(&mut bytes).map_err(|error| of_library(error.into(), doing(), host))?;
        if bytes.len() as u64 > limit {
            return Err(too_large());
        }
        Ok(bytes)
    }

    /// Reads a body that is of no use, so that the connection can be; a large one is not worth it.
    pub(super) fn discard(self) {
        const WORTH: u64 = 64 << 10;
        // The connection is closed where this fails: what was wanted of it is there already.
        let _ = io::copy(&mut self.into_body().take(WORTH), &mut io::sink());
    }
}

/// Reads a body that must come at a least rate: what is slower fails with `TimedOut`.
pub(super) struct Paced {
    inner: BodyReader<'static>,
    started: Instant,
    moved: u64,
    policy: Policy,
}

impl Read for Paced {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.moved += count as u64;
        if count > 0 && self.started.elapsed() > self.policy.allowance(self.moved) {
            return Err(io::ErrorKind::TimedOut.into());
        }
        Ok(count)
    }
}
