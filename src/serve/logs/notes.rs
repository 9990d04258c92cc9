//! What becomes known of a request while it is answered, for the record that is made at its end.
//!
//! The doors do not carry it along: it belongs to the task that answers. Where requests are not
//! logged there is none, and asking for it costs next to nothing.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::http::{Request, StatusCode};
use tokio::task::futures::TaskLocalFuture;

use super::record::{self, Access};

tokio::task_local! {
    static CURRENT: Arc<Notes>;
}

/// Is what is known of a request.
#[derive(Debug)]
pub(in crate::serve) struct Notes {
    request: String,
    client: IpAddr,
    method: String,
    path: String,
    protocol: &'static str,
    agent: Option<String>,
    user: OnceLock<String>,
    received: AtomicU64,
}

impl Notes {
    /// Takes down who sends a request, and what it asks for.
    pub(in crate::serve) fn of<B>(request: &Request<B>, name: String, client: IpAddr) -> Notes {
        Notes {
            request: name,
            client,
            method: record::method(request.method()),
            path: record::path(request.uri()),
            protocol: record::protocol(request.version()),
            agent: record::agent(request.headers()),
            user: OnceLock::new(),
            received: AtomicU64::new(0),
        }
    }

    /// Gives the name of the request.
    pub(in crate::serve) fn request(&self) -> &str {
        &self.request
    }

    /// Takes down that a piece of the body has come.
    pub(in crate::serve) fn received(&self, bytes: u64) {
        self.received.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Makes a record of it, now that the answer has ended.
    pub(in crate::serve) fn record(
        &self,
        status: Option<StatusCode>,
        sent: u64,
        duration: Duration,
    ) -> Access {
        Access {
            request: self.request.clone(),
            client: self.client,
            user: self.user.get().cloned(),
            method: self.method.clone(),
            path: self.path.clone(),
            protocol: self.protocol,
            status: status.map(|status| status.as_u16()),
            received: self.received.load(Ordering::Relaxed),
            sent,
            duration,
            agent: self.agent.clone(),
        }
    }
}

/// Lets what answers a request find its notes.
pub(in crate::serve) fn noted<F: Future>(
    notes: Arc<Notes>,
    answering: F,
) -> TaskLocalFuture<Arc<Notes>, F> {
    CURRENT.scope(notes, answering)
}

/// Takes down which user sent the request that is being answered.
pub(in crate::serve) fn user_is(name: Option<&str>) {
    if let Some(name) = name {
        // The first one stays; outside of requests that are logged nobody asks.
        let _ = CURRENT.try_with(|notes| notes.user.set(name.to_owned()));
    }
}

/// Gives the name of the request that is being answered, if it has one.
pub(in crate::serve) fn current() -> Option<String> {
    CURRENT.try_with(|notes| notes.request.clone()).ok()
}
