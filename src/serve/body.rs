//! Bodies that come from the store piece by piece, however slowly a client takes them.

use std::future::Future as _;
use std::io::{self, Read};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;

use crate::digest::{self, Digest};
use crate::serve::state::State;
use crate::store;

/// How many bytes are read at a time: by the first of many bodies, and by those after them. Up to four
/// such pieces are held for each.
const LARGE_PIECE_BYTES: usize = 256 << 10;
const PIECE_BYTES: usize = 64 << 10;

/// How many pieces that were sent are held, for their memory.
const SENT: usize = 2;

type Source = Box<dyn Read + Send>;
type Piece = io::Result<(Source, Bytes)>;

/// Sends what a reader gives. No thread waits while the client takes its time.
///
/// The last piece is sent only once the reader has come to its end without an error, which for a blob
/// proves its bytes: a damaged one never arrives whole.
struct Stream {
    next: Option<JoinHandle<Piece>>,
    held: Option<Bytes>,
    sent: Vec<Bytes>,
    left: u64,
    piece_bytes: usize,
    readers: Readers,
    _large: Option<OwnedSemaphorePermit>,
}

/// Says which threads read pieces.
#[derive(Clone)]
struct Readers {
    threads: Handle,
    /// Whose permit a thread needs, if it may have to wait for a registry elsewhere.
    permits: Option<Arc<Semaphore>>,
}

/// Makes a body out of all that a reader of a blob gives, which must be `size` bytes.
pub(super) fn stream(
    state: &State,
    digest: &Digest,
    reader: impl Read + Send + 'static,
    size: u64,
) -> Body {
    let large = state.memory().large.clone().try_acquire_owned().ok();
    let piece_bytes = if large.is_some() { LARGE_PIECE_BYTES } else { PIECE_BYTES };
    let readers = Readers { threads: state.threads().clone(), permits: state.fetchers(digest) };
    let next = Some(readers.read(Box::new(reader), None, piece_bytes));
    let (held, sent) = (None, Vec::new());
    Body::new(Stream { next, held, sent, left: size, piece_bytes, readers, _large: large })
}

impl Readers {
    /// Begins to read a piece.
    fn read(&self, source: Source, spare: Option<Bytes>, size: usize) -> JoinHandle<Piece> {
        let read = move || read(source, spare, size);
        let Some(permits) = self.permits.clone() else { return self.threads.spawn_blocking(read) };
        let threads = self.threads.clone();
        self.threads.spawn(async move {
            let _permit = permits.acquire_owned().await.map_err(io::Error::other)?;
            threads.spawn_blocking(read).await?
        })
    }
}

/// Reads a piece, into the memory of one that was sent if there is such.
fn read(mut source: Source, spare: Option<Bytes>, size: usize) -> Piece {
    let mut piece = match spare.map(Bytes::try_into_mut) {
        Some(Ok(piece)) if piece.len() == size => piece,
        // Nobody else can have bytes that are new.
        _ => Bytes::from(vec![0; size]).try_into_mut().map_err(|_| io::ErrorKind::Other)?,
    };
    let mut count = 0;
    while count < size {
        match source.read(&mut piece[count..]) {
            Ok(0) => break,
            Ok(more) => count += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    piece.truncate(count);
    Ok((source, piece.freeze()))
}

/// Gives the bytes of a blob, if they are as many as its answer says. A registry may say it wrongly.
pub(super) fn of_size(bytes: Bytes, digest: &Digest, size: u64) -> Result<Bytes, store::Error> {
    let actual = bytes.len() as u64;
    if actual == size {
        return Ok(bytes);
    }
    let damaged = digest::Error::Size { digest: Box::new(*digest), expected: size, actual };
    Err(store::Error::Blob { digest: Box::new(*digest), source: damaged.into() })
}

impl Stream {
    /// Tells whether so many bytes behind those that are held may come.
    fn has_room(&self, more: usize) -> bool {
        let held = self.held.as_ref().map_or(0, Bytes::len);
        (held + more) as u64 <= self.left
    }

    fn send(&mut self, piece: Bytes) -> Option<io::Result<Frame<Bytes>>> {
        self.left -= piece.len() as u64;
        if self.sent.len() == SENT {
            self.sent.remove(0);
        }
        self.sent.push(piece.clone());
        Some(Ok(Frame::data(piece)))
    }

    /// Takes a piece that has left the connection.
    fn spare(&mut self) -> Option<Bytes> {
        let place = self.sent.iter().position(Bytes::is_unique)?;
        Some(self.sent.swap_remove(place))
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
                Ok((_, piece)) if !self.has_room(piece.len()) => {
                    let text = format!("more is read than the {} bytes that are left", self.left);
                    return Poll::Ready(Some(Err(io::Error::other(text))));
                }
                Ok((_, piece)) if piece.is_empty() => {
                    let last = self.held.take();
                    return Poll::Ready(last.and_then(|last| self.send(last)));
                }
                Ok((source, piece)) => {
                    let spare = self.spare();
                    self.next = Some(self.readers.read(source, spare, self.piece_bytes));
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
