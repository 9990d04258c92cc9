//! Absolute addresses on http and https servers, and references that are resolved against them.
//!
//! Addresses come from registries and indexes, which are strangers: what could hide where it leads
//! (a user name before the host, control characters) is no address here.

use std::fmt;
use std::fmt::Write as _;

use fluent_uri::{Uri, UriRef};

use super::Error;
use crate::name::Host;

/// Is the address of something on an http or https server.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Url {
    text: String,
    host: Host,
    is_https: bool,
}

impl Url {
    const MAX_BYTES: usize = 8192;

    /// Reads an absolute address; a fragment is dropped.
    ///
    /// # Errors
    ///
    /// Fails on schemes other than http and https, on a user name or password before the host, on
    /// control characters, and on more than 8 KiB.
    pub fn parse(text: &str) -> Result<Url, Error> {
        let escaped = escape(text)?;
        let uri = Uri::parse(escaped.as_str()).map_err(|error| refused(text, error))?;
        Url::new(text, &uri.strip_fragment())
    }

    /// Resolves a reference, absolute or relative, as RFC 3986 says (section 5.2).
    pub fn join(&self, reference: &str) -> Result<Url, Error> {
        let escaped = escape(reference)?;
        let parsed = UriRef::parse(escaped.as_str()).map_err(|error| refused(reference, error))?;
        let base = Uri::parse(self.text.as_str()).map_err(|error| refused(&self.text, error))?;
        let joined = parsed.resolve_against(&base).map_err(|error| refused(reference, error))?;
        Url::new(reference, &joined.strip_fragment())
    }

    fn new(given: &str, uri: &Uri<&str>) -> Result<Url, Error> {
        let scheme = uri.scheme().as_str();
        let is_https = scheme.eq_ignore_ascii_case("https");
        if !is_https && !scheme.eq_ignore_ascii_case("http") {
            return Err(refused(given, "it must begin with http:// or https://"));
        }
        let authority = uri.authority().ok_or_else(|| refused(given, "it names no host"))?;
        if authority.userinfo().is_some() {
            return Err(refused(given, "it must not hold a user name or password"));
        }
        let host = authority.as_str().trim_end_matches(':');
        let host = Host::parse(host).map_err(|error| refused(given, error))?;
        let scheme = if is_https { "https" } else { "http" };
        let path = if uri.path().is_empty() { "/" } else { uri.path().as_str() };
        let mut text = format!("{scheme}://{host}{path}");
        if let Some(query) = uri.query() {
            text = format!("{text}?{query}");
        }
        Ok(Url { text, host, is_https })
    }

    /// Gives the host, with its port if one is named.
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// Gives the address as text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Tells whether what is exchanged is encrypted.
    pub fn is_https(&self) -> bool {
        self.is_https
    }

    /// Gives the path alone.
    pub fn path(&self) -> &str {
        let start = self.origin().len();
        let end = self.text.find('?').unwrap_or(self.text.len());
        &self.text[start..end]
    }

    /// Gives what stands after the question mark, if there is one.
    pub fn query(&self) -> Option<&str> {
        self.text.split_once('?').map(|(_, query)| query)
    }

    /// Gives scheme, host and port as they are written.
    pub(super) fn origin(&self) -> &str {
        let scheme = if self.is_https { "https://" } else { "http://" };
        &self.text[..scheme.len() + self.host.as_str().len()]
    }

    /// Tells whether both are on the same server: scheme, host and port, which may be left out
    /// where it is the scheme's own.
    pub fn is_beside(&self, other: &Url) -> bool {
        let place = |url: &Url| (url.is_https, url.port());
        place(self) == place(other) && domain(&self.host) == domain(&other.host)
    }

    fn port(&self) -> u16 {
        let own = if self.is_https { 443 } else { 80 };
        port(&self.host).unwrap_or(own)
    }

    /// Adds `name=value` to the query; the value is escaped.
    pub(super) fn add_query(&mut self, name: &str, value: &str) {
        let mark = if self.text.contains('?') { '&' } else { '?' };
        let value = encode(value);
        write!(self.text, "{mark}{name}={value}").expect("a String takes everything");
    }

    /// Puts another query in the place of what stands after the question mark.
    pub(super) fn set_query(&mut self, query: &str) {
        let end = self.text.find('?').unwrap_or(self.text.len());
        self.text.truncate(end);
        write!(self.text, "?{query}").expect("a String takes everything");
    }
}

/// Prints without the query, which may hold secrets, as those of signed addresses do.
impl fmt::Display for Url {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.text.split('?').next().unwrap_or_default())
    }
}

impl std::str::FromStr for Url {
    type Err = Error;

    fn from_str(text: &str) -> Result<Url, Error> {
        Url::parse(text)
    }
}

/// Gives a host's name without the port.
pub(super) fn domain(host: &Host) -> &str {
    match host.as_str().rsplit_once(':') {
        Some((domain, port)) if !port.contains(']') => domain,
        _ => host.as_str(),
    }
}

