//! Manifests and indexes, byte for byte as they came.

use std::sync::Arc;

use axum::body::Bytes;
use axum::http::{StatusCode, header};

use super::answers::Kept;
use super::head::{Head, etag};
use super::memory::KnownManifest;
use super::path::Name;
use super::refusal::{Code, Refusal};
use super::{Answer, call, call::Call, receiving};
use crate::digest::Digest;
use crate::name::{Repository, Tag};
use crate::ops;
use crate::ops::receive::{self, Pushed};
use crate::serve::auth::Action;
use crate::serve::state::State;
use crate::store::{self, Store};

/// The most tags that one request may give: the specification wants at least ten.
const MAX_TAGS: usize = 100;

/// Is what stands for a manifest in a path.
pub(super) enum Wanted {
    Tag(Tag),
    Digest(Digest),
}

impl Wanted {
    /// Reads the last part of a path: with a colon it is a digest.
    pub(super) fn parse(text: &str) -> Result<Wanted, Refusal> {
        match text.contains(':') {
            true => Ok(Wanted::Digest(call::digest(text)?)),
            false => Tag::parse(text)
                .map(Wanted::Tag)
                .map_err(|error| Refusal::bad(Code::ManifestInvalid, error.to_string())),
        }
    }

    /// Finds the manifest, if it is there.
    pub(super) fn find(
        &self,
        store: &Store,
        repository: &Repository,
    ) -> Result<Option<Digest>, store::Error> {
        match self {
            Wanted::Tag(tag) => store.look_up(repository, tag),
            Wanted::Digest(digest) => {
                Ok(store.has_manifest(repository, digest)?.then_some(*digest))
            }
        }
    }

    /// Looks for the manifest where it is not found at once: a registry elsewhere is asked for what no
    /// tag stands for.
    async fn seek(&self, state: &State, name: &Name) -> Result<Option<Digest>, Refusal> {
        let (Wanted::Digest(digest), Some(_)) = (self, state.adapter()) else { return Ok(None) };
        let (repository, digest) = (name.repository.clone(), *digest);
        let seek = move |store: &Store| store.seek_manifest(&repository, &digest);
        Ok(state.fetch(seek).await??.then_some(digest))
    }
}

/// Sends a manifest.
pub(super) async fn get(call: &mut Call, name: Name, reference: &str, only_head: bool) -> Answer {
    // What cannot be a tag is none that is there.
    let missing = || unknown(&name, reference);
    let wanted = match Wanted::parse(reference) {
        Err(refusal) if reference.contains(':') => return Err(refusal),
        wanted => wanted.map_err(|_| missing())?,
    };
    let found = call.state.now(|store| wanted.find(store, &name.repository))?;
    let found = match found {
        None => wanted.seek(&call.state, &name).await?,
        found => found,
    };
    let digest = found.ok_or_else(missing)?;
    let manifest = manifest(&call.state, &name.repository, digest).await?;
    let head = Head::new().of(&digest);
    if call.has_already(&etag(&digest)) {
        return Ok(head.only(StatusCode::NOT_MODIFIED));
    }
    let head =
        head.and("content-type", &manifest.media_type).and("content-length", manifest.bytes.len());
    match only_head {
        true => Ok(head.only(StatusCode::OK)),
        false => {
            keep(call, &name, reference, (&wanted, digest), &head, &manifest.bytes);
            Ok(head.answer(StatusCode::OK, manifest.bytes.clone()))
        }
    }
}

/// Keeps the answer that was found for what was wanted, but not of a registry elsewhere, which is
/// looked at first each time.
fn keep(
    call: &Call,
    name: &Name,
    reference: &str,
    (wanted, digest): (&Wanted, Digest),
    head: &Head,
    bytes: &Bytes,
) {
    if call.state.adapter().is_some() {
        return;
    }
    let tag = match wanted {
        Wanted::Tag(tag) => Some(tag),
        Wanted::Digest(_) => None,
    };
    let kept = Kept::new(&name.repository, digest, head, bytes.clone()).by(tag);
    let path = format!("/v2/{}/manifests/{reference}", name.text);
    call.state.memory().keep_answer(path, kept);
}

/// Reads a manifest that is in a repository, unless it is known.
async fn manifest(
    state: &State,
    repository: &Repository,
    digest: Digest,
) -> Result<Arc<KnownManifest>, Refusal> {
    let found = state.now(|store| store.blob_state(&digest))?;
    let found = found.and_then(|found| found.state);
    if let Some(known) = found.and_then(|found| state.memory().manifest(&digest, &found)) {
        return Ok(known);
    }
    let read = move |store: &Store| store.document(&digest);
    let document = state.fetch_blob(&digest, read).await??;
    // What a manifest of a registry elsewhere lists need not be in its repository.
    if state.adapter().is_none() {
        for blob in document.blobs() {
            state.memory().keep_voucher(repository, &blob.digest, digest);
        }
    }
    let (media_type, bytes) = (document.media_type().to_owned(), document.bytes().to_vec());
    let known = Arc::new(KnownManifest { bytes: bytes.into(), media_type });
    if let Some(found) = found {
        state.memory().keep_manifest(digest, found, known.clone());
    }
    Ok(known)
}

/// Takes a manifest, under a tag or under its digest with any number of tags.
pub(super) async fn put(call: &mut Call, name: Name, reference: &str) -> Answer {
    let wanted = Wanted::parse(reference)?;
    let asked = call.parameters("tag").map(Tag::parse).collect::<Result<Vec<Tag>, _>>();
    let mut tags = asked.map_err(|error| Refusal::bad(Code::ManifestInvalid, error.to_string()))?;
    if tags.len() > MAX_TAGS {
        let text = format!("at most {MAX_TAGS} tags can be given at once");
        return Err(Refusal::new(StatusCode::URI_TOO_LONG, Code::Unsupported, text));
    }
    let digest = match wanted {
        Wanted::Digest(digest) => Some(digest),
        Wanted::Tag(tag) => {
            tags.insert(0, tag);
            None
        }
    };
    let content_type = call.header(&header::CONTENT_TYPE).map(str::to_owned);
    let most = call.state.settings().limits.manifest_bytes;
    let bytes = receiving::all(call, most).await?;
    let (repository, named) = (name.repository.clone(), tags.clone());
    let overwriting = call.permit(Action::Overwrite, &name);
    let may_overwrite = overwriting.is_ok();
    let pushed = Pushed { may_overwrite, repository, tags: named, digest, content_type, bytes };
    let received = call.state.write(move |store| receive::receive(store, pushed)).await?;
    let received = received.map_err(|error| match overwriting {
        Err(refusal) if is_overwriting(&error) => refusal,
        _ => error.into(),
    })?;
    let mut head = Head::new().and("docker-content-digest", received.digest).at(
        &name,
        "manifests",
        received.digest,
    );
    for tag in tags {
        head = head.and("oci-tag", tag);
    }
    if let Some(subject) = received.subject {
        head = head.and("oci-subject", subject);
    }
    Ok(head.only(StatusCode::CREATED))
}

pub(super) fn unknown(name: &Name, reference: &str) -> Refusal {
    Refusal::not_found(Code::ManifestUnknown, format!("{} has no manifest {reference}", name.text))
}

/// Tells whether a manifest was refused only because it would have replaced another.
fn is_overwriting(error: &ops::Error) -> bool {
    use store::Error::{TagExists, VersionExists};
    matches!(error, ops::Error::Store(VersionExists { .. } | TagExists { .. }))
}
