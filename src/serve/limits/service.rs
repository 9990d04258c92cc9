//! What is done for each request before a door answers it, and for its answer after that.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;

use axum::BoxError;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::Request;
use axum::response::Response;
use hyper::service::{Service, service_fn};

use super::Admission;
use super::meter::Meter;
use super::paced::Paced;
use super::window::Window;
use crate::serve::forwarded::Forwarded;
use crate::serve::state::State;

/// Is the body of a request on its way.
pub(in crate::serve) trait Coming:
    HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + Unpin + 'static
{
}

impl<B> Coming for B where B: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + Unpin + 'static {}

/// Is a connection whose requests are looked at.
#[derive(Clone)]
pub(in crate::serve) struct Visit {
    pub(in crate::serve) state: State,
    pub(in crate::serve) peer: IpAddr,
    pub(in crate::serve) admission: Option<Admission>,
    pub(in crate::serve) meter: Arc<Meter>,
}

impl Visit {
    /// Adds to a request where it comes from, if anybody needs to know, and holds its body to the
    /// least rate.
    fn prepare<B: Coming>(&self, request: Request<B>) -> Request<Body> {
        let settings = self.state.settings();
        let is_told = self.admission.is_some() || !settings.proxies.is_empty();
        let (mut head, body) = request.into_parts();
        if is_told {
            let forwarded = Forwarded::read(&settings.proxies, self.peer, &head.headers);
            head.extensions.insert(forwarded);
        }
        let limits = &settings.limits;
        let body = match body.is_end_stream() {
            true => Body::empty(),
            false => {
                let window = Window::new(limits.body_timeout, limits.minimum_rate);
                Body::new(Paced::new(body, window))
            }
        };
        Request::from_parts(head, body)
    }
}

/// Puts the limits around the doors.
pub(in crate::serve) fn service<B, D, F>(
    doors: D,
    visit: Visit,
) -> impl Service<Request<B>, Response = Response, Error = Infallible, Future: Send + 'static>
where
    B: Coming,
    D: Service<Request<Body>, Response = Response, Error = Infallible, Future = F> + Clone,
    D: Send + 'static,
    F: Future<Output = Result<Response, Infallible>> + Send + 'static,
{
    service_fn(move |request: Request<B>| {
        let running = visit.meter.begin(request.version());
        let request = visit.prepare(request);
        let (doors, admission) = (doors.clone(), visit.admission.clone());
        async move {
            let request = match admission {
                None => request,
                Some(admission) => match admission.admit(request).await {
                    Ok(request) => request,
                    Err(refused) => return Ok(refused),
                },
            };
            // Dropped before it is waited for: not every door can be shared by threads.
            let answer = doors.call(request);
            drop(doors);
            answer.await.map(|response| running.answered(response))
        }
    })
}
