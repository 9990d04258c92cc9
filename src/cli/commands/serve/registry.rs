//! The options of `hreg serve` that say which registry is served, if one is.
//!
//! Those of the original server, oci-chartrepo, are taken as they are.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::cli::arguments::{duration, switch};
use crate::remote::{self, Tls};
use crate::serve::{DriverKind, RegistryFlags, RegistryPlace, RepositoryPath, cache_bytes};

/// Holds the options of a server that stands in front of a registry.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options for serving a registry")]
pub(super) struct Registry {
    /// What keeps the charts that are served [default: filesystem]
    #[arg(long, value_enum, value_name = "STORAGE", env = "HREG_STORAGE", hide_env_values = true)]
    storage: Option<Storage>,
    /// The registry, and the path on it that the repositories are below; a scheme may come before it
    #[arg(
        long,
        value_name = "HOST[:PORT][/PATH]",
        env = "HREG_STORAGE_REGISTRY_REPO",
        hide_env_values = true
    )]
    storage_registry_repo: Option<RegistryPlace>,
    /// How the registry is spoken to [default: https, and http on this machine itself]
    #[arg(
        long,
        value_enum,
        ignore_case = true,
        value_name = "SCHEME",
        env = "HREG_STORAGE_REGISTRY_SCHEME",
        hide_env_values = true
    )]
    storage_registry_scheme: Option<Scheme>,
    /// A repository below that path; may be repeated [default: those that the registry lists]
    #[arg(
        long,
        value_name = "PATH",
        env = "HREG_REGISTRY_REPOSITORY",
        value_delimiter = ',',
        hide_env_values = true
    )]
    registry_repository: Vec<RepositoryPath>,
    /// How long what the registry has is served without asking again [default: 30s]
    #[arg(
        long,
        value_name = "TIME",
        env = "HREG_REGISTRY_REFRESH",
        value_parser = some_time,
        hide_env_values = true
    )]
    registry_refresh: Option<Duration>,
    /// Keep the charts that were fetched with their names, and serve them while the registry is away
    #[arg(long, env = "HREG_MIRROR", value_parser = switch(), hide_env_values = true)]
    mirror: bool,
    /// How many bytes are kept of what was fetched, such as 500Mi [default: 1Gi]
    #[arg(
        long,
        value_name = "SIZE",
        env = "HREG_CACHE_SIZE",
        value_parser = cache_bytes,
        hide_env_values = true
    )]
    cache_size: Option<u64>,
    /// A file of credentials, a dockerconfigjson [default: /etc/secret/dockerconfigjson, if there]
    #[arg(
        long,
        value_name = "FILE",
        env = "HREG_REGISTRY_SECRET",
        hide_env_values = true,
        value_hint = clap::ValueHint::FilePath
    )]
    registry_secret: Option<PathBuf>,
    /// The certificates of those who may vouch for the registry, in PEM
    #[arg(
        long,
        value_name = "FILE",
        env = "HREG_REGISTRY_CA_FILE",
        hide_env_values = true,
        value_hint = clap::ValueHint::FilePath
    )]
    registry_ca_file: Option<PathBuf>,
    /// The certificate to show to the registry, in PEM
    #[arg(
        long,
        value_name = "FILE",
        env = "HREG_REGISTRY_CERT_FILE",
        requires = "registry_key_file",
        hide_env_values = true,
        value_hint = clap::ValueHint::FilePath
    )]
    registry_cert_file: Option<PathBuf>,
    /// The key of that certificate, in PEM
    #[arg(
        long,
        value_name = "FILE",
        env = "HREG_REGISTRY_KEY_FILE",
        requires = "registry_cert_file",
        hide_env_values = true,
        value_hint = clap::ValueHint::FilePath
    )]
    registry_key_file: Option<PathBuf>,
    /// How many requests are sent to the registry at a time [default: 16]
    #[arg(
        long,
        value_name = "N",
        env = "HREG_REGISTRY_JOBS",
        value_parser = clap::value_parser!(u16).range(1..=64),
        hide_env_values = true
    )]
    registry_jobs: Option<u16>,
}

/// Says what keeps the charts.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Storage {
    /// A registry elsewhere, which is only read.
    Registry,
    /// A folder.
    Filesystem,
    /// The server's memory: all is gone when it ends.
    #[value(alias = "inmemory")]
    Memory,
}

/// Names a way to speak to a registry.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Scheme {
    /// Without encryption.
    Http,
    /// With TLS.
    Https,
}

impl Registry {
    /// Gives what keeps the charts, if it was said, and what was said of a registry.
    pub(super) fn flags(self) -> (Option<DriverKind>, RegistryFlags) {
        let storage = self.storage.map(|storage| match storage {
            Storage::Registry => DriverKind::Registry,
            Storage::Filesystem => DriverKind::Filesystem,
            Storage::Memory => DriverKind::Memory,
        });
        let flags = RegistryFlags {
            place: self.storage_registry_repo,
            scheme: self.storage_registry_scheme.map(|scheme| match scheme {
                Scheme::Http => remote::Scheme::Http,
                Scheme::Https => remote::Scheme::Https,
            }),
            repositories: self.registry_repository,
            refresh: self.registry_refresh,
            jobs: self.registry_jobs.map(usize::from),
            secret: self.registry_secret,
            tls: Tls {
                ca: self.registry_ca_file,
                certificate: self.registry_cert_file,
                key: self.registry_key_file,
                skip_verify: false,
            },
            mirror: self.mirror.then_some(true),
            cache_bytes: self.cache_size,
        };
        (storage, flags)
    }
}

/// Reads a span of time that is not nothing.
fn some_time(text: &str) -> Result<Duration, String> {
    let time = duration(text)?;
    let is_some = !time.is_zero();
    is_some.then_some(time).ok_or_else(|| "expected a time that is not nothing".to_owned())
}
