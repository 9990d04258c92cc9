//! Which requests are answered where clients may only ask so often.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{Request, StatusCode, header};
use axum::response::Response;

use super::rates::{Key, Rates};
use super::{neighbourhood, refuse};
use crate::serve::forwarded::Forwarded;
use crate::serve::state::State;

/// What is answered however often it is asked: who asks it decides whether the server lives.
const PROBES: [&str; 2] = ["/health", "/ready"];

/// Counts requests, and refuses those that are too many.
///
/// A user is counted by name, wherever he asks from, and everybody else by address. Passwords and
/// tokens that are wrong are counted apart from that: an address that has tried too many is heard
/// no more with any, right or wrong, or guessing would go on.
#[derive(Clone)]
pub(in crate::serve) struct Admission {
    state: State,
    rates: Arc<Rates>,
}

impl Admission {
    /// Begins to count; none if that is not wanted.
    pub(in crate::serve) fn new(state: &State) -> Option<Admission> {
        let rate = state.settings().limits.requests?;
        Some(Admission { state: state.clone(), rates: Arc::new(Rates::new(rate)) })
    }

    /// Gives a request back that is to be answered; else the answer that it is one too many.
    pub(super) async fn admit(&self, request: Request<Body>) -> Result<Request<Body>, Response> {
        if PROBES.contains(&request.uri().path()) {
            return Ok(request);
        }
        let (head, body) = request.into_parts();
        let counted = self.count(&head).await;
        let request = Request::from_parts(head, body);
        match counted {
            Ok(()) => Ok(request),
            Err(wait) => {
                let (status, text) = (StatusCode::TOO_MANY_REQUESTS, "too many requests have come");
                Err(refuse::refuse(&self.state, request, status, text, wait).await)
            }
        }
    }

    async fn count(&self, head: &Parts) -> Result<(), Duration> {
        let address = head.extensions.get().map(|from: &Forwarded| from.client);
        let address = neighbourhood(address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)));
        let guesses = Key::Guesses(address);
        if head.headers.contains_key(header::AUTHORIZATION) {
            self.rates.look(&guesses, Instant::now())?;
        }
        let key = match self.state.who(&head.headers).await {
            Ok(who) => who.name().map_or(Key::Client(address), |name| Key::User(name.into())),
            Err(_) => guesses,
        };
        self.rates.take(key, Instant::now())
    }
}
