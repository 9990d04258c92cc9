//! Uploads: what is there is not sent, what breaks is sent again, and to nobody else.

use std::io::{self, Read};

use hreg::digest::Digest;
use hreg::error::Classified as _;
use hreg::name::Repository;
use hreg::remote::{Error, Source, Uploaded};

use crate::client::{BASIC, anonymous, known, repository, says, send};
use crate::server::{Reply, Seen, Server};

/// A registry that has nothing, and says by `location` where to send it.
fn empty(location: impl Fn() -> String + Send + Sync + 'static) -> Server {
    Server::start(move |seen| match seen.method.as_str() {
        "HEAD" => Reply::new(404),
        "POST" => Reply::new(202).header("Location", location()),
        _ => Reply::new(201),
    })
}

fn digest() -> String {
    Digest::of(b"blob").to_string().replace(':', "%3A")
}

#[test]
fn a_blob_is_sent_in_one_request() {
    let server = empty(|| "/v2/up/1?_state=a%3D".to_owned());
    assert_eq!(send(&anonymous(), &server, b"blob").unwrap(), Uploaded::Sent);
    let seen = server.seen();
    let lines: Vec<String> = seen.iter().map(Seen::line).collect();
    assert_eq!(lines[0], format!("HEAD /v2/space/chart/blobs/{}", Digest::of(b"blob")));
    assert_eq!(lines[1], "POST /v2/space/chart/blobs/uploads/");
    assert_eq!(lines[2], format!("PUT /v2/up/1?_state=a%3D&digest={}", digest()));
    assert_eq!(seen[1].header("content-length"), Some("0"));
    assert_eq!(
        (seen[2].body.as_slice(), seen[2].header("content-length")),
        (&b"blob"[..], Some("4"))
    );
    assert_eq!(seen[2].header("content-type"), Some("application/octet-stream"));
}

#[test]
fn what_is_there_is_not_sent() {
    let server = Server::start(|_| Reply::new(200));
    assert_eq!(send(&anonymous(), &server, b"blob").unwrap(), Uploaded::Present);
    assert_eq!(server.lines().len(), 1);
}

#[test]
fn an_empty_blob_is_sent() {
    let server = empty(|| "/up".to_owned());
    assert_eq!(send(&anonymous(), &server, b"").unwrap(), Uploaded::Sent);
    assert_eq!(server.seen()[2].header("content-length"), Some("0"));
}

#[test]
fn a_place_may_be_relative_or_whole() {
    for location in ["1", "./1", "/v2/space/chart/blobs/uploads/1"] {
        let server = empty(move || location.to_owned());
        send(&anonymous(), &server, b"blob").unwrap();
        let expected = format!("PUT /v2/space/chart/blobs/uploads/1?digest={}", digest());
        assert_eq!(server.lines()[2], expected, "{location}");
    }
}

#[test]
fn another_server_gets_the_blob_without_the_password() {
    let store = Server::start(|_| Reply::new(201));
    let place = format!("http://{}/bucket?sig=x", store.host());
    let server = Server::start(move |seen| match (seen.header("authorization"), &*seen.method) {
        (None, _) => Reply::new(401).header("WWW-Authenticate", "Basic realm=x"),
        (_, "HEAD") => Reply::new(404),
        _ => Reply::new(202).header("Location", &place),
    });
    assert_eq!(send(&known(), &server, b"blob").unwrap(), Uploaded::Sent);
    assert_eq!(store.lines(), [format!("PUT /bucket?sig=x&digest={}", digest())]);
    assert_eq!(store.proofs(), ["-"]);
    assert_eq!(server.proofs(), ["-", BASIC, BASIC]);
}

#[test]
fn another_server_that_wants_the_password_gets_none() {
    let thief = Server::start(|_| Reply::new(401).header("WWW-Authenticate", "Basic realm=x"));
    let place = format!("http://{}/", thief.host());
    let server = empty(move || place.clone());
    assert!(send(&known(), &server, b"blob").is_err());
    assert_eq!(thief.proofs(), ["-"]);
}

