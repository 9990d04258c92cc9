//! A chart's schema of values, where its subcharts have got other names.
//!
//! A schema that allows only the properties it names would refuse the values of a subchart that it
//! does not know, which Helm always puts there; so it would `global`, in a chart that had been in
//! no other. Only what applies to the values as a whole is looked at: `properties`, also in
//! `allOf`, `if` and the like, and behind a `$ref` within the schema.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::moves::Moves;

/// How many parts of a schema are looked at.
const MAX_SCOPES: usize = 1000;

/// Says what a schema has to follow.
pub(super) struct Following<'a> {
    /// What became of the subcharts.
    pub(super) moves: &'a Moves,
    /// The names that the values keep, though the subcharts have gone.
    pub(super) remains: &'a Map<String, Value>,
    /// The names that the values may hold from now on.
    pub(super) allowed: &'a [&'a str],
}

/// Rewrites a schema so that it says of the new names what it said of the old, and allows those
/// that are new. Gives nothing where nothing has to change, or where the schema is no JSON.
pub(super) fn rewrite(schema: &[u8], following: &Following<'_>) -> Option<Vec<u8>> {
    let plain = schema.strip_prefix(b"\xef\xbb\xbf").unwrap_or(schema);
    let before: Value = serde_json::from_slice(plain).ok()?;
    let mut after = before.clone();
    rename(&mut after, "", following.moves, &|name| following.remains.contains_key(name));
    for scope in scopes(&after, "") {
        if let Some(Value::Object(schema)) = after.pointer_mut(&scope) {
            allow(schema, following.allowed);
        }
    }
    if after == before {
        return None;
    }
    let mut text = serde_json::to_vec_pretty(&after).ok()?;
    text.push(b'\n');
    Some(text)
}

/// Lists the schemas that apply to what the schema at a pointer applies to, that one included.
fn scopes(document: &Value, start: &str) -> Vec<String> {
    let mut found = vec![start.to_owned()];
    let mut seen: BTreeSet<String> = found.iter().cloned().collect();
    let mut next = 0;
    while let Some(pointer) = found.get(next).cloned() {
        next += 1;
        for inner in beside(document, &pointer) {
            if found.len() < MAX_SCOPES && seen.insert(inner.clone()) {
                found.push(inner);
            }
        }
    }
    found
}

/// Lists the schemas that one names for the same value.
fn beside(document: &Value, pointer: &str) -> Vec<String> {
    let Some(Value::Object(schema)) = document.pointer(pointer) else { return Vec::new() };
    let mut found = Vec::new();
    for key in ["allOf", "anyOf", "oneOf"] {
        let count = schema.get(key).and_then(Value::as_array).map_or(0, Vec::len);
        found.extend((0..count).map(|index| format!("{pointer}/{key}/{index}")));
    }
    for key in ["if", "then", "else"].iter().filter(|key| schema.contains_key(**key)) {
        found.push(format!("{pointer}/{key}"));
    }
    found.extend(schema.get("$ref").and_then(Value::as_str).and_then(local));
    found
}

/// Gives the pointer of a reference within the same document.
fn local(reference: &str) -> Option<String> {
    let pointer = reference.strip_prefix('#')?;
    (pointer.is_empty() || pointer.starts_with('/')).then(|| pointer.to_owned())
}

/// Lets the properties of subcharts, and the demands that there be some, follow them.
fn rename(document: &mut Value, at: &str, moves: &Moves, stays: &dyn Fn(&str) -> bool) {
    if moves.is_empty() {
        return;
    }
    for scope in scopes(document, at) {
        let Some(Value::Object(schema)) = document.pointer_mut(&scope) else { continue };
        let renamed = rename_properties(schema, moves, stays);
        for (name, inner) in renamed {
            let name = name.replace('~', "~0").replace('/', "~1");
            rename(document, &format!("{scope}/properties/{name}"), inner, &|_| false);
        }
    }
}

