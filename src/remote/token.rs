//! Tokens, as the distribution specification of tokens and OAuth 2 give them.

use std::time::{Duration, Instant};

use serde::Deserialize;
use ureq::http::Method;
use ureq::http::header::{CONTENT_TYPE, HeaderValue};

use super::Error;
use super::credential::Credential;
use super::exchange::Exchange;
use super::failure::of_answer;
use super::guard::{BAD_TOKEN, Proof, basic, bearer};
use super::request::{Content, Request};
use super::retry::Failure;
use super::trust::{may_ask, may_know};
use super::url::{Url, encode};
use super::what::What;

/// The largest answer of a token server that is read.
const MAX_BYTES: u64 = 256 << 10;

/// How long a token lasts whose server does not say it.
const LASTS: u64 = 60;

/// How long before its end a token is not used any more.
const MARGIN: Duration = Duration::from_secs(5);

/// The largest number of seconds that is believed: a day.
const LONGEST: u64 = 86_400;

#[derive(Deserialize)]
struct Granted {
    token: Option<String>,
    access_token: Option<String>,
    expires_in: Option<u64>,
}

impl Exchange {
    /// Asks a token server for a token: with the credential, if the server may know it.
    pub(super) fn token(
        &self,
        request: &Request<'_>,
        realm: &Url,
        service: Option<&str>,
        scopes: &[String],
        credential: Option<Credential>,
    ) -> Result<Proof, Failure> {
        let (registry, host) = (request.url, request.url.host());
        let what = What::Token(host, realm);
        if !may_ask(&self.options, registry, realm) {
            let reason = format!("to {realm} for a token, which is not encrypted");
            return Err(Error::Redirect { doing: request.doing(), reason }.into());
        }
        let is_trusted = may_know(host, realm.host());
        let withheld = credential.is_some() && !is_trusted;
        let credential = credential.filter(|_| is_trusted);
        let asked = Instant::now();
        let granted = match &credential {
            Some(Credential::IdentityToken { token }) => {
                self.exchange_token(what, realm, service, scopes, token)
            }
            other => self.ask_token(what, realm, service, scopes, other.as_ref()),
        }?;
        let token = granted.token.or(granted.access_token).filter(|token| !token.is_empty());
        let problem = |reason| Request::new(Method::GET, realm, what).protocol(reason);
        let token = token.ok_or_else(|| problem("it gives no token"))?;
        let header = bearer(&token).ok_or_else(|| problem(BAD_TOKEN))?;
        let lasts = Duration::from_secs(granted.expires_in.unwrap_or(LASTS).min(LONGEST));
        Ok(Proof {
            header,
            is_known: credential.is_some(),
            withheld: withheld.then(|| realm.host().clone()),
            expires: Some(asked + lasts.saturating_sub(MARGIN)),
        })
    }

    fn ask_token(
        &self,
        what: What<'_>,
        realm: &Url,
        service: Option<&str>,
        scopes: &[String],
        credential: Option<&Credential>,
    ) -> Result<Granted, Failure> {
        let mut url = realm.clone();
        service.into_iter().for_each(|service| url.add_query("service", service));
        scopes.iter().for_each(|scope| url.add_query("scope", scope));
        let proof = match credential {
            Some(Credential::Basic { username, password }) => Some(basic(username, password)),
            _ => None,
        };
        self.granted(&Request::new(Method::GET, &url, what), proof)
    }

    /// Exchanges an identity token, as OAuth 2 does a refresh token (RFC 6749, section 6).
    fn exchange_token(
        &self,
        what: What<'_>,
        realm: &Url,
        service: Option<&str>,
        scopes: &[String],
        token: &str,
    ) -> Result<Granted, Failure> {
        let form = format!(
            "grant_type=refresh_token&client_id=hreg&service={}&scope={}&refresh_token={}",
            encode(service.unwrap_or_default()),
            encode(&scopes.join(" ")),
            encode(token)
        );
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
        let headers = [(CONTENT_TYPE, kind)];
        let request = Request::new(Method::POST, realm, what).headers(&headers);
        self.granted(&request.content(form.as_bytes()), None)
    }

    /// Sends a request to a token server. No redirect is followed: what goes there is for it alone.
    fn granted(
        &self,
        request: &Request<'_>,
        proof: Option<HeaderValue>,
    ) -> Result<Granted, Failure> {
        let response = self.send(request, request.url, proof.as_ref(), Content::of(request))?;
        let is_known = proof.is_some() || request.method == Method::POST;
        if response.status() != 200 {
            return Err(of_answer(response, format!("get {}", request.what), is_known));
        }
        let bytes = response.read(MAX_BYTES, || request.doing())?;
        let granted = serde_json::from_slice(&bytes);
        // The parser's own words may quote the token.
        Ok(granted.map_err(|_| request.protocol("it gives something else than a token"))?)
    }
}
