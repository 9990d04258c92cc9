//! Deleting tags, manifests and blobs; and what must be left of them.

use hreg::digest::Digest;

use super::code;
use crate::environment::Environment;
use crate::world::World;

#[test]
fn a_tag_is_deleted_alone() {
    let world = World::start();
    let digest = world.put_artifact("a/b", "v1", "text");
    world.put_artifact("a/b", "v2", "text");
    assert_eq!(world.ask("DELETE /v2/a/b/manifests/v1", &[], b"").status, 202);
    assert_eq!(world.get("/v2/a/b/manifests/v1").status, 404);
    assert_eq!(world.get("/v2/a/b/manifests/v2").status, 200);
    assert_eq!(world.ask("DELETE /v2/a/b/manifests/v2", &[], b"").status, 202);
    assert_eq!(world.get(&format!("/v2/a/b/manifests/{digest}")).status, 200);
    let again = world.ask("DELETE /v2/a/b/manifests/v1", &[], b"");
    assert_eq!(code(&again), "404 MANIFEST_UNKNOWN");
}

#[test]
fn the_tag_of_a_version_is_gone_when_it_is_deleted() {
    let world = World::start();
    world.test.chart("mychart", "1.0.0");
    world.test.ok(&["save", "mychart"]);
    world.test.ok(&["tag", "mychart:1.0.0", "mychart:stable"]);
    assert_eq!(world.ask("DELETE /v2/mychart/manifests/1.0.0", &[], b"").status, 202);
    assert_eq!(world.get("/v2/mychart/manifests/1.0.0").status, 404);
    assert_eq!(world.get("/v2/mychart/manifests/stable").status, 200);
    world.test.ok(&["verify"]);
}

#[test]
fn a_manifest_is_deleted_with_its_tags() {
    let world = World::start();
    let digest = world.put_artifact("a/b", "v1", "text");
    world.put_artifact("a/b", "v2", "text");
    let line = format!("DELETE /v2/a/b/manifests/{digest}");
    assert_eq!(world.ask(&line, &[], b"").status, 202);
    for reference in ["v1", "v2", &digest.to_string()] {
        assert_eq!(world.get(&format!("/v2/a/b/manifests/{reference}")).status, 404);
    }
    assert_eq!(code(&world.ask(&line, &[], b"")), "404 MANIFEST_UNKNOWN");
    let bad = world.ask("DELETE /v2/a/b/manifests/sha256:bad", &[], b"");
    assert_eq!(code(&bad), "400 DIGEST_INVALID");
}

#[test]
fn a_blob_is_deleted_once_no_manifest_needs_it() {
    let world = World::start();
    let manifest = world.put_artifact("a/b", "v1", "text");
    world.put_blob("c/d", b"text");
    let digest = Digest::of(b"text");
    let line = format!("DELETE /v2/a/b/blobs/{digest}");
    let refused = world.ask(&line, &[], b"");
    assert_eq!(code(&refused), "409 DENIED");
    assert!(refused.text().contains(&manifest.to_string()));
    world.ask(&format!("DELETE /v2/a/b/manifests/{manifest}"), &[], b"");
    assert_eq!(world.ask(&line, &[], b"").status, 202);
    assert_eq!(world.get(&format!("/v2/a/b/blobs/{digest}")).status, 404);
    assert_eq!(code(&world.ask(&line, &[], b"")), "404 BLOB_UNKNOWN");
    assert_eq!(world.get(&format!("/v2/c/d/blobs/{digest}")).body, b"text");
    assert_eq!(world.get(&format!("/v2/a/b/blobs/{digest}")).status, 404, "it is not revived");
}

#[test]
fn what_was_collected_can_be_sent_again() {
    let world = World::start();
    let manifest = world.put_artifact("a/b", "v1", "text");
    world.ask(&format!("DELETE /v2/a/b/manifests/{manifest}"), &[], b"");
    for bytes in [&b"text"[..], b"{}"] {
        world.ask(&format!("DELETE /v2/a/b/blobs/{}", Digest::of(bytes)), &[], b"");
    }
    world.test.ok(&["gc", "--grace", "0"]);
    let path = format!("/v2/a/b/blobs/{}", Digest::of(b"text"));
    assert_eq!(world.ask(&format!("HEAD {path}"), &[], b"").status, 404);
    world.put_artifact("a/b", "v1", "text");
    assert_eq!(world.get(&path).body, b"text");
}

#[test]
fn nothing_is_written_where_only_reading_is_allowed() {
    for (arguments, expected) in
        [(&["--read-only"][..], "405 UNSUPPORTED"), (&["--allow-anonymous", "read"], "403 DENIED")]
    {
        let World { test, server } = World::start();
        let digest = server.put_artifact("a/b", "v1", "text");
        let location = server.begin("a/b");
        drop(server);
        let world = World::with(test, arguments);
        let before = world.test.tree();
        for line in [
            "POST /v2/a/b/blobs/uploads/".to_owned(),
            format!("POST /v2/a/b/blobs/uploads/?mount={digest}&from=a/b"),
            format!("PATCH {location}"),
            format!("PUT {location}?digest={digest}"),
            format!("DELETE {location}"),
            "PUT /v2/a/b/manifests/v2".to_owned(),
            "DELETE /v2/a/b/manifests/v1".to_owned(),
            format!("DELETE /v2/a/b/manifests/{digest}"),
            format!("DELETE /v2/a/b/blobs/{}", Digest::of(b"text")),
        ] {
            assert_eq!(code(&world.ask(&line, &[], b"")), expected, "{line}");
        }
        assert_eq!(world.get("/v2/a/b/manifests/v1").status, 200);
        assert!(world.test.tree() == before);
    }
}

#[test]
fn nothing_is_deleted_where_that_is_switched_off() {
    let world = World::with(Environment::new(), &["--no-delete"]);
    let digest = world.put_artifact("a/b", "v1", "text");
    for line in [
        "DELETE /v2/a/b/manifests/v1".to_owned(),
        format!("DELETE /v2/a/b/manifests/{digest}"),
        format!("DELETE /v2/a/b/blobs/{}", Digest::of(b"text")),
    ] {
        assert_eq!(code(&world.ask(&line, &[], b"")), "405 UNSUPPORTED", "{line}");
    }
    assert_eq!(world.get("/v2/a/b/manifests/v1").status, 200);
    // An upload that is cancelled was never there.
    let location = world.begin("a/b");
    assert_eq!(world.ask(&format!("DELETE {location}"), &[], b"").status, 204);
    world.put_artifact("a/b", "v1", "other");
}
