//! Registries that lie: whatever they answer, a pull ends with a clear error, and nothing is kept.

use std::time::Duration;

use hreg::digest::Digest;
use serde_json::json;
use walkdir::WalkDir;

use crate::environment::{Environment, Run};
use crate::registry::{BASIC, Registry, USER};
use crate::server::{Reply, Seen, Server};
use crate::world::{fails, fill};

/// Starts a registry with a chart, whose downloads are lies.
fn lying(lie: impl Fn(&Seen, Reply) -> Reply + Send + Sync + 'static) -> Registry {
    let registry = Registry::lying(lie);
    fill(&registry, &["mychart 1.0.0"]);
    registry
}

/// Lies about blobs.
fn blobs(lie: impl Fn(&[u8]) -> Reply + Send + Sync + 'static) -> Registry {
    lying(move |seen, honest| match seen.target.contains("/blobs/") {
        true => lie(honest.bytes()),
        false => honest,
    })
}

/// Lies about manifests.
fn manifests(lie: impl Fn(&[u8]) -> Reply + Send + Sync + 'static) -> Registry {
    lying(move |seen, honest| match seen.target.contains("/manifests/") {
        true => lie(honest.bytes()),
        false => honest,
    })
}

/// Pulls with a password at hand, and without pauses between tries.
fn pull(test: &Environment, registry: &Registry) -> Run {
    let reference = format!("{}/charts/mychart:1.0.0", registry.host());
    let login = [("HREG_USERNAME", USER.0), ("HREG_PASSWORD", USER.1), ("HREG_PAUSE", "1")];
    test.run_with(&login, &["pull", &reference, "-d", "out"])
}

/// Makes sure that a pull fails with an error that says something, and leaves nothing behind.
#[track_caller]
fn refused(registry: &Registry, saying: &str) {
    let test = Environment::new();
    let run = pull(&test, registry);
    fails(&run, saying);
    assert_eq!(run.stdout, "");
    assert_eq!(test.ok(&["list", "-q"]), "");
    test.ok(&["verify"]);
    for folder in [test.store("blobs"), test.store("tmp"), test.path("")] {
        let all = WalkDir::new(&folder).into_iter().map(Result::unwrap);
        let files: Vec<_> = all.filter(|entry| entry.file_type().is_file()).collect();
        assert!(files.is_empty(), "{files:?}");
    }
}

#[test]
fn other_bytes_are_found_out() {
    let changed = |bytes: &[u8]| {
        let mut bytes = bytes.to_vec();
        bytes[0] ^= 1;
        bytes
    };
    refused(&blobs(move |bytes| Reply::ok(changed(bytes))), "are damaged");
    refused(&blobs(|bytes| Reply::ok(&bytes[1..])), "are damaged");
    refused(&blobs(|bytes| Reply::ok([bytes, b"x"].concat())), "are damaged");
    refused(&blobs(|bytes| Reply::ok([bytes, b"x"].concat()).chunked()), "are damaged");
}

#[test]
fn a_body_without_an_end_is_not_waited_for() {
    refused(&blobs(|_| Reply::ok([0; 65536]).endless(Duration::ZERO)), "are damaged");
    refused(
        &manifests(|_| Reply::ok([b' '; 65536]).endless(Duration::ZERO)),
        "larger than 4194304",
    );
}

#[test]
fn a_body_that_always_breaks_is_given_up() {
    refused(&blobs(|bytes| Reply::ok(&bytes[..9]).cut(bytes.len())), "broke");
    refused(&manifests(|bytes| Reply::ok(&bytes[..9]).cut(bytes.len())), "broke");
}

#[test]
fn another_server_is_not_believed_either() {
    let other = Server::start(|_| Reply::ok("what it likes"));
    let place = format!("http://{}/x", other.host());
    refused(&blobs(move |_| Reply::new(307).header("Location", &place)), "are damaged");
    assert!(other.proofs().iter().all(|proof| proof == "-") && !other.proofs().is_empty());
    refused(&manifests(|_| Reply::new(302).header("Location", "/v2/x/manifests/y")), "redirects");
}

