//! The configuration file: that of the original server, as it is, and what is added to it.
//!
//! ```yaml
//! listen: ":8099"
//! manager:
//!   name: simple
//!   parameters:
//!     resourcelocker: memory
//!     locktimeout: 5000
//!     storagedriver: filesystem
//!     rootdirectory: ./data
//! orchestration:
//!   semantics: caicloud
//! auth:
//!   htpasswd: ./users
//!   rules:
//!   - spaces: [team, team/*]
//!     users: [ann]
//!     actions: [read, push, overwrite, delete]
//!   tokens: {}
//! tls:
//!   certificate: ./server.crt
//!   key: ./server.key
//!   clientCA: ./clients.crt
//! limits:
//!   connections: 1024
//!   blobSize: 16Gi
//!   headerTimeout: 30s
//! proxies: [10.0.0.0/8]
//! log:
//!   level: info
//!   format: json
//!   requests: true
//! metrics:
//!   listen: 127.0.0.1:9099
//! ```
//!
//! With `storagedriver: registry` there is a section `registry` besides, which is read in `registry`.
//!
//! `orchestration` is hreg's own: it says by which rules plans are built that name none.
//! `locktimeout` is in milliseconds; without it a request that finds a lock taken gives up at once.
//! The locks are hreg's own, which hold between processes too. Other times are in seconds, or have a
//! unit.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::registry::RegistryFlags;
use super::section::Section;
use super::tokens;
use super::{
    AuthSettings, DriverKind, Limits, LogFlags, LogFormat, MetricsSettings, Network, TlsSettings,
};
use crate::chart::yaml;
use crate::disk;
use crate::plan::Semantics;
use crate::serve::Error;
use crate::serve::auth::{Action, Pattern, Rule};
use crate::serve::logs::Level;

/// The most that a configuration file may have, in bytes.
const MAX_BYTES: u64 = 1 << 20;

/// Holds what a configuration file says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct File {
    pub(super) listen: Option<String>,
    pub(super) driver: DriverKind,
    pub(super) root: Option<PathBuf>,
    pub(super) lock_timeout: Option<Duration>,
    pub(super) semantics: Option<Semantics>,
    pub(super) auth: AuthSettings,
    pub(super) tls: TlsSettings,
    pub(super) limits: Limits,
    pub(super) proxies: Vec<Network>,
    pub(super) log: LogFlags,
    pub(super) metrics: MetricsSettings,
    pub(super) registry: RegistryFlags,
    /// The file and the line that say something of a registry.
    pub(super) registry_at: Option<(PathBuf, usize)>,
}

impl File {
    /// Reads a configuration file.
    ///
    /// # Errors
    ///
    /// Fails on a file that cannot be read, is no YAML, or has a key or a value that is not known:
    /// what is misspelt must not pass for something that was not said.
    pub fn read(path: &Path) -> Result<File, Error> {
        File::parse(path, &disk::read(path, MAX_BYTES)?)
    }

    /// Reads the text of a configuration file; `path` is for errors.
    pub(super) fn parse(path: &Path, bytes: &[u8]) -> Result<File, Error> {
        let value =
            yaml::parse(bytes).map_err(|source| Error::Yaml { path: path.to_owned(), source })?;
        let text = String::from_utf8_lossy(bytes);
        let mut whole = Section::whole(path, &text, value)?;
        let mut file = File { listen: whole.text_of("listen")?, ..File::default() };
        if let Some(mut manager) = whole.section("manager")? {
            manager.choose("name", &["simple"])?;
            file.lock_timeout = Some(Duration::ZERO);
            if let Some(mut parameters) = manager.section("parameters")? {
                file.read_parameters(&mut parameters)?;
                parameters.end()?;
            }
            manager.end()?;
        }
        if let Some(mut orchestration) = whole.section("orchestration")? {
            let known = [Semantics::Helm.as_str(), Semantics::Caicloud.as_str()];
            let semantics = orchestration.choose("semantics", &known)?;
            file.semantics = semantics.and_then(|text| text.parse().ok());
            orchestration.end()?;
        }
        if let Some(mut auth) = whole.section("auth")? {
            file.auth.htpasswd = auth.text_of("htpasswd")?.map(PathBuf::from);
            let rules = auth.sections("rules")?;
            file.auth.rules =
                rules.map(|rules| rules.into_iter().map(rule).collect()).transpose()?;
            file.auth.tokens = auth.section("tokens")?.map(tokens::own).transpose()?;
            file.auth.issuer = auth.section("issuer")?.map(tokens::issuer).transpose()?;
            auth.end()?;
        }
        if let Some(mut tls) = whole.section("tls")? {
            file.tls = TlsSettings {
                certificate: tls.text_of("certificate")?.map(PathBuf::from),
                key: tls.text_of("key")?.map(PathBuf::from),
                client_ca: tls.text_of("clientCA")?.map(PathBuf::from),
            };
            tls.end()?;
        }
        if let Some(mut limits) = whole.section("limits")? {
            file.limits = Limits::read(&mut limits)?;
            limits.end()?;
        }
        file.proxies = whole.parsed("proxies")?;
        if let Some(section) = whole.section("log")? {
            file.log = log(section)?;
        }
        if let Some(mut metrics) = whole.section("metrics")? {
            file.metrics = MetricsSettings { listen: metrics.text_of("listen")? };
            metrics.end()?;
        }
        if let Some(section) = whole.section("registry")? {
            file.registry_at = Some(section.whereabouts());
            file.registry = RegistryFlags::read(section)?;
        }
        whole.end()?;
        Ok(file)
    }

    fn read_parameters(&mut self, parameters: &mut Section<'_>) -> Result<(), Error> {
        parameters.choose("resourcelocker", &["memory"])?;
        if let Some(milliseconds) = parameters.number("locktimeout")? {
            self.lock_timeout = Some(Duration::from_millis(milliseconds));
        }
        let driver = parameters.choose("storagedriver", &["filesystem", "inmemory", "registry"])?;
        self.driver = match driver.as_deref() {
            Some("inmemory") => DriverKind::Memory,
            Some("registry") => DriverKind::Registry,
            _ => DriverKind::Filesystem,
        };
        self.root = parameters.text_of("rootdirectory")?.map(PathBuf::from);
        Ok(())
    }
}

fn log(mut section: Section<'_>) -> Result<LogFlags, Error> {
    let level = section.choose("level", &Level::ALL.map(Level::as_str))?;
    let format = section.choose("format", &LogFormat::ALL.map(LogFormat::as_str))?;
    let flags = LogFlags {
        level: Level::ALL.into_iter().find(|known| level.as_deref() == Some(known.as_str())),
        format: LogFormat::ALL.into_iter().find(|known| format.as_deref() == Some(known.as_str())),
        requests: section.switch("requests")?,
    };
    section.end()?;
    Ok(flags)
}

fn rule(mut section: Section<'_>) -> Result<Rule, Error> {
    let known = Action::ALL.map(Action::as_str);
    let rule = Rule {
        spaces: section.texts("spaces", &[])?.into_iter().map(Pattern::new).collect(),
        users: section.texts("users", &[])?,
        actions: section
            .texts("actions", &known)?
            .iter()
            .filter_map(|word| Action::ALL.into_iter().find(|action| action.as_str() == word))
            .collect(),
    };
    section.end()?;
    Ok(rule)
}
