//! The headers `WWW-Authenticate`: by what a client can make itself known.
//!
//! A token comes before a password, as oras, crane and skopeo take what they find first, and only a
//! token says which rights it was asked for. Each has a header of its own: oras reads no more than one
//! from a header.

use axum::http::{HeaderValue, StatusCode};

use super::{Auth, Denied};
use crate::serve::origin::Origin;

/// Where a client of this server gets a token.
/// Where tokens are asked for.
pub(in crate::serve) const TOKENS: &str = "/v2/token";

/// Real clients all know this scheme: Docker, Helm, oras, crane, skopeo.
const BASIC: HeaderValue = HeaderValue::from_static(r#"Basic realm="hreg", charset="UTF-8""#);

impl Auth {
    /// Says what a client that was denied something is asked for; nothing if it could not help.
    ///
    /// `origin` is the address that the client has found the server at, and `scope` what a token has
    /// to be good for.
    pub(in crate::serve) fn challenges(
        &self,
        denied: Denied,
        origin: Option<&Origin>,
        scope: Option<&str>,
    ) -> Vec<HeaderValue> {
        if denied.status() != StatusCode::UNAUTHORIZED {
            return Vec::new();
        }
        let bearer = self.token_server(origin).and_then(|(realm, service)| {
            let mut text = format!(r#"Bearer realm="{realm}",service="{service}""#);
            let scope = scope.map(|scope| ("scope", scope));
            for (name, value) in scope.into_iter().chain(denied.fault().map(|is| ("error", is))) {
                text += &format!(r#",{name}="{value}""#);
            }
            HeaderValue::from_str(&text).ok()
        });
        bearer.into_iter().chain(self.users.is_some().then_some(BASIC)).collect()
    }

    /// Finds where tokens are to be had, and for what: here, if this server gives some.
    fn token_server(&self, origin: Option<&Origin>) -> Option<(String, &str)> {
        if let Some(own) = self.own.as_ref().map(|own| own.settings()) {
            let here = || origin.map(|origin| origin.url(TOKENS));
            return Some((own.realm.clone().or_else(here)?, &own.service));
        }
        let issuer = self.issuer.as_ref()?.settings();
        Some((issuer.realm.clone(), &issuer.audience))
    }
}
