use super::*;
use proptest::prelude::*;
use serde_json::{Value, json};

fn descriptor(name: &str) -> Value {
    json!({"mediaType": "text/plain", "digest": Digest::of(name.as_bytes()), "size": name.len()})
}

fn parse(document: &Value, content_type: Option<&str>) -> Result<Document, Error> {
    Document::parse(document.to_string().into_bytes(), content_type)
}

fn image() -> Value {
    json!({"schemaVersion": 2, "config": descriptor("c"), "layers": [descriptor("l")]})
}

fn index() -> Value {
    json!({"schemaVersion": 2, "manifests": [descriptor("m")]})
}

/// Adds a member to a document.
fn with(mut document: Value, name: &str, value: Value) -> Value {
    document[name] = value;
    document
}

fn digests<'a>(descriptors: impl Iterator<Item = &'a Descriptor>) -> Vec<Digest> {
    descriptors.map(|found| found.digest).collect()
}

#[test]
fn keeps_the_bytes() {
    let bytes = b" {\"config\":null, \"layers\":[],\"x\":{}}\n".to_vec();
    let document = Document::parse(bytes.clone(), None).unwrap();
    assert_eq!(document.bytes(), bytes);
    assert_eq!(document.digest(), Digest::of(&bytes));
    assert_eq!(document.media_type(), media::OCI_MANIFEST);
}

#[test]
fn lists_what_it_refers_to() {
    let of = |name: &str| Digest::of(name.as_bytes());
    let document = parse(&with(image(), "subject", descriptor("s")), None).unwrap();
    assert_eq!(digests(document.descriptors()), [of("c"), of("l")]);
    assert_eq!(document.manifests().count(), 0);
    assert_eq!(document.subject().map(|subject| subject.digest), Some(of("s")));
    assert_eq!(document.artifact_type(), Some("text/plain"));

    let document = parse(&with(index(), "annotations", json!({"k": "v"})), None).unwrap();
    assert_eq!(digests(document.descriptors()), [of("m")]);
    assert_eq!(document.blobs().count(), 0);
    assert_eq!(document.media_type(), media::OCI_INDEX);
    assert_eq!(document.annotations()["k"], "v");
    assert_eq!(document.artifact_type(), None);

    let artifact = json!({"mediaType": media::OCI_ARTIFACT, "artifactType": "a/b", "blobs": [descriptor("b")]});
    let document = parse(&artifact, None).unwrap();
    assert_eq!(digests(document.descriptors()), [of("b")]);
    assert_eq!(document.artifact_type(), Some("a/b"));
}

#[test]
fn reads_null_as_nothing_and_skips_unknown_members() {
    let mut layer = descriptor("l");
    layer["annotations"] = Value::Null;
    layer["urls"] = json!(["https://example.com/l"]);
    layer["platform"] = json!({"os": "linux", "architecture": "arm64", "os.features": ["x"]});
    layer["future"] = json!([{}]);
    let mut document = with(image(), "layers", json!([layer]));
    document["annotations"] = Value::Null;
    document["subject"] = Value::Null;
    document["future"] = json!({"a": [1]});
    let document = parse(&document, None).unwrap();
    let layer = &document.manifest().unwrap().layers[0];
    assert_eq!(layer.urls, ["https://example.com/l"]);
    assert_eq!(layer.platform.as_ref().unwrap().architecture, "arm64");
    let no_layers = parse(&with(image(), "layers", Value::Null), None).unwrap();
    assert_eq!(no_layers.descriptors().count(), 1);
}

#[test]
fn takes_the_type_from_the_document_or_what_came_with_it() {
    let docker = with(image(), "mediaType", json!(media::DOCKER_MANIFEST));
    for (document, sent, expected) in [
        (&docker, None, media::DOCKER_MANIFEST),
        (&docker, Some(media::DOCKER_MANIFEST), media::DOCKER_MANIFEST),
        (&image(), Some("application/vnd.oci.image.manifest.v1+json; x=1"), media::OCI_MANIFEST),
        (&index(), Some(media::DOCKER_LIST), media::DOCKER_LIST),
    ] {
        assert_eq!(parse(document, sent).unwrap().media_type(), expected);
    }
}

#[test]
fn refuses_what_can_be_read_in_two_ways() {
    let docker = with(image(), "mediaType", json!(media::DOCKER_MANIFEST));
    let both = with(image(), "manifests", json!([]));
    for (document, sent, expected) in [
        (&docker, Some(media::OCI_MANIFEST), "calls itself"),
        (&both, None, "do not fit"),
        (&both, Some(media::OCI_MANIFEST), "do not fit"),
        (&image(), Some(media::OCI_INDEX), "do not fit"),
        (&index(), Some(media::OCI_MANIFEST), "do not fit"),
        (&json!({}), None, "do not fit"),
        (&image(), Some("text/plain"), "no manifest type"),
        (&with(image(), "schemaVersion", json!(1)), None, "schemaVersion 1"),
    ] {
        let error = parse(document, sent).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn refuses_what_is_malformed() {
    let broken = |member: &str, value: Value| {
        let mut layer = descriptor("l");
        layer[member] = value;
        with(image(), "layers", json!([layer]))
    };
    for document in [
        broken("digest", json!("sha256:00")),
        broken("digest", Value::Null),
        broken("size", json!(-1)),
        broken("size", json!("1")),
        with(image(), "layers", json!({})),
        json!([]),
    ] {
        assert!(matches!(parse(&document, None), Err(Error::Json { .. })), "{document}");
    }
    let deep = format!(r#"{{"config":{}"#, "[".repeat(MAX_DOCUMENT_BYTES - 20));
    assert!(matches!(Document::parse(deep.into_bytes(), None), Err(Error::Json { .. })));
    let deep = format!(r#"{{"x":{}1{}}}"#, "[".repeat(1_000_000), "]".repeat(1_000_000));
    assert!(Document::parse(deep.into_bytes(), None).is_err());
    let mut large = image().to_string().into_bytes();
    large.resize(MAX_DOCUMENT_BYTES, b' ');
    assert!(Document::parse(large.clone(), None).is_ok());
    large.push(b' ');
    assert!(matches!(Document::parse(large, None), Err(Error::TooLarge { .. })));
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes: Vec<u8>, cut in 0_usize..400, at in 0_usize..400, byte: u8) {
        let _ = Document::parse(bytes, None);
        for document in [image(), index()] {
            let mut bytes = document.to_string().into_bytes();
            let at = at % bytes.len();
            bytes[at] = byte;
            bytes.truncate(cut.max(at + 1));
            let _ = Document::parse(bytes, None);
        }
    }
}
