//! Which draft of JSON Schema a schema is read by, and making it one that the draft allows.
//!
//! Helm 3.17.3 (by gojsonschema 1.2.0) knows the drafts 4, 6 and 7 by their exact addresses, and
//! takes whatever names another draft, or none, as a mixture of the three. The drafts 2019-09 and
//! 2020-12 are part of that mixture there; here they are read as they are meant, as by Helm since
//! 3.18.

use jsonschema::Draft;
use serde_json::{Map, Value};

use super::keyword;

/// The keyword that patterns are checked under: their language is Go's, while `pattern` has to be
/// one of ECMAScript.
pub(super) const PATTERN: &str = "x-go-pattern";

/// Gives the draft, and the schema as that draft would write it.
pub(super) fn read(mut schema: Value) -> (Draft, Value) {
    let known = schema.get("$schema").and_then(Value::as_str).and_then(draft);
    keyword::change_all(&mut schema, &mut |schema| {
        // The draft is that of the whole document.
        schema.remove("$schema");
        if let Some(pattern) = schema.remove("pattern") {
            schema.insert(PATTERN.to_owned(), pattern);
        }
        // Generators write such ids for the reader's sake: they name the place that they are at.
        if schema.get("$id").and_then(Value::as_str).is_some_and(|id| id.starts_with('#')) {
            let id = schema.get("$id").and_then(Value::as_str).unwrap_or_default();
            if id.contains('/') {
                schema.remove("$id");
            }
        }
        if known.is_none() {
            unmix(schema);
        }
    });
    (known.unwrap_or(Draft::Draft7), schema)
}

fn draft(address: &str) -> Option<Draft> {
    match address.strip_suffix('#').unwrap_or(address) {
        "http://json-schema.org/draft-04/schema" => Some(Draft::Draft4),
        "http://json-schema.org/draft-06/schema" => Some(Draft::Draft6),
        "http://json-schema.org/draft-07/schema" => Some(Draft::Draft7),
        "https://json-schema.org/draft/2019-09/schema" => Some(Draft::Draft201909),
        "https://json-schema.org/draft/2020-12/schema" => Some(Draft::Draft202012),
        _ => None,
    }
}

/// Writes what only draft 4 knows as draft 7 does.
fn unmix(schema: &mut Map<String, Value>) {
    for (exclusive, limit) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
        if !schema.contains_key(limit) {
            continue;
        }
        match schema.get(exclusive) {
            Some(Value::Bool(true)) => {
                if let Some(value) = schema.remove(limit) {
                    schema.insert(exclusive.to_owned(), value);
                }
            }
            Some(Value::Bool(false)) => {
                schema.remove(exclusive);
            }
            _ => {}
        }
    }
    if let Some(Value::String(id)) = schema.get("id") {
        let id = Value::from(id.as_str());
        schema.insert("$id".to_owned(), id);
    }
}
