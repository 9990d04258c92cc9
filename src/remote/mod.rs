//! What speaks to the places where charts live: OCI registries and classic repositories.
//!
//! No environment is read here, and no store is known: which charts are sent or received, and where
//! they are kept, is left to `ops`. What servers say is checked against digests, sizes and limits
//! before anybody else sees it, and credentials go to nobody but those they are for.

mod blobs;
mod challenge;
mod classic;
mod credential;
pub mod credentials;
mod download;
mod error;
mod exchange;
mod failure;
mod guard;
mod manifests;
mod no_proxy;
mod options;
mod pages;
mod place;
mod request;
mod resolver;
mod response;
mod retry;
mod scheme;
mod token;
mod transport;
mod trust;
mod uploads;
mod url;
mod what;

use std::sync::Arc;

use ureq::http::Method;

pub use blobs::BlobReader;
pub use classic::{MAX_INDEX_BYTES, RepositoryUrl};
pub use credential::{Credential, Lookup};
pub use download::Download;
pub use error::Error;
pub use manifests::ManifestName;
pub use options::{Options, Policy, Proxies, Scheme, Tls};
pub use uploads::{Source, Uploaded};
pub use url::Url;

use crate::name::Host;
use crate::progress::Progress;
use exchange::Exchange;
use guard::Access;
use request::Request;
use what::What;

/// Speaks to registries and repositories. Clones share connections, tokens and what is known of
/// servers; any number of threads may use one.
#[derive(Clone)]
pub struct Client {
    exchange: Arc<Exchange>,
}

impl Client {
    /// Makes a client; nothing is sent yet.
    ///
    /// # Errors
    ///
    /// Fails on options that cannot be used, and on files they name that cannot be read.
    pub fn new(
        options: Options,
        lookup: Box<dyn Lookup>,
        progress: Arc<dyn Progress>,
    ) -> Result<Client, Error> {
        Ok(Client { exchange: Arc::new(Exchange::new(options, lookup, progress)?) })
    }

    /// Asks a registry whether it takes the credentials for it, as a login does.
    pub fn check(&self, host: &Host) -> Result<(), Error> {
        let url = Url::parse(&format!("{}/v2/", self.base(host)))?;
        let access = Access { host: host.clone(), path: String::new(), scope: String::new() };
        let request = Request::new(Method::GET, &url, What::Registry(host)).access(&access);
        self.exchange.call(&request, 1 << 20).map(drop)
    }
}
