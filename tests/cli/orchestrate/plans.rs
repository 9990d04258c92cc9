//! The forms that a plan comes in, and the rules that it is built by.

use insta::assert_snapshot;

use super::{Environment, PLAN, Run, everything, orchestrate, shop};

/// The same as [`PLAN`], in YAML.
const YAML: &str = "\
# All of the shop.
save: {space: library, chart: shop, version: 1.0.0, description: A shop}
configs:
  package: {independent: yes, space: library, chart: base, version: 1.0.0}
  _config: {replicas: 2}
  db:
    package: {independent: true, space: team/data, chart: postgres, version: ~12.1}
    _config:
      auth:
        database: shop
    metrics:
      package: {independent: no, chart: exporter, version: 0.3.0}
      _config: {port: 9187}
";

fn pipe(test: &Environment, plan: &str, arguments: &[&str]) -> Run {
    test.finish_with(&mut test.command(arguments), plan.as_bytes())
}

#[test]
fn json_with_comments_and_yaml_say_the_same() {
    let test = shop();
    test.ok(&["orchestrate", "plan.json"]);
    let digest = test.digest("shop", "digest");
    test.ok(&["remove", "--all", "shop"]);
    test.write("plan.yaml", YAML);
    test.ok(&["orchestrate", "plan.yaml"]);
    assert_eq!(test.digest("shop", "digest"), digest);
    assert_eq!(test.read("plan.lock.json"), test.read("plan.lock.json"));
    let with_mark = format!("\u{feff}{PLAN}");
    assert_eq!(orchestrate(&test, &with_mark).code, Some(0));
}

#[test]
fn a_plan_comes_from_standard_input() {
    let test = shop();
    for plan in [PLAN, YAML] {
        let run = pipe(&test, plan, &["orchestrate", "-", "-o", "json"]);
        assert_eq!(run.code, Some(0), "{run}");
        assert_eq!(run.stderr, "");
    }
    assert!(!test.path("plan.lock.json").exists() && !test.path("-.lock.json").exists());
    assert_snapshot!(pipe(&test, PLAN, &["orchestrate", "-", "--locked"]), @r"
    --- stderr ---
    Error: only a plan in a file has a lock file beside it
    [exit code 2]
    ");
    assert_snapshot!(pipe(&test, "", &["orchestrate", "-"]), @r"
    --- stderr ---
    Error: the plan cannot be read: it is empty
    [exit code 1]
    ");
    assert_snapshot!(pipe(&test, "{", &["orchestrate", "-"]), @r"
    --- stderr ---
    Error: the plan cannot be read: it is no JSON: EOF while parsing an object at line 1 column 1
    [exit code 1]
    ");
    assert_snapshot!(pipe(&test, &" ".repeat(2 << 20), &["orchestrate", "-"]), @r"
    --- stderr ---
    Error: the plan cannot be read: it has more than 1048576 bytes
    [exit code 1]
    ");
}

#[test]
fn a_password_comes_from_elsewhere_than_the_plan() {
    let test = shop();
    let arguments =
        ["orchestrate", "-", "--push", "oci://127.0.0.1:1/x", "--password-stdin", "-u", "me"];
    assert_snapshot!(pipe(&test, PLAN, &arguments), @r"
    --- stderr ---
    Error: the plan and the password cannot both come from standard input
    [exit code 2]
    ");
}

#[test]
fn a_pipe_is_no_place_for_a_lock() {
    let test = shop();
    let run = pipe(&test, PLAN, &["orchestrate", "/dev/stdin"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{run}");
    let run = pipe(&test, PLAN, &["orchestrate", "/dev/stdin", "--locked"]);
    assert_eq!(run.code, Some(2), "{run}");
}

#[test]
fn a_plan_that_cannot_be_read_is_no_plan() {
    let test = shop();
    let before = everything(&test);
    assert_snapshot!(test.run(&["orchestrate"]), @r"
    --- stderr ---
    Error: the following required arguments were not provided:
      <PLAN>

    Usage: hreg orchestrate <PLAN>

    For more information, try '--help'.
    [exit code 2]
    ");
    assert_snapshot!(test.run(&["orchestrate", "absent.json"]), @r"
    --- stderr ---
    Error: there is no plan absent.json
    Hint: `hreg orchestrate init REF...` prints a plan to start from
    [exit code 1]
    ");
    assert_snapshot!(test.run(&["orchestrate", "base"]), @r"
    --- stderr ---
    Error: cannot read base
    Caused by: Is a directory (os error 21)
    [exit code 1]
    ");
    assert_eq!(everything(&test), before);
    test.write("large.json", " ".repeat(2 << 20));
    assert_snapshot!(test.run(&["orchestrate", "large.json"]), @r"
    --- stderr ---
    Error: cannot read large.json
    Caused by: it is larger than 1048576 bytes
    [exit code 1]
    ");
    test.write("binary.json", [0xff, 0xfe, 0x00]);
    let run = test.run(&["orchestrate", "binary.json"]);
    assert_eq!(run.code, Some(1), "{run}");
}

#[test]
fn the_rules_are_chosen_by_option_variable_or_plan() {
    let test = shop();
    let semantics = |run: Run| {
        assert_eq!(run.code, Some(0), "{run}");
        let printed: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        printed["semantics"].as_str().unwrap().to_owned()
    };
    let dry = ["orchestrate", "plan.json", "--dry-run", "-o", "json"];
    assert_eq!(semantics(test.run(&dry)), "helm");
    let variable = [("HREG_SEMANTICS", "caicloud")];
    assert_eq!(semantics(test.run_with(&variable, &dry)), "caicloud");
    let asked = [&dry[..], &["--semantics", "helm"]].concat();
    assert_eq!(semantics(test.run_with(&variable, &asked)), "helm");
    test.write(
        "plan.json",
        PLAN.replace("\"configs\"", "\"semantics\": \"caicloud\", \"configs\""),
    );
    assert_eq!(semantics(test.run(&dry)), "caicloud");
    assert_eq!(semantics(test.run(&asked)), "helm");
    assert_snapshot!(test.run(&["orchestrate", "plan.json", "--semantics", "other"]), @r"
    --- stderr ---
    Error: invalid value 'other' for '--semantics <RULES>'
      [possible values: helm, caicloud]

    For more information, try '--help'.
    [exit code 2]
    ");
}

#[test]
fn the_original_rules_keep_the_configs_apart() {
    let test = shop();
    test.ok(&["orchestrate", "plan.json", "--semantics", "caicloud"]);
    assert_snapshot!(test.ok(&["show", "values", "shop"]), @r"
    _config:
      replicas: 2
    db:
      _config:
        auth:
          database: shop
      metrics:
        _config:
          port: 9187
    ");
    test.ok(&["export", "shop", "-d", "out"]);
    assert_eq!(test.read("out/shop/charts/db/values.yaml"), "");
    assert_eq!(test.read("out/shop/charts/db/charts/metrics/values.yaml"), "");
}
