//! Charts as every generation of Helm 3 pushed them, and what only looks like one.

use std::fs;

use hreg::oci::{Descriptor, media};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::folder::Folder;
use crate::helm::Helm;
use crate::hreg::{Hreg, Saved};
use crate::registry::Registry;
use crate::run::Said;

/// Is a chart in parts, on a registry.
struct Parts {
    registry: Registry,
    hreg: Hreg,
    saved: Saved,
    config: Descriptor,
    content: Descriptor,
}

impl Parts {
    fn put() -> Option<Parts> {
        let registry = Registry::start()?;
        let hreg = Hreg::new();
        let saved = hreg.saved(&Folder::listing().path());
        let out = TempDir::new().unwrap();
        let archive = fs::read(hreg.export_archive(saved.reference(), out.path())).unwrap();
        let meta = br#"{"name":"x","version":"1.0.0","apiVersion":"v2"}"#;
        let config = registry.put_blob("old/x", meta);
        let content = registry.put_blob("old/x", &archive);
        Some(Parts { registry, hreg, saved, config, content })
    }

    fn put_manifest(&self, tag: &str, layers: &[(&str, &Descriptor)]) -> Value {
        let part = |kind: &str, blob: &Descriptor| json!({"mediaType": kind, "digest": blob.digest, "size": blob.size});
        let layers: Vec<Value> = layers.iter().map(|(kind, blob)| part(kind, blob)).collect();
        let config = part(media::CHART_CONFIG, &self.config);
        let manifest = json!({"schemaVersion": 2, "config": config, "layers": layers});
        self.registry.put_manifest("old/x", tag, media::OCI_MANIFEST, &manifest);
        manifest
    }

    fn pull(&self, tag: &str) -> Said {
        self.hreg.run(["pull", "-o", "json", &format!("{}/old/x:{tag}", self.registry.address())])
    }

    fn pulled(&self, tag: &str) -> Value {
        let said = self.pull(tag);
        let reports: Value = serde_json::from_slice(&said.bytes()).unwrap();
        reports[0].clone()
    }
}

#[test]
fn an_archive_of_an_old_media_type_is_a_chart() {
    let Some(parts) = Parts::put() else { return };
    for (tag, kind) in [("rc", media::CHART_CONTENT_TAR_GZIP), ("beta", media::CHART_CONTENT_LAYER)]
    {
        parts.put_manifest(tag, &[(kind, &parts.content)]);
        let pulled = parts.pulled(tag);
        assert_eq!(pulled["content"]["digest"], parts.saved.content(), "{tag}");
        let warning = pulled["warnings"][0].as_str().unwrap();
        assert!(warning.contains(kind), "{warning}");
    }
}

#[test]
fn layers_are_told_by_their_types_and_unknown_ones_are_kept() {
    let Some(parts) = Parts::put() else { return };
    let other = parts.registry.put_blob("old/x", b"something else");
    let both = [("application/vnd.example", &other), (media::CHART_CONTENT, &parts.content)];
    parts.put_manifest("extra", &both);
    let pulled = parts.pulled("extra");
    assert_eq!(pulled["content"]["digest"], parts.saved.content());
    let onward = format!("{}/onward/x:extra", parts.registry.address());
    let reference = pulled["reference"].as_str().unwrap();
    let pushed = parts.hreg.run(["push", "-o", "json", reference, &onward]);
    let pushed: Value = serde_json::from_slice(&pushed.bytes()).unwrap();
    assert_eq!(pushed[0]["digest"], pulled["digest"]);

    let twice = [(media::CHART_CONTENT, &parts.content), (media::CHART_CONTENT, &other)];
    parts.put_manifest("twice", &twice);
    let refused = parts.pull("twice");
    assert!(!refused.success && refused.stderr.contains("more than one"), "{refused:?}");
}

