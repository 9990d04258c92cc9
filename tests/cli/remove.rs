//! `hreg remove`

use insta::assert_snapshot;

use super::environment::Environment;

#[test]
fn a_tag_goes_and_the_rest_stays() {
    let test = Environment::with_chart();
    test.ok(&["tag", "mychart:1.0.0", "mychart:latest"]);
    assert_snapshot!(test.run(&["remove", "mychart:latest"]), @r"
    library/mychart:latest: removed
    library/mychart:1.0.0: still there
    library/mychart version 1.0.0: still there
    ");
    assert_eq!(test.ok(&["list", "-q"]), "library/mychart:1.0.0\n");
}

#[test]
fn the_last_tag_takes_the_version_along() {
    let test = Environment::with_chart();
    assert_snapshot!(test.run(&["rm", "mychart:1.0.0"]), @r"
    library/mychart:1.0.0: removed
    library/mychart version 1.0.0: removed
    ");
    assert_eq!(test.ok(&["list", "-q"]), "");
    assert_snapshot!(test.run(&["remove", "mychart:1.0.0"]), @r"
    --- stderr ---
    Error: chart library/mychart is not in the store
    Hint: `hreg list` shows what is there
    [exit code 1]
    ");
}

#[test]
fn a_version_that_no_tag_names_goes_by_its_own_name() {
    let test = Environment::new();
    test.chart("mychart", "1.0.0");
    test.ok(&["save", "mychart", "mychart:stable"]);
    test.chart("mychart", "2.0.0");
    test.ok(&["save", "mychart", "mychart:stable"]);
    assert_eq!(test.ok(&["list", "-q"]), "library/mychart:1.0.0\nlibrary/mychart:stable\n");
    assert_snapshot!(test.run(&["remove", "mychart:1.0.0"]), @"library/mychart version 1.0.0: removed");
    assert_eq!(test.ok(&["list", "-q"]), "library/mychart:stable\n");
}

#[test]
fn a_digest_takes_all_names_of_a_manifest() {
    let test = Environment::with_chart();
    test.ok(&["tag", "mychart:1.0.0", "mychart:latest"]);
    test.chart("mychart", "2.0.0");
    test.ok(&["save", "mychart"]);
    let first = format!("mychart@{}", test.digest("mychart:1.0.0", "digest"));
    assert_snapshot!(test.run(&["remove", &first]), @r"
    library/mychart:1.0.0: removed
    library/mychart:latest: removed
    library/mychart version 1.0.0: removed
    ");
    assert_eq!(test.ok(&["list", "-q"]), "library/mychart:2.0.0\n");
    assert_snapshot!(test.run(&["remove", &first]), @r"
    --- stderr ---
    Error: manifest library/mychart@sha256:0eae3d4… is not in the store
    Hint: `hreg list library/mychart` shows what is there
    [exit code 1]
    ");
}

#[test]
fn a_whole_chart_goes_only_when_that_is_said() {
    let test = Environment::with_chart();
    test.chart("mychart", "2.0.0");
    test.ok(&["save", "mychart"]);
    assert_snapshot!(test.run(&["remove", "mychart"]), @r"
    --- stderr ---
    Error: library/mychart does not say which version is meant
    Hint: say for instance library/mychart:2.0.0; `hreg remove --all library/mychart` removes all
    [exit code 1]
    ");
    assert_snapshot!(test.run(&["remove", "mychart", "--all"]), @r"
    library/mychart:1.0.0: removed
    library/mychart:2.0.0: removed
    library/mychart version 1.0.0: removed
    library/mychart version 2.0.0: removed
    ");
    assert_eq!(test.ok(&["list", "-q"]), "");
}

#[test]
fn several_go_each_by_itself() {
    let test = Environment::with_chart();
    test.chart("other", "1.0.0");
    test.ok(&["save", "other"]);
    assert_snapshot!(test.run(&["remove", "mychart:1.0.0", "othr:1.0.0", "other:1.0.0"]), @r"
    library/mychart:1.0.0: removed
    library/mychart version 1.0.0: removed
    library/other:1.0.0: removed
    library/other version 1.0.0: removed
    --- stderr ---
    Error: chart library/othr is not in the store
    Hint: did you mean library/other?
    [exit code 1]
    ");
    assert_eq!(test.ok(&["list", "-q"]), "");
}

#[test]
fn a_tag_with_a_digest_goes_only_if_both_agree() {
    let test = Environment::with_chart();
    let digest = test.digest("mychart", "digest");
    test.chart("mychart", "2.0.0");
    test.ok(&["save", "mychart"]);
    assert_snapshot!(test.run(&["remove", &format!("mychart:2.0.0@{digest}")]), @r"
    --- stderr ---
    Error: 2.0.0 of library/mychart is sha256:f80a2bd…, not sha256:0eae3d4…
    Hint: leave the tag or the digest away, or correct one of them
    [exit code 1]
    ");
    test.ok(&["remove", &format!("mychart:1.0.0@{digest}")]);
    assert_eq!(test.ok(&["list", "-q"]), "library/mychart:2.0.0\n");
}
