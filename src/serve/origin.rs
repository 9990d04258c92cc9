//! The address that a client has found the server at, for answers that must name a whole one.

use axum::http::uri::Authority;
use axum::http::{Extensions, HeaderMap, Uri, header};

use super::forwarded::Forwarded;
use super::state::State;

/// The most bytes of a host and a port.
const MAX_BYTES: usize = 262;

/// Is a scheme and a host, perhaps with a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) is_secure: bool,
    pub(super) host: String,
}

impl Origin {
    /// Takes what the client has said itself, or a proxy that is trusted; none if that is nothing, or not
    /// well formed.
    pub(super) fn of(
        state: &State,
        uri: &Uri,
        headers: &HeaderMap,
        extensions: &Extensions,
    ) -> Option<Origin> {
        let forwarded = extensions.get::<Forwarded>();
        let scheme = forwarded.and_then(|forwarded| forwarded.scheme);
        let is_secure = scheme.map_or(has_tls(state), |scheme| scheme == "https");
        let host =
            match (forwarded.and_then(|forwarded| forwarded.host.as_deref()), uri.authority()) {
                (Some(host), _) => host,
                // HTTP/2 has it in the address.
                (None, Some(authority)) => Authority::as_str(authority),
                (None, None) => headers.get(header::HOST)?.to_str().ok()?,
            };
        is_host(host).then(|| Origin { is_secure, host: host.to_owned() })
    }

    /// Takes the address that the server was told to listen on.
    pub(super) fn own(state: &State) -> Origin {
        Origin { is_secure: has_tls(state), host: state.settings().listen.clone() }
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

fn has_tls(state: &State) -> bool {
    state.settings().tls.certificate.is_some()
}

/// Tells whether a text is a name or an address with or without a port, and nothing besides: it can
/// stand in a header and in a command as it is.
pub(super) fn is_host(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte);
    let begins = text.bytes().next().is_some_and(|byte| byte != b'-');
    begins && text.len() <= MAX_BYTES && text.bytes().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::is_host;

    #[test]
    fn a_host_is_a_name_or_an_address() {
        for host in ["example.com", "localhost:8099", "[::1]:80", "127.0.0.1", "a_b"] {
            assert!(is_host(host), "{host}");
        }
        for text in [
            "",
            "-x",
            "a/b",
            "a\"b",
            "user@host",
            "a b",
            "ä",
            "a,b",
            "$(x)",
            "<b>",
            &"a".repeat(263),
        ] {
            assert!(!is_host(text), "{text}");
        }
    }
}
