//! Hosts of registries.

use std::fmt;

use super::{Error, text_like};

/// Names a registry: a domain, an IPv4 address or an IPv6 address in brackets, perhaps with a port.
///
/// Domains are kept in lower case, since they name the same host in any case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Host(String);

impl Host {
    const MAX_BYTES: usize = 200;

    /// Tells whether the first part of a reference names a host rather than a space.
    pub fn is_host(part: &str) -> bool {
        part.contains(['.', ':']) || part.eq_ignore_ascii_case("localhost")
    }

    /// Checks a host with an optional port.
    pub fn parse(text: &str) -> Result<Host, Error> {
        let fail = |reason: &str| Err(Error::new("host", text, reason));
        if text.len() > Self::MAX_BYTES {
            return fail("it is longer than 200 bytes");
        }
        let (domain, port) = split_port(text);
        if let Some(port) = port
            && (port.starts_with('0') || port.len() > 5 || port.parse::<u16>().is_err())
        {
            return fail("its port must be a number from 1 to 65535");
        }
        if !is_address(domain) && !is_domain(domain) {
            return fail("expected a domain or an address, such as registry.example.com:5000");
        }
        Ok(Host(text.to_ascii_lowercase()))
    }

    /// Gives the host as text, with its port.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Splits off the port; colons inside brackets belong to the address.
fn split_port(text: &str) -> (&str, Option<&str>) {
    match text.rsplit_once(':') {
        Some((domain, port)) if !port.contains(']') => (domain, Some(port)),
        _ => (text, None),
    }
}

fn is_address(text: &str) -> bool {
    text.strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .is_some_and(|inner| inner.parse::<std::net::Ipv6Addr>().is_ok())
}

fn is_domain(text: &str) -> bool {
    text.split('.').all(|label| {
        let bytes = label.as_bytes();
        !bytes.is_empty()
            && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
            && bytes[0] != b'-'
            && bytes[bytes.len() - 1] != b'-'
    })
}

impl fmt::Display for Host {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

text_like!(Host);
