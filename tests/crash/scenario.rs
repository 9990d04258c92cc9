//! The commands that are interrupted, and what is there before.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use hreg::digest::Digest;

use crate::pushed;
use crate::sandbox::{Sandbox, stderr};
use crate::state::{State, contents};

/// Is a command, and what is there before it.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    /// `DIGEST` stands for the manifest of library/web:1.0.0.
    command: &'static [&'static str],
    before: fn(&Sandbox),
    /// Whether there is damage that only the command itself removes.
    pub(crate) damaged: bool,
}

const fn scenario(
    name: &'static str,
    before: fn(&Sandbox),
    command: &'static [&'static str],
) -> Scenario {
    Scenario { name, command, before, damaged: false }
}

/// All that is interrupted.
const SCENARIOS: &[Scenario] = &[
    scenario("first save of a folder", nothing, &["save", "web"]),
    scenario("first save of an archive", nothing, &["save", "plain/web-1.0.0.tgz"]),
    scenario("first save of a signed archive", nothing, &["save", "signed/web-1.0.0.tgz"]),
    scenario("save of a new version", some, &["save", "web-next"]),
    scenario("save replacing a version", some, &["save", "web-changed"]),
    scenario("save of a large chart", large, &["save", "large"]),
    scenario("save of several", some, &["save", "a", "b", "c", "d", "web-changed"]),
    scenario("tag in the same space", some, &["tag", "web:1.0.0", "web:latest"]),
    scenario("tag in another space", some, &["tag", "web:1.0.0", "team/apps/web:stable"]),
    scenario("tag of what is no chart", image, &["tag", "web:image", "new/web:image"]),
    scenario("remove of a tag", some, &["remove", "web:latest"]),
    scenario("remove of the last tag", some, &["remove", "alone/web:latest"]),
    scenario("remove of a version", some, &["version", "remove", "web:1.1.0"]),
    scenario("remove of an untagged version", untagged, &["remove", "web:1.0.0"]),
    scenario("remove of a digest", some, &["remove", "web@sha256:DIGEST"]),
    scenario("remove of a chart", some, &["remove", "--all", "web"]),
    scenario("space create", some, &["space", "create", "new/space", "--immutable"]),
    scenario("space remove", some, &["space", "remove", "alone", "--yes"]),
    scenario("version values", some, &["version", "values", "web:1.1.0", "--set", "a=2"]),
    scenario("orchestrate", planned, &["orchestrate", "--tag", "latest", "out/plan.yaml"]),
    scenario(
        "orchestrate replacing a version",
        replanned,
        &["orchestrate", "--force", "--space", "library", "out/plan.yaml"],
    ),
    scenario("gc", garbage, &["gc", "--grace", "0"]),
    scenario("export", some, &["export", "web:1.0.0", "-d", "out"]),
    scenario(
        "export of an archive",
        some,
        &["export", "--archive", "signed/web:1.0.0", "-d", "out"],
    ),
    Scenario {
        name: "verify --repair",
        command: &["verify", "--repair"],
        before: damaged,
        damaged: true,
    },
];

/// Runs a check on every scenario, and fails when all were run if any of them fails.
pub(crate) fn each(check: impl Fn(&Ready) + std::panic::RefUnwindSafe) {
    let failed: Vec<&str> = SCENARIOS
        .iter()
        .filter(|scenario| std::panic::catch_unwind(|| check(&scenario.ready())).is_err())
        .map(|scenario| scenario.name)
        .collect();
    assert!(failed.is_empty(), "failed: {failed:?}");
}

/// Is a scenario made ready: its sandbox, its command, and how it ends when nothing happens.
pub(crate) struct Ready {
    pub(crate) scenario: &'static Scenario,
    pub(crate) sandbox: Sandbox,
    pub(crate) command: Vec<String>,
    pub(crate) old: State,
    pub(crate) new: State,
    contents: BTreeMap<String, Vec<u8>>,
}

