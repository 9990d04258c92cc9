//! Blobs: whole, in part, or only their size.

use std::io::{self, Read};

use axum::body::{Body, Bytes};
use axum::http::{StatusCode, header};

use super::answers::Kept;
use super::head::{Head, etag};
use super::path::Name;
use super::refusal::{Code, Refusal};
use super::{Answer, call, call::Call};
use crate::digest::Digest;
use crate::name::Repository;
use crate::serve::body;
use crate::serve::range::Range;
use crate::serve::state::State;
use crate::storage::{self, BlobState, OpenBlob};
use crate::store::{self, Store, Voucher};

/// Up to this size a blob is read at once, and proved before the first byte is sent.
const SMALL_BYTES: u64 = 1 << 20;

/// Sends a blob, or what a client asks of it.
pub(super) async fn get(call: &mut Call, name: Name, digest: &str, only_head: bool) -> Answer {
    let digest = call::digest(digest)?;
    let Some(found) = find(&call.state, &name.repository, digest).await? else {
        return Err(unknown(&name, &digest));
    };
    let size = found.size;
    let head = Head::new().of(&digest).and("accept-ranges", "bytes");
    if call.has_already(&etag(&digest)) {
        return Ok(head.only(StatusCode::NOT_MODIFIED));
    }
    let head = head.and("content-type", "application/octet-stream");
    let wanted = match call.header(&header::IF_RANGE) {
        Some(tag) if tag != etag(&digest) => None,
        _ => call.header(&header::RANGE),
    };
    match Range::parse(wanted, size) {
        Range::Unsatisfiable => {
            let text = format!("the blob has {size} bytes");
            let refusal = Refusal::new(StatusCode::RANGE_NOT_SATISFIABLE, Code::SizeInvalid, text);
            Err(refusal.with(header::CONTENT_RANGE, &format!("bytes */{size}")))
        }
        Range::Part { first, last } => {
            let length = last - first + 1;
            let head = head
                .and("content-range", format!("bytes {first}-{last}/{size}"))
                .and("content-length", length);
            if only_head {
                return Ok(head.only(StatusCode::PARTIAL_CONTENT));
            }
            let body = match is_proved(call, &digest, &found) {
                true => unhashed(call, digest, first, length).await?,
                false => stream(call, digest, first, length).await?,
            };
            Ok(head.answer(StatusCode::PARTIAL_CONTENT, body))
        }
        Range::Whole => {
            let head = head.and("content-length", size);
            if only_head {
                return Ok(head.only(StatusCode::OK));
            }
            if size > SMALL_BYTES {
                let body = large(call, digest, found).await?;
                return Ok(head.answer(StatusCode::OK, body));
            }
            let bytes = small(&call.state, digest, found.state).await?;
            let bytes = body::of_size(bytes, &digest, size)?;
            keep(call, &name, digest, &head, &bytes);
            Ok(head.answer(StatusCode::OK, bytes))
        }
    }
}

/// Looks at a blob, if it is there and a repository may hand it out.
///
/// Which manifest names it is remembered, so that not all have to be asked the next time; that it is
/// there still is looked at each time.
async fn find(
    state: &State,
    repository: &Repository,
    digest: Digest,
) -> Result<Option<BlobState>, Refusal> {
    if let Some(manifest) = state.memory().voucher(repository, &digest)
        && state.now(|store| store.has_manifest(repository, &manifest))?
    {
        return Ok(state.now(|store| store.blob_state(&digest))?);
    }
    // What a client is about to push is not there, as a rule.
    if state.adapter().is_none() && state.now(|store| store.blob_state(&digest))?.is_none() {
        return Ok(None);
    }
    let (place, is_elsewhere) = (repository.clone(), state.adapter().is_some());
    let find = move |store: &Store| -> Result<_, store::Error> {
        let voucher = store.voucher(&place, &digest)?;
        // A registry elsewhere may have what nobody has asked for here.
        let voucher = match voucher {
            None if is_elsewhere && store.seek_blob(&place, &digest)? => {
                store.voucher(&place, &digest)?
            }
            voucher => voucher,
        };
        Ok((voucher, store.blob_state(&digest)?))
    };
    let (voucher, found) = state.fetch_blob(&digest, find).await??;
    if let Some(Voucher::Manifest(manifest)) = voucher {
        state.memory().keep_voucher(repository, &digest, manifest);
    }
    Ok(found.filter(|_| voucher.is_some()))
}

