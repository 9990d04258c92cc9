//! A body that goes on where it broke off.

use std::io::{self, Read};
use std::sync::Arc;

use ureq::http::Method;
use ureq::http::header::{
    CONTENT_RANGE, ETAG, HeaderName, HeaderValue, IF_RANGE, LAST_MODIFIED, RANGE,
};

use super::Error;
use super::exchange::Exchange;
use super::failure::{broken, of_library};
use super::guard::Access;
use super::request::Request;
use super::response::{Paced, Response};
use super::retry::{Failure, Tries};
use super::url::Url;
use super::what::What;
use crate::digest;
use crate::name::Host;

/// Says what is to be downloaded.
pub(super) struct Wanted {
    pub(super) url: Url,
    /// Whose credentials may go along, if any.
    pub(super) access: Option<Access>,
    /// What it is, in words.
    pub(super) what: String,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    /// How many bytes it has, if that is known, and its digest.
    pub(super) expected: Option<(u64, digest::Digest)>,
    /// The most bytes that are taken.
    pub(super) limit: u64,
}

/// Reads what a server sends. Where the connection breaks, the rest is asked for by a range; a
/// server that sends everything again is listened to, and what is known is skipped.
///
/// Errors carry an [`Error`], which [`Error::from_read`] takes out.
pub struct Download {
    exchange: Arc<Exchange>,
    wanted: Wanted,
    body: Option<Paced>,
    host: Host,
    /// How many bytes were handed out.
    offset: u64,
    /// How many there will have been in the end, if the server says so.
    total: Option<u64>,
    /// What must not have changed for a range to be of the same file.
    validator: Option<HeaderValue>,
    tries: Tries,
    /// How many bytes this try brought.
    gained: u64,
}

impl Download {
    /// Asks for the file, so that what is not there is known before the first byte.
    pub(super) fn start(exchange: Arc<Exchange>, wanted: Wanted) -> Result<Download, Error> {
        let host = wanted.url.host().clone();
        let mut download = Download {
            exchange,
            wanted,
            body: None,
            host,
            offset: 0,
            total: None,
            validator: None,
            tries: Tries::default(),
            gained: 0,
        };
        download.open()?;
        Ok(download)
    }

    /// Opens the body at the offset, as often as may help.
    fn open(&mut self) -> Result<(), Error> {
        while let Err(failure) = self.open_once() {
            self.exchange.pause(&self.host, &mut self.tries, failure)?;
        }
        Ok(())
    }

    fn open_once(&mut self) -> Result<(), Failure> {
        let Wanted { url, access, what, headers, .. } = &self.wanted;
        let mut headers = headers.clone();
        if self.offset > 0 {
            let range = format!("bytes={}-", self.offset);
            headers.push((RANGE, HeaderValue::try_from(range).map_err(|_| self.doubt("range"))?));
            headers.extend(self.validator.clone().map(|value| (IF_RANGE, value)));
        }
        let mut request = Request::new(Method::GET, url, What::Said(what)).headers(&headers);
        request.access = access.as_ref();
        let response = self.exchange.open(&request)?;
        let skipped = match response.status() {
            206 if self.offset > 0 => self.check_range(&response)?,
            200 => self.check_whole(&response)?,
            other => return Err(self.doubt(&format!("it answers {other}")).into()),
        };
        let mut body = response.into_body();
        self.skip(&mut body, skipped)?;
        (self.body, self.gained) = (Some(body), 0);
        Ok(())
    }

    /// Looks at an answer that begins at the first byte; gives how many are to be skipped.
    fn check_whole(&mut self, response: &Response) -> Result<u64, Failure> {
        let length = response.length();
        if let (Some((expected, digest)), Some(actual)) = (self.wanted.expected, length)
            && actual != expected
        {
            let source = digest::Error::Size { digest: Box::new(digest), expected, actual };
            return Err(Error::Bytes { doing: self.doing(), source }.into());
        }
        if length.is_some_and(|length| length > self.wanted.limit) {
            return Err(self.too_large().into());
        }
        let validator = validator(response);
        if self.offset > 0 && self.wanted.expected.is_none() && validator != self.validator {
            return Err(self.doubt("the file changed while it was sent").into());
        }
        (self.total, self.validator) = (length, validator);
        Ok(self.offset)
    }

    /// Looks at an answer that should begin at the offset; nothing is to be skipped.
    fn check_range(&self, response: &Response) -> Result<u64, Failure> {
        let range = response.header(&CONTENT_RANGE).unwrap_or_default();
        let start = range.strip_prefix("bytes ").and_then(|range| range.split('-').next());
        if start.and_then(|start| start.parse().ok()) != Some(self.offset) {
            return Err(self.doubt("it sends another range than asked for").into());
        }
        if self.wanted.expected.is_none() && validator(response) != self.validator {
            return Err(self.doubt("the file changed while it was sent").into());
        }
        Ok(0)
    }

    fn skip(&self, body: &mut Paced, count: u64) -> Result<(), Failure> {
        let skipped = io::copy(&mut body.take(count), &mut io::sink());
        match skipped {
            Ok(skipped) if skipped == count => Ok(()),
            Ok(_) => Err(self.ended()),
            Err(error) => Err(of_library(error.into(), self.doing(), self.host.clone())),
        }
    }

    fn read_once(&mut self, buffer: &mut [u8]) -> Result<usize, Failure> {
        let Some(body) = &mut self.body else { return Err(self.ended()) };
        let count = body.read(buffer);
        let count =
            count.map_err(|error| of_library(error.into(), self.doing(), self.host.clone()))?;
        let end = self.wanted.expected.map(|(size, _)| size).or(self.total);
        if count == 0 && end.is_some_and(|end| self.offset < end) {
            return Err(self.ended());
        }
        self.offset += count as u64;
        self.gained += count as u64;
        if self.offset > self.wanted.limit {
            return Err(self.too_large().into());
        }
        Ok(count)
    }

    /// Begins the next try; those before it are forgotten where the last one was worthwhile.
    fn resume(&mut self, failure: Failure) -> Result<(), Error> {
        self.body = None;
        if self.gained >= self.exchange.options.policy.worthwhile {
            self.tries = Tries::default();
        }
        self.exchange.pause(&self.host, &mut self.tries, failure)?;
        self.open()
    }

    fn is_complete(&self) -> bool {
        self.wanted.expected.is_some_and(|(size, _)| size == self.offset)
    }

    fn doing(&self) -> String {
        format!("get {}", self.wanted.what)
    }

    fn ended(&self) -> Failure {
        broken(self.doing(), self.host.clone(), io::ErrorKind::UnexpectedEof.into())
    }

    fn too_large(&self) -> Error {
        Error::TooLarge { doing: self.doing(), limit: self.wanted.limit }
    }

    fn doubt(&self, reason: &str) -> Error {
        let (doing, host) = (self.doing(), self.host.clone());
        Error::Protocol { doing, host, reason: reason.to_owned() }
    }
}

/// Gives what tells versions of a file apart: its ETag, if it is a strong one, or its date.
fn validator(response: &Response) -> Option<HeaderValue> {
    let headers = response.headers();
    let strong = headers.get(ETAG).filter(|tag| !tag.as_bytes().starts_with(b"W/"));
    strong.or(headers.get(LAST_MODIFIED)).cloned()
}

impl Read for Download {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            match self.read_once(buffer) {
                Ok(count) => return Ok(count),
                // Every byte is there; only the end of the body was not told. The digest will tell.
                Err(_) if self.is_complete() => return Ok(0),
                Err(failure) => self.resume(failure).map_err(Error::into_io)?,
            }
        }
    }
}
