//! All mistakes of a plan, each with its place.

use insta::assert_snapshot;

use super::{PLAN, refused, shop};

fn refusal(plan: &str) -> String {
    let test = shop();
    test.write("plan.json", plan);
    let run = refused(&test, &["orchestrate", "plan.json"]);
    assert_eq!(run.code, Some(1), "{run}");
    run.to_string()
}

#[test]
fn every_field_is_checked() {
    let plan = r#"{
      "save": {"space": "_bad", "chart": "shop/x", "descripton": "?"},
      "semantics": "original",
      "configs": {
        "package": {"independent": false, "chart": "base", "version": "1"},
        "_config": [],
        "global": {"package": {}},
        "a.b": {},
        "db": {
          "package": {"independent": "yes", "space": 1, "chart": null, "version": 12.1, "digest": "x", "drop": "y"},
          "deeper": {"package": {"independent": true, "chart": "base", "version": ">>1"}}
        }
      }
    }"#;
    assert_snapshot!(refusal(plan), @r#"
    --- stderr ---
    Error: the plan has 21 mistakes:
      save.space: invalid space name "_bad": its parts are letters, digits, '.', '_' and '-', and begin with a letter or digit
      save.chart: invalid chart name "shop/x": it must not contain '/'
      save.descripton: there is no such field; there are space, chart, version, description
      save.version: it is missing
      semantics: "original" is neither "helm" nor "caicloud"
      configs.package.independent: the root is in no other chart: it must be true here
      configs._config: expected values, found a list
      configs.global: no chart can be called so: Helm keeps values for all charts there
      configs.global.package.independent: it is missing
      configs.global.package.chart: it is missing
      configs.global.package.version: it is missing
      configs.a.b: a name with a dot cannot be a part of the path of a value
      configs.a.b.package: it is missing
      configs.db.package.independent: expected true or false, found text
      configs.db.package.space: expected text, found a number (text stands in quotes)
      configs.db.package.chart: expected text, found null
      configs.db.package.version: expected text, found a number (text stands in quotes)
      configs.db.package.digest: "x" is no digest: expected ALGORITHM:HEX, such as sha256:2cf24d…
      configs.db.package.drop: expected a list of names of subcharts
      configs.db.deeper.package.version: invalid version range ">>1": expected comparisons such as ^1.2, ~1.2.3 or >=1.0 <2.0
      configs.db.deeper.package.space: it is missing
    [exit code 1]
    "#);
}

