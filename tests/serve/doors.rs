//! All doors at once: what comes in by one is at once seen through all others, and by the commands.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use hreg::digest::Digest;
use rustix::process::Signal;
use serde_json::Value;

use crate::form::archive;
use crate::oci::{MANIFEST, descriptor};
use crate::world::{Answer, Serving, World};

/// The ways in.
const DOORS: [&str; 4] = ["command", "oci", "space", "museum"];

/// Brings a chart into `library` as a new one; gives what was said instead of acknowledging it.
pub(crate) fn bring(
    world: &World,
    door: &str,
    name: &str,
    version: &str,
    bytes: &[u8],
) -> Result<(), String> {
    match door {
        "command" => {
            let file = format!("{name}-{version}-{}.tgz", bytes.len());
            world.test.write(&file, bytes);
            let run = world.test.run(&["save", &file, "--no-overwrite"]);
            if run.code == Some(0) { Ok(()) } else { Err(run.to_string()) }
        }
        "oci" => push(world, name, version, version, bytes),
        "space" => {
            let line = "POST /api/v1/spaces/library/charts";
            created(world.try_form(line, &[("chartfile", bytes)]))
        }
        _ => created(world.try_form("POST /api/charts", &[("chart", bytes)])),
    }
}

fn created(answer: Result<Answer, ureq::Error>) -> Result<(), String> {
    match answer {
        Ok(answer) if answer.status == 201 => Ok(()),
        Ok(answer) => Err(format!("{} {}", answer.status, answer.text())),
        Err(error) => Err(error.to_string()),
    }
}

/// Pushes a chart as Helm does, under any tag.
pub(crate) fn push(
    server: &Serving,
    name: &str,
    version: &str,
    tag: &str,
    bytes: &[u8],
) -> Result<(), String> {
    const CONFIG: &str = "application/vnd.cncf.helm.config.v1+json";
    const CONTENT: &str = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
    let place = format!("/v2/library/{name}");
    let config = serde_json::json!({ "name": name, "version": version, "apiVersion": "v2" });
    let config = config.to_string().into_bytes();
    for blob in [&config, bytes] {
        let line = format!("POST {place}/blobs/uploads/?digest={}", Digest::of(blob));
        created(server.try_ask(&line, &["Content-Type: application/octet-stream"], blob))?;
    }
    let manifest = serde_json::json!({
        "schemaVersion": 2,
        "config": descriptor(CONFIG, &config),
        "layers": [descriptor(CONTENT, bytes)],
    });
    let (line, kind) =
        (format!("PUT {place}/manifests/{tag}"), format!("Content-Type: {MANIFEST}"));
    created(server.try_ask(&line, &[&kind], manifest.to_string().as_bytes()))
}

/// Takes a version of `library` away, and tells whether that was acknowledged.
fn take(world: &World, door: &str, name: &str, version: &str) -> bool {
    let (line, status) = match door {
        "command" => {
            let reference = format!("{name}:{version}");
            return world.test.run(&["version", "remove", &reference]).code == Some(0);
        }
        "oci" => (format!("DELETE /v2/library/{name}/manifests/{version}"), 202),
        "space" => (format!("DELETE /api/v1/spaces/library/charts/{name}/versions/{version}"), 204),
        _ => (format!("DELETE /api/charts/{name}/{version}"), 200),
    };
    world.try_ask(&line, &[], b"").is_ok_and(|answer| answer.status == status)
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
        bring(&world, door, "a", &version, &bytes).unwrap_or_else(|said| panic!("{door}: {said}"));
        expected.insert(version.clone());
        assert_seen(&world, "a", &expected);
        assert!(world.get(&format!("/charts/a-{version}.tgz")).body == bytes);
    }
    for (number, door) in DOORS.iter().enumerate() {
        let version = format!("1.{number}.0");
        assert!(take(&world, door, "a", &version), "{door}");
        expected.remove(&version);
        assert_seen(&world, "a", &expected);
    }
}

/// Packs a chart in many versions, as packing is not to be what a test waits for.
fn versions(world: &World, name: &str, count: usize) -> Vec<(String, Vec<u8>)> {
    let numbers = (0..count).map(|number| format!("1.{number}.0"));
    numbers.map(|version| (version.clone(), archive(&world.test, name, &version, ""))).collect()
}