#[test]
fn a_place_that_is_none_is_told() {
    says(send(&anonymous(), &empty(|| "ftp://x/".to_owned()), b"blob"), "cannot use the address");
    let silent = Server::start(|seen| match seen.method.as_str() {
        "HEAD" => Reply::new(404),
        _ => Reply::new(202),
    });
    says(send(&anonymous(), &silent, b"blob"), "does not say where to");
}

#[test]
fn a_broken_upload_is_sent_again_from_the_start() {
    let server = Server::start(|seen| match (seen.method.as_str(), seen.target.as_str()) {
        ("HEAD", _) => Reply::new(404),
        ("POST", _) => Reply::new(202).header("Location", format!("/up/{}", seen.nth)),
        (_, target) if target.starts_with("/up/0") => Reply::new(201).cut(5).header("X", "y"),
        (_, target) if target.starts_with("/up/1") => Reply::new(500),
        _ => Reply::new(201),
    });
    let tested = anonymous();
    assert_eq!(send(&tested, &server, &[7; 200_000]).unwrap(), Uploaded::Sent);
    assert_eq!(tested.waits.all().len(), 2);
    let bodies: Vec<usize> = server
        .seen()
        .iter()
        .filter(|seen| seen.method == "PUT")
        .map(|seen| seen.body.len())
        .collect();
    assert_eq!(bodies, [200_000; 3]);
}

#[test]
fn what_came_in_although_the_connection_broke_is_not_sent_again() {
    let server = Server::start(|seen| match (seen.method.as_str(), seen.nth) {
        ("HEAD", 0) => Reply::new(404),
        ("HEAD", _) => Reply::new(200),
        ("POST", _) => Reply::new(202).header("Location", "/up"),
        _ => Reply::new(201).cut(5),
    });
    assert_eq!(send(&anonymous(), &server, b"blob").unwrap(), Uploaded::Present);
}

#[test]
fn an_upload_that_always_fails_ends() {
    let server = Server::start(|seen| match seen.method.as_str() {
        "HEAD" => Reply::new(404),
        "POST" => Reply::new(202).header("Location", "/up"),
        _ => Reply::new(503),
    });
    says(send(&anonymous(), &server, b"blob"), "the server answered 503");
    assert_eq!(server.lines().len(), 12);
}

#[test]
fn a_registry_that_keeps_something_else_is_found_out() {
    let server = Server::start(|seen| match seen.method.as_str() {
        "HEAD" => Reply::new(404),
        "POST" => Reply::new(202).header("Location", "/up"),
        _ => Reply::new(201).header("Docker-Content-Digest", Digest::of(b"other")),
    });
    says(send(&anonymous(), &server, b"blob"), "says that it keeps");
}

#[test]
fn what_cannot_be_read_is_not_sent() {
    let upload = |source: Source<'_>| {
        let server = empty(|| "/up".to_owned());
        let tested = anonymous();
        let sent =
            tested.client.upload(&repository(&server), &Digest::of(b"blob"), 4, source, None);
        assert!(tested.waits.all().is_empty());
        sent
    };
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::from(io::ErrorKind::ConnectionReset))
        }
    }
    says(upload(&|| Err(io::ErrorKind::NotFound.into())), "what is to be sent cannot be read");
    says(upload(&|| Ok(Box::new(Broken))), "what is to be sent cannot be read");
    says(upload(&|| Ok(Box::new(&b"blo"[..]))), "what is to be sent cannot be read");
    says(upload(&|| Ok(Box::new(&b"blob!"[..]))), "more bytes than were announced");
}

fn mount(server: &Server, from: &str) -> Result<Uploaded, Error> {
    let source: Source<'_> = &|| Ok(Box::new(&b"blob"[..]));
    let from = Repository::parse(from).unwrap();
    let client = known().client;
    client.upload(&repository(server), &Digest::of(b"blob"), 4, source, Some(&from))
}

