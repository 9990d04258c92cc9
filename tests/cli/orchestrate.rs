//! `hreg orchestrate`: new charts out of stored ones, by a plan.

mod again;
mod locked;
mod mistakes;
mod plans;
mod preview;
mod saving;
mod together;

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::environment::{Environment, Node, Run, tree};

/// A plan of depth two, with a range and with comments.
const PLAN: &str = r#"{
  // All of the shop.
  "save": {"space": "library", "chart": "shop", "version": "1.0.0", "description": "A shop"},
  "configs": {
    "package": {"independent": true, "space": "library", "chart": "base", "version": "1.0.0"},
    "_config": {"replicas": 2},
    /* A database. */
    "db": {
      "package": {"independent": true, "space": "team/data", "chart": "postgres", "version": "~12.1"},
      "_config": {"auth": {"database": "shop"}},
      "metrics": {
        "package": {"independent": false, "chart": "exporter", "version": "0.3.0"},
        "_config": {"port": 9187}
      }
    }
  }
}
"#;

/// Makes a folder with a store that holds what [`PLAN`] takes, and the plan as `plan.json`.
fn shop() -> Environment {
    let test = Environment::new();
    test.chart("base", "1.0.0");
    test.ok(&["save", "base"]);
    for version in ["12.1.0", "12.1.3", "12.2.0"] {
        save_database(&test, version, "12.1");
    }
    test.write("plan.json", PLAN);
    test
}

/// Saves a version of the database, with an exporter in it; `text` tells one from another.
fn save_database(test: &Environment, version: &str, text: &str) {
    let head = format!("apiVersion: v2\nname: postgres\nversion: {version}\n");
    let needs =
        "dependencies:\n- name: exporter\n  version: 0.3.0\n  condition: exporter.enabled\n";
    test.write("postgres/Chart.yaml", head + needs);
    let values = format!("auth:\n  database: \"\"\ntext: \"{text}\"\nexporter:\n  enabled: true\n");
    test.write("postgres/values.yaml", values);
    test.chart_in("postgres/charts/exporter", "exporter", "0.3.0");
    test.ok(&["save", "postgres", "--space", "team/data"]);
}

/// Runs `orchestrate` on a plan that is written to `plan.json` first.
fn orchestrate(test: &Environment, plan: &str) -> Run {
    test.write("plan.json", plan);
    test.run(&["orchestrate", "plan.json"])
}

/// Gives all that is in the store and in the folder that the program runs in.
fn everything(test: &Environment) -> BTreeMap<PathBuf, Node> {
    let mut all = test.tree();
    all.extend(tree(&test.work()));
    all
}

/// Runs a command that must fail and change nothing.
fn refused(test: &Environment, arguments: &[&str]) -> Run {
    let before = everything(test);
    let run = test.run(arguments);
    assert!(matches!(run.code, Some(1 | 2)), "{run}");
    assert_eq!(everything(test), before, "{run}");
    run
}

/// Shows a run without what depends on how YAML is laid out: the result's digests and sizes.
fn shown(run: &Run) -> String {
    let mut lines = String::new();
    for line in run.to_string().lines() {
        lines += match line.split_once(": Saving ") {
            Some((_, saved)) => format!("…: Saving {}", saved.split(' ').next().unwrap()),
            None => without_digest(line),
        }
        .trim_end();
        lines.push('\n');
    }
    lines
}

fn without_digest(line: &str) -> String {
    match line.split_once("sha256:") {
        Some((before, rest)) => {
            let rest = rest.trim_start_matches(|c: char| c.is_ascii_hexdigit() || c == '…');
            format!("{before}sha256:…{}", without_digest(rest))
        }
        None => line.to_owned(),
    }
}
