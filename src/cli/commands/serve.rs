//! `hreg serve`

mod registry;
mod upstream;

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};

use crate::cli::arguments::{Global, switch};
use crate::cli::log::Log;
use crate::cli::{Outcome, Result, context, interrupt, report};
use crate::serve::{
    self, DriverKind, Event, File, Flags, Level, LogFlags, MetricsSettings, Observer, Record,
    Server, Settings, Stop, TlsSettings,
};
use crate::storage::{Driver, Memory};
use crate::store::Store;
use crate::upstream::Upstream;
use registry::Registry;

/// Serves the store over HTTP.
#[derive(Debug, Args)]
pub struct Serve {
    /// The address to listen on, HOST:PORT or :PORT [default: 127.0.0.1:8099]
    #[arg(long, value_name = "ADDRESS", env = "HREG_LISTEN", hide_env_values = true)]
    listen: Option<String>,
    /// The port to listen on, on all networks; the same as --listen :PORT
    // It has no variable: Kubernetes sets HREG_PORT to something else for a service of the name hreg.
    #[arg(long, value_name = "PORT", conflicts_with = "listen")]
    port: Option<u16>,
    /// A configuration file
    #[arg(short, long, value_name = "FILE", env = "HREG_CONFIG", hide_env_values = true)]
    config: Option<PathBuf>,
    /// Let nobody write
    #[arg(long, env = "HREG_READ_ONLY", value_parser = switch(), hide_env_values = true)]
    read_only: bool,
    /// Let nobody delete
    #[arg(long, env = "HREG_NO_DELETE", value_parser = switch(), hide_env_values = true)]
    no_delete: bool,
    /// What anybody may do; needed where others than this machine can reach the address
    #[arg(
        long,
        value_enum,
        value_name = "ACCESS",
        env = "HREG_ALLOW_ANONYMOUS",
        hide_env_values = true
    )]
    allow_anonymous: Option<Access>,
    /// A file of users and their passwords, made by htpasswd -B
    #[arg(long, value_name = "FILE", env = "HREG_HTPASSWD", hide_env_values = true)]
    htpasswd: Option<PathBuf>,
    /// The server's certificate, in PEM
    #[arg(long, value_name = "FILE", env = "HREG_TLS_CERT", hide_env_values = true)]
    tls_cert: Option<PathBuf>,
    /// The key of the certificate, in PEM
    #[arg(long, value_name = "FILE", env = "HREG_TLS_KEY", hide_env_values = true)]
    tls_key: Option<PathBuf>,
    /// Let in only who has a certificate that one of these vouches for
    #[arg(long, value_name = "FILE", env = "HREG_TLS_CLIENT_CA", hide_env_values = true)]
    tls_client_ca: Option<PathBuf>,
    /// The least important records to write to standard error [default: info]
    #[arg(long, value_enum, value_name = "LEVEL", env = "HREG_LOG_LEVEL", hide_env_values = true)]
    log_level: Option<LogLevel>,
    /// How to write records: for people or for programs [default: text]
    #[arg(
        long,
        value_enum,
        value_name = "FORMAT",
        env = "HREG_LOG_FORMAT",
        hide_env_values = true
    )]
    log_format: Option<LogFormat>,
    /// Write a record of each request
    #[arg(long, env = "HREG_LOG_REQUESTS", value_parser = switch(), hide_env_values = true)]
    log_requests: bool,
    /// An address for metrics and probes alone, which asks for no password
    #[arg(long, value_name = "ADDRESS", env = "HREG_METRICS_LISTEN", hide_env_values = true)]
    metrics_listen: Option<String>,
    /// Only check the settings and that the store can be opened
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    registry: Registry,
}

/// Says what anybody may do.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Access {
    /// Read.
    Read,
    /// Read and write.
    Write,
}

/// Says what is written.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum LogLevel {
    /// What failed.
    Error,
    /// What may be wrong as well.
    Warn,
    /// All.
    Info,
}

/// Says how it is written.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum LogFormat {
    /// Names and values.
    Text,
    /// JSON.
    Json,
}

