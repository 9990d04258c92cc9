//! Bodies whose bytes are counted, and the request that they belong to.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use axum::body::{Body, Bytes, HttpBody};
use axum::http::{Request, StatusCode};
use hyper::body::{Frame, Incoming, SizeHint};

use crate::serve::door::Door;
use crate::serve::logs::{Event, Notes};
use crate::serve::metrics::Asked;
use crate::serve::state::State;

/// Is a request from its head to the end of its answer; it is counted when it is dropped, however it
/// ends.
pub(super) struct Seen {
    state: State,
    begun: Instant,
    asked: Asked,
    status: Option<StatusCode>,
    sent: u64,
    notes: Option<Arc<Notes>>,
}

impl Seen {
    pub(super) fn begin<B>(state: &State, request: &Request<B>, notes: Option<Arc<Notes>>) -> Seen {
        let asked = Asked::of(request.method(), request.uri().path());
        state.metrics().requests.begun();
        let (state, begun) = (state.clone(), Instant::now());
        Seen { state, begun, asked, status: None, sent: 0, notes }
    }

    pub(super) fn answered(&mut self, status: StatusCode) {
        self.status = Some(status);
    }

    pub(super) fn notes(&self) -> Option<&Notes> {
        self.notes.as_deref()
    }
}

impl Drop for Seen {
    fn drop(&mut self) {
        let duration = self.begun.elapsed();
        self.state.metrics().requests.ended(self.asked, self.status, duration, self.sent);
        if let Some(notes) = &self.notes {
            let access = notes.record(self.status, self.sent, duration);
            self.state.observer().tell(Event::Request(Box::new(access)));
        }
    }
}

/// Is the body of an answer.
pub(in crate::serve) struct Answer {
    body: Body,
    seen: Option<Seen>,
}

impl Answer {
    pub(super) fn new(body: Body, seen: Option<Seen>) -> Answer {
        Answer { body, seen }
    }
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if let Some(seen) = &mut self.seen {
            seen.sent += bytes_in(&frame);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Is the body of a request.
pub(in crate::serve) struct Received {
    body: Incoming,
    /// What counts its bytes; nothing where none will come.
    counting: Option<(State, Door, Option<Arc<Notes>>)>,
}

impl Received {
    pub(super) fn new(body: Incoming, seen: &Seen) -> Received {
        let counting = (!body.is_end_stream())
            .then(|| (seen.state.clone(), seen.asked.door, seen.notes.clone()));
        Received { body, counting }
    }
}

impl HttpBody for Received {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if let Some((state, door, notes)) = &self.counting {
            let bytes = bytes_in(&frame);
            state.metrics().requests.received(*door, bytes);
            notes.iter().for_each(|notes| notes.received(bytes));
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

fn bytes_in<E>(frame: &Option<Result<Frame<Bytes>, E>>) -> u64 {
    let data = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref());
    data.map_or(0, |bytes| bytes.len() as u64)
}
