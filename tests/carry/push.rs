//! `hreg push`

use insta::assert_snapshot;

use crate::environment::Environment;
use crate::registry::Registry;
use crate::world::{fails, shown};

#[test]
fn a_reference_goes_where_it_says() {
    let (test, registry) = (Environment::with_chart(), Registry::start());
    let reference = format!("{}/charts/mychart:1.0.0", registry.host());
    test.ok(&["tag", "mychart", &reference]);
    assert_snapshot!(shown(&test.run(&["push", &reference]), &registry), @r"
    Pushed: REGISTRY/charts/mychart:1.0.0
    Digest: sha256:0eae3d4…
    ");
    assert_eq!(registry.tags(), ["charts/mychart:1.0.0"]);
    let pushed = registry.manifest("charts/mychart", "1.0.0").unwrap();
    assert_eq!(pushed, test.ok(&["show", "manifest", "mychart"]).into_bytes());
}

#[test]
fn a_path_takes_name_and_version_of_the_chart() {
    let (test, registry) = (Environment::new(), Registry::start());
    test.chart("mychart", "1.0.0+build.7");
    test.ok(&["save", "mychart", "library/mychart:latest"]);
    for destination in ["", "/", "/a", "/a/b/"] {
        let destination = format!("oci://{}{destination}", registry.host());
        test.ok(&["push", "mychart:latest", &destination]);
    }
    let tag = "mychart:1.0.0_build.7";
    assert_eq!(registry.tags(), ["a/b/", "a/", ""].map(|path| format!("{path}{tag}")));
}

#[test]
fn a_whole_reference_is_taken_as_it_is() {
    let (test, registry) = (Environment::with_chart(), Registry::start());
    for scheme in ["", "oci://"] {
        let destination = format!("{scheme}{}/a/mychart:stable", registry.host());
        test.ok(&["push", "mychart", &destination]);
    }
    test.ok(&["push", "mychart", &format!("{}/b/mychart", registry.host())]);
    assert_eq!(registry.tags(), ["a/mychart:stable", "b/mychart:1.0.0"]);
}

#[test]
fn another_name_is_refused() {
    let (test, registry) = (Environment::with_chart(), Registry::start());
    let run = test.run(&["push", "mychart", &format!("{}/a/other:1.0.0", registry.host())]);
    assert_snapshot!(shown(&run, &registry), @r"
    --- stderr ---
    Error: cannot push library/mychart
    Caused by: REGISTRY/a/other:1.0.0 does not end in the name of the chart, mychart
    Hint: use REGISTRY/a/mychart:1.0.0
    [exit code 1]
    ");
    let run = test.run(&["push", "mychart", &format!("{}/a", registry.host())]);
    assert_snapshot!(shown(&run, &registry), @r"
    --- stderr ---
    Error: cannot push library/mychart
    Caused by: REGISTRY/a does not end in the name of the chart, mychart
    Hint: oci://REGISTRY/a pushes it below that path
    [exit code 1]
    ");
    assert!(registry.tags().is_empty());
}

#[test]
fn the_tag_of_another_version_is_refused() {
    let (test, registry) = (Environment::with_chart(), Registry::start());
    let chart = |tag: &str| format!("{}/a/mychart:{tag}", registry.host());
    // Two charts, and no destination: the second is taken for one.
    test.ok(&["tag", "mychart", &chart("1.0.0")]);
    let run = test.run(&["push", &chart("1.0.0"), &chart("2.0.0"), "--force"]);
    assert_snapshot!(shown(&run, &registry), @r"
    --- stderr ---
    Error: cannot push REGISTRY/a/mychart:1.0.0
    Caused by: REGISTRY/a/mychart:2.0.0 would be another version than the chart's, 1.0.0
    Hint: use REGISTRY/a/mychart:1.0.0, or a tag that is no version
    [exit code 1]
    ");
    assert!(registry.tags().is_empty());
    test.ok(&["push", "mychart", &chart("1")]);
}

#[test]
fn a_destination_is_needed() {
    let test = Environment::with_chart();
    assert_snapshot!(test.run(&["push", "mychart"]), @r"
    --- stderr ---
    Error: cannot push library/mychart
    Caused by: there is no registry to push it to: neither the reference nor a destination names one
    Hint: name one, such as oci://registry.example.com/charts
    [exit code 2]
    ");
    assert_snapshot!(test.run(&["push", "mychart", "charts/mychart:1.0.0"]), @r"
    --- stderr ---
    Error: charts/mychart:1.0.0 names no registry
    Hint: say oci://HOST/charts/mychart:1.0.0
    [exit code 2]
    ");
    assert_snapshot!(test.run(&["push", "--all", "library"]), @r"
    --- stderr ---
    Error: there is no registry to push it to: neither the reference nor a destination names one
    Hint: name one, such as oci://registry.example.com/charts
    [exit code 2]
    ");
    assert_snapshot!(test.run(&["push", "mychart", "localhost:1/a/mychart", "oci://localhost:1/b/c:1"]), @r"
    --- stderr ---
    Error: cannot push 2 charts to one reference, localhost:1/b/c:1
    Hint: oci://localhost:1/b takes each chart's own name
    [exit code 2]
    ");
    assert_snapshot!(test.run(&["push", "../work", "oci://localhost:1"]), @r"
    --- stderr ---
    Error: cannot push ../work: it is no packaged chart (.tgz)
    Hint: save the folder first: `hreg save` prints the reference to push
    [exit code 1]
    ");
}

#[test]
fn a_space_is_mirrored() {
    let (test, registry) = (Environment::with_chart(), Registry::start());
    test.chart("other", "2.0.0");
    test.ok(&["save", "other"]);
    test.ok(&["tag", "mychart", "mychart:stable"]);
    test.ok(&["tag", "mychart", "team/mychart:1.0.0"]);
    let destination = format!("oci://{}/mirror", registry.host());
    let run = test.run(&["push", "--all", "library", &destination]);
    assert_snapshot!(shown(&run, &registry), @r"
    REGISTRY/mirror/mychart:1.0.0: pushed sha256:0eae3d4…
    REGISTRY/mirror/mychart:stable: pushed sha256:0eae3d4…
    REGISTRY/mirror/other:2.0.0: pushed sha256:aca2999…
    ");
    let expected = ["mirror/mychart:1.0.0", "mirror/mychart:stable", "mirror/other:2.0.0"];
    assert_eq!(registry.tags(), expected);
}

#[test]
fn a_tag_is_moved_by_force_alone() {
    let (test, registry) = (Environment::with_chart(), Registry::start());
    let destination = format!("oci://{}/charts", registry.host());
    test.ok(&["push", "mychart", &destination]);
    let first = registry.manifest("charts/mychart", "1.0.0");
    test.ok(&["version", "values", "mychart", "--set", "replicas=2"]);
    assert_snapshot!(shown(&test.run(&["push", "mychart", &destination]), &registry), @r"
    --- stderr ---
    Error: cannot push library/mychart
    Caused by: REGISTRY/charts/mychart:1.0.0 is there already with another manifest, sha256:0eae3d4…
    Hint: --force moves the tag
    [exit code 1]
    ");
    assert_eq!(registry.manifest("charts/mychart", "1.0.0"), first);
    test.ok(&["push", "--force", "mychart", &destination]);
    assert_ne!(registry.manifest("charts/mychart", "1.0.0"), first);
}

#[test]
fn what_is_there_costs_one_request() {
    let (test, registry) = (Environment::with_chart(), Registry::start());
    let destination = format!("oci://{}/charts", registry.host());
    test.ok(&["push", "mychart", &destination]);
    let before = registry.server().lines().len();
    let run = test.run(&["push", "mychart", &destination]);
    assert!(run.stdout.starts_with("Unchanged: "), "{run}");
    assert_eq!(registry.server().lines()[before..], ["HEAD /v2/charts/mychart/manifests/1.0.0"]);
}

#[test]
fn what_fails_does_not_stop_the_others() {
    let (test, registry) = (Environment::with_chart(), Registry::start());
    test.chart("other", "2.0.0");
    test.ok(&["save", "other"]);
    let destination = format!("oci://{}/charts", registry.host());
    let run = test.run(&["push", "mychart", "missing:1.0.0", "other", &destination]);
    assert_snapshot!(shown(&run, &registry), @r"
    REGISTRY/charts/mychart:1.0.0: pushed sha256:0eae3d4…
    REGISTRY/charts/other:2.0.0: pushed sha256:aca2999…
    --- stderr ---
    Error: cannot push library/missing:1.0.0
    Caused by: chart library/missing is not in the store
    Hint: `hreg list` shows what is there
    [exit code 1]
    ");
    assert_eq!(registry.tags(), ["charts/mychart:1.0.0", "charts/other:2.0.0"]);
}

#[test]
fn an_archive_goes_unstored_with_its_signature() {
    let (test, registry) = (Environment::new(), Registry::start());
    test.chart("mychart", "1.0.0");
    test.archive("mychart", "mychart-1.0.0.tgz");
    let archive = std::fs::read(test.path("mychart-1.0.0.tgz")).unwrap();
    let digest = hreg::digest::Digest::of(&archive).to_string();
    test.provenance("mychart-1.0.0.tgz", &digest);
    let destination = format!("oci://{}/charts", registry.host());
    test.ok(&["push", "mychart-1.0.0.tgz", &destination]);
    assert_eq!(test.ok(&["list", "-q"]), "");
    let pushed = registry.manifest("charts/mychart", "1.0.0").unwrap();
    let pushed: serde_json::Value = serde_json::from_slice(&pushed).unwrap();
    assert_eq!(pushed["layers"].as_array().unwrap().len(), 2);
    test.ok(&["save", "mychart-1.0.0.tgz"]);
    let run = test.run(&["push", "mychart", &destination]);
    assert!(run.stdout.starts_with("Unchanged: "), "saved or not, it is the same: {run}");
    test.provenance("mychart-1.0.0.tgz", &digest.replace('a', "b"));
    fails(&test.run(&["push", "--force", "mychart-1.0.0.tgz", &destination]), "mychart-1.0.0.tgz");
}

#[test]
fn json_says_what_was_pushed() {
    let (test, registry) = (Environment::with_chart(), Registry::start());
    let destination = format!("oci://{}/charts", registry.host());
    let run = test.run(&["push", "mychart", &destination, "-o", "json"]);
    assert_snapshot!(shown(&run, &registry), @r#"
    [
      {
        "source": "library/mychart",
        "reference": "REGISTRY/charts/mychart:1.0.0",
        "digest": "sha256:0eae3d4…",
        "status": "pushed"
      }
    ]
    "#);
}
