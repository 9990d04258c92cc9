//! All doors in one router.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::state::State;
use super::{classic, health, metrics, museum, oci, space_api, web};

/// Gives the routes of every door.
pub(super) fn router(state: State) -> axum::Router {
    let doors = [
        health::router(),
        metrics::router(&state),
        web::router(),
        oci::router(),
        space_api::router(),
        museum::router(),
        classic::router(),
    ];
    doors.into_iter().fold(axum::Router::new(), axum::Router::merge).with_state(state)
}

/// Answers while the server stops: probes are told so, and nothing new is begun.
pub(super) fn stopping(state: State) -> axum::Router {
    let told = health::router().merge(metrics::router(&state));
    told.fallback(unavailable).with_state(state)
}

async fn unavailable() -> Response {
    let headers = [(header::RETRY_AFTER, "5"), (header::CONNECTION, "close")];
    (StatusCode::SERVICE_UNAVAILABLE, headers, "the server is stopping\n").into_response()
}
