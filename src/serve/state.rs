//! What every request works with: the store, the settings, and threads to use them in.

use std::sync::Arc;

use axum::http::HeaderMap;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use super::adapter::Adapter;
use super::auth::{Action, Auth, Denied, Issued, Target, Who};
use super::limits::OpenUploads;
use super::logs;
use super::metrics::Metrics;
use super::{Observer, Settings, Stop, classic, oci};
use crate::digest::Digest;
use crate::store::Store;
use crate::upstream::Upstream;

/// How many requests may write at a time. They may wait for locks, and must leave threads to those
/// that read.
const WRITERS: usize = super::STORE_THREADS / 2;

/// How many threads may wait for a registry elsewhere at a time. It may be silent for long, and what is
/// known of it is answered all the same.
const FETCHERS: usize = super::STORE_THREADS / 2;

/// How many requests may hold whole charts in memory at a time: one may have 256 MiB.
const LOADERS: usize = 2;

/// Is shared by all requests.
#[derive(Clone)]
pub(super) struct State(Arc<Shared>);

struct Shared {
    store: Arc<Store>,
    /// Runs what may wait for the disk.
    threads: Handle,
    settings: Settings,
    auth: Auth,
    stop: Stop,
    writers: Arc<Semaphore>,
    loaders: Arc<Semaphore>,
    fetchers: Arc<Semaphore>,
    observer: Arc<Observer>,
    metrics: Metrics,
    memory: oci::Memory,
    indexes: classic::Indexes,
    adapter: Option<Adapter>,
    uploads: OpenUploads,
}

/// Says that a call of the store did not come to its end: it panicked, or the server was stopped.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lost;

impl State {
    pub(super) fn new(
        settings: Settings,
        auth: Auth,
        store: Store,
        upstream: Option<Arc<Upstream>>,
        stop: Stop,
        observer: Arc<Observer>,
        threads: Handle,
    ) -> State {
        let writers = Arc::new(Semaphore::new(WRITERS));
        let loaders = Arc::new(Semaphore::new(LOADERS));
        let fetchers = Arc::new(Semaphore::new(FETCHERS));
        let (store, memory) = (Arc::new(store), oci::Memory::default());
        let indexes = classic::Indexes::default();
        State(Arc::new(Shared {
            store,
            threads,
            settings,
            auth,
            stop,
            writers,
            loaders,
            fetchers,
            observer,
            metrics: Metrics::new(),
            memory,
            indexes,
            adapter: upstream.map(Adapter::new),
            uploads: OpenUploads::default(),
        }))
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// Tells whether the classic repository at the root has the charts of all spaces.
    pub(super) fn serves_all_at_root(&self) -> bool {
        self.adapter().is_some()
    }

    /// Finds out who sent a request; each door asks this first.
    pub(super) async fn who(&self, headers: &HeaderMap) -> Result<Who, Denied> {
        let who = self.0.auth.who(headers, |error| self.report(error)).await?;
        logs::user_is(who.name());
        Ok(who)
    }

    /// Finds out whom a password proves that did not come in a header.
    pub(super) async fn by_password(&self, user: String, password: String) -> Result<Who, Denied> {
        self.0.auth.by_password(user, password, |error| self.report(error)).await
    }

    /// Gives somebody a token; none if it would be too long.
    pub(super) fn give_token<'a>(
        &self,
        who: &Who,
        scopes: impl IntoIterator<Item = &'a str>,
    ) -> Result<Option<Issued>, Denied> {
        self.0.auth.give(who, scopes, |error| self.report(error))
    }