/// Does something over and over, with a short pause, until it is said that all is done.
fn meanwhile(done: &AtomicBool, work: impl Fn()) {
    while !done.load(Ordering::Relaxed) {
        work();
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn versions_that_come_by_all_doors_at_once_are_all_there() {
    const COUNT: usize = 64;
    let world = World::start();
    let charts = versions(&world, "a", COUNT);
    for version in ["8.0.0", "9.0.0"] {
        world.test.chart_in(&format!("moving/{version}"), "a", version);
    }
    world.test.chart("other", "1.0.0");
    let (done, left) = (AtomicBool::new(false), AtomicUsize::new(COUNT));
    std::thread::scope(|scope| {
        // What is on its way is not to be collected.
        scope.spawn(|| meanwhile(&done, || drop(world.test.ok(&["gc", "--grace", "0"]))));
        scope.spawn(|| {
            meanwhile(&done, || {
                world.test.ok(&["save", "moving/8.0.0", "moving/9.0.0", "other"]);
                world.test.ok(&["version", "remove", "a:8.0.0"]);
                world.test.ok(&["remove", "a:9.0.0"]);
                world.test.ok(&["remove", "--all", "other"]);
            });
        });
        scope.spawn(|| meanwhile(&done, || assert_eq!(world.get("/index.yaml").status, 200)));
        for (number, (version, bytes)) in charts.iter().enumerate() {
            let (world, door) = (&world, DOORS[number % DOORS.len()]);
            let (done, left) = (&done, &left);
            scope.spawn(move || {
                let is_in = bring(world, door, "a", version, bytes);
                if left.fetch_sub(1, Ordering::Relaxed) == 1 || is_in.is_err() {
                    done.store(true, Ordering::Relaxed);
                }
                is_in.unwrap_or_else(|said| panic!("{door} {version}: {said}"));
            });
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
    let pairs = (0..DOORS.len()).flat_map(|one| (one..DOORS.len()).map(move |other| (one, other)));
    for (one, other) in pairs {
        let (version, doors) = (format!("1.{one}.{other}"), [DOORS[one], DOORS[other]]);
        let first = archive(&world.test, "a", &version, "first");
        let second = archive(&world.test, "a", &version, "second, and longer");
        let won = std::thread::scope(|scope| {
            let one = scope.spawn(|| bring(&world, doors[0], "a", &version, &first));
            let other = scope.spawn(|| bring(&world, doors[1], "a", &version, &second));
            [one.join().unwrap(), other.join().unwrap()]
        });
        assert_eq!(won.iter().filter(|won| won.is_ok()).count(), 1, "{doors:?} {won:?}");
        let kept = world.get(&format!("/charts/a-{version}.tgz")).body;
        assert!(kept == if won[0].is_ok() { first } else { second }, "{doors:?}");
    }
}

/// Says what is known of a version once the server was killed.
#[derive(Debug)]
enum Fate {
    /// It was acknowledged, and must be there.
    Added,
    /// Its end was acknowledged, and it must be gone.
    Removed,
}

#[test]
fn what_any_door_acknowledged_survives_the_server() {
    const WRITERS: usize = 8;
    const VERSIONS: usize = 16;
    // Of the 128 versions half are removed again: nearly 200 writes, of which this many are let be.
    const BEFORE_THE_END: usize = 100;
    let world = World::start();
    let charts = versions(&world, "a", WRITERS * VERSIONS);
    world.test.ok(&["space", "create", "library"]);
    let (done, fates) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let acknowledge = |place: usize, fate: Fate| {
        fates.lock().unwrap().push((place, fate));
        if done.fetch_add(1, Ordering::Relaxed) + 1 == BEFORE_THE_END {
            world.signal(Signal::KILL);
        }
    };
    let write = |writer: usize| {
        for number in 0..VERSIONS {
            let place = writer * VERSIONS + number;
            let (version, bytes) = &charts[place];
            let door = DOORS[1 + (writer + number) % 3];
            if bring(&world, door, "a", version, bytes).is_err() {
                return;
            }
            // What is about to be removed is not said to stay.
            if number % 2 == 0 {
                acknowledge(place, Fate::Added);
            } else if take(&world, DOORS[1 + number % 3], "a", version) {
                acknowledge(place, Fate::Removed);
            }
        }
    };
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let write = &write;
            scope.spawn(move || write(writer));
        }
    });
    let world = world.restart();
    let fates = fates.into_inner().unwrap();
    assert!(fates.len() >= BEFORE_THE_END && fates.len() < charts.len());
    for (place, fate) in fates {
        let (version, bytes) = &charts[place];
        let got = world.get(&format!("/charts/a-{version}.tgz"));
        match fate {
            Fate::Added => assert!(got.body == *bytes, "{version} is lost"),
            Fate::Removed => assert_eq!(got.status, 404, "{version} is back"),
        }
    }
    world.test.ok(&["verify"]);
    world.test.ok(&["gc", "--grace", "0"]);
    assert_eq!(std::fs::read_dir(world.test.store("tmp")).unwrap().count(), 0);
}
