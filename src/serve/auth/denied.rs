//! Why somebody may not do something.

use axum::http::StatusCode;

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
    /// The token is not taken, for this reason.
    Token(&'static str),
    /// The token is not good for this; another one might be.
    Narrow,
    /// The user is known, and may not do it.
    Forbidden,
}

impl Denied {
    /// Gives the status to answer with.
    pub(in crate::serve) fn status(self) -> StatusCode {
        match self {
            Denied::ReadOnly | Denied::NoDelete => StatusCode::METHOD_NOT_ALLOWED,
            Denied::Closed | Denied::Forbidden => StatusCode::FORBIDDEN,
            Denied::Unknown
            | Denied::Wrong
            | Denied::Unreadable
            | Denied::Token(_)
            | Denied::Narrow => StatusCode::UNAUTHORIZED,
        }
    }

    /// Gives the word for what is wrong with a token (RFC 6750, section 3.1).
    pub(super) fn fault(self) -> Option<&'static str> {
        match self {
            Denied::Token(_) => Some("invalid_token"),
            Denied::Narrow => Some("insufficient_scope"),
            _ => None,
        }
    }

    /// Says it to the client. Whether a user exists is not told.
    pub(in crate::serve) fn message(self) -> &'static str {
        match self {
            Denied::ReadOnly => "this registry is only for reading",
            Denied::NoDelete => "nothing is deleted from this registry",
            Denied::Closed => "nobody may do this here without being known",
            Denied::Unknown => "this asks for a user and a password, or a token",
            Denied::Wrong => "the user or the password is wrong",
            Denied::Unreadable => "the header Authorization is not understood",
            Denied::Token(reason) => reason,
            Denied::Narrow => "the token is not good for this",
            Denied::Forbidden => "this user may not do this",
        }
    }
}
