//! Many processes at once in one chart: what they leave is what some order of them explains.

use std::collections::BTreeMap;
use std::fs;
use std::process::Output;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::sandbox::{Sandbox, stderr};
use crate::state::{State, contents};

const PROCESSES: u64 = 8;
const TIME: Duration = Duration::from_secs(5);

/// The charts that are saved: their folders and versions.
const CHARTS: [(&str, &str); 4] =
    [("one", "1.0.0"), ("other", "1.0.0"), ("two", "2.0.0"), ("three", "3.0.0-rc.1+x")];

/// Is what a command did to a name: the manifest that it stands for since, if any.
type Effect = (String, Option<String>);

/// Is a command that was acknowledged.
struct Done {
    start: Instant,
    end: Instant,
    /// What it did for certain.
    effects: Vec<Effect>,
    /// What it may have done, depending on what was there.
    possible: Vec<Effect>,
}

#[test]
fn some_order_of_the_commands_explains_what_they_leave() {
    let sandbox = Sandbox::new();
    for (folder, version) in CHARTS {
        sandbox.chart(folder, "web", version, folder);
    }
    let known = known_contents(&sandbox);
    let start = Instant::now();
    let done: Vec<Done> = thread::scope(|scope| {
        let workers: Vec<_> = (0..PROCESSES)
            .map(|number| {
                let worker = Worker { sandbox: &sandbox, known: &known, number };
                scope.spawn(move || worker.work_until(start + TIME))
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    sandbox.assert_whole("at the end");
    assert_explained(&State::of(&sandbox), &done);
    sandbox.must(&["gc", "--grace", "0"]);
    sandbox.assert_whole("at the end, collected");
    assert_eq!(fs::read_dir(sandbox.path("store/tmp")).unwrap().count(), 0);
}

#[test]
fn readers_see_no_damage_while_others_replace_and_collect() {
    let sandbox = Sandbox::new();
    for (folder, version) in CHARTS {
        sandbox.chart(folder, "web", version, folder);
    }
    let known = known_contents(&sandbox);
    sandbox.must(&["save", "one"]);
    let end = Instant::now() + TIME / 2;
    thread::scope(|scope| {
        for number in 1..4 {
            let reader = Worker { sandbox: &sandbox, known: &known, number };
            scope.spawn(move || {
                while Instant::now() < end {
                    reader.export("web:1.0.0");
                    reader.must(&["list"]);
                    reader.must(&["show", "values", "web:1.0.0"]);
                }
            });
        }
        while Instant::now() < end {
            for folder in ["one", "other"] {
                sandbox.must(&["save", folder]);
                sandbox.must(&["gc", "--grace", "0"]);
            }
        }
    });
}

/// Gives the archive of each manifest that may come up.
fn known_contents(sandbox: &Sandbox) -> BTreeMap<String, Vec<u8>> {
    let copy = sandbox.copy();
    CHARTS.iter().for_each(|(folder, _)| drop(copy.must(&["save", folder])));
    contents(&copy.store())
}

/// Runs one command after the other.
struct Worker<'a> {
    sandbox: &'a Sandbox,
    known: &'a BTreeMap<String, Vec<u8>>,
    number: u64,
}

impl Worker<'_> {
    fn work_until(&self, end: Instant) -> Vec<Done> {
        let mut random = self.number + 1;
        let mut done = Vec::new();
        while Instant::now() < end {
            // Knuth's generator; its high bits are the random ones.
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let choice = (random >> 33) as usize;
            done.extend(self.step(choice % 12, CHARTS[choice / 12 % CHARTS.len()]));
        }
        done
    }

    fn step(&self, choice: usize, (folder, version): (&str, &str)) -> Option<Done> {
        let start = Instant::now();
        let tag = version.replace('+', "_");
        let name = format!("web:{tag}");
        let (effects, possible) = match choice {
            0..=2 => {
                let saved = &self.change(&["save", folder, "-o", "json"])?[0];
                let effects = [tag_of(&tag, saved), version_of(version, saved)];
                (effects.to_vec(), Vec::new())
            }
            3 => {
                let saved = &self.change(&["save", folder, "library/web:latest", "-o", "json"])?[0];
                let effects = [tag_of("latest", saved), version_of(version, saved)];
                (effects.to_vec(), vec![tag_of(&tag, saved)])
            }
            4..=5 => {
                let tagged = self.change(&["tag", &name, "web:latest", "-o", "json"])?;
                (vec![tag_of("latest", &tagged)], vec![version_of(version, &tagged)])
            }
            6 => (removed(&self.change(&["remove", "web:latest", "-o", "json"])?[0]), Vec::new()),
            7 => (removed(&self.change(&["remove", &name, "-o", "json"])?[0]), Vec::new()),
            8 => {
                self.must(&["gc", "--grace", "0"]);
                return None;
            }
            9 => {
                self.must(&["verify"]);
                return None;
            }
            10 => {
                self.must(&["list"]);
                return None;
            }
            _ => {
                self.export(if folder == "two" { "web:latest" } else { &name });
                return None;
            }
        };
        Some(Done { start, end: Instant::now(), effects, possible })
    }

    /// Runs a command that may find its names gone, and gives what it reports.
    fn change(&self, command: &[&str]) -> Option<Value> {
        let output = self.sandbox.run(command);
        let done = self.succeeds(command, &output);
        done.then(|| serde_json::from_slice(&output.stdout).unwrap())
    }

    /// Runs a command that nothing may disturb.
    fn must(&self, command: &[&str]) {
        let output = self.sandbox.run(command);
        let said = String::from_utf8_lossy(&output.stderr);
        let disturbed = !output.status.success() || said.contains("Warning");
        assert!(!disturbed, "{command:?}: {}", stderr(&output));
    }

    fn export(&self, name: &str) {
        let folder = format!("out-{}", self.number);
        let command = ["export", name, "--archive", "--force", "-d", &folder, "-o", "json"];
        if let Some(exported) = self.change(&command) {
            let path = exported["path"].as_str().unwrap();
            let bytes = fs::read(self.sandbox.path(path)).unwrap();
            let digest = exported["digest"].as_str().unwrap().trim_start_matches("sha256:");
            assert!(bytes == self.known[digest], "{name} was exported with other bytes");
        }
    }

    /// Tells a success from a failure that others explain; nothing else may happen.
    fn succeeds(&self, command: &[&str], output: &Output) -> bool {
        let said = String::from_utf8_lossy(&output.stderr);
        let gone = said.contains(" is not in the store");
        assert!(output.status.success() || gone, "{command:?}: {}", stderr(output));
        output.status.success()
    }
}

fn digest(report: &Value) -> Option<String> {
    Some(report["digest"].as_str()?.trim_start_matches("sha256:").to_owned())
}

fn tag_of(tag: &str, report: &Value) -> Effect {
    (tag_link(tag), digest(report))
}

fn version_of(version: &str, report: &Value) -> Effect {
    (version_link(version), digest(report))
}

fn removed(report: &Value) -> Vec<Effect> {
    let names = |key: &str, link: fn(&str) -> String| {
        let names = report[key].as_array().unwrap().iter();
        names.map(|name| (link(name.as_str().unwrap()), None)).collect::<Vec<_>>()
    };
    [names("tags", tag_link), names("versions", version_link)].concat()
}

fn tag_link(tag: &str) -> String {
    format!("refs/library/web/tags/{tag}")
}

fn version_link(version: &str) -> String {
    format!("charts/library/web/versions/{version}")
}

/// Checks for each name that a command explains it: one that made it what it is, and that no
/// command followed, begun after its end, that made it something else.
fn assert_explained(end: &State, done: &[Done]) {
    let tags = CHARTS.map(|(_, version)| tag_link(&version.replace('+', "_")));
    let versions = CHARTS.map(|(_, version)| version_link(version));
    for name in tags.into_iter().chain(versions).chain([tag_link("latest")]) {
        let effect = (name.clone(), end.manifest(&name).map(str::to_owned));
        let changes: Vec<&Done> = done.iter().filter(|done| done.touches(&name)).collect();
        let stands = |cause: &&Done| {
            !changes.iter().any(|later| later.start > cause.end && !later.may_do(&effect))
        };
        let causes = done.iter().filter(|done| done.may_do(&effect)).filter(stands);
        let untouched = changes.is_empty() && effect.1.is_none();
        assert!(causes.count() > 0 || untouched, "nothing explains {effect:?}");
    }
}

impl Done {
    /// Tells whether the command changed a name for certain.
    fn touches(&self, name: &str) -> bool {
        self.effects.iter().any(|(changed, _)| changed == name)
    }

    fn may_do(&self, effect: &Effect) -> bool {
        self.effects.contains(effect) || self.possible.contains(effect)
    }
}
