//! What became of the names of subcharts, and what follows them: values, conditions, imports.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::chart::values::merge;
use crate::chart::yaml::Rename;

/// Tells what became of the subcharts of one chart whose names, or whose own subcharts' names, are
/// not what they were.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Moves(BTreeMap<String, Vec<(String, Moves)>>);

impl Moves {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Notes that a subchart is gone, unless it went on under some name.
    pub(super) fn dropped(&mut self, from: &str) {
        self.0.entry(from.to_owned()).or_default();
    }

    /// Notes that a subchart has become another, in which others moved.
    pub(super) fn moved(&mut self, from: &str, to: &str, inner: Moves) {
        self.0.entry(from.to_owned()).or_default().push((to.to_owned(), inner));
    }

    /// Forgets what has not changed.
    pub(super) fn tidy(&mut self) {
        self.0.retain(|from, to| {
            !matches!(to.as_slice(), [(name, inner)] if name == from && inner.is_empty())
        });
    }

    /// Lists the names that are no more.
    pub(super) fn gone(&self) -> impl Iterator<Item = &str> {
        let is_gone = |(from, to): &(&String, &Vec<(String, Moves)>)| {
            !to.iter().any(|(name, _)| name == *from)
        };
        self.0.iter().filter(is_gone).map(|(from, _)| from.as_str())
    }

    /// Gives what a subchart has become.
    pub(super) fn of(&self, from: &str) -> Option<&[(String, Moves)]> {
        self.0.get(from).map(Vec::as_slice)
    }

    /// Moves what a chart's values say of its subcharts to their new names. Where something else
    /// has such a name already, what was said of the subchart wins.
    pub(super) fn follow(&self, values: &Map<String, Value>) -> Map<String, Value> {
        let mut followed = Map::new();
        for (key, value) in values {
            for (name, inner) in self.of(key).unwrap_or_default() {
                let value = match value {
                    Value::Object(map) => Value::Object(inner.follow(map)),
                    other => other.clone(),
                };
                merge_over(&mut followed, name, value);
            }
            if self.of(key).is_none() {
                merge_under(&mut followed, key, value.clone());
            }
        }
        followed
    }

    /// Lists the keys of values.yaml that only get another name, `values` being what it is to say.
    pub(super) fn renames(&self, values: &Map<String, Value>) -> Vec<Rename> {
        let mut renames = Vec::new();
        for (from, targets) in &self.0 {
            let [(to, inner)] = targets.as_slice() else { continue };
            if from != to {
                // What still stands under the old name is another value.
                if values.contains_key(from) {
                    continue;
                }
                renames.push((vec![from.clone()], to.clone()));
            }
            let within = values.get(to).and_then(Value::as_object);
            for (mut path, name) in within.map(|values| inner.renames(values)).unwrap_or_default() {
                path.insert(0, from.clone());
                renames.push((path, name));
            }
        }
        renames
    }

    /// Gives what moved within a subchart that has become another.
    pub(super) fn within(&self, from: &str, to: &str) -> Option<&Moves> {
        let (_, inner) = self.of(from)?.iter().find(|(name, _)| name == to)?;
        Some(inner)
    }

    /// Rewrites the path of a value, such as that of a condition, for one of the names that a
    /// subchart goes by now.
    pub(super) fn path(&self, path: &str, prefer: &str) -> String {
        let (first, rest) = match path.split_once('.') {
            Some((first, rest)) => (first, Some(rest)),
            None => (path, None),
        };
        let targets = self.of(first).unwrap_or_default();
        let preferred = targets.iter().find(|(name, _)| name == prefer);
        match (preferred.or(targets.first()), rest) {
            (Some((name, inner)), Some(rest)) => format!("{name}.{}", inner.path(rest, prefer)),
            (Some((name, _)), None) => name.clone(),
            (None, _) => path.to_owned(),
        }
    }
}

/// Sets a value, but merges maps.
fn merge_over(map: &mut Map<String, Value>, key: &str, value: Value) {
    merge(map, Map::from_iter([(key.to_owned(), value)]));
}

/// Adds a value; what is there already stays, and maps are merged.
fn merge_under(map: &mut Map<String, Value>, key: &str, value: Value) {
    match (map.get_mut(key), value) {
        (None, value) => {
            map.insert(key.to_owned(), value);
        }
        (Some(Value::Object(above)), Value::Object(below)) => {
            for (key, value) in below {
                merge_under(above, &key, value);
            }
        }
        (Some(_), _) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    fn moves() -> Moves {
        let mut inner = Moves::default();
        inner.moved("exporter", "metrics", Moves::default());
        let mut moves = Moves::default();
        moves.moved("postgresql", "db", inner);
        moves.moved("redis", "redis", Moves::default());
        moves.moved("nginx", "web", Moves::default());
        moves.moved("nginx", "edge", Moves::default());
        moves.dropped("kafka");
        moves.tidy();
        moves
    }

    #[test]
    fn values_follow_their_charts() {
        let values = map(json!({
            "a": 1, "postgresql": {"x": 1, "exporter": {"port": 2}}, "kafka": {"y": 1},
            "nginx": {"z": 1}, "redis": {}, "edge": {"own": 1, "z": 2}
        }));
        let expected = json!({
            "a": 1, "db": {"x": 1, "metrics": {"port": 2}},
            "web": {"z": 1}, "edge": {"z": 1, "own": 1}, "redis": {}
        });
        assert_eq!(Value::Object(moves().follow(&values)), expected);
        let reversed = map(json!({"edge": {"own": 1, "z": 2}, "nginx": {"z": 1}}));
        assert_eq!(moves().follow(&reversed)["edge"], json!({"own": 1, "z": 1}));
        assert_eq!(moves().gone().collect::<Vec<_>>(), ["kafka", "nginx", "postgresql"]);
    }

    #[test]
    fn keys_are_renamed_where_nothing_else_is_left() {
        let values =
            map(json!({"db": {"x": 1, "metrics": {}}, "web": {}, "edge": {}, "redis": {}}));
        let path = |path: &[&str]| path.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>();
        let inner = (path(&["postgresql", "exporter"]), "metrics".to_owned());
        let whole = (path(&["postgresql"]), "db".to_owned());
        assert_eq!(moves().renames(&values), [whole, inner]);
        let read = map(json!({"db": {}, "postgresql": {}}));
        assert_eq!(moves().renames(&read), []);
    }

    #[test]
    fn paths_follow_their_charts() {
        let moves = moves();
        assert_eq!(moves.path("postgresql.enabled", ""), "db.enabled");
        assert_eq!(moves.path("postgresql.exporter.enabled", ""), "db.metrics.enabled");
        assert_eq!(moves.path("nginx.enabled", "edge"), "edge.enabled");
        assert_eq!(moves.path("nginx", ""), "web");
        for same in ["redis.enabled", "kafka.enabled", "global.postgresql", "other", ""] {
            assert_eq!(moves.path(same, ""), same);
        }
    }
}