fn port(host: &Host) -> Option<u16> {
    let (_, port) = host.as_str().rsplit_once(':').filter(|(_, port)| !port.contains(']'))?;
    port.parse().ok()
}

/// Escapes a value of a query or form.
pub(super) fn encode(value: &str) -> percent_encoding::PercentEncode<'_> {
    const KEPT: percent_encoding::AsciiSet =
        percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    percent_encoding::utf8_percent_encode(value, &KEPT)
}

/// Escapes what must not stand in an address, but does in indexes: spaces, letters beyond ASCII.
fn escape(text: &str) -> Result<String, Error> {
    if text.len() > Url::MAX_BYTES {
        return Err(refused(&text[..text.floor_char_boundary(100)], "it is too long"));
    }
    if text.chars().any(char::is_control) {
        return Err(refused(text, "it holds control characters"));
    }
    const BAD: percent_encoding::AsciiSet = percent_encoding::CONTROLS
        .add(b' ')
        .add(b'"')
        .add(b'<')
        .add(b'>')
        .add(b'\\')
        .add(b'^')
        .add(b'`')
        .add(b'{')
        .add(b'|')
        .add(b'}');
    Ok(percent_encoding::utf8_percent_encode(text, &BAD).to_string())
}

/// What may be a password is not repeated.
fn refused(text: &str, reason: impl ToString) -> Error {
    let text = text.rsplit_once('@').map_or(text.to_owned(), |(_, rest)| format!("…@{rest}"));
    Error::Url { text, reason: reason.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn addresses_are_taken_apart() {
        let address = url("HTTPS://Example.com:8443/a/b?c=d#e");
        assert_eq!(address.as_str(), "https://example.com:8443/a/b?c=d");
        assert_eq!((address.origin(), address.path()), ("https://example.com:8443", "/a/b"));
        assert_eq!((address.host().as_str(), address.query()), ("example.com:8443", Some("c=d")));
        assert_eq!(address.to_string(), "https://example.com:8443/a/b");
        assert_eq!(url("http://[::1]:80").as_str(), "http://[::1]:80/");
    }

    #[test]
    fn what_could_deceive_is_refused() {
        for text in [
            "example.com/a",
            "ftp://example.com/",
            "https:///a",
            "https://u:p@example.com/",
            "https://user@example.com/",
            "https://exa mple.com/",
            "https://example.com/\r\nA: b",
            "https://example.com:99999/",
            "https://:80/",
            "",
            "https://ex%41mple.com/",
        ] {
            assert!(Url::parse(text).is_err(), "{text}");
        }
        for text in ["https://user:hunter2@example.com/", "https://user:hunter2@[bad/", "hunter2@"]
        {
            let error = Url::parse(text).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hunter2"));
        }
        assert!(Url::parse(&format!("https://e.com/{}", "é".repeat(9000))).is_err());
    }

    proptest::proptest! {
        #[test]
        fn what_is_an_address_is_whole(text in r"(https?://)?[ -~é]{0,40}", more in r"[ -~é]{0,40}") {
            for address in [Url::parse(&text), url("https://e.com/a?b").join(&more)].into_iter().flatten() {
                let rest = address.as_str().strip_prefix(address.origin()).unwrap();
                proptest::prop_assert!(rest.starts_with('/') && rest.starts_with(address.path()));
                proptest::prop_assert_eq!(Url::parse(address.as_str()).unwrap(), address.clone());
                proptest::prop_assert!(address.as_str().parse::<ureq::http::Uri>().is_ok(), "{}", address.as_str());
            }
        }
    }

    #[test]
    fn references_are_resolved() {
        let base = url("https://example.com/charts/index.yaml?token=x");
        for (reference, expected) in [
            ("a-1.0.tgz", "https://example.com/charts/a-1.0.tgz"),
            ("../a.tgz?b=c", "https://example.com/a.tgz?b=c"),
            ("/a.tgz", "https://example.com/a.tgz"),
            ("//other.com/a", "https://other.com/a"),
            ("http://other.com:80/a b/é", "http://other.com:80/a%20b/%C3%A9"),
            ("../../../../a", "https://example.com/a"),
        ] {
            assert_eq!(base.join(reference).unwrap().as_str(), expected);
        }
        assert!(base.join("javascript:alert(1)").is_err());
        assert!(base.join("https://u@other.com/").is_err());
    }

    #[test]
    fn a_server_is_scheme_host_and_port() {
        let base = url("https://example.com/a");
        assert!(base.is_beside(&url("https://EXAMPLE.com:443/b")));
        for other in ["http://example.com/a", "https://example.com:444/a", "https://a.example.com/"]
        {
            assert!(!base.is_beside(&url(other)), "{other}");
        }
    }

    #[test]
    fn queries_are_added_and_replaced() {
        let mut address = url("https://example.com/up/1?_state=ab%3D");
        address.add_query("digest", "sha256:00&x");
        assert_eq!(address.query(), Some("_state=ab%3D&digest=sha256%3A00%26x"));
        address.set_query("a=b");
        assert_eq!(address.as_str(), "https://example.com/up/1?a=b");
    }
}
