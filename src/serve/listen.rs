//! Connections: taken, limited in number, spoken to in HTTP/1.1 or 2, and ended in good order.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::direct::{Direct, DirectStream};
use super::limits::{self, Admission, Entry, Gate, Meter, Metered, Reason, Visit};
use super::metrics::Open;
use super::observe::Observed;
use super::router::Doors;
use super::state::State;
use super::tls::Tls;
use super::workers::Workers;
use super::{Error, Settings};
use crate::disk;

/// How many requests one connection of HTTP/2 may have open.
const STREAMS: u32 = 100;

/// After how long without a sign of life a client of HTTP/2 is asked for one.
const KEEP_ALIVE: Duration = Duration::from_secs(30);

/// How much of what comes and goes is held for one connection of HTTP/1.1; it bounds the head of a
/// request too.
const BUFFER_BYTES: usize = 128 << 10;

/// How much the system takes that it cannot send yet. With more it is sent whenever the client takes some,
/// which costs more than a thread that sends what is still in a core's cache: on a local connection less
/// than half of the rate.
#[cfg(target_os = "linux")]
const UNSENT_BYTES: u32 = 24 << 10;

/// How long a client has that is only told why it gets no connection.
const REFUSED_FOR: Duration = Duration::from_secs(5);

/// How long no connection is taken where the system has no room for one.
const PAUSE: Duration = Duration::from_millis(100);

/// Holds the address that the server is reached at.
pub(super) struct Listener {
    listener: TcpListener,
    address: SocketAddr,
    tls: Option<Arc<Tls>>,
    workers: Workers,
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
                    return Ok(Listener { listener, address, tls, workers: Workers::start()? });
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
        let stop_timeout = state.settings().limits.stop_timeout;
        let stop = state.stop().clone();
        let gate = Arc::new(Gate::new(state.settings()));
        // It is closed once the last connection that holds the other end has ended.
        let (running, connection) = watch::channel(());
        let first = Connections::new(&state, self.tls.as_ref(), &gate, false);
        tokio::select! {
            () = self.take(first, Some(connection)) => {}
            () = stop.requested() => {}
        }
        let late = Connections::new(&state, self.tls.as_ref(), &gate, true);
        tokio::select! {
            () = self.take(late, None) => {}
            () = running.closed() => {}
            () = sleep(stop_timeout) => {}
        }
    }

    /// Takes connections for ever; those that hold `running` are waited for when the server stops.
    async fn take(&self, connections: Connections, running: Option<watch::Receiver<()>>) {
        let connections = Arc::new(connections);
        loop {
            let Ok((stream, peer)) = self.listener.accept().await else {
                sleep(PAUSE).await;
                continue;
            };
            // Left by this thread's reactor, and taken by that of the thread that speaks on it.
            let Ok(stream) = stream.into_std() else { continue };
            let (connections, running) = (connections.clone(), running.clone());
            self.workers.run(async move {
                let Ok(stream) = TcpStream::from_std(stream) else { return };
                let open = Open::new(&connections.state);
                connections.take(stream, peer.ip()).await;
                drop((running, open));
            });
        }
    }
}

/// Knows how connections are spoken to.
struct Connections {
    builder: Builder<TokioExecutor>,
    doors: Doors,
    /// What is answered on connections that are too many, one after the other of the reasons.
    busy: [(Reason, Doors); 2],
    gate: Arc<Gate>,
    admission: Option<Admission>,
    state: State,
    tls: Option<Arc<Tls>>,
    /// Whether they come while the server stops.
    is_late: bool,
}

impl Connections {
    fn new(state: &State, tls: Option<&Arc<Tls>>, gate: &Arc<Gate>, is_late: bool) -> Connections {
        let mut builder = Builder::new(TokioExecutor::new());
        // How long a head may take is looked at by `limits`, which needs no timer for each request.
        builder.http1().timer(TokioTimer::new()).header_read_timeout(None);
        builder.http1().max_buf_size(BUFFER_BYTES);
        builder
            .http2()
            .timer(TokioTimer::new())
            .keep_alive_interval(KEEP_ALIVE)
            .max_concurrent_streams(STREAMS);
        let doors = if is_late { Doors::stopping } else { Doors::open };
        let busy = |reason| (reason, Doors::only(limits::busy(state.clone(), reason)));
        Connections {
            builder,
            doors: doors(state.clone()),
            busy: [busy(Reason::Full), busy(Reason::Share)],
            gate: gate.clone(),
            admission: Admission::new(state),
            state: state.clone(),
            tls: tls.cloned(),
            is_late,
        }
    }

    /// Answers on a connection, if there is room for it.
    async fn take(&self, stream: TcpStream, peer: IpAddr) {
        match self.gate.enter(peer).await {
            Entry::Open(_pass) => self.answer(stream, peer, self.doors.clone()).await,
            Entry::Refused(reason, _spare) => {
                let busy = self.busy.iter().find(|(known, _)| *known == reason);
                if let Some((_, doors)) = busy {
                    let answered = self.answer(stream, peer, doors.clone());
                    let _ = timeout(REFUSED_FOR, answered).await;
                }
            }
            Entry::Shut => {}
        }
    }

    /// Answers the requests of one connection. How it ends is the client's affair.
    async fn answer(&self, stream: TcpStream, peer: IpAddr, doors: Doors) {
        tune(&stream);
        let limit = self.state.settings().limits.header_timeout;
        match &self.tls {
            None => {
                let direct = Direct::default();
                let stream = DirectStream::new(stream, direct.clone());
                let begun = async { begins(&stream, limit).await.then_some(stream) };
                let direct = disk::CAN_SEND.then_some(direct);
                self.speak(begun, peer, doors.by(direct)).await;
            }
            Some(tls) => {
                let begun = tls.begin(stream, limit, |error| self.state.report(error));
                self.speak(begun, peer, doors).await;
            }
        }
    }

    /// Answers requests once the client has begun to speak, if it does before the server stops.
    async fn speak<S: AsyncRead + AsyncWrite + Send + Unpin + 'static>(
        &self,
        begun: impl Future<Output = Option<S>>,
        peer: IpAddr,
        doors: Doors,
    ) {
        let (state, stop) = (&self.state, self.state.stop());
        let begun = tokio::select! {
            begun = begun => begun,
            () = stop.requested(), if !self.is_late => None,
        };
        let Some(stream) = begun else { return };
        let (meter, admission) = (Arc::new(Meter::default()), self.admission.clone());
        let visit = Visit { state: state.clone(), peer, admission, meter: meter.clone() };
        let doors = limits::service(doors, visit);
        let service = Observed::new(doors, state.clone(), peer);
        let stream = TokioIo::new(Metered::new(stream, meter.clone()));
        let connection = self.builder.serve_connection(stream, service).into_owned();
        let is_full = || self.gate.is_full();
        let limits = &state.settings().limits;
        limits::drive(connection, &meter, limits, is_full, stop, self.is_late).await;
    }
}

/// Has the system send at once what it is given, and take no more than it can send. Where it does not, the
/// answers are the same.
fn tune(stream: &TcpStream) {
    // Answers are small or written in large pieces: waiting for more to send costs time.
    let _ = stream.set_nodelay(true);
    #[cfg(target_os = "linux")]
    let _ = socket2::SockRef::from(stream).set_tcp_notsent_lowat(UNSENT_BYTES);
}

/// Waits for a client's first byte; what comes after it is watched by `limits`.
async fn begins(stream: &DirectStream, limit: Duration) -> bool {
    matches!(timeout(limit, stream.peek(&mut [0])).await, Ok(Ok(1)))
}
