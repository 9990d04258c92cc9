//! Which keywords of JSON Schema hold further schemas.
//!
//! The names of all drafts from 4 to 2020-12 are known, whichever draft a schema is of.

use serde_json::{Map, Value};

/// Keywords whose value is a schema, or a list of schemas.
const DIRECT: [&str; 16] = [
    "additionalItems",
    "additionalProperties",
    "allOf",
    "anyOf",
    "contains",
    "contentSchema",
    "else",
    "if",
    "items",
    "not",
    "oneOf",
    "prefixItems",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
];
/// Keywords whose value is a map of schemas.
const MAPS: [&str; 6] =
    ["$defs", "definitions", "dependencies", "dependentSchemas", "patternProperties", "properties"];

/// Changes a schema and all that are written in it.
pub(super) fn change_all(schema: &mut Value, change: &mut dyn FnMut(&mut Map<String, Value>)) {
    let Value::Object(schema) = schema else { return };
    change(schema);
    for (keyword, value) in schema.iter_mut() {
        match value {
            Value::Object(map) if MAPS.contains(&keyword.as_str()) => {
                map.values_mut().for_each(|inner| change_all(inner, change));
            }
            _ if !DIRECT.contains(&keyword.as_str()) => {}
            Value::Array(list) => list.iter_mut().for_each(|inner| change_all(inner, change)),
            inner => change_all(inner, change),
        }
    }
}
