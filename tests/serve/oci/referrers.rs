//! What refers to a manifest, whether that is there or not.

use hreg::digest::Digest;
use serde_json::{Value, json};

use super::{INDEX, MANIFEST, artifact, code, descriptor};
use crate::world::World;

/// Puts an artifact that is about the subject, and gives its bytes.
fn refer(world: &World, subject: &[u8], artifact_type: Option<&str>, note: &str) -> String {
    let mut manifest = artifact("text");
    manifest["subject"] = descriptor(MANIFEST, subject);
    manifest["annotations"] = json!({ "note": note });
    match artifact_type {
        Some(kind) => manifest["artifactType"] = kind.into(),
        None => drop(manifest.as_object_mut().unwrap().remove("artifactType")),
    }
    let bytes = manifest.to_string();
    let place = format!("a/b/manifests/{}", Digest::of(bytes.as_bytes()));
    let put = world.put_manifest(&place, MANIFEST, bytes.as_bytes());
    assert_eq!(put.status, 201, "{put:?}");
    assert_eq!(put.header("oci-subject"), Digest::of(subject).to_string());
    bytes
}

fn digests(index: &Value) -> Vec<String> {
    let manifests = index["manifests"].as_array().unwrap().iter();
    manifests.map(|listed| listed["digest"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn referrers_are_listed_and_filtered() {
    let world = World::start();
    world.put_artifact("a/b", "v1", "text");
    let subject = artifact("text").to_string();
    let path = format!("/v2/a/b/referrers/{}", Digest::of(subject.as_bytes()));
    let none = world.get(&path);
    assert_eq!((none.status, none.header("content-type")), (200, INDEX));
    assert_eq!(none.json(), json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [] }));

    let signature = refer(&world, subject.as_bytes(), Some("example/signature"), "one");
    let plain = refer(&world, subject.as_bytes(), None, "two");
    let found = world.get(&path).json();
    let mut expected = [&signature, &plain].map(|bytes| Digest::of(bytes.as_bytes()).to_string());
    expected.sort();
    assert_eq!(digests(&found), expected);
    let listed = found["manifests"].as_array().unwrap().iter();
    let is_plain = |listed: &&Value| listed["annotations"]["note"] == "two";
    let listed = listed.clone().find(is_plain).unwrap();
    assert_eq!(listed["artifactType"], "application/vnd.oci.empty.v1+json");
    assert_eq!(listed["size"], plain.len());
    assert_eq!(listed["mediaType"], MANIFEST);

    let filtered = world.get(&format!("{path}?artifactType=example/signature"));
    assert_eq!(filtered.header("oci-filters-applied"), "artifactType");
    assert_eq!(digests(&filtered.json()), [Digest::of(signature.as_bytes()).to_string()]);
    let other = world.get(&format!("{path}?artifactType=example/other"));
    assert_eq!(digests(&other.json()).len(), 0);

    let page = world.get(&format!("{path}?n=1"));
    assert_eq!(digests(&page.json()), expected[..1]);
    let link = page.header("link").strip_prefix('<').unwrap();
    let rest = world.get(link.split_once('>').unwrap().0);
    assert_eq!((digests(&rest.json()), rest.header("link")), (expected[1..].to_vec(), ""));

    let line = format!("DELETE /v2/a/b/manifests/{}", expected[0]);
    assert_eq!(world.ask(&line, &[], b"").status, 202);
    assert_eq!(digests(&world.get(&path).json()), expected[1..]);
}

#[test]
fn what_is_referred_to_need_not_be_there() {
    let world = World::start();
    for bytes in [&b"{}"[..], b"text"] {
        world.put_blob("a/b", bytes);
    }
    let bytes = refer(&world, b"never sent", Some("example/x"), "");
    let subject = Digest::of(b"never sent");
    let found = world.get(&format!("/v2/a/b/referrers/{subject}"));
    assert_eq!(digests(&found.json()), [Digest::of(bytes.as_bytes()).to_string()]);
    let elsewhere = world.get(&format!("/v2/no/such/referrers/{subject}"));
    assert_eq!((elsewhere.status, digests(&elsewhere.json()).len()), (200, 0));
    assert_eq!(code(&world.get("/v2/a/b/referrers/sha256:bad")), "400 DIGEST_INVALID");
}

#[test]
fn what_clients_list_under_a_tag_is_listed_too() {
    let world = World::start();
    let digest = world.put_artifact("a/b", "v1", "text");
    let other = world.put_artifact("a/b", "other", "another text");
    let listed = artifact("another text").to_string();
    let index = json!({
        "schemaVersion": 2,
        "mediaType": INDEX,
        "manifests": [descriptor(MANIFEST, listed.as_bytes())],
    });
    let place = format!("a/b/manifests/{}", digest.to_string().replace(':', "-"));
    assert_eq!(world.put_manifest(&place, INDEX, index.to_string().as_bytes()).status, 201);
    let found = world.get(&format!("/v2/a/b/referrers/{digest}"));
    assert_eq!(digests(&found.json()), [other.to_string()]);
}
