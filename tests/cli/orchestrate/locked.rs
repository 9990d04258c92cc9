//! The lock file beside a plan.

use std::fs;

use insta::assert_snapshot;

use super::{PLAN, refused, save_database, shop, shown};

const LOCKED: [&str; 4] = ["orchestrate", "plan.json", "--locked", "--force"];

#[test]
fn the_lock_is_written_beside_the_plan_once() {
    let test = shop();
    test.write("plans/shop.yaml", PLAN);
    test.ok(&["orchestrate", "plans/shop.yaml"]);
    assert_snapshot!(test.read("plans/shop.lock.json"), @r#"
    {
      "sources": [
        {
          "place": "configs",
          "chart": "library/base",
          "version": "1.0.0",
          "digest": "sha256:84da643e19ef1dd9bc94d9b6e8e646da01e1da3c7bf587fa58c6a51267e4226f"
        },
        {
          "place": "configs.db",
          "chart": "team/data/postgres",
          "version": "12.1.3",
          "digest": "sha256:39c8707a096efeeb2955adb83bc7a5332fcb56d07edd7239e0bd117f15362cb6"
        }
      ]
    }
    "#);
    let lock = test.path("plans/shop.lock.json");
    let written = fs::metadata(&lock).unwrap();
    test.ok(&["orchestrate", "plans/shop.yaml"]);
    test.ok(&["orchestrate", "plans/shop.yaml", "--locked"]);
    let after = fs::metadata(&lock).unwrap();
    assert_eq!(written.modified().unwrap(), after.modified().unwrap());
    assert_eq!(fs::read_dir(test.path("plans")).unwrap().count(), 2);
}

#[test]
fn a_lock_keeps_what_a_range_was() {
    let test = shop();
    test.ok(&["orchestrate", "plan.json"]);
    let digest = test.digest("shop", "digest");
    save_database(&test, "12.1.10", "new");
    test.ok(&["orchestrate", "plan.json", "--locked"]);
    assert_eq!(test.digest("shop", "digest"), digest);
    let run = test.run_with(&[("HREG_LOCKED", "1")], &["orchestrate", "plan.json"]);
    assert_eq!(run.code, Some(0), "{run}");
    test.ok(&["orchestrate", "plan.json", "--force"]);
    assert_ne!(test.digest("shop", "digest"), digest);
    assert!(test.read("plan.lock.json").contains("12.1.10"));
}

#[test]
fn a_source_that_has_changed_is_refused() {
    let test = shop();
    test.ok(&["orchestrate", "plan.json"]);
    save_database(&test, "12.1.3", "changed");
    assert_snapshot!(shown(&refused(&test, &LOCKED)), @r"
    --- stderr ---
    Error: the plan has a mistake: configs.db.package: team/data/postgres 12.1.3 is sha256:… now, not sha256:…; without --locked it is locked anew
    [exit code 1]
    ");
    let run = refused(&test, &["orchestrate", "plan.json", "--locked", "--dry-run"]);
    assert_eq!(run.stdout, "");
}

#[test]
fn a_source_that_is_gone_is_refused() {
    let test = shop();
    test.ok(&["orchestrate", "plan.json"]);
    test.ok(&["remove", "team/data/postgres:12.1.3"]);
    assert_snapshot!(refused(&test, &LOCKED), @r"
    --- stderr ---
    Error: the plan has a mistake: configs.db.package.version: team/data/postgres 12.1.3 is locked, and no longer there; without --locked it is locked anew
    [exit code 1]
    ");
    test.ok(&["remove", "--all", "team/data/postgres"]);
    assert_snapshot!(refused(&test, &LOCKED), @r"
    --- stderr ---
    Error: the plan has a mistake: configs.db.package.chart: chart team/data/postgres is not in the store; `hreg list` shows what is there
    [exit code 1]
    ");
}

#[test]
fn a_plan_that_has_changed_is_refused() {
    let test = shop();
    test.ok(&["orchestrate", "plan.json"]);
    test.write("plan.json", PLAN.replace("~12.1", "~12.2"));
    assert_snapshot!(refused(&test, &LOCKED), @r"
    --- stderr ---
    Error: the plan has a mistake: configs.db.package.version: 12.1.3 is locked, which is not in ~12.2; without --locked it is locked anew
    [exit code 1]
    ");
    test.write("plan.json", PLAN.replace("\"db\": {", "\"data\": {"));
    assert_snapshot!(refused(&test, &LOCKED), @r"
    --- stderr ---
    Error: the plan has 2 mistakes:
      configs.data.package: team/data/postgres is not locked: the plan has changed; without --locked it is locked anew
      configs.db: team/data/postgres is locked here, and the plan no longer takes it; without --locked it is locked anew
    [exit code 1]
    ");
    // What only gives other values takes the same charts.
    test.write("plan.json", PLAN.replace("\"replicas\": 2", "\"replicas\": 3"));
    test.ok(&LOCKED);
}

#[test]
fn a_lock_that_is_none_is_refused() {
    let test = shop();
    assert_snapshot!(refused(&test, &LOCKED), @r"
    --- stderr ---
    Error: there is no lock file plan.lock.json
    Hint: leave --locked away once, and it is written
    [exit code 1]
    ");
    test.write("plan.lock.json", "{\"sources\": [");
    assert_snapshot!(refused(&test, &LOCKED), @r"
    --- stderr ---
    Error: cannot read the lock file plan.lock.json
    Caused by: EOF while parsing a list at line 1 column 13
    Hint: remove it, and leave --locked away once
    [exit code 1]
    ");
    test.write("plan.lock.json", "{\"sources\": [], \"more\": 1}");
    assert_snapshot!(refused(&test, &LOCKED), @r"
    --- stderr ---
    Error: cannot read the lock file plan.lock.json
    Caused by: unknown field `more`, expected `sources` at line 1 column 22
    Hint: remove it, and leave --locked away once
    [exit code 1]
    ");
    test.write("plan.lock.json", "{\"sources\": []}");
    assert_snapshot!(refused(&test, &LOCKED), @r"
    --- stderr ---
    Error: the plan has 2 mistakes:
      configs.package: library/base is not locked: the plan has changed; without --locked it is locked anew
      configs.db.package: team/data/postgres is not locked: the plan has changed; without --locked it is locked anew
    [exit code 1]
    ");
    test.ok(&["orchestrate", "plan.json"]);
    test.ok(&LOCKED);
}
