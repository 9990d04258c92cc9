//! What every command needs that talks to registries and repositories: its options, the
//! environment, and the client made of both.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use directories::{BaseDirs, ProjectDirs};

use super::WrongUsage;
use super::arguments::switch;
use super::context::{Context, helm_file, set_variable};
use super::report;
use crate::name::Host;
use crate::ops::{self, transfer};
use crate::remote::credentials::{Files, Locations};
use crate::remote::{self, Client, Credential, Lookup, Options, Proxies, Scheme, Tls};

/// Holds the options of commands that talk to registries and repositories.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options for registries and repositories")]
pub(crate) struct Remote {
    /// The name to log in with, where none was kept by `hreg login`
    #[arg(short, long, env = "HREG_USERNAME", value_name = "NAME", hide_env_values = true)]
    pub(super) username: Option<String>,
    /// The password to log in with; other users may see it: --password-stdin is safer
    #[arg(short, long, env = "HREG_PASSWORD", value_name = "PASSWORD", hide_env_values = true)]
    pub(super) password: Option<String>,
    /// Read the password from standard input
    #[arg(long, conflicts_with = "password")]
    pub(super) password_stdin: bool,
    /// Use HTTP without encryption; for this machine itself that is so anyway
    #[arg(long, env = "HREG_PLAIN_HTTP", value_parser = switch(), hide_env_values = true)]
    plain_http: bool,
    /// Do not check whom the server's certificate is for, and who vouches for it
    #[arg(long, env = "HREG_INSECURE_SKIP_TLS_VERIFY", value_parser = switch(), hide_env_values = true)]
    insecure_skip_tls_verify: bool,
    /// The certificates of those who may vouch for a server, in PEM
    #[arg(long, env = "HREG_CA_FILE", value_name = "FILE", hide_env_values = true, value_hint = clap::ValueHint::FilePath)]
    ca_file: Option<PathBuf>,
    /// The certificate to show to servers, in PEM
    #[arg(long, env = "HREG_CERT_FILE", value_name = "FILE", requires = "key_file", hide_env_values = true, value_hint = clap::ValueHint::FilePath)]
    cert_file: Option<PathBuf>,
    /// The key of that certificate, in PEM
    #[arg(long, env = "HREG_KEY_FILE", value_name = "FILE", requires = "cert_file", hide_env_values = true, value_hint = clap::ValueHint::FilePath)]
    key_file: Option<PathBuf>,
    /// The file that `hreg login` keeps credentials in [default: registry.json in the platform's
    /// configuration folder]
    #[arg(long, env = "HREG_REGISTRY_CONFIG", value_name = "FILE", hide_env_values = true, value_hint = clap::ValueHint::FilePath)]
    registry_config: Option<PathBuf>,
}

/// Holds the option that says how much is done at a time.
#[derive(Debug, Args)]
pub(crate) struct Jobs {
    /// How many charts to work on at a time
    #[arg(long, env = "HREG_JOBS", value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=64), hide_env_values = true)]
    jobs: u16,
}

impl Jobs {
    pub(super) fn count(&self) -> usize {
        usize::from(self.jobs)
    }
}

impl Remote {
    /// Makes the client for these hosts. A name and password that were given are for one registry:
    /// with several, one would be told the password of another.
    pub(super) fn client(
        &self,
        context: &Context,
        hosts: impl IntoIterator<Item = Host>,
        connections: usize,
    ) -> anyhow::Result<Client> {
        let files = self.files()?;
        if let Some(file) = files.exposed() {
            let file = file.display();
            report::warning(&format!("{file} may be read by other users; `hreg login` mends that"));
        }
        let Some(credential) = self.given()? else {
            return self.make(context, files, connections);
        };
        let hosts: BTreeSet<Host> = hosts.into_iter().collect();
        if hosts.len() > 1 {
            let hosts: Vec<String> = hosts.iter().map(ToString::to_string).collect();
            return Err(WrongUsage::error(format!(
                "a name and a password are for one registry, not for {}; use `hreg login`",
                hosts.join(" and ")
            )));
        }
        let host = hosts.into_iter().next();
        self.make(context, Given { host, credential, files }, connections)
    }

    /// Makes a client that shows one registry a credential that is not kept yet.
    pub(super) fn client_with(
        &self,
        context: &Context,
        host: &Host,
        credential: Credential,
    ) -> anyhow::Result<Client> {
        let host = Some(host.clone());
        self.make(context, Given { host, credential, files: self.files()? }, 1)
    }

