//! Where a request comes from, as proxies say it: only those that are trusted are believed.
//!
//! Read are `X-Forwarded-For`, `X-Forwarded-Proto` and `X-Forwarded-Host`. `Forwarded` (RFC 7239) is
//! not: a proxy that does not know it hands on what the client has written there.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, HeaderName};

use super::Network;
use super::origin::is_host;

const FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// Is where a request comes from; it is an extension of requests wherever somebody needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Forwarded {
    /// The client's address: the nearest that no trusted proxy has.
    pub(super) client: IpAddr,
    /// The scheme that it has used, if a proxy says so.
    pub(super) scheme: Option<&'static str>,
    /// The host that it has named, if a proxy says so.
    pub(super) host: Option<String>,
}

impl Forwarded {
    /// Reads what the headers of a request say, as far as its sender is believed.
    pub(super) fn read(proxies: &[Network], peer: IpAddr, headers: &HeaderMap) -> Forwarded {
        let peer = peer.to_canonical();
        let is_trusted = |address: IpAddr| proxies.iter().any(|network| network.contains(address));
        if !is_trusted(peer) {
            return Forwarded { client: peer, scheme: None, host: None };
        }
        let mut client = peer;
        for text in values(headers, &FOR).rev() {
            // Whatever was written before something that is no address has come from a stranger.
            let Some(address) = address(text) else { break };
            client = address;
            if !is_trusted(address) {
                break;
            }
        }
        let scheme = values(headers, &PROTO).next_back().and_then(scheme);
        let host = values(headers, &HOST).next_back().filter(|text| is_host(text));
        Forwarded { client, scheme, host: host.map(str::to_owned) }
    }
}

/// Gives the values of a header that is a list, also where it comes more than once.
fn values<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
) -> impl DoubleEndedIterator<Item = &'a str> {
    let lines = headers.get_all(name).into_iter();
    // What is no text stands for something that is no value.
    lines.flat_map(|line| line.to_str().unwrap_or("?").split(',')).map(str::trim)
}

/// Reads an address, with or without a port.
fn address(text: &str) -> Option<IpAddr> {
    let plain = text.trim_start_matches('[').trim_end_matches(']');
    let address = plain.parse().ok();
    let address = address.or_else(|| text.parse::<SocketAddr>().ok().map(|both| both.ip()));
    address.map(|address| address.to_canonical())
}

fn scheme(text: &str) -> Option<&'static str> {
    ["http", "https"].into_iter().find(|known| text.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(peer: &str, headers: &[(HeaderName, &str)]) -> Forwarded {
        let proxies =
            ["10.0.0.0/8", "127.0.0.1", "2001:db8::/32"].map(|text| text.parse().unwrap());
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name, value.parse().unwrap());
        }
        Forwarded::read(&proxies, peer.parse().unwrap(), &map)
    }

    #[test]
    fn the_client_is_the_nearest_address_that_is_not_trusted() {
        for (peer, said, expected) in [
            ("10.0.0.1", &["192.0.2.1"][..], "192.0.2.1"),
            ("10.0.0.1", &[], "10.0.0.1"),
            ("192.0.2.9", &["192.0.2.1"], "192.0.2.9"),
            ("::ffff:10.0.0.1", &["192.0.2.1"], "192.0.2.1"),
            ("10.0.0.1", &["198.51.100.7, 192.0.2.1, 10.0.0.2"], "192.0.2.1"),
            ("10.0.0.1", &["198.51.100.7, 192.0.2.1", "10.0.0.2"], "192.0.2.1"),
            ("10.0.0.1", &["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
            ("10.0.0.1", &["192.0.2.1, unknown, 10.0.0.2"], "10.0.0.2"),
            ("10.0.0.1", &["192.0.2.1:5000"], "192.0.2.1"),
            ("10.0.0.1", &["[2001:db9::1]:5000"], "2001:db9::1"),
            ("10.0.0.1", &["[2001:db9::1]"], "2001:db9::1"),
            ("2001:db8::1", &["2001:db9::1"], "2001:db9::1"),
            ("10.0.0.1", &[""], "10.0.0.1"),
        ] {
            let headers: Vec<_> = said.iter().map(|said| (FOR, *said)).collect();
            let found = read(peer, &headers);
            assert_eq!(found.client, expected.parse::<IpAddr>().unwrap(), "{peer} {said:?}");
        }
    }

    #[test]
    fn scheme_and_host_are_believed_of_proxies_only() {
        let said = [(PROTO, "HTTPS"), (HOST, "charts.example:8443")];
        let found = read("10.0.0.1", &said);
        assert_eq!((found.scheme, found.host.as_deref()), (Some("https"), Some(said[1].1)));
        let found = read("192.0.2.1", &said);
        assert_eq!((found.scheme, found.host), (None, None));
        let several = read("10.0.0.1", &[(PROTO, "https, http"), (HOST, "client, proxy")]);
        assert_eq!((several.scheme, several.host.as_deref()), (Some("http"), Some("proxy")));
        for host in ["", "a/b", "a b", "user@host", "a\"b", &"a".repeat(263)] {
            let found = read("10.0.0.1", &[(PROTO, "ftp"), (HOST, host)]);
            assert_eq!((found.scheme, found.host), (None, None), "{host}");
        }
    }
}
