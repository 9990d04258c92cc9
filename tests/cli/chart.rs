//! `hreg chart`

use insta::assert_snapshot;

use super::environment::Environment;

fn stored() -> Environment {
    let test = Environment::with_chart();
    test.chart("mychart", "1.1.0-rc.1");
    test.ok(&["save", "mychart"]);
    test.ok(&["tag", "mychart:1.0.0", "mychart:latest"]);
    test.ok(&["tag", "mychart:1.0.0", "team/mychart:stable"]);
    test
}

#[test]
fn charts_are_listed_and_shown() {
    let test = stored();
    assert_snapshot!(test.run(&["chart", "list"]), @r"
    CHART            VERSIONS  LATEST  TAGS
    library/mychart  2         1.0.0   3
    team/mychart     1         1.0.0   1
    ");
    assert_snapshot!(test.run(&["chart", "list", "team"]), @r"
    CHART         VERSIONS  LATEST  TAGS
    team/mychart  1         1.0.0   1
    ");
    assert_snapshot!(test.run(&["chart", "show", "mychart"]), @r"
    VERSION     DIGEST                                                                   TAGS
    1.0.0       sha256:0eae3d4…  1.0.0,latest
    1.1.0-rc.1  sha256:6ed4d5a…  1.1.0-rc.1
    ");
    assert_eq!(test.ok(&["chart", "ls", "--no-headers"]).lines().count(), 2);
    assert_snapshot!(test.run(&["chart", "list", "tem"]), @r"
    --- stderr ---
    Error: space tem is not in the store
    Hint: did you mean team?
    [exit code 1]
    ");
    assert_snapshot!(test.run(&["chart", "show", "mychrt"]), @r"
    --- stderr ---
    Error: chart library/mychrt is not in the store
    Hint: did you mean library/mychart, or team/mychart?
    [exit code 1]
    ");
}

#[test]
fn a_chart_goes_with_all_its_names() {
    let test = stored();
    assert_snapshot!(test.run(&["chart", "remove", "mychart"]), @r"
    library/mychart:1.0.0: removed
    library/mychart:1.1.0-rc.1: removed
    library/mychart:latest: removed
    library/mychart version 1.0.0: removed
    library/mychart version 1.1.0-rc.1: removed
    ");
    assert_eq!(test.ok(&["list", "-q"]), "team/mychart:stable\n");
    assert_snapshot!(test.run(&["chart", "rm", "mychart", "team/mychart"]), @r"
    team/mychart:stable: removed
    team/mychart version 1.0.0: removed
    --- stderr ---
    Error: chart library/mychart is not in the store
    Hint: did you mean team/mychart?
    [exit code 1]
    ");
}
