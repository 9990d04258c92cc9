//! The HTTP client library, set up once: TLS, proxies, time-outs, pools of connections.

use std::path::Path;
use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use ureq::tls::{Certificate, ClientCert, PemItem, PrivateKey, RootCerts, TlsConfig, parse_pem};
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Agent, Proxy};

use super::Error;
use super::no_proxy::NoProxy;
use super::options::{Options, Tls};
use super::resolver::Resolver;
use super::scheme::is_loopback;
use super::url::Url;
use crate::disk;

/// Sends requests: directly, or through a proxy.
#[derive(Debug)]
pub(super) struct Transport {
    direct: Agent,
    http: Option<Agent>,
    https: Option<Agent>,
    no_proxy: NoProxy,
}

/// The most that the lines before a body may take, in bytes.
const MAX_HEAD_BYTES: usize = 64 << 10;

/// What is read and written at once. Each connection has one of each.
const BUFFER_BYTES: usize = 128 << 10;

/// The largest file of certificates or keys that is read.
const MAX_PEM_BYTES: u64 = 4 << 20;

impl Transport {
    pub(super) fn new(options: &Options) -> Result<Transport, Error> {
        let tls = tls(&options.tls)?;
        let agent = |proxy| agent(options, &tls, proxy);
        let through = |what: &str, address: &Option<String>| {
            let proxy = address.as_deref().map(|address| proxy(what, address)).transpose()?;
            Ok::<_, Error>(proxy.map(|proxy| agent(Some(proxy))))
        };
        Ok(Transport {
            direct: agent(None),
            http: through("HTTP", &options.proxies.http)?,
            https: through("HTTPS", &options.proxies.https)?,
            no_proxy: NoProxy::parse(options.proxies.no_proxy.as_deref().unwrap_or_default()),
        })
    }

    /// Gives what requests to an address are sent with.
    pub(super) fn agent(&self, url: &Url) -> &Agent {
        let proxied = if url.is_https() { &self.https } else { &self.http };
        match proxied {
            Some(agent) if !is_loopback(url.host()) && !self.no_proxy.covers(url.host()) => agent,
            _ => &self.direct,
        }
    }
}

/// Redirects, errors and repetitions are not the library's affair but that of this module.
fn agent(options: &Options, tls: &TlsConfig, proxy: Option<Proxy>) -> Agent {
    let policy = &options.policy;
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .tls_config(tls.clone())
        .proxy(proxy)
        .user_agent(&options.user_agent)
        .accept("*/*")
        .accept_encoding("identity")
        .max_response_header_size(MAX_HEAD_BYTES)
        .input_buffer_size(BUFFER_BYTES)
        .output_buffer_size(BUFFER_BYTES)
        .max_idle_connections(4 * options.connections)
        .max_idle_connections_per_host(options.connections)
        .timeout_resolve(Some(policy.connect))
        .timeout_connect(Some(policy.connect))
        .timeout_recv_response(Some(policy.stall))
        .timeout_per_read(Some(policy.stall))
        .timeout_per_write(Some(policy.stall))
        .build();
    Agent::with_parts(config, DefaultConnector::default(), Resolver::default())
}

/// The address is not told, as it may hold a password.
fn proxy(what: &str, address: &str) -> Result<Proxy, Error> {
    let what = format!("the proxy for {what}");
    Proxy::new(address).map_err(|error| Error::Option { what, reason: error.to_string() })
}

fn tls(options: &Tls) -> Result<TlsConfig, Error> {
    let provider = Arc::new(ring::default_provider());
    let roots = match &options.ca {
        None => RootCerts::PlatformVerifier,
        Some(path) => RootCerts::Specific(Arc::new(certificates("CA file", path)?)),
    };
    let identity = identity(&provider, options)?;
    Ok(TlsConfig::builder()
        .root_certs(roots)
        .client_cert(identity)
        .disable_verification(options.skip_verify)
        .unversioned_rustls_crypto_provider(provider)
        .build())
}

/// Reads the certificate that the client shows, and makes sure that the key belongs to it.
fn identity(provider: &CryptoProvider, options: &Tls) -> Result<Option<ClientCert>, Error> {
    let (certificate, key) = match (&options.certificate, &options.key) {
        (None, None) => return Ok(None),
        (Some(certificate), Some(key)) => (certificate, key),
        (Some(given), None) | (None, Some(given)) => {
            let reason = "the client's certificate and its key are needed together";
            return Err(Error::pem("client file", given, reason));
        }
    };
    let chain = certificates("certificate file", certificate)?;
    let pem = disk::read(key, MAX_PEM_BYTES)?;
    let der =
        PrivateKeyDer::from_pem_slice(&pem).map_err(|error| Error::pem("key file", key, error))?;
    let raw = chain.iter().map(|one| CertificateDer::from(one.der().to_vec())).collect();
    CertifiedKey::from_der(raw, der, provider)
        .map_err(|error| Error::pem("key file", key, error))?;
    let key = PrivateKey::from_pem(&pem).map_err(|error| Error::pem("key file", key, error))?;
    Ok(Some(ClientCert::new_with_certs(&chain, key)))
}

fn certificates(what: &str, path: &Path) -> Result<Vec<Certificate<'static>>, Error> {
    let pem = disk::read(path, MAX_PEM_BYTES)?;
    let mut certificates = Vec::new();
    for item in parse_pem(&pem) {
        if let PemItem::Certificate(certificate) =
            item.map_err(|error| Error::pem(what, path, error))?
        {
            certificates.push(certificate);
        }
    }
    if certificates.is_empty() {
        return Err(Error::pem(what, path, "it holds no certificate in PEM"));
    }
    Ok(certificates)
}
