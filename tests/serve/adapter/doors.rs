//! What every door says of a registry: all of it can be read, and nothing written.

use hreg::digest::Digest;

use super::{Adapter, save};
use crate::environment::Environment;
use crate::world::Answer;

#[test]
fn every_door_reads_it() {
    let server = Adapter::start(Environment::new(), &[]);
    save(&server.test, "team/apps", "a", "1.0.0+b");
    server.test.ok(&["tag", "team/apps/a:1.0.0_b", "team/apps/a:latest"]);
    let text = |path: &str| {
        let answer = server.get(path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer
    };
    assert_eq!(text("/v2/_catalog").json()["repositories"][0], "team/apps/a");
    let tags = text("/v2/team/apps/a/tags/list").json();
    assert_eq!(tags["tags"], serde_json::json!(["1.0.0_b", "latest"]));
    let manifest = text("/v2/team/apps/a/manifests/latest");
    let digest = Digest::of(&manifest.body);
    assert_eq!(manifest.header("docker-content-digest"), digest.to_string());
    let same = text(&format!("/v2/team/apps/a/manifests/{digest}"));
    assert_eq!(same.body, manifest.body);
    for descriptor in [&manifest.json()["config"], &manifest.json()["layers"][0]] {
        let blob = descriptor["digest"].as_str().unwrap();
        let path = format!("/v2/team/apps/a/blobs/{blob}");
        let whole = text(&path);
        assert_eq!(Digest::of(&whole.body).to_string(), blob);
        let part = server.server.ask(&format!("GET {path}"), &["Range: bytes=3-"], b"");
        assert_eq!((part.status, &part.body[..]), (206, &whole.body[3..]));
        assert_eq!(server.get(&path.replace("/apps/", "/other/")).status, 404);
    }
    assert!(text("/api/v1/spaces").text().contains("team/apps"));
    let values = "/api/v1/spaces/team%2Fapps/charts/a/versions/1.0.0+b/manifests/values";
    assert_eq!(text(values).json()["replicas"], 1);
    assert_eq!(text("/api/team/apps/charts/a").json()[0]["version"], "1.0.0+b");
    let page = text("/").text().to_owned();
    let place = format!("from the registry {} by", server.registry.address());
    assert!(page.contains("team/apps  a") && page.contains(&place), "{page}");
    assert!(!page.contains("push"), "{page}");
    let index = text("/team/apps/index.yaml");
    let tag = format!("If-None-Match: {}", index.header("etag"));
    assert_eq!(server.server.ask("GET /team/apps/index.yaml", &[&tag], b"").status, 304);
    let head = server.server.ask("HEAD /index.yaml", &[], b"");
    assert_eq!((head.status, head.body.len()), (200, 0));
}

#[test]
fn no_door_writes() {
    let server = Adapter::start(Environment::new(), &[]);
    save(&server.test, "team", "a", "1.0.0");
    for line in [
        "POST /v2/team/a/blobs/uploads/",
        "PUT /v2/team/a/manifests/latest",
        "DELETE /v2/team/a/manifests/1.0.0",
        "PATCH /v2/team/a/blobs/uploads/x",
        "POST /api/v1/spaces/team/charts",
        "DELETE /api/v1/spaces/team/charts/a",
        "PUT /api/v1/spaces/team/charts/a/versions/1.0.0/manifests/values",
        "POST /api/team/charts",
        "DELETE /api/team/charts/a/1.0.0",
        "PUT /index.yaml",
        "POST /",
    ] {
        let refused = server.server.ask(line, &[], b"x");
        assert_eq!((refused.status, refused.header("allow")), (405, "GET, HEAD"), "{line}");
        let place = server.registry.address();
        assert!(refused.text().contains(place), "{line}: {}", refused.text());
    }
    assert_eq!(server.get("/v2/team/a/manifests/1.0.0").status, 200);
}

/// Gives the manifest of an answer, with its digest.
fn digest(answer: &Answer) -> Digest {
    assert_eq!(answer.status, 200, "{}", answer.text());
    Digest::of(&answer.body)
}

#[test]
fn what_a_tag_stood_for_can_be_had_by_its_digest() {
    let server = Adapter::start(Environment::new(), &[]);
    save(&server.test, "team", "a", "1.0.0");
    let old = server.get("/v2/team/a/manifests/1.0.0");
    let content = old.json()["layers"][0]["digest"].as_str().unwrap().to_owned();
    server.test.write("a/README.md", "changed");
    server.test.ok(&["save", "a", "--space", "team"]);
    let new = server.get("/v2/team/a/manifests/1.0.0");
    assert_ne!(digest(&old), digest(&new));
    let again = server.get(&format!("/v2/team/a/manifests/{}", digest(&old)));
    assert_eq!(digest(&again), digest(&old));
    let blob = server.get(&format!("/v2/team/a/blobs/{content}"));
    assert_eq!(digest(&blob).to_string(), content);
    let nothing = Digest::of(b"nothing");
    assert_eq!(server.get(&format!("/v2/team/a/manifests/{nothing}")).status, 404);
    assert_eq!(server.get(&format!("/v2/team/a/blobs/{nothing}")).status, 404);
}
