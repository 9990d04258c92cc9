//! What the conformance tests of the specification ask for beside what the other modules here have:
//! every way of sending, with every algorithm, and every kind of manifest. They run themselves in
//! `tests/peers/conforming.rs`, where they are at hand.

use hreg::digest::{Algorithm, Digest, Hasher};
use serde_json::{Value, json};

use super::{INDEX, MANIFEST, artifact, descriptor};
use crate::world::{Answer, World};

const STREAM: &str = "Content-Type: application/octet-stream";
const EMPTY: &str = "application/vnd.oci.empty.v1+json";

fn digest(algorithm: Algorithm, bytes: &[u8]) -> Digest {
    let mut hasher = Hasher::new(algorithm);
    hasher.update(bytes);
    hasher.finish()
}

/// Sends a blob to a repository.
type Way = fn(&World, &str, &[u8]) -> Answer;

/// The ways of sending a blob of which nothing says the algorithm before its digest is given.
const WAYS: [Way; 5] = [
    |world, digest, bytes| {
        world.ask(&format!("POST /v2/a/b/blobs/uploads/?digest={digest}"), &[STREAM], bytes)
    },
    |world, digest, bytes| {
        let place = world.begin("a/b");
        world.ask(&format!("PUT {place}?digest={digest}"), &[STREAM], bytes)
    },
    |world, digest, bytes| {
        let place = world.begin("a/b");
        assert_eq!(world.ask(&format!("PATCH {place}"), &[STREAM], bytes).status, 202);
        world.ask(&format!("PUT {place}?digest={digest}"), &[STREAM], b"")
    },
    |world, digest, bytes| {
        let place = in_halves(world, bytes, true);
        world.ask(&format!("PUT {place}?digest={digest}"), &[STREAM], b"")
    },
    |world, digest, bytes| {
        let (place, half) = (in_halves(world, bytes, false), bytes.len() / 2);
        let range = format!("Content-Range: {half}-{}", bytes.len() - 1);
        world.ask(&format!("PUT {place}?digest={digest}"), &[STREAM, &range], &bytes[half..])
    },
];

/// Sends a half of a blob, or both, in pieces that say where they belong.
fn in_halves(world: &World, bytes: &[u8], both: bool) -> String {
    let (place, half) = (world.begin("a/b"), bytes.len() / 2);
    for (first, end) in [(0, half), (half, bytes.len())].into_iter().take(1 + usize::from(both)) {
        let range = format!("Content-Range: {first}-{}", end - 1);
        let answer = world.ask(&format!("PATCH {place}"), &[STREAM, &range], &bytes[first..end]);
        assert_eq!(answer.status, 202, "{answer:?}");
    }
    place
}

#[test]
fn every_way_of_sending_takes_every_algorithm() {
    let world = World::start();
    for algorithm in [Algorithm::Sha256, Algorithm::Sha512] {
        for (number, send) in WAYS.iter().enumerate() {
            let bytes = format!("sent in way {number}").into_bytes();
            let (right, wrong) = (digest(algorithm, &bytes), digest(algorithm, b"other"));
            let refused = send(&world, &wrong.to_string(), &bytes);
            assert_eq!(super::code(&refused), "400 DIGEST_INVALID", "{number}");
            let answer = send(&world, &right.to_string(), &bytes);
            assert_eq!(answer.status, 201, "{number} {answer:?}");
            assert_eq!(answer.header("docker-content-digest"), right.to_string());
            assert_eq!(world.get(answer.header("location")).body, bytes);
            let line = format!("/v2/a/b/blobs/{right}");
            let known = world.ask(&format!("HEAD {line}"), &[], b"");
            assert_eq!(known.header("content-length"), bytes.len().to_string());
            assert_eq!(known.header("docker-content-digest"), right.to_string());
            let part = world.ask(&format!("GET {line}"), &["Range: bytes=5-7"], b"");
            assert_eq!((part.status, &*part.body), (206, &bytes[5..=7]));
            let mount = format!("POST /v2/c/d/blobs/uploads/?mount={right}&from=a/b");
            assert_eq!(world.ask(&mount, &[], b"").status, 201);
            for place in ["a/b", "c/d"] {
                let line = format!("/v2/{place}/blobs/{right}");
                assert_eq!(world.ask(&format!("DELETE {line}"), &[], b"").status, 202);
                assert_eq!(world.ask(&format!("HEAD {line}"), &[], b"").status, 404);
            }
        }
    }
}

