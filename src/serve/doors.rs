//! Which door a path belongs to, where it is refused before a door has seen it.

use axum::http::StatusCode;
use axum::response::Response;

use super::refusal::Refusal;
use super::state::State;
use super::{classic, museum, oci, space_api};

/// Refuses a request in the words of its door.
pub(super) fn refuse(state: &State, path: &str, status: StatusCode, text: &str) -> Response {
    let is_below = |folder: &str| {
        path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let refusal = || Refusal::status(status, text);
    match () {
        () if is_below("/v2") => oci::refuse(state, status, text),
        () if is_below("/api/v1") => space_api::refuse(state, refusal()),
        () if is_below("/api") => museum::refuse(state, refusal()),
        () => classic::refuse(state, refusal()),
    }
}
