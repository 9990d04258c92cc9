//! Values that Helm refuses by values.schema.json are refused here, and no others.

use std::fs;
use std::path::Path;

use hreg::chart::load::{Chart, File};
use hreg::chart::values;
use hreg::chart::yaml;
use serde_json::{Map, Value};
use tempfile::TempDir;

use crate::charts;
use crate::compare::equal;
use crate::folder::Folder;
use crate::helm::Helm;

/// The beginning of a draft-04 schema.
const DRAFT_4: &str = r#""$schema": "http://json-schema.org/draft-04/schema#""#;
const DRAFT_7: &str = r#""$schema": "http://json-schema.org/draft-07/schema#""#;
const DRAFT_2020: &str = r#""$schema": "https://json-schema.org/draft/2020-12/schema""#;

/// Lists schemas of the value `a` (`{4}`, `{7}` and `{20}` stand for drafts), and values of it.
const RULES: &[(&str, &[&str])] = &[
    (
        r#"{"type": "integer"}"#,
        &["1", "1.0", "1e3", "1.5", "'1'", "~", "9007199254740993", "1e300"],
    ),
    (r#"{"type": "number"}"#, &["1", "1.5", "'1'", "true"]),
    (r#"{"type": "string"}"#, &["x", "1", "yes", "'yes'", "2024-01-01", "~"]),
    (r#"{"type": "boolean"}"#, &["yes", "off", "'no'", "1"]),
    (r#"{"type": "null"}"#, &["~", "x", "''"]),
    (r#"{"type": ["string", "null"]}"#, &["~", "x", "1"]),
    (r#"{"type": "array"}"#, &["[]", "{}", "''"]),
    (r#"{"type": "object", "required": ["b"]}"#, &["{b: 1}", "{}", "{b: ~}", "[]"]),
    (r#"{"properties": {"b": {}}, "additionalProperties": false}"#, &["{b: 1}", "{c: 1}", "1"]),
    (r#"{"additionalProperties": {"type": "string"}}"#, &["{b: x}", "{b: 1}"]),
    (
        r#"{"patternProperties": {"^b": {"type": "string"}}, "additionalProperties": false}"#,
        &["{b1: x}", "{b1: 1}", "{c: x}"],
    ),
    (r#"{"propertyNames": {"pattern": "^b"}}"#, &["{b: 1}", "{c: 1}"]),
    (r#"{"minProperties": 1, "maxProperties": 2}"#, &["{}", "{b: 1}", "{b: 1, c: 1, d: 1}"]),
    (
        r#"{"dependencies": {"b": ["c"], "d": {"required": ["e"]}}}"#,
        &["{b: 1}", "{b: 1, c: 1}", "{d: 1}"],
    ),
    (r#"{"pattern": "^[a-z]+$"}"#, &["abc", "Abc", "1", "''"]),
    (r#"{"pattern": "(?i)^abc\\d$"}"#, &["ABC1", "abcd", "abc١"]),
    (r#"{"pattern": "^[[:alpha:]_[]+\\z"}"#, &["'ab['", "'1'"]),
    (r#"{"pattern": "^(?!x)"}"#, &["y"]),
    (r#"{"minLength": 2, "maxLength": 3}"#, &["a", "ab", "éèê", "abcd"]),
    (r#"{"enum": ["x", 1, null]}"#, &["x", "1", "1.0", "~", "y", "2"]),
    (r#"{"const": {"b": [1]}}"#, &["{b: [1]}", "{b: [1.0]}", "{b: [2]}"]),
    (r#"{"minimum": 1, "maximum": 3}"#, &["1", "0", "3", "3.5", "x"]),
    (r#"{"minimum": 1, "exclusiveMinimum": true}"#, &["1", "2"]),
    (r#"{"maximum": 1, "exclusiveMaximum": false}"#, &["1", "2"]),
    (r#"{"exclusiveMinimum": 1}"#, &["1", "2"]),
    (r#"{"exclusiveMinimum": true}"#, &["2"]),
    (r#"{"multipleOf": 0.01}"#, &["0.07", "1.1", "0.005"]),
    (
        r#"{"items": {"type": "integer"}, "minItems": 1, "maxItems": 2}"#,
        &["[1]", "[]", "[x]", "[1, 2, 3]"],
    ),
    (r#"{"items": [{"type": "string"}], "additionalItems": false}"#, &["[x]", "[1]", "[x, y]"]),
    (r#"{"contains": {"const": 1}}"#, &["[2, 1]", "[2]", "[]"]),
    (r#"{"uniqueItems": true}"#, &["[1, 2]", "[1, 1.0]", "[{b: 1}, {b: 1}]"]),
    (
        r#"{"oneOf": [{"type": "string"}, {"type": "integer"}, {"minimum": 5}]}"#,
        &["x", "1", "7", "7.5", "~"],
    ),
    (r#"{"anyOf": [{"type": "string"}, {"required": ["b"]}]}"#, &["x", "{b: 1}", "{c: 1}"]),
    (r#"{"allOf": [{"minimum": 1}, {"maximum": 2}]}"#, &["1", "0", "3"]),
    (r#"{"not": {"required": ["b"]}}"#, &["{}", "{b: 1}"]),
    (
        r#"{"if": {"required": ["b"]}, "then": {"required": ["c"]}, "else": {"required": ["d"]}}"#,
        &["{b: 1, c: 1}", "{b: 1}", "{d: 1}", "{}"],
    ),
    (r##"{"$ref": "#/definitions/text", "type": "integer"}"##, &["x", "1"]),
    (r##"{"$ref": "#/definitions/tree"}"##, &["{l: {l: {}}}", "{l: {l: 1}}"]),
    (r##"{"$ref": "#/$defs/text"}"##, &["x", "1"]),
    (r##"{"$ref": "#/definitions/none"}"##, &["x"]),
    (r##"{"$ref": "#named"}"##, &["x", "1"]),
    (r##"{"$ref": "#/properties/a"}"##, &["x"]),
    (r##"{"$id": "#/properties/a", "type": "string"}"##, &["x", "1"]),
    (r#"{"format": "date-time"}"#, &["'2024-01-01T00:00:00Z'", "'2024-01-01'", "'12:00:00'", "x"]),
    (r#"{"format": "email"}"#, &["a@b.c", "'Bob <a@b.c>'", "x"]),
    (r#"{"format": "ipv4"}"#, &["1.2.3.4", "1.2.3", "'::1'"]),
    (r#"{"format": "ipv6"}"#, &["'::1'", "1.2.3.4"]),
    (r#"{"format": "hostname"}"#, &["a.b", "a_b", "''"]),
    (r#"{"format": "uri"}"#, &["'http://a/b'", "'a/b'", "'mailto:a'", "'http://a b'"]),
    (
        r#"{"format": "uuid"}"#,
        &["6f1e8a9e-0c3e-4b8e-9a43-0e2f1d5b7c11", "6F1E8A9E-0C3E-4B8E-9A43-0E2F1D5B7C11", "x"],
    ),
    (r#"{"format": "regex"}"#, &["'a+'", "'(?!a)'", "'('"]),
    (r#"{"format": "int32"}"#, &["x", "1"]),
    (r#"{"format": "duration"}"#, &["x"]),
    (r#"{"type": "integr"}"#, &["1"]),
    (r#"{"required": true}"#, &["{}"]),
    (r#"{"pattern": 1}"#, &["x"]),
    (r#"true"#, &["x"]),
    (r#"false"#, &["x"]),
    (r#"{"type": "integer", "minimum": 1, "exclusiveMinimum": true, "{4}": 1}"#, &["1", "2.0"]),
    (r#"{"exclusiveMinimum": 1, "{4}": 1}"#, &["2"]),
    (r#"{"const": 1, "if": false, "contains": false, "{4}": 1}"#, &["2", "[2]"]),
    (r#"{"exclusiveMinimum": true, "minimum": 1, "{7}": 1}"#, &["2"]),
    (r#"{"type": "string", "{20}": 1}"#, &["x", "1"]),
    (r##"{"$ref": "#/$defs/text", "{20}": 1}"##, &["x", "1"]),
];

/// Lists where the verdict is another on purpose: a schema, a value, whether Helm refuses, and why.
const DIFFERENCES: &[(&str, &str, Verdict, &str)] = &[
    (
        r#"{"unevaluatedProperties": false, "{20}": 1}"#,
        "{b: 1}",
        Verdict::Accepted,
        "3.17.3 knows no keyword of 2020-12, and 3.18 does",
    ),
    (
        r#"{"dependentRequired": {"b": ["c"]}, "{20}": 1}"#,
        "{b: 1}",
        Verdict::Accepted,
        "3.17.3 knows no keyword of 2020-12, and 3.18 does",
    ),
    (
        r#"{"readOnly": "x"}"#,
        "1",
        Verdict::Accepted,
        "3.17.3 does not check schemas by those of their drafts, and 3.18 does",
    ),
    (
        r#"{"format": "ipv4"}"#,
        "1",
        Verdict::Refused,
        "a format is for texts; 3.17.3 refuses all numbers where it knows the format",
    ),
    (r#"{"pattern": "^\\Qa.b\\E$"}"#, "a.b", Verdict::Accepted, "the crate regex has no quotes"),
    (
        r#"{"minLength": 3, "maxLength": 2}"#,
        "1",
        Verdict::Refused,
        "3.17.3 refuses the schema, whatever the value",
    ),
];

#[test]
fn values_are_refused_that_helm_refuses() {
    let Some(helm) = Helm::find() else { return };
    let mut failures = Vec::new();
    for (rule, values) in RULES {
        for value in *values {
            let (helm, own) = verdicts(&helm, &folder(rule, value), "");
            failures.extend((helm != own).then(|| format!("{rule} of {value}: Helm {helm:?}")));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn differences_are_those_that_are_named() {
    let Some(helm) = Helm::find() else { return };
    for (rule, value, expected, why) in DIFFERENCES {
        let (helm, own) = verdicts(&helm, &folder(rule, value), "");
        assert!(helm == *expected && own != helm, "{rule} of {value}: {helm:?}, {own:?} ({why})");
    }
}

/// Makes a chart whose value `a` has a rule.
fn folder(rule: &str, value: &str) -> Folder {
    let (draft, rule) = drafted(rule);
    let named = match rule.contains("#named") {
        true => r##", "named": {"$id": "#named", "type": "string"}"##,
        false => "",
    };
    let schema = format!(
        r##"{{{draft}"definitions": {{"text": {{"type": "string"}}, "tree": {{"type": "object",
        "properties": {{"l": {{"$ref": "#/definitions/tree"}}}}}}{named}}},
        "$defs": {{"text": {{"type": "string"}}}}, "properties": {{"a": {rule}}}}}"##
    );
    Folder::plain().file("values.schema.json", &schema).file("values.yaml", format!("a: {value}"))
}

/// Takes the mark of a draft out of a rule.
fn drafted(rule: &str) -> (String, String) {
    for (mark, draft) in [("{4}", DRAFT_4), ("{7}", DRAFT_7), ("{20}", DRAFT_2020)] {
        let marked = format!(", \"{mark}\": 1");
        if rule.contains(&marked) {
            return (format!("{draft}, "), rule.replace(&marked, ""));
        }
    }
    (String::new(), rule.to_owned())
}

/// Lists a schema of the chart, its dependencies, a schema of the subchart `s`, values of both, and
/// those of the user.
const FAMILIES: &[(&str, &str, &str, &str, &str, &str, &str)] = &[
    ("a subchart", "{}", "", r#"{"required": ["b"]}"#, "", "", ""),
    ("its own default", "{}", "", r#"{"required": ["b"]}"#, "", "b: 1", ""),
    (
        "the parent's",
        "{}",
        "",
        r#"{"properties": {"b": {"type": "string"}}}"#,
        "s: {b: 1}",
        "b: x",
        "",
    ),
    (
        "the user's",
        "{}",
        "",
        r#"{"properties": {"b": {"type": "string"}}}"#,
        "",
        "b: x",
        "s: {b: 1}",
    ),
    ("a null of the user's", "{}", "", r#"{"required": ["b"]}"#, "", "b: x", "s: {b: ~}"),
    (
        "globals",
        "{}",
        "",
        r#"{"properties": {"global": {"required": ["g"]}}}"#,
        "global: {g: 1}",
        "",
        "",
    ),
    ("no globals", "{}", "", r#"{"properties": {"global": {"required": ["g"]}}}"#, "", "", ""),
    ("globals that nobody named", "{}", "", r#"{"additionalProperties": false}"#, "", "", ""),
    (
        "globals of the parent",
        r#"{"properties": {"s": {}}, "additionalProperties": false}"#,
        "",
        "{}",
        "",
        "global: {g: 1}",
        "",
    ),
    (
        "the parent's view",
        r#"{"properties": {"s": {"required": ["b"]}}}"#,
        "",
        "{}",
        "",
        "b: 1",
        "",
    ),
    (
        "an alias",
        "{}",
        "{name: s, version: '*', alias: o}",
        r#"{"required": ["b"]}"#,
        "s: {b: 1}",
        "",
        "",
    ),
    (
        "an alias with values",
        "{}",
        "{name: s, version: '*', alias: o}",
        r#"{"required": ["b"]}"#,
        "o: {b: 1}",
        "",
        "",
    ),
    (
        "one alias of two",
        "{}",
        "{name: s, version: '*', alias: o}, {name: s, version: '*', alias: p}",
        r#"{"required": ["b"]}"#,
        "o: {b: 1}",
        "",
        "",
    ),
    (
        "disabled",
        "{}",
        "{name: s, version: '*', condition: s.use}",
        r#"{"required": ["b"]}"#,
        "s: {use: false}",
        "",
        "",
    ),
    (
        "disabled by the user",
        "{}",
        "{name: s, version: '*', condition: s.use}",
        r#"{"required": ["b"]}"#,
        "s: {use: true}",
        "",
        "s: {use: false}",
    ),
    (
        "enabled by the user",
        "{}",
        "{name: s, version: '*', condition: s.use}",
        r#"{"required": ["b"]}"#,
        "s: {use: false}",
        "",
        "s: {use: true}",
    ),
    (
        "a tag of the user's",
        "{}",
        "{name: s, version: '*', tags: [t]}",
        r#"{"required": ["b"]}"#,
        "",
        "",
        "tags: {t: false}",
    ),
    (
        "imports",
        r#"{"required": ["z"]}"#,
        "{name: s, version: '*', import-values: [data]}",
        "{}",
        "",
        "exports: {data: {z: 1}}",
        "",
    ),
    (
        "imports over the user's",
        r#"{"properties": {"z": {"const": 2}}}"#,
        "{name: s, version: '*', import-values: [data]}",
        "{}",
        "",
        "exports: {data: {z: 1}}",
        "z: 2",
    ),
    (
        "imports from the user's",
        r#"{"properties": {"z": {"const": 1}}}"#,
        "{name: s, version: '*', import-values: [data]}",
        "{}",
        "",
        "exports: {data: {z: 1}}",
        "s: {exports: {data: {z: 2}}}",
    ),
];

#[test]
fn families_of_charts_are_refused_that_helm_refuses() {
    let Some(helm) = Helm::find() else { return };
    let mut failures = Vec::new();
    for (name, schema, dependencies, inner, values, inner_values, user) in FAMILIES {
        let dependencies = match *dependencies {
            "" => String::new(),
            some => format!("dependencies: [{some}]"),
        };
        let folder = Folder::plain()
            .file("Chart.yaml", format!("apiVersion: v2\nname: x\nversion: 1.0.0\n{dependencies}"))
            .file("values.schema.json", schema)
            .file("values.yaml", values)
            .subchart("s", "name: s")
            .file("charts/s/values.schema.json", inner)
            .file("charts/s/values.yaml", inner_values);
        let (helm, own) = verdicts(&helm, &folder, user);
        failures.extend((helm != own).then(|| format!("{name}: Helm {helm:?}, hreg {own:?}")));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn real_charts_are_refused_that_helm_refuses() {
    let Some(helm) = Helm::find() else { return };
    let Some(archives) = charts::real() else { return };
    charts::each(&archives, |chart| {
        let place = TempDir::new().unwrap();
        let folder = charts::unpack(chart, place.path());
        for user in ["", "replicaCount: x", "image: [1]", "global: {a: 1}", "service: {port: x}"] {
            let (helm, own) = verdicts_of(&helm, &folder, &place.path().join("user.yaml"), user);
            equal(&format!("the verdict on {user:?}"), &helm, &own)?;
        }
        Ok(())
    });
}

/// Says whether the values are as the schemas say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Accepted,
    Refused,
}

/// Gives Helm's verdict and hreg's.
fn verdicts(helm: &Helm, folder: &Folder, user: &str) -> (Verdict, Verdict) {
    let folder = folder.path();
    verdicts_of(helm, &folder, &folder.with_file_name("user.yaml"), user)
}

fn verdicts_of(helm: &Helm, folder: &Path, file: &Path, user: &str) -> (Verdict, Verdict) {
    fs::write(file, user).unwrap();
    let arguments = ["template".as_ref(), "r".as_ref(), folder.as_os_str(), "-f".as_ref()];
    let said = helm.run(arguments.into_iter().chain([file.as_os_str()]));
    let breaks = said.stderr.contains("values don't meet the specifications")
        || said.stderr.contains("stack overflow");
    let user = match yaml::parse(user.as_bytes()).unwrap() {
        Value::Object(user) => user,
        _ => Map::new(),
    };
    let chart = Chart::from_files(&files(folder, "")).unwrap();
    let checked = values::checked(&chart, &user);
    (verdict(!breaks), verdict(checked.is_ok_and(|checked| checked.violations.is_empty())))
}

fn verdict(accepted: bool) -> Verdict {
    match accepted {
        true => Verdict::Accepted,
        false => Verdict::Refused,
    }
}

fn files(folder: &Path, inner: &str) -> Vec<File> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder.join(inner)).unwrap() {
        let entry = entry.unwrap();
        let name = match inner {
            "" => entry.file_name().into_string().unwrap(),
            inner => format!("{inner}/{}", entry.file_name().into_string().unwrap()),
        };
        match entry.path().is_dir() {
            true => found.extend(files(folder, &name)),
            false => found.push(File { name, data: fs::read(entry.path()).unwrap(), mode: 0o644 }),
        }
    }
    found
}
