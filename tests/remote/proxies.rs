//! Proxies: gone through, but not for what is on this machine or excepted.

use std::sync::Arc;

use hreg::error::{Classified as _, Kind};
use hreg::progress::Silent;
use hreg::remote::{
    Client, Credential, Error, Lookup, Options, RepositoryUrl, Scheme, credentials,
};

use crate::client::{BASIC, client_with, options, password, repository, says};
use crate::server::{Reply, Server};

struct Nobody;

impl Lookup for Nobody {
    fn find(
        &self,
        _: &hreg::name::Host,
        _: &str,
    ) -> Result<Option<Credential>, credentials::Error> {
        Ok(None)
    }
}

fn through(proxy: &Server, no_proxy: &str) -> Options {
    let mut options = options();
    let address = format!("http://user:hunter2@{}", proxy.host());
    options.proxies.http = Some(address.clone());
    options.proxies.https = Some(address);
    options.proxies.no_proxy = Some(no_proxy.to_owned());
    options
}

#[test]
fn a_proxy_is_gone_through() {
    let proxy = Server::start(|seen| match seen.method.as_str() {
        "CONNECT" => Reply::new(200),
        _ => Reply::ok("apiVersion: v1"),
    });
    let tested = client_with(through(&proxy, ""), None);
    let repository = RepositoryUrl::parse("http://charts.invalid/stable").unwrap();
    tested.client.fetch_index(&repository).unwrap();
    assert_eq!(proxy.lines(), ["CONNECT charts.invalid:80", "GET /stable/index.yaml"]);
    let login = proxy.seen()[0].header("proxy-authorization").map(str::to_owned);
    assert_eq!(login.as_deref(), Some(BASIC));
    assert_eq!(proxy.seen()[1].header("proxy-authorization"), None);
}

#[test]
fn no_password_goes_over_plain_http() {
    // Only through a proxy can a test speak to a host that is not this machine.
    let proxy = Server::start(|seen| match (seen.method.as_str(), seen.header("authorization")) {
        ("CONNECT", _) => Reply::new(200),
        (_, Some(BASIC)) => Reply::ok("apiVersion: v1"),
        _ => Reply::new(401).header("WWW-Authenticate", "Basic realm=x"),
    });
    let repository = RepositoryUrl::parse("http://charts.invalid/").unwrap();
    let mut options = through(&proxy, "");
    let tested = client_with(options.clone(), Some(password()));
    says(tested.client.fetch_index(&repository), "no password goes over plain HTTP");
    assert_eq!(proxy.proofs(), ["-", "-"]);
    options.scheme = Some(Scheme::Http);
    client_with(options, Some(password())).client.fetch_index(&repository).unwrap();
}

#[test]
fn what_is_here_or_excepted_is_spoken_to_directly() {
    let proxy = Server::start(|_| Reply::new(500));
    let server = Server::start(|_| Reply::ok("{}"));
    let tested = client_with(through(&proxy, "charts.invalid"), None);
    tested.client.tags(&repository(&server)).unwrap();
    let excepted = RepositoryUrl::parse("http://charts.invalid/").unwrap();
    assert!(tested.client.fetch_index(&excepted).is_err());
    assert!(proxy.lines().is_empty());
}

#[test]
fn a_proxy_that_refuses_is_told() {
    let proxy = Server::start(|_| Reply::new(407).closed());
    let tested = client_with(through(&proxy, ""), None);
    let repository = RepositoryUrl::parse("http://charts.invalid/").unwrap();
    says(tested.client.fetch_index(&repository), "cannot be reached: the proxy says");
}

/// Gives the error that no client is made with.
pub(crate) fn refusal(options: Options) -> Error {
    let error = Client::new(options, Box::new(Nobody), Arc::new(Silent)).err().unwrap();
    assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
    error
}

#[test]
fn options_that_cannot_be_used_are_refused() {
    let refused = |change: &dyn Fn(&mut Options)| {
        let mut options = options();
        change(&mut options);
        refusal(options)
    };
    let proxy = refused(&|options| options.proxies.http = Some("gopher://u:hunter2@x".to_owned()));
    assert!(proxy.to_string().starts_with("cannot use the proxy for HTTP"), "{proxy}");
    let missing = refused(&|options| options.tls.ca = Some("/nowhere/ca.pem".into()));
    assert_eq!(missing.kind(), Kind::NotFound);
    let folder = tempfile::tempdir().unwrap();
    let junk = folder.path().join("junk.pem");
    std::fs::write(&junk, "no PEM").unwrap();
    let ca = refused(&|options| options.tls.ca = Some(junk.clone()));
    assert!(ca.to_string().contains("it holds no certificate"), "{ca}");
    let alone = refused(&|options| options.tls.certificate = Some(junk.clone()));
    assert!(alone.to_string().contains("needed together"), "{alone}");
    let name = refused(&|options| options.user_agent = "a\nb".to_owned());
    assert!(matches!(name, Error::Option { .. }), "{name}");
}
