//! Charts that were fetched, kept with their names: what the store then has, and what is served of it while
//! the registry is away.

use std::path::Path;
use std::sync::Arc;

use hreg::digest::Digest;
use hreg::progress::Silent;
use hreg::storage::{Driver, Filesystem, Mode, Wait};
use hreg::store::Store;
use tempfile::TempDir;

use crate::charts::{Chart, chart, put};
use crate::world::{Adapter, Scripted, count, options, repository};

/// Starts an adapter that mirrors into a folder.
fn mirror(host: &str, folder: &Path, limit: u64) -> Adapter {
    let mut options = options(host);
    (options.mirror, options.cache_bytes) = (true, limit);
    Adapter::with(options, Box::new(Filesystem::open(folder).unwrap()))
}

/// Is a registry, and an adapter that mirrors it and has walked.
fn world(limit: u64) -> (Scripted, Adapter, TempDir) {
    let (registry, folder) = (Scripted::start(), TempDir::new().unwrap());
    let adapter = mirror(&registry.host(), folder.path(), limit);
    (registry, adapter, folder)
}

fn read(adapter: &Adapter, chart: &Chart) {
    assert!(adapter.read(&chart.content_digest()).unwrap() == chart.content);
}

/// Lists what a store has in which nothing may be damaged, without the registry's name.
fn kept(folder: &Path, registry: &Scripted) -> Vec<String> {
    let driver = Box::new(Filesystem::open(folder).unwrap());
    let store = Store::new(driver, None, Arc::new(Silent));
    let verified = store.verify().unwrap();
    assert!(verified.findings.is_empty(), "{:?}", verified.findings);
    let rows = store.list(|_| true).unwrap().rows;
    let host = format!("{}/", registry.host());
    let name = |text: String| text.strip_prefix(&host).unwrap().to_owned();
    rows.iter().map(|row| name(row.reference.to_string())).collect()
}

#[test]
fn what_was_fetched_is_a_store_like_any_other() {
    let (registry, adapter, folder) = world(64 << 20);
    let signed = chart("x", "1.0.0").signed();
    signed.put(&registry, "team/x", "1.0.0");
    signed.put(&registry, "team/x", "latest");
    let single = chart("y", "2.0.0+b");
    single.put(&registry, "y", "2.0.0_b");
    put(&registry, "team/x", "1.1.0");
    adapter.refresh();
    assert_eq!(kept(folder.path(), &registry), Vec::<String>::new());
    read(&adapter, &signed);
    assert_eq!(kept(folder.path(), &registry), ["team/x:1.0.0", "team/x:latest"]);
    read(&adapter, &single);
    let all = ["y:2.0.0_b", "team/x:1.0.0", "team/x:latest"];
    assert_eq!(kept(folder.path(), &registry), all);
    let asked = registry.asked(|| drop(adapter.read(&Digest::of(&signed.provenance.unwrap()))));
    assert!(asked.is_empty(), "a signature is kept with its chart");
    assert!(adapter.warnings().is_empty());
}

#[test]
fn names_are_not_kept_where_that_was_not_asked_for() {
    let (registry, folder) = (Scripted::start(), TempDir::new().unwrap());
    let driver = Box::new(Filesystem::open(folder.path()).unwrap());
    let adapter = Adapter::with(options(&registry.host()), driver);
    put(&registry, "team/x", "1.0.0");
    adapter.refresh();
    read(&adapter, &chart("x", "1.0.0"));
    assert_eq!(kept(folder.path(), &registry), Vec::<String>::new());
}

