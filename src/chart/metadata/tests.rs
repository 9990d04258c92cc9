use super::*;
use crate::digest::Digest;

fn read(text: &str) -> Result<Metadata, Error> {
    let mut metadata = Metadata::default();
    metadata.read_yaml(text.as_bytes())?;
    Ok(metadata)
}

/// Reads, checks and writes what comes after a name and a version.
fn json(rest: &str) -> Result<String, Error> {
    let mut metadata = read(&format!("apiVersion: v2\nname: nn\nversion: 1.0.0\n{rest}"))?;
    metadata.validate()?;
    Ok(String::from_utf8(metadata.to_json()).unwrap())
}

fn fields(rest: &str) -> String {
    let json = json(rest).unwrap_or_else(|error| panic!("{rest:?}: {error:?}"));
    json.replace(r#""name":"nn","#, "").replace(r#""version":"1.0.0","#, "")
}

fn refusal(text: &str) -> String {
    let error = read(text).and_then(|mut metadata| metadata.validate()).unwrap_err();
    let source = std::error::Error::source(&error);
    source.map_or(error.to_string(), ToString::to_string)
}

/// The config blob of a chart of `helm create`, as Helm 3.17.3 pushed it.
#[test]
fn writes_the_blob_that_helm_pushes() {
    let text = "apiVersion: v2\nname: mychart\ndescription: A Helm chart for Kubernetes\n\
                type: application\nversion: 0.1.0\nappVersion: \"1.16.0\"\n";
    let blob = read(text).unwrap().to_json();
    assert_eq!(
        Digest::of(&blob).to_string(),
        "sha256:65a07b841ece031e6d0ec5eb948eacb17aa6d7294cdeb01d5348e86242951487"
    );
    assert_eq!(Metadata::from_json(&blob).unwrap(), read(text).unwrap());
}

#[test]
fn writes_every_field_in_helms_order() {
    let text = "type: library\ndependencies: [{alias: q, import-values: [a, {p: 1.0, c: 1e21}], \
                enabled: yes, tags: [1], condition: x.y, repository: '<r>', version: 1.10, \
                name: d}, {}]\nkubeVersion: '>=1.20'\nannotations: {b: 1, a: ~, C: \"\\u0007\"}\n\
                deprecated: true\nappVersion: 1e3\ntags: t\ncondition: c\nicon: i\n\
                maintainers: [{url: u, email: e, name: n2}, {}]\nkeywords: [k, 1, ~]\n\
                description: d\nsources: [s]\nhome: h\nunknown: x\n";
    let expected = concat!(
        r#"{"name":"nn","home":"h","sources":["s"],"version":"1.0.0","description":"d","#,
        r#""keywords":["k","1",""],"maintainers":[{"name":"n2","email":"e","url":"u"},{}],"#,
        r#""icon":"i","apiVersion":"v2","condition":"c","tags":"t","appVersion":"1000","#,
        r#""deprecated":true,"annotations":{"C":"\u0007","a":"","b":"1"},"#,
        r#""kubeVersion":"\u003e=1.20","dependencies":[{"name":"d","version":"1.1","#,
        r#""repository":"\u003cr\u003e","condition":"x.y","tags":["1"],"enabled":true,"#,
        r#""import-values":["a",{"c":1e+21,"p":1}],"alias":"q"},{"name":"","repository":""}],"#,
        r#""type":"library"}"#,
    );
    assert_eq!(json(text).unwrap(), expected);
    assert_eq!(json("").unwrap(), r#"{"name":"nn","version":"1.0.0","apiVersion":"v2"}"#);
    assert_eq!(json("keywords: []\nannotations: {}").unwrap(), json("").unwrap());
}

#[test]
fn takes_any_scalar_for_text() {
    for (text, expected) in [
        ("y", "true"),
        ("007", "7"),
        ("1.10", "1.1"),
        ("1.0", "1"),
        ("1e6", "1e+06"),
        ("2020-01-02", "2020-01-02"),
        ("4e10000", "4e10000"),
        (".inf", "+Inf"),
    ] {
        let fields = fields(&format!("appVersion: {text}"));
        assert_eq!(fields, format!(r#"{{"apiVersion":"v2","appVersion":"{expected}"}}"#));
    }
}

#[test]
fn refuses_wrong_types() {
    for (text, reason) in [
        ("deprecated: \"true\"", "cannot unmarshal string into deprecated, which is a bool"),
        ("keywords: a", "cannot unmarshal string into keywords"),
        ("name: [a]", "cannot unmarshal array into name"),
        ("annotations: {a: {}}", "cannot unmarshal object into annotations.a"),
        ("maintainers: [a]", "cannot unmarshal string into maintainers[0]"),
        ("dependencies: [{tags: a}]", "cannot unmarshal string into dependencies[0].tags"),
        ("[]", "cannot unmarshal array into the document"),
        ("maintainers: [~]", "validation: maintainers must not contain empty or null nodes"),
        ("dependencies: [~]", "validation: dependencies must not contain empty or null nodes"),
    ] {
        assert!(refusal(text).contains(reason), "{text}: {}", refusal(text));
    }
}

#[test]
fn matches_keys_in_any_case() {
    assert_eq!(fields("AppVersion: a"), r#"{"apiVersion":"v2","appVersion":"a"}"#);
    // Sorted, the last of them wins, even over the exact key.
    assert_eq!(fields("appversion: b\nappVersion: a"), r#"{"apiVersion":"v2","appVersion":"b"}"#);
    assert_eq!(fields("APPVERSION: b\nappVersion: a"), r#"{"apiVersion":"v2","appVersion":"a"}"#);
    assert_eq!(
        fields("Maintainers: [{name: a}]\nmaintainers: [{email: b}]"),
        r#"{"maintainers":[{"name":"a","email":"b"}],"apiVersion":"v2"}"#
    );
}

#[test]
fn reads_onto_what_is_there() {
    let mut metadata =
        read("name: a\nversion: 1.0.0\ndependencies: [{name: b, alias: c}]").unwrap();
    metadata.read_yaml(b"name: hacked\ndependencies: [{name: d}, {name: e}]\n").unwrap();
    assert_eq!(metadata.name, "hacked");
    assert_eq!(metadata.version, "1.0.0");
    assert_eq!(metadata.dependencies[0].name, "d");
    assert_eq!(metadata.dependencies[0].alias, "c");
    assert_eq!(metadata.dependencies[1].name_or_alias(), "e");
    metadata.read_yaml(b"").unwrap();
    assert_eq!(metadata.dependencies.len(), 2);
    metadata.read_yaml(b"dependencies: ~").unwrap();
    assert!(metadata.dependencies.is_empty());
}

/// Unicode: spaces of all kinds become spaces; what is not printable in Unicode 15.0 goes.
#[test]
fn cleans_text() {
    let text = "description: \"a\\nb\\u0007c\\u200b\\u202e\\u0000\\u00a0\\u3000\\u0301\\ue000\\U0001fae9\"\n\
                appVersion: \"\\u00ad\\u2028é\\\"'\\\\\"\nannotations: {a: \"\\u200b\"}\n\
                keywords: [\"\\t\"]\n";
    assert_eq!(
        fields(text),
        "{\"description\":\"a bc  \u{301}\",\"keywords\":[\" \"],\"apiVersion\":\"v2\",\
         \"appVersion\":\" é\\\"'\\\\\",\"annotations\":{\"a\":\"\u{200b}\"}}"
    );
}

#[test]
fn refuses_what_helm_refuses() {
    for (text, reason) in [
        ("name: a\nversion: 1.0.0", "chart.metadata.apiVersion is required"),
        ("apiVersion: v1", "chart.metadata.name is required"),
        ("apiVersion: v1\nname: \"\\u200b\"", "chart.metadata.name is required"),
        ("apiVersion: v1\nname: a/b", "chart.metadata.name \"a/b\" is invalid"),
        ("apiVersion: v1\nname: /", "chart.metadata.name \"/\" is invalid"),
        ("apiVersion: v1\nname: a", "chart.metadata.version is required"),
        (
            "apiVersion: v1\nname: a\nversion: 1.2.3.4",
            "chart.metadata.version \"1.2.3.4\" is invalid",
        ),
        (
            "apiVersion: v1\nname: a\nversion: 1.0.0\ntype: x",
            "chart.metadata.type must be application or library",
        ),
    ] {
        assert_eq!(refusal(text), format!("validation: {reason}"));
    }
    for (text, reason) in [
        ("[{name: a, alias: b.c}]", "dependency \"a\" has disallowed characters in the alias"),
        ("[{name: a}, {name: a}]", "more than one dependency with name or alias \"a\""),
        ("[{name: a}, {name: b, alias: a}]", "more than one dependency with name or alias \"a\""),
    ] {
        let error = json(&format!("dependencies: {text}")).unwrap_err();
        assert_eq!(error.to_string(), format!("validation: {reason}"));
    }
    for name in ["..", ".", "A b_c", "a:b"] {
        let text = format!("apiVersion: v3\nname: '{name}'\nversion: v01.2");
        assert!(read(&text).unwrap().validate().is_ok(), "{name}");
    }
}

#[test]
fn reads_config_blobs_leniently() {
    let metadata = Metadata::from_json(br#"{"Name":"a","foo":1,"annotations":null}"#).unwrap();
    assert_eq!(metadata.name, "a");
    assert!(matches!(Metadata::from_json(b"{"), Err(Error::Json(_))));
    assert!(matches!(Metadata::from_json(br#"{"name":1}"#), Err(Error::Field(_))));
}

/// The digest of a chart's metadata depends on which characters count as printable. A standard
/// library with a newer Unicode needs more ranges in `printable::NEWER`.
#[test]
fn the_table_of_new_characters_fits_the_standard_library() {
    assert_eq!(char::UNICODE_VERSION, (17, 0, 0));
}
