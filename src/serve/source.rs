//! The body of a request, which can still be read after it was given away.
//!
//! A client that is still sending does not hear an answer. So where a request is refused, the rest of
//! its body is let pass, and the connection can be used again.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use hyper::body::{Frame, SizeHint};
use tokio::time::timeout;

/// How much of a body that is of no use any more is let pass, and for how long.
const DRAINED_BYTES: usize = 16 << 20;
const DRAINED_FOR: Duration = Duration::from_secs(5);

/// Is a body that is lent to who reads it.
#[derive(Clone)]
pub(super) struct Source(Arc<Mutex<Body>>);

impl Source {
    pub(super) fn new(body: Body) -> Source {
        Source(Arc::new(Mutex::new(body)))
    }

    /// Gives the body to who reads it.
    pub(super) fn lend(&self) -> Body {
        Body::new(Lent(self.clone()))
    }

    /// Lets the rest of the body pass before a refusal is sent; a connection on which there is too
    /// much of it ends with the answer.
    pub(super) async fn drain(&self, mut refusal: Response) -> Response {
        let mut room = DRAINED_BYTES;
        let mut rest = self.lend();
        let drained = async {
            loop {
                let frame = std::future::poll_fn(|context| Pin::new(&mut rest).poll_frame(context));
                let size = match frame.await {
                    None => return true,
                    Some(Err(_)) => return false,
                    Some(Ok(frame)) => frame.data_ref().map_or(0, Bytes::len),
                };
                match room.checked_sub(size) {
                    Some(left) => room = left,
                    None => return false,
                }
            }
        };
        if !timeout(DRAINED_FOR, drained).await.unwrap_or(false) {
            let close = HeaderValue::from_static("close");
            refusal.headers_mut().insert(header::CONNECTION, close);
        }
        refusal
    }

    fn body(&self) -> MutexGuard<'_, Body> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Is a body that somebody else can go on with.
struct Lent(Source);

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut *self.0.body()).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.0.body().is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.body().size_hint()
    }
}
