//! Bodies that come from the store piece by piece, however slowly a client takes them.

use std::future::Future as _;
use std::io::{self, Read};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use tokio::task::{JoinHandle, spawn_blocking};

/// How many bytes are read at a time; up to three such pieces are held for each body.
const PIECE_BYTES: u64 = 64 << 10;

type Source = Box<dyn Read + Send>;
type Piece = io::Result<(Source, Bytes)>;

/// Sends what a reader gives. No thread waits while the client takes its time.
///
/// The last piece is sent only once the reader has come to its end without an error, which for a blob
/// proves its bytes: a damaged one never arrives whole.
struct Stream {
    next: Option<JoinHandle<Piece>>,
    held: Option<Bytes>,
    left: u64,
}

/// Makes a body out of all that a reader gives, which must be `size` bytes.
pub(super) fn stream(reader: impl Read + Send + 'static, size: u64) -> Body {
    Body::new(Stream { next: Some(read(Box::new(reader))), held: None, left: size })
}

fn read(mut source: Source) -> JoinHandle<Piece> {
    spawn_blocking(move || {
        let mut piece = Vec::with_capacity(PIECE_BYTES as usize);
        source.by_ref().take(PIECE_BYTES).read_to_end(&mut piece)?;
        Ok((source, piece.into()))
    })
}

impl Stream {
    fn send(&mut self, piece: Bytes) -> Option<io::Result<Frame<Bytes>>> {
        self.left = self.left.saturating_sub(piece.len() as u64);
        Some(Ok(Frame::data(piece)))
    }
}

impl HttpBody for Stream {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        loop {
            let Some(next) = &mut self.next else { return Poll::Ready(None) };
            let piece = ready!(Pin::new(next).poll(context)).map_err(io::Error::other).flatten();
            self.next = None;
            match piece {
                // The connection ends here, before the body is whole.
                Err(error) => return Poll::Ready(Some(Err(error))),
                Ok((_, piece)) if piece.is_empty() => {
                    let last = self.held.take();
                    return Poll::Ready(last.and_then(|last| self.send(last)));
                }
                Ok((source, piece)) => {
                    self.next = Some(read(source));
                    if let Some(before) = self.held.replace(piece) {
                        return Poll::Ready(self.send(before));
                    }
                }
            }
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
