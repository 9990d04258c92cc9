//! Bodies that must come at a least rate.

use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use axum::body::{Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use tokio::time::{Sleep, sleep_until};

use super::window::Window;

/// Says that a body has come too slowly.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the body comes too slowly")]
struct TooSlow;

/// Tells whether a body could not be read because it came too slowly.
pub(in crate::serve) fn is_too_slow(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<TooSlow>() {
            return true;
        }
        cause = error.source();
    }
    false
}

/// Is a body that fails when it comes too slowly, and from then on.
pub(super) struct Paced<B> {
    body: B,
    window: Window,
    /// Since when the client is waited for.
    since: Option<Instant>,
    /// Rings when the window may be over; never later than that.
    timer: Option<Pin<Box<Sleep>>>,
    is_lost: bool,
}

impl<B> Paced<B> {
    pub(super) fn new(body: B, window: Window) -> Paced<B> {
        Paced { body, window, since: None, timer: None, is_lost: false }
    }

    /// Counts what has come, and the time that it was waited for.
    fn come(&mut self, size: usize) {
        self.window.count(size as u64);
        if let Some(since) = self.since.take() {
            // Where that is too little, the next wait ends at once.
            self.window.wait(since.elapsed());
        }
    }

    /// Waits until the client has been waited for too long.
    fn poll_waiting(&mut self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            let now = Instant::now();
            let since = *self.since.get_or_insert(now);
            let end = since + self.window.left();
            let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(end.into())));
            if now < end {
                ready!(timer.as_mut().poll(context));
                timer.as_mut().reset(end.into());
                continue;
            }
            if !self.window.wait(now - since) {
                return Poll::Ready(());
            }
            self.since = Some(now);
            timer.as_mut().reset((now + self.window.left()).into());
        }
    }
}

impl<B> HttpBody for Paced<B>
where
    B: HttpBody<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Unpin,
{
    type Data = Bytes;
    type Error = Box<dyn Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if !self.is_lost {
            if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
                let data = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref());
                let size = data.map_or(0, Bytes::len);
                self.come(size);
                return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
            }
            ready!(self.poll_waiting(context));
            self.is_lost = true;
        }
        Poll::Ready(Some(Err(TooSlow.into())))
    }

    fn is_end_stream(&self) -> bool {
        !self.is_lost && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slowness_is_known_below_other_errors() {
        let error = axum::Error::new(axum::Error::new(TooSlow));
        assert!(is_too_slow(&error));
        assert!(!is_too_slow(&axum::Error::new(std::fmt::Error)));
    }
}
