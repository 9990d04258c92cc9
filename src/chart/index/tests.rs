use super::*;
use crate::chart::metadata::Metadata;

fn read(text: &str) -> (IndexFile, Vec<Warning>) {
    IndexFile::read(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error:?}"))
}

/// An index with one version of chart `a`, and more fields for it.
fn with_fields(fields: &str) -> String {
    format!(
        "apiVersion: v1\nentries:\n  a:\n  - {{name: a, version: \"1.0.0\", urls: [u], {fields}}}\n"
    )
}

fn refusal(text: &str) -> String {
    let error = IndexFile::read(text.as_bytes()).expect_err(text);
    let source = std::error::Error::source(&error);
    source.map_or(error.to_string(), ToString::to_string)
}

#[test]
fn reads_what_helm_writes() {
    let (index, warnings) = read(
        "apiVersion: v1\nentries:\n  a:\n  - apiVersion: v2\n    appVersion: \"1.10\"\n    \
         created: \"2020-01-02T03:04:05.6+02:00\"\n    digest: 00ff\n    name: a\n    urls:\n    \
         - https://example.com/a-1.0.0.tgz\n    version: 1.0.0\ngenerated: \"2020-01-02T00:00:00Z\"\n",
    );
    assert_eq!(warnings, []);
    let version = &index.entries["a"][0];
    assert_eq!(version.metadata.app_version, "1.10");
    assert_eq!(version.created.as_str(), "2020-01-02T03:04:05.6+02:00");
    assert_eq!(version.digest, "00ff");
    assert_eq!(version.urls, ["https://example.com/a-1.0.0.tgz"]);
    assert_eq!(read(&index.to_yaml().unwrap()).0, index);
    assert_eq!(IndexFile::read(&index.to_json()).unwrap().0, index);
}

#[test]
fn writes_what_helm_reads() {
    let mut index = IndexFile::new(Timestamp::parse("2020-01-02T03:04:05Z").unwrap());
    let metadata = Metadata { name: "a".into(), version: "1.0".into(), ..Metadata::default() };
    let version = ChartVersion { metadata, removed: true, ..ChartVersion::default() };
    index.entries.insert("a".into(), vec![version]);
    assert_eq!(
        String::from_utf8(index.to_json()).unwrap(),
        r#"{"apiVersion":"v1","generated":"2020-01-02T03:04:05Z","entries":{"a":[{"name":"a","#
            .to_owned()
            + r#""version":"1.0","urls":[],"created":"0001-01-01T00:00:00Z","removed":true}]}}"#
    );
    assert!(index.to_yaml().unwrap().contains("version: \"1.0\"\n"));
}

#[test]
fn is_strict_in_yaml_only() {
    for fields in [
        "foo: 1",
        "maintainers: [{foo: 1}]",
        "dependencies: [{foo: 1}]",
        "name: b, appVersion: 1.0",
    ] {
        refusal(&with_fields(fields));
    }
    assert!(refusal("apiVersion: v1\napiVersion: v1").contains("already set"));
    assert!(refusal("apiVersion: v1\nfoo: 1").contains("unknown field \"foo\""));
    assert!(refusal(&with_fields("appVersion: 1.0")).contains("entries.a[0].appVersion"));
    assert!(refusal(&with_fields("keywords: [1]")).contains("keywords[0]"));
    // Its own fields take any scalar, those of the metadata do not.
    let fields = "digest: 123, checksum: c, engine: e, tillerVersion: t, url: 1";
    assert_eq!(read(&with_fields(fields)).0.entries["a"][0].digest, "123");
    let json =
        r#"{"apiVersion":"v1","foo":1,"entries":{"a":[{"name":"a","version":"1","foo":1}]}}"#;
    assert_eq!(read(json).0.entries["a"].len(), 1);
}

