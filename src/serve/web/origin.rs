//! Under which address a client reaches the server: what commands have to be told.

use axum::http::header;
use axum::http::request::Parts;

use crate::serve::state::State;

/// The most bytes of a host that is repeated.
const MAX_HOST_BYTES: usize = 260;

/// Is a scheme and a host, perhaps with a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) is_secure: bool,
    pub(super) host: String,
}

impl Origin {
    /// Takes the host that the client has named; where that is none, the address that is listened on.
    pub(super) fn of(state: &State, head: &Parts) -> Origin {
        let named = head.headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let named = named.or(head.uri.authority().map(|authority| authority.as_str()));
        let host = named.filter(|host| is_host(host)).unwrap_or(&state.settings().listen);
        Origin { is_secure: state.settings().tls.certificate.is_some(), host: host.to_owned() }
    }

    /// Gives the address of a path, which begins with a slash or is empty.
    pub(super) fn url(&self, path: &str) -> String {
        let scheme = if self.is_secure { "https" } else { "http" };
        format!("{scheme}://{}{path}", self.host)
    }

    /// Gives what commands must be told where there is no TLS. Helm 3 finds that out by itself on its
    /// own machine, but not where it has to list tags.
    pub(super) fn plain_http(&self) -> &'static str {
        if self.is_secure { "" } else { " --plain-http" }
    }
}

/// Tells whether a text is a host that can stand in a command as it is.
fn is_host(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
    let begins = text.bytes().next().is_some_and(|byte| byte != b'-');
    begins && text.len() <= MAX_HOST_BYTES && text.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_host_is_repeated() {
        for host in ["localhost:8099", "registry.example", "[::1]:8099", "192.0.2.1"] {
            assert!(is_host(host), "{host}");
        }
        for text in ["", "-x", "a b", "a;b", "$(x)", "<b>", "user@host", &"a".repeat(300)] {
            assert!(!is_host(text), "{text}");
        }
    }
}
