//! Charts: a version like any other, whichever way they came in.

use hreg::digest::Digest;
use serde_json::{Value, json};

use super::{MANIFEST, code};
use crate::environment::Environment;
use crate::world::{Answer, World};

const CONFIG: &str = "application/vnd.cncf.helm.config.v1+json";
const CONTENT: &str = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";

/// Is a chart as Helm pushes it.
struct Chart {
    config: Vec<u8>,
    content: Vec<u8>,
    manifest: Value,
}

fn chart(test: &Environment, name: &str, version: &str, note: &str) -> Chart {
    let folder = format!("made/{name}");
    test.chart_in(&folder, name, version);
    test.write(&format!("{folder}/templates/NOTES.txt"), note);
    test.archive(&folder, "made/chart.tgz");
    let content = std::fs::read(test.path("made/chart.tgz")).unwrap();
    let config = json!({ "name": name, "version": version, "apiVersion": "v2" }).to_string();
    let config = config.into_bytes();
    let part = |kind: &str, bytes: &[u8]| super::descriptor(kind, bytes);
    let manifest = json!({
        "schemaVersion": 2,
        "config": part(CONFIG, &config),
        "layers": [part(CONTENT, &content)],
    });
    Chart { config, content, manifest }
}

impl World {
    fn push(&self, chart: &Chart, place: &str) -> Answer {
        let (repository, _) = place.split_once("/manifests/").unwrap();
        self.put_blob(repository, &chart.config);
        self.put_blob(repository, &chart.content);
        self.put_manifest(place, MANIFEST, chart.manifest.to_string().as_bytes())
    }
}

#[test]
fn a_pushed_chart_is_a_version() {
    let world = World::start();
    let first = chart(&world.test, "mychart", "1.0.0+build", "");
    assert_eq!(world.push(&first, "team/mychart/manifests/1.0.0_build").status, 201);
    let listed = world.test.ok(&["list", "--short", "team/mychart"]);
    assert_eq!(listed, "team/mychart:1.0.0_build\n");
    let exported = world.test.run(&["export", "--archive", "team/mychart:1.0.0+build"]);
    assert_eq!(exported.code, Some(0), "{exported}");
    let name = "mychart-1.0.0+build.tgz";
    assert_eq!(std::fs::read(world.test.path(name)).unwrap(), first.content);
    let latest = chart(&world.test, "mychart", "2.0.0", "");
    assert_eq!(world.push(&latest, "team/mychart/manifests/latest").status, 201);
    let tags = world.get("/v2/team/mychart/tags/list").json();
    assert_eq!(tags["tags"], json!(["1.0.0_build", "2.0.0", "latest"]));
    world.test.ok(&["verify"]);
}

#[test]
fn a_saved_chart_is_pulled() {
    let world = World::start();
    world.test.chart("mychart", "1.0.0");
    world.test.ok(&["save", "mychart", "mychart:stable"]);
    let by_version = world.get("/v2/mychart/manifests/1.0.0");
    assert_eq!(by_version.status, 200);
    assert_eq!(world.get("/v2/library/mychart/manifests/stable").body, by_version.body);
    let tags = world.get("/v2/mychart/tags/list").json();
    assert_eq!(tags, json!({ "name": "mychart", "tags": ["1.0.0", "stable"] }));
    world.test.ok(&["remove", "--all", "mychart"]);
    assert_eq!(world.get("/v2/mychart/manifests/1.0.0").status, 404);
}

