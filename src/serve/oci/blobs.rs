//! Blobs: whole, in part, or only their size.

use std::io::Read as _;

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
use crate::store::{self, Voucher};

/// Up to this size a blob is read at once, and proved before the first byte is sent.
const SMALL_BYTES: u64 = 1 << 20;

/// Sends a blob, or what a client asks of it.
pub(super) async fn get(call: &mut Call, name: Name, digest: &str, only_head: bool) -> Answer {
    let digest = call::digest(digest)?;
    if !is_in(&call.state, &name.repository, digest).await? {
        return Err(unknown(&name, &digest));
    }
    let head = Head::new().of(&digest).and("accept-ranges", "bytes");
    if call.has_already(&etag(&digest)) {
        return Ok(head.only(StatusCode::NOT_MODIFIED));
    }
    let size = call.state.read(move |store| store.blob_size(&digest)).await??;
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
            let body = body::stream(part.take(length), length);
            Ok(head.answer(StatusCode::PARTIAL_CONTENT, body))
        }
        Range::Whole => {
            let head = head.and("content-length", size);
            if only_head {
                return Ok(head.only(StatusCode::OK));
            }
            if size <= SMALL_BYTES {
                let read = call.state.read(move |store| store.read_blob(&digest, SMALL_BYTES));
                return Ok(head.answer(StatusCode::OK, read.await??));
            }
            let blob = call.state.read(move |store| store.open_blob(&digest)).await??;
            Ok(head.answer(StatusCode::OK, body::stream(blob, size)))
        }
    }
}

/// Tells whether a repository may hand out a blob, and the blob is there.
///
/// Which manifest names it is remembered, so that not all have to be read the next time; that it is
/// there still is looked at each time.
async fn is_in(state: &State, repository: &Repository, digest: Digest) -> Result<bool, Refusal> {
    let known = state.memory().voucher(repository, &digest);
    let place = repository.clone();
    let voucher = state
        .read(move |store| -> Result<_, store::Error> {
            if let Some(manifest) = known
                && store.has_manifest(&place, &manifest)?
            {
                return Ok(store.has_blob(&digest)?.then_some(Voucher::Manifest(manifest)));
            }
            store.voucher(&place, &digest)
        })
        .await??;
    if let Some(Voucher::Manifest(manifest)) = voucher {
        state.memory().keep_voucher(repository, &digest, manifest);
    }
    Ok(voucher.is_some())
}

pub(super) fn unknown(name: &Name, digest: &Digest) -> Refusal {
    Refusal::not_found(Code::BlobUnknown, format!("{} has no blob {digest}", name.text))
}
