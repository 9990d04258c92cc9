//! The classic chart repository: an `index.yaml`, and archives beside it, for every space.
//!
//! `/index.yaml` and `/charts/…` are those of `library`, `/SPACE/index.yaml` and `/SPACE/charts/…`
//! those of another space. A server may be told to have the charts of all spaces at the root. What
//! stands in an index, and which file is meant by it, is decided by `ops`.

mod answer;
mod file;
mod indexes;

use axum::body::Body;
use axum::extract::{Path, State as Extract};
use axum::http::{Method, Request, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;

pub(super) use indexes::Indexes;

use super::auth::{Action, Who};
use super::refusal::{Refusal, Why, challenging};
use super::sending::Wish;
use super::source::Source;
use super::state::State;
use crate::error::Kind;
use crate::name::SpaceName;
use crate::ops::index::Scope;

/// Gives the route of all paths that no other door has.
pub(super) fn router() -> axum::Router<State> {
    axum::Router::new().route("/{*path}", any(take))
}

/// Says what a path names, in a space or, without one, at the root.
#[derive(Debug, PartialEq, Eq)]
enum Resource<'a> {
    Index(Option<&'a str>),
    File(Option<&'a str>, &'a str),
}

impl<'a> Resource<'a> {
    fn parse(path: &'a str) -> Option<Resource<'a>> {
        let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
        if file == "index.yaml" {
            return Some(Resource::Index(path.contains('/').then_some(folder)));
        }
        match folder.strip_suffix("charts")? {
            "" => Some(Resource::File(None, file)),
            space => Some(Resource::File(Some(space.strip_suffix('/')?), file)),
        }
    }
}

async fn take(state: Extract<State>, path: Path<String>, request: Request<Body>) -> Response {
    let (head, body) = request.into_parts();
    let wish = Wish { method: head.method, headers: head.headers };
    match answer(&state, &path, &wish).await {
        Ok(response) => response,
        Err(refusal) => {
            let denied = refusal.denied;
            let response = challenging(&state, denied, refuse(&state, refusal));
            Source::new(body).drain(response).await
        }
    }
}

async fn answer(state: &State, path: &str, wish: &Wish) -> Result<Response, Refusal> {
    let unknown = || Refusal::not_found(format!("there is no /{path}"));
    let resource = Resource::parse(path).ok_or_else(unknown)?;
    if !matches!(wish.method, Method::GET | Method::HEAD) {
        let text = "only GET and HEAD are answered here";
        return Err(Refusal::status(StatusCode::METHOD_NOT_ALLOWED, text));
    }
    let (Resource::Index(space) | Resource::File(space, _)) = resource;
    let scope = match space.map(SpaceName::parse) {
        Some(space) => Scope::Space(space.map_err(|_| unknown())?),
        None if state.serves_all_at_root() => Scope::Everything,
        None => Scope::Space(SpaceName::library()),
    };
    let who = state.who(&wish.headers).await?;
    permit(state, &who, &scope).await?;
    let response = match resource {
        Resource::Index(_) => {
            let index = state.indexes().get(state, &scope).await?.ok_or_else(unknown)?;
            answer::index(state, index, wish).await?
        }
        Resource::File(_, file) => file::send(state, wish, &scope, file).await?,
    };
    if scope == Scope::Everything {
        // A space may have come since, and what is in it is in the answer.
        permit(state, &who, &scope).await?;
    }
    Ok(response)
}

/// Tells whether somebody may read: what is of all spaces only who may read each of them.
async fn permit(state: &State, who: &Who, scope: &Scope) -> Result<(), Refusal> {
    let spaces = match scope {
        Scope::Space(space) => vec![space.clone()],
        Scope::Everything => state.read(|store| Scope::Everything.spaces(store)).await??,
    };
    for space in &spaces {
        state.permit(who, Action::Read, space)?;
    }
    Ok(())
}

/// Refuses a request in plain words: the one place where kinds of errors become statuses here.
pub(super) fn refuse(state: &State, refusal: Refusal) -> Response {
    let refusal = refusal.told(state);
    let status = match refusal.why {
        Why::Status(status) => status,
        Why::Kind(kind) => match kind {
            Kind::NotFound => StatusCode::NOT_FOUND,
            Kind::Invalid | Kind::Unsupported => StatusCode::BAD_REQUEST,
            Kind::Locked => StatusCode::SERVICE_UNAVAILABLE,
            Kind::NoSpace => StatusCode::INSUFFICIENT_STORAGE,
            Kind::Unreachable | Kind::Unauthorized => StatusCode::BAD_GATEWAY,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        },
    };
    let mut response = (status, refusal.message + "\n").into_response();
    if status == StatusCode::METHOD_NOT_ALLOWED {
        let methods = header::HeaderValue::from_static("GET, HEAD");
        response.headers_mut().insert(header::ALLOW, methods);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_a_space_and_a_file() {
        for (path, expected) in [
            ("index.yaml", Some(Resource::Index(None))),
            ("a/index.yaml", Some(Resource::Index(Some("a")))),
            ("a/b/index.yaml", Some(Resource::Index(Some("a/b")))),
            ("charts/index.yaml", Some(Resource::Index(Some("charts")))),
            ("/index.yaml", Some(Resource::Index(Some("")))),
            ("charts/x.tgz", Some(Resource::File(None, "x.tgz"))),
            ("a/charts/x.tgz", Some(Resource::File(Some("a"), "x.tgz"))),
            ("a/b/charts/x.tgz", Some(Resource::File(Some("a/b"), "x.tgz"))),
            ("charts/charts/x.tgz", Some(Resource::File(Some("charts"), "x.tgz"))),
            ("acharts/x.tgz", None),
            ("x.tgz", None),
            ("a/x.tgz", None),
        ] {
            assert_eq!(Resource::parse(path), expected, "{path}");
        }
    }
}
