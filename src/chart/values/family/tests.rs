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
