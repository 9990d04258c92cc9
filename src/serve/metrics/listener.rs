//! An address for metrics and probes alone, which asks nobody for a password.
//!
//! It speaks HTTP/1.1 without TLS, to a few clients at a time: who names it keeps it where only those
//! reach it who may.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::routing::get;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::sleep;

use super::answer;
use crate::serve::state::State;
use crate::serve::{Error, Settings, health};

/// How many connections may be open.
const CONNECTIONS: usize = 32;

/// How long no connection is taken where the system has no room for one.
const PAUSE: Duration = Duration::from_millis(100);

/// Holds the address.
pub(in crate::serve) struct Listener(TcpListener);

impl Listener {
    /// Takes the address, if one is named.
    pub(in crate::serve) async fn bind(settings: &Settings) -> Result<Option<Listener>, Error> {
        let Some(address) = settings.metrics.listen.clone() else { return Ok(None) };
        match TcpListener::bind(&settings.metrics_addresses()?[..]).await {
            Ok(listener) => Ok(Some(Listener(listener))),
            Err(source) => Err(Error::Bind { address, source }),
        }
    }

    /// Gives the address that was taken, with the port that the system chose for port 0.
    pub(in crate::serve) fn address(&self) -> Option<SocketAddr> {
        self.0.local_addr().ok()
    }

    /// Answers for as long as the server runs, also while it ends.
    pub(in crate::serve) async fn serve(self, state: State) {
        let slots = Arc::new(Semaphore::new(CONNECTIONS));
        let limit = state.settings().limits.header_timeout;
        let metrics = axum::Router::new().route("/metrics", get(answer::open));
        let router = metrics.merge(health::router()).with_state(state);
        let service = TowerToHyperService::new(router);
        while let Ok(slot) = slots.clone().acquire_owned().await {
            let Ok((stream, _)) = self.0.accept().await else {
                sleep(PAUSE).await;
                continue;
            };
            let mut builder = hyper::server::conn::http1::Builder::new();
            builder.timer(TokioTimer::new()).header_read_timeout(limit);
            let connection = builder.serve_connection(TokioIo::new(stream), service.clone());
            tokio::spawn(async move {
                // How it ends is the client's affair.
                let _ = connection.await;
                drop(slot);
            });
        }
    }
}
