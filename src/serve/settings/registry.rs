//! What is said of a registry that is served in place of a store: by flags, and in the file's section
//! `registry`.
//!
//! ```yaml
//! registry:
//!   repo: registry.example.com/team
//!   scheme: https
//!   repositories: [web, tools/db]
//!   refresh: 30s
//!   jobs: 16
//!   secret: /etc/secret/dockerconfigjson
//!   ca: ./ca.crt
//!   certificate: ./client.crt
//!   key: ./client.key
//!   mirror: false
//!   cacheSize: 1Gi
//! ```

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use serde_json::Value;

use super::section::Section;
use super::units;
use crate::name::Repository;
use crate::remote::{Scheme, Tls};
use crate::serve::Error;
use crate::upstream::{self, Place};

/// How long what a walk found is served without another one, if nothing else is said.
const REFRESH: Duration = Duration::from_secs(30);

/// How many requests are sent at a time, if nothing else is said.
const JOBS: usize = 16;

/// The most requests that are sent at a time.
const MOST_JOBS: u64 = 64;

/// How many bytes are kept of what was fetched, if nothing else is said.
const CACHE_BYTES: u64 = 1 << 30;

/// The least that a cache may have, in bytes: with less, even small charts would not be kept.
const LEAST_CACHE_BYTES: u64 = 16 << 20;

/// Holds all that is said of a registry that is served.
#[derive(Debug, Clone)]
pub struct RegistrySettings {
    /// Which part of it is served, and how.
    pub served: upstream::Options,
    /// How it is spoken to, if that was said.
    pub scheme: Option<Scheme>,
    /// How it is known, and shown who asks.
    pub tls: Tls,
    /// The file of credentials to look into first, if one was named; it must be there.
    pub secret: Option<PathBuf>,
}

/// Holds what was said of a registry in one place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RegistryFlags {
    /// Where it is.
    pub place: Option<RegistryPlace>,
    /// How it is spoken to.
    pub scheme: Option<Scheme>,
    /// The repositories, as paths below the place.
    pub repositories: Vec<RepositoryPath>,
    /// How long what a walk found is served without another one.
    pub refresh: Option<Duration>,
    /// How many requests are sent at a time.
    pub jobs: Option<usize>,
    /// The file of credentials to look into first.
    pub secret: Option<PathBuf>,
    /// How it is known, and shown who asks.
    pub tls: Tls,
    /// Whether charts that were fetched are kept, and served while it is away.
    pub mirror: Option<bool>,
    /// How many bytes are kept of what was fetched.
    pub cache_bytes: Option<u64>,
}

/// Is where a registry is, perhaps with how it is spoken to: `[SCHEME://]HOST[:PORT][/PATH]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryPlace {
    /// The scheme, if there is one.
    pub scheme: Option<Scheme>,
    /// What comes after it.
    pub place: Place,
}

impl FromStr for RegistryPlace {
    type Err = String;

    fn from_str(text: &str) -> Result<RegistryPlace, String> {
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (Some(scheme.parse()?), rest),
            None => (None, text),
        };
        let place = Place::parse(rest).map_err(|error| error.to_string())?;
        Ok(RegistryPlace { scheme, place })
    }
}

/// Is the path of a repository below the place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositoryPath(String);

impl FromStr for RepositoryPath {
    type Err = String;

    fn from_str(text: &str) -> Result<RepositoryPath, String> {
        let repository = Repository::parse(text);
        let repository = repository.map_err(|error| format!("names no repository: {error}"))?;
        match repository.space.host() {
            None => Ok(RepositoryPath(text.to_owned())),
            Some(host) => Err(format!("must not name a host, such as {host}")),
        }
    }
}

/// Reads how many bytes a cache may have, such as `1Gi`.
pub fn cache_bytes(text: &str) -> Result<u64, String> {
    let bytes = units::size(&Value::String(text.to_owned()));
    enough(bytes.ok_or_else(|| "expected a number of bytes such as 1Gi".to_owned())?)
}

