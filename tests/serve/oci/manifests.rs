//! Manifests: taken and given back byte for byte, by tag and by digest.

use hreg::digest::{Algorithm, Digest, Hasher};
use serde_json::json;

use super::{INDEX, MANIFEST, artifact, code, descriptor};
use crate::world::World;

#[test]
fn a_manifest_comes_back_as_it_was_sent() {
    let world = World::start();
    world.put_blob("a/b", b"{}");
    world.put_blob("a/b", b"text");
    // Neither the order of the members nor the spaces are what anybody would write.
    let bytes = artifact("text").to_string().replacen('{', "{ \"custom\":  [1],\n", 1);
    let digest = Digest::of(bytes.as_bytes());
    let put = world.put_manifest("a/b/manifests/v1", MANIFEST, bytes.as_bytes());
    assert_eq!(put.status, 201, "{put:?}");
    assert_eq!(put.header("location"), format!("/v2/a/b/manifests/{digest}"));
    assert_eq!(put.header("docker-content-digest"), digest.to_string());
    assert_eq!(put.header("oci-tag"), "v1");
    for reference in ["v1".to_owned(), digest.to_string()] {
        for method in ["GET", "HEAD"] {
            let line = format!("{method} /v2/a/b/manifests/{reference}");
            let got = world.ask(&line, &["Accept: text/html"], b"");
            assert_eq!((got.status, got.header("content-type")), (200, MANIFEST));
            assert_eq!(got.header("content-length"), bytes.len().to_string());
            assert_eq!(got.header("docker-content-digest"), digest.to_string());
            assert_eq!(got.body, if method == "GET" { bytes.as_bytes() } else { b"" });
        }
    }
    let known = format!("If-None-Match: \"{digest}\"");
    assert_eq!(world.ask("GET /v2/a/b/manifests/v1", &[&known], b"").status, 304);
    for missing in ["v2", "..", "-x", &Digest::of(b"").to_string()] {
        let got = world.get(&format!("/v2/a/b/manifests/{missing}"));
        assert_eq!(code(&got), "404 MANIFEST_UNKNOWN", "{missing}");
    }
    assert_eq!(code(&world.get("/v2/no/b/manifests/v1")), "404 MANIFEST_UNKNOWN");
    assert_eq!(code(&world.get("/v2/a/b/manifests/sha256:bad")), "400 DIGEST_INVALID");
}

#[test]
fn a_manifest_by_digest_takes_any_number_of_tags() {
    let world = World::start();
    world.put_blob("a/b", b"{}");
    world.put_blob("a/b", b"text");
    let bytes = artifact("text").to_string();
    let digest = Digest::of(bytes.as_bytes());
    let place = format!("a/b/manifests/{digest}?tag=one&tag=two");
    let put = world.put_manifest(&place, MANIFEST, bytes.as_bytes());
    let tags: Vec<&str> = put.headers("oci-tag").collect();
    assert_eq!((put.status, tags), (201, vec!["one", "two"]));
    for tag in ["one", "two"] {
        assert_eq!(world.get(&format!("/v2/a/b/manifests/{tag}")).body, bytes.as_bytes());
    }
    let other = format!("a/b/manifests/{}", Digest::of(b"other"));
    let before = world.test.tree();
    let wrong = world.put_manifest(&other, MANIFEST, b"{\"schemaVersion\":2}");
    assert_eq!(code(&wrong), "400 DIGEST_INVALID");
    assert!(world.test.tree() == before, "nothing of it is kept");
    let wrong = world.put_manifest("a/b/manifests/sha256:bad", MANIFEST, bytes.as_bytes());
    assert_eq!(code(&wrong), "400 DIGEST_INVALID");
    let wrong = world.put_manifest("a/b/manifests/.x", MANIFEST, bytes.as_bytes());
    assert_eq!(code(&wrong), "400 MANIFEST_INVALID");
}

#[test]
fn digests_of_manifests_may_be_of_another_algorithm() {
    let world = World::start();
    world.put_blob("a/b", b"{}");
    world.put_blob("a/b", b"text");
    let bytes = artifact("text").to_string();
    let mut hasher = Hasher::new(Algorithm::Sha512);
    hasher.update(bytes.as_bytes());
    let digest = hasher.finish();
    let place = format!("a/b/manifests/{digest}?tag=long");
    let put = world.put_manifest(&place, MANIFEST, bytes.as_bytes());
    assert_eq!((put.status, put.header("docker-content-digest")), (201, &*digest.to_string()));
    for reference in ["long".to_owned(), digest.to_string()] {
        let got = world.get(&format!("/v2/a/b/manifests/{reference}"));
        assert_eq!(got.body, bytes.as_bytes());
        assert_eq!(got.header("docker-content-digest"), digest.to_string());
    }
}

