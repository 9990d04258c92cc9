//! Saying that there is too much of something, in the words of the door that was asked.

use std::time::Duration;

use axum::body::Body;
use axum::extract::State as Extract;
use axum::http::{HeaderValue, Request, StatusCode, header};
use axum::response::Response;

use super::gate::Reason;
use crate::serve::door::Door;
use crate::serve::health;
use crate::serve::source::Source;
use crate::serve::state::State;

/// How long a client should wait before it connects again.
const RECONNECT: Duration = Duration::from_secs(5);

/// Refuses a request, and says in whole seconds how long to wait with the next.
pub(super) async fn refuse(
    state: &State,
    request: Request<Body>,
    status: StatusCode,
    text: &str,
    wait: Duration,
) -> Response {
    let (head, body) = request.into_parts();
    let mut response = Door::of(head.uri.path()).refuse(state, status, text);
    let seconds = (wait.as_millis().div_ceil(1000)).max(1);
    let seconds = HeaderValue::from(u64::try_from(seconds).unwrap_or(u64::MAX));
    response.headers_mut().insert(header::RETRY_AFTER, seconds);
    Source::new(body).drain(response).await
}

/// Answers on a connection that is one too many; only that the server lives is told all the same.
pub(in crate::serve) fn busy(state: State, reason: Reason) -> axum::Router {
    let (status, text) = match reason {
        Reason::Full => (StatusCode::SERVICE_UNAVAILABLE, "all connections are in use"),
        Reason::Share => (StatusCode::TOO_MANY_REQUESTS, "too many connections are open from here"),
    };
    let answer = move |state: Extract<State>, request: Request<Body>| async move {
        let mut response = refuse(&state, request, status, text, RECONNECT).await;
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(header::CONNECTION, close);
        response
    };
    health::router().fallback(answer).with_state(state)
}