fn enough(bytes: u64) -> Result<u64, String> {
    let is_enough = bytes >= LEAST_CACHE_BYTES;
    is_enough.then_some(bytes).ok_or_else(|| "must be at least 16Mi".to_owned())
}

impl RegistryFlags {
    /// Reads the section `registry`.
    pub(super) fn read(mut section: Section<'_>) -> Result<RegistryFlags, Error> {
        let path_of = |section: &mut Section<'_>, key: &str| -> Result<_, Error> {
            Ok(section.text_of(key)?.map(PathBuf::from))
        };
        let mut flags = RegistryFlags {
            place: section.parsed_one("repo")?,
            scheme: section.parsed_one("scheme")?,
            repositories: section.parsed("repositories")?,
            refresh: section.duration("refresh")?,
            jobs: section.count("jobs", MOST_JOBS)?.and_then(|count| usize::try_from(count).ok()),
            secret: path_of(&mut section, "secret")?,
            tls: Tls {
                ca: path_of(&mut section, "ca")?,
                certificate: path_of(&mut section, "certificate")?,
                key: path_of(&mut section, "key")?,
                skip_verify: false,
            },
            mirror: section.switch("mirror")?,
            cache_bytes: None,
        };
        if let Some(bytes) = section.size("cacheSize", None)? {
            let bytes = enough(bytes).or_else(|reason| section.refuse("cacheSize", reason))?;
            flags.cache_bytes = Some(bytes);
        }
        section.end()?;
        Ok(flags)
    }

    /// Names the first option that was given.
    pub(super) fn first(&self) -> Option<&'static str> {
        let Tls { ca, certificate, key, .. } = &self.tls;
        let options = [
            (self.place.is_some(), "--storage-registry-repo"),
            (self.scheme.is_some(), "--storage-registry-scheme"),
            (!self.repositories.is_empty(), "--registry-repository"),
            (self.refresh.is_some(), "--registry-refresh"),
            (self.jobs.is_some(), "--registry-jobs"),
            (self.secret.is_some(), "--registry-secret"),
            (ca.is_some(), "--registry-ca-file"),
            (certificate.is_some(), "--registry-cert-file"),
            (key.is_some(), "--registry-key-file"),
            (self.mirror.is_some(), "--mirror"),
            (self.cache_bytes.is_some(), "--cache-size"),
        ];
        options.into_iter().find(|(is_given, _)| *is_given).map(|(_, name)| name)
    }

    /// Puts what was said here over what was said elsewhere, and both over what holds otherwise; gives
    /// nothing if nobody says where the registry is.
    ///
    /// A scheme that came with a place counts for that place alone.
    pub(super) fn over(self, other: RegistryFlags) -> Option<RegistrySettings> {
        let scheme = self.scheme.or(self.place.as_ref().and_then(|place| place.scheme));
        let scheme = scheme.or(other.scheme);
        let RegistryPlace { scheme: of_place, place } = self.place.or(other.place)?;
        let repositories = match self.repositories.is_empty() {
            true => other.repositories,
            false => self.repositories,
        };
        let served = upstream::Options {
            place,
            repositories: repositories.into_iter().map(|RepositoryPath(path)| path).collect(),
            refresh: self.refresh.or(other.refresh).unwrap_or(REFRESH),
            jobs: self.jobs.or(other.jobs).unwrap_or(JOBS),
            cache_bytes: self.cache_bytes.or(other.cache_bytes).unwrap_or(CACHE_BYTES),
            mirror: self.mirror.or(other.mirror).unwrap_or_default(),
        };
        let tls = Tls {
            ca: self.tls.ca.or(other.tls.ca),
            certificate: self.tls.certificate.or(other.tls.certificate),
            key: self.tls.key.or(other.tls.key),
            skip_verify: false,
        };
        let secret = self.secret.or(other.secret);
        Some(RegistrySettings { served, scheme: scheme.or(of_place), tls, secret })
    }
}

#[cfg(test)]
mod tests;
