//! What is spoken to directly although there is a proxy: the NO_PROXY convention.
//!
//! The rules are those of Go's golang.org/x/net/http/httpproxy, which Helm follows.

use std::net::IpAddr;

use super::url::domain;
use crate::name::Host;

/// Lists what is spoken to directly.
#[derive(Debug, Default)]
pub(super) struct NoProxy(Vec<Entry>);

#[derive(Debug)]
enum Entry {
    Everything,
    Network {
        address: IpAddr,
        bits: u32,
    },
    /// The domain, perhaps that itself too, and all below it.
    Domain {
        domain: String,
        itself: bool,
        port: Option<String>,
    },
}

impl NoProxy {
    /// Reads a list separated by commas; what cannot be understood names a domain that nothing has.
    pub(super) fn parse(text: &str) -> NoProxy {
        let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        NoProxy(entries.map(Entry::parse).collect())
    }

    /// Tells whether a host is spoken to directly.
    pub(super) fn covers(&self, host: &Host) -> bool {
        let domain = domain(host);
        let port = host.as_str()[domain.len()..].strip_prefix(':');
        let address = domain.trim_matches(['[', ']']).parse().ok();
        self.0.iter().any(|entry| entry.covers(domain, port, address))
    }
}

impl Entry {
    fn parse(text: &str) -> Entry {
        if text == "*" {
            return Entry::Everything;
        }
        if let Some(network) = network(text) {
            return network;
        }
        let (domain, port) = match text.rsplit_once(':') {
            Some((domain, port)) if !port.contains(']') => (domain, Some(port.to_owned())),
            _ => (text, None),
        };
        let domain = domain.strip_prefix('*').unwrap_or(domain).to_ascii_lowercase();
        match domain.strip_prefix('.') {
            Some(parent) => Entry::Domain { domain: parent.to_owned(), itself: false, port },
            None => Entry::Domain { domain, itself: true, port },
        }
    }

    fn covers(&self, host: &str, its_port: Option<&str>, its_address: Option<IpAddr>) -> bool {
        match self {
            Entry::Everything => true,
            Entry::Network { address, bits } => {
                its_address.is_some_and(|own| prefix(own, *bits) == prefix(*address, *bits))
            }
            Entry::Domain { domain, itself, port } => {
                let above = host.strip_suffix(domain.as_str());
                let fits = above.is_some_and(|above| match above {
                    "" => *itself,
                    above => its_address.is_none() && above.ends_with('.'),
                });
                fits && port.as_deref().is_none_or(|port| its_port == Some(port))
            }
        }
    }
}

/// Reads an address, or a network such as `10.0.0.0/8`.
fn network(text: &str) -> Option<Entry> {
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => (address, Some(bits.parse().ok()?)),
        None => (text, None),
    };
    let address: IpAddr = address.trim_matches(['[', ']']).parse().ok()?;
    let width = if address.is_ipv4() { 32 } else { 128 };
    Some(Entry::Network { address, bits: bits.unwrap_or(width).min(width) })
}

/// Gives the first bits of an address, and of which kind it is.
fn prefix(address: IpAddr, bits: u32) -> (bool, u128) {
    let (width, value) = match address {
        IpAddr::V4(address) => (32, u128::from(address.to_bits())),
        IpAddr::V6(address) => (128, address.to_bits()),
    };
    (width == 32, value.checked_shr(width - bits.min(width)).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covers(list: &str, host: &str) -> bool {
        NoProxy::parse(list).covers(&Host::parse(host).unwrap())
    }

    #[test]
    fn domains_cover_what_is_below_them() {
        let list = " Example.com , .internal,*.corp, only.org:5000";
        for host in ["example.com", "a.example.com:5000", "a.internal", "a.b.corp", "only.org:5000"]
        {
            assert!(covers(list, host), "{host}");
        }
        for host in
            ["myexample.com", "internal", "corp", "only.org", "only.org:5001", "example.com.evil"]
        {
            assert!(!covers(list, host), "{host}");
        }
        assert!(covers("*", "anything.at.all"));
        assert!(!covers("", "example.com"));
    }

    #[test]
    fn networks_cover_addresses() {
        let list = "10.0.0.0/8,192.168.1.1,fd00::/8,[::5]";
        for host in ["10.1.2.3:5000", "192.168.1.1", "[fd12::1]:443", "[::5]"] {
            assert!(covers(list, host), "{host}");
        }
        for host in ["11.0.0.1", "192.168.1.2", "[fe80::1]", "a.10.0.0.1"] {
            assert!(!covers(list, host), "{host}");
        }
        assert!(covers("0.0.0.0/0", "1.2.3.4") && !covers("0.0.0.0/0", "[::1]"));
        assert!(!covers("10.0.0.0/x", "10.0.0.1"));
    }
}
