//! The fields that a Chart.yaml may have, down to those of a maintainer or a dependency.
//!
//! Reading passes over others, as Helm does. Who writes a field by its name wants to know.

use serde_json::{Map, Value};

use super::Metadata;
use crate::chart::record::Read as _;
use crate::chart::yaml::Shape;

/// Is a field that Chart.yaml does not have.
#[derive(Debug, PartialEq, Eq)]
pub struct Unknown {
    /// Where it was to be: `maintainers[0].mail`.
    pub path: String,
    /// Its own name.
    pub name: String,
    /// The fields that may be in its place.
    pub known: Vec<&'static str>,
}

/// Finds a field that a Chart.yaml neither may have nor has, and that Helm would drop without a word.
pub fn unknown(set: &Map<String, Value>, present: &Map<String, Value>) -> Option<Unknown> {
    in_map(&Metadata::SHAPE, "", set, Some(present))
}

fn in_map(
    shape: &Shape,
    path: &str,
    set: &Map<String, Value>,
    present: Option<&Map<String, Value>>,
) -> Option<Unknown> {
    let Shape::Record(fields) = shape else { return None };
    set.iter().find_map(|(name, value)| {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let present = present.and_then(|map| map.get(name));
        match fields.iter().find(|(field, _)| field == name) {
            Some((_, shape)) => within(shape, &path, value, present),
            None if present.is_some() => None,
            None => {
                let known = fields.iter().map(|(field, _)| *field).collect();
                Some(Unknown { path, name: name.clone(), known })
            }
        }
    })
}

fn within(shape: &Shape, path: &str, set: &Value, present: Option<&Value>) -> Option<Unknown> {
    match (shape, set) {
        (_, Value::Object(set)) => in_map(shape, path, set, present.and_then(Value::as_object)),
        (Shape::List(shape), Value::Array(items)) => {
            items.iter().enumerate().find_map(|(index, item)| {
                let present = present.and_then(|list| list.get(index));
                within(shape, &format!("{path}[{index}]"), item, present)
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    #[test]
    fn fields_that_are_not_known_are_found_unless_they_are_there() {
        let object = |value: Value| value.as_object().unwrap().clone();
        let present = object(json!({
            "custom": 1,
            "maintainers": [{"name": "A", "mail": "a@example.com"}],
        }));
        let unknown = |set: Value| super::unknown(&object(set), &present);
        assert_eq!(unknown(json!({"custom": {"any": 2}, "annotations": {"any": "thing"}})), None);
        assert_eq!(unknown(json!({"maintainers": [{"mail": "b", "email": "c"}]})), None);
        assert_eq!(unknown(json!({"dependencies": [{"import-values": [{"any": 1}]}]})), None);
        let found = unknown(json!({"maintainers": [null, {"mail": "b"}]})).unwrap();
        assert_eq!((found.path.as_str(), found.name.as_str()), ("maintainers[1].mail", "mail"));
        assert_eq!(found.known, ["name", "email", "url"]);
        assert_eq!(unknown(json!({"Custom": 1})).unwrap().path, "Custom");
    }
}
