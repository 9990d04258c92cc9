//! `hreg pull` of what the alphas of Helm 3 pushed: a chart in two layers.

use std::fs;

use serde_json::json;

use crate::environment::Environment;
use crate::registry::Registry;
use crate::world::fails;

/// Puts a chart into a registry as `charts/mychart:TAG`, with the version that its archive notes.
fn pushed(tag: &str, version: &str) -> Registry {
    let (test, registry) = (Environment::new(), Registry::start());
    test.chart("mychart", "0.1.0");
    test.archive("mychart", "content.tgz");
    let content = fs::read(test.path("content.tgz")).unwrap();
    let put = |kind: &str, bytes: &[u8]| {
        let kind = format!("application/vnd.cncf.helm.chart.{kind}");
        registry.put_blob("charts/mychart", &kind, bytes)
    };
    let meta = put("meta.layer.v1+json", br#"{"apiVersion":"v1","description":"Old"}"#);
    let mut content = put("content.layer.v1+tar", &content);
    content["annotations"] =
        json!({"sh.helm.chart.name": "mychart", "sh.helm.chart.version": version});
    let config = "application/vnd.cncf.helm.config.v1+json";
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": registry.put_blob("charts/mychart", config, b"{}"),
        "layers": [meta, content],
    });
    registry.put_manifest("charts/mychart", tag, &manifest);
    registry
}

fn reference(registry: &Registry, tag: &str) -> String {
    format!("{}/charts/mychart:{tag}", registry.host())
}

#[test]
fn the_two_parts_are_put_together() {
    let (test, registry) = (Environment::new(), pushed("latest", "2.7.0"));
    let run = test.run(&["pull", &reference(&registry, "latest"), "--to", "library"]);
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.stderr.contains("put together anew"), "{run}");
    assert!(run.stdout.contains("Version: 2.7.0\n"), "{run}");
    assert_eq!(test.ok(&["show", "values", "mychart:latest"]), "# How many\nreplicas: 1\n\n");
}

#[test]
fn one_that_must_be_signed_is_refused() {
    let (test, registry) = (Environment::new(), pushed("2.7.0", "2.7.0"));
    test.write("keys.gpg", "");
    let chart = reference(&registry, "2.7.0");
    let run = test.run(&["pull", &chart, "--verify", "--keyring", "keys.gpg"]);
    fails(&run, "mychart 2.7.0 is not signed");
    assert_eq!(test.ok(&["list", "-q"]), "");
}

#[test]
fn another_version_than_was_asked_for_is_refused() {
    let (test, registry) = (Environment::new(), pushed("1.0.0", "2.7.0"));
    fails(
        &test.run(&["pull", &reference(&registry, "1.0.0")]),
        "is the chart mychart 2.7.0 by its Chart.yaml, but its reference says 1.0.0",
    );
    assert_eq!(test.ok(&["list", "-q"]), "");
}
