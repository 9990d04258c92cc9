//! The bytes expected here were pushed by Helm 3.17.3, but for the time of creation.

use super::*;
use crate::oci::{Document, Maintainer};

const CONFIG: &str = "sha256:65a07b841ece031e6d0ec5eb948eacb17aa6d7294cdeb01d5348e86242951487";
const CONTENT: &str = "sha256:d1e8223966ffb01c47101a6ca60d815a9d6f2ea97f6250e9b3b5967426752f4f";

fn part(digest: &str, size: u64) -> (Digest, u64) {
    (digest.parse().unwrap(), size)
}

fn written(facts: &MetaFacts<'_>) -> String {
    let bytes = chart_manifest(facts, part(CONFIG, 141), part(CONTENT, 4162), None);
    String::from_utf8(bytes).unwrap()
}

/// Gives what is written after `"annotations":`.
fn annotations(facts: &MetaFacts<'_>) -> String {
    let text = written(facts);
    let (_, annotations) = text.split_once(r#","annotations":"#).unwrap();
    annotations.strip_suffix('}').unwrap().to_owned()
}

#[test]
fn writes_the_bytes_that_helm_pushes() {
    let facts = MetaFacts {
        name: "mychart",
        version: "0.1.0",
        description: "A Helm chart for Kubernetes",
        ..MetaFacts::default()
    };
    let expected = concat!(
        r#"{"schemaVersion":2,"config":{"mediaType":"application/vnd.cncf.helm.config.v1+json","#,
        r#""digest":"sha256:65a07b841ece031e6d0ec5eb948eacb17aa6d7294cdeb01d5348e86242951487","#,
        r#""size":141},"layers":[{"#,
        r#""mediaType":"application/vnd.cncf.helm.chart.content.v1.tar+gzip","#,
        r#""digest":"sha256:d1e8223966ffb01c47101a6ca60d815a9d6f2ea97f6250e9b3b5967426752f4f","#,
        r#""size":4162}],"annotations":{"#,
        r#""org.opencontainers.image.description":"A Helm chart for Kubernetes","#,
        r#""org.opencontainers.image.title":"mychart","org.opencontainers.image.version":"0.1.0"}}"#,
    );
    assert_eq!(written(&facts), expected);
}

#[test]
fn writes_all_annotations_escaped_and_sorted() {
    let facts = MetaFacts {
        name: "c0",
        version: "1.0.0+build.7",
        description: "a<b>&\"c\"\\ é x",
        home: "https://x/?a=1&b=2",
        source: "https://s1",
        maintainers: vec![
            Maintainer { name: "Bob", email: "" },
            Maintainer { name: "", email: "only@example.com" },
            Maintainer { name: "A", email: "a@b" },
        ],
        annotations: vec![("z", "<1>"), ("é", "1"), ("Z", "2"), ("a.b", "3"), ("a-b", "\u{1}")],
    };
    assert_eq!(
        annotations(&facts),
        concat!(
            r#"{"Z":"2","a-b":"\u0001","a.b":"3","#,
            r#""org.opencontainers.image.authors":"Bob,  (only@example.com), A (a@b)","#,
            r#""org.opencontainers.image.description":"a\u003cb\u003e\u0026\"c\"\\ é x","#,
            r#""org.opencontainers.image.source":"https://s1","#,
            r#""org.opencontainers.image.title":"c0","#,
            r#""org.opencontainers.image.url":"https://x/?a=1\u0026b=2","#,
            r#""org.opencontainers.image.version":"1.0.0+build.7","#,
            r#""z":"\u003c1\u003e","é":"1"}"#,
        )
    );
}

#[test]
fn leaves_out_what_is_blank() {
    let blank = Maintainer { name: " ", email: "" };
    let mut facts = MetaFacts {
        name: "c",
        version: "1",
        description: "\u{a0}\u{2003}",
        source: "  ",
        maintainers: vec![blank],
        ..MetaFacts::default()
    };
    let least = r#"{"org.opencontainers.image.title":"c","org.opencontainers.image.version":"1"}"#;
    assert_eq!(annotations(&facts), least);
    facts.maintainers = vec![Maintainer::default(); 2];
    assert!(annotations(&facts).starts_with(r#"{"org.opencontainers.image.authors":", ","#));
    assert!(!written(&MetaFacts::default()).contains("annotations"));
}

#[test]
fn a_chart_overrides_all_but_title_and_version() {
    let key = |name: &str| format!("org.opencontainers.image.{name}");
    let keys = ["title", "version", "description", "url", "created"].map(key);
    let facts = MetaFacts {
        name: "c",
        version: "1",
        description: "own",
        home: "h",
        annotations: keys.iter().map(|key| (key.as_str(), "")).collect(),
        ..MetaFacts::default()
    };
    assert_eq!(
        annotations(&facts),
        concat!(
            r#"{"org.opencontainers.image.created":"","org.opencontainers.image.description":"","#,
            r#""org.opencontainers.image.title":"c","org.opencontainers.image.url":"","#,
            r#""org.opencontainers.image.version":"1"}"#,
        )
    );
}

/// Builds a manifest of these media types: the config's, then the layers'.
fn manifest(config: &str, layers: &[&str]) -> Document {
    let part = |media_type: &str| Descriptor::new(media_type, Digest::of(media_type.as_bytes()), 1);
    let layers: Vec<Descriptor> = layers.iter().map(|layer| part(layer)).collect();
    let text = serde_json::json!({"schemaVersion": 2, "config": part(config), "layers": layers});
    Document::parse(text.to_string().into_bytes(), None).unwrap()
}

#[test]
fn finds_the_parts_by_their_types() {
    let facts = MetaFacts { name: "c", ..MetaFacts::default() };
    let provenance = (Digest::of(b"prov"), 4);
    let bytes = chart_manifest(&facts, part(CONFIG, 141), part(CONTENT, 4162), Some(provenance));
    let document = Document::parse(bytes, Some(media::OCI_MANIFEST)).unwrap();
    let found = ChartManifest::of(document.manifest().unwrap()).unwrap();
    assert_eq!(found.config.digest, CONFIG.parse().unwrap());
    assert_eq!((found.content.digest, found.content.size), part(CONTENT, 4162));
    assert_eq!(found.provenance.map(|part| (part.digest, part.size)), Some(provenance));
    assert!(!found.is_legacy());

    let document = manifest(
        media::CHART_CONFIG,
        &["text/plain", media::CHART_PROVENANCE, media::CHART_CONTENT_TAR_GZIP],
    );
    let found = ChartManifest::of(document.manifest().unwrap()).unwrap();
    assert_eq!(found.content.media_type, media::CHART_CONTENT_TAR_GZIP);
    assert!(found.provenance.is_some());
    assert!(found.is_legacy());
}

#[test]
fn refuses_what_is_no_chart_or_not_one() {
    let refused = |config: &str, layers: &[&str]| {
        ChartManifest::of(manifest(config, layers).manifest().unwrap()).unwrap_err().to_string()
    };
    let image = "application/vnd.oci.image.config.v1+json";
    assert!(refused(image, &[media::CHART_CONTENT]).contains(image));
    assert_eq!(
        refused(media::CHART_CONFIG, &["text/plain", media::CHART_PROVENANCE]),
        "manifest does not contain a layer with mediatype \
         application/vnd.cncf.helm.chart.content.v1.tar+gzip"
    );
    let content = media::CHART_CONTENT;
    for layers in [[content, content], [content, media::CHART_CONTENT_TAR_GZIP]] {
        assert!(refused(media::CHART_CONFIG, &layers).contains("more than one chart archive"));
    }
    let provenance = media::CHART_PROVENANCE;
    assert!(
        refused(media::CHART_CONFIG, &[provenance, content, provenance])
            .contains("more than one provenance")
    );
    for (config, meta, content) in [
        (image, media::CHART_META_ALPHA_1, media::CHART_CONTENT_ALPHA_1),
        (media::CHART_CONFIG, media::CHART_META_LAYER, media::CHART_CONTENT_LAYER),
    ] {
        assert!(refused(config, &[meta, content]).contains("alpha of Helm 3"));
    }
}
