//! Proofs of who asks: made when a server asks for one, and remembered.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ureq::http::HeaderValue;

use super::Error;
use super::challenge::Challenge;
use super::credential::{Credential, Lookup};
use super::exchange::Exchange;
use super::request::Request;
use super::retry::Failure;
use crate::name::Host;

/// Says whose credential may go with a request, and for what.
#[derive(Debug, Clone)]
pub(super) struct Access {
    /// The host that the credential is kept for.
    pub(super) host: Host,
    /// The path on that host.
    pub(super) path: String,
    /// What a token is to be good for, as the distribution specification of tokens writes it;
    /// several are separated by spaces.
    pub(super) scope: String,
}

/// Proves who asks.
#[derive(Debug, Clone)]
pub(super) struct Proof {
    /// What goes into the Authorization header.
    pub(super) header: HeaderValue,
    /// Whether it was made with a credential.
    pub(super) is_known: bool,
    /// The token server that the credential was withheld from.
    pub(super) withheld: Option<Host>,
    /// When it ends.
    pub(super) expires: Option<Instant>,
}

type Slot = Arc<Mutex<Option<Proof>>>;

/// Remembers proofs, and what each server asked for.
pub(super) struct Guard {
    pub(super) lookup: Box<dyn Lookup>,
    /// By server, path and scope. The lock of each is held while its proof is made, so that of many
    /// threads one asks, and the others wait for it.
    slots: Mutex<HashMap<[String; 3], Slot>>,
    /// What was asked for last, by server.
    challenges: Mutex<HashMap<String, Challenge>>,
}

impl Guard {
    pub(super) fn new(lookup: Box<dyn Lookup>) -> Guard {
        Guard { lookup, slots: Mutex::default(), challenges: Mutex::default() }
    }

    fn slot(&self, request: &Request<'_>, access: &Access) -> Slot {
        let origin = request.url.origin().to_owned();
        let key = [origin, access.path.clone(), access.scope.clone()];
        locked(&self.slots).entry(key).or_default().clone()
    }

    fn challenge(&self, request: &Request<'_>) -> Option<Challenge> {
        locked(&self.challenges).get(request.url.origin()).cloned()
    }
}

/// What is guarded is whole between any two steps, so a panic elsewhere does no harm to it.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Exchange {
    /// Gives the proof to begin with: a remembered one, or one of the kind that this server asked
    /// for earlier. The first request to a server is anonymous.
    pub(super) fn known(&self, request: &Request<'_>) -> Result<Option<Proof>, Failure> {
        let Some(access) = request.access else { return Ok(None) };
        let Some(challenge) = self.guard.challenge(request) else { return Ok(None) };
        match self.answer(request, access, &challenge, None) {
            // The server may well give without a proof what no proof can be had for.
            Err(Failure::Final(Error::Unauthorized { .. })) => Ok(None),
            result => result,
        }
    }

    /// Makes the proof that a server asks for, unless another than the refused one is remembered.
    pub(super) fn answer(
        &self,
        request: &Request<'_>,
        access: &Access,
        challenge: &Challenge,
        refused: Option<&Proof>,
    ) -> Result<Option<Proof>, Failure> {
        let slot = self.guard.slot(request, access);
        let mut slot = locked(&slot);
        let is_other = |proof: &&Proof| refused.is_none_or(|other| other.header != proof.header);
        let lasts = |proof: &&Proof| proof.expires.is_none_or(|end| end > Instant::now());
        if let Some(proof) = slot.as_ref().filter(is_other).filter(lasts) {
            return Ok(Some(proof.clone()));
        }
        let origin = request.url.origin().to_owned();
        locked(&self.guard.challenges).insert(origin, challenge.without_scope());
        *slot = self.make(request, access, challenge)?;
        Ok(slot.clone().filter(|proof| is_other(&proof)))
    }

    fn make(
        &self,
        request: &Request<'_>,
        access: &Access,
        challenge: &Challenge,
    ) -> Result<Option<Proof>, Failure> {
        let credential = self.guard.lookup.find(&access.host, &access.path)?;
        let made = |header| Proof { header, is_known: true, withheld: None, expires: None };
        match (challenge, credential) {
            (_, Some(Credential::Bearer { token })) => {
                Ok(Some(made(bearer(&token).ok_or_else(|| request.protocol(BAD_TOKEN))?)))
            }
            (Challenge::Bearer { realm, service, scope }, credential) => {
                let realm = request.url.join(realm)?;
                let scopes = scopes(&access.scope, scope.as_deref().unwrap_or_default());
                self.token(request, &realm, service.as_deref(), &scopes, credential).map(Some)
            }
            (Challenge::Basic, Some(Credential::Basic { username, password })) => {
                Ok(Some(made(basic(&username, &password))))
            }
            (Challenge::Basic, _) => Ok(None),
        }
    }
}

/// What is said about a token that no header can hold.
pub(super) const BAD_TOKEN: &str = "its token holds characters that no header can hold";

/// Writes a name and a password as RFC 7617 says.
pub(super) fn basic(username: &str, password: &str) -> HeaderValue {
    let pair = STANDARD.encode(format!("{username}:{password}"));
    secret(format!("Basic {pair}")).expect("Base64 fits into a header")
}

pub(super) fn bearer(token: &str) -> Option<HeaderValue> {
    secret(format!("Bearer {token}"))
}

fn secret(text: String) -> Option<HeaderValue> {
    let mut value = HeaderValue::try_from(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// Joins what is wanted with what the server says is needed, each `TYPE:NAME:ACTION,…`.
fn scopes(wanted: &str, needed: &str) -> Vec<String> {
    let split = |scope: &str| {
        scope.rsplit_once(':').map(|(name, actions)| (name.to_owned(), actions.to_owned()))
    };
    let mut all: Vec<String> = wanted.split_whitespace().map(str::to_owned).collect();
    for scope in needed.split_whitespace() {
        let is_covered = all.iter().any(|own| match (split(own), split(scope)) {
            (Some((own, has)), Some((name, needs))) => {
                own == name && needs.split(',').all(|need| has.split(',').any(|one| one == need))
            }
            _ => own == scope,
        });
        if !is_covered {
            all.push(scope.to_owned());
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_joined() {
        let own = "repository:a/b:pull,push";
        assert_eq!(scopes(own, ""), [own]);
        assert_eq!(scopes(own, "repository:a/b:pull"), [own]);
        assert_eq!(scopes("", "registry:catalog:*"), ["registry:catalog:*"]);
        assert_eq!(scopes("repository:a/b:pull", own), ["repository:a/b:pull", own]);
        assert_eq!(scopes("a", "a b"), ["a", "b"]);
    }

    #[test]
    fn headers_hide_what_they_hold() {
        let header = basic("user", "pass:wörd");
        assert_eq!(header.to_str().unwrap(), "Basic dXNlcjpwYXNzOnfDtnJk");
        assert!(!format!("{header:?}").contains("dXNl"));
        assert_eq!(bearer("a\nb"), None);
    }
}
