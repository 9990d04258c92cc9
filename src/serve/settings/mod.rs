//! What a server is told to do: flags over the environment over a file, and what nothing says.
//!
//! Flags and environment are read by `cli`; the file is read in `file`. Where files are that nothing
//! names is decided by `cli` too, which knows the platform.

mod file;
mod limits;
mod network;
mod registry;
mod section;
#[cfg(test)]
mod tests;
mod tokens;
mod units;

use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::PathBuf;
use std::time::Duration;

pub use file::File;
pub use limits::{Limits, Rate};
pub use network::Network;
pub(super) use network::start;
pub use registry::{RegistryFlags, RegistryPlace, RegistrySettings, RepositoryPath, cache_bytes};
pub use tokens::{IssuerSettings, TokenSettings};

use super::Error;
use super::auth::{Action, Auth, Rule};
use super::logs::Level;
use super::tls::Tls;
use crate::plan::Semantics;

/// Where a server listens that is told nothing else: on this machine alone.
const LISTEN: &str = "127.0.0.1:8099";

/// Says what a client may do that nobody knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// Read.
    Read,
    /// Read and write.
    Write,
}

/// Says what keeps the store.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DriverKind {
    /// A folder.
    #[default]
    Filesystem,
    /// The server's memory: all is gone when it ends.
    Memory,
    /// A registry elsewhere, of which nothing is changed.
    Registry,
}

/// Says where the store is, and how to wait for its locks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoreSettings {
    /// What keeps it.
    pub driver: DriverKind,
    /// Its folder, or that of what was fetched from a registry; the platform's own place if there is
    /// none.
    pub root: Option<PathBuf>,
    /// How long a request waits for a lock; as long as it takes if there is none.
    pub lock_timeout: Option<Duration>,
}

/// Says who may do what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuthSettings {
    /// The file of users and their passwords.
    pub htpasswd: Option<PathBuf>,
    /// What they may do; without rules every user may do everything.
    pub rules: Option<Vec<Rule>>,
    /// How tokens are given, where they are.
    pub tokens: Option<TokenSettings>,
    /// Whose tokens are taken besides.
    pub issuer: Option<IssuerSettings>,
}

/// Names the files of TLS.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TlsSettings {
    /// The server's certificate, with those that vouch for it.
    pub certificate: Option<PathBuf>,
    /// Its key.
    pub key: Option<PathBuf>,
    /// Certificates of which one must vouch for a client's own; without them clients show none.
    pub client_ca: Option<PathBuf>,
}

/// Says how records are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// A line of names and values, for people.
    #[default]
    Text,
    /// A line of JSON, for programs.
    Json,
}

impl LogFormat {
    /// All formats.
    pub const ALL: [LogFormat; 2] = [LogFormat::Text, LogFormat::Json];

    /// Gives the word that stands for it.
    pub fn as_str(self) -> &'static str {
        match self {
            LogFormat::Text => "text",
            LogFormat::Json => "json",
        }
    }
}

/// Says what is logged, and how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LogSettings {
    /// The least important records that are written.
    pub level: Level,
    /// How they are written.
    pub format: LogFormat,
    /// Whether there is a record of each request, whatever the level.
    pub requests: bool,
}

/// Holds what was said of logs in one place.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LogFlags {
    /// The least important records that are written.
    pub level: Option<Level>,
    /// How they are written.
    pub format: Option<LogFormat>,
    /// Whether there is a record of each request.
    pub requests: Option<bool>,
}

impl LogFlags {
    /// Puts what was said here over what was said elsewhere.
    fn over(self, other: LogFlags) -> LogSettings {
        LogSettings {
            level: self.level.or(other.level).unwrap_or_default(),
            format: self.format.or(other.format).unwrap_or_default(),
            requests: self.requests.or(other.requests).unwrap_or_default(),
        }
    }
}

/// Says where metrics can be had.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MetricsSettings {
    /// An address for them and for probes alone, which asks nobody for a password; without one they
    /// are at the address of everything.
    pub listen: Option<String>,
}

