//! Manifests that no tag stands for: had by their digest, where they are and nowhere else.

use hreg::digest::Digest;
use hreg::oci::media;
use serde_json::json;

use crate::charts::{chart, digest_of, put, put_image, put_index};
use crate::world::{Adapter, count, repository, world};

#[test]
fn what_a_tag_stood_for_before_can_be_had_by_its_digest() {
    let (registry, adapter) = world();
    let old = chart("x", "1.0.0").content("old");
    let manifest = old.put(&registry, "team/x", "1.0.0");
    chart("x", "1.0.0").content("new").put(&registry, "team/x", "1.0.0");
    adapter.refresh();
    let (driver, name) = (adapter.driver(), repository("team/x"));
    assert_eq!(driver.created(&name, &manifest).unwrap(), None);
    assert_eq!(adapter.store.voucher(&name, &old.content_digest()).unwrap(), None);
    assert!(driver.seek(&name, &manifest).unwrap());
    for round in 0..2 {
        assert!(driver.created(&name, &manifest).unwrap().is_some(), "round {round}");
        assert!(driver.entry(&name, &manifest).unwrap().is_some());
        // Whoever asks for the manifest first asks for its blobs then.
        let document = adapter.store.document(&manifest).unwrap();
        assert_eq!(document.digest(), manifest);
        for blob in [old.meta_digest(), old.content_digest()] {
            assert!(adapter.store.voucher(&name, &blob).unwrap().is_some(), "round {round}");
        }
        assert_eq!(adapter.read(&old.content_digest()).unwrap(), old.content);
    }
    let new = chart("x", "1.0.0").content("new").content_digest();
    let facts = adapter.store.facts(&adapter.version("team/x", "1.0.0").unwrap()).unwrap();
    assert_eq!(facts.chart.unwrap().content, new, "the names are as they were");
}

#[test]
fn what_is_in_another_repository_cannot_be_had() {
    let (registry, adapter) = world();
    let secret = chart("secret", "1.0.0");
    let manifest = secret.content("old").put(&registry, "hidden/secret", "1.0.0");
    chart("secret", "1.0.0").content("new").put(&registry, "hidden/secret", "1.0.0");
    put(&registry, "team/x", "1.0.0");
    adapter.refresh();
    let (driver, name) = (adapter.driver(), repository("team/x"));
    assert!(!driver.seek(&name, &manifest).unwrap());
    assert!(!driver.seek(&repository("team/none"), &manifest).unwrap());
    assert!(driver.seek(&repository("hidden/secret"), &manifest).unwrap());
    assert_eq!(driver.created(&name, &manifest).unwrap(), None, "it is known, but not here");
    let blob = chart("secret", "1.0.0").content("old").content_digest();
    assert_eq!(adapter.store.voucher(&name, &blob).unwrap(), None);
}

#[test]
fn a_manifest_may_be_sought_in_several_repositories() {
    let (registry, adapter) = world();
    let old = chart("x", "1.0.0").content("old");
    let names = ["team/x", "other/x"];
    let mut manifest = Digest::of(b"");
    for name in names {
        manifest = old.put(&registry, name, "1.0.0");
        put(&registry, name, "1.0.0");
    }
    adapter.refresh();
    let driver = adapter.driver();
    for name in names {
        assert!(driver.seek(&repository(name), &manifest).unwrap());
    }
    for name in names {
        assert!(driver.created(&repository(name), &manifest).unwrap().is_some(), "{name}");
        let blob = old.content_digest();
        assert!(adapter.store.voucher(&repository(name), &blob).unwrap().is_some(), "{name}");
    }
}

#[test]
fn a_manifest_with_other_bytes_than_its_digest_is_refused() {
    let (registry, adapter) = world();
    put(&registry, "team/x", "1.0.0");
    adapter.refresh();
    let digest = Digest::of(b"what was asked for");
    let other = registry.manifest("team/x", "1.0.0").unwrap();
    registry.rule(move |seen| {
        let is_it = seen.target.ends_with(&digest.to_string());
        is_it.then(|| crate::server::Reply::ok(other.clone()))
    });
    let name = repository("team/x");
    let error = adapter.driver().seek(&name, &digest).unwrap_err().to_string();
    assert!(error.contains("not what they should be"), "{error}");
    assert_eq!(adapter.driver().created(&name, &digest).unwrap(), None);
}

