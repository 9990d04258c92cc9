//! Which token servers a registry's passwords may go to.

use super::options::Options;
use super::scheme::is_loopback;
use super::url::{Url, domain};
use crate::name::Host;

/// Tells whether a token server may be asked at all: over https, or over http where the registry
/// itself is spoken to so, and the token server is on this machine or all is to be plain.
pub(super) fn may_ask(options: &Options, registry: &Url, realm: &Url) -> bool {
    realm.is_https() || (!registry.is_https() && (options.is_plain() || is_loopback(realm.host())))
}

/// Tells whether a registry's password or identity token may go to a token server.
///
/// It may go to the registry's own host, whatever the port, and to hosts below the same registered
/// domain: `registry.example.com` and `auth.example.com`. That domain is taken to be the last two
/// labels of a name, or three where the last is a country's and the one before it is one of those
/// under which countries register (`co.uk`). An address has no domain. Others get no password:
/// their tokens are asked for anonymously.
pub(super) fn may_know(registry: &Host, realm: &Host) -> bool {
    let (own, other) = (domain(registry), domain(realm));
    own == other || registered(own).is_some_and(|own| registered(other) == Some(own))
}

/// The labels under which countries register names, in place of directly below their own.
const SECOND: [&str; 12] =
    ["ac", "co", "com", "edu", "go", "gob", "gov", "ltd", "ne", "net", "or", "org"];

fn registered(domain: &str) -> Option<&str> {
    let labels: Vec<&str> = domain.rsplit('.').collect();
    let is_address = domain.starts_with('[') || labels[0].bytes().all(|byte| byte.is_ascii_digit());
    let has_second = labels.len() > 1 && labels[0].len() == 2 && SECOND.contains(&labels[1]);
    let wanted = if has_second { 3 } else { 2 };
    if is_address || labels.len() < wanted {
        return None;
    }
    let length = labels[..wanted].iter().map(|label| label.len() + 1).sum::<usize>() - 1;
    Some(&domain[domain.len() - length..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remote::options::Scheme;

    fn knows(registry: &str, realm: &str) -> bool {
        may_know(&Host::parse(registry).unwrap(), &Host::parse(realm).unwrap())
    }

    #[test]
    fn passwords_stay_in_the_domain() {
        for (registry, realm) in [
            ("registry-1.docker.io", "auth.docker.io"),
            ("registry.gitlab.com", "gitlab.com"),
            ("ghcr.io", "ghcr.io"),
            ("reg.example.co.uk", "auth.example.co.uk"),
            ("example.com:5000", "example.com:5001"),
            ("localhost:5000", "localhost:5001"),
            ("10.0.0.1:5000", "10.0.0.1"),
        ] {
            assert!(knows(registry, realm), "{registry} {realm}");
        }
    }

    #[test]
    fn strangers_get_none() {
        for (registry, realm) in [
            ("registry.example.com", "example.org"),
            ("registry.example.com", "evilexample.com"),
            ("registry.example.com", "example.com.evil.org"),
            ("one.co.uk", "two.co.uk"),
            ("10.0.0.1", "11.0.0.1"),
            ("1.2.3.4", "9.9.3.4"),
            ("[::1]", "[::2]"),
            ("localhost", "127.0.0.1"),
            ("registry", "auth"),
            ("one.com", "two.com"),
        ] {
            assert!(!knows(registry, realm), "{registry} {realm}");
        }
    }

    #[test]
    fn tokens_are_asked_for_in_private() {
        let may = |is_plain: bool, registry: &str, realm: &str| {
            let scheme = is_plain.then_some(Scheme::Http);
            let url = |text: &str| Url::parse(text).unwrap();
            may_ask(&Options { scheme, ..Options::default() }, &url(registry), &url(realm))
        };
        assert!(may(false, "https://a.com/", "https://b.com/"));
        assert!(may(false, "http://localhost/", "http://127.0.0.1/"));
        assert!(may(true, "http://a.com/", "http://b.com/"));
        assert!(!may(false, "https://a.com/", "http://a.com/"));
        assert!(!may(false, "https://a.com/", "http://127.0.0.1/"));
        assert!(!may(false, "http://localhost/", "http://a.com/"));
        assert!(!may(true, "https://a.com/", "http://a.com/"));
    }
}
