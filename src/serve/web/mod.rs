//! The page at `/`: what is served, and the commands to use it.
//!
//! What stands on it is put together once ([`page`]), of what the asker may read, and written in HTML
//! for browsers ([`html`]) or as plain text for others ([`text`]). It has no script, and nothing from
//! elsewhere.

mod html;
mod page;
mod text;

use axum::body::Body;
use axum::extract::State as Extract;
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;

use super::auth::{Action, Denied, Who};
use super::origin::Origin;
use super::refusal::{Refusal, challenging};
use super::sending::{Wish, etag};
use super::source::Source;
use super::state::State;
use crate::digest::Digest;
use crate::store::Glance;
use page::{Asker, Block};

/// The most spaces that are named, and the most charts in all of them.
const MOST: usize = 100;

/// Gives the route.
pub(super) fn router() -> axum::Router<State> {
    axum::Router::new().route("/", any(take))
}

async fn take(state: Extract<State>, request: Request<Body>) -> Response {
    let (head, body) = request.into_parts();
    if !matches!(head.method, Method::GET | Method::HEAD) {
        let allowed = [(header::ALLOW, "GET, HEAD")];
        let text = "only GET and HEAD are answered here\n";
        let response = (StatusCode::METHOD_NOT_ALLOWED, allowed, text).into_response();
        return Source::new(body).drain(response).await;
    }
    let origin = Origin::of(&state, &head.uri, &head.headers, &head.extensions);
    let origin = origin.unwrap_or_else(|| Origin::own(&state));
    let wish = Wish { method: head.method, headers: head.headers };
    answer(&state, &origin, &wish).await.unwrap_or_else(|refusal| {
        let refusal = refusal.told(&state);
        (StatusCode::INTERNAL_SERVER_ERROR, refusal.message + "\n").into_response()
    })
}

async fn answer(state: &State, origin: &Origin, wish: &Wish) -> Result<Response, Refusal> {
    let permitted = match state.who(&wish.headers).await {
        Ok(who) => state.auth().permit_somewhere(&who, Action::Read).map(|()| who),
        Err(denied) => Err(denied),
    };
    match permitted {
        Ok(who) => {
            let glance = glance(state, &who).await?;
            let registry = state.adapter().map(|adapter| adapter.place().to_string());
            let asker = Asker {
                name: who.name(),
                may_log_in: state.auth().challenge(&who).is_err(),
                may_push: state.auth().permit_somewhere(&who, Action::Push).is_ok(),
                registry: registry.as_deref(),
            };
            let blocks = page::of(origin, &asker, &glance);
            Ok(send(state, wish, StatusCode::OK, &blocks))
        }
        Err(denied) => Ok(refuse(state, origin, wish, denied)),
    }
}

/// Says how to log in: browsers ask for user and password when they see the status.
fn refuse(state: &State, origin: &Origin, wish: &Wish, denied: Denied) -> Response {
    let blocks = page::denied(origin, denied);
    challenging(state, Some(denied), send(state, wish, denied.status(), &blocks))
}

/// Looks at what somebody may read.
async fn glance(state: &State, who: &Who) -> Result<Glance, Refusal> {
    let (asking, who) = (state.clone(), who.clone());
    let look = move |store: &crate::store::Store| {
        store.glance(MOST, |space| asking.permit(&who, Action::Read, space).is_ok())
    };
    Ok(state.read(look).await??)
}

fn send(state: &State, wish: &Wish, status: StatusCode, blocks: &[Block]) -> Response {
    let (kind, body) = match wants_html(&wish.headers) {
        true => ("text/html; charset=utf-8", html::write(blocks)),
        false => ("text/plain; charset=utf-8", text::write(blocks)),
    };
    let tag = etag(Digest::of(body.as_bytes()));
    let mut headers = HeaderMap::new();
    for (name, value) in [
        (header::CONTENT_TYPE, kind),
        // What is shown depends on who asks, where users are asked for.
        (header::CACHE_CONTROL, if state.settings().is_asking() { "no-store" } else { "no-cache" }),
        (header::VARY, "Accept, Authorization"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CONTENT_SECURITY_POLICY, html::policy()),
        (header::ETAG, &tag),
    ] {
        // All are ASCII.
        headers.extend(HeaderValue::from_str(value).map(|value| (name, value)));
    }
    if status == StatusCode::OK && wish.has_already(&[&tag]) {
        return Wish::unchanged(headers);
    }
    wish.answer(status, headers, body.len() as u64, || body.into())
}

/// Tells whether a client is a browser, which names HTML first; `curl` takes anything.
fn wants_html(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter();
    accepted.filter_map(|value| value.to_str().ok()).any(|text| text.contains("text/html"))
}
