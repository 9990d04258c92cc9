//! `hreg show`

use insta::assert_snapshot;

use super::environment::Environment;

fn stored() -> Environment {
    let test = Environment::new();
    test.chart("mychart", "1.0.0");
    test.write("mychart/README.md", "# My chart\n");
    test.write("mychart/crds/b.yaml", "kind: CustomResourceDefinition\nname: b\n");
    test.write("mychart/crds/a.yaml", "kind: CustomResourceDefinition\nname: a\n");
    test.ok(&["save", "mychart"]);
    test
}

#[test]
fn each_part_is_shown_by_itself() {
    let test = stored();
    assert_snapshot!(test.run(&["show", "chart", "mychart"]), @r"
    apiVersion: v2
    description: A chart for tests
    name: mychart
    version: 1.0.0
    ");
    assert_snapshot!(test.run(&["show", "values", "mychart"]), @r"
    # How many
    replicas: 1
    ");
    assert_snapshot!(test.run(&["show", "readme", "mychart"]), @"# My chart");
    assert_snapshot!(test.run(&["show", "crds", "mychart"]), @r"
    kind: CustomResourceDefinition
    name: a

    kind: CustomResourceDefinition
    name: b
    ");
}

#[test]
fn all_parts_are_shown_together() {
    let test = stored();
    assert_snapshot!(test.run(&["show", "all", "mychart"]), @r"
    apiVersion: v2
    description: A chart for tests
    name: mychart
    version: 1.0.0

    ---
    # How many
    replicas: 1

    ---
    # My chart

    ---
    kind: CustomResourceDefinition
    name: a

    kind: CustomResourceDefinition
    name: b
    ");
    assert_snapshot!(test.run(&["show", "all", "mychart", "-o", "json"]), @r##"
    {
      "reference": "library/mychart:1.0.0",
      "digest": "sha256:50aad41…",
      "chart": {
        "name": "mychart",
        "version": "1.0.0",
        "description": "A chart for tests",
        "apiVersion": "v2"
      },
      "values": "# How many\nreplicas: 1\n",
      "readme": "# My chart\n",
      "crds": [
        "kind: CustomResourceDefinition\nname: a\n",
        "kind: CustomResourceDefinition\nname: b\n"
      ]
    }
    "##);
}

#[test]
fn parts_that_are_not_there_are_empty() {
    let test = Environment::new();
    test.write("bare/Chart.yaml", "apiVersion: v2\nname: bare\nversion: 1.0.0\n");
    test.ok(&["save", "bare"]);
    assert_snapshot!(test.run(&["show", "all", "bare"]), @r"
    apiVersion: v2
    name: bare
    version: 1.0.0
    ");
    assert_eq!(test.ok(&["show", "crds", "bare"]), "");
}

#[test]
fn the_manifest_is_shown_byte_for_byte() {
    let test = stored();
    let digest = test.digest("mychart", "digest");
    let shown = test.ok(&["show", "manifest", "mychart"]);
    assert_eq!(hreg::digest::Digest::of(shown.as_bytes()).to_string(), digest);
    assert_eq!(shown.into_bytes(), std::fs::read(test.blob(&digest)).unwrap());
}

#[test]
fn without_a_tag_it_is_latest_and_else_the_highest_release() {
    let test = Environment::new();
    for version in ["1.9.0", "1.10.0", "2.0.0-rc.1"] {
        test.chart("mychart", version);
        test.ok(&["save", "mychart"]);
    }
    let version = || test.json(&["show", "chart", "mychart"])["version"].clone();
    assert_eq!(version(), "1.10.0");
    test.ok(&["tag", "mychart:1.9.0", "mychart:latest"]);
    assert_eq!(version(), "1.9.0");
    test.ok(&["tag", "mychart:2.0.0-rc.1", "mychart:latest"]);
    assert_eq!(version(), "2.0.0-rc.1");
    for tag in ["latest", "1.9.0", "1.10.0"] {
        test.ok(&["remove", &format!("mychart:{tag}")]);
    }
    assert_snapshot!(test.run(&["show", "chart", "mychart"]), @r#"
    --- stderr ---
    Error: no version of library/mychart is in the range "*"
    Hint: there are only pre-releases; say library/mychart:2.0.0-rc.1, or --devel with show and export
    [exit code 1]
    "#);
}

#[test]
fn a_digest_alone_names_a_manifest_until_it_is_collected() {
    let test = stored();
    let exact = format!("mychart@{}", test.digest("mychart", "digest"));
    test.write("mychart/values.yaml", "replicas: 2\n");
    test.ok(&["save", "mychart"]);
    assert!(test.ok(&["show", "values", &exact]).contains("replicas: 1"));
    test.ok(&["gc", "--grace", "0"]);
    assert_snapshot!(test.run(&["show", "values", &exact]), @r"
    --- stderr ---
    Error: manifest library/mychart@sha256:50aad41… is not in the store
    Hint: `hreg list library/mychart` shows what is there
    [exit code 1]
    ");
}
