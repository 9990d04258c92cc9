//! All doors at once: what comes in by one is at once seen through all others, and by the commands.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::form::archive;
use crate::world::{Answer, World};

/// The ways in.
const DOORS: [&str; 4] = ["command", "oci", "space", "museum"];

/// Brings a chart into `library`, and tells whether it was taken as a new one.
fn bring(world: &World, door: &str, name: &str, version: &str, bytes: &[u8]) -> bool {
    let status = |answer: Answer| answer.status == 201;
    match door {
        "command" => {
            let file = format!("{name}-{version}-{}.tgz", bytes.len());
            world.test.write(&file, bytes);
            world.test.run(&["save", &file, "--no-overwrite"]).code == Some(0)
        }
        "oci" => push(world, name, version, bytes),
        "space" => {
            let line = "POST /api/v1/spaces/library/charts";
            status(world.send_form(line, &[("chartfile", bytes)]))
        }
        _ => status(world.send_form("POST /api/charts", &[("chart", bytes)])),
    }
}

/// Pushes a chart as Helm does.
fn push(world: &World, name: &str, version: &str, bytes: &[u8]) -> bool {
    use crate::oci::{MANIFEST, descriptor};
    const CONFIG: &str = "application/vnd.cncf.helm.config.v1+json";
    const CONTENT: &str = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
    let repository = format!("library/{name}");
    let config = serde_json::json!({ "name": name, "version": version, "apiVersion": "v2" });
    let config = config.to_string().into_bytes();
    world.put_blob(&repository, &config);
    world.put_blob(&repository, bytes);
    let manifest = serde_json::json!({
        "schemaVersion": 2,
        "config": descriptor(CONFIG, &config),
        "layers": [descriptor(CONTENT, bytes)],
    });
    let place = format!("{repository}/manifests/{version}");
    world.put_manifest(&place, MANIFEST, manifest.to_string().as_bytes()).status == 201
}

/// Lists the versions of a chart as each way out tells them.
fn seen(world: &World, name: &str) -> Vec<(&'static str, BTreeSet<String>)> {
    let texts = |list: &Value| -> BTreeSet<String> {
        let text = |one: &Value| one["version"].as_str().or(one.as_str()).unwrap().to_owned();
        list.as_array().into_iter().flatten().map(text).collect()
    };
    let index = world.get("/index.yaml");
    let index = hreg::chart::yaml::parse(&index.body).unwrap();
    let space = format!("/api/v1/spaces/library/charts/{name}/versions?limit=1000");
    let listed = world.test.json(&["version", "list", name]);
    vec![
        ("index.yaml", texts(&index["entries"][name])),
        ("tags", texts(&world.get(&format!("/v2/library/{name}/tags/list")).json()["tags"])),
        ("space", texts(&world.get(&space).json()["items"])),
        ("museum", texts(&world.get(&format!("/api/charts/{name}")).json())),
        ("command", texts(&listed)),
    ]
}

#[track_caller]
fn assert_seen(world: &World, name: &str, expected: &BTreeSet<String>) {
    for (way, versions) in seen(world, name) {
        assert_eq!(versions, *expected, "{way}");
    }
}

#[test]
fn what_comes_in_by_one_door_is_seen_through_all() {
    let world = World::start();
    let mut expected = BTreeSet::new();
    for (number, door) in DOORS.iter().cycle().take(12).enumerate() {
        let version = format!("1.{number}.0");
        let bytes = archive(&world.test, "a", &version, door);
        assert!(bring(&world, door, "a", &version, &bytes), "{door}");
        expected.insert(version.clone());
        assert_seen(&world, "a", &expected);
        assert!(world.get(&format!("/charts/a-{version}.tgz")).body == bytes);
    }
    let deletions: [&dyn Fn(&str); 4] = [
        &|version| drop(world.test.ok(&["version", "remove", &format!("a:{version}")])),
        &|version| {
            let path = format!("DELETE /v2/library/a/manifests/{version}");
            assert_eq!(world.ask(&path, &[], b"").status, 202);
        },
        &|version| {
            let path = format!("DELETE /api/v1/spaces/library/charts/a/versions/{version}");
            assert_eq!(world.ask(&path, &[], b"").status, 204);
        },
        &|version| {
            let path = format!("DELETE /api/charts/a/{version}");
            assert_eq!(world.ask(&path, &[], b"").status, 200);
        },
    ];
    for (number, delete) in deletions.iter().enumerate() {
        let version = format!("1.{number}.0");
        delete(&version);
        expected.remove(&version);
        assert_seen(&world, "a", &expected);
    }
}

#[test]
fn versions_that_come_by_all_doors_at_once_are_all_there() {
    let world = World::start();
    let charts: Vec<(String, Vec<u8>)> = (0..32)
        .map(|number| format!("1.{number}.0"))
        .map(|version| (version.clone(), archive(&world.test, "a", &version, "")))
        .collect();
    std::thread::scope(|scope| {
        // What is on its way is not to be collected.
        scope.spawn(|| (0..10).for_each(|_| drop(world.test.ok(&["gc", "--grace", "0"]))));
        for (number, (version, bytes)) in charts.iter().enumerate() {
            let (world, door) = (&world, DOORS[number % DOORS.len()]);
            scope.spawn(move || assert!(bring(world, door, "a", version, bytes), "{door}"));
            scope.spawn(move || assert_eq!(world.get("/index.yaml").status, 200));
        }
    });
    for (version, bytes) in &charts {
        assert!(world.get(&format!("/charts/a-{version}.tgz")).body == *bytes);
    }
    assert_seen(&world, "a", &charts.into_iter().map(|(version, _)| version).collect());
    world.test.ok(&["verify"]);
}

#[test]
fn of_two_that_want_one_immutable_version_one_gets_it() {
    let world = World::start();
    world.test.ok(&["space", "create", "library", "--immutable"]);
    for round in 0..6 {
        let version = format!("1.{round}.0");
        let pairs = [("oci", "space"), ("museum", "oci"), ("space", "museum")];
        let (one, other) = pairs[round % pairs.len()];
        let first = archive(&world.test, "a", &version, "first");
        let second = archive(&world.test, "a", &version, "second, and longer");
        let won = std::thread::scope(|scope| {
            let one = scope.spawn(|| bring(&world, one, "a", &version, &first));
            let other = scope.spawn(|| bring(&world, other, "a", &version, &second));
            [one.join().unwrap(), other.join().unwrap()]
        });
        assert_eq!(won.iter().filter(|won| **won).count(), 1, "{one} {other}");
        let kept = world.get(&format!("/charts/a-{version}.tgz")).body;
        assert!(kept == if won[0] { first } else { second });
    }
}
