//! TLS: servers that are what they claim to be, servers that are not, and clients who prove it too.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hreg::error::{Classified as _, Kind};
use hreg::name::Repository;
use hreg::remote::{Error, Options, Tls};
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, date_time_ymd,
};
use rustls::crypto::ring;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use tempfile::TempDir;

use crate::client::{client_with, options, says};

/// An authority, and the folder of what it made.
struct Authority {
    certificate: Certificate,
    issuer: Issuer<'static, KeyPair>,
    folder: TempDir,
}

impl Authority {
    fn new() -> Authority {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), certificate.pem()).unwrap();
        Authority { certificate, issuer: Issuer::new(params, key), folder }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn sign(
        &self,
        name: &str,
        purpose: ExtendedKeyUsagePurpose,
        year: i32,
    ) -> (Certificate, KeyPair) {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.extended_key_usages.push(purpose);
        params.not_after = date_time_ymd(year, 1, 1);
        let key = KeyPair::generate().unwrap();
        (params.signed_by(&key, &self.issuer).unwrap(), key)
    }

    /// Writes a certificate for a client, and its key; gives their paths.
    fn client(&self) -> (PathBuf, PathBuf) {
        let (certificate, key) = self.sign("client", ExtendedKeyUsagePurpose::ClientAuth, 4000);
        let paths = (self.file("client.pem"), self.file("client.key"));
        std::fs::write(&paths.0, certificate.pem()).unwrap();
        std::fs::write(&paths.1, key.serialize_pem()).unwrap();
        paths
    }

    /// Starts a registry with a certificate for `name`; gives its place on this machine.
    fn serve(&self, name: &str, year: i32, asks_back: bool) -> Repository {
        let (certificate, key) = self.sign(name, ExtendedKeyUsagePurpose::ServerAuth, year);
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider.clone());
        let builder = builder.with_safe_default_protocol_versions().unwrap();
        let builder = match asks_back {
            false => builder.with_no_client_auth(),
            true => {
                let mut roots = RootCertStore::empty();
                roots.add(self.certificate.der().clone()).unwrap();
                let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider);
                builder.with_client_cert_verifier(verifier.build().unwrap())
            }
        };
        let config = builder.with_single_cert(vec![certificate.der().clone()], key).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || answer(&listener, &Arc::new(config)));
        Repository::parse(&format!("127.0.0.1:{port}/space/chart")).unwrap()
    }

    fn trusted(&self) -> Options {
        with(Tls { ca: Some(self.file("ca.pem")), ..Tls::default() })
    }
}

fn with(tls: Tls) -> Options {
    Options { tls, ..options() }
}

/// Answers every request with one tag. A client that leaves is what some tests are about.
fn answer(listener: &TcpListener, config: &Arc<ServerConfig>) {
    for stream in listener.incoming().map_while(Result::ok) {
        let connection = ServerConnection::new(config.clone()).unwrap();
        let mut stream = StreamOwned::new(connection, stream);
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut byte), Ok(1)) {
            head.push(byte[0]);
        }
        let reply =
            b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 14\r\n\r\n{\"tags\":[\"1\"]}";
        let _ = stream.write_all(reply);
        stream.conn.send_close_notify();
        let _ = stream.flush();
        // To close with requests unread would take back what was said last.
        let _ = stream.sock.shutdown(Shutdown::Write);
        let _ = std::io::copy(&mut stream.sock, &mut std::io::sink());
    }
}

fn tags(options: Options, repository: &Repository) -> Result<Vec<String>, Error> {
    let tested = client_with(options, None);
    let tags = tested.client.tags(repository);
    assert!(tested.waits.all().is_empty(), "no other try makes a certificate better");
    tags
}

#[test]
fn a_server_of_the_named_authority_is_trusted() {
    let authority = Authority::new();
    let server = authority.serve("127.0.0.1", 4000, false);
    assert_eq!(tags(authority.trusted(), &server).unwrap(), ["1"]);
    assert_eq!(tags(with(Tls { skip_verify: true, ..Tls::default() }), &server).unwrap(), ["1"]);
}

#[test]
fn a_server_of_another_authority_is_not() {
    let (authority, other) = (Authority::new(), Authority::new());
    let server = authority.serve("127.0.0.1", 4000, false);
    let error = tags(other.trusted(), &server).unwrap_err();
    assert_eq!(error.kind(), Kind::Unreachable);
    assert!(error.to_string().contains("no TLS with 127.0.0.1"), "{error}");
    assert!(error.hint().unwrap().contains("--ca-file"));
}

#[test]
fn a_certificate_must_be_of_the_host_and_of_today() {
    let authority = Authority::new();
    let other = authority.serve("registry.example.com", 4000, false);
    says(tags(authority.trusted(), &other), "not valid for name");
    let expired = authority.serve("127.0.0.1", 2020, false);
    says(tags(authority.trusted(), &expired), "expired");
}

#[test]
fn a_client_can_be_asked_for_a_certificate() {
    let authority = Authority::new();
    let server = authority.serve("127.0.0.1", 4000, true);
    let error = tags(authority.trusted(), &server).unwrap_err();
    assert!(error.hint().unwrap().contains("--cert-file"), "{error}");
    let (certificate, key) = authority.client();
    let mut options = authority.trusted();
    (options.tls.certificate, options.tls.key) = (Some(certificate), Some(key));
    assert_eq!(tags(options, &server).unwrap(), ["1"]);
}

#[test]
fn a_key_must_be_that_of_the_certificate() {
    let (authority, other) = (Authority::new(), Authority::new());
    let refused = |certificate: &Path, key: &Path| {
        let (certificate, key) = (Some(certificate.to_owned()), Some(key.to_owned()));
        let options = with(Tls { certificate, key, ..Tls::default() });
        crate::proxies::refusal(options).to_string()
    };
    let ((certificate, key), (_, foreign)) = (authority.client(), other.client());
    assert!(refused(&certificate, &foreign).contains("KeyMismatch"));
    assert!(refused(&certificate, &certificate).contains("cannot use the key file"));
    assert!(refused(&key, &key).contains("it holds no certificate"));
}
