//! The values that a plan gives: laid over those of the root, each under its node's path.

use serde_json::{Map, Value};

/// Is the plan's values of one node and of those in it, with the names that they are known by.
#[derive(Debug, Clone, Default)]
pub(super) struct Given {
    /// The node's own `_config`.
    pub(super) config: Option<Map<String, Value>>,
    /// The nodes in it.
    pub(super) children: Vec<GivenTo>,
}

/// Is the values of a node in another.
#[derive(Debug, Clone)]
pub(super) struct GivenTo {
    /// The node's name.
    pub(super) name: String,
    /// The name that the parent's own templates still read its values by, if they do.
    pub(super) also: Option<String>,
    /// Its values.
    pub(super) given: Given,
}

impl Given {
    /// Gives all values as one map, in the form that `helm --values` takes.
    ///
    /// A node's own `_config` wins over what its parent's says of it.
    pub(super) fn as_user_values(&self) -> Map<String, Value> {
        let mut values = self.config.clone().unwrap_or_default();
        for child in &self.children {
            let inner = child.given.as_user_values();
            if inner.is_empty() {
                continue;
            }
            for name in child.also.iter().chain([&child.name]) {
                let place = values.entry(name.clone()).or_insert_with(|| Map::new().into());
                match place {
                    Value::Object(map) => lay_over(map, &inner),
                    place => *place = Value::Object(inner.clone()),
                }
            }
        }
        values
    }

    /// Gives all values as the registry that hreg descends from writes them: every `_config` under
    /// its key.
    pub(super) fn as_configs(&self) -> Map<String, Value> {
        let mut values = Map::new();
        if let Some(config) = &self.config {
            values.insert("_config".to_owned(), Value::Object(config.clone()));
        }
        for child in &self.children {
            values.insert(child.name.clone(), Value::Object(child.given.as_configs()));
        }
        values
    }
}

/// Lays the tags that a node is given over those of its chart.
///
/// Helm reads the tags that switch a chart's dependencies from the outermost values and from that
/// chart's own values.yaml, and never from what its parents say of it.
pub(super) fn lay_tags(values: &mut Map<String, Value>, config: Option<&Map<String, Value>>) {
    if let Some(tags @ Value::Object(_)) = config.and_then(|config| config.get("tags")) {
        lay_over(values, &Map::from_iter([("tags".to_owned(), tags.clone())]));
    }
}

fn lay_over(below: &mut Map<String, Value>, over: &Map<String, Value>) {
    crate::chart::values::merge(below, over.clone());
}

/// Lays what a user gives over the values of a chart, so that the chart by itself is as if the user
/// gave them: a null deletes a default of this chart, and stays where a subchart may have one.
pub(super) fn lay_over_defaults(
    defaults: &mut Map<String, Value>,
    over: &Map<String, Value>,
    is_subchart: &dyn Fn(&str) -> bool,
) {
    for (key, value) in over {
        let inner = is_subchart(key);
        match (defaults.get_mut(key), value) {
            (Some(Value::Object(below)), Value::Object(above)) => {
                lay_over_defaults(below, above, &|_| inner);
            }
            (Some(_), Value::Null) if !inner => {
                defaults.shift_remove(key);
            }
            _ => {
                defaults.insert(key.clone(), value.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    fn given(config: Value, children: Vec<GivenTo>) -> Given {
        Given { config: config.as_object().cloned(), children }
    }

    fn tree() -> Given {
        let metrics = given(json!({"port": 1}), Vec::new());
        let metrics = GivenTo { name: "metrics".into(), also: None, given: metrics };
        let db = given(json!({"auth": {"a": 1}}), vec![metrics]);
        let db = GivenTo { name: "db".into(), also: Some("postgresql".into()), given: db };
        let empty =
            GivenTo { name: "empty".into(), also: None, given: given(json!(null), Vec::new()) };
        given(json!({"x": 1, "db": {"auth": {"a": 0, "b": 2}}}), vec![db, empty])
    }

    #[test]
    fn values_stand_under_the_path_of_their_node() {
        let db = json!({"auth": {"a": 1, "b": 2}, "metrics": {"port": 1}});
        let old = json!({"auth": {"a": 1}, "metrics": {"port": 1}});
        let expected = json!({"x": 1, "db": db, "postgresql": old});
        assert_eq!(Value::Object(tree().as_user_values()), expected);
    }

    #[test]
    fn configs_keep_their_keys() {
        let expected = json!({
            "_config": {"x": 1, "db": {"auth": {"a": 0, "b": 2}}},
            "db": {"_config": {"auth": {"a": 1}}, "metrics": {"_config": {"port": 1}}},
            "empty": {}
        });
        assert_eq!(Value::Object(tree().as_configs()), expected);
    }

    #[test]
    fn a_null_deletes_a_default() {
        let mut values = map(json!({"a": 1, "b": {"c": 1, "d": 2}, "db": {"x": 1}}));
        let over = json!({"a": null, "b": {"c": null, "e": 3}, "n": null, "db": {"x": null}});
        lay_over_defaults(&mut values, &map(over), &|name| name == "db");
        let expected = json!({"b": {"d": 2, "e": 3}, "n": null, "db": {"x": null}});
        assert_eq!(Value::Object(values), expected);
    }
}
