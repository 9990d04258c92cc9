//! What every request works with: the store, the settings, and threads to use them in.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::{Settings, Stop};
use crate::store::Store;

/// How many requests may write at a time. They may wait for locks, and must leave threads to those
/// that read.
const WRITERS: usize = super::STORE_THREADS / 2;

/// Is shared by all requests.
#[derive(Clone)]
pub(super) struct State(Arc<Shared>);

struct Shared {
    store: Arc<Store>,
    settings: Settings,
    stop: Stop,
    writers: Arc<Semaphore>,
}

/// Says that a call of the store did not come to its end: it panicked, or the server was stopped.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lost;

impl State {
    pub(super) fn new(settings: Settings, store: Store, stop: Stop) -> State {
        let writers = Arc::new(Semaphore::new(WRITERS));
        State(Arc::new(Shared { store: Arc::new(store), settings, stop, writers }))
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.0.settings
    }

    pub(super) fn stop(&self) -> &Stop {
        &self.0.stop
    }

    /// Runs a call that reads from the store, in a thread where it may wait for the disk.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        call: impl FnOnce(&Store) -> T + Send + 'static,
    ) -> Result<T, Lost> {
        let store = self.0.store.clone();
        tokio::task::spawn_blocking(move || call(&store)).await.map_err(|_| Lost)
    }

    #[expect(dead_code, reason = "the first door that writes uses it")]
    /// Runs a call that may wait for a lock of the store.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        call: impl FnOnce(&Store) -> T + Send + 'static,
    ) -> Result<T, Lost> {
        let permit = self.0.writers.clone().acquire_owned().await.map_err(|_| Lost)?;
        self.read(move |store| {
            // Held in the thread: the call goes on where the request has gone.
            let _permit = permit;
            call(store)
        })
        .await
    }
}
