//! What proves to a registry who is asking, and how the client comes by it.

use std::fmt;

use super::credentials;
use crate::name::Host;

/// Proves to a registry who is asking. What it prints for debugging never has a secret in it.
#[derive(Clone, PartialEq, Eq)]
pub enum Credential {
    /// A name and a password.
    Basic {
        /// The name.
        username: String,
        /// The password, or a token that stands for it.
        password: String,
    },
    /// A token that is exchanged for the tokens of single requests (OAuth 2's refresh token).
    IdentityToken {
        /// The token.
        token: String,
    },
    /// A token that goes with requests as it is.
    Bearer {
        /// The token.
        token: String,
    },
}

impl fmt::Debug for Credential {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Credential::Basic { username, .. } => write!(formatter, "Basic({username:?}, ***)"),
            Credential::IdentityToken { .. } => formatter.write_str("IdentityToken(***)"),
            Credential::Bearer { .. } => formatter.write_str("Bearer(***)"),
        }
    }
}

/// Finds the credential for a place on a registry.
pub trait Lookup: Send + Sync {
    /// Finds the credential for `path`, a repository's path on the host or nothing: that of the
    /// longest path that leads to it.
    fn find(&self, host: &Host, path: &str) -> Result<Option<Credential>, credentials::Error>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debugging_shows_no_secret() {
        let (username, password) = ("user".to_owned(), "hunter2".to_owned());
        let credential = Credential::Basic { username, password };
        assert_eq!(format!("{credential:?}"), "Basic(\"user\", ***)");
        let token = "hunter2".to_owned();
        for credential in
            [Credential::IdentityToken { token: token.clone() }, Credential::Bearer { token }]
        {
            assert!(!format!("{credential:?}").contains("hunter2"), "{credential:?}");
        }
    }
}