    /// Tells whether somebody may do something with a chart or a space.
    pub(super) fn permit<'a>(
        &self,
        who: &Who,
        action: Action,
        target: impl Into<Target<'a>>,
    ) -> Result<(), Denied> {
        self.0.auth.permit(who, action, target)
    }

    /// Gives the users and the rules, for what is not about one space.
    pub(super) fn auth(&self) -> &Auth {
        &self.0.auth
    }

    pub(super) fn stop(&self) -> &Stop {
        &self.0.stop
    }

    /// Gives what the OCI API remembers.
    pub(super) fn memory(&self) -> &oci::Memory {
        &self.0.memory
    }

    /// Gives the indexes of classic repositories.
    pub(super) fn indexes(&self) -> &classic::Indexes {
        &self.0.indexes
    }

    /// Gives the registry that is served, if it is one.
    pub(super) fn adapter(&self) -> Option<&Adapter> {
        self.0.adapter.as_ref()
    }

    /// Gives the uploads that are open.
    pub(super) fn uploads(&self) -> &OpenUploads {
        &self.0.uploads
    }

    /// Tells who runs the server of what failed in it.
    pub(super) fn report(&self, error: &(dyn std::error::Error + 'static)) {
        self.0.observer.failed(error);
    }

    /// Gives whom to tell what goes on.
    pub(super) fn observer(&self) -> &Observer {
        &self.0.observer
    }

    /// Gives what is counted.
    pub(super) fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// Gives the threads for what may wait for the disk.
    pub(super) fn threads(&self) -> &Handle {
        &self.0.threads
    }

    /// Runs a call that only looks at names: a system call or two, which take less time than another
    /// thread does to wake up.
    pub(super) fn now<T>(&self, call: impl FnOnce(&Store) -> T) -> T {
        call(&self.0.store)
    }

    /// Runs a call that reads from the store, in a thread where it may wait for the disk.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        call: impl FnOnce(&Store) -> T + Send + 'static,
    ) -> Result<T, Lost> {
        let store = self.0.store.clone();
        self.0.threads.spawn_blocking(move || call(&store)).await.map_err(|_| Lost)
    }

    /// Runs a call that may ask a registry elsewhere, if that is what is served.
    pub(super) async fn fetch<T: Send + 'static>(
        &self,
        call: impl FnOnce(&Store) -> T + Send + 'static,
    ) -> Result<T, Lost> {
        let fetchers = self.adapter().map(|_| self.0.fetchers.clone());
        self.read_by(fetchers, call).await
    }

    /// Runs a call that reads a blob, for which a registry elsewhere may have to be asked.
    pub(super) async fn fetch_blob<T: Send + 'static>(
        &self,
        digest: &Digest,
        call: impl FnOnce(&Store) -> T + Send + 'static,
    ) -> Result<T, Lost> {
        self.read_by(self.fetchers(digest), call).await
    }

    /// Gives the permits to read a blob, if a registry elsewhere is to be asked for it: it is served, and
    /// the blob was not fetched before.
    pub(super) fn fetchers(&self, digest: &Digest) -> Option<Arc<Semaphore>> {
        self.adapter()?;
        let is_here = self.now(|store| store.blob_file(digest)).is_ok_and(|file| file.is_some());
        (!is_here).then(|| self.0.fetchers.clone())
    }

    async fn read_by<T: Send + 'static>(
        &self,
        permits: Option<Arc<Semaphore>>,
        call: impl FnOnce(&Store) -> T + Send + 'static,
    ) -> Result<T, Lost> {
        let permit = match permits {
            Some(permits) => Some(permits.acquire_owned().await.map_err(|_| Lost)?),
            None => None,
        };
        self.read(move |store| {
            // Held in the thread: the call goes on where the request has gone.
            let _permit = permit;
            call(store)
        })
        .await
    }

    /// Runs a call that may wait for a lock of the store.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        call: impl FnOnce(&Store) -> T + Send + 'static,
    ) -> Result<T, Lost> {
        self.read_by(Some(self.0.writers.clone()), call).await
    }

    /// Runs a call that holds whole charts in memory, and may write.
    pub(super) async fn load<T: Send + 'static>(
        &self,
        call: impl FnOnce(&Store) -> T + Send + 'static,
    ) -> Result<T, Lost> {
        let permit = self.0.loaders.clone().acquire_owned().await.map_err(|_| Lost)?;
        self.write(move |store| {
            let _permit = permit;
            call(store)
        })
        .await
    }

    /// Runs a call that nobody waits for.
    pub(super) fn later(&self, call: impl FnOnce(&Store) + Send + 'static) {
        let store = self.0.store.clone();
        self.0.threads.spawn_blocking(move || call(&store));
    }
}
