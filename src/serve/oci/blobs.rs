//! Blobs: whole, in part, or only their size.

use std::io::{self, Read};

use axum::body::{Body, Bytes};
use axum::http::{StatusCode, header};

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
            let part = call.state.read(move |store| store.open_blob_part(&digest, first)).await??;
            let body = body::stream(&call.state, part.take(length), length);
            Ok(head.answer(StatusCode::PARTIAL_CONTENT, body))
        }
        Range::Whole => {
            let head = head.and("content-length", size);
            if only_head {
                return Ok(head.only(StatusCode::OK));
            }
            let body = match size <= SMALL_BYTES {
                true => small(&call.state, digest, found.state).await?,
                false => large(&call.state, digest, found).await?,
            };
            Ok(head.answer(StatusCode::OK, body))
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
    let place = repository.clone();
    let find = move |store: &Store| -> Result<_, store::Error> {
        Ok((store.voucher(&place, &digest)?, store.blob_state(&digest)?))
    };
    let (voucher, found) = state.read(find).await??;
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
) -> Result<Body, Refusal> {
    if let Some(known) = found.and_then(|found| state.memory().blob(&digest, &found)) {
        return Ok(known.into());
    }
    let read = state.read(move |store| store.read_blob(&digest, SMALL_BYTES));
    let bytes = Bytes::from(read.await??);
    if let Some(found) = found {
        state.memory().keep_blob(digest, found, bytes.clone());
    }
    Ok(bytes.into())
}

/// Sends a large blob piece by piece. It is hashed meanwhile, unless that was done not long ago and its
/// file is as it was then.
async fn large(state: &State, digest: Digest, found: BlobState) -> Result<Body, Refusal> {
    let BlobState { size, state: stamp } = found;
    if let Some(stamp) = &stamp
        && state.memory().is_proved(&digest, stamp)
    {
        let whole = state.read(move |store| store.open_blob_part(&digest, 0)).await??;
        return Ok(body::stream(state, whole.take(size), size));
    }
    let blob = state.read(move |store| store.open_blob(&digest)).await??;
    let proving = Proving { blob, digest, stamp, state: state.clone() };
    Ok(body::stream(state, proving, size))
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