/// Gives manifests of every kind about the same two blobs, and one that was put before.
fn manifests(put: &[u8]) -> Vec<(&'static str, Value)> {
    let with = |member: &str, value: Value| {
        let mut manifest = artifact("text");
        manifest[member] = value;
        manifest
    };
    let index = |more: Value| {
        let manifests = json!([descriptor(MANIFEST, put)]);
        let mut index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": manifests });
        index.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        index
    };
    let mut data = descriptor(EMPTY, b"{}");
    data["data"] = "e30=".into();
    let mut image = artifact("text");
    image.as_object_mut().unwrap().remove("artifactType");
    image["config"]["mediaType"] = "application/vnd.oci.image.config.v1+json".into();
    image["layers"][0]["mediaType"] = "application/vnd.oci.image.layer.v1.tar".into();
    vec![
        (MANIFEST, image),
        (MANIFEST, with("layers", json!([]))),
        (MANIFEST, with("layers", json!([descriptor(EMPTY, b"{}")]))),
        (MANIFEST, with("config", data)),
        (MANIFEST, with("org.example.unknown", json!({ "a": [1, 2.50] }))),
        (MANIFEST, with("subject", descriptor(MANIFEST, put))),
        (INDEX, index(json!({}))),
        (INDEX, index(json!({ "artifactType": "application/example" }))),
        (INDEX, index(json!({ "subject": descriptor(MANIFEST, put), "artifactType": "a/index" }))),
    ]
}

#[test]
fn every_kind_of_manifest_comes_back() {
    let world = World::start();
    world.put_artifact("a/b", "before", "text");
    let before = artifact("text").to_string();
    for algorithm in [Algorithm::Sha256, Algorithm::Sha512] {
        for (kind, manifest) in manifests(before.as_bytes()) {
            let bytes = manifest.to_string();
            let digest = digest(algorithm, bytes.as_bytes());
            let place = format!("a/b/manifests/{digest}?tag=x");
            let put = world.put_manifest(&place, kind, bytes.as_bytes());
            assert_eq!((put.status, put.header("oci-tag")), (201, "x"), "{bytes}: {put:?}");
            assert_eq!(put.header("docker-content-digest"), digest.to_string());
            let subject = manifest["subject"]["digest"].as_str().unwrap_or_default();
            assert_eq!(put.header("oci-subject"), subject);
            for path in [put.header("location"), "/v2/a/b/manifests/x"] {
                let got = world.get(path);
                assert_eq!((got.text(), got.header("content-type")), (&*bytes, kind));
                assert_eq!(got.header("content-length"), bytes.len().to_string());
            }
            let line = format!("/v2/a/b/manifests/{digest}");
            assert_eq!(world.ask(&format!("DELETE {line}"), &[], b"").status, 202);
            for gone in [&*line, "/v2/a/b/manifests/x"] {
                assert_eq!(world.ask(&format!("HEAD {gone}"), &[], b"").status, 404, "{gone}");
            }
        }
    }
}

#[test]
fn an_index_can_be_about_something_too() {
    let world = World::start();
    world.put_artifact("a/b", "before", "text");
    let before = artifact("text").to_string();
    let (kind, index) = manifests(before.as_bytes()).pop().unwrap();
    let bytes = index.to_string();
    assert_eq!(world.put_manifest("a/b/manifests/x", kind, bytes.as_bytes()).status, 201);
    let path = format!("/v2/a/b/referrers/{}", Digest::of(before.as_bytes()));
    let mut expected = descriptor(INDEX, bytes.as_bytes());
    expected["artifactType"] = "a/index".into();
    let filtered = world.get(&format!("{path}?artifactType=a/index"));
    for listed in [world.get(&path), filtered] {
        assert_eq!(listed.json()["manifests"], json!([expected]));
    }
}
