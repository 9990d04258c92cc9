//! Why a request is refused, apart from the words in which each door says so.
//!
//! The doors for charts turn the kind of an error into a status, each in one match of its own. What
//! failed inside is told to who runs the server, and not to clients.

use std::error::Error as StdError;

use axum::http::{StatusCode, header};
use axum::response::Response;

use super::auth::Denied;
use super::state::{Lost, State};
use crate::error::{Classified as _, Kind};
use crate::{ops, storage, store};

/// Says that what was asked for is elsewhere, and cannot be had from there.
pub(super) const ELSEWHERE: &str = "the registry behind this server does not give it";

/// Says that what was asked for has been elsewhere.
const GONE: &str = "the registry behind this server does not have it any more";

/// Says why a request is refused.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) why: Why,
    pub(super) message: String,
    /// What the client may not do, where that is the reason.
    pub(super) denied: Option<Denied>,
    /// What failed here, which is told to who runs the server.
    failure: Option<Box<dyn StdError + Send + Sync>>,
}

/// Says what kind of reason it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// An error of the operation, or one like it.
    Kind(Kind),
    /// Something of HTTP that is the same for every door.
    Status(StatusCode),
}

impl Refusal {
    pub(super) fn of(kind: Kind, message: impl Into<String>) -> Refusal {
        Refusal { why: Why::Kind(kind), message: message.into(), denied: None, failure: None }
    }

    pub(super) fn invalid(message: impl Into<String>) -> Refusal {
        Refusal::of(Kind::Invalid, message)
    }

    pub(super) fn not_found(message: impl Into<String>) -> Refusal {
        Refusal::of(Kind::NotFound, message)
    }

    pub(super) fn status(status: StatusCode, message: impl Into<String>) -> Refusal {
        Refusal { why: Why::Status(status), message: message.into(), denied: None, failure: None }
    }

    /// Tells whether the reason is of a kind.
    pub(super) fn is(&self, kind: Kind) -> bool {
        self.why == Why::Kind(kind)
    }

    /// Tells who runs the server of what failed, and gives the refusal as the client is to know it: what
    /// a registry elsewhere has lost is not there, and is no damage to what is here.
    pub(super) fn told(self, state: &State) -> Refusal {
        let Some(failure) = &self.failure else { return self };
        state.report(&**failure);
        match state.adapter() {
            Some(_) if failure.downcast_ref().is_some_and(is_absence) => Refusal::not_found(GONE),
            _ => self,
        }
    }

    fn failed(kind: Kind, failure: impl Into<Box<dyn StdError + Send + Sync>>) -> Refusal {
        let message = match kind {
            Kind::Locked => "the store is busy",
            Kind::NoSpace => "the disk is full",
            Kind::Damaged => "what was asked for is damaged",
            Kind::Unreachable | Kind::Unauthorized => ELSEWHERE,
            _ => "the server has failed",
        };
        Refusal { failure: Some(failure.into()), ..Refusal::of(kind, message) }
    }
}

impl From<ops::Error> for Refusal {
    fn from(error: ops::Error) -> Refusal {
        let kind = match &error {
            // What the file system says is about this server, not about the request.
            ops::Error::Disk(_) | ops::Error::Store(store::Error::Storage(_)) => match error.kind()
            {
                kind @ (Kind::NoSpace
                | Kind::Locked
                | Kind::Damaged
                | Kind::Unreachable
                | Kind::Unauthorized) => kind,
                _ => Kind::System,
            },
            _ => error.kind(),
        };
        match kind {
            Kind::Invalid | Kind::Unsupported | Kind::NotFound | Kind::Exists | Kind::Denied => {
                Refusal::of(kind, text(&error))
            }
            _ => Refusal::failed(kind, error),
        }
    }
}

impl From<store::Error> for Refusal {
    fn from(error: store::Error) -> Refusal {
        ops::Error::from(error).into()
    }
}

impl From<Lost> for Refusal {
    fn from(_: Lost) -> Refusal {
        Refusal::failed(Kind::System, "a request has ended before its time")
    }
}

impl From<Denied> for Refusal {
    fn from(denied: Denied) -> Refusal {
        let refusal = Refusal::status(denied.status(), denied.message());
        Refusal { denied: Some(denied), ..refusal }
    }
}

/// Says in an answer by what a client that was denied something can make itself known.
pub(super) fn challenging(
    state: &State,
    denied: Option<Denied>,
    mut response: Response,
) -> Response {
    let challenges = denied.map(|denied| state.auth().challenges(denied, None, None));
    for challenge in challenges.unwrap_or_default() {
        response.headers_mut().append(header::WWW_AUTHENTICATE, challenge);
    }
    response
}

/// Tells whether bytes are missing that a name stands for.
fn is_absence(error: &ops::Error) -> bool {
    use storage::Error::Elsewhere;
    use store::Error::{MissingBlob, Storage};
    matches!(
        error,
        ops::Error::Store(MissingBlob { .. } | Storage(Elsewhere { kind: Kind::NotFound, .. }))
    )
}

/// Writes an error with its causes.
fn text(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text += &format!(": {error}");
        cause = error.source();
    }
    text
}
