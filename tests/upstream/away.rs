//! The registry is away, or answers nothing that helps.

use std::time::Duration;

use hreg::error::{Classified as _, Kind};
use hreg::remote::Policy;
use hreg::storage::Memory;

use crate::charts::{chart, put};
use crate::server::Reply;
use crate::world::{Adapter, Scripted, client, count, options, quick, world};

#[test]
fn without_a_registry_there_is_nothing() {
    let (registry, adapter) = world();
    drop(registry);
    let error = adapter.refresh_fails();
    assert_eq!(error.kind(), Kind::Unreachable);
    assert!(error.hint().is_some());
    let condition = adapter.upstream.condition();
    assert!(condition.age.is_none());
    assert!(condition.failure.unwrap().contains("cannot be reached"));
    assert_eq!((condition.walks, condition.failures), (1, 1));
    let warnings = adapter.warnings();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(!warnings[0].contains("found before"), "nothing was: {warnings:?}");
    assert!(adapter.versions().is_empty() && adapter.store.spaces().unwrap().is_empty());
}

#[test]
fn what_was_found_before_is_served_while_the_registry_is_away() {
    let (registry, adapter) = world();
    put(&registry, "team/x", "1.0.0");
    put(&registry, "team/x", "2.0.0");
    adapter.refresh();
    let read = chart("x", "1.0.0");
    assert_eq!(adapter.read(&read.content_digest()).unwrap(), read.content);
    drop(registry);
    adapter.refresh_fails();
    adapter.refresh_fails();
    let condition = adapter.upstream.condition();
    assert!(condition.age.is_some() && condition.failure.is_some());
    assert_eq!((condition.walks, condition.failures), (3, 2));
    let warnings = adapter.warnings();
    assert_eq!(warnings.len(), 1, "it is told once: {warnings:?}");
    assert!(warnings[0].ends_with("what was found before is served"), "{warnings:?}");
    assert_eq!(adapter.versions(), ["team/x 1.0.0", "team/x 2.0.0"]);
    assert_eq!(adapter.rows().len(), 2);
    assert_eq!(adapter.read(&read.content_digest()).unwrap(), read.content);
    let unread = adapter.read(&chart("x", "2.0.0").content_digest()).unwrap_err();
    assert_eq!(unread.kind(), Kind::Unreachable, "{unread}");
}

#[test]
fn after_a_failure_the_next_walk_is_not_begun_at_once() {
    let (registry, adapter) = world();
    registry.fails("_catalog", 500);
    adapter.refresh_fails();
    assert!(!adapter.upstream.is_due(), "whoever asks next would ask again");
    let mut restless = options(&registry.host());
    restless.refresh = Duration::ZERO;
    let restless = Adapter::with(restless, Box::new(Memory::new()));
    restless.refresh_fails();
    assert!(restless.upstream.is_due(), "no pause is longer than what was asked for");
    registry.recovers();
    restless.refresh();
    let condition = restless.upstream.condition();
    assert!(condition.failure.is_none() && condition.age.is_some());
    restless.warnings();
    registry.fails("_catalog", 500);
    restless.refresh_fails();
    assert_eq!(restless.warnings().len(), 1, "it is told again");
}

#[test]
fn a_registry_that_lists_nothing_is_no_empty_one() {
    for status in [401, 403, 404, 405] {
        let (registry, adapter) = world();
        put(&registry, "team/x", "1.0.0");
        registry.fails("_catalog", status);
        let error = adapter.refresh_fails();
        assert!(error.to_string().contains("repositories"), "{error}");
        let hint = error.hint().unwrap_or_default();
        assert!(hint.contains("repositories"), "{status}: {error}: {hint}");
        assert!(adapter.upstream.condition().age.is_none());
    }
}

#[test]
fn a_registry_that_falls_silent_under_way_is_away() {
    let registry = Scripted::start();
    for number in 0..60 {
        put(&registry, "team/x", &format!("1.0.{number}"));
    }
    let policy = Policy { retries: 0, stall: Duration::from_millis(300), ..quick() };
    let mut options = options(&registry.host());
    options.jobs = 16;
    let adapter = Adapter::over(client(policy), options, Box::new(Memory::new()));
    registry.rule(|seen| seen.target.contains("/manifests/").then(Reply::silent));
    let asked = registry.asked(|| {
        let error = adapter.refresh_fails().to_string();
        assert!(error.contains("takes too long"), "{error}");
    });
    let waited = count(&asked, &["/manifests/"]);
    assert!(waited < 60, "not everything is asked for in vain: {waited}");
    assert!(adapter.upstream.condition().age.is_none());
}