#[test]
fn the_next_process_serves_it_while_the_registry_is_away() {
    let (registry, adapter, folder) = world(64 << 20);
    let fetched = chart("x", "1.0.0").signed();
    fetched.put(&registry, "team/x", "1.0.0");
    put(&registry, "team/x", "1.1.0");
    adapter.refresh();
    read(&adapter, &fetched);
    let (host, meta) = (registry.host(), fetched.meta_digest());
    let created = adapter.store.list(|_| true).unwrap().rows[0].created;
    drop(registry);
    adapter.refresh_fails();
    assert_eq!(adapter.versions(), ["team/x 1.0.0", "team/x 1.1.0"], "it was found before");
    drop(adapter);

    let next = mirror(&host, folder.path(), 64 << 20);
    assert!(next.upstream.condition().age.is_none(), "the registry is asked first");
    next.refresh_fails();
    let condition = next.upstream.condition();
    assert!(condition.age.is_some() && condition.failure.is_some());
    assert_eq!(next.versions(), ["team/x 1.0.0"]);
    read(&next, &fetched);
    assert_eq!(next.read(&meta).unwrap(), fetched.meta);
    let signature = fetched.provenance.unwrap();
    assert_eq!(next.read(&Digest::of(&signature)).unwrap(), signature);
    assert_eq!(next.store.list(|_| true).unwrap().rows[0].created, created);
    let warnings = next.warnings();
    assert!(warnings[0].ends_with("what was found before is served"), "{warnings:?}");
}

#[test]
fn the_next_process_asks_only_what_it_does_not_know() {
    let (registry, adapter, folder) = world(64 << 20);
    put(&registry, "team/x", "1.0.0");
    adapter.refresh();
    read(&adapter, &chart("x", "1.0.0"));
    put(&registry, "team/x", "1.1.0");
    let next = mirror(&registry.host(), folder.path(), 64 << 20);
    let asked = registry.asked(|| next.refresh());
    assert_eq!(count(&asked, &["HEAD", "/manifests/1.0.0"]), 1);
    assert_eq!(count(&asked, &["GET", "/manifests/1.1.0"]), 1);
    assert_eq!(count(&asked, &["/manifests/"]), 2, "{asked:?}");
    assert_eq!(next.versions(), ["team/x 1.0.0", "team/x 1.1.0"]);
}

#[test]
fn names_follow_those_of_the_registry() {
    let (registry, adapter, folder) = world(64 << 20);
    let first = chart("x", "1.0.0");
    first.put(&registry, "team/x", "1.0.0");
    put(&registry, "team/gone", "1.0.0");
    put(&registry, "team/other", "1.0.0");
    put(&registry, "team/x", "1.1.0");
    adapter.refresh();
    for fetched in [&first, &chart("gone", "1.0.0"), &chart("x", "1.1.0")] {
        read(&adapter, fetched);
    }
    let second = first.content("pushed again");
    second.put(&registry, "team/x", "1.0.0");
    chart("x", "1.1.0").put(&registry, "team/x", "stable");
    registry.remove_repository("team/gone");
    adapter.refresh();
    assert_eq!(kept(folder.path(), &registry), ["team/x:1.1.0", "team/x:stable"]);
    read(&adapter, &second);
    assert_eq!(kept(folder.path(), &registry), ["team/x:1.0.0", "team/x:1.1.0", "team/x:stable"]);
    // Who fails to answer has not said that anything is gone.
    registry.fails("/v2/team/x/tags", 500);
    adapter.refresh();
    assert_eq!(kept(folder.path(), &registry).len(), 3);
}

#[test]
fn a_chart_goes_as_a_whole_where_there_is_no_room() {
    let (registry, adapter, folder) = world(120_000);
    let charts: Vec<Chart> = (0..9)
        .map(|number| {
            let version = format!("1.0.{number}");
            let chart = chart("x", &version).content(format!("{number}").repeat(20_000)).signed();
            chart.put(&registry, "team/x", &version);
            chart
        })
        .collect();
    adapter.refresh();
    for chart in &charts {
        read(&adapter, chart);
        read(&adapter, &charts[0]);
        let names = kept(folder.path(), &registry);
        assert!(names.contains(&"team/x:1.0.0".to_owned()), "{names:?}");
        let size: u64 = adapter.driver().blobs().unwrap().iter().map(|blob| blob.size).sum();
        assert!(size <= 120_000, "{size} bytes are kept");
    }
    let names = kept(folder.path(), &registry);
    assert!(
        (2..4).contains(&names.len()) && names.contains(&"team/x:1.0.8".to_owned()),
        "{names:?}"
    );
    assert!(adapter.warnings().is_empty(), "{:?}", adapter.warnings());
}

