//! Repositories that refuse or fail, beside others that do not.

use hreg::storage::Memory;

use crate::charts::{chart, put};
use crate::server::Reply;
use crate::world::{Adapter, Scripted, count, options, world};

/// Puts a good repository, and others with these names, of two versions each.
fn fill(registry: &Scripted, others: &[&str]) {
    for repository in ["team/good"].iter().chain(others) {
        put(registry, repository, "1.0.0");
        put(registry, repository, "2.0.0");
    }
}

const GOOD: [&str; 2] = ["team/good 1.0.0", "team/good 2.0.0"];

#[test]
fn repositories_that_refuse_or_fail_hide_no_other() {
    let (registry, adapter) = world();
    fill(&registry, &["a/refused", "b/broken", "z/forbidden"]);
    registry.fails("/v2/a/refused/", 401);
    registry.fails("/v2/b/broken/", 500);
    registry.fails("/v2/z/forbidden/", 403);
    adapter.refresh();
    assert_eq!(adapter.versions(), GOOD);
    let left_out = adapter.left_out();
    let expected =
        [("a/refused", "wants a login"), ("b/broken", "500"), ("z/forbidden", "not allow it")];
    assert_eq!(left_out.len(), 3, "{left_out:?}");
    for ((name, reason), (expected, part)) in left_out.iter().zip(expected) {
        assert!(name == expected && reason.contains(part), "{name}: {reason}");
    }
    assert_eq!(adapter.warnings().len(), 3);
    assert!(adapter.upstream.condition().failure.is_none());
    registry.recovers();
    adapter.refresh();
    assert_eq!(adapter.versions().len(), 8);
    assert!(adapter.left_out().is_empty() && adapter.warnings().is_empty());
    registry.fails("/v2/b/broken/", 500);
    adapter.refresh();
    assert_eq!(adapter.warnings().len(), 1, "what comes back is told again");
}

#[test]
fn a_repository_that_fails_keeps_what_it_had() {
    let (registry, adapter) = world();
    fill(&registry, &["b/broken"]);
    adapter.refresh();
    registry.fails("/v2/b/broken/", 500);
    let asked = registry.asked(|| adapter.refresh());
    assert_eq!(adapter.versions().len(), 4);
    assert_eq!(adapter.left_out().len(), 1);
    assert_eq!(count(&asked, &["/v2/b/broken/manifests/"]), 0, "its tags would fail as well");
    adapter.refresh();
    assert_eq!(adapter.versions().len(), 4, "also the next time");
    assert_eq!(adapter.warnings().len(), 1);
    let digest = adapter.version("b/broken", "2.0.0").unwrap();
    assert!(adapter.store.facts(&digest).is_ok());
}

#[test]
fn a_tag_that_fails_keeps_what_it_was() {
    let (registry, adapter) = world();
    fill(&registry, &["b/broken"]);
    adapter.refresh();
    put(&registry, "b/broken", "3.0.0");
    registry.fails("/v2/b/broken/manifests/", 503);
    adapter.refresh();
    let expected = ["b/broken 1.0.0", "b/broken 2.0.0", GOOD[0], GOOD[1]];
    assert_eq!(adapter.versions(), expected, "of a new one nothing is known");
    let left_out = adapter.left_out();
    assert!(left_out.len() == 1 && left_out[0].1.starts_with("1.0.0: "), "{left_out:?}");
}

#[test]
fn a_repository_that_is_gone_or_refused_goes() {
    for status in [401, 403, 404] {
        let (registry, adapter) = world();
        fill(&registry, &["b/gone"]);
        adapter.refresh();
        registry.fails("/v2/b/gone/", status);
        adapter.refresh();
        assert_eq!(adapter.versions(), GOOD, "{status}");
        let content = chart("gone", "1.0.0").content_digest();
        assert!(!adapter.store.has_blob(&content).unwrap(), "{status}");
    }
}

#[test]
fn where_every_repository_fails_the_walk_does() {
    let (registry, adapter) = world();
    fill(&registry, &["b/other"]);
    registry.fails("/tags/list", 500);
    let error = adapter.refresh_fails().to_string();
    assert!(error.contains("tags") && error.contains("500"), "{error}");
    assert!(adapter.upstream.condition().age.is_none());
}

#[test]
fn a_repository_cannot_hide_what_another_one_has() {
    let (registry, adapter) = world();
    let good = chart("good", "1.0.0");
    good.put(&registry, "team/good", "1.0.0");
    // One that comes first names the same blobs: without having them, or with another size.
    let evil = good.manifest(&registry, "elsewhere");
    registry.put_manifest("a/without", "1.0.0", &evil);
    let mut evil = good.manifest(&registry, "b/sized");
    evil["layers"][0]["size"] = 5.into();
    registry.put_manifest("b/sized", "1.0.0", &evil);
    registry.put_manifest("c/refused", "1.0.0", &good.manifest(&registry, "c/refused"));
    registry.fails("/v2/c/refused/blobs/", 401);
    registry.put_manifest("d/broken", "1.0.0", &good.manifest(&registry, "d/broken"));
    registry.fails("/v2/d/broken/blobs/", 500);
    // Nor by naming them with as many sizes as are remembered.
    for size in 0..100_u64 {
        let mut many = good.manifest(&registry, "e/many");
        many["layers"][0]["size"] = size.into();
        registry.put_manifest("e/many", &format!("{size}"), &many);
    }
    adapter.refresh();
    assert!(adapter.version("team/good", "1.0.0").is_some());
    assert_eq!(adapter.read(&good.content_digest()).unwrap(), good.content);
    // Nor where nothing is kept.
    let mut sparing = options(&registry.host());
    sparing.cache_bytes = 0;
    let adapter = Adapter::with(sparing, Box::new(Memory::new()));
    adapter.refresh();
    assert_eq!(adapter.read(&good.content_digest()).unwrap(), good.content);
}

#[test]
fn a_manifest_that_is_not_what_it_is_said_to_be_is_left_out() {
    let (registry, adapter) = world();
    fill(&registry, &["b/lying"]);
    registry.rule(|seen| {
        let is_it = seen.line() == "GET /v2/b/lying/manifests/1.0.0";
        let other = hreg::digest::Digest::of(b"other");
        is_it.then(|| Reply::ok("{\"layers\":[]}").header("Docker-Content-Digest", other))
    });
    let meta = chart("lying", "2.0.0").meta_digest();
    registry.gives(&meta, b"{\"name\":\"lying\",\"version\":\"6.6.6\"}");
    adapter.refresh();
    assert_eq!(adapter.versions(), GOOD);
    let left_out = adapter.left_out();
    assert!(left_out.len() == 1 && left_out[0].1.contains("not what they should be"));
    registry.recovers();
    adapter.refresh();
    assert_eq!(adapter.versions().len(), 4, "no lie is remembered");
}
