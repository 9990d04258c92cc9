//! Connections: few, used again, and made anew where one was closed meanwhile.

use hreg::digest::Digest;

use crate::client::{anonymous, fetch, known, manifest, repository, send, tag};
use crate::server::{Reply, Seen, Server};

/// A registry that has everything, and takes everything.
fn generous(seen: &Seen) -> Reply {
    match (seen.method.as_str(), seen.target.contains("/manifests/")) {
        ("GET", true) => Reply::ok(manifest().0.bytes()),
        ("GET", false) => Reply::ok("blob"),
        ("HEAD", _) if seen.target.contains("missing") => Reply::new(404),
        ("HEAD", _) => Reply::new(200).header("Docker-Content-Digest", manifest().1),
        ("POST", _) => Reply::new(202).header("Location", "/v2/upload/1"),
        _ => Reply::new(201),
    }
}

#[test]
fn one_connection_serves_many_requests() {
    let server = Server::start(generous);
    let (tested, repository) = (anonymous(), repository(&server));
    for _ in 0..20 {
        tested.client.manifest(&repository, &tag("1")).unwrap();
        tested.client.head_manifest(&repository, &tag("1")).unwrap();
        tested.client.put_manifest(&repository, &tag("1"), &manifest().0).unwrap();
        assert_eq!(tested.client.head_manifest(&repository, &tag("missing")).unwrap(), None);
        fetch(&tested, &server, b"blob").unwrap();
        assert!(tested.client.has_blob(&repository, &Digest::of(b"blob")).unwrap());
    }
    assert_eq!(server.connections(), 1);
    assert_eq!(server.lines().len(), 120);
}

#[test]
fn errors_and_challenges_keep_the_connection() {
    let server = Server::start(|seen| match seen.header("authorization") {
        None => Reply::new(401).header("WWW-Authenticate", "Basic realm=x").body("who?"),
        Some(_) if seen.target.contains("missing") => Reply::new(404).body("{\"errors\":[]}"),
        Some(_) => generous(seen),
    });
    let (tested, repository) = (known(), repository(&server));
    for _ in 0..5 {
        assert!(tested.client.manifest(&repository, &tag("missing")).is_err());
        tested.client.manifest(&repository, &tag("1")).unwrap();
        send(&tested, &server, b"blob").unwrap();
    }
    assert_eq!(server.connections(), 1);
}

#[test]
fn an_upload_uses_the_connection_too() {
    let server = Server::start(|seen| match seen.method.as_str() {
        "HEAD" => Reply::new(404),
        _ => generous(seen),
    });
    let tested = anonymous();
    for _ in 0..5 {
        send(&tested, &server, &[7; 300_000]).unwrap();
    }
    assert_eq!((server.connections(), server.lines().len()), (1, 15));
}

#[test]
fn a_connection_that_was_closed_is_not_missed() {
    let server = Server::start(|_| Reply::ok(manifest().0.bytes()).closed());
    let (tested, repository) = (anonymous(), repository(&server));
    for _ in 0..5 {
        tested.client.manifest(&repository, &tag("1")).unwrap();
    }
    assert_eq!((server.connections(), server.lines().len()), (5, 5));
}

#[test]
fn threads_share_connections() {
    let server = Server::start(generous);
    let (tested, repository) = (anonymous(), repository(&server));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..20 {
                    tested.client.manifest(&repository, &tag("1")).unwrap();
                }
            });
        }
    });
    assert!(server.connections() <= 4, "{}", server.connections());
    assert_eq!(server.lines().len(), 80);
}
