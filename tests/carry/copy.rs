//! `hreg copy`

use insta::assert_snapshot;
use serde_json::json;

use crate::environment::Environment;
use crate::registry::Registry;
use crate::world::{fails, filled, shown};

#[test]
fn a_chart_is_copied_byte_for_byte() {
    let (test, from, to) = (Environment::new(), filled(&["mychart 1.0.0"]), Registry::start());
    let source = format!("{}/charts/mychart:1.0.0", from.host());
    let target = format!("{}/backup/mychart", to.host());
    let show = |run| shown(&run, &from).replace(&to.host(), "TARGET");
    assert_snapshot!(show(test.run(&["copy", &source, &target])), @r"
    Copied: TARGET/backup/mychart:1.0.0
    Digest: sha256:0eae3d4…
    ");
    assert_snapshot!(show(test.run(&["copy", &source, &target, "-o", "json"])), @r#"
    {
      "source": "REGISTRY/charts/mychart:1.0.0",
      "reference": "TARGET/backup/mychart:1.0.0",
      "digest": "sha256:0eae3d4…",
      "status": "unchanged"
    }
    "#);
    let copied = to.manifest("backup/mychart", "1.0.0");
    assert_eq!(copied, from.manifest("charts/mychart", "1.0.0"));
    assert!(!test.store("").exists() || test.ok(&["list", "-q"]).is_empty());
    test.ok(&["pull", &format!("{target}:1.0.0")]);
}

#[test]
fn a_tag_is_moved_by_force_alone() {
    let (test, registry) = (Environment::new(), filled(&["mychart 1.0.0", "mychart 2.0.0"]));
    let chart = format!("{}/charts/mychart", registry.host());
    let copy = ["copy", &format!("{chart}:1.0.0"), &format!("{chart}:2.0.0")];
    fails(&test.run(&copy), "is there already with another manifest");
    test.ok(&[&copy[..], &["--force"]].concat());
    let tag = |tag| registry.manifest("charts/mychart", tag);
    assert_eq!(tag("1.0.0"), tag("2.0.0"));
}

#[test]
fn an_index_is_copied_with_all_its_manifests() {
    let (test, from, to) = (Environment::new(), Registry::start(), Registry::start());
    let manifest = "application/vnd.oci.image.manifest.v1+json";
    let listed: Vec<_> = ["one", "two"]
        .iter()
        .map(|text| {
            let config = from.put_blob("images/app", "application/json", text.as_bytes());
            let layer = from.put_blob("images/app", "application/octet-stream", b"shared");
            let document = json!({
                "schemaVersion": 2, "mediaType": manifest, "config": config, "layers": [layer],
            });
            from.put_manifest("images/app", text, &document)
        })
        .collect();
    let kind = "application/vnd.oci.image.index.v1+json";
    let index = json!({"schemaVersion": 2, "mediaType": kind, "manifests": listed});
    let digest = from.put_manifest("images/app", "latest", &index)["digest"].clone();
    let target = format!("{}/images/app:copy", to.host());
    test.ok(&["copy", &format!("{}/images/app:latest", from.host()), &target]);
    assert_eq!(to.tags(), ["images/app:copy"]);
    assert!(to.manifest("images/app", digest.as_str().unwrap()).is_some());
    for document in listed {
        assert!(to.manifest("images/app", document["digest"].as_str().unwrap()).is_some());
    }
    let gets = |server: &Registry, what: &str| {
        let lines = server.server().lines();
        lines.iter().filter(|line| line.starts_with(what)).count()
    };
    assert_eq!(
        (gets(&from, "GET /v2/images/app/blobs/"), gets(&to, "PUT /v2/images/app/blobs/")),
        (3, 3)
    );
}

#[test]
fn indexes_that_lie_in_each_other_come_to_an_end() {
    let (test, from, to) = (Environment::new(), Registry::start(), Registry::start());
    let kind = "application/vnd.oci.image.index.v1+json";
    let mut listed = json!([]);
    for depth in 0..12 {
        let index = json!({"schemaVersion": 2, "mediaType": kind, "manifests": listed});
        listed = json!([from.put_manifest("images/app", &format!("at{depth}"), &index)]);
    }
    let copy = |depth: usize| {
        let source = format!("{}/images/app:at{depth}", from.host());
        test.run(&["copy", &source, &format!("{}/images/app:at{depth}", to.host())])
    };
    assert_eq!(copy(3).code, Some(0));
    fails(&copy(11), "leads to others more than 8 deep");
    assert_eq!(to.tags(), ["images/app:at3"]);
}

#[test]
fn blobs_are_mounted_on_the_same_registry() {
    let (test, registry) = (Environment::new(), filled(&["mychart 1.0.0"]));
    let before = registry.server().lines().len();
    let source = format!("{}/charts/mychart:1.0.0", registry.host());
    test.ok(&["copy", &source, &format!("{}/other/mychart", registry.host())]);
    let lines = &registry.server().lines()[before..];
    let mounts = lines.iter().filter(|line| line.contains("from=charts%2Fmychart")).count();
    assert_eq!(mounts, 2, "{lines:?}");
    assert!(!lines.iter().any(|line| line.starts_with("GET") && line.contains("/blobs/")));
}

#[test]
fn both_ends_are_on_registries() {
    let (test, registry) = (Environment::with_chart(), filled(&["mychart 1.0.0"]));
    let source = format!("{}/charts/mychart", registry.host());
    assert_snapshot!(test.run(&["copy", "mychart:1.0.0", "localhost:1/a/b"]), @r"
    --- stderr ---
    Error: library/mychart:1.0.0 names no registry
    Hint: say oci://HOST/library/mychart:1.0.0
    [exit code 2]
    ");
    assert_snapshot!(shown(&test.run(&["copy", &source, "localhost:1/a/b"]), &registry), @r"
    --- stderr ---
    Error: REGISTRY/charts/mychart needs a tag or a digest
    Hint: say REGISTRY/charts/mychart:TAG
    [exit code 2]
    ");
    let digest = hreg::digest::Digest::of(&registry.manifest("charts/mychart", "1.0.0").unwrap());
    let run = test.run(&["copy", &format!("{source}@{digest}"), "localhost:1/a/b"]);
    assert_snapshot!(shown(&run, &registry), @r"
    --- stderr ---
    Error: cannot copy to localhost:1/a/b: neither it nor the source has a tag
    Hint: say localhost:1/a/b:TAG
    [exit code 2]
    ");
}
