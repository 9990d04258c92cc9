//! Fails each of the program's steps, as a full disk and a broken one do.

use std::fs;

use crate::sandbox::{Sandbox, stderr};
use crate::scenario::{self, Ready};
use crate::state::State;

#[test]
fn a_full_disk_is_reported_and_loses_nothing() {
    every_step("enospc", "No space left on device");
}

#[test]
fn a_broken_disk_is_reported_and_loses_nothing() {
    every_step("eio", "Input/output error");
}

fn every_step(fault: &str, reason: &str) {
    scenario::each(|ready| {
        // A step that fails by itself is counted, but not written down.
        let steps = 1..=steps_of(ready) + 3;
        let noticed = steps.filter(|step| fails_at(ready, fault, reason, *step));
        assert!(noticed.count() > 2, "nothing failed");
    });
}

fn steps_of(ready: &Ready) -> usize {
    let sandbox = ready.sandbox.copy();
    sandbox.fault("trace:trace", &ready.command);
    fs::read_to_string(sandbox.path("trace")).unwrap().lines().count()
}

/// Fails one step of a run, and tells whether the run noticed.
fn fails_at(ready: &Ready, fault: &str, reason: &str, step: usize) -> bool {
    let sandbox = ready.sandbox.copy();
    let output = sandbox.fault(&format!("{fault}:{step}"), &ready.command);
    let context = format!("{fault} at step {step}: {}", stderr(&output));
    let noticed = String::from_utf8_lossy(&output.stderr).contains(reason);
    if noticed {
        // Without its lock file a chart is saved all the same.
        let is_saved = context.contains("Warning: the lock file");
        assert_eq!(output.status.code(), Some(i32::from(!is_saved)), "{context}");
        assert_names_a_path(&sandbox, &context);
    } else if !ready.scenario.damaged {
        // Only what does not matter may fail unnoticed: tidying up.
        assert_eq!(output.status.code(), Some(0), "{context}");
        assert_eq!(State::of(&sandbox), ready.new, "{context}");
    }
    ready.assert_recovers(&sandbox, &context);
    noticed
}

fn assert_names_a_path(sandbox: &Sandbox, context: &str) {
    let starts = ["Error: ", "Warning: the lock file"];
    let start = starts.iter().find_map(|start| context.find(start));
    let message = start.map_or("", |place| &context[place..]);
    let folder = sandbox.store();
    let folder = folder.parent().unwrap();
    // Where an export goes is named as the user gave it.
    let named = message.contains(folder.to_str().unwrap()) || message.contains(" out");
    assert!(named, "no path: {context}");
}