#[test]
fn a_text_that_is_no_plan_is_told_where() {
    assert_snapshot!(refusal("{\n  \"save\": {},\n  \"configs\": {,}\n}"), @r"
    --- stderr ---
    Error: the plan cannot be read: it is no JSON: key must be a string at line 3 column 15
    [exit code 1]
    ");
    assert_snapshot!(refusal("save: {}\nconfigs: {a: [}\n"), @r"
    --- stderr ---
    Error: the plan cannot be read: it is neither JSON nor YAML: line 2, column 15: did not find expected node content
    [exit code 1]
    ");
    assert_snapshot!(refusal("{\"save\": 1, \"save\": 2}"), @r#"
    --- stderr ---
    Error: the plan cannot be read: it is no JSON: the key "save" is there twice at line 1 column 18
    [exit code 1]
    "#);
    assert_snapshot!(refusal("[]"), @r"
    --- stderr ---
    Error: the plan cannot be read: expected fields, found a list
    [exit code 1]
    ");
}

#[test]
fn what_is_not_in_the_store_is_told_together() {
    let plan = PLAN
        .replace("\"save\": {\"space\": \"library\", ", "\"save\": {")
        .replace("~12.1", "~99")
        .replace(
            "\"metrics\": {",
            "\"web\": {\"package\": {\"independent\": true, \"space\": \"nowhere\", \"chart\": \"x\", \"version\": \"1\"}},
             \"bse\": {\"package\": {\"independent\": true, \"space\": \"library\", \"chart\": \"bse\", \"version\": \"1\"}},
             \"metrics\": {",
        );
    assert_snapshot!(refusal(&plan), @r"
    --- stderr ---
    Error: the plan has 4 mistakes:
      save.space: it is missing; say it here, or with --space
      configs.db.package.version: team/data/postgres has no version ~99; it has 12.2.0, 12.1.3, 12.1.0
      configs.db.web.package.chart: chart nowhere/x is not in the store; `hreg list` shows what is there
      configs.db.bse.package.chart: chart library/bse is not in the store; did you mean library/base?
    [exit code 1]
    ");
}

#[test]
fn what_is_not_in_its_parent_is_told_together() {
    let plan = PLAN
        .replace("\"exporter\", \"version\": \"0.3.0\"", "\"exporter\", \"version\": \"0.4.0\"")
        .replace("\"~12.1\"}", "\"~12.1\", \"drop\": [\"nothing\", \"exporter\"]}")
        .replace(
            "\"metrics\": {",
            "\"other\": {\"package\": {\"independent\": false, \"chart\": \"export\", \"version\": \"1\"}},
             \"missing\": {\"package\": {\"independent\": true, \"space\": \"library\", \"chart\": \"base\", \"version\": \"2\"}},
             \"metrics\": {",
        );
    assert_snapshot!(refusal(&plan), @r"
    --- stderr ---
    Error: the plan has 5 mistakes:
      configs.db.package.drop: there is no nothing to leave out: the chart has exporter
      configs.db.package.drop: exporter cannot be left out: a node takes it
      configs.db.other.package.chart: there is no export in its parent, which has exporter
      configs.db.missing.package.version: library/base has no version 2; it has 1.0.0
      configs.db.metrics.package.version: 0.4.0 was asked for, but its parent has 0.3.0
    [exit code 1]
    ");
}

#[test]
fn mistakes_of_every_kind_are_told_together() {
    let plan = PLAN
        .replace("\"save\": {\"space\": \"library\", ", "\"save\": {\"space\": 1, ")
        .replace("\"exporter\", \"version\": \"0.3.0\"", "\"exporter\", \"version\": \"0.4.0\"")
        .replace(
            "\"metrics\": {",
            "\"a.b\": {\"package\": {\"independent\": true, \"space\": \"nowhere\", \"chart\": \"x\", \"version\": \"1\"}},
             \"number\": {
               \"package\": {\"independent\": true, \"space\": \"library\", \"chart\": \"base\", \"version\": 1},
               \"inner\": {\"package\": {\"independent\": true, \"space\": \"library\", \"chart\": \"bse\", \"version\": \"1\"}}},
             \"_confg\": {},
             \"metrics\": {",
        );
    assert_snapshot!(refusal(&plan), @r"
    --- stderr ---
    Error: the plan has 7 mistakes:
      save.space: expected text, found a number (text stands in quotes)
      configs.db.a.b: a name with a dot cannot be a part of the path of a value
      configs.db.a.b.package.chart: chart nowhere/x is not in the store; `hreg list` shows what is there
      configs.db.number.package.version: expected text, found a number (text stands in quotes)
      configs.db.number.inner.package.chart: chart library/bse is not in the store; did you mean library/base?
      configs.db._confg.package: it is missing
      configs.db.metrics.package.version: 0.4.0 was asked for, but its parent has 0.3.0
    [exit code 1]
    ");
}

#[test]
fn a_digest_that_is_another_one_is_told() {
    let digest = "sha256:".to_owned() + &"0".repeat(64);
    let plan = PLAN.replace("\"~12.1\"}", &format!("\"~12.1\", \"digest\": \"{digest}\"}}"));
    assert_snapshot!(refusal(&plan), @r"
    --- stderr ---
    Error: the plan has a mistake: configs.db.package: team/data/postgres 12.1.3 is sha256:39c8707… now, not sha256:0000000…
    [exit code 1]
    ");
}

#[test]
fn what_a_plan_says_does_not_reach_the_terminal_raw() {
    let plan = PLAN.replace("\"db\": {", "\"d\\u001b[2J\\u0007b\": {");
    let refusal = refusal(&plan);
    assert!(!refusal.contains(['\u{1b}', '\u{7}']), "{refusal:?}");
    assert_snapshot!(refusal, @r#"
    --- stderr ---
    Error: the plan has a mistake: configs.d\u{1b}[2J\u{7}b: invalid chart name "d\u{1b}[2J\u{7}b": it must not contain '\u{1b}'
    [exit code 1]
    "#);
}

#[test]
fn charts_lie_in_each_other_so_deep_and_no_deeper() {
    let node = "\"package\": {\"independent\": true, \"space\": \"library\", \"chart\": \"base\", \"version\": \"1\"}";
    let nested = |depth: usize| {
        let inner = format!(", \"n\": {{{node}").repeat(depth - 1) + &"}".repeat(depth - 1);
        let save =
            "\"save\": {\"space\": \"library\", \"chart\": \"deep\", \"version\": \"1.0.0\"}";
        format!("{{{save}, \"configs\": {{{node}{inner}}}}}")
    };
    let test = shop();
    test.write("plan.json", nested(4));
    test.ok(&["orchestrate", "plan.json"]);
    test.write("plan.json", nested(33));
    let run = refused(&test, &["orchestrate", "plan.json"]);
    assert!(run.stderr.contains("deep"), "{run}");
    test.write("plan.json", nested(10_000));
    refused(&test, &["orchestrate", "plan.json"]);
}
