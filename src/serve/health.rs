//! Whether the server runs, and whether it should be sent requests.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::state::State;
use crate::digest::Digest;

/// Gives the routes that probes ask.
pub(super) fn router() -> axum::Router<State> {
    axum::Router::new().route("/health", get(health)).route("/ready", get(ready))
}

/// Answers as ChartMuseum does, whose probes ask the same path.
async fn health() -> Response {
    answer(StatusCode::OK, r#"{"healthy":true}"#)
}

/// Tells whether requests can be answered: the store can be read, something is known of the registry
/// that it is, if it is one, and the server is not stopping.
async fn ready(state: axum::extract::State<State>) -> Response {
    let is_readable = state.read(|store| store.has_blob(&Digest::of(b"")).is_ok()).await;
    let is_known = state.adapter().is_none_or(|adapter| adapter.condition().age.is_some());
    let is_ready = is_readable.is_ok_and(|readable| readable) && is_known;
    match is_ready && !state.stop().is_requested() {
        true => answer(StatusCode::OK, r#"{"ready":true}"#),
        false => answer(StatusCode::SERVICE_UNAVAILABLE, r#"{"ready":false}"#),
    }
}

fn answer(status: StatusCode, body: &'static str) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}