#[test]
fn leaves_out_what_is_no_chart() {
    for (fields, reason) in [
        ("Version: x", "validation: chart.metadata.version \"x\" is invalid"),
        ("type: x", "validation: chart.metadata.type must be application or library"),
        ("maintainers: [~]", "must not contain empty or null nodes"),
        ("dependencies: [~]", "must not contain empty or null nodes"),
    ] {
        let text = with_fields(fields).replace(
            "version: \"1.0.0\", ",
            match fields {
                "Version: x" => "",
                _ => "version: \"1.0.0\", ",
            },
        );
        let (index, warnings) = read(&text);
        assert_eq!(index.entries["a"], [], "{fields}");
        assert!(warnings[0].to_string().contains(reason), "{}", warnings[0]);
        assert_eq!(warnings[0].chart, "a");
    }
    let (index, warnings) = read(
        "apiVersion: v1\nentries: {a: [~, {name: a, version: '1', urls: []}, ~], b: ~, c: []}",
    );
    assert_eq!(index.entries["a"].len(), 1);
    assert_eq!(index.entries["b"], []);
    assert_eq!(warnings.len(), 2);
    assert_eq!(warnings[0].to_string(), "skipping invalid entry for chart \"a\" \"\": empty entry");
    let twice = read(&with_fields("dependencies: [{name: b}, {name: b}]"));
    assert_eq!(twice.0.entries["a"].len(), 1);
}

#[test]
fn refuses_what_is_no_index() {
    assert!(matches!(IndexFile::read(b""), Err(Error::Empty)));
    assert!(matches!(IndexFile::read(b"entries: {}"), Err(Error::NoApiVersion)));
    assert!(matches!(IndexFile::read(b"{}"), Err(Error::NoApiVersion)));
    for text in [
        "[]",
        "x",
        "apiVersion: v1\nentries: []",
        "apiVersion: v1\nentries: {a: {}}",
        "apiVersion: v1\nentries: {a: [1]}",
        "apiVersion: v1\ngenerated: x",
        "{\"apiVersion\":1}",
    ] {
        refusal(text);
    }
}

#[test]
fn sorts_the_highest_version_first() {
    let versions = ["1.0.0", "2.0.0", "1.10.0", "1.2", "1.0.0-rc.1", "v3", "1.0.0+b", "1.0.0+a"];
    let entries = versions.map(|version| format!("{{name: a, version: '{version}'}}")).join(", ");
    let (index, _) = read(&format!("apiVersion: v1\nentries: {{a: [{entries}]}}"));
    let sorted: Vec<_> = index.entries["a"].iter().map(|entry| &*entry.metadata.version).collect();
    assert_eq!(
        sorted,
        ["v3", "2.0.0", "1.10.0", "1.2", "1.0.0", "1.0.0+b", "1.0.0+a", "1.0.0-rc.1"]
    );
}

#[test]
fn more_values_than_any_repository_has_are_not_read() {
    let text = "{\"apiVersion\":\"v1\",\"entries\":{\"a\":[0".to_owned() + &",0".repeat(MAX_VALUES);
    let error = IndexFile::read(text.as_bytes()).unwrap_err();
    assert!(matches!(error, Error::TooManyValues), "{error}");
}

#[test]
fn however_values_are_written_none_is_overlooked() {
    let marks = "- ? -\t".repeat(50) + "a\n";
    let utf_16: Vec<u8> = marks.bytes().flat_map(|byte| [byte, 0]).collect();
    for (text, values) in [
        (b",0".as_slice(), 1),
        (b"[", 1),
        (b"{a: b}", 1),
        (b"b:\r", 1),
        (b"b:\r\n", 1),
        ("b:\u{85}".as_bytes(), 1),
        ("b:\u{2028}b:\u{2029}".as_bytes(), 2),
        (marks.as_bytes(), 150),
        (&utf_16, 150),
    ] {
        let found = most_values(&text.repeat(10));
        assert!((10 * values..=11 * values).contains(&found), "{text:?}: {found}");
    }
}

#[test]
fn a_large_repository_stays_far_below_the_limit_of_values() {
    let entry = "  - apiVersion: v2\n    appVersion: 1.16.0\n    created: \"2026-11-21T09:18:39Z\"\n    \
                 description: A Helm chart for Kubernetes, as it is made\n    digest: d1e8223966ffb01c\
                 47101a6ca60d815a9d6f2ea97f6250e9b3b5967426752f4f\n    name: mychart\n    type: \
                 application\n    urls:\n    - https://charts.example.com/mychart-0.1.0.tgz\n    \
                 version: 0.1.0\n";
    let bytes_a_value = entry.len() / most_values(entry.as_bytes());
    assert!(MAX_VALUES * bytes_a_value > 96 << 20, "{bytes_a_value}");
}
