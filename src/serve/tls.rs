//! TLS: the server's certificate, and those that clients have to show.
//!
//! The files are read again when they change, so a certificate can be renewed while the server runs.
//! Connections that are open go on with what they began with.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustls::RootCertStore;
use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::watched::Watched;
use super::{Error, Settings};
use crate::disk;

/// The most bytes of a file with certificates or a key.
const MAX_PEM_BYTES: u64 = 1 << 20;

/// What a client and the server may agree to speak, best first.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// Holds what the server shows, and what it asks clients for.
pub(super) struct Tls {
    config: Watched<ServerConfig>,
}

/// Is a connection whose first bytes have come.
pub(super) type Secure = BufReader<TlsStream<TcpStream>>;

impl Tls {
    /// Reads the files; none if the server is to speak without TLS.
    pub(super) fn open(settings: &Settings) -> Result<Option<Tls>, Error> {
        let tls = &settings.tls;
        let (certificate, key) = match (&tls.certificate, &tls.key) {
            (Some(certificate), Some(key)) => (certificate.clone(), key.clone()),
            (None, None) if tls.client_ca.is_none() => return Ok(None),
            _ => return Err(Error::HalfCertificate),
        };
        let client_ca = tls.client_ca.clone();
        let own = [certificate.clone(), key.clone()];
        let paths = own.into_iter().chain(client_ca.clone()).collect();
        let read = move || config(&certificate, &key, client_ca.as_ref());
        Ok(Some(Tls { config: Watched::open(paths, read)? }))
    }

    /// Agrees with a client on keys, and waits for the first byte of what it says with them.
    pub(super) async fn begin(
        &self,
        stream: TcpStream,
        limit: Duration,
        report: impl Fn(&Error),
    ) -> Option<Secure> {
        let acceptor = TlsAcceptor::from(self.config.current(report));
        let stream = timeout(limit, acceptor.accept(stream)).await.ok()?.ok()?;
        let mut stream = BufReader::new(stream);
        let first = timeout(limit, stream.fill_buf()).await.ok()?.ok()?;
        (!first.is_empty()).then_some(stream)
    }
}

fn config(
    certificate: &Path,
    key: &Path,
    client_ca: Option<&PathBuf>,
) -> Result<ServerConfig, Error> {
    let provider = Arc::new(ring::default_provider());
    let chain = certificates(certificate)?;
    let pem = disk::read(key, MAX_PEM_BYTES)?;
    let secret = PrivateKeyDer::from_pem_slice(&pem)
        .map_err(|_| wrong(key, "it holds no private key in PEM"))?;
    let builder = ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| wrong(certificate, error))?;
    let builder = match client_ca {
        None => builder.with_no_client_auth(),
        Some(path) => builder.with_client_cert_verifier(verifier(path, provider)?),
    };
    let mut config =
        builder.with_single_cert(chain, secret).map_err(|error| wrong(certificate, error))?;
    config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).to_vec();
    Ok(config)
}

/// Lets in whom one of the certificates in a file vouches for, and nobody else.
fn verifier(
    path: &Path,
    provider: Arc<CryptoProvider>,
) -> Result<Arc<dyn rustls::server::danger::ClientCertVerifier>, Error> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path)? {
        roots.add(certificate).map_err(|error| wrong(path, error))?;
    }
    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
        .build()
        .map_err(|error| wrong(path, error))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let pem = disk::read(path, MAX_PEM_BYTES)?;
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    match all {
        Ok(all) if !all.is_empty() => Ok(all),
        _ => Err(wrong(path, "it holds no certificate in PEM")),
    }
}

fn wrong(path: &Path, reason: impl ToString) -> Error {
    Error::Certificate { path: path.to_owned(), reason: reason.to_string() }
}
