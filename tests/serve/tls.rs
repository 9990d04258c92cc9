//! TLS: a certificate that is renewed under way, both versions of HTTP, and clients who show their own.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::environment::Environment;
use crate::world::World;

/// Is who makes certificates.
struct Authority {
    certificate: CertificateDer<'static>,
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

/// Is a certificate and its key.
struct Identity {
    certificate: rcgen::Certificate,
    key: KeyPair,
}

impl Authority {
    fn new() -> Authority {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let (pem, certificate) = (certificate.pem(), certificate.der().clone());
        Authority { certificate, pem, issuer: Issuer::new(params, key) }
    }

    fn identity(&self) -> Identity {
        let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        let key = KeyPair::generate().unwrap();
        Identity { certificate: params.signed_by(&key, &self.issuer).unwrap(), key }
    }

    /// Makes a certificate for the server, and writes its files.
    fn write(&self, test: &Environment) {
        let identity = self.identity();
        test.write("server.key", identity.key.serialize_pem());
        test.write("server.crt", identity.certificate.pem());
    }

    /// Connects as a client that trusts this authority, and has perhaps a certificate itself.
    fn connect(
        &self,
        world: &World,
        identity: Option<&Identity>,
        protocol: &[u8],
    ) -> StreamOwned<ClientConnection, TcpStream> {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).unwrap();
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots);
        let mut config = match identity {
            None => builder.with_no_client_auth(),
            Some(Identity { certificate, key }) => {
                let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
                builder.with_client_auth_cert(vec![certificate.der().clone()], key).unwrap()
            }
        };
        config.alpn_protocols = vec![protocol.to_vec()];
        let name = "127.0.0.1".try_into().unwrap();
        let connection = ClientConnection::new(Arc::new(config), name).unwrap();
        let socket = TcpStream::connect(world.address()).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        StreamOwned::new(connection, socket)
    }

    /// Asks whether the server is ready, and gives the whole answer.
    fn get(&self, world: &World, identity: Option<&Identity>) -> io::Result<String> {
        self.ask(world, identity, "/ready")
    }

    /// Asks for something, and gives the whole answer.
    fn ask(&self, world: &World, identity: Option<&Identity>, path: &str) -> io::Result<String> {
        let mut stream = self.connect(world, identity, b"http/1.1");
        let head = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        stream.write_all(head.as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }
}

const FILES: [&str; 4] = ["--tls-cert", "server.crt", "--tls-key", "server.key"];

fn start(authority: &Authority, more: &[&str]) -> World {
    let test = Environment::new();
    authority.write(&test);
    World::with(test, &[&FILES[..], more].concat())
}

