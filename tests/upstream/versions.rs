//! Versions and tags: what stands for what, where tags say something else than charts do.

use crate::charts::{chart, put};
use crate::world::{count, repository, world};

#[test]
fn two_tags_may_stand_for_one_chart() {
    let (registry, adapter) = world();
    let digest = put(&registry, "x", "1.0.0");
    for tag in ["latest", "stable"] {
        assert_eq!(chart("x", "1.0.0").put(&registry, "x", tag), digest);
    }
    let asked = registry.asked(|| adapter.refresh());
    assert_eq!(adapter.versions(), ["library/x 1.0.0"]);
    let rows = ["library/x:1.0.0 1.0.0", "library/x:latest 1.0.0", "library/x:stable 1.0.0"];
    assert_eq!(adapter.rows(), rows);
    assert_eq!(adapter.tagged("library/x", "latest"), Some(digest));
    assert!(count(&asked, &["GET", "/blobs/"]) <= 3);
}

#[test]
fn a_tag_may_stand_for_another_version_than_its_name() {
    let (registry, adapter) = world();
    let digest = chart("x", "2.0.0").put(&registry, "x", "1.0.0");
    adapter.refresh();
    assert_eq!(adapter.versions(), ["library/x 2.0.0"]);
    assert_eq!(adapter.version("library/x", "2.0.0"), Some(digest));
    assert_eq!(adapter.version("library/x", "1.0.0"), None);
    assert_eq!(adapter.tagged("library/x", "1.0.0"), Some(digest));
    assert_eq!(adapter.tagged("library/x", "2.0.0"), Some(digest), "a version answers as a tag");
}

#[test]
fn versions_with_build_metadata_are_found_by_their_text() {
    let (registry, adapter) = world();
    let digest = put(&registry, "x", "1.0.0+build");
    assert!(registry.manifest("x", "1.0.0_build").is_some());
    adapter.refresh();
    assert_eq!(adapter.versions(), ["library/x 1.0.0+build"]);
    assert_eq!(adapter.version("library/x", "1.0.0+build"), Some(digest));
    assert_eq!(adapter.tagged("library/x", "1.0.0+build"), Some(digest));
    assert_eq!(adapter.version("library/x", "1.0.0"), None);
}

#[test]
fn of_two_charts_of_one_version_that_under_its_own_tag_counts() {
    for other in ["0-first", "zz-last"] {
        let (registry, adapter) = world();
        let counts = put(&registry, "x", "1.0.0");
        let odd = chart("x", "1.0.0").content("other").put(&registry, "x", other);
        adapter.refresh();
        assert_eq!(adapter.version("library/x", "1.0.0"), Some(counts), "{other}");
        assert_eq!(adapter.tagged("library/x", other), Some(odd));
        let content = chart("x", "1.0.0").content("other").content_digest();
        assert_eq!(adapter.read(&content).unwrap(), b"other");
        // Without the version's own tag there is still somebody who has the version.
        registry.remove_manifest("x", "1.0.0");
        adapter.refresh();
        assert_eq!(adapter.version("library/x", "1.0.0"), Some(odd), "{other}");
    }
}

#[test]
fn a_chart_stands_under_the_name_that_it_gives_itself() {
    let (registry, adapter) = world();
    let digest = chart("app", "1.0.0").put(&registry, "team/stuff", "1.0.0");
    adapter.refresh();
    assert_eq!(adapter.versions(), ["team/app 1.0.0"]);
    assert_eq!(adapter.version("team/stuff", "1.0.0"), None);
    assert_eq!(adapter.tagged("team/stuff", "1.0.0"), Some(digest), "the tag is where it was");
    assert_eq!(adapter.tagged("team/app", "1.0.0"), Some(digest));
    let content = chart("app", "1.0.0").content_digest();
    for name in ["team/app", "team/stuff"] {
        let vouched = adapter.store.voucher(&repository(name), &content).unwrap();
        assert!(vouched.is_some(), "{name}");
        assert!(adapter.store.has_manifest(&repository(name), &digest).unwrap(), "{name}");
    }
    assert_eq!(adapter.read(&content).unwrap(), chart("app", "1.0.0").content);
}

#[test]
fn a_chart_in_the_repository_of_its_name_counts_before_others() {
    for other in ["team/a", "team/z"] {
        let (registry, adapter) = world();
        let counts = chart("m", "1.0.0").content("own").put(&registry, "team/m", "odd");
        chart("m", "1.0.0").content("stray").put(&registry, other, "1.0.0");
        let more = chart("m", "2.0.0").put(&registry, other, "2.0.0");
        adapter.refresh();
        assert_eq!(adapter.version("team/m", "1.0.0"), Some(counts), "{other}");
        assert_eq!(adapter.version("team/m", "2.0.0"), Some(more), "{other}");
        assert_eq!(adapter.versions(), ["team/m 1.0.0", "team/m 2.0.0"]);
    }
}
