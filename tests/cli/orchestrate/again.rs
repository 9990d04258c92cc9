//! What a stored chart tells of plans: one to start from, and the one that it was built by.

use insta::assert_snapshot;

use super::{Environment, refused, shop};

#[test]
fn a_plan_to_start_from_can_be_carried_out() {
    let test = shop();
    let plan = test.ok(&["orchestrate", "init", "base", "team/data/postgres:12.1.3"]);
    assert_snapshot!(plan, @r#"
    {
      "save": {
        "space": "library",
        "chart": "my-base",
        "version": "0.1.0"
      },
      "configs": {
        "package": {
          "independent": true,
          "space": "library",
          "chart": "base",
          "version": "1.0.0"
        },
        "_config": {},
        "postgres": {
          "package": {
            "independent": true,
            "space": "team/data",
            "chart": "postgres",
            "version": "12.1.3"
          },
          "_config": {},
          "exporter": {
            "package": {
              "independent": false,
              "chart": "exporter",
              "version": "0.3.0"
            },
            "_config": {}
          }
        }
      }
    }
    "#);
    test.write("new.json", plan);
    test.ok(&["orchestrate", "new.json"]);
    assert_snapshot!(test.ok(&["show", "sources", "my-base"]), @r"
    my-base           library/base:1.0.0 84da643
    └── postgres      team/data/postgres:12.1.3 39c8707
        └── exporter  exporter 0.3.0 (embedded)
    ");
    let plan =
        test.ok(&["orchestrate", "init", "team/data/postgres", "base", "base", "-o", "yaml"]);
    test.write("new.yaml", plan);
    test.ok(&["orchestrate", "new.yaml", "--space", "team/apps"]);
    assert_snapshot!(test.ok(&["show", "sources", "team/apps/my-postgres"]), @r"
    my-postgres   team/data/postgres:12.2.0 64c3a2f
    ├── exporter  exporter 0.3.0 (embedded)
    ├── base      library/base:1.0.0 84da643
    └── base-2    library/base:1.0.0 84da643
    ");
}

#[test]
fn a_plan_to_start_from_leaves_out_what_no_plan_can_name() {
    let test = Environment::new();
    let listed = "dependencies:\n\
                  - {name: inner, version: 1.0.0, alias: one}\n\
                  - {name: inner, version: 1.0.0, alias: two}\n\
                  - {name: dotted.name, version: 1.0.0}\n";
    test.write("odd/Chart.yaml", format!("apiVersion: v2\nname: odd\nversion: 1.0.0\n{listed}"));
    test.chart_in("odd/charts/inner", "inner", "1.0.0");
    test.chart_in("odd/charts/dotted.name", "dotted.name", "1.0.0");
    test.ok(&["save", "odd"]);
    let plan = test.ok(&["orchestrate", "init", "odd", "--space", "team/apps"]);
    test.write("new.json", plan);
    test.ok(&["orchestrate", "new.json"]);
    assert_snapshot!(test.ok(&["show", "sources", "team/apps/my-odd"]), @r"
    my-odd   library/odd:1.0.0 ad48b59
    ├── one  one 1.0.0 (embedded)
    └── two  two 1.0.0 (embedded)
    ");
}

#[test]
fn a_chart_explains_the_plan_that_builds_it_again() {
    let test = shop();
    for semantics in ["helm", "caicloud"] {
        let arguments = ["orchestrate", "plan.json", "--semantics", semantics, "--force"];
        test.ok(&arguments);
        let digest = test.digest("shop", "digest");
        for format in ["json", "yaml"] {
            let plan = test.ok(&["orchestrate", "explain", "shop", "-o", format]);
            test.write("again", plan);
            test.ok(&["remove", "--all", "shop"]);
            test.ok(&["orchestrate", "again"]);
            assert_eq!(test.digest("shop", "digest"), digest, "{semantics} {format}");
        }
    }
    let plan = test.json(&["orchestrate", "explain", "shop"]);
    let package = &plan["configs"]["db"]["package"];
    assert_eq!(package["version"], "12.1.3", "a range is written as what it was");
    assert_eq!(package["digest"], test.digest("team/data/postgres:12.1.3", "digest"));
}

#[test]
fn a_chart_that_was_pulled_or_copied_explains_itself_too() {
    let test = shop();
    test.ok(&["orchestrate", "plan.json"]);
    test.ok(&["tag", "shop", "other/shop:1.0.0"]);
    let plan = test.json(&["orchestrate", "explain", "other/shop"]);
    assert_eq!(plan["save"]["space"], "other");
    assert_eq!(plan["save"]["description"], "A shop");
}

#[test]
fn what_was_built_otherwise_has_no_plan() {
    let test = shop();
    assert_snapshot!(refused(&test, &["orchestrate", "explain", "base"]), @r"
    --- stderr ---
    Error: library/base was not built by a plan, or does not say so
    [exit code 1]
    ");
    assert_snapshot!(refused(&test, &["show", "sources", "base"]), @r"
    --- stderr ---
    Error: library/base was not built by a plan, or does not say so
    [exit code 1]
    ");
    assert_snapshot!(refused(&test, &["orchestrate", "explain", "absent"]), @r"
    --- stderr ---
    Error: chart library/absent is not in the store
    Hint: did you mean library/base?
    [exit code 1]
    ");
    assert_snapshot!(refused(&test, &["orchestrate", "init", "base", "absent"]), @r"
    --- stderr ---
    Error: chart library/absent is not in the store
    Hint: did you mean library/base?
    [exit code 1]
    ");
    assert_snapshot!(refused(&test, &["orchestrate", "init"]), @r"
    --- stderr ---
    Error: the following required arguments were not provided:
      <REF>...

    Usage: hreg orchestrate init <REF>...

    For more information, try '--help'.
    [exit code 2]
    ");
}

#[test]
fn a_record_that_was_tampered_with_is_told() {
    let test = Environment::new();
    for (name, record) in [
        ("garbled", "'{'"),
        ("list", "'[]'"),
        ("hollow", "'{}'"),
        ("deep", &format!("'{{\"configs\": {}1{}}}'", "{\"a\":".repeat(500), "}".repeat(500))),
    ] {
        test.write(
            &format!("{name}/Chart.yaml"),
            format!(
                "apiVersion: v2\nname: {name}\nversion: 1.0.0\nannotations:\n  hreg.io/plan: {record}\n"
            ),
        );
        test.ok(&["save", name]);
    }
    assert_snapshot!(refused(&test, &["orchestrate", "explain", "garbled"]), @r"
    --- stderr ---
    Error: cannot read the plan that library/garbled says it was built by
    Caused by: EOF while parsing an object at line 1 column 1
    [exit code 1]
    ");
    assert_snapshot!(refused(&test, &["show", "sources", "list"]), @r"
    --- stderr ---
    Error: cannot read the plan that library/list says it was built by
    Caused by: invalid type: sequence, expected a map at line 1 column 0
    [exit code 1]
    ");
    assert_snapshot!(refused(&test, &["show", "sources", "hollow"]), @r"
    --- stderr ---
    Error: cannot read the plan that library/hollow says it was built by
    Caused by: the plan has a mistake: configs: it is missing
    [exit code 1]
    ");
    assert_snapshot!(refused(&test, &["show", "sources", "deep"]), @r"
    --- stderr ---
    Error: cannot read the plan that library/deep says it was built by
    Caused by: recursion limit exceeded at line 1 column 643
    [exit code 1]
    ");
}

#[test]
fn the_helping_commands_take_no_options_of_building() {
    let test = shop();
    let variables = [
        ("HREG_SPACE", "team/apps"),
        ("HREG_DRY_RUN", "1"),
        ("HREG_LOCKED", "1"),
        ("HREG_PUSH", "oci://127.0.0.1:1/x"),
        ("HREG_OUTPUT", "json"),
    ];
    let run = test.run_with(&variables, &["orchestrate", "init", "base"]);
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.stdout.contains("\"space\": \"team/apps\""), "{run}");
    assert_snapshot!(test.run(&["orchestrate", "--dry-run", "init", "base"]), @r"
    --- stderr ---
    Error: the subcommand 'base' cannot be used with:
      --dry-run
      <PLAN>

    Usage: hreg orchestrate [OPTIONS] <PLAN>
           hreg orchestrate <COMMAND>

    For more information, try '--help'.
    [exit code 2]
    ");
}
