//! How dependencies stand.

use std::fs;

use insta::assert_snapshot;

use super::{dependency, parent};

#[test]
fn lists_how_dependencies_stand() {
    let local = |name: &str, version: &str| dependency(name, version, "");
    let test = parent(
        &[
            local("archive", "^1"),
            local("corrupt", "1.0.0"),
            local("folder", "1"),
            local("many", ">=1"),
            local("missing", "1.0.0"),
            local("misnamed", "1"),
            local("old", "^2"),
            local("senseless", "zzz"),
        ]
        .concat(),
    );
    for (name, version) in [
        ("archive", "1.0.0"),
        ("many", "1.0.0"),
        ("many", "1.1.0"),
        ("old", "1.0.0"),
        ("senseless", "1.0.0"),
        ("unlisted", "1.0.0"),
    ] {
        test.chart(name, version);
        test.archive(name, &format!("parent/charts/{name}-{version}.tgz"));
    }
    test.archive("archive", "parent/charts/misnamed-1.0.0.tgz");
    test.write("parent/charts/corrupt-1.0.0.tgz", "no archive");
    test.chart_in("parent/charts/folder", "folder", "1.3.0");
    test.write("parent/charts/empty/x", "");
    test.write("parent/charts/README.md", "not looked at");
    assert_snapshot!(test.run(&["dependency", "list", "parent"]), @r#"
    NAME       VERSION  REPOSITORY  STATUS
    archive    ^1                   ok
    corrupt    1.0.0                corrupt
    folder     1                    unpacked
    many       >=1                  too many matches
    missing    1.0.0                missing
    misnamed   1                    misnamed
    old        ^2                   wrong version
    senseless  zzz                  invalid version
    --- stderr ---
    Warning: "parent/charts/corrupt-1.0.0.tgz" is not a chart
    Warning: "parent/charts/empty" is not a chart
    Warning: "parent/charts/unlisted-1.0.0.tgz" is not in Chart.yaml
    "#);
    assert_snapshot!(test.run(&["dep", "ls", "parent", "--no-headers"]).stdout, @r"
    archive    ^1       ok
    corrupt    1.0.0    corrupt
    folder     1        unpacked
    many       >=1      too many matches
    missing    1.0.0    missing
    misnamed   1        misnamed
    old        ^2       wrong version
    senseless  zzz      invalid version
    ");
    let rows = test.json(&["dep", "ls", "parent"]);
    assert_eq!(rows[6]["status"], "wrong-version");
}

#[test]
fn lists_the_dependencies_of_an_archive() {
    let test = parent(&(dependency("own", "^1", "") + &dependency("missing", "1", "https://a")));
    test.chart_in("parent/charts/own", "own", "1.2.3");
    test.archive("parent", "parent.tgz");
    assert_snapshot!(test.run(&["dep", "ls", "parent.tgz"]), @r"
    NAME     VERSION  REPOSITORY  STATUS
    own      ^1                   unpacked
    missing  1        https://a   missing
    ");
    test.chart("plain", "1.0.0");
    assert_snapshot!(test.run(&["dep", "ls", "plain"]), @r"
    NAME  VERSION  REPOSITORY  STATUS
    --- stderr ---
    Note: plain has no dependencies
    ");
    assert_snapshot!(test.run(&["dep", "up", "plain"]), @r"
    --- stderr ---
    Note: plain has no dependencies
    ");
    assert_snapshot!(test.run(&["dep", "up", "parent.tgz"]), @r"
    --- stderr ---
    Error: only unpacked charts can be updated: parent.tgz is no folder
    [exit code 1]
    ");
    fs::create_dir(test.path("empty")).unwrap();
    assert_snapshot!(test.run(&["dep", "ls", "empty"]), @r"
    --- stderr ---
    Error: empty is no chart: it has no Chart.yaml
    [exit code 1]
    ");
}
