//! Plans that cannot be carried out say why, each mistake at its place.

use serde_json::{Value, json};

use super::charts::{built, chart, embedded, stored};
use crate::chart::load::Chart;
use crate::plan::Semantics;

const LEAF: (&str, &str) = ("charts/leaf/Chart.yaml", "apiVersion: v2\nname: leaf\nversion: 1.0.0");

fn charts() -> Vec<Chart> {
    let leaf_twice =
        [LEAF, ("charts/other/Chart.yaml", "apiVersion: v2\nname: leaf\nversion: 2.0.0")];
    vec![
        chart("plain", "", "size: 1\nnothing:\nmap: {a: 1}\n", &[]),
        chart("parent", "dependencies: [{name: leaf, version: 1.0.0}]", "leaf: {a: 1}", &[LEAF]),
        chart("lacking", "dependencies: [{name: gone, version: 1.0.0}]", "", &[]),
        chart("doubled", "", "", &[("Chart.yaml", "description: again")]),
        chart("twins", "", "", &leaf_twice),
    ]
}

fn mistakes(configs: &Value) -> Vec<String> {
    built(&charts(), configs, Semantics::Helm).unwrap_err()
}

#[track_caller]
fn refused(configs: &Value, place: &str, text: &str) {
    let mistakes = mistakes(configs);
    assert_eq!(mistakes.len(), 1, "{mistakes:?}");
    assert!(mistakes[0].starts_with(&format!("{place}: ")), "{mistakes:?} at {place}");
    assert!(mistakes[0].contains(text), "{mistakes:?} with {text}");
}

#[test]
fn what_is_no_map_in_the_place_of_a_subchart() {
    for value in [json!(5), json!("x"), json!([1]), json!(null), json!(true)] {
        refused(
            &json!({"package": stored("parent"), "_config": {"leaf": value}}),
            "configs._config.leaf",
            "leaf is a chart there",
        );
        refused(
            &json!({
                "package": stored("plain"),
                "p": {"package": stored("parent"), "_config": {"x": 1}},
                "_config": {"p": {"leaf": value}}
            }),
            "configs._config.p.leaf",
            "expected a map of its values",
        );
        let renamed = json!({
            "package": stored("parent"), "_config": {"l": value},
            "l": {"package": embedded("leaf"), "_config": {"x": 1}}
        });
        refused(&renamed, "configs._config.l", "expected a map");
    }
}

#[test]
fn keys_under_which_a_parent_has_a_value() {
    let plan = |key: &str| json!({"package": stored("plain"), key: {"package": stored("parent")}});
    refused(&plan("size"), "configs.size", "values.yaml of shop has a number under size");
    let charts = charts();
    let composed = built(&charts, &plan("nothing"), Semantics::Helm).unwrap();
    assert_eq!(composed.chart.values.get("nothing"), None);
    let composed = built(&charts, &plan("map"), Semantics::Helm).unwrap();
    assert_eq!(composed.warnings.len(), 1);
    assert!(composed.warnings[0].starts_with("configs.map: values.yaml of plain has map already"));
}

#[test]
fn keys_under_which_a_chart_further_up_has_a_value() {
    let plan = json!({
        "package": stored("plain"),
        "p": {"package": stored("parent"), "size": {"package": embedded("leaf")}}
    });
    refused(&plan, "configs.p.size", "a chart above has a number under size");
}

#[test]
fn sources_of_which_nothing_certain_can_be_made() {
    refused(&json!({"package": stored("doubled")}), "configs.package", "Chart.yaml twice");
    let inner = json!({"package": stored("plain"), "d": {"package": stored("doubled")}});
    refused(&inner, "configs.d.package", "Chart.yaml twice");
    refused(&json!({"package": stored("twins")}), "configs.package", "two charts called leaf");
    refused(&json!({"package": stored("lacking")}), "configs", "lists gone, which is not in its");
    let filled = json!({"package": stored("lacking"), "gone": {"package": stored("plain")}});
    assert!(built(&charts(), &filled, Semantics::Helm).is_ok());
}

#[test]
fn more_charts_than_can_be_loaded() {
    let mut configs = json!({"package": stored("plain")});
    for number in 0..256 {
        configs[format!("c{number}")] = json!({"package": stored("plain")});
    }
    let mistakes = mistakes(&configs);
    assert_eq!(mistakes, ["configs.c255: there would be more than 256 charts in all"]);
    configs.as_object_mut().unwrap().remove("c0");
    assert!(built(&charts(), &configs, Semantics::Helm).is_ok());
}

#[test]
fn all_is_told_at_once() {
    let plan = json!({
        "package": stored("parent"),
        "kept": {"package": stored("parent"), "_config": {"leaf": 1}},
        "none": {"package": embedded("none")},
        "old": {"package": {"independent": false, "chart": "leaf", "version": "2"}}
    });
    let mistakes = mistakes(&plan);
    let places: Vec<&str> = mistakes.iter().map(|text| text.split(": ").next().unwrap()).collect();
    let expected =
        ["configs.none.package.chart", "configs.old.package.version", "configs.kept._config.leaf"];
    assert_eq!(places, expected);
}