#[test]
fn a_blob_is_mounted() {
    let server = Server::start(|seen| match seen.method.as_str() {
        "HEAD" => Reply::new(404),
        _ => Reply::new(201),
    });
    let from = format!("{}/team/other", server.host());
    assert_eq!(mount(&server, &from).unwrap(), Uploaded::Mounted);
    let expected =
        format!("POST /v2/space/chart/blobs/uploads/?mount={}&from=team%2Fother", digest());
    assert_eq!(server.lines()[1], expected);
}

#[test]
fn a_mount_that_is_not_done_goes_on_as_an_upload() {
    let server = empty(|| "/up".to_owned());
    let from = format!("{}/team/other", server.host());
    assert_eq!(mount(&server, &from).unwrap(), Uploaded::Sent);
    assert_eq!(server.lines().len(), 3);
}

#[test]
fn another_registry_is_nothing_to_mount_from() {
    let server = empty(|| "/up".to_owned());
    assert_eq!(mount(&server, "registry.example.com/team/other").unwrap(), Uploaded::Sent);
    assert!(server.lines().iter().all(|line| !line.contains("mount")));
}

#[test]
fn a_mount_that_is_forbidden_is_sent() {
    let server = Server::start(|seen| match seen.method.as_str() {
        "HEAD" => Reply::new(404),
        "POST" if seen.target.contains("mount") => Reply::new(403),
        "POST" => Reply::new(202).header("Location", "/up"),
        _ => Reply::new(201),
    });
    let from = format!("{}/team/other", server.host());
    assert_eq!(mount(&server, &from).unwrap(), Uploaded::Sent);
}

#[test]
fn names_that_no_registry_takes_are_not_asked_for() {
    let server = empty(|| "/up".to_owned());
    for name in ["space/Chart", "space/a..b", "Space/chart", "space/ch?art", "space/ch#art"] {
        let repository = Repository::parse(&format!("{}/{name}", server.host())).unwrap();
        let error = anonymous().client.tags(&repository).unwrap_err();
        assert!(matches!(error, Error::Name { .. }), "{error}");
        assert!(error.hint().unwrap().contains("lower-case"));
    }
    let local = Repository::parse("space/chart").unwrap();
    says(anonymous().client.tags(&local), "it names no registry");
    assert!(server.lines().is_empty());
}

#[test]
fn a_large_blob_is_announced_before_it_is_sent() {
    let large = vec![7; 1 << 20];
    let server = empty(|| "/up".to_owned());
    assert_eq!(send(&anonymous(), &server, &large).unwrap(), Uploaded::Sent);
    let seen = &server.seen()[2];
    assert_eq!((seen.header("expect"), seen.body.len()), (Some("100-continue"), large.len()));
    let server = Server::impatient(|seen| match seen.method.as_str() {
        "HEAD" => Reply::new(404),
        "POST" => Reply::new(202).header("Location", "/up"),
        _ => Reply::new(413).body(r#"{"errors":[{"code":"SIZE_INVALID"}]}"#).closed(),
    });
    let tested = anonymous();
    says(send(&tested, &server, &large), "the server answered 413: SIZE_INVALID");
    assert!(tested.waits.all().is_empty());
}

#[test]
fn a_login_that_is_asked_for_during_an_upload_is_made() {
    for size in [1 << 10, 2 << 20] {
        let server = Server::start(|seen| match seen.method.as_str() {
            "HEAD" => Reply::new(404),
            "POST" => Reply::new(202).header("Location", "/up"),
            _ if seen.header("authorization").is_none() => {
                Reply::new(401).header("WWW-Authenticate", "Basic realm=x")
            }
            _ => Reply::new(201),
        });
        let bytes = vec![7; size];
        assert_eq!(send(&known(), &server, &bytes).unwrap(), Uploaded::Sent);
        assert_eq!(server.proofs(), ["-", "-", "-", BASIC]);
        assert_eq!(server.seen()[3].body.len(), size);
    }
}
