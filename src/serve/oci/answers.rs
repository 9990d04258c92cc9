//! Answers that are kept whole, and sent again as long as what they rest on is so.
//!
//! What is asked for most, manifests and small blobs, never changes under its digest. Whether a name still
//! stands for a manifest, and whether the manifest is still in the repository, can change at any time: that
//! is looked at for each request, in a system call or two. The file that the bytes came from is looked at once
//! a minute.

use std::sync::Arc;
use std::time::Instant;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, Request, header};
use axum::response::Response;

use super::head::Head;
use super::memory::PROOF_LIFETIME;
use crate::digest::Digest;
use crate::name::{Repository, Tag};
use crate::serve::auth::{Action, Who};
use crate::serve::state::State;
use crate::store::Store;

/// Is an answer, and what it rests on.
#[derive(Debug)]
pub(super) struct Kept {
    repository: Repository,
    /// The tag must stand for the manifest; without one, the manifest must be in the repository.
    tag: Option<Tag>,
    manifest: Digest,
    head: HeaderMap,
    bytes: Bytes,
    since: Instant,
}

impl Kept {
    /// Makes an answer that rests on a manifest of a repository.
    pub(super) fn new(
        repository: &Repository,
        manifest: Digest,
        head: &Head,
        bytes: Bytes,
    ) -> Kept {
        let head = head.clone().of_this_api().into();
        let (repository, since) = (repository.clone(), Instant::now());
        Kept { repository, tag: None, manifest, head, bytes, since }
    }

    /// Makes the answer rest on what a tag stands for.
    pub(super) fn by(self, tag: Option<&Tag>) -> Kept {
        Kept { tag: tag.cloned(), ..self }
    }

    /// Gives the number of bytes of the body.
    pub(super) fn length(&self) -> usize {
        self.bytes.len()
    }

    /// Tells whether the answer is what would be found now.
    fn holds(&self, store: &Store) -> bool {
        let Kept { repository, tag, manifest, since, .. } = self;
        match tag {
            _ if since.elapsed() > PROOF_LIFETIME => false,
            Some(tag) => store.look_up(repository, tag).is_ok_and(|now| now == Some(*manifest)),
            None => store.has_manifest(repository, manifest).unwrap_or(false),
        }
    }
}

/// Answers a request by what is kept; nothing if it has to be answered in the ordinary way.
///
/// Who says who he is has to be known first, and who asks for a part or for what is new is answered
/// otherwise.
pub(in crate::serve) fn at_once<B>(state: &State, request: &Request<B>) -> Option<Response> {
    let is_head = request.method() == Method::HEAD;
    let (uri, headers) = (request.uri(), request.headers());
    let decides = [header::AUTHORIZATION, header::RANGE, header::IF_RANGE, header::IF_NONE_MATCH];
    if !(is_head || request.method() == Method::GET)
        || uri.query().is_some()
        || decides.iter().any(|name| headers.contains_key(name))
    {
        return None;
    }
    let kept: Arc<Kept> = state.memory().answer(uri.path())?;
    state.permit(&Who::default(), Action::Read, &kept.repository.space).ok()?;
    if !state.now(|store| kept.holds(store)) {
        return None;
    }
    let body = if is_head { Body::empty() } else { kept.bytes.clone().into() };
    let mut response = Response::new(body);
    response.headers_mut().clone_from(&kept.head);
    Some(response)
}