/// Renames what one schema says, and gives the new names with what moved within them.
fn rename_properties<'m>(
    schema: &mut Map<String, Value>,
    moves: &'m Moves,
    stays: &dyn Fn(&str) -> bool,
) -> Vec<(&'m str, &'m Moves)> {
    let mut renamed = Vec::new();
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        for (key, value) in std::mem::take(properties) {
            let targets = moves.of(&key).unwrap_or_default();
            if targets.is_empty() || stays(&key) {
                properties.entry(key).or_insert_with(|| value.clone());
            }
            for (name, inner) in targets {
                properties.insert(name.clone(), value.clone());
                renamed.push((name.as_str(), inner));
            }
        }
    }
    if let Some(Value::Array(required)) = schema.get_mut("required") {
        let targets = |name: &Value| match name.as_str().and_then(|name| moves.of(name)) {
            Some(targets) => targets.iter().map(|(name, _)| Value::from(name.as_str())).collect(),
            None => vec![name.clone()],
        };
        *required = required.iter().flat_map(targets).collect();
    }
    renamed
}

/// Lets a schema that names all properties name some more.
fn allow(schema: &mut Map<String, Value>, names: &[&str]) {
    let is_open = |key: &str| matches!(schema.get(key), None | Some(Value::Bool(true)));
    if names.is_empty() || (is_open("additionalProperties") && is_open("unevaluatedProperties")) {
        return;
    }
    let properties = schema.entry("properties").or_insert_with(|| Map::new().into());
    if let Value::Object(properties) = properties {
        for name in names {
            properties.entry(*name).or_insert_with(|| Map::new().into());
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rewritten(schema: &Value, moves: &Moves, allowed: &[&str]) -> Option<Value> {
        let remains = Map::from_iter([("web".to_owned(), Value::Null)]);
        let following = Following { moves, remains: &remains, allowed };
        let text = rewrite(schema.to_string().as_bytes(), &following)?;
        Some(serde_json::from_slice(&text).unwrap())
    }

    #[test]
    fn a_closed_schema_allows_what_is_added() {
        let closed =
            json!({"additionalProperties": false, "properties": {"a": {"type": "string"}}});
        let expected = json!({
            "additionalProperties": false, "properties": {"a": {"type": "string"}, "db": {}}
        });
        assert_eq!(rewritten(&closed, &Moves::default(), &["a", "db"]), Some(expected.clone()));
        assert_eq!(rewritten(&json!({"type": "object"}), &Moves::default(), &["db"]), None);
        assert_eq!(rewritten(&json!(true), &Moves::default(), &["db"]), None);
        let behind = |inner: &Value| json!({"allOf": [{"$ref": "#/$defs/v"}], "$defs": {"v": inner, "c": closed}});
        let found = rewritten(&behind(&closed), &Moves::default(), &["a", "db"]);
        assert_eq!(found, Some(behind(&expected)));
        let circle = json!({"$ref": "#", "additionalProperties": {"$ref": "#"}});
        assert!(rewritten(&circle, &Moves::default(), &["db"]).is_some());
    }

    #[test]
    fn properties_follow_their_charts() {
        let mut inner = Moves::default();
        inner.moved("exporter", "metrics", Moves::default());
        let mut moves = Moves::default();
        moves.moved("postgresql", "db", inner);
        moves.moved("web", "front", Moves::default());
        moves.dropped("kafka");
        let schema = json!({
            "properties": {
                "postgresql": {"$ref": "#/definitions/p"}, "kafka": {}, "web": {}, "x": {}
            },
            "required": ["postgresql", "kafka", "x"],
            "definitions": {"p": {"properties": {"exporter": {"type": "object"}}}}
        });
        let expected = json!({
            "properties": {
                "db": {"$ref": "#/definitions/p"}, "kafka": {}, "web": {}, "front": {}, "x": {}
            },
            "required": ["db", "x"],
            "definitions": {"p": {"properties": {"metrics": {"type": "object"}}}}
        });
        assert_eq!(rewritten(&schema, &moves, &[]), Some(expected));
    }
}
