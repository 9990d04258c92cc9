//! What is built is saved as a version like any other.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use insta::assert_snapshot;

use super::{PLAN, everything, orchestrate, refused, save_database, shop, shown};

#[test]
fn a_chart_is_built_and_saved() {
    let test = shop();
    let run = test.run(&["orchestrate", "plan.json"]);
    assert_snapshot!(shown(&run), @r"
    shop             library/base:1.0.0 84da643
    └── db           team/data/postgres:12.1.3 39c8707
        └── metrics  exporter 0.3.0 (embedded)
    …: Saving meta
    …: Saving content
    Name:    shop
    Version: 1.0.0
    Meta:    sha256:…
    Content: sha256:…
    Digest:  sha256:…
    1.0.0: saved
    Wrote plan.lock.json
    ");
    assert_snapshot!(test.ok(&["list", "-q", "library"]), @r"
    library/base:1.0.0
    library/shop:1.0.0
    ");
    let values = test.ok(&["version", "values", "shop"]);
    assert_snapshot!(values, @r#"
    db:
      auth:
        database: shop
      global: {}
      metrics:
        enabled: true
        global: {}
        port: 9187
        replicas: 1
      text: "12.1"
    replicas: 2
    "#);
    let head = test.json(&["show", "chart", "shop"]);
    assert_eq!(head["description"], "A shop");
    assert_eq!(head["dependencies"][0]["name"], "db");
    let out = test.ok(&["export", "shop", "-d", "out"]);
    assert_snapshot!(out, @"Exported chart to out/shop/");
    assert!(test.path("out/shop/charts/db/charts/metrics/templates/x.yaml").exists());
    assert_eq!(test.run(&["verify"]).code, Some(0));
}

#[test]
fn the_same_plan_gives_the_same_chart() {
    let test = shop();
    test.ok(&["orchestrate", "plan.json"]);
    let digest = test.digest("shop:1.0.0", "digest");
    let before = everything(&test);
    let run = test.run(&["orchestrate", "plan.json"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{run}");
    assert_eq!(everything(&test), before, "nothing is new, and nothing is written");
    test.ok(&["remove", "--all", "shop"]);
    test.ok(&["gc", "--grace", "0"]);
    test.ok(&["orchestrate", "plan.json"]);
    assert_eq!(test.digest("shop:1.0.0", "digest"), digest);
}

#[test]
fn another_chart_is_replaced_by_force_alone() {
    let test = shop();
    test.ok(&["orchestrate", "plan.json"]);
    let changed = PLAN.replace("\"replicas\": 2", "\"replicas\": 3");
    test.write("plan.json", &changed);
    let run = refused(&test, &["orchestrate", "plan.json"]);
    assert_snapshot!(shown(&run), @r"
    --- stderr ---
    Error: cannot save library/shop 1.0.0: it is there already, as sha256:…
    Hint: raise save.version, or use --force to replace it
    [exit code 1]
    ");
    let run = test.run_with(&[("HREG_FORCE", "1")], &["orchestrate", "plan.json"]);
    assert_eq!(run.code, Some(1), "consent is given on the command line alone");
    let run = test.run(&["orchestrate", "plan.json", "--force"]);
    assert_snapshot!(shown(&run), @r"
    shop             library/base:1.0.0 84da643
    └── db           team/data/postgres:12.1.3 39c8707
        └── metrics  exporter 0.3.0 (embedded)
    …: Saving meta
    …: Saving content
    Name:    shop
    Version: 1.0.0
    Meta:    sha256:…
    Content: sha256:…
    Digest:  sha256:…
    1.0.0: saved
    --- stderr ---
    Note: library/shop 1.0.0 was replaced; it was sha256:…
    ");
    assert!(test.ok(&["show", "values", "shop"]).contains("replicas: 3"));
}

#[test]
fn an_immutable_space_is_left_as_it_is() {
    let test = shop();
    test.ok(&["space", "create", "fixed", "--immutable"]);
    test.ok(&["orchestrate", "plan.json", "--space", "fixed"]);
    let changed = PLAN.replace("\"replicas\": 2", "\"replicas\": 3");
    test.write("plan.json", &changed);
    let arguments = ["orchestrate", "plan.json", "--space", "fixed", "--force"];
    assert_snapshot!(shown(&refused(&test, &arguments)), @r"
    --- stderr ---
    Error: fixed/shop 1.0.0 cannot be overwritten: the space fixed is immutable
    Hint: raise the chart's version
    [exit code 1]
    ");
}

#[test]
fn a_tag_comes_with_the_version() {
    let test = shop();
    test.ok(&["orchestrate", "plan.json", "--tag", "latest"]);
    let next = PLAN.replace("\"shop\", \"version\": \"1.0.0\"", "\"shop\", \"version\": \"1.1.0\"");
    test.write("plan.json", &next);
    test.ok(&["orchestrate", "plan.json", "--tag", "latest"]);
    assert_snapshot!(test.ok(&["list", "library/shop", "-q"]), @r"
    library/shop:1.0.0
    library/shop:latest
    ");
    assert_eq!(test.digest("shop:latest", "digest"), test.digest("shop:1.1.0", "digest"));
    let run = refused(&test, &["orchestrate", "plan.json", "--tag", "1.0.0"]);
    assert_snapshot!(shown(&run), @r"
    --- stderr ---
    Error: the tag 1.0.0 of library/shop is the name of another version, 1.0.0
    Hint: choose another tag
    [exit code 1]
    ");
    let run = refused(&test, &["orchestrate", "plan.json", "--tag", "not a tag"]);
    assert_snapshot!(run, @r#"
    --- stderr ---
    Error: invalid value 'not a tag' for '--tag <TAG>': invalid tag "not a tag": it must be 1 to 128 letters, digits, '.', '_' and '-', not beginning with '.' or '-'

    For more information, try '--help'.
    [exit code 2]
    "#);
}

#[test]
fn the_space_may_be_said_in_three_places() {
    let test = shop();
    let without = PLAN.replace("\"save\": {\"space\": \"library\", ", "\"save\": {");
    assert_ne!(without, PLAN);
    test.write("plan.json", without);
    assert_snapshot!(refused(&test, &["orchestrate", "plan.json"]), @r"
    --- stderr ---
    Error: the plan has a mistake: save.space: it is missing; say it here, or with --space
    [exit code 1]
    ");
    test.ok(&["orchestrate", "plan.json", "--space", "team/apps"]);
    let run = test.run_with(&[("HREG_SPACE", "other")], &["orchestrate", "plan.json"]);
    assert_eq!(run.code, Some(0), "{run}");
    test.write("plan.json", PLAN);
    test.ok(&["orchestrate", "plan.json", "--space", "team/more"]);
    let all = test.ok(&["list", "-q"]);
    for space in ["other", "team/apps", "team/more"] {
        assert!(all.contains(&format!("{space}/shop:1.0.0\n")), "{all}");
    }
}

#[test]
fn a_chart_of_a_registry_is_a_source_too() {
    let test = shop();
    test.ok(&["tag", "base", "registry.example.com/charts/base:1.0.0"]);
    let plan = PLAN.replacen(
        "\"space\": \"library\", \"chart\": \"base\"",
        "\"space\": \"registry.example.com/charts\", \"chart\": \"base\"",
        1,
    );
    assert_ne!(plan, PLAN);
    assert_eq!(orchestrate(&test, &plan).code, Some(0));
    let sources = test.json(&["show", "sources", "shop"]);
    assert_eq!(sources["reference"], "registry.example.com/charts/base:1.0.0");
}

#[test]
fn the_highest_version_of_a_range_is_taken() {
    let test = shop();
    test.ok(&["orchestrate", "plan.json"]);
    let taken = |test: &super::Environment| {
        test.json(&["show", "sources", "shop"])["parts"][0]["version"].clone()
    };
    assert_eq!(taken(&test), "12.1.3");
    save_database(&test, "12.1.10", "new");
    save_database(&test, "12.1.11-rc.1", "newer");
    test.ok(&["orchestrate", "plan.json", "--force"]);
    assert_eq!(taken(&test), "12.1.10");
}

#[test]
fn without_leave_to_write_the_lock_there_is_a_warning() {
    let test = shop();
    let plan = test.write("plans/plan.json", PLAN);
    let folder = plan.parent().unwrap();
    let closed = |mode| fs::set_permissions(folder, fs::Permissions::from_mode(mode)).unwrap();
    closed(0o555);
    let run = test.finish(&mut test.bound_command(&["orchestrate", "plans/plan.json"]));
    closed(0o755);
    assert_eq!(run.code, Some(0), "{run}");
    let text = run.to_string();
    let (_, told) = text.split_once("--- stderr ---\n").unwrap();
    assert_snapshot!(told, @"Warning: the lock file plans/plan.lock.json was not written: cannot create plans/.hreg-<temporary>: Permission denied (os error 13)");
    assert_eq!(fs::read_dir(folder).unwrap().count(), 1);
    let run = test.run(&["show", "sources", "shop"]);
    assert_eq!(run.code, Some(0), "the chart is saved all the same: {run}");
}
