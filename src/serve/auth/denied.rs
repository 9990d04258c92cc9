//! Why somebody may not do something.

use axum::http::StatusCode;

/// What a client is asked for. Real clients all know this scheme: Docker, Helm, oras, crane, skopeo.
const CHALLENGE: &str = r#"Basic realm="hreg", charset="UTF-8""#;

/// Says why somebody may not do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::serve) enum Denied {
    /// Nobody may write.
    ReadOnly,
    /// Nobody may delete.
    NoDelete,
    /// Nobody may do it, and there are no passwords by which somebody could be known.
    Closed,
    /// Somebody might do it who says who he is.
    Unknown,
    /// User or password are wrong.
    Wrong,
    /// The header is not written as it should be.
    Unreadable,
    /// The user is known, and may not do it.
    Forbidden,
}

impl Denied {
    /// Gives the status to answer with.
    pub(in crate::serve) fn status(self) -> StatusCode {
        match self {
            Denied::ReadOnly | Denied::NoDelete => StatusCode::METHOD_NOT_ALLOWED,
            Denied::Closed | Denied::Forbidden => StatusCode::FORBIDDEN,
            Denied::Unknown | Denied::Wrong | Denied::Unreadable => StatusCode::UNAUTHORIZED,
        }
    }

    /// Gives the header `WWW-Authenticate` to answer with.
    pub(in crate::serve) fn challenge(self) -> Option<&'static str> {
        (self.status() == StatusCode::UNAUTHORIZED).then_some(CHALLENGE)
    }

    /// Says it to the client. Whether a user exists is not told.
    pub(in crate::serve) fn message(self) -> &'static str {
        match self {
            Denied::ReadOnly => "this registry is only for reading",
            Denied::NoDelete => "nothing is deleted from this registry",
            Denied::Closed => "nobody may do this here without being known",
            Denied::Unknown => "this asks for a user and a password",
            Denied::Wrong => "the user or the password is wrong",
            Denied::Unreadable => "only a user and a password are understood (Basic)",
            Denied::Forbidden => "this user may not do this",
        }
    }
}
