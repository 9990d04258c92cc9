//! The one rule for when a registry is spoken to in plain HTTP.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::options::{Options, Scheme};
use super::url::{Url, domain};
use crate::name::Host;

/// Gives the scheme for a registry, which holds for every request to it.
///
/// It is [`Options::scheme`] where that is said. Otherwise it is `http` for a loopback host as long as
/// no option about TLS is given: whoever names a CA, a certificate or asks not to verify, expects TLS there too.
/// For every other host it is `https`. There is no trying of one and then the other.
pub(super) fn of(options: &Options, host: &Host) -> &'static str {
    let usual = match is_loopback(host) && !options.tls.is_given() {
        true => Scheme::Http,
        false => Scheme::Https,
    };
    options.scheme.unwrap_or(usual).as_str()
}

/// Tells whether a server may send its clients on to another address.
///
/// Nothing that came by https goes on by http, and what is plain because it stays on this machine
/// does not leave it without encryption.
pub(super) fn may_go_on(options: &Options, from: &Url, to: &Url) -> bool {
    let is_plain_everywhere = options.is_plain() || !is_loopback(from.host());
    to.is_https() || (!from.is_https() && (is_plain_everywhere || is_loopback(to.host())))
}

/// Tells whether a host is this machine: `localhost`, 127.0.0.0/8 or `[::1]`.
pub(super) fn is_loopback(host: &Host) -> bool {
    let domain = domain(host);
    let inner = domain.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    match inner {
        Some(address) => address.parse().is_ok_and(|address: Ipv6Addr| address.is_loopback()),
        None => {
            domain == "localhost"
                || domain.parse().is_ok_and(|address: Ipv4Addr| address.is_loopback())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remote::options::Tls;

    fn scheme(host: &str, said: Option<Scheme>, skip_verify: bool) -> &'static str {
        let tls = Tls { skip_verify, ..Tls::default() };
        of(&Options { scheme: said, tls, ..Options::default() }, &Host::parse(host).unwrap())
    }

    #[test]
    fn loopback_alone_is_plain() {
        for host in ["localhost", "LOCALHOST:5000", "127.0.0.1:1", "127.9.9.9", "[::1]:5000"] {
            assert_eq!(scheme(host, None, false), "http", "{host}");
            assert_eq!(scheme(host, None, true), "https", "{host}");
            assert_eq!(scheme(host, Some(Scheme::Https), false), "https", "{host}");
            assert_eq!(scheme(host, Some(Scheme::Http), true), "http", "{host}");
        }
        for host in
            ["example.com", "10.0.0.1:5000", "[::2]", "localhost.evil.com", "127.0.0.1.nip.io"]
        {
            assert_eq!(scheme(host, None, false), "https", "{host}");
            assert_eq!(scheme(host, Some(Scheme::Http), false), "http", "{host}");
        }
    }

    #[test]
    fn nothing_goes_on_with_less_protection() {
        let may = |is_plain: bool, from: &str, to: &str| {
            let url = |text: &str| Url::parse(text).unwrap();
            let scheme = is_plain.then_some(Scheme::Http);
            may_go_on(&Options { scheme, ..Options::default() }, &url(from), &url(to))
        };
        for (from, to) in [
            ("https://a.com/", "https://b.com/"),
            ("http://localhost/", "https://b.com/"),
            ("http://localhost/", "http://127.0.0.1/"),
            ("http://a.com/", "http://b.com/"),
        ] {
            assert!(may(false, from, to), "{from} {to}");
        }
        assert!(may(true, "http://localhost/", "http://b.com/"));
        assert!(!may(false, "http://localhost/", "http://b.com/"));
        assert!(!may(false, "https://a.com/", "http://127.0.0.1/"));
        assert!(!may(true, "https://a.com/", "http://a.com/"));
    }
}
