//! What the documents of a result say.

use serde_json::{Value, json};

use super::charts::{built, chart, embedded, stored};
use crate::chart::load::Chart;
use crate::plan::Semantics;

const LEAF: (&str, &str) =
    ("charts/leaf/Chart.yaml", "apiVersion: v2\nname: leaf\nversion: 1.0.0\n");
const VALUES: (&str, &str) = ("charts/leaf/values.yaml", "port: 80\nused: false\n");
const LIST: &str =
    "dependencies:\n- {name: leaf, version: ^1, repository: 'https://example.com'}\n";
const LOCK: &str = "dependencies:\n- {name: leaf, repository: 'https://example.com', version: 1.0.0}\n\
                    digest: sha256:0\ngenerated: \"2020-01-01T00:00:00Z\"\n";

fn build(chart: Chart, configs: &Value) -> Chart {
    built(&[chart], configs, Semantics::Helm).unwrap().chart
}

/// Drops the only subchart.
fn dropping(chart: &str) -> Value {
    let mut package = stored(chart);
    package["drop"] = json!(["leaf"]);
    json!({"package": package})
}

#[test]
fn a_lock_follows_the_list() {
    let source = || chart("root", LIST, "", &[LEAF, ("Chart.lock", LOCK)]);
    let plan = json!({"package": stored("root"), "leaf": {"package": embedded("leaf")}});
    let result = build(source(), &plan);
    let lock = result.lock.unwrap();
    assert_eq!(lock.dependencies[0].repository, "");
    assert!(lock.fits(&result.metadata.dependencies));
    assert_eq!(lock.generated.as_str(), "2020-01-01T00:00:00Z");
    // What stays keeps what it was locked to.
    let other = json!({"package": stored("root"), "more": {"package": stored("root")}});
    let lock = build(source(), &other).lock.unwrap();
    assert_eq!(lock.dependencies[0].repository, "https://example.com");
    let dropped = build(source(), &dropping("root"));
    assert_eq!((dropped.lock, dropped.metadata.dependencies.len()), (None, 0));
}

#[test]
fn what_requirements_say_does_not_hide_the_result() {
    let requirements = format!("name: hidden\nversion: 0.0.1\ndescription: d\n{LIST}");
    let others = [LEAF, ("requirements.yaml", requirements.as_str())];
    let two_lists = "dependencies:\n- {name: leaf, version: ^1, alias: other}\n";
    let source = chart("root", two_lists, "", &others);
    let mut plan = json!({"package": stored("hidden"), "renamed": {"package": embedded("leaf")}});
    plan["package"]["version"] = json!("0.0.1");
    let result = build(source, &plan);
    assert_eq!((result.name(), result.version()), ("shop", "1.0.0"));
    assert_eq!(result.metadata.description, "d");
    let listed = &result.metadata.dependencies;
    assert_eq!((listed.len(), listed[0].name.as_str(), &*listed[0].alias), (1, "renamed", ""));
    let head = result.files.iter().find(|file| file.name == "Chart.yaml").unwrap();
    assert!(!String::from_utf8_lossy(&head.data).contains("dependencies"));
}

#[test]
fn what_a_template_or_a_condition_reads_of_a_dropped_subchart_stays() {
    let template = ("templates/a.yaml", "{{ .Values.leaf.port }}");
    let source = |others: &[(&str, &str)]| chart("root", LIST, "leaf: {own: 1}", others);
    let values = build(source(&[LEAF, VALUES, template]), &dropping("root")).values;
    assert_eq!(values["leaf"], json!({"port": 80, "used": false, "own": 1}));
    assert_eq!(build(source(&[LEAF, VALUES]), &dropping("root")).values.get("leaf"), None);

    let more = ("charts/more/Chart.yaml", "apiVersion: v2\nname: more\nversion: 1.0.0\n");
    let list = format!("{LIST}- {{name: more, version: 1.0.0, condition: leaf.used}}\n");
    let source = chart("root", &list, "leaf: {own: 1}", &[LEAF, VALUES, more]);
    assert_eq!(build(source, &dropping("root")).values["leaf"], json!({"used": false}));
}

#[test]
fn what_a_renamed_subchart_is_given_is_read_under_its_old_name_too() {
    let template = ("templates/a.yaml", "{{ .Values.leaf.port }}");
    let schema = r#"{"additionalProperties": false, "properties": {"leaf": {"type": "object"}}}"#;
    let others = [LEAF, VALUES, template, ("values.schema.json", schema)];
    let source = chart("root", LIST, "", &others);
    let plan = json!({
        "package": stored("root"), "new": {"package": embedded("leaf"), "_config": {"port": 1}}
    });
    let result = built(&[source], &plan, Semantics::Helm).unwrap();
    let values = &result.chart.values;
    assert_eq!(values["new"], json!({"port": 1}));
    assert_eq!(values["leaf"], json!({"port": 1, "used": false}));
    assert!(result.warnings[0].contains("which is new now"), "{:?}", result.warnings);
    let schema: Value = serde_json::from_slice(&result.chart.schema.unwrap()).unwrap();
    let object = json!({"type": "object"});
    assert_eq!(schema["properties"], json!({"leaf": object, "new": object}));
}

#[test]
fn tags_are_given_where_helm_reads_them() {
    let source = chart("root", LIST, "tags: {a: true, b: true}\n", &[LEAF]);
    let plan = json!({
        "package": stored("root"),
        "inner": {"package": stored("root"), "_config": {"tags": {"a": false}}}
    });
    let result = build(source, &plan);
    let inner = result.subcharts.iter().find(|subchart| subchart.name() == "inner").unwrap();
    assert_eq!(inner.values["tags"], json!({"a": false, "b": true}));
    assert_eq!(result.values["tags"], json!({"a": true, "b": true}));
}
