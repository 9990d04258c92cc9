use serde_json::json;

use super::*;
use crate::chart::load::File;

/// Makes a chart `p` with a subchart `s`, and gives its values.
fn values(dependencies: &str, parent: &str, child: &str) -> Result<Coalesced, Error> {
    let head = |name: &str| format!("apiVersion: v2\nname: {name}\nversion: 1.0.0\n");
    let files = [
        ("Chart.yaml", head("p") + &format!("dependencies: [{dependencies}]")),
        ("values.yaml", parent.to_owned()),
        ("charts/s/Chart.yaml", head("s")),
        ("charts/s/values.yaml", child.to_owned()),
    ];
    let file = |(name, text): (&str, String)| File {
        name: name.to_owned(),
        data: text.into_bytes(),
        mode: 0o644,
    };
    of_chart(&Chart::from_files(&files.map(file)).unwrap())
}

fn folded(dependencies: &str, parent: &str, child: &str) -> Value {
    Value::Object(values(dependencies, parent, child).unwrap().values)
}

#[test]
fn a_chart_answers_to_each_of_its_aliases() {
    assert_eq!(
        folded(
            "{name: s, version: '1', alias: o}, {name: s, version: '1', alias: p}",
            "o: {a: 2}",
            "a: 1"
        ),
        json!({"o": {"a": 2, "global": {}}, "p": {"a": 1, "global": {}}})
    );
}

#[test]
fn conditions_and_tags_switch_charts_off() {
    let kept = json!({"a": 1, "global": {}});
    let used = |dependency: &str, parent: &str| {
        let dependency = format!("{{name: s, version: '1', {dependency}}}");
        folded(&dependency, parent, "a: 1").get("s").is_some_and(|values| *values == kept)
    };
    assert!(used("condition: x.use", ""));
    assert!(used("condition: x.use", "x: {use: true}"));
    assert!(!used("condition: x.use", "x: {use: false}"));
    assert!(!used("condition: 'q,x.use'", "x: {use: false}"));
    assert!(!used("tags: [t]", "tags: {t: false}"));
    assert!(used("tags: [t, u]", "tags: {t: false, u: true}"));
    assert!(used("tags: [t], condition: x.use", "tags: {t: false}\nx: {use: true}"));
    let result = values("{name: s, condition: x.use}", "x: {use: 1}", "").unwrap();
    let warning = "condition path \"x.use\" for chart s returned non-bool value";
    assert_eq!(result.warnings, [warning]);
}

#[test]
fn values_are_taken_over_below_the_own() {
    let dependency =
        "{name: s, import-values: [d, {child: b, parent: q.r}, {child: no, parent: z}]}";
    let result =
        values(dependency, "a: 1\nq: {r: {x: 9}}", "exports: {d: {a: 2, c: 3}}\nb: {x: 1, z: 2}");
    let Coalesced { values, warnings } = result.unwrap();
    assert_eq!((&values["a"], &values["c"]), (&json!(1), &json!(3)));
    assert_eq!(values["q"], json!({"r": {"x": 9, "z": 2}}));
    // YAML reads `no` as a boolean, which is no name of a table.
    assert_eq!(warnings, Vec::<String>::new());
}

#[test]
fn aliases_upon_aliases_are_refused() {
    let names = |count: usize| -> String {
        let alias = |number| format!("{{name: s, version: '1', alias: a{number}}},");
        (0..count).map(alias).collect()
    };
    assert!(values(&names(1000), "", "").is_ok());
    assert!(matches!(values(&names(1100), "", ""), Err(Error::Aliases)));
    let large = format!("a: {}", "x".repeat(1 << 20));
    assert!(matches!(values(&names(300), "", &large), Err(Error::Copies)));
}

#[test]
fn warnings_are_few_and_short() {
    let condition = format!("{}x", "x,".repeat(10_000));
    let name = "n".repeat(10_000);
    let dependency = format!("{{name: {name}, condition: '{condition}'}}");
    let warnings = values(&dependency, "x: 1", "").unwrap().warnings;
    assert_eq!(warnings.len(), 100);
    assert!(warnings.iter().all(|warning| warning.len() < 1000));
}