#[test]
fn names_that_could_not_be_given_are_given_after_the_next_walk() {
    let (registry, adapter, folder) = world(64 << 20);
    let charts = [chart("a", "1.0.0"), chart("b", "1.0.0")];
    for (chart, repository) in charts.iter().zip(["team/a", "team/b"]) {
        chart.put(&registry, repository, "1.0.0");
    }
    adapter.refresh();
    charts.iter().for_each(|chart| read(&adapter, chart));
    for (chart, repository) in charts.iter().zip(["team/a", "team/b"]) {
        chart.put(&registry, repository, "stable");
    }
    // Somebody else has one of them locked for longer than is waited.
    let driver = Filesystem::open(folder.path()).unwrap();
    let patient = Wait { timeout: None, progress: &Silent };
    let lock = driver.lock_store(Mode::Shared, patient).unwrap();
    let first = repository(&format!("{}/team/a", registry.host()));
    let locks = driver.lock_charts(&lock, &[first], patient).unwrap();
    adapter.refresh();
    assert_eq!(kept(folder.path(), &registry), ["team/a:1.0.0", "team/b:1.0.0", "team/b:stable"]);
    assert_eq!(adapter.warnings().len(), 1);
    drop(locks);
    drop(lock);
    adapter.refresh();
    assert_eq!(
        kept(folder.path(), &registry),
        ["team/a:1.0.0", "team/a:stable", "team/b:1.0.0", "team/b:stable"]
    );
    assert!(adapter.warnings().is_empty());
}

#[test]
fn a_chart_is_kept_only_where_it_is() {
    let (registry, adapter, folder) = world(64 << 20);
    let strange = chart("x", "1.0.0");
    strange.put(&registry, "team/y", "1.0.0");
    put(&registry, "team/x", "1.1.0");
    adapter.refresh();
    assert_eq!(adapter.versions(), ["team/x 1.0.0", "team/x 1.1.0"]);
    read(&adapter, &strange);
    assert_eq!(kept(folder.path(), &registry), Vec::<String>::new());
    assert!(adapter.warnings().is_empty());
}

#[test]
fn a_part_that_is_too_large_is_not_fetched() {
    let (registry, adapter, folder) = world(100_000);
    let mut signed = chart("x", "1.0.0");
    let signature = vec![b's'; 30_000];
    signed.provenance = Some(signature.clone());
    signed.put(&registry, "team/x", "1.0.0");
    adapter.refresh();
    let asked = registry.asked(|| read(&adapter, &signed));
    assert_eq!(count(&asked, &[&Digest::of(&signature).to_string()]), 0, "{asked:?}");
    assert_eq!(kept(folder.path(), &registry), Vec::<String>::new());
    assert_eq!(adapter.warnings().len(), 1);
}

#[test]
fn what_could_not_be_kept_is_tried_again_after_the_next_walk() {
    let (registry, adapter, folder) = world(64 << 20);
    let signed = chart("x", "1.0.0").signed();
    signed.put(&registry, "team/x", "1.0.0");
    adapter.refresh();
    let signature = Digest::of(signed.provenance.as_ref().unwrap()).to_string();
    registry.fails(&signature, 500);
    let read = || read(&adapter, &signed);
    assert!(count(&registry.asked(read), &[&signature]) > 0);
    let asked = registry.asked(|| (0..3).for_each(|_| read()));
    assert_eq!(count(&asked, &[&signature]), 0, "{asked:?}");
    assert_eq!(adapter.warnings().len(), 1);
    registry.recovers();
    adapter.refresh();
    read();
    assert_eq!(kept(folder.path(), &registry), ["team/x:1.0.0"]);
    assert!(adapter.warnings().is_empty());
}
