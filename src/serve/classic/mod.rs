//! The classic chart repository: an `index.yaml`, and archives beside it, for every space.
//!
//! `/index.yaml` and `/charts/…` are those of `library`, `/SPACE/index.yaml` and `/SPACE/charts/…`
//! those of another space. What stands in an index is made by `ops`.

mod answer;
mod file;
mod indexes;

use axum::body::Body;
use axum::extract::{Path, State as Extract};
use axum::http::{Method, Request, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;

pub(super) use indexes::Indexes;

use super::auth::Action;
use super::refusal::{Refusal, Why, challenging};
use super::sending::Wish;
use super::source::Source;
use super::state::State;
use crate::error::Kind;
use crate::name::SpaceName;

/// Gives the route of all paths that no other door has.
pub(super) fn router() -> axum::Router<State> {
    axum::Router::new().route("/{*path}", any(take))
}

/// Says what a path names.
#[derive(Debug, PartialEq, Eq)]
enum Resource<'a> {
    Index(&'a str),
    File(&'a str, &'a str),
}

impl<'a> Resource<'a> {
    fn parse(path: &'a str) -> Option<Resource<'a>> {
        let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
        if file == "index.yaml" {
            let space = if path.contains('/') { folder } else { SpaceName::DEFAULT };
            return Some(Resource::Index(space));
        }
        match folder.strip_suffix("charts")? {
            "" => Some(Resource::File(SpaceName::DEFAULT, file)),
            space => Some(Resource::File(space.strip_suffix('/')?, file)),
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
    let space = SpaceName::parse(space).map_err(|_| unknown())?;
    let who = state.who(&wish.headers).await?;
    state.permit(&who, Action::Read, &space)?;
    match resource {
        Resource::Index(_) => {
            let index = state.indexes().get(state, &space).await?.ok_or_else(unknown)?;
            answer::index(state, index, wish).await
        }
        Resource::File(_, file) => file::send(state, wish, space, file).await,
    }
}

/// Refuses a request in plain words: the one place where kinds of errors become statuses here.
pub(super) fn refuse(state: &State, refusal: Refusal) -> Response {
    refusal.report(state);
    let status = match refusal.why {
        Why::Status(status) => status,
        Why::Kind(kind) => match kind {
            Kind::NotFound => StatusCode::NOT_FOUND,
            Kind::Invalid | Kind::Unsupported => StatusCode::BAD_REQUEST,
            Kind::Locked => StatusCode::SERVICE_UNAVAILABLE,
            Kind::NoSpace => StatusCode::INSUFFICIENT_STORAGE,
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
            ("index.yaml", Some(Resource::Index("library"))),
            ("a/index.yaml", Some(Resource::Index("a"))),
            ("a/b/index.yaml", Some(Resource::Index("a/b"))),
            ("charts/index.yaml", Some(Resource::Index("charts"))),
            ("/index.yaml", Some(Resource::Index(""))),
            ("charts/x.tgz", Some(Resource::File("library", "x.tgz"))),
            ("a/charts/x.tgz", Some(Resource::File("a", "x.tgz"))),
            ("a/b/charts/x.tgz", Some(Resource::File("a/b", "x.tgz"))),
            ("charts/charts/x.tgz", Some(Resource::File("charts", "x.tgz"))),
            ("acharts/x.tgz", None),
            ("x.tgz", None),
            ("a/x.tgz", None),
        ] {
            assert_eq!(Resource::parse(path), expected, "{path}");
        }
    }
}
