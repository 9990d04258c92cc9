//! All doors in one router.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::state::State;
use super::{health, oci};

/// Gives the routes of every door.
pub(super) fn router(state: State) -> axum::Router {
    axum::Router::new().merge(health::router()).merge(oci::router()).with_state(state)
}

/// Answers while the server stops: probes are told so, and nothing new is begun.
pub(super) fn stopping(state: State) -> axum::Router {
    health::router().fallback(unavailable).with_state(state)
}

async fn unavailable() -> Response {
    let headers = [(header::RETRY_AFTER, "5"), (header::CONNECTION, "close")];
    (StatusCode::SERVICE_UNAVAILABLE, headers, "the server is stopping\n").into_response()
}