/// Makes a chart of files.
fn chart(files: &[(&str, &str)]) -> Chart {
    let file = |(name, text): &(&str, &str)| File {
        name: (*name).to_owned(),
        data: text.as_bytes().to_vec(),
        mode: 0o644,
    };
    Chart::from_files(&files.iter().map(file).collect::<Vec<_>>()).unwrap()
}

fn map(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap()
}

#[test]
fn what_a_user_gives_decides_which_charts_are_used() {
    let chart = chart(&[
        (
            "Chart.yaml",
            "apiVersion: v2\nname: p\nversion: 1.0.0\ndependencies: [{name: s, version: '1', \
             condition: s.use, tags: [t], import-values: [data]}]",
        ),
        ("values.yaml", "a: 0\ns: {use: true}"),
        ("charts/s/Chart.yaml", "apiVersion: v2\nname: s\nversion: 1.0.0"),
        ("charts/s/values.yaml", "exports: {data: {b: 1}}\nc: 2"),
    ]);
    let values = |user| Value::Object(under(&chart, &map(user)).unwrap().values);
    assert_eq!(values(json!({"s": {"use": false}})), json!({"a": 0, "s": {"use": false}}));
    assert_eq!(
        values(json!({"a": null, "b": 5, "s": {"c": null, "d": 1}})),
        json!({"b": 5, "s": {"d": 1, "exports": {"data": {"b": 1}}, "global": {}, "use": true}})
    );
    assert_eq!(values(json!({"s": {"use": null}, "tags": {"t": false}}))["s"].get("c"), None);
}

#[cfg(feature = "schema")]
#[test]
fn each_chart_is_checked_against_its_own_schema() {
    let number = r#"{"properties": {"n": {"type": "integer"}, "global": {"required": ["g"]}}}"#;
    let chart = chart(&[
        (
            "Chart.yaml",
            "apiVersion: v2\nname: p\nversion: 1.0.0\ndependencies: [{name: s, version: '1', \
             alias: one}, {name: s, version: '1', alias: two, condition: two.use}]",
        ),
        ("values.schema.json", r#"{"required": ["top"]}"#),
        ("charts/s/Chart.yaml", "apiVersion: v2\nname: s\nversion: 1.0.0"),
        ("charts/s/values.schema.json", number),
        ("charts/s/charts/t/Chart.yaml", "apiVersion: v2\nname: t\nversion: 1.0.0"),
        ("charts/s/charts/t/values.schema.json", number),
    ]);
    let found = |user| {
        let checked = checked(&chart, &map(user)).unwrap();
        assert!(checked.coalesced.values.contains_key("one"));
        checked.violations.into_iter().map(|found| (found.path, found.rule)).collect::<Vec<_>>()
    };
    let integer = |path: &str| (path.to_owned(), "must be integer (type)".to_owned());
    let global = |path: &str| (path.to_owned(), "must have \"g\" (required)".to_owned());
    let user = json!({"global": {"g": 1}, "one": {"n": "x", "t": {"n": 1.5}}, "two": {"n": "x"}});
    let top = (String::new(), "must have \"top\" (required)".to_owned());
    assert_eq!(found(user), [top, integer("one.n"), integer("one.t.n"), integer("two.n")]);
    let user = json!({"top": 1, "two": {"n": "x", "use": false}});
    assert_eq!(found(user), [global("one.global"), global("one.t.global")]);
}

#[cfg(feature = "schema")]
#[test]
fn a_schema_that_is_none_is_named_by_its_place() {
    let chart = chart(&[
        ("Chart.yaml", "apiVersion: v2\nname: p\nversion: 1.0.0"),
        ("charts/s/Chart.yaml", "apiVersion: v2\nname: s\nversion: 1.0.0"),
        ("charts/s/values.schema.json", r#"{"type": "integr"}"#),
    ]);
    let said = checked(&chart, &Map::new()).unwrap_err().to_string();
    assert!(said.contains("charts/s/values.schema.json"), "{said}");
}