/// Reads a small blob at once, unless it is known.
async fn small(
    state: &State,
    digest: Digest,
    found: Option<storage::State>,
) -> Result<Bytes, Refusal> {
    if let Some(known) = found.and_then(|found| state.memory().blob(&digest, &found)) {
        return Ok(known);
    }
    let read =
        state.fetch_blob(&digest, move |store: &Store| store.read_blob(&digest, SMALL_BYTES));
    let bytes = Bytes::from(read.await??);
    if let Some(found) = found {
        state.memory().keep_blob(digest, found, bytes.clone());
    }
    Ok(bytes)
}

/// Keeps the answer, where it is known which manifest names the blob. What a registry elsewhere has is
/// never answered without a look at it.
fn keep(call: &Call, name: &Name, digest: Digest, head: &Head, bytes: &Bytes) {
    if call.state.adapter().is_some() {
        return;
    }
    let memory = call.state.memory();
    if let Some(manifest) = memory.voucher(&name.repository, &digest) {
        let kept = Kept::new(&name.repository, manifest, head, bytes.clone());
        memory.keep_answer(format!("/v2/{}/blobs/{digest}", name.text), kept);
    }
}

/// Sends a large blob piece by piece. It is hashed meanwhile, unless that was done not long ago and its
/// file is as it was then.
async fn large(call: &Call, digest: Digest, found: BlobState) -> Result<Body, Refusal> {
    if is_proved(call, &digest, &found) {
        return unhashed(call, digest, 0, found.size).await;
    }
    let open = move |store: &Store| store.open_blob(&digest);
    let blob = call.state.fetch_blob(&digest, open).await??;
    let proving = Proving { blob, digest, stamp: found.state, state: call.state.clone() };
    Ok(body::stream(&call.state, &digest, proving, found.size))
}

/// Tells whether a blob was read to its end and proved not long ago.
fn is_proved(call: &Call, digest: &Digest, found: &BlobState) -> bool {
    found.state.is_some_and(|state| call.state.memory().is_proved(digest, &state))
}

/// Sends bytes of a blob that was read not long ago: from the system's memory, where that can be done,
/// as they are likely to be in it still.
async fn unhashed(call: &Call, digest: Digest, first: u64, count: u64) -> Result<Body, Refusal> {
    if let Some(direct) = &call.direct
        && let Some(file) = call.state.read(move |store| store.blob_file(&digest)).await??
    {
        return Ok(direct.body(file, first, count));
    }
    stream(call, digest, first, count).await
}

/// Sends bytes of a blob piece by piece, as they are.
async fn stream(call: &Call, digest: Digest, first: u64, count: u64) -> Result<Body, Refusal> {
    let open = move |store: &Store| store.open_blob_part(&digest, first);
    let part = call.state.fetch_blob(&digest, open).await??;
    Ok(body::stream(&call.state, &digest, part.take(count), count))
}

/// Remembers that a blob was proved when that has been read to its end.
struct Proving {
    blob: OpenBlob,
    digest: Digest,
    stamp: Option<storage::State>,
    state: State,
}

impl Read for Proving {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.blob.read(buffer)?;
        if count == 0
            && !buffer.is_empty()
            && let Some(stamp) = self.stamp.take()
        {
            self.state.memory().keep_proof(self.digest, stamp);
        }
        Ok(count)
    }
}

pub(super) fn unknown(name: &Name, digest: &Digest) -> Refusal {
    Refusal::not_found(Code::BlobUnknown, format!("{} has no blob {digest}", name.text))
}
