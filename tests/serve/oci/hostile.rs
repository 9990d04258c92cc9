//! Names that lead elsewhere, and requests that no client sends.

use hreg::digest::Digest;

use super::code;
use crate::world::World;

/// Names that would be a way out of a folder, or that are none.
pub(crate) const NAMES: [&str; 17] = [
    "..",
    "../..",
    "a/..",
    "a/../../b",
    "%2e%2e",
    "a%2f..%2fb",
    "..%2f..%2fwork",
    "a\\b",
    "a%00b",
    "a%0ab",
    "%c0%ae%c0%ae",
    "A/b",
    "a//b",
    "/a",
    "tags/..",
    ".hidden",
    "a/b%20c",
];

#[test]
fn no_name_leads_out_of_the_store() {
    let world = World::start();
    world.put_artifact("a/b", "v1", "text");
    let canary = world.test.write("canary", "untouched");
    let before = world.test.tree();
    let digest = Digest::of(b"text");
    let long = "a".repeat(300);
    for name in NAMES.into_iter().chain([&*long]) {
        for line in [
            format!("GET /v2/{name}/manifests/v1"),
            format!("GET /v2/{name}/tags/list"),
            format!("GET /v2/{name}/blobs/{digest}"),
            format!("POST /v2/{name}/blobs/uploads/?digest={}", Digest::of(b"")),
            format!("POST /v2/a/b/blobs/uploads/?mount={digest}&from={name}&x=1"),
            format!("DELETE /v2/{name}/manifests/v1"),
            format!("PUT /v2/a/b/manifests/{name}"),
            format!("GET /v2/a/b/blobs/sha256:{name}"),
            format!("GET /v2/a/b/blobs/uploads/{name}"),
            format!("DELETE /v2/a/b/blobs/uploads/{name}"),
        ] {
            let status = world.raw(&line);
            let is_refused = status.starts_with("HTTP/1.1 4");
            let is_begun = line.contains("from=") && status.starts_with("HTTP/1.1 202");
            assert!(is_refused || is_begun, "{line}: {status}");
        }
    }
    assert_eq!(std::fs::read(canary).unwrap(), b"untouched");
    let mut after = world.test.tree();
    after.retain(|path, _| !path.starts_with("uploads"));
    assert!(after.iter().filter(|(path, _)| !before.contains_key(*path)).count() == 0);
}

#[test]
fn a_path_that_names_nothing_is_refused() {
    let world = World::start();
    for path in ["/v2/a", "/v2/a/b", "/v2/a/unknown/x", "/v2/_unknown", "/v2/tags/list"] {
        assert_eq!(code(&world.get(path)), "404 NAME_INVALID", "{path}");
    }
    for (line, allowed) in [
        ("PUT /v2/a/b/tags/list", "GET"),
        ("DELETE /v2/_catalog", "GET"),
        ("PATCH /v2/a/b/manifests/x", "GET, HEAD, PUT, DELETE"),
        ("GET /v2/a/b/blobs/uploads/", "POST"),
        ("TRACE /v2/a/b/blobs/x", "GET, HEAD, DELETE"),
    ] {
        let answer = world.ask(line, &[], b"");
        assert_eq!(code(&answer), "405 UNSUPPORTED", "{line}");
        assert_eq!(answer.header("allow"), allowed);
    }
}

#[test]
fn what_fails_inside_is_not_told() {
    let world = World::start();
    let digest = world.put_artifact("a/b", "v1", "text");
    let blob = world.test.blob(&digest.to_string());
    std::fs::write(blob, "damaged").unwrap();
    let answer = world.get("/v2/a/b/manifests/v1");
    assert_eq!(code(&answer), "500 UNKNOWN");
    assert!(!answer.text().contains("store") && !answer.text().contains('/'), "{}", answer.text());
}
