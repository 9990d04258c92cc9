//! Which repositories are asked: those that are listed, on however many pages, or those given.

use std::time::Duration;

use hreg::storage::Memory;

use crate::charts::{chart, put};
use crate::world::{Adapter, count, options, repository, world};

#[test]
fn repositories_that_are_given_are_not_asked_for() {
    let (registry, _) = world();
    put(&registry, "team/x", "1.0.0");
    put(&registry, "team/other", "1.0.0");
    put(&registry, "y", "1.0.0");
    registry.fails("_catalog", 404);
    let mut given = options(&registry.host());
    given.repositories = ["y", "team/x", "team/none", "y"].map(str::to_owned).to_vec();
    let adapter = Adapter::with(given, Box::new(Memory::new()));
    let asked = registry.asked(|| adapter.refresh());
    assert_eq!(adapter.versions(), ["library/y 1.0.0", "team/x 1.0.0"]);
    assert_eq!(count(&asked, &["_catalog"]), 0);
    assert_eq!(count(&asked, &["tags/list"]), 3);
    let left_out = adapter.left_out();
    assert!(left_out.len() == 1 && left_out[0].0 == "team/none", "{left_out:?}");
    // Something else answers at the registry's address.
    registry.fails("/v2/", 404);
    adapter.refresh_fails();
    assert_eq!(adapter.versions(), ["library/y 1.0.0", "team/x 1.0.0"]);
}

#[test]
fn lists_on_many_pages_are_read_to_their_end() {
    let (registry, adapter) = world();
    for name in ["a", "b", "c", "team/d", "team/e"] {
        put(&registry, name, "1.0.0");
    }
    for number in 0..7 {
        put(&registry, "team/many", &format!("1.0.{number}"));
    }
    registry.turn_pages(2);
    let asked = registry.asked(|| adapter.refresh());
    assert_eq!(count(&asked, &["_catalog"]), 3);
    assert_eq!(count(&asked, &["team/many/tags/list"]), 4);
    assert_eq!(adapter.versions().len(), 12);
}

#[test]
fn large_registries_are_read_whole() {
    let (registry, adapter) = world();
    for number in 0..250 {
        put(&registry, &format!("team{}/chart{number}", number % 7), "1.0.0");
    }
    for number in 0..1500 {
        put(&registry, "team/many", &format!("1.{number}.0"));
    }
    registry.turn_pages(100);
    let asked = registry.asked(|| adapter.refresh());
    assert_eq!(adapter.versions().len(), 1750);
    let many = repository("team/many");
    assert_eq!(adapter.store.versions(&many).unwrap().len(), 1500);
    assert_eq!(count(&asked, &["GET", "/manifests/"]), 1750);
    assert_eq!(count(&asked, &["team/many/tags/list"]), 15);
    let content = chart("many", "1.1234.0");
    assert_eq!(adapter.read(&content.content_digest()).unwrap(), content.content);
    let asked = registry.asked(|| adapter.refresh());
    assert_eq!(asked.len(), 3 + 250 + 15 + 1750);
    assert!(adapter.left_out().is_empty());
}

#[test]
fn tags_that_no_reference_can_name_are_passed_over() {
    let (registry, adapter) = world();
    put(&registry, "x", "1.0.0");
    for odd in [".hidden", "-dash", "a b", "a%2fb", &"x".repeat(129)] {
        chart("x", "6.6.6").put(&registry, "x", odd);
    }
    adapter.refresh();
    assert_eq!(adapter.versions(), ["library/x 1.0.0"]);
    assert_eq!(adapter.rows().len(), 1);
}

#[test]
fn two_adapters_say_the_same() {
    let (registry, one) = world();
    for (version, created) in
        [("1.0.0", Some("2024-05-06T07:08:09Z")), ("1.1.0", None), ("2.0.0", Some("never"))]
    {
        let mut chart = chart("x", version).signed();
        chart.created = created.map(str::to_owned);
        chart.put(&registry, "team/x", version);
    }
    chart("x", "2.0.0").put(&registry, "team/x", "latest");
    chart("x", "1.0.0").content("stray").put(&registry, "team/a", "1.0.0");
    let mut other = options(&registry.host());
    (other.jobs, other.cache_bytes) = (1, 0);
    let other = Adapter::with(other, Box::new(Memory::new()));
    one.refresh();
    one.refresh();
    other.refresh();
    let (one_driver, other_driver) = (one.driver(), other.driver());
    let repositories = one_driver.repositories().unwrap();
    assert_eq!(repositories, other_driver.repositories().unwrap());
    assert_eq!(repositories.len(), 2);
    for name in &repositories {
        assert_eq!(one_driver.names(name).unwrap(), other_driver.names(name).unwrap());
        for manifest in one_driver.entries(name).unwrap() {
            let created = one_driver.created(name, &manifest).unwrap();
            assert!(created.is_some());
            assert_eq!(created, other_driver.created(name, &manifest).unwrap());
            let entry = one_driver.entry(name, &manifest).unwrap();
            assert_eq!(entry, other_driver.entry(name, &manifest).unwrap());
            assert_eq!(one.store.facts(&manifest).unwrap(), other.store.facts(&manifest).unwrap());
            assert_eq!(one.read(&manifest).unwrap(), other.read(&manifest).unwrap());
        }
    }
    assert_eq!(one.rows(), other.rows());
}

#[test]
fn charts_are_as_old_as_they_say() {
    let (registry, adapter) = world();
    for (version, created) in [
        ("1.0.0", Some("2024-05-06T07:08:09Z")),
        ("1.1.0", None),
        ("1.2.0", Some("yesterday")),
        ("1.3.0", Some("1969-01-01T00:00:00Z")),
    ] {
        let mut chart = chart("x", version);
        chart.created = created.map(str::to_owned);
        chart.put(&registry, "team/x", version);
    }
    adapter.refresh();
    for (version, seconds) in [("1.0.0", 1_714_979_289), ("1.1.0", 0), ("1.2.0", 0), ("1.3.0", 0)] {
        let manifest = adapter.version("team/x", version).unwrap();
        let created = adapter.store.created(&repository("team/x"), &manifest).unwrap().unwrap();
        let age = created.duration_since(std::time::UNIX_EPOCH).unwrap();
        assert_eq!(age, Duration::from_secs(seconds), "{version}");
    }
}
