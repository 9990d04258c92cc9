//! Who may only push: nothing that is there becomes something else, by whatever door, and however
//! many come at once.

use crate::doors::{bring, push};
use crate::environment::Environment;
use crate::form::archive;
use crate::oci::MANIFEST;
use crate::world::World;

/// The doors that ask for rights.
const DOORS: [&str; 3] = ["oci", "space", "museum"];

/// Lets anybody read and push, and nobody overwrite.
const RULES: &str = "
auth:
  rules:
  - {spaces: '*', users: anonymous, actions: [read, push]}
";

fn guarded(test: Environment) -> World {
    test.write("config.yaml", RULES);
    World::with(test, &["-c", "config.yaml"])
}

#[test]
fn of_many_that_add_one_version_at_once_one_does() {
    let test = Environment::new();
    test.ok(&["space", "create", "library"]);
    let world = guarded(test);
    for round in 0..6 {
        let version = format!("1.{round}.0");
        let charts: Vec<Vec<u8>> =
            (0..6).map(|n| archive(&world.test, "a", &version, &"x".repeat(n))).collect();
        let won = std::thread::scope(|scope| {
            let added = charts.iter().enumerate().map(|(number, bytes)| {
                let (world, version) = (&world, &version);
                scope.spawn(move || bring(world, DOORS[number % 3], "a", version, bytes))
            });
            let added: Vec<_> = added.collect();
            added.into_iter().map(|one| one.join().unwrap()).collect::<Vec<_>>()
        });
        assert_eq!(won.iter().filter(|won| won.is_ok()).count(), 1, "{won:?}");
        let winner = won.iter().position(Result::is_ok).unwrap();
        let kept = world.get(&format!("/charts/a-{version}.tgz")).body;
        assert!(kept == charts[winner], "{version}");
    }
}

#[test]
fn a_tag_is_not_taken_by_the_version_of_its_name() {
    let World { test, server } = World::start();
    let before = server.put_artifact("library/a", "1.0.0", "no chart");
    drop(server);
    let world = guarded(test);
    let bytes = archive(&world.test, "a", "1.0.0", "");
    for (door, status) in DOORS.into_iter().zip(["403 ", "409 ", "409 "]) {
        let refused = bring(&world, door, "a", "1.0.0", &bytes).unwrap_err();
        assert!(refused.starts_with(status), "{door}: {refused}");
    }
    // The tag of a version goes with it, so it is no way to ask for another.
    let refused = push(&world, "a", "1.0.0", "latest", &bytes).unwrap_err();
    assert!(refused.starts_with("403 "), "{refused}");
    let kept = world.get("/v2/library/a/manifests/1.0.0");
    assert_eq!(kept.header("docker-content-digest"), before.to_string());
    assert_eq!(kept.header("content-type"), MANIFEST);
    let other = archive(&world.test, "a", "2.0.0", "");
    bring(&world, "museum", "a", "2.0.0", &other).unwrap();
}
