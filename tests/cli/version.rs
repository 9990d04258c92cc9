//! `hreg version`

use insta::assert_snapshot;

use super::environment::Environment;

#[test]
fn versions_are_listed_and_shown() {
    let test = Environment::with_chart();
    test.chart("mychart", "1.10.0");
    test.ok(&["save", "mychart", "mychart:latest"]);
    test.chart("mychart", "1.9.0");
    test.ok(&["save", "mychart"]);
    assert_snapshot!(test.run(&["version", "list", "mychart"]), @r"
    VERSION  DIGEST                                                                   TAGS
    1.0.0    sha256:0eae3d4…  1.0.0
    1.9.0    sha256:b23fa70…  1.9.0
    1.10.0   sha256:8a04215…  latest
    ");
    assert_eq!(test.ok(&["version", "ls", "-q", "mychart"]), "1.0.0\n1.9.0\n1.10.0\n");
    assert_snapshot!(test.run(&["version", "show", "mychart:latest"]), @r"
    VERSION  DIGEST                                                                   TAGS
    1.10.0   sha256:8a04215…  latest
    ");
    assert_snapshot!(test.run(&["version", "show", "mychart:1.9"]), @r"
    --- stderr ---
    Error: tag library/mychart:1.9 is not in the store
    Hint: did you mean library/mychart:1.9.0?
    [exit code 1]
    ");
}

#[test]
fn a_version_goes_with_all_its_tags() {
    let test = Environment::with_chart();
    test.ok(&["tag", "mychart:1.0.0", "mychart:latest"]);
    assert_snapshot!(test.run(&["version", "remove", "mychart:1.0.0", "mychart:2.0.0"]), @r"
    library/mychart:1.0.0: removed
    library/mychart:latest: removed
    library/mychart version 1.0.0: removed
    --- stderr ---
    Error: chart library/mychart is not in the store
    Hint: `hreg list` shows what is there
    [exit code 1]
    ");
    assert_eq!(test.ok(&["list", "-q"]), "");
}

#[test]
fn metadata_is_shown_and_changed_under_the_same_version() {
    let test = Environment::with_chart();
    assert_snapshot!(test.run(&["version", "metadata", "mychart"]), @r#"
    name: mychart
    version: "1.0.0"
    description: A chart for tests
    apiVersion: v2
    "#);
    let change =
        ["--set", "description=New", "--set", "keywords={a,b}", "--set", "appVersion=1.10"];
    assert_snapshot!(test.run(&[&["version", "metadata", "mychart"], &change[..]].concat()), @r"
    ec95d81: Saving meta (115 B)
    e4d8857: Saving content (268 B)
    Name:    mychart
    Version: 1.0.0
    Meta:    sha256:ec95d81…
    Content: sha256:e4d8857…
    Digest:  sha256:c275fa4…
    1.0.0: saved
    --- stderr ---
    Note: library/mychart 1.0.0 was replaced; it was sha256:0eae3d4…
    ");
    assert_snapshot!(test.run(&["version", "metadata", "mychart"]), @r#"
    name: mychart
    version: "1.0.0"
    description: New
    keywords:
    - a
    - b
    apiVersion: v2
    appVersion: "1.10"
    "#);
    assert_eq!(test.ok(&["list", "-q"]), "library/mychart:1.0.0\n");
}

#[test]
fn the_identity_of_a_chart_stays() {
    let test = Environment::with_chart();
    let before = test.tree();
    assert_snapshot!(test.run(&["version", "metadata", "mychart", "--set", "name=other"]), @r#"
    --- stderr ---
    Error: cannot change name from "mychart" to "other": it is the chart's identity
    Hint: save the changed chart as a new version instead
    [exit code 1]
    "#);
    assert_snapshot!(test.run(&["version", "metadata", "mychart", "--set", "version=2.0.0"]), @r#"
    --- stderr ---
    Error: cannot change version from "1.0.0" to "2.0.0": it is the chart's identity
    Hint: save the changed chart as a new version instead
    [exit code 1]
    "#);
    assert_snapshot!(test.run(&["version", "metadata", "mychart", "--set", "type=unknown"]), @r"
    --- stderr ---
    Error: cannot change the chart library/mychart:1.0.0 so
    Caused by: validation: chart.metadata.type must be application or library
    [exit code 1]
    ");
    let set = |text| test.run(&["version", "metadata", "mychart", "--set", text]);
    assert_snapshot!(set("descripton=typo"), @r#"
    --- stderr ---
    Error: cannot set "descripton": it is no field of Chart.yaml
    Hint: did you mean description?
    [exit code 2]
    "#);
    assert_snapshot!(set("Description=case"), @r#"
    --- stderr ---
    Error: cannot set "Description": it is no field of Chart.yaml
    Hint: did you mean description?
    [exit code 2]
    "#);
    assert_snapshot!(set("annotations.any=thing,zzz=1"), @r#"
    --- stderr ---
    Error: cannot set "zzz": it is no field of Chart.yaml
    [exit code 2]
    "#);
    assert_snapshot!(set("maintainers[0].name=A,maintainers[1].mail=a@example.com"), @r#"
    --- stderr ---
    Error: cannot set "maintainers[1].mail": it is no field of Chart.yaml
    Hint: did you mean email?
    [exit code 2]
    "#);
    assert_snapshot!(set("dependencies[0].import-value=x"), @r#"
    --- stderr ---
    Error: cannot set "dependencies[0].import-value": it is no field of Chart.yaml
    Hint: did you mean import-values?
    [exit code 2]
    "#);
    assert_snapshot!(set("a.b"), @r#"
    --- stderr ---
    Error: cannot set "a.b"
    Caused by: key "b" has no value
    [exit code 2]
    "#);
    assert_snapshot!(test.run(&["version", "metadata", "mychart", "--set", "a[=b"]), @r#"
    --- stderr ---
    Error: cannot set "a[=b"
    Caused by: error parsing index: it must terminate with ']'
    [exit code 2]
    "#);
    assert_eq!(test.tree(), before);
}

#[test]
fn values_are_changed_by_files_and_settings() {
    let test = Environment::with_chart();
    test.write("more.yaml", "replicas: 3\nimage:\n  tag: v1\n");
    let values = ["version", "values", "mychart"];
    test.ok(&[&values[..], &["-f", "more.yaml", "--set", "image.tag=v2,on=true"]].concat());
    assert_snapshot!(test.run(&values), @r#"
    image:
      tag: v2
    "on": true
    replicas: 3
    "#);
    test.ok(&[&values[..], &["--replace", "--set", "only=1"]].concat());
    assert_snapshot!(test.run(&values), @"only: 1");
    let missing = [&values[..], &["-f", "missing.yaml"]].concat();
    assert_snapshot!(test.run(&missing), @r"
    --- stderr ---
    Error: cannot read missing.yaml
    Caused by: No such file or directory (os error 2)
    [exit code 1]
    ");
    test.write("bad.yaml", "a: [\n");
    assert_snapshot!(test.run(&[&values[..], &["-f", "bad.yaml"]].concat()), @r"
    --- stderr ---
    Error: cannot read the values in bad.yaml
    Caused by: line 2, column 1: did not find expected node content
    [exit code 1]
    ");
    assert_snapshot!(test.run(&values), @"only: 1");
}

#[test]
fn a_changed_file_keeps_its_comments() {
    let test = Environment::new();
    test.chart("mychart", "1.0.0");
    let values = "# Defaults.\n\nimage:   # which\n    tag: v1   # the version\n    id: 1.50\n\n# The end.\n";
    test.write("mychart/values.yaml", values);
    let metadata = test.read("mychart/Chart.yaml");
    test.write("mychart/Chart.yaml", format!("# About.\n{metadata}# That is all.\n"));
    test.ok(&["save", "mychart"]);
    test.ok(&["version", "values", "mychart", "--set", "image.tag=v2,image.pull=Always,on=true"]);
    test.ok(&["version", "metadata", "mychart", "--set", "description=New"]);
    test.ok(&["export", "mychart", "-d", "out"]);
    assert_snapshot!(test.read("out/mychart/values.yaml"), @r#"
    # Defaults.

    image:   # which
        tag: v2   # the version
        id: 1.50
        pull: Always

    # The end.
    "on": true
    "#);
    assert_snapshot!(test.read("out/mychart/Chart.yaml"), @r"
    # About.
    apiVersion: v2
    name: mychart
    version: 1.0.0
    description: New
    # That is all.
    ");
    test.ok(&["version", "values", "mychart", "--replace", "--set", "only=1"]);
    test.ok(&["export", "mychart", "-d", "anew"]);
    assert_eq!(test.read("anew/mychart/values.yaml"), "only: 1\n");
}

#[test]
fn values_are_read_from_standard_input() {
    let test = Environment::with_chart();
    let input = std::fs::File::open(test.write("input", "replicas: 7\n")).unwrap();
    let mut command = test.command(&["version", "values", "mychart", "-f", "-"]);
    assert_eq!(test.finish(command.stdin(input)).code, Some(0));
    assert_eq!(test.json(&["version", "values", "mychart"])["replicas"], 7);
}

#[test]
fn values_of_subcharts_are_folded_in() {
    let test = Environment::new();
    test.chart("mychart", "1.0.0");
    test.chart_in("mychart/charts/sub", "sub", "0.1.0");
    test.write("mychart/values.yaml", "sub:\n  extra: yes\n");
    test.ok(&["save", "mychart"]);
    assert_snapshot!(test.run(&["version", "values", "mychart"]), @r"
    sub:
      extra: true
      global: {}
      replicas: 1
    ");
}

#[test]
fn a_changed_chart_loses_its_signature_and_keeps_its_files() {
    let test = Environment::with_chart();
    test.archive("mychart", "mychart-1.0.0.tgz");
    test.provenance("mychart-1.0.0.tgz", &test.digest("mychart", "content"));
    test.ok(&["save", "mychart-1.0.0.tgz"]);
    assert_snapshot!(test.run(&["version", "values", "mychart", "--set", "replicas=2"]), @r"
    6647efd: Saving content (253 B)
    Name:    mychart
    Version: 1.0.0
    Meta:    sha256:f27f999…
    Content: sha256:6647efd…
    Digest:  sha256:2221ee5…
    1.0.0: saved
    --- stderr ---
    Warning: library/mychart: its provenance was dropped: the signature does not cover the changed chart
    Note: library/mychart 1.0.0 was replaced; it was sha256:747cd5f…
    ");
    test.ok(&["export", "mychart", "-d", "out"]);
    let template = "templates/x.yaml";
    assert_eq!(
        test.read(&format!("out/mychart/{template}")),
        test.read(&format!("mychart/{template}"))
    );
    assert_eq!(test.read("out/mychart/values.yaml"), "# How many\nreplicas: 2\n");
}
