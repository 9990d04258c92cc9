//! The API of ChartMuseum under `/api`, for `helm cm-push` and for scripts that were written for it.
//!
//! `/api/charts…` is about `library`, `/api/SPACE/charts…` about another space; `/info` tells the version
//! of the server. Answers are those of ChartMuseum; what it answers wrong is answered right.

mod add;
mod path;
mod read;

use axum::body::Body;
use axum::extract::{Path, Query, State as Extract};
use axum::http::{Method, Request, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, get};
use serde_json::{Value, json};

use super::auth::Action;
use super::refusal::{Refusal, Why, challenging};
use super::source::Source;
use super::state::State;
use crate::error::Kind;
use path::Resource;

type Answer = Result<Response, Refusal>;

/// Gives the routes of the API.
pub(super) fn router() -> axum::Router<State> {
    axum::Router::new().route("/info", get(info)).route("/api/{*path}", any(take))
}

/// Tells the version of the server to whoever asks, as its probes do not say who they are.
async fn info() -> Response {
    send(StatusCode::OK, &json!({ "version": env!("CARGO_PKG_VERSION") }))
}

async fn take(
    state: Extract<State>,
    path: Path<String>,
    query: Query<Vec<(String, String)>>,
    request: Request<Body>,
) -> Response {
    let is_head = *request.method() == Method::HEAD;
    let (head, body) = request.into_parts();
    let source = Source::new(body);
    let request = Request::from_parts(head, source.lend());
    let answer = match Resource::parse(&path) {
        Some(resource) => dispatch(&state, resource, &query, request).await,
        None => Err(Refusal::not_found(format!("there is no /api/{}", *path))),
    };
    let response = match answer {
        Ok(response) => response,
        Err(refusal) => {
            let denied = refusal.denied;
            source.drain(challenging(&state, denied, refuse(&state, refusal))).await
        }
    };
    if is_head { response.map(|_| Body::empty()) } else { response }
}

/// Finds who answers.
async fn dispatch(
    state: &State,
    resource: Resource,
    query: &[(String, String)],
    request: Request<Body>,
) -> Answer {
    let method = request.method().clone();
    let who = state.who(request.headers()).await?;
    for action in need(&method, &resource, add::is_forced(query)) {
        match resource.chart() {
            Some(chart) => state.permit(&who, *action, chart)?,
            None => state.permit(&who, *action, resource.space())?,
        }
    }
    match (method.as_str(), resource) {
        ("GET" | "HEAD", Resource::Charts(space)) => read::charts(state, space, query).await,
        ("GET" | "HEAD", Resource::Chart(chart)) => read::chart(state, chart).await,
        ("GET" | "HEAD", Resource::Version(chart, version)) => {
            read::version(state, chart, &version).await
        }
        ("GET" | "HEAD", Resource::Values(chart, version)) => {
            read::values(state, chart, &version).await
        }
        ("GET" | "HEAD", Resource::Templates(chart, version)) => {
            read::templates(state, chart, &version).await
        }
        ("POST", Resource::Charts(space)) => add::chart(state, space, query, request).await,
        ("POST", Resource::Provenance(space)) => {
            add::provenance(state, space, query, request).await
        }
        ("DELETE", Resource::Version(chart, version)) => add::delete(state, chart, &version).await,
        (_, resource) => {
            let text = format!("only {} are answered here", resource.methods());
            Err(Refusal::status(StatusCode::METHOD_NOT_ALLOWED, text))
        }
    }
}

/// Finds the rights that a request needs.
fn need(method: &Method, resource: &Resource, is_forced: bool) -> &'static [Action] {
    match (method.as_str(), resource) {
        ("DELETE", _) => &[Action::Delete],
        ("POST", Resource::Charts(_) | Resource::Provenance(_)) if is_forced => {
            &[Action::Push, Action::Overwrite]
        }
        ("POST", _) => &[Action::Push],
        _ => &[Action::Read],
    }
}

/// Refuses a request: the one place where kinds of errors become statuses here.
pub(super) fn refuse(state: &State, refusal: Refusal) -> Response {
    let refusal = refusal.told(state);
    let status = match refusal.why {
        Why::Status(status) => status,
        Why::Kind(kind) => match kind {
            Kind::Invalid | Kind::Unsupported => StatusCode::BAD_REQUEST,
            Kind::NotFound => StatusCode::NOT_FOUND,
            Kind::Exists => StatusCode::CONFLICT,
            Kind::Denied => StatusCode::FORBIDDEN,
            Kind::Locked => StatusCode::SERVICE_UNAVAILABLE,
            Kind::NoSpace => StatusCode::INSUFFICIENT_STORAGE,
            Kind::Unreachable | Kind::Unauthorized => StatusCode::BAD_GATEWAY,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        },
    };
    send(status, &json!({ "error": refusal.message }))
}

/// Answers with JSON.
fn send(status: StatusCode, body: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}
