//! `hreg search`

use insta::assert_snapshot;

use crate::environment::Environment;
use crate::registry::Registry;
use crate::server::{Reply, Server};
use crate::world::{fails, filled, shown};

#[test]
fn the_store_is_searched() {
    let test = Environment::with_chart();
    test.chart("other", "2.0.0-rc.1");
    test.ok(&["save", "other"]);
    test.chart("mychart", "1.1.0");
    test.write("mychart/Chart.yaml", test.read("mychart/Chart.yaml") + "appVersion: \"7\"\n");
    test.ok(&["save", "mychart"]);
    assert_snapshot!(test.run(&["search"]), @r"
    NAME             VERSION  APP VERSION  DESCRIPTION
    library/mychart  1.1.0    7            A chart for tests
    ");
    assert_snapshot!(test.run(&["search", "CHART FOR", "--versions"]), @r"
    NAME             VERSION  APP VERSION  DESCRIPTION
    library/mychart  1.1.0    7            A chart for tests
    library/mychart  1.0.0                 A chart for tests
    ");
    assert_snapshot!(test.run(&["search", "other", "--devel", "-o", "json"]), @r#"
    [
      {
        "name": "library/other",
        "version": "2.0.0-rc.1",
        "appVersion": "",
        "description": "A chart for tests"
      }
    ]
    "#);
    assert_eq!(test.ok(&["search", "nothing", "--no-headers"]), "");
}

#[test]
fn each_version_of_the_store_is_found_once() {
    let test = Environment::with_chart();
    test.ok(&["tag", "mychart", "mychart:old"]);
    test.ok(&["version", "metadata", "mychart:1.0.0", "--set", "description=New"]);
    test.ok(&["tag", "mychart:1.0.0", "mychart:stable"]);
    assert_snapshot!(test.run(&["search", "--versions"]), @r"
    NAME             VERSION  APP VERSION  DESCRIPTION
    library/mychart  1.0.0                 New
    ");
}

#[test]
fn what_is_damaged_does_not_hide_the_rest_of_the_store() {
    let test = Environment::with_chart();
    test.chart("other", "2.0.0");
    test.ok(&["save", "other"]);
    std::fs::write(test.blob(&test.digest("mychart", "digest")), "damage").unwrap();
    let run = test.run(&["search", "--no-headers"]);
    assert_eq!(run.stdout, "library/other  2.0.0    A chart for tests\n");
    fails(&run, "cannot read library/mychart:1.0.0");
}

#[test]
fn a_registry_is_searched() {
    let (test, registry) = (Environment::new(), filled(&["one 1.0.0", "one 1.1.0", "two 2.0.0"]));
    let search =
        |arguments: &[&str]| shown(&test.run(&[&["search"], arguments].concat()), &registry);
    let (all, path) = (registry.host(), format!("oci://{}/charts/", registry.host()));
    assert_snapshot!(search(&["--remote", &all]), @r"
    NAME                        VERSION  APP VERSION  DESCRIPTION
    REGISTRY/charts/one  1.1.0                 A chart for tests
    REGISTRY/charts/two  2.0.0                 A chart for tests
    ");
    assert_snapshot!(search(&["tw", "--remote", &path]), @r"
    NAME                        VERSION  APP VERSION  DESCRIPTION
    REGISTRY/charts/two  2.0.0                 A chart for tests
    ");
    assert_snapshot!(search(&["--remote", &format!("{path}one"), "-l", "-o", "json"]), @r#"
    [
      {
        "name": "REGISTRY/charts/one",
        "version": "1.1.0",
        "appVersion": "",
        "description": "A chart for tests"
      },
      {
        "name": "REGISTRY/charts/one",
        "version": "1.0.0",
        "appVersion": "",
        "description": "A chart for tests"
      }
    ]
    "#);
    let none = format!("{}/elsewhere", registry.host());
    assert_eq!(test.ok(&["search", "--remote", &none, "--no-headers"]), "");
}

#[test]
fn what_cannot_be_read_does_not_hide_the_rest() {
    let (test, registry) = (Environment::new(), filled(&["one 1.0.0"]));
    let other = Registry::with(|seen| match seen.target.as_str() {
        target if target.starts_with("/v2/_catalog") => {
            Some(Reply::ok(r#"{"repositories":["a/bad","charts/good"]}"#))
        }
        target if target.contains("a/bad") => Some(Reply::new(403)),
        _ => None,
    });
    test.chart("good", "1.0.0");
    test.ok(&["save", "good"]);
    test.ok(&["push", "good", &format!("oci://{}/charts", other.host())]);
    let run = test.run(&["search", "--remote", &other.host(), "--no-headers"]);
    assert!(run.stdout.contains("charts/good"), "{run}");
    fails(&run, "cannot search");
    registry.lose_blobs();
    fails(&test.run(&["search", "--remote", &registry.host()]), "charts/one");
}

#[test]
fn an_index_is_searched() {
    let server = Server::start(|_| {
        Reply::ok(
            "apiVersion: v1\nentries:\n  web:\n  - name: web\n    version: 1.0.0\n    \
             description: Serves pages\n    keywords: [http]\n  - name: web\n    version: 1.1.0\n    \
             description: Serves pages\n  - name: web\n    version: not a version\n",
        )
    });
    let test = Environment::new();
    let url = format!("http://{}", server.host());
    assert_snapshot!(test.run(&["search", "pages", "--repo", &url]), @r#"
    NAME  VERSION  APP VERSION  DESCRIPTION
    web   1.1.0                 Serves pages
    --- stderr ---
    Warning: skipping invalid entry for chart "web" "not a version": validation: chart.metadata.version "not a version" is invalid
    "#);
    assert_snapshot!(test.run(&["search", "http", "-l", "--repo", &url, "-o", "json"]), @r#"
    [
      {
        "name": "web",
        "version": "1.0.0",
        "appVersion": "",
        "description": "Serves pages"
      }
    ]
    --- stderr ---
    Warning: skipping invalid entry for chart "web" "not a version": validation: chart.metadata.version "not a version" is invalid
    "#);
}