/// Holds what the command line and the environment say.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// The address to listen on.
    pub listen: Option<String>,
    /// Whether nothing may be written.
    pub read_only: bool,
    /// Whether nothing may be deleted.
    pub no_delete: bool,
    /// What a client may do that nobody knows.
    pub allow_anonymous: Option<Access>,
    /// The file of users and their passwords.
    pub htpasswd: Option<PathBuf>,
    /// The files of TLS.
    pub tls: TlsSettings,
    /// What is logged, and how.
    pub log: LogFlags,
    /// Where metrics can be had.
    pub metrics: MetricsSettings,
    /// What keeps the store.
    pub storage: Option<DriverKind>,
    /// The registry that is served, if it is to be one.
    pub registry: RegistryFlags,
    /// The folder of the store.
    pub root: Option<PathBuf>,
    /// How long to wait for a lock.
    pub lock_timeout: Option<Duration>,
}

impl Flags {
    /// Says what keeps the store.
    fn driver(&self, file: &File) -> DriverKind {
        match (self.storage, &self.root, file.driver) {
            (Some(said), _, _) => said,
            // A folder that was named is meant, whatever the file says of memory. Beside a registry it is
            // that of what was fetched.
            (None, Some(_), DriverKind::Memory) => DriverKind::Filesystem,
            (None, _, said) => said,
        }
    }

    /// Refuses what is said of a registry where there is to be none, unless a flag has chosen another
    /// storage than the file.
    fn refuse_registry(&self, file: &File) -> Result<(), Error> {
        if let Some(option) = self.registry.first() {
            return Err(Error::StrayOption { option });
        }
        match &file.registry_at {
            Some((path, line)) if self.storage.is_none() => Err(Error::Setting {
                path: path.clone(),
                line: *line,
                reason: "registry needs manager.parameters.storagedriver to be registry".to_owned(),
            }),
            _ => Ok(()),
        }
    }
}

/// Holds all that a server is told.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The address to listen on: `HOST:PORT`, or `:PORT` for all networks.
    pub listen: String,
    /// Whether nothing may be written.
    pub read_only: bool,
    /// Whether nothing may be deleted.
    pub no_delete: bool,
    /// What a client may do that nobody knows, where that was said.
    pub allow_anonymous: Option<Access>,
    /// Who may do what.
    pub auth: AuthSettings,
    /// The files of TLS.
    pub tls: TlsSettings,
    /// What is logged, and how.
    pub log: LogSettings,
    /// Where metrics can be had.
    pub metrics: MetricsSettings,
    /// What clients may use up.
    pub limits: Limits,
    /// Whose word on where requests come from is taken.
    pub proxies: Vec<Network>,
    /// Where the store is.
    pub store: StoreSettings,
    /// The registry that it is, if it is one.
    pub registry: Option<RegistrySettings>,
    /// The rules that plans are built by which name none.
    pub semantics: Option<Semantics>,
}

impl Settings {
    /// Puts flags over what a file says, and both over what holds otherwise.
    ///
    /// # Errors
    ///
    /// Fails if it is to be a registry and nothing says which, or something is said of a registry and it
    /// is to be none.
    pub fn resolve(flags: Flags, file: Option<File>) -> Result<Settings, Error> {
        let file = file.unwrap_or_default();
        let driver = flags.driver(&file);
        let registry = match driver {
            DriverKind::Registry => Some(flags.registry.over(file.registry).ok_or(Error::NoPlace)?),
            _ => flags.refuse_registry(&file).map(|()| None)?,
        };
        let store = StoreSettings {
            driver,
            root: flags.root.or(file.root),
            lock_timeout: flags.lock_timeout.or(file.lock_timeout),
        };
        let auth = AuthSettings { htpasswd: flags.htpasswd.or(file.auth.htpasswd), ..file.auth };
        let tls = TlsSettings {
            certificate: flags.tls.certificate.or(file.tls.certificate),
            key: flags.tls.key.or(file.tls.key),
            client_ca: flags.tls.client_ca.or(file.tls.client_ca),
        };
        let log = flags.log.over(file.log);
        let metrics = MetricsSettings { listen: flags.metrics.listen.or(file.metrics.listen) };
        Ok(Settings {
            auth,
            tls,
            log,
            metrics,
            listen: flags.listen.or(file.listen).unwrap_or_else(|| LISTEN.to_owned()),
            read_only: flags.read_only || registry.is_some(),
            no_delete: flags.no_delete,
            allow_anonymous: flags.allow_anonymous,
            limits: file.limits,
            proxies: file.proxies,
            store,
            registry,
            semantics: file.semantics,
        })
    }

