//! `hreg space`

use insta::assert_snapshot;

use super::environment::Environment;

#[test]
fn spaces_are_created_listed_and_shown() {
    let test = Environment::with_chart();
    assert_snapshot!(test.run(&["space", "create", "team/apps", "--charts-only"]), @"Created space team/apps");
    assert_snapshot!(test.run(&["space", "create", "team/apps"]), @r"
    --- stderr ---
    Error: the space team/apps exists already
    [exit code 1]
    ");
    test.ok(&["space", "create", "fixed", "--immutable"]);
    assert_snapshot!(test.run(&["space", "list"]), @r"
    SPACE      CHARTS  VERSIONS  POLICY
    fixed      0       0         immutable
    library    1       1         -
    team/apps  0       0         charts-only
    ");
    assert_eq!(test.ok(&["space", "ls", "--no-headers"]).lines().count(), 3);
    assert_snapshot!(test.run(&["space", "show", "library"]), @r"
    SPACE    CHARTS  VERSIONS  POLICY
    library  1       1         -
    ");
}

#[test]
fn versions_of_an_immutable_space_stay_and_its_tags_move() {
    let test = Environment::new();
    test.ok(&["space", "create", "fixed", "--immutable"]);
    test.chart("mychart", "1.0.0");
    test.ok(&["save", "mychart", "fixed/mychart:latest"]);
    test.ok(&["save", "mychart", "--space", "fixed"]);
    test.write("mychart/values.yaml", "replicas: 2\n");
    assert_snapshot!(test.run(&["save", "mychart", "--space", "fixed"]), @r"
    --- stderr ---
    Error: fixed/mychart 1.0.0 cannot be overwritten: the space fixed is immutable
    Hint: raise the chart's version
    [exit code 1]
    ");
    assert_snapshot!(test.run(&["version", "values", "fixed/mychart", "--set", "a=1"]), @r"
    --- stderr ---
    Error: fixed/mychart 1.0.0 cannot be overwritten: the space fixed is immutable
    Hint: raise the chart's version
    [exit code 1]
    ");
    test.ok(&["save", "mychart"]);
    assert_snapshot!(test.run(&["tag", "mychart", "fixed/mychart"]), @r"
    --- stderr ---
    Error: fixed/mychart 1.0.0 cannot be overwritten: the space fixed is immutable
    Hint: raise the chart's version
    [exit code 1]
    ");
    test.chart("mychart", "2.0.0");
    test.ok(&["save", "mychart", "fixed/mychart:latest"]);
    assert_eq!(test.json(&["show", "chart", "fixed/mychart:latest"])["version"], "2.0.0");
    assert_eq!(test.json(&["version", "values", "fixed/mychart:1.0.0"])["replicas"], 1);
}

#[test]
fn a_space_with_charts_is_removed_only_when_that_is_said() {
    let test = Environment::with_chart();
    test.ok(&["space", "create", "empty"]);
    assert_snapshot!(test.run(&["space", "remove", "empty"]), @"Removed space empty with 0 charts");
    assert_snapshot!(test.run(&["space", "remove", "library"]), @r"
    --- stderr ---
    Error: the space library is not empty: it has 1 chart
    Hint: `hreg space remove library --yes` removes the charts too
    [exit code 1]
    ");
    test.chart("other", "1.0.0");
    test.ok(&["save", "other"]);
    assert_snapshot!(test.run(&["space", "rm", "library"]), @r"
    --- stderr ---
    Error: the space library is not empty: it has 2 charts
    Hint: `hreg space remove library --yes` removes the charts too
    [exit code 1]
    ");
    assert_snapshot!(test.run(&["space", "rm", "library", "--yes"]), @"Removed space library with 2 charts");
    assert_eq!(test.ok(&["list", "-q"]), "");
    assert_eq!(test.ok(&["space", "list", "--no-headers"]), "");
}

#[test]
fn a_space_is_not_inside_another() {
    let test = Environment::new();
    test.chart("mychart", "1.0.0");
    test.ok(&["save", "mychart", "team/mychart"]);
    test.ok(&["save", "mychart", "team/apps/mychart"]);
    test.ok(&["space", "remove", "team", "--yes"]);
    assert_eq!(test.ok(&["list", "-q"]), "team/apps/mychart:1.0.0\n");
}
