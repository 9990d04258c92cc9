//! One registry with all that registries hold: what is no chart, and what is none any more, hides
//! no chart.

use hreg::oci::media;
use serde_json::json;

use crate::charts::{chart, put_image, put_index};
use crate::world::{Adapter, Scripted, repository, world};

/// Puts three charts, and around them what is in the way of careless readers.
fn fill(registry: &Scripted) {
    let name = "team/mixed";
    let cosign = format!("sha256-{}.sig", "0".repeat(64));
    put_image(registry, name, &cosign, b"signature");
    let image = put_image(registry, name, "0.0.1", b"layer");
    put_image(registry, name, "zz-odd", b"other layer");
    put_index(registry, name, "0.0.2", &[image]);
    registry.put_bytes(name, "0-no-json", media::OCI_MANIFEST, b"{");
    registry.put_bytes(name, "0-no-type", "text/html", b"<html>");
    registry.put_bytes(name, "0-empty", media::OCI_MANIFEST, b"");
    chart("mixed", "1.0.0").signed().put(registry, name, "1.0.0");
    let mut legacy = chart("mixed", "1.1.0");
    legacy.content_type = "application/tar+gzip";
    legacy.put(registry, name, "1.1.0");
    chart("mixed", "2.0.0").put(registry, name, "latest");
    put_odd(registry);
}

/// Puts charts that are none, each in a repository of its own.
fn put_odd(registry: &Scripted) {
    let mut broken = chart("x", "1.0.0");
    broken.meta = b"name: x".to_vec();
    broken.put(registry, "odd/no-json", "1.0.0");
    broken.meta = br#"{"name":"../x","version":"1.0.0"}"#.to_vec();
    broken.put(registry, "odd/no-name", "1.0.0");
    broken.meta = br#"{"name":"x","version":"one"}"#.to_vec();
    broken.put(registry, "odd/no-version", "1.0.0");
    let mut twice = chart("twice", "1.0.0").manifest(registry, "odd/twice");
    let layer = twice["layers"][0].clone();
    twice["layers"].as_array_mut().unwrap().push(layer);
    registry.put_manifest("odd/twice", "1.0.0", &twice);
    let mut none = chart("none", "1.0.0").manifest(registry, "odd/none");
    none["layers"] = json!([]);
    registry.put_manifest("odd/none", "1.0.0", &none);
    let mut huge = chart("huge", "1.0.0").manifest(registry, "odd/huge");
    huge["config"]["size"] = json!(5 << 20);
    registry.put_manifest("odd/huge", "1.0.0", &huge);
}

fn walked() -> (Scripted, Adapter) {
    let (registry, adapter) = world();
    fill(&registry);
    adapter.refresh();
    (registry, adapter)
}

#[test]
fn what_is_no_chart_hides_none() {
    let (registry, adapter) = walked();
    let expected = ["team/mixed 1.0.0", "team/mixed 1.1.0", "team/mixed 2.0.0"];
    let versions = adapter.versions();
    let versions: Vec<_> = versions.iter().filter(|name| name.contains("mixed")).collect();
    assert_eq!(versions, expected.iter().collect::<Vec<_>>());
    assert!(adapter.versions().iter().all(|name| name.starts_with("team/mixed")));
    // Other things are no charts, but they are there.
    let cosign = format!("sha256-{}.sig", "0".repeat(64));
    for other in [cosign.as_str(), "0.0.1", "0.0.2", "zz-odd", "latest"] {
        assert!(adapter.tagged("team/mixed", other).is_some(), "{other}");
    }
    assert!(adapter.tagged("team/mixed", "0-no-json").is_none());
    drop(registry);
}

#[test]
fn charts_in_company_are_read_whole() {
    let (_registry, adapter) = walked();
    for version in ["1.0.0", "1.1.0", "2.0.0"] {
        let digest = adapter.version("team/mixed", version).unwrap();
        let facts = adapter.store.facts(&digest).unwrap().chart.unwrap();
        let expected = chart("mixed", version);
        assert_eq!(facts.version.to_string(), version);
        assert_eq!(adapter.read(&facts.meta).unwrap(), expected.meta);
        assert_eq!(adapter.read(&facts.content).unwrap(), expected.content);
        let signature = facts.provenance.map(|digest| adapter.read(&digest).unwrap());
        let signed = (version == "1.0.0").then(|| expected.signed().provenance.unwrap());
        assert_eq!(signature, signed);
        let found = adapter.driver().entry(&repository("team/mixed"), &digest).unwrap().unwrap();
        let parts = found.chart.unwrap();
        assert_eq!((parts.meta, parts.content), (facts.meta, facts.content));
        assert_eq!(parts.provenance, facts.provenance);
    }
}

#[test]
fn each_repository_that_is_not_whole_is_told_of_once() {
    let (registry, adapter) = walked();
    let left_out = adapter.left_out();
    let expected = [
        ("odd/huge", "1.0.0: cannot get Chart.yaml"),
        ("odd/no-json", "1.0.0: expected"),
        ("odd/no-name", "1.0.0: \"../x\""),
        ("odd/no-version", "1.0.0: \"one\""),
        ("odd/none", "1.0.0: manifest does not contain a layer"),
        ("odd/twice", "1.0.0: the manifest has more than one chart archive"),
        ("team/mixed", "0-empty: cannot get the manifest"),
    ];
    assert_eq!(left_out.len(), expected.len(), "{left_out:?}");
    for ((name, reason), (expected, beginning)) in left_out.iter().zip(expected) {
        assert!(name == expected && reason.contains(&beginning[..6]), "{name}: {reason}");
        assert!(reason.contains(beginning.split(": ").nth(1).unwrap()), "{name}: {reason}");
    }
    let warnings = adapter.warnings();
    let names: Vec<_> = left_out.iter().map(|(name, _)| format!("not all of {name} is")).collect();
    assert_eq!(warnings.len(), names.len(), "{warnings:?}");
    assert!(warnings.iter().zip(&names).all(|(warning, name)| warning.starts_with(name)));
    adapter.refresh();
    assert_eq!(adapter.left_out(), left_out);
    assert!(adapter.warnings().is_empty(), "the same is not told again");
    chart("none", "1.0.0").put(&registry, "odd/none", "1.0.0");
    let mut twice = chart("x", "1.0.0");
    twice.meta = b"other".to_vec();
    twice.put(&registry, "odd/no-json", "1.0.0");
    adapter.refresh();
    assert_eq!(adapter.left_out().len(), left_out.len() - 1, "one was mended");
    assert!(adapter.version("odd/none", "1.0.0").is_some());
}

#[test]
fn what_a_registry_says_cannot_harm_a_terminal() {
    let (registry, adapter) = world();
    let mut evil = chart("x", "1.0.0");
    evil.meta = b"{\"name\":\"\\u001b[2Jx\",\"version\":\"1.0.0\"}".to_vec();
    evil.put(&registry, "team/x", "1.0.0");
    adapter.refresh();
    assert_eq!(adapter.left_out().len(), 1);
    let warnings = adapter.warnings();
    assert!(warnings.len() == 1 && !warnings[0].contains('\u{1b}'), "{warnings:?}");
}