impl Scenario {
    pub(crate) fn ready(&'static self) -> Ready {
        let sandbox = Sandbox::new();
        charts(&sandbox);
        (self.before)(&sandbox);
        let old = State::of(&sandbox);
        let digest = old.manifest("charts/library/web/versions/1.0.0").unwrap_or_default();
        let command: Vec<String> =
            self.command.iter().map(|argument| argument.replace("DIGEST", digest)).collect();
        let after = sandbox.copy();
        let output = after.run(&command);
        assert_eq!(output.status.success(), !self.damaged, "{}: {}", self.name, stderr(&output));
        let new = State::of(&after);
        let mut known = contents(&sandbox.store());
        known.extend(contents(&after.store()));
        if let [_, archive] = self.command
            && let Ok(bytes) = fs::read(after.path(archive))
        {
            assert!(known.values().all(|stored| *stored == bytes), "{}", self.name);
        }
        Ready { scenario: self, sandbox, command, old, new, contents: known }
    }
}

impl Ready {
    /// Checks that the old or the new state is whole, and that the command can be run again.
    pub(crate) fn assert_recovers(&self, sandbox: &Sandbox, context: &str) {
        let context = format!("{}, {context}", self.scenario.name);
        if !self.scenario.damaged {
            sandbox.assert_whole(&context);
            let now = State::of(sandbox);
            now.assert_between(&self.old, &self.new, &context);
            self.assert_exports(sandbox, &now, &context);
        }
        let done = State::of(sandbox) == self.new;
        let again = sandbox.run(&self.command);
        // What is done already may be refused: there is nothing left to remove, or to create.
        let accepted = again.status.success() || done || self.scenario.damaged;
        assert!(accepted, "{context}: again: {}", stderr(&again));
        assert_eq!(State::of(sandbox), self.new, "{context}: again: {}", stderr(&again));
    }

    /// Checks that a collection leaves nothing half-made, and everything else.
    pub(crate) fn assert_tidy(&self, sandbox: &Sandbox, context: &str) {
        let context = format!("{}, {context}", self.scenario.name);
        sandbox.must(&["gc", "--grace", "0"]);
        sandbox.assert_whole(&context);
        assert_eq!(State::of(sandbox), self.new, "{context}: gc");
        let left = fs::read_dir(sandbox.path("store/tmp")).unwrap().count();
        assert_eq!(left, 0, "{context}: left in tmp/");
    }

    fn assert_exports(&self, sandbox: &Sandbox, now: &State, context: &str) {
        let rows = now.assert_listed(&sandbox.must(&["list", "-o", "json"]), context);
        let changed = rows.iter().filter(|(_, digest)| {
            // Of what both states have, one is enough: the bytes of all are looked at below.
            !self.old.has(digest) || !self.new.has(digest)
        });
        for (reference, digest) in changed.chain(rows.first()) {
            let folder = "exported";
            let printed =
                sandbox.must(&["export", reference, "--archive", "--force", "-d", folder]);
            let path = printed.trim().rsplit(' ').next().unwrap();
            let bytes = fs::read(sandbox.path(path)).unwrap();
            assert!(bytes == self.contents[digest], "{context}: {reference} has other bytes");
        }
        for (manifest, bytes) in contents(&sandbox.store()) {
            assert!(bytes == self.contents[&manifest], "{context}: {manifest} has other bytes");
        }
    }
}

/// Writes the charts that are saved.
fn charts(sandbox: &Sandbox) {
    sandbox.chart("web", "web", "1.0.0", "one");
    sandbox.chart("web-changed", "web", "1.0.0", "changed");
    sandbox.chart("web-newer", "web", "1.1.0", "newer");
    sandbox.chart("web-next", "web", "1.2.0", "next");
    for name in ["a", "b", "c", "d"] {
        sandbox.chart(name, name, "0.1.0", name);
    }
    let maker = sandbox.copy();
    maker.must(&["save", "web"]);
    for folder in ["plain", "signed"] {
        maker.must(&["export", "web", "--archive", "-d", folder]);
        fs::create_dir(sandbox.path(folder)).unwrap();
        let archive = format!("{folder}/web-1.0.0.tgz");
        fs::copy(maker.path(&archive), sandbox.path(&archive)).unwrap();
    }
    let digest = Digest::of(&fs::read(sandbox.path("signed/web-1.0.0.tgz")).unwrap());
    sandbox.write(
        "signed/web-1.0.0.tgz.prov",
        &format!(
            "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nname: web\n\n...\n\
             files:\n  web-1.0.0.tgz: {digest}\n-----BEGIN PGP SIGNATURE-----\n\n\
             -----END PGP SIGNATURE-----\n"
        ),
    );
}

