//! What happens on a connection, counted without locks.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::http::{Response, Version};
use hyper::body::{Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Answers of at most this size are given to the connection in one piece, and are not followed.
const SMALL_BYTES: u64 = 64 << 10;

/// Counts what happens on a connection. Each value is looked at for itself, so no order is needed.
#[derive(Debug, Default)]
pub(in crate::serve) struct Meter {
    read: AtomicU64,
    written: AtomicU64,
    begun: AtomicU64,
    running: AtomicU32,
    sending: AtomicU32,
    is_blocked: AtomicBool,
    is_multiplexed: AtomicBool,
}

/// Is what a meter shows at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Reading {
    /// How many bytes have come.
    pub(super) read: u64,
    /// How many bytes the client, or the system for it, has taken.
    pub(super) written: u64,
    /// How many requests have begun.
    pub(super) begun: u64,
    /// How many requests are being answered.
    pub(super) running: u32,
    /// How many large answers are on their way.
    pub(super) sending: u32,
    /// Whether the client is waited for to take something.
    pub(super) is_blocked: bool,
    /// Whether more than one request can be on its way, with signs of life between them: HTTP/2.
    pub(super) is_multiplexed: bool,
}

impl Meter {
    pub(super) fn look(&self) -> Reading {
        Reading {
            read: self.read.load(Ordering::Relaxed),
            written: self.written.load(Ordering::Relaxed),
            begun: self.begun.load(Ordering::Relaxed),
            running: self.running.load(Ordering::Relaxed),
            sending: self.sending.load(Ordering::Relaxed),
            is_blocked: self.is_blocked.load(Ordering::Relaxed),
            is_multiplexed: self.is_multiplexed.load(Ordering::Relaxed),
        }
    }

    /// Counts a request until it is answered.
    pub(super) fn begin(self: &Arc<Self>, version: Version) -> Running {
        self.begun.fetch_add(1, Ordering::Relaxed);
        self.running.fetch_add(1, Ordering::Relaxed);
        if version == Version::HTTP_2 {
            self.is_multiplexed.store(true, Ordering::Relaxed);
        }
        Running(self.clone())
    }
}

/// Is a request that is being answered.
pub(super) struct Running(Arc<Meter>);

impl Running {
    /// Counts an answer until it is sent.
    pub(super) fn answered(self, response: Response<Body>) -> Response<Body> {
        let is_small = response.body().size_hint().upper().is_some_and(|size| size <= SMALL_BYTES);
        if is_small {
            return response;
        }
        self.0.sending.fetch_add(1, Ordering::Relaxed);
        let meter = self.0.clone();
        response.map(|body| Body::new(Sent { body, meter }))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Is the body of an answer that is being sent.
struct Sent {
    body: Body,
    meter: Arc<Meter>,
}

impl Drop for Sent {
    fn drop(&mut self) {
        self.meter.sending.fetch_sub(1, Ordering::Relaxed);
    }
}

impl HttpBody for Sent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Is a connection on which bytes are counted.
pub(in crate::serve) struct Metered<S> {
    stream: S,
    meter: Arc<Meter>,
}

impl<S> Metered<S> {
    pub(in crate::serve) fn new(stream: S, meter: Arc<Meter>) -> Metered<S> {
        Metered { stream, meter }
    }

    fn written(&self, result: &Poll<io::Result<usize>>) {
        if let Poll::Ready(Ok(size)) = result {
            self.meter.written.fetch_add(*size as u64, Ordering::Relaxed);
        }
        self.meter.is_blocked.store(result.is_pending(), Ordering::Relaxed);
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Metered<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let result = Pin::new(&mut self.stream).poll_read(context, buffer);
        let size = buffer.filled().len().saturating_sub(before);
        self.meter.read.fetch_add(size as u64, Ordering::Relaxed);
        result
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Metered<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.written(&result);
        result
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write_vectored(context, pieces);
        self.written(&result);
        result
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.stream).poll_flush(context);
        // TLS takes more than the client has room for, and then waits here.
        self.meter.is_blocked.store(result.is_pending(), Ordering::Relaxed);
        result
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.stream).poll_shutdown(context);
        self.meter.is_blocked.store(result.is_pending(), Ordering::Relaxed);
        result
    }
}
