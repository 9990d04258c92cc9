//! Every expectation here was observed on Helm 3.17.3, with a template of `{{ toJson .Values }}`,
//! but for the wording of warnings.

use super::*;
use serde_json::json;

/// A chart as `{"name": …, "values": …, "subs": […]}`.
fn node(chart: &Value) -> Node<'_> {
    let subcharts = chart["subs"].as_array().into_iter().flatten().map(node).collect();
    Node {
        name: chart["name"].as_str().unwrap(),
        values: chart["values"].as_object().unwrap(),
        subcharts,
    }
}

fn folded(chart: &Value, user: &Value) -> Result<(Value, Vec<String>), Error> {
    coalesce(&node(chart), user.as_object().unwrap())
        .map(|found| (Value::Object(found.values), found.warnings))
}

/// A chart `p` with a subchart `s`.
fn two(parent: Value, subchart: Value) -> Value {
    json!({"name": "p", "values": parent, "subs": [{"name": "s", "values": subchart}]})
}

fn one(values: Value) -> Value {
    json!({"name": "p", "values": values})
}

#[track_caller]
fn check(chart: Value, user: Value, expected: Value, warnings: &[&str]) {
    let (values, warned) = folded(&chart, &user).unwrap();
    assert_eq!(values, expected, "{chart} {user}");
    assert_eq!(warned, warnings, "{chart} {user}");
}