#[test]
fn what_an_index_lists_can_be_had() {
    let (registry, adapter) = world();
    let child = put_image(&registry, "team/image", "child", b"layer");
    let other = put_image(&registry, "team/image", "other", b"other");
    put_index(&registry, "team/image", "1", &[child.clone(), other]);
    registry.remove_manifest("team/image", "child");
    registry.remove_manifest("team/image", "other");
    adapter.refresh();
    let (name, child) = (repository("team/image"), digest_of(&child));
    assert!(!adapter.store.has_manifest(&name, &child).unwrap(), "nobody has looked yet");
    let asked = registry.asked(|| {
        assert!(adapter.driver().seek(&name, &child).unwrap());
        assert!(adapter.store.has_manifest(&name, &child).unwrap());
        let document = adapter.store.document(&child).unwrap();
        assert_eq!(document.digest(), child);
        adapter.store.document(&child).unwrap();
    });
    assert_eq!(count(&asked, &["/manifests/"]), 1);
    let layer = Digest::of(b"layer");
    assert!(adapter.store.voucher(&name, &layer).unwrap().is_some());
    assert_eq!(adapter.read(&layer).unwrap(), b"layer");
    // Another process, which nobody has asked for the manifest.
    let other = Adapter::new(&registry.host());
    other.refresh();
    assert!(other.store.voucher(&name, &layer).unwrap().is_none());
    assert!(other.driver().seek_blob(&name, &layer).unwrap());
    assert!(other.store.voucher(&name, &layer).unwrap().is_some());
    assert!(!other.driver().seek_blob(&name, &Digest::of(b"nothing")).unwrap());
    let asked = registry.asked(|| {
        assert!(!other.driver().seek_blob(&name, &Digest::of(b"nothing")).unwrap());
    });
    assert!(asked.is_empty(), "{asked:?}");
}

#[test]
fn what_a_manifest_lists_need_not_be_in_its_repository() {
    let (registry, adapter) = world();
    let secret = put_image(&registry, "secret/image", "1", b"secret layer");
    put_index(&registry, "evil/image", "1", std::slice::from_ref(&secret));
    let layer = Digest::of(b"secret layer");
    let listed = json!({ "mediaType": "x/y", "digest": layer, "size": 12 });
    let config = registry.put_blob("evil/image", "x/y", b"config");
    let image = json!({
        "schemaVersion": 2, "mediaType": media::OCI_MANIFEST, "config": config, "layers": [listed],
    });
    registry.put_manifest("evil/image", "2", &image);
    registry.rule(|seen| {
        let is_secret = seen.target.starts_with("/v2/evil/image/blobs/") && seen.method == "HEAD";
        is_secret.then(|| crate::server::Reply::new(404))
    });
    adapter.refresh();
    let (evil, good) = (repository("evil/image"), repository("secret/image"));
    assert!(adapter.store.voucher(&good, &layer).unwrap().is_some());
    assert!(adapter.store.voucher(&evil, &layer).unwrap().is_none());
    let manifest = digest_of(&secret);
    assert!(!adapter.store.has_manifest(&evil, &manifest).unwrap());
    assert!(!adapter.driver().seek(&evil, &manifest).unwrap());
}

#[test]
fn an_index_may_list_what_is_not_there() {
    let (registry, adapter) = world();
    let absent = json!({
        "mediaType": media::OCI_MANIFEST, "digest": Digest::of(b"absent"), "size": 6,
    });
    put_index(&registry, "team/image", "1", &[absent]);
    adapter.refresh();
    assert!(adapter.store.document(&Digest::of(b"absent")).is_err());
    assert_eq!(adapter.rows(), ["team/image:1 "]);
}
