//! Takes the power away after each of the program's steps.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::hash::{Hash, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::Arc;

use hreg::progress::Silent;
use hreg::storage::Filesystem;
use hreg::store::Store;

use crate::sandbox::{Sandbox, stderr};
use crate::scenario::{self, Ready};
use crate::shadow::{Found, Kept, Shadow, restore};
use crate::state::State;

#[test]
fn a_loss_of_power_leaves_the_old_or_the_new_state() {
    scenario::each(|ready| {
        let sandbox = ready.sandbox.copy();
        let mut replay = Replay::new(ready, &sandbox);
        replay.run(&trace(&sandbox, "", &ready.command).0, Each::Step);
        replay.assert_durable("done");
    });
}

/// Who comes after a process that was killed finds what that one did, and did not make durable.
#[test]
fn what_follows_a_kill_survives_a_loss_of_power() {
    scenario::each(|ready| {
        let mut seen = HashSet::new();
        for step in 1.. {
            let sandbox = ready.sandbox.copy();
            let mut killed = Replay { seen, ..Replay::new(ready, &sandbox) };
            let (steps, output) = trace(&sandbox, &format!(",kill:{step}"), &ready.command);
            killed.run(&steps, Each::Run);
            if output.status.code().is_some() {
                break;
            }
            // Most steps change nothing but temporary files.
            if killed.is_new() {
                again(ready, &killed, sandbox.copy(), step);
                collect(&mut killed, &sandbox);
            }
            seen = killed.seen;
        }
    });
}

/// Repeats a command that was killed: what is acknowledged now is durable.
fn again(ready: &Ready, killed: &Replay<'_>, sandbox: Sandbox, step: usize) {
    let (steps, output) = trace(&sandbox, "", &ready.command);
    if output.status.success() {
        let mut replay = killed.continued(&sandbox);
        replay.run(&steps, Each::Run);
        replay.assert_durable(&format!("killed at step {step}, then done"));
    }
}

/// Collects after a command that was killed: nothing goes that a name may still come back to.
fn collect(killed: &mut Replay<'_>, sandbox: &Sandbox) {
    if killed.ready.scenario.damaged {
        return;
    }
    let (steps, output) = trace(sandbox, "", &["gc", "--grace", "0"].map(str::to_owned));
    assert!(output.status.success(), "{}", stderr(&output));
    killed.run(&steps, Each::Step);
}

/// Runs a command, and gives the steps that it did.
fn trace(sandbox: &Sandbox, fault: &str, command: &[String]) -> (Vec<String>, Output) {
    let output = sandbox.fault(&format!("trace:trace{fault}"), command);
    let steps = fs::read_to_string(sandbox.path("trace")).unwrap();
    fs::remove_file(sandbox.path("trace")).unwrap();
    (steps.lines().map(str::to_owned).collect(), output)
}

/// Says after which steps the power goes.
#[derive(PartialEq)]
enum Each {
    Step,
    Run,
}

/// Is a run whose steps are done again in a file system that loses its power.
struct Replay<'a> {
    ready: &'a Ready,
    shadow: Shadow,
    /// What was found before, and so need not be checked again.
    seen: HashSet<u64>,
}

impl<'a> Replay<'a> {
    /// Begins with what the scenario begins with, for steps that are done in a copy of it.
    fn new(ready: &'a Ready, sandbox: &Sandbox) -> Replay<'a> {
        let mut shadow = Shadow::of(&ready.sandbox.path(""));
        shadow.move_to(&sandbox.path(""));
        Replay { ready, shadow, seen: HashSet::new() }
    }

    fn continued(&self, sandbox: &Sandbox) -> Replay<'a> {
        let mut shadow = self.shadow.clone();
        shadow.move_to(&sandbox.path(""));
        Replay { ready: self.ready, shadow, seen: HashSet::new() }
    }

    fn run(&mut self, steps: &[String], each: Each) {
        for (number, step) in steps.iter().enumerate() {
            self.shadow.step(step);
            if each == Each::Step && !self.ready.scenario.damaged {
                self.assert_whole(&format!("power lost after step {}, {step}", number + 1));
            }
        }
    }

    /// Checks that whatever is found is the old or the new state, name by name, and undamaged.
    fn assert_whole(&mut self, context: &str) {
        for kept in self.shadow.outcomes() {
            if let Some(found) = self.find(kept, context) {
                found.assert_between(&self.ready.old, &self.ready.new, context);
            }
        }
    }

    /// Checks that whatever is found is the new state.
    fn assert_durable(&mut self, context: &str) {
        // What is exported is not made durable, no more than what `cp` writes.
        if self.ready.command[0] == "export" {
            return;
        }
        self.seen.clear();
        for kept in self.shadow.outcomes() {
            if let Some(found) = self.find(kept, context) {
                assert_eq!(found, self.ready.new, "{context}: {kept:?}");
            }
        }
    }

    /// Tells whether no run before left the same, durable and not.
    fn is_new(&mut self) -> bool {
        let left = hash(&[Kept::None, Kept::All].map(|kept| found(self.ready, &self.shadow, kept)));
        self.seen.insert(left)
    }

    /// Verifies what is found when power is back, and gives it, unless it was seen before.
    fn find(&mut self, kept: Kept, context: &str) -> Option<State> {
        let found = found(self.ready, &self.shadow, kept);
        if !self.seen.insert(hash(&found)) {
            return None;
        }
        let sandbox = Sandbox::new();
        restore(&found, &sandbox.path(""));
        assert_whole(&sandbox.store(), &format!("{context}: {kept:?}"));
        Some(State::of(&sandbox))
    }
}

/// Lists what is found of the store, and of the folder of a plan.
fn found<'s>(ready: &Ready, shadow: &'s Shadow, kept: Kept) -> BTreeMap<PathBuf, Found<'s>> {
    let mut found = shadow.found(kept);
    let has_plan = ready.command[0] == "orchestrate";
    found.retain(|path, _| {
        (path.starts_with("store") || has_plan && path.starts_with("out")) && !is_idle(path)
    });
    found
}

/// Tells whether a path is in a folder whose contents matter to nobody.
pub(crate) fn is_idle(path: &Path) -> bool {
    let idle = ["store/tmp", "store/locks"].map(Path::new);
    idle.iter().any(|folder| path.starts_with(folder) && path != *folder)
}

pub(crate) fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

pub(crate) fn assert_whole(store: &Path, context: &str) {
    let driver = Filesystem::open(store).unwrap_or_else(|error| panic!("{context}: {error}"));
    let store = Store::new(Box::new(driver), None, Arc::new(Silent));
    let verified = store.verify().unwrap_or_else(|error| panic!("{context}: {error}"));
    assert!(verified.findings.is_empty(), "{context}: {:?}", verified.findings);
}
