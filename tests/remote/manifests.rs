//! Manifests: what is not what it should be is refused.

use std::time::Duration;

use hreg::digest::Digest;
use hreg::error::{Classified as _, Kind};
use hreg::oci::Document;
use hreg::remote::ManifestName;

use crate::client::{anonymous, manifest, repository, says, tag};
use crate::server::{Reply, Seen, Server};

const TYPE: &str = "application/vnd.oci.image.manifest.v1+json";
const DIGEST: &str = "Docker-Content-Digest";

fn get(
    name: &ManifestName,
    reply: impl Fn() -> Reply + Send + Sync + 'static,
) -> Result<Document, hreg::remote::Error> {
    let server = Server::start(move |_| reply());
    anonymous().client.manifest(&repository(&server), name)
}

#[test]
fn a_manifest_is_fetched_byte_for_byte() {
    let (document, digest) = manifest();
    let bytes = document.bytes().to_vec();
    let server = Server::start(move |_| {
        Reply::ok(bytes.clone()).header("Content-Type", TYPE).header(DIGEST, digest)
    });
    let (tested, repository) = (anonymous(), repository(&server));
    for name in [tag("1.0"), ManifestName::Digest(digest)] {
        let fetched = tested.client.manifest(&repository, &name).unwrap();
        assert_eq!(fetched.bytes(), document.bytes());
    }
    let lines = server.lines();
    assert_eq!(lines[0], "GET /v2/space/chart/manifests/1.0");
    assert_eq!(lines[1], format!("GET /v2/space/chart/manifests/{digest}"));
    let seen = &server.seen()[0];
    assert!(seen.header("accept").unwrap().contains(TYPE));
    assert!(seen.header("user-agent").unwrap().starts_with("hreg/"));
}

#[test]
fn another_manifest_than_asked_for_is_refused() {
    let asked = ManifestName::Digest(Digest::of(b"another"));
    says(get(&asked, || Reply::ok(manifest().0.bytes())), "hash to");
    says(get(&tag("1"), || Reply::ok("{}").header(DIGEST, Digest::of(b"x"))), "hash to");
    says(get(&tag("1"), || Reply::ok("{}").header(DIGEST, "sha256:x")), "is no digest");
    let error = get(&asked, || Reply::ok("{}")).unwrap_err();
    assert_eq!(error.kind(), Kind::Damaged);
}

#[test]
fn junk_is_no_manifest() {
    for junk in ["", "{", "[]", "null", "<html>", "\0\0", "{\"schemaVersion\":1}", "{\"layers\":7}"]
    {
        says(get(&tag("1"), move || Reply::ok(junk)), "cannot get the manifest 127.0.0.1");
    }
    says(
        get(&tag("1"), || Reply::ok("{}").header("Content-Type", "image/png")),
        "no manifest type",
    );
    // An index that is a manifest as well would be two things to two readers.
    let both = r#"{"schemaVersion":2,"manifests":[],"layers":[],"config":null}"#;
    says(get(&tag("1"), move || Reply::ok(both)), "members do not fit");
}

#[test]
fn a_vague_type_is_passed_over() {
    for kind in ["application/json", "text/plain; charset=utf-8", "application/octet-stream"] {
        let reply = move || Reply::ok(manifest().0.bytes()).header("Content-Type", kind);
        assert_eq!(get(&tag("1"), reply).unwrap().digest(), manifest().1);
    }
}

#[test]
fn a_manifest_has_a_limit() {
    let huge = vec![b' '; (4 << 20) + 1];
    let announced = huge.clone();
    says(get(&tag("1"), move || Reply::ok(announced.clone())), "larger than 4194304 bytes");
    says(get(&tag("1"), move || Reply::ok(huge.clone()).chunked()), "larger than 4194304 bytes");
    let endless = || Reply::ok(vec![b' '; 1 << 16]).endless(Duration::ZERO);
    says(get(&tag("1"), endless), "larger than 4194304 bytes");
}

#[test]
fn a_digest_is_looked_up_without_the_manifest() {
    let (document, digest) = manifest();
    let bytes = document.bytes().to_vec();
    let server = Server::start(move |seen| match seen.target.rsplit('/').next() {
        Some("told") => Reply::new(200).header(DIGEST, digest),
        Some("untold") if seen.method == "HEAD" => Reply::new(200),
        Some("untold") => Reply::ok(bytes.clone()),
        Some("junk") => Reply::new(200).header(DIGEST, "no digest"),
        _ => Reply::new(404),
    });
    let (tested, repository) = (anonymous(), repository(&server));
    let head = |name: &str| tested.client.head_manifest(&repository, &tag(name));
    assert_eq!(head("told").unwrap(), Some(digest));
    assert_eq!(server.lines(), ["HEAD /v2/space/chart/manifests/told"]);
    assert_eq!(head("untold").unwrap(), Some(digest));
    assert_eq!(head("missing").unwrap(), None);
    says(head("junk"), "Docker-Content-Digest is no digest");
}

#[test]
fn a_missing_manifest_is_named() {
    let body = r#"{"errors":[{"code":"MANIFEST_UNKNOWN","message":"no \u001b[31mtag"}]}"#;
    let error = get(&tag("1.0_b"), move || Reply::new(404).body(body)).unwrap_err();
    assert_eq!(error.kind(), Kind::NotFound);
    let text = error.to_string();
    assert!(
        text.ends_with("space/chart:1.0_b: it is not there: MANIFEST_UNKNOWN: no \\u{1b}[31mtag"),
        "{text}"
    );
}

#[test]
fn a_manifest_is_put_as_it_is() {
    let (document, digest) = manifest();
    let server = Server::start(move |_| Reply::new(201).header(DIGEST, digest));
    let (tested, repository) = (anonymous(), repository(&server));
    assert_eq!(tested.client.put_manifest(&repository, &tag("1.0"), &document).unwrap(), digest);
    let seen = &server.seen()[0];
    assert_eq!(seen.line(), "PUT /v2/space/chart/manifests/1.0");
    assert_eq!((seen.body.as_slice(), seen.header("content-type")), (document.bytes(), Some(TYPE)));
}

#[test]
fn a_registry_that_keeps_something_else_is_found_out() {
    let server = Server::start(|_| Reply::new(201).header(DIGEST, Digest::of(b"other")));
    let put = anonymous().client.put_manifest(&repository(&server), &tag("1.0"), &manifest().0);
    says(put, "says that it keeps");
    let refused = Server::start(|_| {
        Reply::new(404).body(r#"{"errors":[{"code":"BLOB_UNKNOWN","message":"no such blob"}]}"#)
    });
    let put = anonymous().client.put_manifest(&repository(&refused), &tag("1.0"), &manifest().0);
    says(put, "the server answered 404: BLOB_UNKNOWN");
}

#[test]
fn a_bomb_of_headers_is_refused() {
    let header = |_: &Seen| Reply::new(200).header("X", "y".repeat(200_000));
    says(anonymous().client.tags(&repository(&Server::start(header))), "header is too big");
    let many =
        |_: &Seen| (0..500).fold(Reply::new(200), |reply, n| reply.header(&format!("X-{n}"), n));
    says(
        anonymous().client.tags(&repository(&Server::start(many))),
        "does not answer as it should",
    );
}
