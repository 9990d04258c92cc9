//! What a client is told from outside: flags, variables, files, and how patient it is.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

/// Says how registries and repositories are to be spoken to.
#[derive(Debug, Clone)]
pub struct Options {
    /// How every registry is spoken to; each by what is usual for its host if that is not said.
    pub scheme: Option<Scheme>,
    /// How servers and the client itself are known.
    pub tls: Tls,
    /// The proxies to go through.
    pub proxies: Proxies,
    /// What the client calls itself.
    pub user_agent: String,
    /// How many idle connections are kept to one host.
    pub connections: usize,
    /// How many tags or repositories are asked for at once.
    pub page_size: usize,
    /// How long is waited, and how often tried.
    pub policy: Policy,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            scheme: None,
            tls: Tls::default(),
            proxies: Proxies::default(),
            user_agent: concat!("hreg/", env!("CARGO_PKG_VERSION")).to_owned(),
            connections: 16,
            page_size: 1000,
            policy: Policy::default(),
        }
    }
}

impl Options {
    /// Tells whether every registry is to be spoken to without encryption.
    pub(super) fn is_plain(&self) -> bool {
        self.scheme == Some(Scheme::Http)
    }
}

/// Names a way to speak to a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Without encryption.
    Http,
    /// With TLS.
    Https,
}

impl Scheme {
    /// Gives the word that stands for it in URLs.
    pub fn as_str(self) -> &'static str {
        match self {
            Scheme::Http => "http",
            Scheme::Https => "https",
        }
    }
}

/// Reads the word in capital letters too, as URLs may have it (RFC 3986, section 3.1).
impl FromStr for Scheme {
    type Err = String;

    fn from_str(text: &str) -> Result<Scheme, String> {
        let mut all = [Scheme::Http, Scheme::Https].into_iter();
        let found = all.find(|scheme| text.eq_ignore_ascii_case(scheme.as_str()));
        found.ok_or_else(|| format!("must be http or https, not {text:?}"))
    }
}

/// Says how servers and the client itself are known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tls {
    /// A file of certificates, in PEM, to trust in place of those of the system.
    pub ca: Option<PathBuf>,
    /// The client's own certificates, in PEM; it needs the key.
    pub certificate: Option<PathBuf>,
    /// The key of the client's certificate, in PEM.
    pub key: Option<PathBuf>,
    /// Take whatever certificate the server shows.
    pub skip_verify: bool,
}

impl Tls {
    /// Tells whether anything was asked for.
    pub fn is_given(&self) -> bool {
        self.skip_verify || self.ca.is_some() || self.certificate.is_some() || self.key.is_some()
    }
}

/// Names the proxies to go through. Loopback hosts are always spoken to directly.
#[derive(Clone, Default)]
pub struct Proxies {
    /// For plain HTTP; such as `http://proxy.example.com:3128`.
    pub http: Option<String>,
    /// For HTTPS.
    pub https: Option<String>,
    /// What is spoken to directly: domains and all below them, addresses, networks such as
    /// `10.0.0.0/8`, each with a port or without, or `*`; separated by commas.
    pub no_proxy: Option<String>,
}

/// Shows only whether there are any: the address of a proxy may hold a password.
impl std::fmt::Debug for Proxies {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let given = (self.http.is_some(), self.https.is_some(), &self.no_proxy);
        write!(formatter, "Proxies{given:?}")
    }
}

/// Says how long is waited for what, and how often something is tried.
#[derive(Debug, Clone)]
pub struct Policy {
    /// How often something is tried again.
    pub retries: u32,
    /// The pause before the second try; each further one is twice as long.
    pub first_pause: Duration,
    /// The longest pause that is chosen here.
    pub longest_pause: Duration,
    /// The longest pause that a server may ask for.
    pub longest_wait: Duration,
    /// How long a connection may take to be made.
    pub connect: Duration,
    /// How long a server may take to begin an answer, and may be silent within one.
    pub stall: Duration,
    /// The least bytes a second that a body may come or go with, once it took longer than `stall`.
    pub least_rate: u64,
    /// How many bytes a broken try must have brought for the tries to be counted anew.
    pub worthwhile: u64,
}

impl Default for Policy {
    fn default() -> Policy {
        Policy {
            retries: 5,
            first_pause: Duration::from_millis(250),
            longest_pause: Duration::from_secs(8),
            longest_wait: Duration::from_secs(60),
            connect: Duration::from_secs(10),
            stall: Duration::from_secs(30),
            least_rate: 32 << 10,
            worthwhile: 1 << 20,
        }
    }
}

impl Policy {
    /// Gives the time that a transfer may have taken by the time it moved this many bytes.
    pub(super) fn allowance(&self, bytes: u64) -> Duration {
        self.stall + Duration::from_secs(bytes / self.least_rate.max(1))
    }
}
