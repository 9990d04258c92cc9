//! A push that is cut off, or that the disk fails, at any of its steps: what was there before is there,
//! and what was pushed is there whole or not at all.
//!
//! Of the steps some are tried here, spread over all of them; `tests/crash` tries every one, of the same
//! code, without a server in front of it.

use crate::doors::bring;
use crate::environment::Environment;
use crate::form::archive;
use crate::world::{Serving, World};

/// The ways in that take steps of their own.
const DOORS: [&str; 2] = ["oci", "museum"];

fn faulty(test: Environment, fault: &str) -> World {
    let mut command = test.command(&["serve", "--listen", "127.0.0.1:0"]);
    command.env("HREG_FAULT", fault);
    let server = Serving::of(command);
    World { test, server }
}

/// Is a server over a store with one version, and the steps that pushing another takes.
fn prepared(door: &str) -> (World, usize) {
    let test = Environment::with_chart();
    let trace = test.path("trace");
    let world = faulty(test, &format!("trace:{}", trace.display()));
    let bytes = archive(&world.test, "mychart", "2.0.0", "");
    bring(&world, door, "mychart", "2.0.0", &bytes).unwrap();
    let steps = world.test.read("trace").lines().count();
    assert!(steps > 5, "{door}: {steps}");
    (world, steps)
}

/// Spreads a few steps over all of a push.
fn some(steps: usize) -> impl Iterator<Item = usize> {
    const TRIED: usize = 10;
    (1..=steps).step_by(steps.div_ceil(TRIED))
}

/// Makes sure that a version is there whole if it must be, and else perhaps, or not at all.
#[track_caller]
fn assert_whole(world: &World, version: &str, bytes: &[u8], must: bool, context: &str) {
    assert_eq!(world.get("/index.yaml").status, 200, "{context}");
    assert_eq!(world.get("/charts/mychart-1.0.0.tgz").status, 200, "{context}");
    let got = world.get(&format!("/charts/mychart-{version}.tgz"));
    let is_absent = got.status == 404 && !must;
    assert!(is_absent || got.body == bytes, "{context}: {}", got.status);
}

#[test]
fn a_push_that_ends_at_any_step_tears_nothing() {
    for door in DOORS {
        let (World { mut test, server }, steps) = prepared(door);
        drop(server);
        for step in some(steps) {
            let context = format!("{door}, killed before step {step} of {steps}");
            let version = format!("3.{step}.0");
            let bytes = archive(&test, "mychart", &version, "");
            let world = faulty(test, &format!("kill:{step}"));
            let is_in = bring(&world, door, "mychart", &version, &bytes).is_ok();
            let world = world.restart();
            assert_whole(&world, &version, &bytes, is_in, &context);
            test = world.test;
        }
        test.ok(&["verify"]);
        test.ok(&["gc", "--grace", "0"]);
        assert_eq!(std::fs::read_dir(test.store("tmp")).unwrap().count(), 0);
    }
}

#[test]
fn a_disk_that_fails_at_any_step_of_a_push_tears_nothing() {
    for door in DOORS {
        let (World { mut test, server }, steps) = prepared(door);
        drop(server);
        for step in some(steps) {
            let fault = ["enospc", "eio"][step / 2 % 2];
            let context = format!("{door}, {fault} at step {step} of {steps}");
            let version = format!("3.{step}.0");
            let bytes = archive(&test, "mychart", &version, "");
            let world = faulty(test, &format!("{fault}:{step}"));
            let said = bring(&world, door, "mychart", &version, &bytes);
            let is_told = said.as_ref().is_err_and(|said| said.starts_with('5'));
            assert!(said.is_ok() || is_told, "{context}: {said:?}");
            assert_whole(&world, &version, &bytes, said.is_ok(), &context);
            // The server goes on, and takes it when it is sent again.
            let again = bring(&world, door, "mychart", &version, &bytes);
            assert!(said.is_ok() || again.is_ok() || has(&world, &version), "{context}: {again:?}");
            test = world.test;
        }
        test.ok(&["verify"]);
    }
}

fn has(world: &World, version: &str) -> bool {
    world.get(&format!("/charts/mychart-{version}.tgz")).status == 200
}
