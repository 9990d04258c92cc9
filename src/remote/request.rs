//! Requests and answers, as values; sending the ones and receiving the others is left to
//! [`exchange`](super::exchange).

use std::io::Read;

use ureq::http::header::{HeaderName, HeaderValue};
use ureq::http::{HeaderMap, Method};

use super::Error;
use super::guard::Access;
use super::url::Url;
use super::what::What;

/// Is what is asked of a server.
pub(super) struct Request<'a> {
    pub(super) method: Method,
    pub(super) url: &'a Url,
    pub(super) what: What<'a>,
    /// Whose credentials may go along, and for what.
    pub(super) access: Option<&'a Access>,
    pub(super) headers: &'a [(HeaderName, HeaderValue)],
    /// What is sent: nothing, or few bytes, which can be sent again.
    pub(super) content: Option<&'a [u8]>,
}

/// Is an answer that was read to its end.
pub(super) struct Answer {
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn header(&self, name: &HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

impl<'a> Request<'a> {
    pub(super) fn new(method: Method, url: &'a Url, what: What<'a>) -> Request<'a> {
        Request { method, url, what, access: None, headers: &[], content: None }
    }

    pub(super) fn access(self, access: &'a Access) -> Request<'a> {
        Request { access: Some(access), ..self }
    }

    pub(super) fn headers(self, headers: &'a [(HeaderName, HeaderValue)]) -> Request<'a> {
        Request { headers, ..self }
    }

    pub(super) fn content(self, content: &'a [u8]) -> Request<'a> {
        Request { content: Some(content), ..self }
    }

    /// Says in words what is being done.
    pub(super) fn doing(&self) -> String {
        let verb = if self.is_read() { "get" } else { "send" };
        format!("{verb} {}", self.what)
    }

    pub(super) fn is_read(&self) -> bool {
        matches!(self.method, Method::GET | Method::HEAD)
    }

    pub(super) fn protocol(&self, reason: impl Into<String>) -> Error {
        let host = self.url.host().clone();
        Error::Protocol { doing: self.doing(), host, reason: reason.into() }
    }
}

/// Is what a request carries.
pub(super) enum Content<'a> {
    /// Nothing at all, as for a GET.
    Nothing,
    /// Bytes in memory; there may be none.
    Bytes(&'a [u8]),
    /// Bytes that can be read once.
    Stream {
        /// What gives them.
        reader: &'a mut dyn Read,
        /// How many there are.
        size: u64,
    },
}

impl<'a> Content<'a> {
    pub(super) fn of(request: &Request<'a>) -> Content<'a> {
        request.content.map_or(Content::Nothing, Content::Bytes)
    }
}
