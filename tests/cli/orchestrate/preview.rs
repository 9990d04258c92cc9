//! What is shown without anything being saved.

use insta::assert_snapshot;

use super::{PLAN, everything, shop, shown};

#[test]
fn a_dry_run_writes_nothing() {
    let test = shop();
    let before = everything(&test);
    let run = test.run(&["orchestrate", "plan.json", "--dry-run"]);
    assert_snapshot!(shown(&run).replace("# How many\n", ""), @r"
    shop             library/base:1.0.0 84da643
    └── db           team/data/postgres:12.1.3 39c8707
        └── metrics  exporter 0.3.0 (embedded)
    Reference: library/shop:1.0.0
    Digest:    sha256:…
    Semantics: helm
    ---
    # values.yaml
    replicas: 2
    db:
      auth:
        database: shop
      metrics:
        port: 9187
    ");
    for format in ["json", "yaml"] {
        let run = test.run(&["orchestrate", "plan.json", "--dry-run", "-o", format]);
        assert_eq!(run.code, Some(0), "{run}");
    }
    for language in ["dot", "mermaid"] {
        test.ok(&["orchestrate", "plan.json", "--graph", language]);
    }
    let variables = [("HREG_DRY_RUN", "1"), ("HREG_PUSH", "oci://127.0.0.1:1/charts")];
    assert_eq!(test.run_with(&variables, &["orchestrate", "plan.json"]).code, Some(0));
    assert_eq!(everything(&test), before);
}

#[test]
fn a_dry_run_knows_what_the_chart_will_be() {
    let test = shop();
    let planned = test.json(&["orchestrate", "plan.json", "--dry-run"]);
    test.ok(&["orchestrate", "plan.json"]);
    assert_eq!(planned["digest"], test.digest("shop", "digest"));
    let values = test.json(&["version", "values", "shop"]);
    assert_eq!(planned["values"]["db"]["auth"], values["db"]["auth"]);
    let preview = test.ok(&["orchestrate", "plan.json", "--dry-run"]);
    let (_, written) = preview.split_once("# values.yaml\n").unwrap();
    assert_eq!(format!("{written}\n"), test.ok(&["show", "values", "shop"]));
}

#[test]
fn a_dry_run_fails_where_saving_would() {
    let test = shop();
    test.ok(&["orchestrate", "plan.json"]);
    test.write("plan.json", PLAN.replace("\"replicas\": 2", "\"replicas\": 3"));
    let before = everything(&test);
    let run = test.run(&["orchestrate", "plan.json", "--dry-run"]);
    assert_eq!(run.code, Some(1), "{run}");
    assert!(run.stdout.contains("replicas: 3"), "it is shown all the same: {run}");
    assert_snapshot!(shown(&run).split_once("--- stderr ---\n").unwrap().1, @r"
    Error: cannot save library/shop 1.0.0: it is there already, as sha256:…
    Hint: raise save.version, or use --force to replace it
    [exit code 1]
    ");
    let planned = test.json(&["orchestrate", "plan.json", "--dry-run", "--force"]);
    assert_eq!(planned["replaces"], test.digest("shop", "digest"));
    test.write("plan.json", PLAN.replace("~12.1", "~99"));
    let run = test.run(&["orchestrate", "plan.json", "--dry-run"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{run}");
    assert_eq!(everything(&test).len(), before.len());
}

#[test]
fn a_composition_is_drawn() {
    let test = shop();
    assert_snapshot!(test.ok(&["orchestrate", "plan.json", "--graph", "mermaid"]), @r#"
    flowchart TD
      n0["shop<br>library/base:1.0.0"]
      n1["db<br>team/data/postgres:12.1.3"]
      n0 --> n1
      n2("metrics<br>exporter 0.3.0")
      n1 --> n2
    "#);
    let run = test.run_with(&[("HREG_GRAPH", "dot")], &["orchestrate", "plan.json"]);
    assert_snapshot!(run, @r#"
    digraph {
      node [shape=box]
      n0 [label="shop\nlibrary/base:1.0.0"]
      n1 [label="db\nteam/data/postgres:12.1.3"]
      n0 -> n1
      n2 [label="metrics\nexporter 0.3.0", style=rounded]
      n1 -> n2
    }
    "#);
    assert_snapshot!(test.run(&["orchestrate", "plan.json", "--graph", "svg"]), @r"
    --- stderr ---
    Error: invalid value 'svg' for '--graph <LANGUAGE>'
      [possible values: mermaid, dot]

    For more information, try '--help'.
    [exit code 2]
    ");
}

#[test]
fn names_do_not_break_out_of_a_drawing() {
    let test = shop();
    test.write("hostile/Chart.yaml", "apiVersion: v2\nname: hostile\nversion: 1.0.0\n");
    let name = serde_json::to_string("a\"];<b>&#`").unwrap();
    let inner = format!("apiVersion: v2\nname: {name}\nversion: 1.0.0\n");
    test.write("hostile/charts/inner/Chart.yaml", inner);
    test.ok(&["save", "hostile"]);
    let plan = "save: {space: library, chart: graph, version: 1.0.0}\nconfigs:\n  \
                package: {independent: true, space: library, chart: hostile, version: 1.0.0}\n";
    test.write("graph.yaml", plan);
    assert_snapshot!(test.ok(&["orchestrate", "graph.yaml", "--graph", "mermaid"]), @r#"
    flowchart TD
      n0["graph<br>library/hostile:1.0.0"]
      n1("a#34;];#60;b#62;#38;#35;#96;<br>a#34;];#60;b#62;#38;#35;#96; 1.0.0")
      n0 --> n1
    "#);
    assert_snapshot!(test.ok(&["orchestrate", "graph.yaml", "--graph", "dot"]), @r#"
    digraph {
      node [shape=box]
      n0 [label="graph\nlibrary/hostile:1.0.0"]
      n1 [label="a\"];<b>&#`\na\"];<b>&#` 1.0.0", style=rounded]
      n0 -> n1
    }
    "#);
    assert_snapshot!(shown(&test.run(&["orchestrate", "graph.yaml", "--dry-run"])), @r#"
    graph           library/hostile:1.0.0 d7b7f44
    └── a"];<b>&#`  a"];<b>&#` 1.0.0 (kept)
    Reference: library/graph:1.0.0
    Digest:    sha256:…
    Semantics: helm
    "#);
}
