//! The conformance tests of the OCI distribution specification, against `hreg serve`.
//!
//! There are those that its version 1.1.1 came with, a test in Go, and those that its main branch has
//! since, a program in Go. Both are made of the folder `conformance` of its repository, and are to pass
//! whole: what is skipped counts as failed, unless no server could have it otherwise.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::guarded::Guarded;
use crate::peer;
use crate::run::Said;
use crate::serving::Served;

/// What the tests of 1.1.1 skip: the other side of a choice that is the server's or the caller's.
const OTHER_SIDES: [&str; 4] = [
    "Get tag name from environment",
    "Populate registry with test tags (no push)",
    "Cross-mounting of nonexistent blob should yield session id",
    "Cross-mounting without from, and automatic content discovery disabled should return a 202",
];

/// Runs the tests that version 1.1.1 came with, as a user if one is given.
#[track_caller]
fn check_released(served: &Served, user: Option<&str>) {
    let Some(program) = peer::find("conformance.test") else { return };
    let folder = TempDir::new().unwrap();
    let report = folder.path().join("report.json");
    let mut command = Command::new(program);
    command.arg(format!("-ginkgo.json-report={}", report.display())).current_dir(folder.path());
    command.env("OCI_ROOT_URL", format!("http://{}", served.address));
    for (name, value) in [
        ("OCI_NAMESPACE", "conformance/one"),
        ("OCI_CROSSMOUNT_NAMESPACE", "conformance/two"),
        ("OCI_AUTOMATIC_CROSSMOUNT", "1"),
        ("OCI_TEST_PULL", "1"),
        ("OCI_TEST_PUSH", "1"),
        ("OCI_TEST_CONTENT_DISCOVERY", "1"),
        ("OCI_TEST_CONTENT_MANAGEMENT", "1"),
        ("OCI_REPORT_DIR", "none"),
    ] {
        command.env(name, value);
    }
    if let Some(user) = user {
        command.env("OCI_USERNAME", user).env("OCI_PASSWORD", user);
    }
    let said = Said::of(&mut command);
    let text = String::from_utf8_lossy(&said.stdout);
    assert!(said.success, "{text}\n{}", said.stderr);
    let report: Value = serde_json::from_slice(&std::fs::read(report).unwrap()).unwrap();
    let all = report[0]["SpecReports"].as_array().unwrap();
    let names_of = |is_passed: bool| -> BTreeSet<&str> {
        let specs = all.iter().filter(|spec| (spec["State"] == "passed") == is_passed);
        specs.map(|spec| spec["LeafNodeText"].as_str().unwrap()).collect()
    };
    assert_eq!(names_of(false), BTreeSet::from(OTHER_SIDES), "{text}");
    assert_eq!(report[0]["PreRunStats"]["TotalSpecs"], 79);
    served.hreg.run(["verify"]).bytes();
}

#[test]
fn release_1_1_1_is_conformed_to() {
    check_released(&Served::start(), None);
}

#[test]
fn release_1_1_1_is_conformed_to_for_users() {
    let guarded = Guarded::start();
    check_released(&guarded.served, Some("ann"));
}

/// The names that the program of the main branch may have.
const NAMES: [&str; 2] = ["conformance", "oci-conformance"];

/// Runs the tests of the main branch for one version. What that does not know is counted as disabled.
#[track_caller]
fn check(version: &str) {
    // Go's proxy has no such version, so the machines that run these tests by themselves lack it.
    let Some(program) = peer::find_if_there(&NAMES) else { return };
    let served = Served::start();
    let folder = TempDir::new().unwrap();
    let said = Said::of(
        Command::new(program)
            .current_dir(folder.path())
            .env("OCI_REGISTRY", &served.address)
            .env("OCI_TLS", "disabled")
            .env("OCI_VERSION", version)
            .env("OCI_RESULTS_DIR", folder.path()),
    );
    let report = String::from_utf8_lossy(&said.stdout);
    let failures = || {
        let is_bad =
            |line: &&str| [": FAIL", ": Error", ": Skip"].iter().any(|end| line.ends_with(end));
        report.lines().filter(is_bad).collect::<Vec<_>>().join("\n")
    };
    assert!(said.success, "{}\n{}", failures(), said.stderr);
    assert!(count(&report, "Pass") > 800, "{report}");
    for bad in ["Skip", "FAIL", "Error"] {
        assert_eq!(count(&report, bad), 0, "{bad}:\n{}", failures());
    }
    served.hreg.run(["verify"]).bytes();
}

/// Reads a line of the report's summary: `Pass....: 986`.
fn count(report: &str, status: &str) -> usize {
    let (_, summary) = report.split_once("OCI Conformance Result").expect("there is a summary");
    let is_it = |line: &&str| line.trim_start().starts_with(&format!("{status}."));
    let line = summary.lines().find(is_it).unwrap_or_else(|| panic!("no {status}: {summary}"));
    line.rsplit_once(':').unwrap().1.trim().parse().unwrap()
}

#[test]
fn version_1_1_is_conformed_to_as_the_main_branch_has_it() {
    check("1.1");
}

#[test]
fn what_the_next_version_adds_is_conformed_to() {
    check("dev");
}
