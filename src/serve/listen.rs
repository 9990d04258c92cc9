//! Connections: taken, limited in number, spoken to in HTTP/1.1 or 2, and ended in good order.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use super::state::State;
use super::tls::Tls;
use super::{Error, Settings, router};

/// How many requests one connection of HTTP/2 may have open.
const STREAMS: u32 = 100;

/// After how long without a sign of life a client of HTTP/2 is asked for one.
const KEEP_ALIVE: Duration = Duration::from_secs(30);

/// How much of what comes and goes is held for one connection of HTTP/1.1; it bounds the head of a
/// request too.
const BUFFER_BYTES: usize = 128 << 10;

/// How long no connection is taken where the system has no room for one.
const PAUSE: Duration = Duration::from_millis(100);

/// Holds the address that the server is reached at.
pub(super) struct Listener {
    listener: TcpListener,
    address: SocketAddr,
    tls: Option<Arc<Tls>>,
}

impl Listener {
    /// Takes the first of the addresses that can be had.
    pub(super) async fn bind(settings: &Settings) -> Result<Listener, Error> {
        let tls = Tls::open(settings)?.map(Arc::new);
        let failed = |source| Error::Bind { address: settings.listen.clone(), source };
        let mut last = io::ErrorKind::AddrNotAvailable.into();
        for address in settings.addresses()? {
            match TcpListener::bind(address).await {
                Ok(listener) => {
                    let address = listener.local_addr().map_err(failed)?;
                    return Ok(Listener { listener, address, tls });
                }
                Err(error) => last = error,
            }
        }
        Err(failed(last))
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) fn scheme(&self) -> &'static str {
        if self.tls.is_some() { "https" } else { "http" }
    }

    /// Serves until the server is told to stop and the requests that run by then have ended.
    ///
    /// Meanwhile new connections are still taken, and told that the server stops: a probe is to
    /// hear it.
    pub(super) async fn serve(self, state: State) {
        let limits = state.settings().limits.clone();
        let stop = state.stop().clone();
        let slots = Arc::new(Semaphore::new(limits.connections));
        let running = GracefulShutdown::new();
        let first = Connections::new(router::router(state.clone()), &state, self.tls.as_ref());
        tokio::select! {
            () = self.take(first, &slots, Some(&running)) => {}
            () = stop.requested() => {}
        }
        let late = Connections::new(router::stopping(state.clone()), &state, self.tls.as_ref());
        tokio::select! {
            () = self.take(late, &slots, None) => {}
            () = running.shutdown() => {}
            () = sleep(limits.stop_timeout) => {}
        }
    }

    /// Takes connections for ever; those that are `running` are waited for when the server stops.
    async fn take(
        &self,
        connections: Connections,
        slots: &Arc<Semaphore>,
        running: Option<&GracefulShutdown>,
    ) {
        loop {
            let Ok(slot) = slots.clone().acquire_owned().await else { return };
            let Ok((stream, _)) = self.listener.accept().await else {
                sleep(PAUSE).await;
                continue;
            };
            let (connections, watcher) =
                (connections.clone(), running.map(GracefulShutdown::watcher));
            tokio::spawn(async move {
                connections.answer(stream, watcher).await;
                drop(slot);
            });
        }
    }
}

/// Knows how connections are spoken to.
#[derive(Clone)]
struct Connections {
    builder: Builder<TokioExecutor>,
    router: axum::Router,
    state: State,
    tls: Option<Arc<Tls>>,
    header_timeout: Duration,
}

impl Connections {
    fn new(router: axum::Router, state: &State, tls: Option<&Arc<Tls>>) -> Connections {
        let header_timeout = state.settings().limits.header_timeout;
        let mut builder = Builder::new(TokioExecutor::new());
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(header_timeout)
            .max_buf_size(BUFFER_BYTES);
        builder
            .http2()
            .timer(TokioTimer::new())
            .keep_alive_interval(KEEP_ALIVE)
            .max_concurrent_streams(STREAMS);
        Connections { builder, router, state: state.clone(), tls: tls.cloned(), header_timeout }
    }

    /// Answers the requests of one connection. How it ends is the client's affair.
    async fn answer(self, stream: TcpStream, watcher: Option<Watcher>) {
        // Answers are small or written in large pieces: waiting for more to send costs time.
        let _ = stream.set_nodelay(true);
        let limit = self.header_timeout;
        match self.tls.clone() {
            None => {
                let begun = async { begins(&stream, limit).await.then_some(stream) };
                self.speak(begun, watcher).await;
            }
            Some(tls) => {
                let state = self.state.clone();
                let begun = tls.begin(stream, limit, |error| state.report(error));
                self.speak(begun, watcher).await;
            }
        }
    }

    /// Answers requests once the client has begun to speak, if it does before the server stops.
    async fn speak<S: AsyncRead + AsyncWrite + Send + Unpin + 'static>(
        self,
        begun: impl Future<Output = Option<S>>,
        watcher: Option<Watcher>,
    ) {
        let service = TowerToHyperService::new(self.router);
        let Some(watcher) = watcher else {
            if let Some(stream) = begun.await {
                let _ = self.builder.serve_connection(TokioIo::new(stream), service).await;
            }
            return;
        };
        let begun = tokio::select! {
            begun = begun => begun,
            () = self.state.stop().requested() => None,
        };
        if let Some(stream) = begun {
            let connection = self.builder.serve_connection(TokioIo::new(stream), service);
            let _ = watcher.watch(connection.into_owned()).await;
        }
    }
}

/// Waits for a client's first byte: which protocol it speaks is waited for without a limit.
async fn begins(stream: &TcpStream, limit: Duration) -> bool {
    matches!(timeout(limit, stream.peek(&mut [0])).await, Ok(Ok(1)))
}
