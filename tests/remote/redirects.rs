//! Redirects: followed where they may be, and never with credentials to somebody else.

use hreg::digest::Digest;

use crate::client::{BASIC, anonymous, fetch, known, manifest, repository, says, send, tag};
use crate::server::{Reply, Seen, Server};

/// Wants a password, and then answers.
fn guarded(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Server {
    Server::start(move |seen| match seen.header("authorization") {
        Some(BASIC) => answer(seen),
        _ => Reply::new(401).header("WWW-Authenticate", "Basic realm=x"),
    })
}

#[test]
fn a_blob_may_be_elsewhere_and_credentials_stay() {
    let store = Server::start(|_| Reply::ok("blob"));
    for status in [301, 302, 303, 307, 308] {
        let place = format!("http://{}/signed?key=1", store.host());
        let server = guarded(move |_| Reply::new(status).header("Location", &place));
        assert_eq!(fetch(&known(), &server, b"blob").unwrap(), b"blob");
        assert_eq!(server.proofs(), ["-", BASIC]);
    }
    assert_eq!(store.lines(), ["GET /signed?key=1"; 5]);
    assert_eq!(store.proofs(), ["-"; 5]);
}

#[test]
fn credentials_do_not_come_back_from_elsewhere() {
    let (first, second) = (Server::start(|_| Reply::ok("")), ());
    drop((first, second));
    let back = std::sync::Arc::new(std::sync::Mutex::new(String::new()));
    let place = back.clone();
    let store = Server::start(move |_| Reply::new(302).header("Location", place.lock().unwrap()));
    let there = format!("http://{}/x", store.host());
    let server = guarded(move |_| Reply::new(302).header("Location", &there));
    *back.lock().unwrap() = format!("http://{}/back", server.host());
    assert!(fetch(&known(), &server, b"blob").is_err());
    assert_eq!(server.proofs(), ["-", BASIC, "-"]);
    assert_eq!(store.proofs(), ["-"]);
}

#[test]
fn credentials_go_along_on_the_same_server() {
    let server = guarded(|seen| match seen.target.as_str() {
        "/moved" => Reply::ok("blob"),
        _ => Reply::new(307).header("Location", "/moved"),
    });
    assert_eq!(fetch(&known(), &server, b"blob").unwrap(), b"blob");
    assert_eq!(server.proofs(), ["-", BASIC, BASIC]);
}

#[test]
fn a_stranger_that_wants_a_login_gets_none() {
    let thief = Server::start(|_| Reply::new(401).header("WWW-Authenticate", "Basic realm=x"));
    let place = format!("http://{}/", thief.host());
    let server = Server::start(move |_| Reply::new(302).header("Location", &place));
    let text = fetch(&known(), &server, b"blob").unwrap_err();
    assert!(text.contains("wants a login") || text.contains("credentials"), "{text}");
    assert_eq!((thief.proofs(), server.proofs()), (vec!["-".to_owned()], vec!["-".to_owned()]));
}

#[test]
fn circles_end() {
    let server = Server::start(|_| Reply::new(302).header("Location", "/again"));
    let tags = anonymous().client.tags(&repository(&server));
    says(tags, "redirects more than 5 times");
    assert_eq!(server.lines().len(), 6);
}

#[test]
fn redirects_to_nowhere_are_told() {
    let to = |location: &'static str| {
        let server = Server::start(move |_| match location {
            "" => Reply::new(302),
            location => Reply::new(302).header("Location", location),
        });
        anonymous().client.tags(&repository(&server))
    };
    says(to(""), "without saying where to");
    says(to("ftp://127.0.0.1/"), "must begin with http:// or https://");
    says(to("file:///etc/passwd"), "must begin with");
    says(to("http://user:hunter2@127.0.0.1/"), "must not hold a user name");
}

#[test]
fn what_is_sent_goes_nowhere_else() {
    let stranger = Server::start(|_| Reply::new(201));
    let place = format!("http://{}/", stranger.host());
    let server = Server::start(move |seen| match seen.method.as_str() {
        "HEAD" => Reply::new(404),
        _ => Reply::new(307).header("Location", &place),
    });
    let (tested, repository) = (known(), repository(&server));
    let put = tested.client.put_manifest(&repository, &tag("1"), &manifest().0);
    says(put, "redirects what is sent to it");
    says(send(&tested, &server, b"blob"), "redirects what is sent to it");
    assert!(stranger.lines().is_empty());
}

#[test]
fn a_looked_up_blob_may_be_elsewhere() {
    let store = Server::start(|_| Reply::new(200));
    let place = format!("http://{}/b", store.host());
    let server = Server::start(move |_| Reply::new(307).header("Location", &place));
    assert!(anonymous().client.has_blob(&repository(&server), &Digest::of(b"")).unwrap());
    assert_eq!(store.lines(), ["HEAD /b"]);
}
