//! Files that the system sends from its own memory, without a copy through the server's.
//!
//! hyper takes bytes, and knows no files. So a body that is a file gives it stand-ins: pieces of
//! [`STAND_IN`], as long as what they stand for, which nobody ever reads. On the way out they are known by
//! their address, and the system is told to send the next bytes of the file in their place. That
//! works where hyper hands on the bytes that it is given, as it does on connections without TLS that
//! speak HTTP/1.1; on others nothing is offered.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use axum::body::{Body, Bytes, HttpBody};
use axum::http::{Extensions, Request, Version};
use hyper::body::{Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::TcpStream;

use crate::disk;

/// How much of a file is sent at a time, at most: the thread that sends it may have to wait for the
/// disk.
const STAND_IN_BYTES: usize = 1 << 20;

/// Stands for bytes of files. It is never written, so it takes no memory but its addresses.
static STAND_IN: LazyLock<Bytes> = LazyLock::new(|| vec![0; STAND_IN_BYTES].into());

/// Knows the files that are on their way to one connection, in the order of their bodies.
#[derive(Debug, Clone, Default)]
pub(super) struct Direct(Arc<Mutex<VecDeque<Part>>>);

/// Is a part of a file that is still to be sent.
#[derive(Debug)]
struct Part {
    file: File,
    place: u64,
    left: u64,
}

impl Direct {
    /// Offers itself to who answers a request, if the answer can go this way.
    pub(super) fn offer<B>(&self, request: &mut Request<B>) {
        if matches!(request.version(), Version::HTTP_10 | Version::HTTP_11) {
            request.extensions_mut().insert(self.clone());
        }
    }

    /// Gives what the connection of a request offers.
    pub(super) fn of(extensions: &Extensions) -> Option<Direct> {
        extensions.get().cloned()
    }

    /// Makes a body out of so many bytes of a file.
    pub(super) fn body(&self, file: File, place: u64, left: u64) -> Body {
        let part = Some(Part { file, place, left });
        Body::new(FileBody { direct: self.clone(), part, left })
    }

    fn parts(&self) -> MutexGuard<'_, VecDeque<Part>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Part {
    fn send(&mut self, most: usize, to: &TcpStream) -> io::Result<usize> {
        let count = usize::try_from(self.left).map_or(most, |left| left.min(most));
        let sent = disk::send(&self.file, self.place, count, to)?;
        self.place += sent as u64;
        self.left -= sent as u64;
        Ok(sent)
    }
}

/// Is a body that gives stand-ins.
struct FileBody {
    direct: Direct,
    part: Option<Part>,
    left: u64,
}

impl HttpBody for FileBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        if let Some(part) = self.part.take() {
            self.direct.parts().push_back(part);
        }
        let count = self.left.min(STAND_IN_BYTES as u64);
        self.left -= count;
        let stand_in = STAND_IN.slice(..usize::try_from(count).unwrap_or(STAND_IN_BYTES));
        Poll::Ready(Some(Ok(Frame::data(stand_in))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

fn is_stand_in(bytes: &[u8]) -> bool {
    STAND_IN.as_ptr_range().contains(&bytes.as_ptr())
}

/// Is a connection that sends files in place of what stands for them.
#[derive(Debug)]
pub(super) struct DirectStream {
    stream: TcpStream,
    direct: Direct,
}

impl DirectStream {
    pub(super) fn new(stream: TcpStream, direct: Direct) -> DirectStream {
        DirectStream { stream, direct }
    }

    /// Waits for the first bytes, and leaves them to who reads.
    pub(super) async fn peek(&self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.peek(buffer).await
    }

    fn poll_send(&mut self, context: &mut Context<'_>, most: usize) -> Poll<io::Result<usize>> {
        let DirectStream { stream, direct } = self;
        loop {
            ready!(stream.poll_write_ready(context))?;
            let mut parts = direct.parts();
            let Some(part) = parts.front_mut() else {
                return Poll::Ready(Err(io::Error::other("nothing is to be sent in its place")));
            };
            match stream.try_io(Interest::WRITABLE, || part.send(most, stream)) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                result => {
                    if part.left == 0 {
                        parts.pop_front();
                    }
                    return Poll::Ready(result);
                }
            }
        }
    }
}

impl AsyncRead for DirectStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for DirectStream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let empty = pieces.iter().take_while(|piece| piece.is_empty()).count();
        let pieces = &pieces[empty..];
        match pieces.first() {
            Some(piece) if is_stand_in(piece) => self.poll_send(context, piece.len()),
            _ => {
                let plain = pieces.iter().take_while(|piece| !is_stand_in(piece)).count();
                Pin::new(&mut self.stream).poll_write_vectored(context, &pieces[..plain])
            }
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