    fn make(
        &self,
        context: &Context,
        lookup: impl Lookup + 'static,
        connections: usize,
    ) -> anyhow::Result<Client> {
        let scheme = self.plain_http.then_some(Scheme::Http);
        let tls = Tls {
            ca: self.ca_file.clone(),
            certificate: self.cert_file.clone(),
            key: self.key_file.clone(),
            skip_verify: self.insecure_skip_tls_verify,
        };
        let options = options(scheme, tls, connections);
        let client = Client::new(options, Box::new(lookup), context.progress.clone());
        Ok(client.map_err(transfer::Error::from).map_err(ops::Error::from)?)
    }

    /// Gives the files that credentials are kept in.
    pub(super) fn files(&self) -> anyhow::Result<Files> {
        let own = match &self.registry_config {
            Some(file) => file.clone(),
            None => own_file().context(
                "cannot tell where credentials are: there is no home folder; use --registry-config",
            )?,
        };
        Ok(files(own))
    }

    /// Gives the credential on the command line or in the environment, if there is one.
    pub(super) fn given(&self) -> anyhow::Result<Option<Credential>> {
        let password = match self.password_stdin {
            true => Some(password_from_stdin()?),
            false => self.password.clone(),
        };
        match (self.username.clone(), password) {
            (Some(username), Some(password)) => Ok(Some(Credential::Basic { username, password })),
            (None, None) => Ok(None),
            (Some(_), None) => {
                Err(WrongUsage::error("--username needs --password-stdin or --password"))
            }
            (None, Some(_)) => Err(WrongUsage::error("a password needs --username")),
        }
    }
}

/// Gives the file that `hreg login` keeps credentials in, unless it is told of another; nothing where
/// there is no home folder.
pub(super) fn own_file() -> Option<PathBuf> {
    Some(ProjectDirs::from("", "", "hreg")?.config_dir().join("registry.json"))
}

/// Gives the files that credentials are kept in: one of hreg's own, and those of others.
pub(super) fn files(own: PathBuf) -> Files {
    let helm = helm_file("HELM_REGISTRY_CONFIG", "registry/config.json");
    let docker = set_variable("DOCKER_CONFIG").map(PathBuf::from);
    let docker = docker.or_else(|| Some(BaseDirs::new()?.home_dir().join(".docker")));
    let docker = docker.map(|folder| folder.join("config.json"));
    Files::new(Locations { own, helm, docker, helpers: None })
}

/// Makes options out of what was said and the environment.
pub(super) fn options(scheme: Option<Scheme>, tls: Tls, connections: usize) -> Options {
    let variable = |names: [&str; 2]| {
        let mut values = names.into_iter().filter_map(set_variable);
        values.find_map(|value| value.into_string().ok())
    };
    let all = || variable(["ALL_PROXY", "all_proxy"]);
    Options {
        scheme,
        tls,
        proxies: Proxies {
            http: variable(["http_proxy", "HTTP_PROXY"]).or_else(all),
            https: variable(["https_proxy", "HTTPS_PROXY"]).or_else(all),
            no_proxy: variable(["no_proxy", "NO_PROXY"]),
        },
        user_agent: concat!("hreg/", env!("CARGO_PKG_VERSION")).to_owned(),
        connections,
        #[cfg(debug_assertions)]
        policy: hasty(),
        ..Options::default()
    }
}

/// Makes pauses before another try as short as a test asks for: `HREG_PAUSE` milliseconds.
#[cfg(debug_assertions)]
fn hasty() -> remote::Policy {
    let policy = remote::Policy::default();
    let Ok(text) = std::env::var("HREG_PAUSE") else { return policy };
    let milliseconds = text.parse().expect("HREG_PAUSE is only set by tests");
    let longest_pause = std::time::Duration::from_millis(milliseconds);
    remote::Policy { longest_pause, ..policy }
}

/// Reads a password from standard input, without the end of its line.
pub(super) fn password_from_stdin() -> anyhow::Result<String> {
    const MAX_BYTES: u64 = 64 * 1024;
    let mut text = String::new();
    let stdin = std::io::stdin().lock().take(MAX_BYTES);
    std::io::BufReader::new(stdin)
        .read_to_string(&mut text)
        .context("cannot read the password from standard input")?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    Ok(text.strip_suffix('\r').unwrap_or(text).to_owned())
}

/// Gives a credential to one host, and looks up those of others.
struct Given {
    host: Option<Host>,
    credential: Credential,
    files: Files,
}

impl Lookup for Given {
    fn find(
        &self,
        host: &Host,
        path: &str,
    ) -> Result<Option<Credential>, remote::credentials::Error> {
        match self.host.as_ref() == Some(host) {
            true => Ok(Some(self.credential.clone())),
            false => self.files.find(host, path),
        }
    }
}