    /// Lists the rules: those that are written down, and what is said of clients that nobody knows.
    ///
    /// Where neither users nor rules are named, the address is this machine's alone, and anybody there
    /// may do everything; a registry may be read by anybody, wherever he is.
    pub(super) fn rules(&self) -> Vec<Rule> {
        let mut rules = match &self.auth.rules {
            Some(rules) => rules.clone(),
            None if self.is_asking() => vec![Rule::everywhere(Rule::KNOWN, &Action::ALL)],
            None => Vec::new(),
        };
        let anonymous = match self.allow_anonymous {
            None if self.is_asking() => None,
            None if self.registry.is_some() => Some(Access::Read),
            None => Some(Access::Write),
            said => said,
        };
        rules.extend(anonymous.map(|access| match access {
            Access::Read => Rule::everywhere(Rule::ANONYMOUS, &[Action::Read]),
            Access::Write => Rule::everywhere(Rule::ANONYMOUS, &Action::ALL),
        }));
        rules
    }

    /// Tells whether it was said who may do what.
    pub(super) fn is_asking(&self) -> bool {
        let auth = &self.auth;
        auth.htpasswd.is_some() || auth.rules.is_some() || auth.issuer.is_some()
    }

    /// Tells whether whoever reaches the server can read a registry, and nobody has said so.
    pub fn lends_credentials(&self) -> bool {
        let is_said = self.allow_anonymous.is_some() || self.is_asking();
        self.registry.is_some() && !is_said && self.tls.client_ca.is_none()
    }

    /// Checks what can be checked without taking the address.
    pub fn check(&self) -> Result<(), Error> {
        Auth::open(self)?;
        Tls::open(self)?;
        self.metrics_addresses()?;
        self.addresses().map(drop)
    }

    /// Lists the addresses that may be listened on.
    pub(super) fn addresses(&self) -> Result<Vec<SocketAddr>, Error> {
        let addresses = resolve(&self.listen)?;
        self.check_exposure(&addresses)?;
        Ok(addresses)
    }

    /// Lists the addresses that metrics may have to themselves; none if they are to have none.
    pub(super) fn metrics_addresses(&self) -> Result<Vec<SocketAddr>, Error> {
        self.metrics.listen.as_deref().map_or(Ok(Vec::new()), resolve)
    }

    /// Refuses addresses that others can reach, unless it was said what they may do there.
    fn check_exposure(&self, addresses: &[SocketAddr]) -> Result<(), Error> {
        let is_exposed = addresses.iter().any(|address| !address.ip().is_loopback());
        let is_said = self.allow_anonymous.is_some() || self.is_asking();
        // Who has to show a certificate is somebody who was given one; and a registry is served as the
        // original server does it, to all who come.
        let is_free = self.tls.client_ca.is_some() || self.registry.is_some();
        match is_exposed && !is_said && !is_free {
            true => Err(Error::Exposed { address: self.listen.clone() }),
            false => Ok(()),
        }
    }
}

/// Finds the addresses that a text stands for: a port alone, as in `:8099`, means those of all
/// networks.
fn resolve(listen: &str) -> Result<Vec<SocketAddr>, Error> {
    let texts = match listen.strip_prefix(':') {
        Some(port) => vec![format!("[::]:{port}"), format!("0.0.0.0:{port}")],
        None => vec![listen.to_owned()],
    };
    let mut addresses = Vec::new();
    for text in texts {
        let found = text.to_socket_addrs();
        let failed = |source| Error::Bind { address: listen.to_owned(), source };
        addresses.extend(found.map_err(failed)?);
    }
    Ok(addresses)
}