#[test]
fn both_versions_of_http_are_spoken() {
    let authority = Authority::new();
    let world = start(&authority, &[]);
    assert!(authority.get(&world, None).unwrap().ends_with(r#"{"ready":true}"#));
    let mut stream = authority.connect(&world, None, b"h2");
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").unwrap();
    let mut frame = [0; 9];
    stream.read_exact(&mut frame).unwrap();
    assert_eq!(frame[3], 4, "a server of HTTP/2 begins with its settings");
    assert_eq!(stream.conn.alpn_protocol(), Some(&b"h2"[..]));
}

#[test]
fn an_answer_that_nobody_reads_is_not_kept() {
    let World { test, server } = World::start();
    let blob = server.put_blob("a/b", &vec![7; 32 << 20]);
    drop(server);
    test.write("config.yaml", "limits:\n  connections: 1\n  sendTimeout: 1s\n");
    let authority = Authority::new();
    authority.write(&test);
    let world = World::with(test, &[&FILES[..], &["-c", "config.yaml"]].concat());
    let mut stuck = authority.connect(&world, None, b"http/1.1");
    write!(stuck, "GET /v2/a/b/blobs/{blob} HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    stuck.read_exact(&mut [0]).unwrap();
    // Each of them waits for some seconds until it is told that there is no room.
    let mut answers = (0..10).map(|_| authority.ask(&world, None, "/v2/").unwrap());
    assert!(answers.any(|answer| answer.starts_with("HTTP/1.1 200")), "there is never room");
}

#[test]
fn who_speaks_without_tls_is_not_answered() {
    let authority = Authority::new();
    let world = start(&authority, &[]);
    let mut stream = TcpStream::connect(world.address()).unwrap();
    stream.write_all(b"GET /ready HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    // It may be an alert, and perhaps a reset.
    let _ = stream.read_to_end(&mut answer);
    assert!(!answer.starts_with(b"HTTP"));
    assert!(Authority::new().get(&world, None).is_err(), "another authority");
}

#[test]
fn a_renewed_certificate_is_shown_at_once() {
    let old = Authority::new();
    let world = start(&old, &[]);
    assert!(old.get(&world, None).is_ok());
    let new = Authority::new();
    new.write(&world.test);
    assert!(new.get(&world, None).is_ok());
    assert!(old.get(&world, None).is_err());
    world.test.write("server.crt", "oops");
    assert!(new.get(&world, None).is_ok(), "what was there before");
    fs::remove_file(world.test.path("server.key")).unwrap();
    assert!(new.get(&world, None).is_ok(), "what was there before");
    old.write(&world.test);
    assert!(old.get(&world, None).is_ok());
}

#[test]
fn clients_show_a_certificate_where_they_have_to() {
    let (authority, clients) = (Authority::new(), Authority::new());
    let test = Environment::new();
    authority.write(&test);
    let ca: PathBuf = test.write("clients.crt", &clients.pem);
    let ca = ["--tls-client-ca", ca.to_str().unwrap()];
    let world = World::with(test, &[&FILES[..], &ca].concat());
    assert!(authority.get(&world, Some(&clients.identity())).is_ok());
    assert!(authority.get(&world, None).is_err());
    assert!(authority.get(&world, Some(&authority.identity())).is_err());
}

#[test]
fn a_client_that_says_nothing_does_not_keep_the_server_from_ending() {
    let authority = Authority::new();
    let World { test: _test, mut server } = start(&authority, &[]);
    let _silent = TcpStream::connect(server.address()).unwrap();
    server.signal(rustix::process::Signal::TERM);
    assert_eq!(server.wait().code(), Some(0));
}

#[test]
fn files_that_cannot_be_used_are_refused() {
    let test = Environment::new();
    let authority = Authority::new();
    authority.write(&test);
    test.write("other.key", authority.identity().key.serialize_pem());
    test.write("empty", "");
    for (arguments, expected) in [
        (&["--tls-cert", "server.crt"][..], "TLS needs a certificate and its key"),
        (&["--tls-client-ca", "server.crt"], "TLS needs a certificate and its key"),
        (&["--tls-cert", "empty", "--tls-key", "server.key"], "cannot use empty for TLS"),
        (&["--tls-cert", "server.crt", "--tls-key", "empty"], "cannot use empty for TLS"),
        (&["--tls-cert", "server.crt", "--tls-key", "none"], "cannot read none"),
        (&["--tls-cert", "server.crt", "--tls-key", "other.key"], "cannot use server.crt for TLS"),
        (&[&FILES[..], &["--tls-client-ca", "empty"]].concat(), "cannot use empty for TLS"),
    ] {
        let run = test.run(&[&["serve", "--check"], arguments].concat());
        assert_eq!(run.code, Some(1), "{run}");
        assert!(run.stderr.contains(expected), "{run}");
    }
    let named = "tls:\n  certificate: server.crt\n  key: server.key\n  clientCA: server.crt\n";
    test.write("config.yaml", named);
    let arguments = ["serve", "--check", "-c", "config.yaml"];
    test.ok(&arguments);
    // Who has to show a certificate is not just anybody.
    test.ok(&[&arguments[..], &["--listen", "0.0.0.0:1"]].concat());
}
