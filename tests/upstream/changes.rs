//! What walks cost, and how they follow what changes on the registry.

use std::time::Duration;

use hreg::storage::State;

use crate::charts::{chart, put};
use crate::world::{Adapter, Scripted, count, repository, world};

/// Puts three charts with six versions; all of these have a tag.
fn fill(registry: &Scripted) {
    for version in ["1.0.0", "1.1.0", "2.0.0"] {
        put(registry, "mychart", version);
    }
    put(registry, "team/app", "1.0.0");
    put(registry, "team/app", "1.0.1");
    put(registry, "team/apps/x", "0.1.0");
}

#[test]
fn the_first_walk_asks_for_each_thing_once() {
    let (registry, adapter) = world();
    fill(&registry);
    let asked = registry.asked(|| adapter.refresh());
    let per_kind = [&["GET", "_catalog"], &["GET", "/tags/list"], &["GET", "/manifests/"]];
    assert_eq!(per_kind.map(|texts| count(&asked, texts)), [1, 3, 6]);
    assert_eq!(count(&asked, &["GET", "/blobs/"]), 6, "one Chart.yaml of each version");
    assert_eq!(asked.len(), 1 + 3 + 6 + 6, "{asked:?}");
    let reads = registry.asked(|| assert_eq!(adapter.rows().len(), 6));
    assert!(reads.is_empty(), "what was fetched by the walk is kept: {reads:?}");
}

#[test]
fn later_walks_ask_only_what_tags_stand_for() {
    let (registry, adapter) = world();
    fill(&registry);
    adapter.refresh();
    let asked = registry.asked(|| adapter.refresh());
    assert_eq!(count(&asked, &["HEAD", "/manifests/"]), 6);
    assert_eq!(asked.len(), 1 + 3 + 6, "{asked:?}");
    assert_eq!(adapter.versions().len(), 6);
    assert_eq!(adapter.upstream.condition().walks, 2);
}

/// Reads the states of the names of three charts.
fn states(adapter: &Adapter) -> [State; 3] {
    ["library/mychart", "team/app", "team/apps/x"]
        .map(|name| adapter.store.names_state(&repository(name)).unwrap().unwrap())
}

#[test]
fn a_tag_that_is_pushed_again_shows_its_new_chart() {
    let (registry, adapter) = world();
    fill(&registry);
    adapter.refresh();
    let before = states(&adapter);
    adapter.refresh();
    assert_eq!(states(&adapter), before, "nothing has changed");
    let again = chart("mychart", "1.1.0").content("new bytes");
    let digest = again.put(&registry, "mychart", "1.1.0");
    let asked = registry.asked(|| adapter.refresh());
    assert_eq!(count(&asked, &["GET", "/manifests/"]), 1);
    assert_eq!(count(&asked, &["/blobs/"]), 0, "its Chart.yaml is the same");
    assert_eq!(adapter.version("library/mychart", "1.1.0"), Some(digest));
    assert_eq!(adapter.tagged("library/mychart", "1.1.0"), Some(digest));
    let facts = adapter.store.facts(&digest).unwrap().chart.unwrap();
    assert_eq!(adapter.read(&facts.content).unwrap(), b"new bytes");
    assert_eq!(adapter.versions().len(), 6);
    let after = states(&adapter);
    assert!(after[0] != before[0] && after[1..] == before[1..]);
}

#[test]
fn what_is_deleted_goes_and_what_is_new_comes() {
    let (registry, adapter) = world();
    fill(&registry);
    adapter.refresh();
    let before = states(&adapter);
    registry.remove_manifest("mychart", "1.1.0");
    registry.remove_repository("team/app");
    put(&registry, "team/new", "1.0.0");
    adapter.refresh();
    let expected =
        ["library/mychart 1.0.0", "library/mychart 2.0.0", "team/new 1.0.0", "team/apps/x 0.1.0"];
    assert_eq!(adapter.versions(), expected);
    assert_eq!(adapter.tagged("library/mychart", "1.1.0"), None);
    assert!(adapter.store.names(&repository("team/app")).is_err());
    let gone = chart("app", "1.0.0").content_digest();
    assert!(!adapter.store.has_blob(&gone).unwrap(), "what has no name any more cannot be had");
    let after = states(&adapter);
    assert!(after[0] != before[0] && after[1] != before[1] && after[2] == before[2]);
    put(&registry, "team/app", "1.0.0");
    adapter.refresh();
    assert!(!states(&adapter)[1..2].iter().any(|state| before.contains(state)));
    assert!(adapter.version("team/app", "1.0.0").is_some());
}

#[test]
fn a_tag_that_goes_while_a_walk_is_under_way_is_no_failure() {
    let (registry, adapter) = world();
    fill(&registry);
    registry.fails("/manifests/1.1.0", 404);
    adapter.refresh();
    assert_eq!(adapter.versions().len(), 5);
    assert!(adapter.left_out().is_empty());
}

#[test]
fn a_tag_that_moves_while_a_walk_is_under_way_is_what_was_fetched() {
    let (registry, adapter) = world();
    fill(&registry);
    adapter.refresh();
    // What is told first is no more what is given then.
    let told = chart("mychart", "2.0.0").content("told").put(&registry, "mychart", "2.0.0");
    let given = chart("mychart", "2.0.0").content("given").put(&registry, "mychart", "2.0.0");
    registry.rule(move |seen| {
        let is_told = seen.line() == "HEAD /v2/mychart/manifests/2.0.0";
        is_told.then(|| crate::server::Reply::new(200).header("Docker-Content-Digest", told))
    });
    adapter.refresh();
    assert_eq!(adapter.version("library/mychart", "2.0.0"), Some(given));
    assert_eq!(adapter.tagged("library/mychart", "2.0.0"), Some(given));
}

#[test]
fn a_walk_is_due_when_the_last_one_is_old() {
    let (registry, adapter) = world();
    fill(&registry);
    assert!(adapter.upstream.is_due() && adapter.upstream.condition().age.is_none());
    adapter.refresh();
    assert!(!adapter.upstream.is_due() && adapter.upstream.condition().age.is_some());
    let mut restless = crate::world::options(&registry.host());
    restless.refresh = Duration::ZERO;
    let restless = Adapter::with(restless, Box::new(hreg::storage::Memory::new()));
    restless.refresh();
    assert!(restless.upstream.is_due());
}