fn nothing(_: &Sandbox) {}

/// Fills the store with a little of everything.
fn some(sandbox: &Sandbox) {
    sandbox.must(&["save", "web", "a"]);
    sandbox.must(&["save", "web-newer", "library/web:latest"]);
    sandbox.must(&["tag", "web:1.1.0", "web:stable"]);
    sandbox.must(&["save", "web", "alone/web:latest"]);
    sandbox.must(&["save", "signed/web-1.0.0.tgz", "signed/web:1.0.0"]);
}

/// Adds a chart whose archive is larger than any buffer.
fn large(sandbox: &Sandbox) {
    some(sandbox);
    let text = (0..9_000).map(|number: u32| Digest::of(&number.to_le_bytes()).hex());
    sandbox.chart("large", "large", "1.0.0", &text.collect::<String>());
}

/// Adds a manifest that is no chart's: it has no version, and so no folder in `charts/`.
fn image(sandbox: &Sandbox) {
    some(sandbox);
    pushed::image(sandbox, "library/web", "image");
}

fn untagged(sandbox: &Sandbox) {
    sandbox.must(&["save", "web", "library/web:first"]);
    sandbox.must(&["tag", "web:first", "web:second"]);
    sandbox.must(&["save", "a"]);
}

/// Writes a plan where exports go, so that it and its lock file belong to what is compared.
fn planned(sandbox: &Sandbox) {
    some(sandbox);
    let stored = |chart| format!("package: {{independent: true, space: library, {chart}}}\n");
    let plan = format!(
        "save: {{space: new, chart: built, version: 1.0.0}}\nconfigs:\n  {}  inner:\n    {}",
        stored("chart: a, version: 0.1.0"),
        stored("chart: web, version: ^1")
    );
    sandbox.write("out/plan.yaml", &plan);
}

/// Builds from a plan, and changes the plan and what its range means.
fn replanned(sandbox: &Sandbox) {
    planned(sandbox);
    sandbox.must(&["orchestrate", "--space", "library", "out/plan.yaml"]);
    sandbox.must(&["save", "web-next"]);
}

fn garbage(sandbox: &Sandbox) {
    some(sandbox);
    sandbox.must(&["save", "web-changed", "web-next"]);
    sandbox.must(&["remove", "web:1.2.0", "alone/web:latest"]);
    sandbox.write("store/tmp/left-over", "half");
}

/// Damages a little of everything.
fn damaged(sandbox: &Sandbox) {
    some(sandbox);
    let link = |path: &str| sandbox.path(&format!("store/{path}"));
    let manifest = |tag: &str| {
        let target = fs::read_link(link(tag)).unwrap();
        target.file_name().unwrap().to_str().unwrap().to_owned()
    };
    let web = manifest("refs/library/web/tags/1.0.0");
    fs::remove_file(link(&format!("refs/library/web/manifests/{web}/meta"))).unwrap();
    let a = manifest("refs/library/a/tags/0.1.0");
    let content = link(&format!("refs/library/a/manifests/{a}/content"));
    overwrite(&fs::canonicalize(content).unwrap());
    overwrite(&link("charts/alone/space.json"));
    sandbox.write("store/blobs/sha256/stray", "stray");
    std::os::unix::fs::symlink(
        Path::new("../manifests").join("0".repeat(64)),
        link("refs/library/web/tags/dangling"),
    )
    .unwrap();
}

/// Puts other bytes in a file's place.
fn overwrite(path: &Path) {
    fs::remove_file(path).unwrap();
    fs::write(path, "damage").unwrap();
}
