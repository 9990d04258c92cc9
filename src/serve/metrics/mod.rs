//! What the server counts, for Prometheus to fetch from `/metrics`.
//!
//! Counters are atomic numbers in tables whose labels are closed sets, so that no request can make new
//! ones: a label is never a name that somebody gave. They are written by code of our own ([`text`]),
//! as the families of a client library look their labels up under a lock.
//!
//! `/metrics` asks for a password where there are any, as `/v2/` does; an address of its own
//! ([`Listener`]) asks for none.

mod answer;
mod listener;
mod measured;
mod registry;
mod requests;
mod text;
mod waits;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

pub(super) use answer::router;
pub(super) use listener::Listener;
pub(super) use requests::Asked;
pub(super) use waits::Waits;

use super::state::State;

/// Counts what goes on in a server.
pub(super) struct Metrics {
    /// The requests.
    pub(super) requests: requests::Requests,
    started: SystemTime,
    opened: AtomicU64,
    closed: AtomicU64,
    store: measured::Measured,
}

impl Metrics {
    pub(super) fn new() -> Metrics {
        Metrics {
            requests: requests::Requests::new(),
            started: SystemTime::now(),
            opened: AtomicU64::new(0),
            closed: AtomicU64::new(0),
            store: measured::Measured::default(),
        }
    }
}

/// Counts a connection as open until it is dropped.
pub(super) struct Open(State);

impl Open {
    pub(super) fn new(state: &State) -> Open {
        state.metrics().opened.fetch_add(1, Ordering::Relaxed);
        Open(state.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.metrics().closed.fetch_add(1, Ordering::Relaxed);
    }
}
