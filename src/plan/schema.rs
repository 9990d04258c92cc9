//! A chart's schema of values, where its subcharts have got other names.
//!
//! A schema that allows only the properties it names would refuse the values of a subchart that it
//! does not know, which Helm always puts there.

use serde_json::{Map, Value};

use super::moves::Moves;

/// Rewrites a schema so that it says of the new names what it said of the old, and allows those
/// that are `added`. Gives nothing where nothing has to change, or where the schema is no object.
pub(super) fn rewrite(schema: &[u8], moves: &Moves, added: &[&str]) -> Option<Vec<u8>> {
    let plain = schema.strip_prefix(b"\xef\xbb\xbf").unwrap_or(schema);
    let before: Map<String, Value> = serde_json::from_slice(plain).ok()?;
    let mut after = before.clone();
    rename(&mut after, moves);
    allow(&mut after, added);
    if after == before {
        return None;
    }
    let mut text = serde_json::to_vec_pretty(&after).ok()?;
    text.push(b'\n');
    Some(text)
}

/// Lets the properties of subcharts, and the demands that there be some, follow them.
fn rename(schema: &mut Map<String, Value>, moves: &Moves) {
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        let before = std::mem::take(properties);
        for (key, value) in before {
            let Some(targets) = moves.of(&key).filter(|targets| !targets.is_empty()) else {
                properties.insert(key, value);
                continue;
            };
            for (name, inner) in targets {
                let mut value = value.clone();
                if let Value::Object(schema) = &mut value {
                    rename(schema, inner);
                }
                properties.insert(name.clone(), value);
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
}

fn allow(schema: &mut Map<String, Value>, added: &[&str]) {
    let allows_others =
        matches!(schema.get("additionalProperties"), None | Some(Value::Bool(true)));
    if allows_others {
        return;
    }
    let properties = schema.entry("properties").or_insert_with(|| Map::new().into());
    for name in added {
        if let Value::Object(properties) = &mut *properties {
            properties.entry(*name).or_insert_with(|| Map::new().into());
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rewritten(schema: &Value, moves: &Moves, added: &[&str]) -> Option<Value> {
        let text = rewrite(schema.to_string().as_bytes(), moves, added)?;
        Some(serde_json::from_slice(&text).unwrap())
    }

    #[test]
    fn a_closed_schema_allows_what_is_added() {
        let closed =
            json!({"additionalProperties": false, "properties": {"a": {"type": "string"}}});
        let expected = json!({
            "additionalProperties": false, "properties": {"a": {"type": "string"}, "db": {}}
        });
        assert_eq!(rewritten(&closed, &Moves::default(), &["a", "db"]), Some(expected));
        assert_eq!(rewritten(&json!({"type": "object"}), &Moves::default(), &["db"]), None);
        assert_eq!(rewritten(&json!(true), &Moves::default(), &["db"]), None);
    }

    #[test]
    fn properties_follow_their_charts() {
        let mut inner = Moves::default();
        inner.moved("exporter", "metrics", Moves::default());
        let mut moves = Moves::default();
        moves.moved("postgresql", "db", inner);
        moves.dropped("kafka");
        let schema = json!({
            "properties": {
                "postgresql": {"properties": {"exporter": {"type": "object"}}}, "kafka": {}, "x": {}
            },
            "required": ["postgresql", "kafka", "x"]
        });
        let expected = json!({
            "properties": {
                "db": {"properties": {"metrics": {"type": "object"}}}, "kafka": {}, "x": {}
            },
            "required": ["db", "x"]
        });
        assert_eq!(rewritten(&schema, &moves, &[]), Some(expected));
    }
}
