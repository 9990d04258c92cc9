//! The store over HTTP: one server, several protocols.
//!
//! A door is a protocol: a folder here, with a router of its own that `router` merges. Doors turn
//! requests into calls of `ops` and `store`, and what these say into answers; what a chart is, and who
//! may move a name, is decided below. Settings come from the layer above, which alone reads the
//! environment and prints.

mod adapter;
mod auth;
mod body;
mod classic;
mod direct;
mod door;
mod error;
mod expiry;
mod forwarded;
mod health;
mod incoming;
mod limits;
mod listen;
mod logs;
mod metrics;
mod museum;
mod observe;
mod oci;
mod origin;
mod range;
mod refusal;
mod router;
mod sending;
mod settings;
mod source;
mod space_api;
mod state;
mod stop;
mod tls;
mod watched;
mod web;
mod workers;

pub use auth::{Action, Pattern, Rule};
pub use error::Error;
pub use logs::{Access as AccessRecord, Event, Level, Record};
pub use observe::Observer;
pub use settings::{
    Access, AuthSettings, DriverKind, File, Flags, IssuerSettings, Limits, LogFlags, LogFormat,
    LogSettings, MetricsSettings, Network, Rate, RegistryFlags, RegistryPlace, RegistrySettings,
    RepositoryPath, Settings, StoreSettings, TlsSettings, TokenSettings, cache_bytes,
};
pub use stop::Stop;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::store::Store;
use crate::upstream::Upstream;
use state::State;

/// How many threads may work on the store at a time; reading from a disk is most of their work.
const STORE_THREADS: usize = 64;

/// How long what runs in a thread is waited for once all connections have ended.
const THREADS_END: Duration = Duration::from_secs(2);

/// Tells who runs the server what goes on in it. It is called while requests are answered, and must
/// not wait.
pub type Report = dyn Fn(Record) + Send + Sync;

/// Is a server whose address is taken, but which answers nobody yet.
pub struct Server {
    runtime: tokio::runtime::Runtime,
    listener: listen::Listener,
    metrics: Option<metrics::Listener>,
    state: State,
}

impl Server {
    /// Takes the address. `upstream` is the registry that the store is, if it is one.
    ///
    /// # Errors
    ///
    /// Fails on a file of users or a certificate that cannot be used, on an address that cannot be had,
    /// and on one that others can reach as long as nothing says what they may do.
    pub fn bind(
        settings: Settings,
        store: Store,
        upstream: Option<Arc<Upstream>>,
        stop: Stop,
        observer: Arc<Observer>,
    ) -> Result<Server, Error> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .max_blocking_threads(STORE_THREADS)
            .enable_all()
            .build()
            .map_err(|source| Error::Runtime { source })?;
        let auth = auth::Auth::open(&settings)?;
        let listener = runtime.block_on(listen::Listener::bind(&settings))?;
        let metrics = runtime.block_on(metrics::Listener::bind(&settings))?;
        let threads = runtime.handle().clone();
        let state = State::new(settings, auth, store, upstream, stop, observer, threads);
        Ok(Server { runtime, listener, metrics, state })
    }

    /// Gives the address that was taken, with the port that the system chose for port 0.
    pub fn address(&self) -> SocketAddr {
        self.listener.address()
    }

    /// Gives the address that the metrics have to themselves, if they do.
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics.as_ref()?.address()
    }

    /// Gives the scheme of addresses that clients reach it by.
    pub fn scheme(&self) -> &'static str {
        self.listener.scheme()
    }

    /// Answers requests until it is told to stop, and then until those that run have ended.
    pub fn run(self) {
        let Server { runtime, listener, metrics, state } = self;
        if let Some(metrics) = metrics {
            runtime.spawn(metrics.serve(state.clone()));
        }
        runtime.spawn(expiry::run(state.clone()));
        runtime.spawn(adapter::begin(state.clone()));
        runtime.block_on(listener.serve(state));
        runtime.shutdown_timeout(THREADS_END);
    }
}
