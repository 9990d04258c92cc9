//! Sending an index, as it is or compressed, without putting it together in memory.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::vec::IntoIter;

use axum::body::{Body, Bytes, HttpBody};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use hyper::body::{Frame, SizeHint};

use crate::chart::index::{GZIP_START, Piece, gzip_end};
use crate::ops::index::Index;
use crate::serve::refusal::Refusal;
use crate::serve::sending::{Wish, etag};
use crate::serve::state::State;
use crate::store::Store;

/// Sends an index.
pub(super) async fn index(
    state: &State,
    index: Arc<Index>,
    wish: &Wish,
) -> Result<Response, Refusal> {
    let hash = index.tag().hex();
    let tags = [etag(&hash), etag(format_args!("{hash}-gzip"))];
    let is_packed = wish.takes_gzip();
    let mut headers = HeaderMap::new();
    let tag = HeaderValue::from_str(&tags[usize::from(is_packed)]);
    headers.insert(header::ETAG, tag.expect("a hash is ASCII without control characters"));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if wish.has_already(&[&tags[0], &tags[1]]) {
        return Ok(Wish::unchanged(headers));
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/yaml"));
    if is_packed {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    let pieces = match is_packed {
        true => {
            let pack = move |_: &Store| {
                index.pack();
                pieces(&index, true)
            };
            state.read(pack).await?
        }
        false => pieces(&index, false),
    };
    let length = pieces.iter().map(|piece| piece.len() as u64).sum();
    let body = || Body::new(Pieces { pieces: pieces.into_iter(), left: length });
    Ok(wish.answer(StatusCode::OK, headers, length, body))
}

fn pieces(index: &Index, is_packed: bool) -> Vec<Bytes> {
    let of = |piece: &Arc<Piece>| match is_packed {
        true => Bytes::from_owner(Packed(piece.clone())),
        false => Bytes::from_owner(Plain(piece.clone())),
    };
    let mut all: Vec<Bytes> = index.pieces().map(of).collect();
    if is_packed {
        all.insert(0, Bytes::from_static(&GZIP_START));
        all.push(gzip_end(index.pieces().map(|piece| &**piece)).into());
    }
    all
}

/// Is a text, which lives as long as somebody sends it.
struct Plain(Arc<Piece>);

impl AsRef<[u8]> for Plain {
    fn as_ref(&self) -> &[u8] {
        self.0.text()
    }
}

/// Is a compressed text.
struct Packed(Arc<Piece>);

impl AsRef<[u8]> for Packed {
    fn as_ref(&self) -> &[u8] {
        self.0.packed()
    }
}

/// Sends pieces that are in memory already.
struct Pieces {
    pieces: IntoIter<Bytes>,
    left: u64,
}

impl HttpBody for Pieces {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let piece = self.pieces.next();
        self.left -= piece.as_ref().map_or(0, |piece| piece.len() as u64);
        Poll::Ready(piece.map(|piece| Ok(Frame::data(piece))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