impl Serve {
    pub(crate) fn run(self, global: &Global) -> Result {
        let check = self.check;
        let settings = self.settings(global)?;
        let log = Log::start(&settings.log);
        let writing = log.clone();
        let report = move |record| writing.take(record);
        let observer = Arc::new(Observer::new(&settings.log, Box::new(report)));
        let Opened { store, upstream, place } = open(&settings, &observer)?;
        if check {
            settings.check()?;
            let what = match &upstream {
                Some(_) => format!("{place} was not asked"),
                None => format!("{place} can be opened"),
            };
            report::note(&format!("the settings are well formed, and {what}"));
            return Ok(Outcome::Done);
        }
        let stop = Stop::new();
        let warning = warning(&settings);
        let server = Server::bind(settings, store, upstream, stop.clone(), observer.clone())?;
        interrupt::instead(move || stop.request());
        let address = format!("{}://{}", server.scheme(), server.address());
        log.take(Record::now(Event::Started { what: place, address }));
        if let Some(address) = server.metrics_address() {
            let address = format!("http://{address}/metrics");
            log.take(Record::now(Event::Started { what: "metrics".to_owned(), address }));
        }
        // What is served, and where, is the first line.
        warning.into_iter().for_each(|message| observer.warn(message));
        // Whoever started it learns where it is before it does anything.
        log.flush();
        server.run();
        log.flush();
        Ok(Outcome::Done)
    }

    fn settings(self, global: &Global) -> anyhow::Result<Settings> {
        let file = self.config.as_deref().map(File::read).transpose()?;
        let port = self.port.map(|port| format!(":{port}"));
        let (storage, registry) = self.registry.flags();
        let flags = Flags {
            listen: port.or(self.listen),
            read_only: self.read_only,
            no_delete: self.no_delete,
            allow_anonymous: self.allow_anonymous.map(|access| match access {
                Access::Read => serve::Access::Read,
                Access::Write => serve::Access::Write,
            }),
            htpasswd: self.htpasswd,
            tls: TlsSettings {
                certificate: self.tls_cert,
                key: self.tls_key,
                client_ca: self.tls_client_ca,
            },
            log: LogFlags {
                level: self.log_level.map(|level| match level {
                    LogLevel::Error => Level::Error,
                    LogLevel::Warn => Level::Warn,
                    LogLevel::Info => Level::Info,
                }),
                format: self.log_format.map(|format| match format {
                    LogFormat::Text => serve::LogFormat::Text,
                    LogFormat::Json => serve::LogFormat::Json,
                }),
                requests: self.log_requests.then_some(true),
            },
            metrics: MetricsSettings { listen: self.metrics_listen },
            storage,
            registry,
            root: global.store.clone(),
            lock_timeout: global.lock_timeout,
        };
        Ok(Settings::resolve(flags, file)?)
    }
}

/// Is what is served.
struct Opened {
    store: Store,
    /// The registry that it is, if it is one.
    upstream: Option<Arc<Upstream>>,
    /// What it is, in words.
    place: String,
}

fn open(settings: &Settings, observer: &Arc<Observer>) -> anyhow::Result<Opened> {
    let root = settings.store.root.as_deref();
    let mut upstream = None;
    let (driver, place): (Box<dyn Driver>, String) =
        match (&settings.registry, settings.store.driver) {
            (Some(registry), _) => {
                let opened = upstream::open(registry, root, observer)?;
                let place = format!("the registry {}", opened.place());
                (upstream.insert(opened).driver(), place)
            }
            (None, DriverKind::Memory) => {
                (Box::new(Memory::new()), "an empty store in memory".to_owned())
            }
            (None, _) => {
                let root = context::store_folder(root)?;
                (Box::new(context::open_folder(&root)?), format!("the store {}", root.display()))
            }
        };
    let store = Store::new(driver, settings.store.lock_timeout, observer.clone());
    Ok(Opened { store, upstream, place })
}

/// Says what those should know who serve a registry and have not said who may read it.
fn warning(settings: &Settings) -> Option<String> {
    let registry = settings.registry.as_ref().filter(|_| settings.lends_credentials())?;
    Some(format!(
        "whoever reaches {} can read what the credentials of {} can read; name users with --htpasswd, \
         or say --allow-anonymous read",
        settings.listen,
        registry.served.place.host()
    ))
}
