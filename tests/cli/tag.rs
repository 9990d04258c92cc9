//! `hreg tag`

use insta::assert_snapshot;

use super::environment::Environment;

#[test]
fn a_tag_moves_and_says_from_where() {
    let test = Environment::with_chart();
    assert_snapshot!(test.run(&["tag", "mychart:1.0.0", "mychart:latest"]), @"library/mychart:latest: sha256:0eae3d4…");
    test.chart("mychart", "2.0.0");
    test.ok(&["save", "mychart"]);
    assert_snapshot!(test.run(&["tag", "mychart:2.0.0", "mychart:latest"]), @r"
    library/mychart:latest: sha256:f80a2bd…
    --- stderr ---
    Note: library/mychart:latest was sha256:0eae3d4…
    ");
    assert_snapshot!(test.run(&["tag", "mychart:2.0.0", "mychart:latest"]), @"library/mychart:latest: sha256:f80a2bd…");
}

#[test]
fn another_space_gets_the_version_too() {
    let test = Environment::with_chart();
    test.ok(&["tag", "mychart", "team/apps/mychart:stable"]);
    assert_eq!(test.ok(&["version", "list", "-q", "team/apps/mychart"]), "1.0.0\n");
    test.ok(&["tag", "mychart", "other/mychart"]);
    assert_eq!(test.ok(&["list", "-q", "other"]), "other/mychart:1.0.0\n");
    let digest = |reference| test.digest(reference, "digest");
    assert_eq!(digest("team/apps/mychart:stable"), digest("mychart:1.0.0"));
}

#[test]
fn a_version_elsewhere_is_replaced_and_said_or_refused() {
    let test = Environment::with_chart();
    test.write("mychart/values.yaml", "replicas: 2\n");
    test.ok(&["save", "mychart", "other/mychart"]);
    let refused = ["tag", "mychart", "other/mychart:stable", "--no-overwrite"];
    assert_snapshot!(test.run(&refused), @r"
    --- stderr ---
    Error: other/mychart 1.0.0 is in the store already, as sha256:a9e8724…
    Hint: leave --no-overwrite away to replace it, or raise the chart's version
    [exit code 1]
    ");
    assert_snapshot!(test.run(&["tag", "mychart", "other/mychart:stable"]), @r"
    other/mychart:stable: sha256:0eae3d4…
    --- stderr ---
    Note: the version in other/mychart was replaced; it was sha256:a9e8724…
    ");
}

#[test]
fn a_digest_names_the_chart_exactly() {
    let test = Environment::with_chart();
    let first = test.digest("mychart", "digest");
    test.chart("mychart", "2.0.0");
    test.ok(&["save", "mychart"]);
    test.ok(&["tag", &format!("mychart@{first}"), "mychart:old"]);
    assert_eq!(test.digest("mychart:old", "digest"), first);
    let disagreeing = format!("mychart:2.0.0@{first}");
    assert_snapshot!(test.run(&["tag", &disagreeing, "mychart:new"]), @r"
    --- stderr ---
    Error: 2.0.0 of library/mychart is sha256:f80a2bd…, not sha256:0eae3d4…
    Hint: leave the tag or the digest away, or correct one of them
    [exit code 1]
    ");
}

#[test]
fn a_tag_cannot_hide_another_version_or_be_of_another_chart() {
    let test = Environment::with_chart();
    test.chart("mychart", "2.0.0");
    test.ok(&["save", "mychart"]);
    assert_snapshot!(test.run(&["tag", "mychart:2.0.0", "mychart:1.0.0"]), @r"
    --- stderr ---
    Error: the tag 1.0.0 of library/mychart is the name of another version, 1.0.0
    Hint: choose another tag
    [exit code 1]
    ");
    assert_snapshot!(test.run(&["tag", "mychart:2.0.0", "library/other:1"]), @r"
    --- stderr ---
    Error: the reference library/other:1 is not named after its chart, mychart
    Hint: use library/mychart:1
    [exit code 1]
    ");
    assert_snapshot!(test.run(&["tag", "mychart:3", "mychart:1"]), @r"
    --- stderr ---
    Error: tag library/mychart:3 is not in the store
    Hint: `hreg list library/mychart` shows what is there
    [exit code 1]
    ");
}
