//! What schemas say of values.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::super::*;

fn violations(schema: &Value, values: &Value) -> Result<Vec<String>, Error> {
    let violations = validate(FILE_NAME, schema.to_string().as_bytes(), values)?;
    Ok(violations.into_iter().map(|found| format!("{}: {}", found.path, found.rule)).collect())
}

fn refused(schema: &Value, values: &Value) -> String {
    violations(schema, values).unwrap_err().to_string()
}

#[test]
fn the_path_and_the_rule_are_told() {
    for (schema, values, expected) in [
        (json!({"type": "integer"}), json!("x"), "must be integer (type)"),
        (json!({"type": ["null", "string"]}), json!(1), "must be null or string (type)"),
        (json!({"required": ["x"]}), json!({}), "must have \"x\" (required)"),
        (
            json!({"properties": {"x": {}}, "additionalProperties": false}),
            json!({"y": 1}),
            "must not have \"y\" (additionalProperties)",
        ),
        (
            json!({"additionalProperties": false}),
            json!({"y": 1}),
            "must have no properties but those that are named (additionalProperties)",
        ),
        (json!({"enum": [1, "b"]}), json!(2), "must be one of [1,\"b\"] (enum)"),
        (json!({"pattern": "^a"}), json!("b"), "must match the pattern (pattern)"),
        (json!({"minimum": 2}), json!(1), "must be at least 2 (minimum)"),
        (json!({"minLength": 2}), json!("1"), "must have at least 2 characters (minLength)"),
        (json!({"format": "ipv4"}), json!("x"), "must be a ipv4 (format)"),
    ] {
        let schema = json!({"properties": {"db": {"items": {"properties": {"a.b": schema}}}}});
        let values = json!({"db": [{}, {"a.b": values}]});
        assert_eq!(violations(&schema, &values).unwrap(), [format!("db[1].a\\.b: {expected}")]);
    }
    let top = violations(&json!({"required": ["x"]}), &json!({})).unwrap();
    assert_eq!(top, [": must have \"x\" (required)"]);
}

#[test]
fn a_violation_does_not_show_the_value() {
    let schema = json!({"properties": {"password": {"type": "object", "pattern": "^a", "enum": [],
        "not": {}, "oneOf": [{"minLength": 100}], "anyOf": [false], "maxLength": 1}}});
    let found = violations(&schema, &json!({"password": "hunter2"})).unwrap_or_default();
    assert!(!found.is_empty() && found.iter().all(|found| !found.contains("hunter2")), "{found:?}");
}

#[test]
fn violations_are_told_up_to_a_limit() {
    let values: Vec<_> = (0..1000).collect();
    let found = violations(&json!({"items": {"type": "string"}}), &json!(values)).unwrap();
    assert_eq!(found.len(), MAX_VIOLATIONS);
}

#[test]
fn other_documents_are_never_read() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let server = format!("http://{}/a.json", listener.local_addr().unwrap());
    for address in ["file:///etc/hostname".to_owned(), server] {
        let schema = json!({"properties": {"a": {"$ref": address}}});
        let error = violations(&schema, &json!({"a": 1})).unwrap_err();
        assert!(matches!(&error, Error::Remote { reference, .. } if *reference == address));
        assert!(error.to_string().contains(FILE_NAME) && error.hint().is_some());
    }
    assert!(listener.accept().is_err(), "somebody came");
}

#[test]
fn a_schema_that_is_none_names_the_file() {
    for schema in [
        json!({"type": "integr"}),
        json!({"properties": {"a": {"$ref": "#/definitions/none"}}}),
        json!({"pattern": "^(?!x)"}),
        json!({"pattern": 1}),
        json!({"minLength": "1"}),
        json!([]),
        json!("x"),
    ] {
        let said = refused(&schema, &json!({"a": 1}));
        assert!(said.starts_with("cannot check values against values.schema.json: "), "{said}");
    }
    let error = validate("a/b", b"{", &json!({})).unwrap_err();
    assert_eq!(error.to_string(), "Invalid JSON in a/b");
}

#[test]
fn what_never_ends_is_refused() {
    for schema in [
        json!({"$ref": "#"}),
        json!({"allOf": [{"$ref": "#"}]}),
        json!({"definitions": {"a": {"$ref": "#/definitions/b"}, "b": {"not": {"$ref": "#/definitions/a"}}},
            "$ref": "#/definitions/a"}),
        json!({"$schema": "https://json-schema.org/draft/2020-12/schema", "$dynamicAnchor": "a",
            "$dynamicRef": "#a"}),
    ] {
        let said = refused(&schema, &json!({}));
        assert!(said.ends_with("refers to itself, and checking would never end"), "{said}");
    }
    let tree = json!({"properties": {"a": {"$ref": "#"}}, "type": "object"});
    assert_eq!(violations(&tree, &json!({"a": {"a": {}}})).unwrap(), [""; 0]);
    assert_eq!(violations(&tree, &json!({"a": {"a": 1}})).unwrap().len(), 1);
}

