//! The headers of answers.

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::path::Name;
use crate::digest::Digest;

/// Builds the head of an answer. Values are made of digests, numbers and names that were checked.
#[derive(Debug, Clone, Default)]
pub(super) struct Head(HeaderMap);

impl Head {
    pub(super) fn new() -> Head {
        Head::default()
    }

    /// Adds a header, besides others of the same name.
    pub(super) fn and(mut self, name: &'static str, value: impl ToString) -> Head {
        // What cannot be a header, as a media type with control characters, is left out.
        if let Ok(value) = HeaderValue::from_str(&value.to_string()) {
            self.0.append(HeaderName::from_static(name), value);
        }
        self
    }

    /// Says which bytes the answer is about.
    pub(super) fn of(self, digest: &Digest) -> Head {
        self.and("docker-content-digest", digest).and("etag", etag(digest))
    }

    /// Says which API answers, as clients look for it.
    pub(super) fn of_this_api(self) -> Head {
        self.and("docker-distribution-api-version", "registry/2.0")
    }

    /// Says where something is, on whatever address the client has found the server at.
    pub(super) fn at(self, name: &Name, kind: &str, last: impl std::fmt::Display) -> Head {
        self.and("location", format!("/v2/{}/{kind}/{last}", name.text))
    }

    /// Answers with a body.
    pub(super) fn answer(self, status: StatusCode, body: impl Into<axum::body::Body>) -> Response {
        (status, self.0, body.into()).into_response()
    }

    /// Answers without a body; a length that was given stays, as for HEAD.
    pub(super) fn only(self, status: StatusCode) -> Response {
        let mut head = self;
        if status != StatusCode::NO_CONTENT && status != StatusCode::NOT_MODIFIED {
            head.0.entry(header::CONTENT_LENGTH).or_insert(HeaderValue::from_static("0"));
        }
        (status, head.0).into_response()
    }
}

impl From<Head> for HeaderMap {
    fn from(head: Head) -> HeaderMap {
        head.0
    }
}

/// Gives the tag by which a client tells whether it has the bytes.
pub(super) fn etag(digest: &Digest) -> String {
    format!("\"{digest}\"")
}