#[test]
fn a_login_that_is_never_enough_ends() {
    let registry = manifests(|_| Reply::new(401).header("WWW-Authenticate", "Basic realm=x"));
    refused(&registry, "does not take the credentials");
    let proofs = registry.server().proofs();
    assert_eq!(proofs.iter().filter(|proof| *proof == BASIC).count(), 1);
    let registry = lying(|seen, honest| match seen.target.as_str() {
        target if target.starts_with("/token") => Reply::ok(r#"{"token":"abc"}"#),
        _ if seen.header("host").is_none() => honest,
        _ => {
            let realm = format!("Bearer realm=\"http://{}/token\"", seen.header("host").unwrap());
            Reply::new(401).header("WWW-Authenticate", realm)
        }
    });
    refused(&registry, "does not take the credentials");
}

#[test]
fn a_server_that_never_gets_well_is_given_up() {
    for status in [429, 500, 503] {
        let registry = manifests(move |_| Reply::new(status));
        let says = if status == 429 { "takes no more requests" } else { "the server answered 50" };
        refused(&registry, says);
        let gets = registry.server().lines().iter().filter(|line| line.starts_with("GET")).count();
        assert_eq!(gets, 6);
    }
    let registry = blobs(|_| Reply::new(429).header("Retry-After", "3600"));
    refused(&registry, "try again in 3600 s");
}

#[test]
fn a_server_that_gets_well_is_forgiven() {
    let registry = lying(|seen, honest| match seen.nth {
        0 => Reply::new(500),
        1 => Reply::new(429).header("Retry-After", "0"),
        _ => honest,
    });
    let test = Environment::new();
    let run = pull(&test, &registry);
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.stderr.contains("Note: waiting for"), "{run}");
}

#[test]
fn a_manifest_is_bounded_and_well_formed() {
    refused(&manifests(|_| Reply::ok(vec![b' '; 5 << 20])), "larger than 4194304 bytes");
    for junk in ["", "{", "<html>", "[]", "\u{1b}[2J", r#"{"schemaVersion":2,"layers":7}"#] {
        refused(&manifests(move |_| Reply::ok(junk)), "cannot pull");
    }
    let deep = "[".repeat(100_000);
    refused(&manifests(move |_| Reply::ok(deep.as_bytes())), "cannot pull");
    let huge = manifests(|bytes| {
        let mut manifest: serde_json::Value = serde_json::from_slice(bytes).unwrap();
        manifest["layers"][0]["size"] = json!(10_u64 << 40);
        Reply::ok(manifest.to_string())
    });
    refused(&huge, "at most");
    let many = manifests(|bytes| {
        let mut manifest: serde_json::Value = serde_json::from_slice(bytes).unwrap();
        let mut layer = manifest["layers"][0].clone();
        layer["mediaType"] = json!("application/x-other");
        layer["size"] = json!(150 << 20);
        manifest["layers"].as_array_mut().unwrap().extend([layer.clone(), layer]);
        Reply::ok(manifest.to_string())
    });
    refused(&many, "lists 314572800 bytes besides the chart; at most 209715200");
}

#[test]
fn a_list_of_very_many_manifests_is_not_gone_through() {
    let listed = |number: u32| {
        json!({
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "digest": Digest::of(&number.to_le_bytes()).to_string(),
            "size": 2,
        })
    };
    let bomb = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": (0..5000).map(listed).collect::<Vec<_>>(),
    });
    let registry = Registry::lying(move |seen, _| match seen.target.ends_with("/1.0.0") {
        true => Reply::ok(bomb.to_string()),
        false => Reply::ok("{}"),
    });
    refused(&registry, "cannot");
    assert!(registry.server().lines().len() < 20);
    let (test, target) = (Environment::new(), Registry::start());
    let source = format!("{}/charts/mychart:1.0.0", registry.host());
    let run = test.run(&["copy", &source, &format!("{}/charts/mychart", target.host())]);
    fails(&run, "more than 1000 manifests");
    assert!(target.tags().is_empty() && target.server().lines().len() == 1);
}

#[test]
fn what_a_server_says_does_not_reach_the_terminal_as_it_is() {
    let registry = manifests(|_| {
        Reply::new(400).body(r#"{"errors":[{"code":"X","message":"\u001b[2Jgone"}]}"#)
    });
    let run = pull(&Environment::new(), &registry);
    fails(&run, "gone");
    assert!(!run.stderr.contains('\u{1b}'), "{:?}", run.stderr);
}