/// Makes a schema whose definitions each say something of the next one.
fn chain(length: usize, link: impl Fn(&str) -> String) -> Value {
    let mut text = String::from("{\"properties\": {\"a\": {\"$ref\": \"#/definitions/d0\"}}, ");
    text.push_str("\"definitions\": {");
    for index in 0..length {
        let next = format!("{{\"$ref\": \"#/definitions/d{}\"}}", index + 1);
        write!(text, "\"d{index}\": {}, ", link(&next)).unwrap();
    }
    write!(text, "\"d{length}\": {{\"type\": \"string\"}}}}}}").unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn what_would_take_too_long_is_refused() {
    for keyword in ["allOf", "anyOf", "oneOf"] {
        let doubling = chain(60, |next| format!("{{\"{keyword}\": [{next}, {next}]}}"));
        assert!(refused(&doubling, &json!({"a": "x"})).ends_with("asks for too many checks"));
        // Nothing is checked where there is no such value.
        assert_eq!(violations(&doubling, &json!({"b": "x"})).unwrap(), [""; 0]);
    }
    let deep = (0..40).fold(json!(1), |inner, _| json!({"a": inner}));
    let doubling = json!({"properties": {"a": {"allOf": [{"$ref": "#"}, {"$ref": "#"}]}}});
    assert!(refused(&doubling, &deep).ends_with("asks for too many checks"));
    let many: Vec<_> = (0..3000).map(|index| json!({"minLength": index})).collect();
    let texts: Vec<_> = (0..3000).map(|index| index.to_string()).collect();
    let product = json!({"items": {"anyOf": many}});
    assert!(refused(&product, &json!(texts)).ends_with("asks for too many checks"));
    let names: Vec<_> = (0..50_000).map(|index| format!("n{index}")).collect();
    let wide = json!({"items": {"enum": names}});
    assert!(refused(&wide, &json!(vec!["x"; 1000])).ends_with("asks for too many checks"));
    assert_eq!(violations(&wide, &json!(["n1"])).unwrap(), [""; 0]);
}

#[test]
fn what_is_checked_again_and_again_is_refused() {
    let layered = |layers| {
        let schema = (0..layers).fold(
            json!({"properties": {"a": {}}}),
            |inner, _| json!({"allOf": [inner], "unevaluatedProperties": false}),
        );
        json!({"$schema": "https://json-schema.org/draft/2020-12/schema", "allOf": [schema]})
    };
    assert!(refused(&layered(30), &json!({"a": 1})).ends_with("asks for too many checks"));
    assert_eq!(violations(&layered(3), &json!({"a": 1})).unwrap(), [""; 0]);
}

#[test]
fn what_lies_too_deep_is_refused() {
    let long = chain(30_000, str::to_owned);
    assert!(refused(&long, &json!({"b": 1})).ends_with("lie too deep in each other"));
    let used = chain(2000, str::to_owned);
    assert!(refused(&used, &json!({"a": "x"})).ends_with("lie too deep in each other"));
    let nested = "{\"not\":".repeat(200) + "{}" + &"}".repeat(200);
    let error = validate(FILE_NAME, nested.as_bytes(), &json!({})).unwrap_err();
    assert!(matches!(error, Error::Json { .. }));
}

#[test]
fn what_lies_just_within_the_limits_is_checked() {
    let long = chain(5_000, str::to_owned);
    assert_eq!(violations(&long, &json!({"b": 1})).unwrap(), [""; 0]);
    let used = chain(1000, str::to_owned);
    assert_eq!(violations(&used, &json!({"a": 1})).unwrap(), ["a: must be string (type)"]);
    for (open, close) in [
        ("{\"not\":", "}"),
        ("{\"if\":", "}"),
        ("{\"items\":", "}"),
        ("{\"unevaluatedProperties\":", "}"),
        ("{\"allOf\":[", "]}"),
        ("{\"oneOf\":[", "]}"),
        ("{\"properties\":{\"a\":", "}}"),
        ("{\"patternProperties\":{\"a\":", "}}"),
        ("{\"dependencies\":{\"a\":", "}}"),
    ] {
        let levels = 100 / close.len();
        let links = if open.contains("pattern") { 9 } else { 30 };
        let link = |next: &str| open.repeat(levels) + next + &close.repeat(levels);
        let mut linked = chain(links, link);
        for draft in [
            "http://json-schema.org/draft-07/schema",
            "https://json-schema.org/draft/2020-12/schema",
        ] {
            linked["$schema"] = json!(draft);
            assert_eq!(violations(&linked, &json!({"b": 1})).unwrap(), [""; 0], "{open}");
        }
    }
    let deep = (0..250).fold(json!(1), |inner, _| json!({"a": inner}));
    let tree = json!({"properties": {"a": {"anyOf": [{"$ref": "#"}]}}, "type": "object"});
    assert_eq!(violations(&tree, &deep).unwrap().len(), 1);
}

#[test]
fn patterns_take_a_time_that_is_linear() {
    let schema = json!({"properties": {"a": {"pattern": "^(a+)+$"}}});
    let found = violations(&schema, &json!({"a": "a".repeat(100_000) + "b"})).unwrap();
    assert_eq!(found, ["a: must match the pattern (pattern)"]);
    let large = json!({"properties": {"a": {"pattern": "((a{1000}){1000}){1000}"}}});
    assert!(refused(&large, &json!({"a": "a"})).contains("size limit"));
    let names: serde_json::Map<_, _> =
        (0..600).map(|index| (format!("^{index}"), json!({}))).collect();
    let many = json!({"patternProperties": names});
    assert!(refused(&many, &json!({})).ends_with("asks for too many checks"));
}

#[test]
fn numbers_are_floating_point_ones() {
    let schema = json!({"$schema": "http://json-schema.org/draft-04/schema#",
        "properties": {"a": {"type": "integer"}}});
    for (value, expected) in [("1.0", 0), ("1e3", 0), ("1e300", 0), ("1.5", 1), ("\"1\"", 1)] {
        let values = serde_json::from_str(&format!("{{\"a\": {value}}}")).unwrap();
        assert_eq!(violations(&schema, &values).unwrap().len(), expected, "{value}");
    }
    let exact = json!({"properties": {"a": {"const": 9_007_199_254_740_992_u64}}});
    let rounded = json!({"a": 9_007_199_254_740_993_u64});
    assert_eq!(violations(&exact, &rounded).unwrap(), [""; 0]);
}
