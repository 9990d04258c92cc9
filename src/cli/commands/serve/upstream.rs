//! Opening the registry that is served: the client, its credentials, and the folder of what is fetched.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::cli::context;
use crate::cli::remote::{files, options, own_file};
use crate::disk;
use crate::name::Host;
use crate::progress::Silent;
use crate::remote::credentials::{self, Files, Locations};
use crate::remote::{self, Client, Credential, Lookup, Options, Policy};
use crate::serve::{self, Observer, RegistrySettings};
use crate::upstream::{self, Upstream};

/// Where Kubernetes puts credentials, as the original server has it.
const SECRET: &str = "/etc/secret/dockerconfigjson";

/// The most that a file of credentials may have, in bytes.
const MAX_SECRET_BYTES: u64 = 4 << 20;

/// How often something is asked for again: clients wait meanwhile, and ask again themselves.
const RETRIES: u32 = 2;

/// How long a connection to the registry may take to be made.
const CONNECT: Duration = Duration::from_secs(5);

/// How long the registry may take to begin an answer, or be silent within one.
const STALL: Duration = Duration::from_secs(15);

/// How long holds what a helper program said: it may be a token that ends.
const HELD: Duration = Duration::from_secs(300);

/// Opens the registry, which is not asked anything yet; `folder` is for what is fetched, where one was
/// named.
pub(super) fn open(
    settings: &RegistrySettings,
    folder: Option<&Path>,
    observer: &Arc<Observer>,
) -> anyhow::Result<Arc<Upstream>> {
    let served = &settings.served;
    let client = client(settings).map_err(serve::Error::from)?;
    let folder = context::cache_folder(folder, &served.place.to_string())?;
    let cache = Box::new(context::open_folder(&folder)?);
    let told = observer.clone();
    let warn = Box::new(move |message| told.warn(message));
    let opened = Upstream::new(client, cache, served.clone(), warn);
    Ok(opened.map_err(serve::Error::from)?)
}

fn client(settings: &RegistrySettings) -> Result<Client, upstream::Error> {
    let secret = settings.secret.clone().unwrap_or_else(|| PathBuf::from(SECRET));
    if settings.secret.is_some() {
        disk::read(&secret, MAX_SECRET_BYTES).map_err(remote::Error::from)?;
    }
    let credentials = Credentials::new(secret);
    // What cannot be read is said now, and not at the first request.
    let host = settings.served.place.host();
    credentials.find(host, "").map_err(remote::Error::from)?;
    let jobs = settings.served.jobs;
    let options = options(settings.scheme, settings.tls.clone(), jobs);
    let policy = Policy { retries: RETRIES, connect: CONNECT, stall: STALL, ..options.policy };
    let options = Options { policy, ..options };
    Ok(Client::new(options, Box::new(credentials), Arc::new(Silent))?)
}

/// Finds credentials in the file for the server alone, and then where commands find them.
struct Credentials {
    secret: PathBuf,
    own: PathBuf,
    held: Mutex<Held>,
}

/// Is what remembers the answers of helper programs, since when.
struct Held {
    since: Instant,
    files: Arc<[Files; 2]>,
}

impl Credentials {
    fn new(secret: PathBuf) -> Credentials {
        let own = context::set_variable("HREG_REGISTRY_CONFIG").map(PathBuf::from);
        // Where nobody is at home there is no file of hreg's own.
        let own = own.or_else(own_file).unwrap_or_else(|| secret.clone());
        let held = Mutex::new(Held::new(&secret, &own));
        Credentials { secret, own, held }
    }

    fn files(&self) -> Arc<[Files; 2]> {
        // What is held is whole whatever happens to another thread.
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.since.elapsed() >= HELD {
            *held = Held::new(&self.secret, &self.own);
        }
        held.files.clone()
    }
}

impl Held {
    fn new(secret: &Path, own: &Path) -> Held {
        let secret = Locations { own: secret.to_owned(), ..Locations::default() };
        let files = Arc::new([Files::new(secret), files(own.to_owned())]);
        Held { since: Instant::now(), files }
    }
}

impl Lookup for Credentials {
    fn find(&self, host: &Host, path: &str) -> Result<Option<Credential>, credentials::Error> {
        let files = self.files();
        let [secret, usual] = &*files;
        match secret.find(host, path)? {
            None => usual.find(host, path),
            found => Ok(found),
        }
    }
}
