//! The service that stands around all doors.

use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Request, Response};
use hyper::body::Incoming;
use hyper::service::Service;
use pin_project_lite::pin_project;
use tokio::task::futures::TaskLocalFuture;

use super::answer::{Answer, Received, Seen};
use crate::serve::forwarded::Forwarded;
use crate::serve::logs::{self, Notes};
use crate::serve::state::State;

/// The header by which a client can name a request to who runs the server.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Looks at the requests of one connection.
pub(in crate::serve) struct Observed<S> {
    doors: S,
    state: State,
    peer: IpAddr,
}

impl<S> Observed<S> {
    /// Stands around what answers requests that come from `peer`.
    pub(in crate::serve) fn new(doors: S, state: State, peer: IpAddr) -> Observed<S> {
        Observed { doors, state, peer }
    }

    fn notes(&self, request: &Request<Incoming>) -> Option<Arc<Notes>> {
        let name = self.state.observer().name()?;
        let proxies = &self.state.settings().proxies;
        let client = Forwarded::read(proxies, self.peer, request.headers()).client;
        Some(Arc::new(Notes::of(request, name, client)))
    }
}

impl<S> Service<Request<Incoming>> for Observed<S>
where
    S: Service<Request<Received>, Response = Response<Body>, Error = Infallible>,
{
    type Response = Response<Answer>;
    type Error = Infallible;
    type Future = Answering<S::Future>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let notes = self.notes(&request);
        let seen = Seen::begin(&self.state, &request, notes.clone());
        let request = request.map(|body| Received::new(body, &seen));
        let answering = self.doors.call(request);
        let answering = match notes {
            Some(notes) => Doors::Noted { answering: logs::noted(notes, answering) },
            None => Doors::Plain { answering },
        };
        Answering { answering, seen: Some(seen) }
    }
}

pin_project! {
    /// Is a request that is being answered.
    pub(in crate::serve) struct Answering<F> {
        #[pin]
        answering: Doors<F>,
        seen: Option<Seen>,
    }
}

pin_project! {
    #[project = Asked]
    enum Doors<F> {
        Plain { #[pin] answering: F },
        Noted { #[pin] answering: TaskLocalFuture<Arc<Notes>, F> },
    }
}

impl<F> Future for Answering<F>
where
    F: Future<Output = Result<Response<Body>, Infallible>>,
{
    type Output = Result<Response<Answer>, Infallible>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut response = match this.answering.project() {
            Asked::Plain { answering } => ready!(answering.poll(context))?,
            Asked::Noted { answering } => ready!(answering.poll(context))?,
        };
        let mut seen = this.seen.take();
        if let Some(seen) = &mut seen {
            seen.answered(response.status());
            let name = seen.notes().and_then(|notes| HeaderValue::from_str(notes.request()).ok());
            if let Some(name) = name {
                response.headers_mut().insert(REQUEST_ID, name);
            }
        }
        Poll::Ready(Ok(response.map(|body| Answer::new(body, seen))))
    }
}