#[test]
fn a_chart_is_named_as_it_calls_itself() {
    let world = World::start();
    let chart = chart(&world.test, "mychart", "1.0.0", "");
    for place in ["team/other/manifests/1.0.0", "team/mychart/manifests/2.0.0"] {
        let refused = world.push(&chart, place);
        assert_eq!(code(&refused), "400 MANIFEST_INVALID", "{place}");
        assert!(refused.text().contains("mychart 1.0.0"), "{}", refused.text());
    }
    let mut liar = Chart { config: br#"{"name":"mychart","version":"9.0.0"}"#.to_vec(), ..chart };
    liar.manifest["config"] = super::descriptor(CONFIG, &liar.config);
    let refused = world.push(&liar, "team/mychart/manifests/1.0.0");
    assert_eq!(code(&refused), "400 MANIFEST_INVALID");
    let mut broken = liar;
    broken.content = b"no archive".to_vec();
    broken.manifest["layers"][0] = super::descriptor(CONTENT, &broken.content);
    let refused = world.push(&broken, "team/mychart/manifests/1.0.0");
    assert_eq!(code(&refused), "400 MANIFEST_INVALID");
    assert_eq!(code(&world.get("/v2/team/mychart/tags/list")), "404 NAME_UNKNOWN");
    world.test.ok(&["verify"]);
}

#[test]
fn the_policy_of_a_space_holds() {
    let world = World::start();
    world.test.ok(&["space", "create", "frozen", "--immutable", "--charts-only"]);
    let first = chart(&world.test, "mychart", "1.0.0", "one");
    let second = chart(&world.test, "mychart", "1.0.0", "two");
    let place = "frozen/mychart/manifests/1.0.0";
    assert_eq!(world.push(&first, place).status, 201);
    assert_eq!(world.push(&first, place).status, 201, "the same again is no change");
    let refused = world.push(&second, place);
    assert_eq!(code(&refused), "409 DENIED");
    assert!(refused.text().contains("immutable"), "{}", refused.text());
    let kept = world.get(&format!("/v2/{place}"));
    assert_eq!(Digest::of(&kept.body), Digest::of(first.manifest.to_string().as_bytes()));
    world.put_blob("frozen/x", b"{}");
    world.put_blob("frozen/x", b"text");
    let other = super::artifact("text").to_string();
    let refused = world.put_manifest("frozen/x/manifests/v", MANIFEST, other.as_bytes());
    assert_eq!(code(&refused), "403 DENIED");
}

#[test]
fn no_tag_takes_the_name_of_another_version() {
    let world = World::start();
    let chart = chart(&world.test, "mychart", "1.0.0", "");
    world.push(&chart, "team/mychart/manifests/1.0.0");
    world.put_blob("team/mychart", b"{}");
    world.put_blob("team/mychart", b"text");
    let other = super::artifact("text").to_string();
    let refused = world.put_manifest("team/mychart/manifests/1.0.0", MANIFEST, other.as_bytes());
    assert_eq!(code(&refused), "409 DENIED");
}

#[test]
fn many_versions_are_pushed_at_once() {
    let world = World::start();
    let charts: Vec<Chart> =
        (0..24).map(|number| chart(&world.test, "mychart", &format!("1.0.{number}"), "")).collect();
    std::thread::scope(|scope| {
        for (number, chart) in charts.iter().enumerate() {
            let place = format!("team/mychart/manifests/1.0.{number}");
            let world = &world;
            scope.spawn(move || assert_eq!(world.push(chart, &place).status, 201));
        }
    });
    let tags = world.get("/v2/team/mychart/tags/list").json();
    assert_eq!(tags["tags"].as_array().unwrap().len(), 24);
    world.test.ok(&["verify"]);
}

#[test]
fn a_collection_beside_a_push_takes_nothing() {
    let world = World::start();
    for number in 0..8 {
        let version = format!("1.0.{number}");
        let chart = chart(&world.test, "mychart", &version, "");
        world.put_blob("team/mychart", &chart.config);
        world.test.ok(&["gc", "--grace", "0"]);
        world.put_blob("team/mychart", &chart.content);
        world.test.ok(&["gc", "--grace", "0"]);
        let place = format!("team/mychart/manifests/{version}");
        let bytes = chart.manifest.to_string();
        assert_eq!(world.put_manifest(&place, MANIFEST, bytes.as_bytes()).status, 201);
        world.test.ok(&["gc", "--grace", "0"]);
        let path = format!("/v2/team/mychart/blobs/{}", Digest::of(&chart.content));
        assert!(world.get(&path).body == chart.content);
    }
    world.test.ok(&["verify"]);
}
