//! A registry that says one thing and gives another, or nothing.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use hreg::digest::Digest;
use serde_json::json;

use super::{adapt, listed};
use crate::charts::{self, chart};
use crate::environment::Environment;
use crate::registry::Registry;
use crate::server::Reply;
use crate::world::Serving;

/// Asks for something on a connection of its own.
fn begin(server: &Serving, target: &str) -> TcpStream {
    let mut stream = TcpStream::connect(server.address()).unwrap();
    let head = format!("GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    stream
}

/// Gives the status of an answer, the length that it announces, and all bytes that come behind its head.
fn exchange(server: &Serving, target: &str) -> (u16, usize, Vec<u8>) {
    let mut answer = Vec::new();
    // A connection that is broken off is one way to say that something is wrong.
    let _ = begin(server, target).read_to_end(&mut answer);
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").expect("a head") + 4;
    let head = String::from_utf8(answer[..end].to_vec()).unwrap().to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, length.parse().unwrap(), answer.split_off(end))
}

#[test]
fn what_is_listed_with_a_wrong_size_never_looks_whole() {
    // Read at once, sent piece by piece out of the cache, and passed on as it comes.
    for size in [100_000, 2 << 20, 5 << 20] {
        for listed in [5, size - 7, size + 7] {
            let content: Vec<u8> = (0..size).map(|place| (place / 7 % 251) as u8).collect();
            let registry = Registry::start();
            let right = chart("x", "1.0.0").content(content.clone());
            right.put(&registry, "b/x", "1.0.0");
            let evil = chart("evil", "1.0.0").content(content.clone());
            let mut manifest = evil.manifest(&registry, "a/evil");
            manifest["layers"][0]["size"] = json!(listed);
            registry.put_manifest("a/evil", "1.0.0", &manifest);
            let test = Environment::new();
            let server = adapt(&test, &registry.host(), &["--cache-size", "16Mi"]);
            let blob = format!("blobs/{}", right.content_digest());
            for target in [
                "/b/charts/x-1.0.0.tgz",
                "/a/charts/evil-1.0.0.tgz",
                &format!("/v2/b/x/{blob}"),
                &format!("/v2/a/evil/{blob}"),
            ] {
                let (status, length, body) = exchange(&server, target);
                let context = format!("{target}, {listed} of {size}: {status}, {length}");
                assert!(body.len() <= length, "{context}");
                let is_refused = status >= 400 || body.len() < length;
                assert!(is_refused || body == content, "{context}");
            }
        }
    }
}

#[test]
fn what_a_manifest_lists_is_not_given_out_for_its_repository() {
    let registry = Registry::with(|seen| {
        let is_asked = seen.method == "HEAD" && seen.target.starts_with("/v2/a/evil/blobs/");
        is_asked.then(|| Reply::new(404))
    });
    let secret = chart("x", "1.0.0");
    secret.put(&registry, "b/x", "1.0.0");
    let manifest = chart("evil", "1.0.0").content(secret.content.clone());
    registry.put_manifest("a/evil", "1.0.0", &manifest.manifest(&registry, "a/evil"));
    let test = Environment::new();
    let server = adapt(&test, &registry.host(), &[]);
    let blob = |repository: &str| {
        assert_eq!(server.get(&format!("/v2/{repository}/manifests/1.0.0")).status, 200);
        server.get(&format!("/v2/{repository}/blobs/{}", secret.content_digest())).status
    };
    assert_eq!((blob("b/x"), blob("a/evil")), (200, 404));
}

#[test]
fn what_the_registry_has_lost_is_no_failure_of_the_server() {
    let (registry, test) = (Registry::start(), Environment::new());
    charts::put(&registry, "a/x", "1.0.0");
    let server = adapt(&test, &registry.host(), &[]);
    assert_eq!(listed(&server.get("/index.yaml")).len(), 1);
    registry.lose_blobs();
    let blob = chart("x", "1.0.0").content_digest();
    for target in [
        "/a/charts/x-1.0.0.tgz",
        "/charts/x-1.0.0.tgz",
        "/api/v1/spaces/a/charts/x/versions/1.0.0/manifests/values",
        &format!("/v2/a/x/blobs/{blob}"),
    ] {
        let refused = server.get(target);
        assert!([404, 502].contains(&refused.status), "{target}: {refused:?}");
    }
}

#[test]
fn what_is_known_is_answered_while_the_registry_is_silent() {
    // More than there are threads.
    let names: Vec<String> = (0..80).map(|number| format!("silent{number}")).collect();
    let contents: Vec<Digest> =
        names.iter().map(|name| chart(name, "1.0.0").content_digest()).collect();
    let registry = Registry::with(move |seen| {
        let is_silent = contents.iter().any(|digest| seen.target.ends_with(&digest.to_string()));
        is_silent.then(Reply::silent)
    });
    charts::put(&registry, "a/x", "1.0.0");
    for name in &names {
        charts::put(&registry, &format!("a/{name}"), "1.0.0");
    }
    let test = Environment::new();
    let server = adapt(&test, &registry.host(), &["--registry-refresh", "1h"]);
    assert_eq!(listed(&server.get("/index.yaml")).len(), 81);
    let archive = server.get("/charts/x-1.0.0.tgz");
    let before = registry.server().seen().len();
    let target = |name: &String| format!("/a/charts/{name}-1.0.0.tgz");
    let waiting: Vec<TcpStream> = names.iter().map(|name| begin(&server, &target(name))).collect();
    let begun = Instant::now();
    while registry.server().seen().len() < before + 32 {
        assert!(begun.elapsed().as_secs() < 60, "{:#?}", registry.server().lines());
        std::thread::sleep(Duration::from_millis(10));
    }
    for target in ["/ready", "/index.yaml", "/a/index.yaml", "/v2/a/x/tags/list"] {
        assert_eq!(server.get(target).status, 200, "{target}");
    }
    assert_eq!(server.get("/charts/x-1.0.0.tgz").body, archive.body);
    // The silent ones were not given up meanwhile.
    let again = registry
        .server()
        .seen()
        .into_iter()
        .find(|seen| seen.nth > 0 && seen.target.contains("/blobs/"));
    assert!(again.is_none(), "{again:?}");
    drop(waiting);
}
