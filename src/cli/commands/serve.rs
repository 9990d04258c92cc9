//! `hreg serve`

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};

use crate::cli::arguments::{Global, switch};
use crate::cli::{Outcome, Result, context, interrupt, report};
use crate::progress::Silent;
use crate::serve::{self, DriverKind, File, Flags, Server, Settings, Stop, TlsSettings};
use crate::storage::{Driver, Memory};
use crate::store::Store;

/// Serves the store over HTTP.
#[derive(Debug, Args)]
pub struct Serve {
    /// The address to listen on, HOST:PORT or :PORT [default: 127.0.0.1:8099]
    #[arg(long, value_name = "ADDRESS", env = "HREG_LISTEN", hide_env_values = true)]
    listen: Option<String>,
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
    /// Only check the settings and that the store can be opened
    #[arg(long)]
    check: bool,
}

/// Says what anybody may do.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Access {
    /// Read.
    Read,
    /// Read and write.
    Write,
}

impl Serve {
    pub(crate) fn run(self, global: &Global) -> Result {
        let check = self.check;
        let settings = self.settings(global)?;
        let (store, place) = open(&settings)?;
        if check {
            settings.check()?;
            report::note(&format!("the settings are well formed, and {place} can be opened"));
            return Ok(Outcome::Done);
        }
        let stop = Stop::new();
        let server = Server::bind(settings, store, stop.clone(), Box::new(report::failure))?;
        interrupt::instead(move || stop.request());
        report::note(&format!("serving {place} on {}://{}", server.scheme(), server.address()));
        server.run();
        Ok(Outcome::Done)
    }

    fn settings(self, global: &Global) -> anyhow::Result<Settings> {
        let file = self.config.as_deref().map(File::read).transpose()?;
        let flags = Flags {
            listen: self.listen,
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
            root: global.store.clone(),
            lock_timeout: global.lock_timeout,
        };
        Ok(Settings::resolve(flags, file))
    }
}

/// Opens the store, and says what it is.
fn open(settings: &Settings) -> anyhow::Result<(Store, String)> {
    let (driver, place): (Box<dyn Driver>, String) = match settings.store.driver {
        DriverKind::Memory => (Box::new(Memory::new()), "an empty store in memory".to_owned()),
        DriverKind::Filesystem => {
            let root = context::store_folder(settings.store.root.as_deref())?;
            (Box::new(context::open_folder(&root)?), format!("the store {}", root.display()))
        }
    };
    Ok((Store::new(driver, settings.store.lock_timeout, Arc::new(Silent)), place))
}
