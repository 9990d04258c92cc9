//! The OCI distribution API: specification 1.1, and what its main branch adds.
//!
//! A path names a resource ([`path`]), a method says what to do with it, and each kind of resource
//! has a file. Refusals are those of the specification ([`refusal`]). What a manifest is, and which
//! names it may have, is decided by `ops` and `store`.

mod answers;
mod blobs;
mod call;
mod catalog;
mod delete;
mod head;
mod manifests;
mod memory;
mod mount;
mod need;
mod page;
mod path;
mod receiving;
mod recent;
mod referrers;
mod refusal;
mod tags;
mod token;
mod uploads;

use axum::body::Body;
use axum::extract::{Path, Query, State as Extract};
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;

pub(super) use answers::at_once;
pub(super) use memory::Memory;

use super::auth::Denied;
use super::direct::Direct;
use super::origin::Origin;
use super::state::State;
use call::Call;
use head::Head;
use path::Resource;
use refusal::{Code, Refusal};

type Answer = Result<Response, Refusal>;

/// Gives the routes of the API.
pub(super) fn router() -> axum::Router<State> {
    axum::Router::new()
        .route("/v2", any(base))
        .route("/v2/", any(base))
        .route("/v2/{*path}", any(named))
}

async fn base(state: Extract<State>, request: Request<Body>) -> Response {
    answer(state.0, Ok(Resource::Base), Vec::new(), request).await
}

async fn named(
    state: Extract<State>,
    path: Path<String>,
    query: Query<Vec<(String, String)>>,
    request: Request<Body>,
) -> Response {
    answer(state.0, Resource::parse(&path), query.0, request).await
}

/// Answers a request, or says why not.
async fn answer(
    state: State,
    resource: Result<Resource, Refusal>,
    query: Vec<(String, String)>,
    request: Request<Body>,
) -> Response {
    let (head, body) = request.into_parts();
    let who = state.who(&head.headers).await;
    let known = who.clone().unwrap_or_default();
    let scope = scope(&state, &head.method, &resource, &query);
    let direct = Direct::of(&head.extensions);
    let mut call = Call::new(state.clone(), known, query, head.headers, body, direct);
    let answer = match (who, resource) {
        (Ok(_), Ok(resource)) => dispatch(&mut call, &head.method, resource).await,
        (Err(denied), _) => Err(denied.into()),
        (_, Err(refusal)) => Err(refusal),
    };
    let response = match answer {
        Ok(response) => response,
        Err(refusal) => {
            let denied = refusal.denied;
            let mut response = refusal.into_response(&state);
            let origin = Origin::of(&state, &head.uri, call.headers(), &head.extensions);
            challenge(&state, origin.as_ref(), denied, scope.as_deref(), &mut response);
            if !receiving::drain(&mut call).await {
                let close = HeaderValue::from_static("close");
                response.headers_mut().insert(header::CONNECTION, close);
            }
            response
        }
    };
    versioned(response)
}

/// Refuses a request of which there are too many.
pub(super) fn refuse(state: &State, status: StatusCode, text: &str) -> Response {
    let code = match status {
        StatusCode::TOO_MANY_REQUESTS => Code::TooManyRequests,
        _ => Code::Unavailable,
    };
    versioned(Refusal::new(status, code, text).into_response(state))
}

fn versioned(mut response: Response) -> Response {
    response.headers_mut().extend(HeaderMap::from(Head::new().of_this_api()));
    response
}

/// Finds what a token must be good for, where tokens are taken.
fn scope(
    state: &State,
    method: &Method,
    resource: &Result<Resource, Refusal>,
    query: &[(String, String)],
) -> Option<String> {
    let resource = resource.as_ref().ok().filter(|_| state.auth().takes_tokens())?;
    let from = query.iter().find(|(name, _)| name == "from");
    need::scope(method, resource, from.map(|(_, value)| value.as_str()))
}

/// Says by what a client that was denied something can make itself known.
fn challenge(
    state: &State,
    origin: Option<&Origin>,
    denied: Option<Denied>,
    scope: Option<&str>,
    response: &mut Response,
) {
    let Some(denied) = denied else { return };
    for challenge in state.auth().challenges(denied, origin, scope) {
        response.headers_mut().append(header::WWW_AUTHENTICATE, challenge);
    }
}

/// Finds who answers: the only place where a method and a resource come together.
async fn dispatch(call: &mut Call, method: &Method, resource: Resource) -> Answer {
    need::check(call, method, &resource)?;
    match (method.as_str(), resource) {
        ("GET" | "HEAD", Resource::Base) => Ok(StatusCode::OK.into_response()),
        ("GET" | "POST", Resource::Token) => token::give(call, method).await,
        ("GET", Resource::Catalog) => catalog::list(call).await,
        ("GET", Resource::Tags(name)) => tags::list(call, name).await,
        ("GET", Resource::Referrers(name, digest)) => referrers::list(call, name, &digest).await,
        ("GET", Resource::Manifest(name, reference)) => {
            manifests::get(call, name, &reference, false).await
        }
        ("HEAD", Resource::Manifest(name, reference)) => {
            manifests::get(call, name, &reference, true).await
        }
        ("PUT", Resource::Manifest(name, reference)) => {
            manifests::put(call, name, &reference).await
        }
        ("DELETE", Resource::Manifest(name, reference)) => {
            delete::manifest(call, name, &reference).await
        }
        ("GET", Resource::Blob(name, digest)) => blobs::get(call, name, &digest, false).await,
        ("HEAD", Resource::Blob(name, digest)) => blobs::get(call, name, &digest, true).await,
        ("DELETE", Resource::Blob(name, digest)) => delete::blob(call, name, &digest).await,
        ("POST", Resource::Uploads(name)) => uploads::begin(call, name).await,
        ("GET", Resource::Upload(name, id)) => uploads::status(call, name, &id).await,
        ("PATCH", Resource::Upload(name, id)) => uploads::add(call, name, &id).await,
        ("PUT", Resource::Upload(name, id)) => uploads::end(call, name, &id).await,
        ("DELETE", Resource::Upload(name, id)) => uploads::cancel(call, name, &id).await,
        (_, resource) => Err(Refusal::method(resource.methods())),
    }
}
