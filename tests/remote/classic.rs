//! Classic repositories: an index and files, bounded, and passwords for their own server only.

use std::io::Read as _;
use std::time::Duration;

use hreg::error::{Classified as _, Kind};
use hreg::remote::{Error, RepositoryUrl};

use crate::client::{BASIC, Tested, anonymous, explain, known, says};
use crate::server::{Reply, Server};

fn repository(server: &Server) -> RepositoryUrl {
    RepositoryUrl::parse(&format!("http://{}/charts", server.host())).unwrap()
}

fn download(
    tested: &Tested,
    server: &Server,
    reference: &str,
    limit: u64,
) -> Result<Vec<u8>, String> {
    let repository = repository(server);
    let url = repository.resolve(reference).unwrap();
    let file = tested.client.download(&repository, &url, limit);
    let mut bytes = Vec::new();
    file.map_err(|error| explain(&error))?
        .read_to_end(&mut bytes)
        .map(|_| bytes)
        .map_err(|error| explain(&Error::from_read(error).unwrap()))
}

#[test]
fn an_index_is_fetched() {
    let server = Server::start(|_| Reply::ok("apiVersion: v1"));
    assert_eq!(anonymous().client.fetch_index(&repository(&server)).unwrap(), b"apiVersion: v1");
    assert_eq!(server.lines(), ["GET /charts/index.yaml"]);
    assert_eq!(server.seen()[0].header("accept-encoding"), Some("identity"));
}

#[test]
fn an_index_has_a_limit() {
    let server = Server::start(|_| Reply::ok(vec![b'#'; 1 << 20]).endless(Duration::ZERO));
    says(anonymous().client.fetch_index(&repository(&server)), "larger than 67108864 bytes");
    let server = Server::start(|_| Reply::new(200).cut(1 << 30));
    says(anonymous().client.fetch_index(&repository(&server)), "larger than 67108864 bytes");
}

#[test]
fn an_index_that_cannot_be_had_is_told() {
    let server = Server::start(|_| Reply::new(404));
    let error = anonymous().client.fetch_index(&repository(&server)).unwrap_err();
    assert_eq!(error.kind(), Kind::NotFound);
    assert!(error.to_string().contains(&format!("{}/charts/index.yaml", server.host())), "{error}");
    let packed = Server::start(|_| Reply::ok("x").header("Content-Encoding", "gzip"));
    says(anonymous().client.fetch_index(&repository(&packed)), "sends the index as \"gzip\"");
}

#[test]
fn files_are_fetched_and_bounded() {
    for chunked in [false, true] {
        let server = Server::start(move |_| match chunked {
            true => Reply::ok("chart").chunked(),
            false => Reply::ok("chart"),
        });
        assert_eq!(download(&anonymous(), &server, "a-1.tgz", 5).unwrap(), b"chart");
        let text = download(&anonymous(), &server, "a-1.tgz", 4).unwrap_err();
        assert!(text.contains("larger than 4 bytes"), "{text}");
    }
    let server = Server::start(|_| Reply::ok("chart").endless(Duration::ZERO));
    assert!(download(&anonymous(), &server, "a-1.tgz", 1 << 20).unwrap_err().contains("larger"));
}

#[test]
fn a_broken_file_goes_on_only_if_it_is_the_same() {
    let server = |first: &'static str, then: &'static str| {
        Server::start(move |seen| match seen.header("range") {
            None => Reply::ok("cha").cut(5).header("ETag", first),
            Some(range) => {
                assert_eq!((range, seen.header("if-range")), ("bytes=3-", Some(first)));
                let range = Reply::new(206).header("Content-Range", "bytes 3-4/5");
                range.header("ETag", then).body("rt")
            }
        })
    };
    assert_eq!(download(&anonymous(), &server("\"1\"", "\"1\""), "a.tgz", 9).unwrap(), b"chart");
    let text = download(&anonymous(), &server("\"1\"", "\"2\""), "a.tgz", 9).unwrap_err();
    assert!(text.contains("the file changed"), "{text}");
}

#[test]
fn a_password_goes_to_the_repository_alone() {
    let guarded = || {
        Server::start(|seen| match seen.header("authorization") {
            Some(BASIC) => Reply::ok("chart"),
            _ => Reply::new(401).header("WWW-Authenticate", "Basic realm=x"),
        })
    };
    let (server, other) = (guarded(), guarded());
    let tested = known();
    tested.client.fetch_index(&repository(&server)).unwrap();
    assert_eq!(download(&tested, &server, "a.tgz", 9).unwrap(), b"chart");
    let elsewhere = format!("http://{}/a.tgz", other.host());
    assert!(download(&tested, &server, &elsewhere, 9).unwrap_err().contains("wants a login"));
    assert_eq!(server.proofs(), ["-", BASIC, BASIC]);
    assert_eq!(other.proofs(), ["-"]);
}
