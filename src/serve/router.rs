//! All doors in one.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::BoxError;
use axum::body::{Bytes, HttpBody};
use axum::http::{Request, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;

use super::direct::Direct;
use super::state::State;
use super::{adapter, classic, health, metrics, museum, oci, space_api, web};

type Routes = TowerToHyperService<axum::Router>;

/// Answers the requests of a connection, by whatever door they come.
#[derive(Clone)]
pub(super) struct Doors {
    /// Knows what can be answered without looking for the door; nothing where that is not to be done.
    known: Option<State>,
    routes: Routes,
    direct: Option<Direct>,
}

impl Doors {
    /// Opens every door.
    pub(super) fn open(state: State) -> Doors {
        let doors = [
            web::router(),
            oci::router(),
            space_api::router(),
            museum::router(),
            classic::router(),
        ];
        let doors = doors.into_iter().fold(axum::Router::new(), axum::Router::merge);
        let all = health::router().merge(metrics::router(&state));
        let all = all.merge(adapter::guard(doors, &state));
        let routes = TowerToHyperService::new(all.with_state(state.clone()));
        // What is known of a registry elsewhere may be too old: that is looked at before its doors.
        let known = state.adapter().is_none().then_some(state);
        Doors { known, routes, direct: None }
    }

    /// Answers while the server stops: probes are told so, and nothing new is begun.
    pub(super) fn stopping(state: State) -> Doors {
        let told = health::router().merge(metrics::router(&state));
        Doors::only(told.fallback(unavailable).with_state(state))
    }

    /// Opens these and no others.
    pub(super) fn only(router: axum::Router) -> Doors {
        Doors { known: None, routes: TowerToHyperService::new(router), direct: None }
    }

    /// Sends files by a connection that can send them without a copy.
    pub(super) fn by(self, direct: Option<Direct>) -> Doors {
        Doors { direct, ..self }
    }
}

impl<B> Service<Request<B>> for Doors
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Answering<<Routes as Service<Request<B>>>::Future>;

    fn call(&self, mut request: Request<B>) -> Self::Future {
        if let Some(state) = &self.known
            && let Some(response) = oci::at_once(state, &request)
        {
            return Answering::Now(Some(response));
        }
        if let Some(direct) = &self.direct {
            direct.offer(&mut request);
        }
        Answering::Later(self.routes.call(request))
    }
}

/// Is an answer that is there, or that is looked for.
pub(super) enum Answering<F> {
    Now(Option<Response>),
    Later(F),
}

impl<F: Future<Output = Result<Response, Infallible>> + Unpin> Future for Answering<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.get_mut() {
            Answering::Now(response) => {
                Poll::Ready(Ok(response.take().expect("a future that has ended is not polled")))
            }
            Answering::Later(answering) => Pin::new(answering).poll(context),
        }
    }
}

async fn unavailable() -> Response {
    let headers = [(header::RETRY_AFTER, "5"), (header::CONNECTION, "close")];
    (StatusCode::SERVICE_UNAVAILABLE, headers, "the server is stopping\n").into_response()
}
