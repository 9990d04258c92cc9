//! The store of a server that is a registry elsewhere: walks are begun when they are due, and answers say
//! how old they are. How the registry is read is left to `upstream`.

mod walks;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State as Extract};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use tokio::time::sleep;

use super::auth::TOKENS;
use super::door::Door;
use super::source::Source;
use super::state::State;
use crate::upstream::{Condition, Place, Upstream};
use walks::Walks;

/// How long a walk may take for those who have something to be answered by to wait for it.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long after a walk that has found nothing it is looked at whether it is time for the first one.
const AGAIN: Duration = Duration::from_secs(1);

/// Is a registry that is served.
pub(super) struct Adapter {
    upstream: Arc<Upstream>,
    walks: Walks,
}

impl Adapter {
    pub(super) fn new(upstream: Arc<Upstream>) -> Adapter {
        Adapter { upstream, walks: Walks::new() }
    }

    /// Gives where the charts are.
    pub(super) fn place(&self) -> &Place {
        self.upstream.place()
    }

    /// Tells how things stand with the registry.
    pub(super) fn condition(&self) -> Condition {
        self.upstream.condition()
    }

    /// Begins a walk if it is time for one, and waits for it: as long as it takes where there is nothing
    /// yet to answer by, and not at all where the registry was away when it was last asked.
    pub(super) async fn freshen(&self, state: &State) -> Condition {
        let Condition { age, failure, .. } = self.condition();
        let patience = match failure {
            Some(_) => Duration::ZERO,
            None => PATIENCE,
        };
        let patience = age.map(|_| patience);
        self.walks.wait(state, &self.upstream, patience).await;
        self.condition()
    }
}

/// Walks before anybody asks, until something is known: who is not ready is sent no requests.
pub(super) async fn begin(state: State) {
    let Some(adapter) = state.adapter() else { return };
    while adapter.freshen(&state).await.age.is_none() {
        sleep(AGAIN).await;
    }
}

/// Puts what looks after the registry before the doors, where there is one.
pub(super) fn guard(doors: axum::Router<State>, state: &State) -> axum::Router<State> {
    match state.adapter() {
        Some(_) => doors.layer(from_fn_with_state(state.clone(), pass)),
        None => doors,
    }
}

async fn pass(state: Extract<State>, request: Request, next: Next) -> Response {
    let Some(adapter) = state.adapter() else { return next.run(request).await };
    if writes(&request) {
        return refuse(&state, adapter, request).await;
    }
    let condition = adapter.freshen(&state).await;
    let mut response = match condition.age {
        Some(_) => next.run(request).await,
        None => unreachable(&state, request.uri().path()),
    };
    if response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED {
        describe(response.headers_mut(), &condition);
    }
    response
}

/// Tells whether a request would write, if anything could be written here. A token is asked for by POST.
fn writes(request: &Request) -> bool {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    !is_read && request.uri().path() != TOKENS
}

async fn refuse(state: &State, adapter: &Adapter, request: Request) -> Response {
    let place = adapter.place();
    let text = format!("nothing is written here: push to the registry, {place}");
    let status = StatusCode::METHOD_NOT_ALLOWED;
    let mut response = Door::of(request.uri().path()).refuse(state, status, &text);
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
    Source::new(request.into_body()).drain(response).await
}

fn unreachable(state: &State, path: &str) -> Response {
    let text = "the registry behind this server does not answer";
    let mut response = Door::of(path).refuse(state, StatusCode::BAD_GATEWAY, text);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    response
}

/// Says in an answer what may be wrong with it (RFC 7234, section 5.5). Which repositories are left out
/// is told to who runs the server alone: not everybody may know their names.
fn describe(headers: &mut HeaderMap, condition: &Condition) {
    let mut warn = |text: String| {
        let value = HeaderValue::from_str(&text).expect("it is ASCII without control characters");
        headers.append(header::WARNING, value);
    };
    if condition.failure.is_some() {
        warn("110 hreg \"Response is Stale\"".to_owned());
    }
    match condition.left_out.len() {
        0 => {}
        1 => warn("199 hreg \"1 repository is not wholly served\"".to_owned()),
        count => warn(format!("199 hreg \"{count} repositories are not wholly served\"")),
    }
}