#[test]
fn an_index_of_one_chart_is_that_chart() {
    let Some(parts) = Parts::put() else { return };
    let manifest = parts.put_manifest("one", &[(media::CHART_CONTENT, &parts.content)]);
    let bytes = serde_json::to_vec(&manifest).unwrap();
    let digest = hreg::digest::Digest::of(&bytes);
    let listed = json!({"mediaType": media::OCI_MANIFEST, "digest": digest, "size": bytes.len()});
    let index = json!({"schemaVersion": 2, "mediaType": media::OCI_INDEX, "manifests": [listed]});
    parts.registry.put_manifest("old/x", "list", media::OCI_INDEX, &index);
    let pulled = parts.pulled("list");
    assert_eq!(pulled["digest"], digest.to_string());
    let copy = ["copy", &format!("{}/old/x:list", parts.registry.address())].map(str::to_owned);
    let target = format!("{}/copied/x", parts.registry.address());
    let said = parts.hreg.run(copy.iter().chain([&target]));
    assert!(said.success, "{}", said.stderr);
}

#[test]
fn a_chart_of_an_alpha_is_put_together_and_helm_loads_it() {
    let Some(helm) = Helm::find() else { return };
    let Some(parts) = Parts::put() else { return };
    let folder = TempDir::new().unwrap();
    let nameless = Folder::empty()
        .file("Chart.yaml", "apiVersion: v1\nname: x\nversion: 0.1.0\n")
        .file("templates/a.yaml", "a: {{ .Chart.Name }}-{{ .Chart.Version }}\n")
        .file("values.yaml", "b: 1\n");
    let archive = fs::read(helm.package(&nameless.path(), folder.path()).unwrap()).unwrap();
    let content = parts.registry.put_blob("old/x", &archive);
    let meta = parts.registry.put_blob("old/x", br#"{"description":"of old","apiVersion":"v1"}"#);
    for (tag, meta_kind, content_kind) in [
        ("alpha1", media::CHART_META_ALPHA_1, media::CHART_CONTENT_ALPHA_1),
        ("alpha2", media::CHART_META_LAYER, media::CHART_CONTENT_LAYER),
    ] {
        let annotations = json!({"sh.helm.chart.name": "x", "sh.helm.chart.version": "2.7.0"});
        let layers = json!([
            {"mediaType": meta_kind, "digest": meta.digest, "size": meta.size},
            {"mediaType": content_kind, "digest": content.digest, "size": content.size,
             "annotations": annotations},
        ]);
        let empty = parts.registry.put_blob("old/x", b"{}");
        let config = json!({"mediaType": "application/vnd.oci.image.config.v1+json",
                            "digest": empty.digest, "size": empty.size});
        let manifest = json!({"schemaVersion": 2, "config": config, "layers": layers});
        parts.registry.put_manifest("old/x", tag, media::OCI_MANIFEST, &manifest);
        let pulled = parts.pulled(tag);
        assert_eq!(pulled["version"], "2.7.0");
        assert!(pulled["warnings"][0].as_str().unwrap().contains("alpha"), "{pulled}");
        let out = TempDir::new().unwrap();
        let reference = pulled["reference"].as_str().unwrap();
        let exported = parts.hreg.export_archive(reference, out.path());
        let rendered = helm.template(&exported).text();
        assert!(rendered.contains("a: x-2.7.0"), "{rendered}");
    }
}

#[test]
fn what_is_no_chart_or_another_one_is_refused_by_name_and_nothing_is_stored() {
    let Some(parts) = Parts::put() else { return };
    let before = parts.hreg.run(["list", "-q"]).text();
    let image = parts.registry.put_blob("old/x", b"{}");
    let config = json!({"mediaType": "application/vnd.oci.image.config.v1+json",
                        "digest": image.digest, "size": image.size});
    let manifest = json!({"schemaVersion": 2, "config": config, "layers": []});
    parts.registry.put_manifest("old/x", "image", media::OCI_MANIFEST, &manifest);
    parts.put_manifest("2.0.0", &[(media::CHART_CONTENT, &parts.content)]);
    for (tag, reason) in [("image", "is no chart"), ("2.0.0", "is the chart x 1.0.0")] {
        let refused = parts.pull(tag);
        assert!(!refused.success && refused.stderr.contains(reason), "{tag}: {refused:?}");
    }
    assert_eq!(parts.hreg.run(["list", "-q"]).text(), before);
    assert!(parts.hreg.run(["verify"]).success);
}
