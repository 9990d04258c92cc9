//! The API of spaces, charts and versions under `/api/v1`, for clients of the registry that hreg
//! descends from.
//!
//! [`routes`] is the table that both the router and the OpenAPI document are made of. Which status
//! and which reason an error has is decided here, in one match.

mod apidocs;
mod call;
mod charts;
mod manifests;
mod need;
mod page;
mod routes;
mod spaces;
mod versions;

use std::collections::HashMap;

use axum::body::Body;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State as Extract};
use axum::http::{Method, Request, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, get};
use serde_json::{Value, json};

use super::refusal::{Refusal, Why, challenging};
use super::source::Source;
use super::state::State;
use crate::error::Kind;
use call::Call;
use routes::ROUTES;

/// What stands before all paths of the API.
const PREFIX: &str = "/api/v1";

type Answer = Result<Response, Refusal>;

/// Gives the routes of the API.
pub(super) fn router() -> axum::Router<State> {
    let mut router = axum::Router::new().route("/apidocs.json", get(apidocs::serve));
    for path in routes::paths() {
        let take = move |state: Extract<State>,
                         names: Result<Path<HashMap<String, String>>, PathRejection>,
                         query: Result<Query<Vec<(String, String)>>, QueryRejection>,
                         request: Request<Body>| {
            take(path, state.0, names, query, request)
        };
        router = router.route(&format!("{PREFIX}{path}"), any(take));
    }
    router
}

async fn take(
    path: &'static str,
    state: State,
    names: Result<Path<HashMap<String, String>>, PathRejection>,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
    request: Request<Body>,
) -> Response {
    let is_head = *request.method() == Method::HEAD;
    let (head, body) = request.into_parts();
    let source = Source::new(body);
    let request = Request::from_parts(head, source.lend());
    let answer = match (state.who(request.headers()).await, names, query) {
        (Ok(who), Ok(names), Ok(query)) => {
            dispatch(path, Call::new(state.clone(), who, names.0, query.0, request)).await
        }
        (Err(denied), ..) => Err(denied.into()),
        (_, Err(error), _) => Err(Refusal::invalid(error.body_text())),
        (.., Err(error)) => Err(Refusal::invalid(error.body_text())),
    };
    let response = match answer {
        Ok(response) => response,
        Err(refusal) => {
            let denied = refusal.denied;
            source.drain(challenging(&state, denied, refuse(&state, refusal))).await
        }
    };
    if is_head { without_body(response) } else { response }
}

/// Finds who answers.
async fn dispatch(path: &str, call: Call) -> Answer {
    let mut method = call.method().as_str().to_owned();
    if method == "HEAD" {
        "GET".clone_into(&mut method);
    }
    let here = || ROUTES.iter().filter(|route| route.path == path);
    match here().find(|route| route.method == method) {
        Some(route) => {
            need::check(&call, route)?;
            (route.handler)(call).await
        }
        None => {
            let methods: Vec<&str> = here().map(|route| route.method).collect();
            let text = format!("only {} are answered here", methods.join(", "));
            Err(Refusal::status(StatusCode::METHOD_NOT_ALLOWED, text))
        }
    }
}

/// Refuses a request: the one place where kinds of errors become statuses and reasons here.
pub(super) fn refuse(state: &State, refusal: Refusal) -> Response {
    const REQUEST: &str = "ReasonRequest";
    const INTERNAL: &str = "ReasonInternal";
    let refusal = refusal.told(state);
    let (status, reason) = match refusal.why {
        Why::Status(status) => (status, REQUEST),
        Why::Kind(kind) => match kind {
            Kind::Invalid | Kind::Unsupported => (StatusCode::BAD_REQUEST, REQUEST),
            Kind::NotFound => (StatusCode::NOT_FOUND, INTERNAL),
            Kind::Exists => (StatusCode::CONFLICT, INTERNAL),
            Kind::Denied => (StatusCode::FORBIDDEN, REQUEST),
            Kind::Locked => (StatusCode::LOCKED, "ResourceLocking"),
            Kind::NoSpace => (StatusCode::INSUFFICIENT_STORAGE, INTERNAL),
            Kind::Unreachable | Kind::Unauthorized => (StatusCode::BAD_GATEWAY, INTERNAL),
            _ => (StatusCode::INTERNAL_SERVER_ERROR, INTERNAL),
        },
    };
    send(status, &json!({ "message": refusal.message, "reason": reason }))
}

/// Answers with JSON.
fn send(status: StatusCode, body: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

/// Leaves away the body of an answer, but not its length.
fn without_body(response: Response) -> Response {
    use axum::body::HttpBody as _;
    let (mut head, body) = response.into_parts();
    if let Some(length) = body.size_hint().exact() {
        head.headers.entry(header::CONTENT_LENGTH).or_insert(length.into());
    }
    Response::from_parts(head, Body::empty())
}
