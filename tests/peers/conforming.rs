//! The conformance tests of the OCI distribution specification, against `hreg serve`.
//!
//! They are a program in Go, made by `go install` out of the folder `conformance` of the
//! specification, and are to pass whole: what is skipped counts as failed, unless it is what the
//! version of the specification does not know.

use std::process::Command;

use tempfile::TempDir;

use crate::peer;
use crate::run::Said;
use crate::serving::Served;

/// The names that the program may have.
const NAMES: [&str; 2] = ["conformance", "oci-conformance"];

/// Runs the tests of one version. What that does not know is counted as disabled.
#[track_caller]
fn check(version: &str) {
    // Go's proxy has no such module, so the machines that run these tests by themselves lack it.
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
fn version_1_1_is_conformed_to() {
    check("1.1");
}

#[test]
fn what_the_next_version_adds_is_conformed_to() {
    check("dev");
}
