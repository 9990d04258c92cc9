//! Repositories of the registry, by their names here.

use hreg::upstream::{Error, Place};

use crate::charts::{chart, put};
use crate::world::{Adapter, options, world};
use hreg::storage::Memory;

#[test]
fn repositories_of_every_depth_are_charts_in_spaces() {
    let (registry, adapter) = world();
    put(&registry, "mychart", "1.0.0");
    put(&registry, "team/app", "1.0.0");
    put(&registry, "team/apps/x", "2.0.0");
    put(&registry, "team/apps/x", "1.0.0");
    assert!(adapter.versions().is_empty(), "nothing is known before the first walk");
    adapter.refresh();
    let expected =
        ["library/mychart 1.0.0", "team/app 1.0.0", "team/apps/x 1.0.0", "team/apps/x 2.0.0"];
    assert_eq!(adapter.versions(), expected);
    let spaces = adapter.store.spaces().unwrap();
    let spaces: Vec<_> =
        spaces.iter().map(|space| (space.name.to_string(), space.charts, space.versions)).collect();
    let expected = [("library", 1, 1), ("team", 1, 1), ("team/apps", 1, 2)];
    assert_eq!(
        spaces,
        expected.map(|(name, charts, versions)| (name.to_owned(), charts, versions))
    );
    assert!(adapter.left_out().is_empty() && adapter.warnings().is_empty());
}

#[test]
fn of_a_place_with_a_path_only_what_is_below_it_is_served() {
    let (registry, _) = world();
    for repository in ["mychart", "team", "teamwork/x", "team/x", "team/apps/y", "other/team/z"] {
        put(&registry, repository, "1.0.0");
    }
    let adapter = Adapter::new(&format!("{}/team", registry.host()));
    adapter.refresh();
    assert_eq!(adapter.versions(), ["apps/y 1.0.0", "library/x 1.0.0"]);
    let content = chart("x", "1.0.0").content_digest();
    assert_eq!(adapter.read(&content).unwrap(), chart("x", "1.0.0").content);
    let asked = registry.server().lines();
    assert!(!asked.iter().any(|line| line.contains("other") || line.contains("teamwork")));
}

#[test]
fn of_two_repositories_with_one_name_here_one_counts() {
    let (registry, adapter) = world();
    let counts = chart("x", "1.0.0").content("first").put(&registry, "library/x", "1.0.0");
    chart("x", "1.0.0").content("second").put(&registry, "x", "1.0.0");
    chart("x", "2.0.0").content("third").put(&registry, "x", "2.0.0");
    adapter.refresh();
    assert_eq!(adapter.versions(), ["library/x 1.0.0"]);
    assert_eq!(adapter.version("library/x", "1.0.0"), Some(counts));
    // Whichever the registry lists first.
    chart("a", "1.0.0").content("other").put(&registry, "a", "2.0.0");
    put(&registry, "library/a", "1.0.0");
    adapter.refresh();
    assert_eq!(adapter.versions(), ["library/a 1.0.0", "library/x 1.0.0"]);
    let expected = |name: &str| (name.to_owned(), format!("there is library/{name} as well"));
    assert_eq!(adapter.left_out(), ["a", "x"].map(expected));
}

#[test]
fn a_repository_that_no_chart_can_have_is_told_of() {
    let (registry, adapter) = world();
    put(&registry, "docker.io/library/x", "1.0.0");
    put(&registry, "team/x", "1.0.0");
    adapter.refresh();
    assert_eq!(adapter.versions(), ["team/x 1.0.0"]);
    let reason = "its name is none that a chart can have";
    assert_eq!(adapter.left_out(), [("docker.io/library/x".to_owned(), reason.to_owned())]);
    // What is left out for its name is no failure of those that are listed.
    registry.fails("/v2/broken/", 500);
    put(&registry, "broken/x", "1.0.0");
    adapter.refresh();
    assert_eq!(adapter.versions(), ["team/x 1.0.0"]);
}

#[test]
fn emptied_repositories_make_no_space() {
    let (registry, adapter) = world();
    put(&registry, "gone/x", "1.0.0");
    put(&registry, "team/x", "1.0.0");
    adapter.refresh();
    // The manifest stays, and so the catalogue goes on to name its repository.
    registry.remove_manifest("gone/x", "1.0.0");
    put(&registry, "refused/x", "1.0.0");
    registry.fails("/v2/refused/", 401);
    adapter.refresh();
    let spaces = adapter.driver().spaces().unwrap();
    assert_eq!(spaces.iter().map(ToString::to_string).collect::<Vec<_>>(), ["team"]);
    let repositories = adapter.driver().repositories().unwrap();
    assert_eq!(repositories.iter().map(ToString::to_string).collect::<Vec<_>>(), ["team/x"]);
}

#[test]
fn places_are_checked() {
    for wrong in ["", "/", "host/a//b", "host/..", "https://host", "host/a b", "ho st"] {
        let error = Place::parse(wrong).unwrap_err();
        assert!(matches!(error, Error::Place { .. }), "{wrong}: {error}");
    }
    for (text, shown) in [("host:5000", "host:5000"), ("host/a/b/", "host/a/b")] {
        assert_eq!(Place::parse(text).unwrap().to_string(), shown);
    }
}

#[test]
fn nothing_can_be_written() {
    let (registry, adapter) = world();
    put(&registry, "team/x", "1.0.0");
    adapter.refresh();
    let asked = registry.asked(|| {
        let error = adapter.store.writer().map(drop).unwrap_err().to_string();
        assert!(error.contains(&format!("push to {}", registry.host())), "{error}");
    });
    assert!(asked.is_empty());
    let host = registry.host();
    let place = Place::parse(&format!("{host}/team")).unwrap();
    let below = hreg::upstream::Options { place, ..options(&host) };
    let adapter = Adapter::with(below, Box::new(Memory::new()));
    assert_eq!(adapter.upstream.place().to_string(), format!("{host}/team"));
}
