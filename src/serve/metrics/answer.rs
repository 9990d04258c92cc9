//! Answering with what was counted.

use std::time::SystemTime;

use axum::extract::State as Extract;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

use super::text::{Exposition, Kind, MEDIA_TYPE};
use super::{Metrics, registry};
use crate::serve::auth::{Action, Denied};
use crate::serve::refusal::challenging;
use crate::serve::state::State;

/// Gives the route, unless the metrics have an address of their own.
pub(in crate::serve) fn router(state: &State) -> axum::Router<State> {
    match state.settings().metrics.listen {
        None => axum::Router::new().route("/metrics", get(guarded)),
        Some(_) => axum::Router::new(),
    }
}

async fn guarded(state: Extract<State>, headers: HeaderMap) -> Response {
    match permit(&state, &headers).await {
        Ok(()) => open(state).await,
        Err(denied) => {
            let response = (denied.status(), format!("{}\n", denied.message())).into_response();
            challenging(&state, Some(denied), response)
        }
    }
}

/// Lets in who may read something here, and is known where users are.
async fn permit(state: &State, headers: &HeaderMap) -> Result<(), Denied> {
    let who = state.who(headers).await?;
    state.auth().permit_somewhere(&who, Action::Read)?;
    state.auth().challenge(&who)
}

/// Answers whoever asks.
pub(super) async fn open(state: Extract<State>) -> Response {
    let mut out = Exposition::default();
    state.metrics().write(&mut out);
    state.observer().waits().write(&mut out);
    if let Some(adapter) = state.adapter() {
        registry::write(&adapter.condition(), &mut out);
    }
    state.metrics().store.write(&state, &mut out).await;
    let headers = [(header::CONTENT_TYPE, MEDIA_TYPE), (header::CACHE_CONTROL, "no-store")];
    (StatusCode::OK, headers, out.finish()).into_response()
}

impl Metrics {
    fn write(&self, out: &mut Exposition) {
        use std::sync::atomic::Ordering::Relaxed;
        const BUILD: &str = "hreg_build_info";
        out.family(BUILD, Kind::Gauge, "The version of hreg; the number is always 1.");
        out.sample(BUILD, &[("version", env!("CARGO_PKG_VERSION"))], 1);
        let started = self.started.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let help = "When the server was started, in seconds since 1970.";
        let seconds = started.as_secs_f64();
        out.single("process_start_time_seconds", Kind::Gauge, help, seconds);
        let closed = self.closed.load(Relaxed);
        let opened = self.opened.load(Relaxed);
        let help = "Connections that have been taken.";
        out.single("hreg_connections_total", Kind::Counter, help, opened);
        let help = "Connections that are open.";
        out.single("hreg_connections_open", Kind::Gauge, help, opened.saturating_sub(closed));
        self.requests.write(out);
    }
}