#[test]
fn folds_subcharts_under_their_names() {
    let s = json!({"b": 2, "n": null});
    check(
        two(json!({"a": 1, "n": null, "m": {"x": null}}), s),
        json!({}),
        json!({"a": 1, "m": {"x": null}, "n": null, "s": {"b": 2, "global": {}, "n": null}}),
        &[],
    );
    let u = json!({"name": "u", "values": {"k": {"n": 4, "o": 5, "m": {"z": 1}}}});
    let s = json!({"name": "s", "values": {"u": {"k": {"n": 2, "m": 3}}}, "subs": [u]});
    check(
        json!({"name": "p", "values": {"s": {"u": {"k": {"n": 1}}}}, "subs": [s]}),
        json!({}),
        json!({"s": {"global": {}, "u": {"global": {}, "k": {"m": 3, "n": 1, "o": 5}}}}),
        &[r#"cannot overwrite table with non table for p.s.u.k.m ({"z":1})"#],
    );
}

#[test]
fn a_null_from_above_deletes_a_default() {
    check(
        one(json!({"a": 1, "m": {"x": 1, "y": {"z": 1}}})),
        json!({"a": null, "m": {"x": null, "y": {"z": null, "w": null}}, "q": null}),
        json!({"m": {"y": {"w": null}}, "q": null}),
        &[],
    );
    check(
        two(json!({"s": {"a": null, "b": {"c": null}}}), json!({"a": 1, "b": {"c": 1, "d": 2}})),
        json!({}),
        json!({"s": {"b": {"d": 2}, "global": {}}}),
        &[],
    );
    // What the user nulls for a subchart goes from the parent's values and the subchart's alike.
    check(
        two(json!({"s": {"a": 1}}), json!({"a": 2, "b": 3})),
        json!({"s": {"a": null}}),
        json!({"s": {"b": 3, "global": {}}}),
        &[],
    );
    check(
        two(json!({"s": {"b": 1}}), json!({"a": 1})),
        json!({"s": null}),
        json!({"s": {"a": 1, "global": {}}}),
        &[],
    );
}

#[test]
fn maps_and_other_values_do_not_merge() {
    check(one(json!({"m": {"x": 1}})), json!({"m": 5}), json!({"m": 5}), &[]);
    check(one(json!({"m": null})), json!({"m": {"x": 1}}), json!({"m": {"x": 1}}), &[]);
    check(one(json!({"m": [1, 2]})), json!({"m": [3]}), json!({"m": [3]}), &[]);
    check(
        one(json!({"m": {"n": {"x": 1}}})),
        json!({"m": {"n": 5}}),
        json!({"m": {"n": 5}}),
        &[r#"cannot overwrite table with non table for p.m.n ({"x":1})"#],
    );
    check(
        one(json!({"m": 5})),
        json!({"m": {"x": 1}}),
        json!({"m": {"x": 1}}),
        &["skipped value for p.m: Not a table."],
    );
    check(
        one(json!({"m": {"n": [1, "a"]}})),
        json!({"m": {"n": {"x": 1}}}),
        json!({"m": {"n": {"x": 1}}}),
        &[r#"destination for p.m.n is a table. Ignoring non-table value ([1,"a"])"#],
    );
}

#[test]
fn refuses_subchart_values_that_are_no_map() {
    for (parent, user, found) in [
        (json!({"s": 5}), json!({}), "5"),
        (json!({"s": null}), json!({}), "null"),
        (json!({}), json!({"s": null}), "null"),
        (json!({"s": {"a": 1}}), json!({"s": "str"}), "\"str\""),
        (json!({}), json!({"s": [1, "x"]}), "[1,\"x\"]"),
    ] {
        assert_eq!(
            folded(&two(parent, json!({"a": 1})), &user).unwrap_err().to_string(),
            format!("type mismatch on s: the values of a subchart must be a map, not {found}")
        );
    }
}

#[test]
fn globals_flow_down() {
    check(
        two(
            json!({"global": {"a": 1, "t": {"x": 1}}}),
            json!({"global": {"a": 2, "b": 3, "t": {"x": 2, "y": 2}}}),
        ),
        json!({}),
        json!({
            "global": {"a": 1, "t": {"x": 1}},
            "s": {"global": {"a": 1, "b": 3, "t": {"x": 1, "y": 2}}},
        }),
        &[],
    );
    let u = json!({"name": "u", "values": {"global": {"a": 3, "c": 1}}});
    let s = json!({"name": "s", "values": {}, "subs": [u]});
    check(
        json!({"name": "p", "values": {"global": {"a": 1}}, "subs": [s]}),
        json!({"global": {"a": 9}}),
        json!({
            "global": {"a": 9},
            "s": {"global": {"a": 9}, "u": {"global": {"a": 9, "c": 1}}},
        }),
        &[],
    );
    check(
        two(json!({"global": {"t": {"x": null}}}), json!({"global": {"t": {"x": 1}}})),
        json!({}),
        json!({"global": {"t": {"x": null}}, "s": {"global": {"t": {}}}}),
        &[],
    );
}

#[test]
fn globals_of_other_types_do_not_flow() {
    let s = json!({"global": {"a": 2}});
    for (parent, inner, warning) in [
        (
            json!({"global": 5}),
            json!({"a": 2}),
            "skipping globals because source global is not a table.",
        ),
        (
            json!({"global": {"a": 1}, "s": {"global": 5}}),
            json!(5),
            "skipping globals because destination global is not a table.",
        ),
        (
            json!({"global": {"t": {"x": 1}}, "s": {"global": {"t": 5}}}),
            json!({"a": 2, "t": 5}),
            r#"cannot merge map onto non-map for "t". Skipping."#,
        ),
        (
            json!({"global": {"t": 5}, "s": {"global": {"t": {"x": 1}}}}),
            json!({"a": 2, "t": {"x": 1}}),
            "key t is table. Skipping",
        ),
    ] {
        let expected = json!({"global": parent["global"], "s": {"global": inner}});
        check(two(parent, s.clone()), json!({}), expected, &[warning]);
    }
}

#[test]
fn maps_within_global_maps_are_one_for_all_charts() {
    let s = json!({"name": "s", "values": {"global": {"a": {"b": {"s": 1}, "t": 2}}}});
    let t = json!({"name": "t", "values": {"global": {"a": {"b": {"t": 1}}}}});
    let shared = json!({"p": 1, "s": 1, "t": 1});
    check(
        json!({"name": "p", "values": {"global": {"a": {"b": {"p": 1}}}}, "subs": [s, t]}),
        json!({}),
        json!({
            "global": {"a": {"b": shared}},
            "s": {"global": {"a": {"b": shared, "t": 2}}},
            "t": {"global": {"a": {"b": shared}}},
        }),
        &[],
    );
    check(
        two(
            json!({
                "global": {"t": {"x": 1, "n": {"q": 1}}},
                "s": {"global": {"t": {"x": 2, "y": 3, "n": {"r": 2}}}},
            }),
            json!({}),
        ),
        json!({}),
        json!({
            "global": {"t": {"n": {"q": 1, "r": 2}, "x": 1}},
            "s": {"global": {"t": {"n": {"q": 1, "r": 2}, "x": 1, "y": 3}}},
        }),
        &[],
    );
}

#[test]
fn limits_the_copies_of_global_values() {
    let values = json!({"global": {"text": "x".repeat(1 << 20)}});
    let chart = |subcharts: usize| {
        let subs: Vec<Value> = (0..subcharts)
            .map(|number| json!({"name": format!("s{number}"), "values": {}}))
            .collect();
        json!({"name": "p", "values": values, "subs": subs})
    };
    assert!(folded(&chart(60), &json!({})).is_ok());
    assert_eq!(
        folded(&chart(64), &json!({})).unwrap_err().to_string(),
        "the global values would take more than 64 MiB, copied to every subchart"
    );
}

#[test]
fn keeps_warnings_short_and_few() {
    let many = |value: Value| -> Map<String, Value> {
        (0..200).map(|number| (format!("k{number}"), value.clone())).collect()
    };
    let chart = one(json!({"m": many(json!({"x": "y".repeat(1000)}))}));
    let (_, warnings) = folded(&chart, &json!({"m": many(json!(1))})).unwrap();
    assert_eq!(warnings.len(), 100);
    assert!(warnings.iter().all(|warning| warning.len() < 200 && warning.ends_with("…)")));
}

#[test]
fn files_merge_maps_and_replace_all_else() {
    let mut base = json!({"a": {"x": 1, "y": [1]}, "b": {"k": 1}, "c": 1, "d": {"k": 1}});
    let over = json!({"a": {"y": [2], "z": null}, "b": 5, "c": {"k": 2}, "d": null});
    merge(base.as_object_mut().unwrap(), over.as_object().unwrap().clone());
    assert_eq!(base, json!({"a": {"x": 1, "y": [2], "z": null}, "b": 5, "c": {"k": 2}, "d": null}));
}