#[test]
fn a_manifest_needs_what_it_lists() {
    let world = World::start();
    world.put_blob("a/b", b"{}");
    world.put_blob("other/b", b"text");
    let bytes = artifact("text").to_string();
    let put = || world.put_manifest("a/b/manifests/v1", MANIFEST, bytes.as_bytes());
    assert_eq!(code(&put()), "400 MANIFEST_BLOB_UNKNOWN");
    assert_eq!(world.get("/v2/a/b/manifests/v1").status, 404);
    world.put_blob("a/b", b"text");
    assert_eq!(put().status, 201);
    let list = |listed: &[u8]| {
        json!({
            "schemaVersion": 2,
            "mediaType": INDEX,
            "manifests": [descriptor(MANIFEST, listed)],
        })
        .to_string()
    };
    let missing = world.put_manifest("a/b/manifests/all", INDEX, list(b"no").as_bytes());
    assert_eq!(code(&missing), "400 MANIFEST_BLOB_UNKNOWN");
    let index = list(bytes.as_bytes());
    let put = world.put_manifest("a/b/manifests/all", INDEX, index.as_bytes());
    assert_eq!(put.status, 201, "{put:?}");
    assert_eq!(world.get("/v2/a/b/manifests/all").header("content-type"), INDEX);
    let nested =
        world.put_manifest("a/b/manifests/nested", INDEX, list(index.as_bytes()).as_bytes());
    assert_eq!(nested.status, 201);
    let empty = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [] }).to_string();
    assert_eq!(world.put_manifest("a/b/manifests/empty", INDEX, empty.as_bytes()).status, 201);
    let mut foreign = artifact("never sent");
    foreign["layers"][0]["mediaType"] =
        "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip".into();
    let put = world.put_manifest("a/b/manifests/f", MANIFEST, foreign.to_string().as_bytes());
    assert_eq!(put.status, 201, "{put:?}");
    world.test.ok(&["verify"]);
}

#[test]
fn what_is_no_manifest_is_refused() {
    let world = World::start();
    world.put_blob("a/b", b"{}");
    world.put_blob("a/b", b"text");
    let whole = artifact("text");
    let mut both = whole.clone();
    both["manifests"] = json!([]);
    let mut untyped = whole.clone();
    untyped.as_object_mut().unwrap().remove("mediaType");
    let docker = "application/vnd.docker.distribution.manifest.v2+json";
    for (kind, bytes) in [
        (MANIFEST, "no json".to_owned()),
        (MANIFEST, "{}".to_owned()),
        (MANIFEST, "[]".to_owned()),
        (INDEX, whole.to_string()),
        (MANIFEST, both.to_string()),
        ("text/plain", untyped.to_string()),
        (docker, untyped.to_string()),
    ] {
        let put = world.put_manifest("a/b/manifests/x", kind, bytes.as_bytes());
        assert_eq!(code(&put), "400 MANIFEST_INVALID", "{kind} {bytes}");
    }
    let plain = world.put_manifest("a/b/manifests/x", MANIFEST, untyped.to_string().as_bytes());
    assert_eq!(plain.status, 201, "{plain:?}");
    let mut longer = whole.clone();
    longer["layers"][0]["size"] = 5.into();
    let put = world.put_manifest("a/b/manifests/x", MANIFEST, longer.to_string().as_bytes());
    assert_eq!(code(&put), "400 MANIFEST_INVALID");
}

#[test]
fn a_manifest_may_have_four_mebibytes() {
    let world = World::start();
    world.put_blob("a/b", b"{}");
    world.put_blob("a/b", b"text");
    let sized = |size: usize| {
        let mut manifest = artifact("text");
        manifest["annotations"] = json!({ "filler": "" });
        let room = size - manifest.to_string().len();
        manifest["annotations"]["filler"] = "x".repeat(room).into();
        manifest.to_string()
    };
    let largest = sized(4 << 20);
    let put = world.put_manifest("a/b/manifests/large", MANIFEST, largest.as_bytes());
    assert_eq!(put.status, 201, "{put:?}");
    assert!(world.get("/v2/a/b/manifests/large").body == largest.as_bytes());
    let line = "PUT /v2/a/b/manifests/larger";
    let too_large = sized((4 << 20) + 1);
    let put = world.ask(line, &[&format!("Content-Type: {MANIFEST}")], too_large.as_bytes());
    assert_eq!(code(&put), "413 MANIFEST_INVALID");
}
