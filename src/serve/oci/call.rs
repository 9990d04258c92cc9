//! A request, and what its headers and parameters say.

use std::sync::{Mutex, PoisonError};

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, header};

use super::path::Name;
use super::refusal::{Code, Refusal};
use crate::digest::Digest;
use crate::serve::auth::{Action, Who};
use crate::serve::direct::Direct;
use crate::serve::state::State;

/// Is a request that has found its resource.
pub(super) struct Call {
    pub(super) state: State,
    pub(super) who: Who,
    query: Vec<(String, String)>,
    headers: HeaderMap,
    /// Never locked: it lets requests be looked at from several threads, which bodies cannot.
    body: Mutex<Body>,
    /// What can send files without a copy, if the connection can.
    pub(super) direct: Option<Direct>,
}

impl Call {
    pub(super) fn new(
        state: State,
        who: Who,
        query: Vec<(String, String)>,
        headers: HeaderMap,
        body: Body,
        direct: Option<Direct>,
    ) -> Call {
        Call { state, who, query, headers, body: Mutex::new(body), direct }
    }

    /// Refuses what the sender may not do with a repository.
    pub(super) fn permit(&self, action: Action, name: &Name) -> Result<(), Refusal> {
        Ok(self.state.permit(&self.who, action, &name.repository)?)
    }

    /// Gives the body, to read it.
    pub(super) fn body(&mut self) -> &mut Body {
        self.body.get_mut().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives a parameter; the first, where it comes more than once.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        let (_, value) = self.query.iter().find(|(key, _)| key == name)?;
        Some(value)
    }

    /// Gives a parameter each time it comes.
    pub(super) fn parameters<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.query.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Gives a parameter that is a digest.
    pub(super) fn digest(&self, name: &str) -> Result<Option<Digest>, Refusal> {
        Ok(self.parameter(name).map(str::parse).transpose()?)
    }

    /// Gives a header; one that is no text is as if it were not there.
    pub(super) fn header(&self, name: &HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(super) fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Gives the length of the body in bytes, where it was announced.
    pub(super) fn length(&self) -> Option<u64> {
        self.header(&header::CONTENT_LENGTH)?.parse().ok()
    }

    /// Tells whether the client has what is tagged so already.
    pub(super) fn has_already(&self, tag: &str) -> bool {
        let known = self.header(&header::IF_NONE_MATCH).unwrap_or_default();
        let plain = |known: &str| known.trim().trim_start_matches("W/") == tag;
        known.trim() == "*" || known.split(',').any(plain)
    }
}

/// Refuses a text that is no digest.
pub(super) fn digest(text: &str) -> Result<Digest, Refusal> {
    Ok(text.parse()?)
}

/// Refuses a number of names that is none.
pub(super) fn count(text: &str) -> Result<usize, Refusal> {
    let wrong = || {
        let message = format!("n must be a number that is not negative, not {text:?}");
        Refusal::bad(Code::Pagination, message)
    };
    match text.parse::<u64>() {
        // More than there can be is as many as there are.
        Ok(number) => Ok(usize::try_from(number).unwrap_or(usize::MAX)),
        Err(_) => Err(wrong()),
    }
}
