//! `hreg save`

use insta::assert_snapshot;

use super::environment::Environment;

#[test]
fn a_folder_is_saved_under_its_own_name() {
    let test = Environment::new();
    test.chart("mychart", "1.0.0");
    assert_snapshot!(test.run(&["save", "mychart"]), @r"
    f27f999: Saving meta (88 B)
    d0a8fe4: Saving content (253 B)
    Name:    mychart
    Version: 1.0.0
    Meta:    sha256:f27f999…
    Content: sha256:d0a8fe4…
    Digest:  sha256:0eae3d4…
    1.0.0: saved
    ");
    assert_snapshot!(test.run(&["save", "mychart"]), @r"
    Name:    mychart
    Version: 1.0.0
    Meta:    sha256:f27f999…
    Content: sha256:d0a8fe4…
    Digest:  sha256:0eae3d4…
    1.0.0: saved
    ");
}

#[test]
fn a_second_save_changes_nothing_on_disk() {
    let test = Environment::with_chart();
    test.archive("mychart", "mychart-1.0.0.tgz");
    let before = test.tree();
    assert!(before.len() > 10);
    test.ok(&["save", "mychart"]);
    assert_eq!(test.tree(), before);
    test.ok(&["save", "mychart-1.0.0.tgz"]);
    assert_eq!(test.tree(), before, "the archive of a folder has the folder's bytes");
}

#[test]
fn an_archive_is_kept_byte_for_byte() {
    let test = Environment::new();
    test.chart("mychart", "1.0.0");
    test.archive("mychart", "some.tgz");
    test.ok(&["save", "some.tgz"]);
    let content = test.blob(&test.digest("mychart", "content"));
    assert_eq!(std::fs::read(content).unwrap(), std::fs::read(test.path("some.tgz")).unwrap());
}

#[test]
fn a_signature_goes_along_if_it_is_for_the_archive() {
    let test = Environment::with_chart();
    let digest = test.digest("mychart", "content");
    test.archive("mychart", "mychart-1.0.0.tgz");
    test.provenance("mychart-1.0.0.tgz", &digest);
    assert_snapshot!(test.run(&["save", "mychart-1.0.0.tgz"]), @r"
    5eec4db: Saving provenance (232 B)
    Name:    mychart
    Version: 1.0.0
    Meta:    sha256:f27f999…
    Content: sha256:d0a8fe4…
    Digest:  sha256:747cd5f…
    1.0.0: saved
    --- stderr ---
    Note: library/mychart 1.0.0 was replaced; it was sha256:0eae3d4…
    ");

    test.provenance("mychart-1.0.0.tgz", &digest.replace(['1', '2', '3'], "0"));
    assert_snapshot!(test.run(&["save", "mychart-1.0.0.tgz"]), @r#"
    --- stderr ---
    Error: cannot load the chart mychart-1.0.0.tgz.prov
    Caused by: sha256 sum does not match for mychart-1.0.0.tgz: "sha056:d0a8fe4…" != "sha256:d0a8fe4…"
    [exit code 1]
    "#);
    test.provenance("mychart-2.0.0.tgz", &digest);
    test.write("mychart-1.0.0.tgz.prov", test.read("mychart-2.0.0.tgz.prov"));
    assert_snapshot!(test.run(&["save", "mychart-1.0.0.tgz"]), @r#"
    --- stderr ---
    Error: cannot load the chart mychart-1.0.0.tgz.prov
    Caused by: provenance does not contain a SHA for a file named "mychart-1.0.0.tgz", only for mychart-2.0.0.tgz
    [exit code 1]
    "#);
    // It is signed under the name that it has in every repository, not under the one that it has here.
    test.archive("mychart", "renamed.tgz");
    test.provenance("renamed.tgz", &digest);
    assert_snapshot!(test.run(&["save", "renamed.tgz"]), @r#"
    --- stderr ---
    Error: cannot load the chart renamed.tgz.prov
    Caused by: provenance does not contain a SHA for a file named "mychart-1.0.0.tgz", only for renamed.tgz
    [exit code 1]
    "#);
    test.provenance("mychart-1.0.0.tgz", &digest);
    test.write("renamed.tgz.prov", test.read("mychart-1.0.0.tgz.prov"));
    test.ok(&["save", "renamed.tgz"]);
    test.write("mychart-1.0.0.tgz.prov", "no signature");
    assert_snapshot!(test.run(&["save", "mychart-1.0.0.tgz"]), @r"
    --- stderr ---
    Error: cannot load the chart mychart-1.0.0.tgz.prov
    Caused by: signature block not found: the provenance file is no clear-signed message
    [exit code 1]
    ");
}

#[test]
fn several_charts_are_saved_at_once_and_each_by_itself() {
    let test = Environment::new();
    test.chart("one", "1.0.0");
    test.chart("two", "2.0.0");
    test.write("broken/Chart.yaml", "name: broken\n");
    let run = test.run(&["save", "one", "broken", "two", "./missing"]);
    assert_snapshot!(run, @r"
    c3c7088: Saving meta (84 B)
    6e27a0f: Saving content (247 B)
    Name:    one
    Version: 1.0.0
    Meta:    sha256:c3c7088…
    Content: sha256:6e27a0f…
    Digest:  sha256:b71457c…
    1.0.0: saved
    18ad35d: Saving meta (84 B)
    f3ad5bd: Saving content (249 B)
    Name:    two
    Version: 2.0.0
    Meta:    sha256:18ad35d…
    Content: sha256:f3ad5bd…
    Digest:  sha256:10bf342…
    2.0.0: saved
    --- stderr ---
    Error: cannot load the chart broken
    Caused by: validation: chart.metadata.version is required
    Error: cannot read ./missing
    Caused by: No such file or directory (os error 2)
    [exit code 1]
    ");
    assert_eq!(test.ok(&["list", "-q"]), "library/one:1.0.0\nlibrary/two:2.0.0\n");
}

#[test]
fn the_reference_gives_space_and_tag() {
    let test = Environment::new();
    test.chart("mychart", "1.0.0");
    test.ok(&["save", "mychart", "team/apps/mychart:stable"]);
    test.ok(&["save", "mychart", "oci://localhost:5000/myrepo/mychart"]);
    test.ok(&["save", "mychart", "mychart:latest"]);
    test.ok(&["save", "mychart", "--space", "other"]);
    assert_snapshot!(test.ok(&["list", "-q"]), @r"
    library/mychart:latest
    other/mychart:1.0.0
    team/apps/mychart:stable
    localhost:5000/myrepo/mychart:1.0.0
    ");
}

#[test]
fn the_reference_must_end_in_the_charts_name() {
    let test = Environment::new();
    test.chart("mychart", "1.0.0");
    assert_snapshot!(test.run(&["save", "mychart", "team/apps:1.0"]), @r"
    --- stderr ---
    Error: the reference team/apps:1.0 is not named after its chart, mychart
    Hint: use team/mychart:1.0
    [exit code 1]
    ");
    assert_snapshot!(test.run(&["save", "mychart", "mychart", "other"]), @r"
    --- stderr ---
    Error: cannot save 2 charts under one reference, library/other
    Hint: there is no file or folder library/other; --space names a space for all charts
    [exit code 2]
    ");
    assert_snapshot!(test.run(&["save", "mychart", "team/My Chart"]), @r#"
    --- stderr ---
    Error: invalid reference "team/My Chart": chart name "My Chart": it must not contain ' '
    Hint: a reference is [HOST[:PORT]/]SPACE/CHART[:TAG][@DIGEST], such as library/mychart:1.0.0
    [exit code 2]
    "#);
    assert_snapshot!(test.run(&["save", "mychart", "./other"]), @r"
    f27f999: Saving meta (88 B)
    d0a8fe4: Saving content (253 B)
    Name:    mychart
    Version: 1.0.0
    Meta:    sha256:f27f999…
    Content: sha256:d0a8fe4…
    Digest:  sha256:0eae3d4…
    1.0.0: saved
    --- stderr ---
    Error: cannot read ./other
    Caused by: No such file or directory (os error 2)
    [exit code 1]
    ");
}

#[test]
fn what_is_there_is_a_path_and_no_reference() {
    let test = Environment::new();
    test.chart("mychart", "1.0.0");
    test.chart_in("library/mychart", "mychart", "2.0.0");
    test.ok(&["save", "mychart", "library/mychart"]);
    assert_eq!(test.ok(&["list", "-q"]), "library/mychart:1.0.0\nlibrary/mychart:2.0.0\n");
}

#[test]
fn a_digest_in_the_reference_must_hold() {
    let test = Environment::with_chart();
    let digest = test.digest("mychart", "digest");
    test.ok(&["save", "mychart", &format!("mychart:1.0.0@{digest}")]);
    test.chart("mychart", "1.0.1");
    let wrong = format!("mychart:1.0.1@{digest}");
    assert_snapshot!(test.run(&["save", "mychart", &wrong]), @r"
    --- stderr ---
    Error: the manifest of mychart is sha256:a54c25b…, not sha256:0eae3d4…
    [exit code 1]
    ");
    assert_eq!(test.ok(&["list", "-q"]), "library/mychart:1.0.0\n");
}

#[test]
fn replacing_a_version_is_said_or_refused() {
    let test = Environment::with_chart();
    test.write("mychart/values.yaml", "replicas: 2\n");
    assert_snapshot!(test.run(&["save", "mychart", "--no-overwrite"]), @r"
    --- stderr ---
    Error: library/mychart 1.0.0 is in the store already, as sha256:0eae3d4…
    Hint: leave --no-overwrite away to replace it, or raise the chart's version
    [exit code 1]
    ");
    assert_eq!(test.json(&["version", "values", "mychart"])["replicas"], 1);
    assert_snapshot!(test.run(&["save", "mychart"]), @r"
    9bdc06b: Saving content (238 B)
    Name:    mychart
    Version: 1.0.0
    Meta:    sha256:f27f999…
    Content: sha256:9bdc06b…
    Digest:  sha256:a9e8724…
    1.0.0: saved
    --- stderr ---
    Note: library/mychart 1.0.0 was replaced; it was sha256:0eae3d4…
    ");
    assert_eq!(test.json(&["version", "values", "mychart"])["replicas"], 2);
    test.ok(&["save", "mychart", "--no-overwrite"]);
}

#[test]
fn a_missing_dependency_stops_a_folder_and_not_an_archive() {
    let test = Environment::new();
    test.chart("mychart", "1.0.0");
    let metadata = test.read("mychart/Chart.yaml")
        + "dependencies:\n- name: redis\n  version: 1.x\n  repository: https://example.com\n";
    test.write("mychart/Chart.yaml", metadata);
    test.archive("mychart", "mychart-1.0.0.tgz");
    assert_snapshot!(test.run(&["save", "mychart"]), @r"
    --- stderr ---
    Error: cannot load the chart mychart
    Caused by: found in Chart.yaml, but missing in charts/ directory: redis
    Hint: `helm dependency update` puts them into charts/
    [exit code 1]
    ");
    assert_snapshot!(test.run(&["save", "mychart-1.0.0.tgz"]), @r"
    7103716: Saving meta (173 B)
    86bb65d: Saving content (297 B)
    Name:    mychart
    Version: 1.0.0
    Meta:    sha256:7103716…
    Content: sha256:86bb65d…
    Digest:  sha256:33e8dfe…
    1.0.0: saved
    --- stderr ---
    Warning: mychart-1.0.0.tgz: found in Chart.yaml, but missing in charts/ directory: redis
    ");
}

#[test]
fn the_build_part_of_a_version_is_kept_apart() {
    let test = Environment::new();
    for version in ["1.0.0", "1.0.0+a", "1.0.0+b"] {
        test.chart("mychart", version);
        test.ok(&["save", "mychart"]);
    }
    assert_snapshot!(test.ok(&["list", "--no-headers"]).replace(|c: char| c.is_ascii_digit(), "0"), @r"
    library/mychart:0.0.0    mychart  0.0.0    0eae0d0  000 B  0000-00-00T00:00:00Z
    library/mychart:0.0.0_a  mychart  0.0.0+a  0e0d0bc  000 B  0000-00-00T00:00:00Z
    library/mychart:0.0.0_b  mychart  0.0.0+b  b00addb  000 B  0000-00-00T00:00:00Z
    ");
    assert_eq!(test.ok(&["version", "list", "mychart", "-q"]), "1.0.0\n1.0.0+a\n1.0.0+b\n");
    assert_eq!(test.json(&["show", "chart", "mychart:1.0.0+a"])["version"], "1.0.0+a");
}

#[test]
fn the_same_folder_gives_the_same_bytes_unless_the_time_is_set() {
    let test = Environment::with_chart();
    let first = test.digest("mychart", "content");
    let epoch = [("SOURCE_DATE_EPOCH", "1700000000")];
    assert_eq!(test.run_with(&epoch, &["save", "mychart"]).code, Some(0));
    assert_ne!(test.digest("mychart", "content"), first);
    test.ok(&["save", "mychart"]);
    assert_eq!(test.digest("mychart", "content"), first);
    let bad = [("SOURCE_DATE_EPOCH", "yesterday")];
    assert_snapshot!(test.run_with(&bad, &["save", "mychart"]), @r#"
    --- stderr ---
    Error: SOURCE_DATE_EPOCH must be a number of seconds up to 253402207200, not "yesterday"
    [exit code 2]
    "#);
    // No reader of archives takes a time of 64 bits.
    for (seconds, code) in [("253402207200", 0), ("253402207201", 2), ("18446744073709551615", 2)] {
        let run = test.run_with(&[("SOURCE_DATE_EPOCH", seconds)], &["save", "mychart"]);
        assert_eq!(run.code, Some(code), "{run}");
        test.ok(&["show", "values", "mychart"]);
    }
}
