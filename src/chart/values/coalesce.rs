//! Folding the values of a chart, of its subcharts and of a user into one map.
//!
//! The rules are those of Helm 3.17.3 (`pkg/chartutil/coalesce.go`): what stands higher wins, maps
//! are merged, all else is replaced, a null from above deletes a default, `global` flows down.
//! Which subcharts are enabled, and under which alias, is left to the caller.

use std::collections::HashSet;
use std::fmt;
use std::mem;

use serde_json::{Map, Value};

use crate::error::{Classified, Kind};

/// The key whose values flow from a chart into all charts below it.
const GLOBAL: &str = "global";
/// The number of warnings that are kept; what follows them is left out.
const MAX_WARNINGS: usize = 100;
/// The number of characters of a value that a warning shows.
const MAX_SHOWN: usize = 80;
/// The bytes that all copies of global values may take: every chart gets copies of its own.
const MAX_GLOBAL_BYTES: usize = 64 << 20;

/// Describes a chart to fold: its own values, and the charts in it.
///
/// How deep the tree may be is for whoever builds it to limit.
#[derive(Debug, Clone)]
pub struct Node<'a> {
    /// The chart's name, or the alias that its parent gives it.
    pub name: &'a str,
    /// The chart's values.yaml.
    pub values: &'a Map<String, Value>,
    /// The charts in it, in the order in which they fold.
    pub subcharts: Vec<Node<'a>>,
}

/// Holds the values of a chart as its templates would see them.
#[derive(Debug, Clone, PartialEq)]
pub struct Coalesced {
    /// The values, those of each subchart under its name, all keys sorted.
    pub values: Map<String, Value>,
    /// What was left out because types differ, at most 100 of them.
    pub warnings: Vec<String>,
}

/// Folds the values of a chart and its subcharts under those that a user gives.
///
/// # Errors
///
/// Fails when what stands in the place of a subchart's values is no map, or when copying global
/// values to every subchart would take more than 64 MiB.
pub fn coalesce(chart: &Node<'_>, user: &Map<String, Value>) -> Result<Coalesced, Error> {
    fold(chart, user, Nulls::Delete)
}

/// Folds values like [`coalesce`], and keeps nulls for a later folding if that is asked for.
pub(super) fn fold(
    chart: &Node<'_>,
    user: &Map<String, Value>,
    nulls: Nulls,
) -> Result<Coalesced, Error> {
    let mut values = user.clone();
    let mut folding = Folding::new(nulls);
    folding.chart(chart, &mut values, None)?;
    folding.share_downwards(chart, &mut values)?;
    let mut values = Value::Object(values);
    values.sort_all_objects();
    let Value::Object(values) = values else { unreachable!("sorting keeps the type") };
    Ok(Coalesced { values, warnings: folding.warnings })
}

/// Merges values as several `-f` files merge: maps are merged, all else is replaced by `over`.
pub fn merge(base: &mut Map<String, Value>, over: Map<String, Value>) {
    for (key, value) in over {
        match (base.get_mut(&key), value) {
            (Some(Value::Object(below)), Value::Object(above)) => merge(below, above),
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}

/// Folds one map under another, where nulls stay.
pub(super) fn fold_table(above: &mut Map<String, Value>, below: &Map<String, Value>) {
    let path = Path { parent: None, name: "" };
    Folding::new(Nulls::Keep).tables(above, below, &path, Nulls::Keep);
}

/// Folds, and remembers what it found on the way.
struct Folding {
    nulls: Nulls,
    warnings: Vec<String>,
    /// The bytes that copies of global values may yet take.
    global_bytes: usize,
}

/// Tells whether a null above deletes the default below, or stays until it is folded again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nulls {
    Delete,
    Keep,
}

impl Folding {
    fn new(nulls: Nulls) -> Folding {
        Folding { nulls, warnings: Vec::new(), global_bytes: MAX_GLOBAL_BYTES }
    }

    /// Folds a chart and all below it into `values`, which win.
    fn chart(
        &mut self,
        chart: &Node<'_>,
        values: &mut Map<String, Value>,
        parent: Option<&Path<'_>>,
    ) -> Result<(), Error> {
        let path = Path { parent, name: chart.name };
        self.defaults(chart, values, &path);
        for subchart in &chart.subcharts {
            let place = values.entry(subchart.name).or_insert_with(|| Value::Object(Map::new()));
            let Value::Object(place) = place else {
                return Err(Error::mismatch(subchart.name, place));
            };
            let mut inner = mem::take(place);
            self.globals(&mut inner, values.get(GLOBAL), &path)?;
            self.chart(subchart, &mut inner, Some(&path))?;
            self.share(&inner, values)?;
            values.insert(subchart.name.to_owned(), Value::Object(inner));
        }
        Ok(())
    }

    /// Folds a chart's own values under `values`.
    fn defaults(&mut self, chart: &Node<'_>, values: &mut Map<String, Value>, path: &Path<'_>) {
        let subcharts: HashSet<&str> =
            chart.subcharts.iter().map(|subchart| subchart.name).collect();
        for (key, default) in chart.values {
            match (values.get_mut(key), default) {
                (None, _) => {
                    values.insert(key.clone(), default.clone());
                }
                (Some(Value::Null), _) if self.nulls == Nulls::Delete => {
                    values.remove(key);
                }
                (Some(Value::Object(above)), Value::Object(below)) => {
                    // A null for a subchart has yet to delete that chart's own default.
                    let for_subchart = subcharts.contains(key.as_str());
                    let nulls = if for_subchart { Nulls::Keep } else { self.nulls };
                    self.tables(above, below, &path.join(key), nulls);
                }
                (Some(Value::Object(_)), Value::Null) => {}
                (Some(Value::Object(_)), _) => {
                    self.warn(format_args!("skipped value for {}: Not a table.", path.join(key)));
                }
                (Some(_), _) => {}
            }
        }
    }

    /// Folds one map under another.
    fn tables(
        &mut self,
        above: &mut Map<String, Value>,
        below: &Map<String, Value>,
        path: &Path<'_>,
        nulls: Nulls,
    ) {
        for (key, value) in below {
            match (above.get_mut(key), value) {
                (None, _) => {
                    above.insert(key.clone(), value.clone());
                }
                (Some(Value::Null), _) if nulls == Nulls::Delete => {
                    above.remove(key);
                }
                (Some(Value::Object(above)), Value::Object(below)) => {
                    self.tables(above, below, &path.join(key), nulls);
                }
                (Some(_), Value::Object(_)) => self.warn(format_args!(
                    "cannot overwrite table with non table for {} ({})",
                    path.join(key),
                    Shown(value)
                )),
                (Some(Value::Object(_)), Value::Null) => {}
                (Some(Value::Object(_)), _) => self.warn(format_args!(
                    "destination for {} is a table. Ignoring non-table value ({})",
                    path.join(key),
                    Shown(value)
                )),
                (Some(_), _) => {}
            }
        }
    }

    /// Copies a parent's global values over those of a subchart.
    fn globals(
        &mut self,
        values: &mut Map<String, Value>,
        parent: Option<&Value>,
        path: &Path<'_>,
    ) -> Result<(), Error> {
        if values.get(GLOBAL).is_some_and(|global| !global.is_object()) {
            self.warn(format_args!(
                "skipping globals because destination {GLOBAL} is not a table."
            ));
            return Ok(());
        }
        let nothing = Map::new();
        let parent = match parent {
            None => &nothing,
            Some(Value::Object(parent)) => parent,
            Some(_) => {
                self.warn(format_args!("skipping globals because source {GLOBAL} is not a table."));
                return Ok(());
            }
        };
        let own = values.entry(GLOBAL).or_insert_with(|| Value::Object(Map::new()));
        let own = own.as_object_mut().expect("anything but a map was sent away above");
        for (key, value) in parent {
            self.global(own, key, value, path)?;
        }
        Ok(())
    }

    /// Copies one of a parent's global values over that of a subchart.
    fn global(
        &mut self,
        own: &mut Map<String, Value>,
        key: &str,
        value: &Value,
        path: &Path<'_>,
    ) -> Result<(), Error> {
        match (own.get_mut(key), value) {
            (Some(Value::Object(below)), Value::Object(_)) => {
                let below = mem::take(below);
                let mut above = self.copy(value)?;
                if let Value::Object(above) = &mut above {
                    self.tables(above, &below, &path.join(key), Nulls::Keep);
                }
                own.insert(key.to_owned(), above);
            }
            (Some(Value::Object(_)), _) => {
                self.warn(format_args!("key {key} is table. Skipping"));
            }
            (Some(_), Value::Object(_)) => {
                self.warn(format_args!("cannot merge map onto non-map for {key:?}. Skipping."));
            }
            _ => {
                own.insert(key.to_owned(), self.copy(value)?);
            }
        }
        Ok(())
    }

    /// Brings what all charts added to shared maps to those that were folded before them.
    fn share_downwards(
        &mut self,
        chart: &Node<'_>,
        values: &mut Map<String, Value>,
    ) -> Result<(), Error> {
        for subchart in &chart.subcharts {
            let Some(Value::Object(place)) = values.get_mut(subchart.name) else { continue };
            let mut inner = mem::take(place);
            self.share(values, &mut inner)?;
            self.share_downwards(subchart, &mut inner)?;
            values.insert(subchart.name.to_owned(), Value::Object(inner));
        }
        Ok(())
    }

    /// Brings what one chart added to the maps within its global maps to its parent or subchart.
    ///
    /// Helm copies a global map for each subchart, but the maps within it are one and the same for
    /// all charts: where a parent has a map `global.a.b`, a subchart's default `global.a.b.c` shows
    /// in the parent and its other subcharts too, while `global.a.c` does not.
    fn share(
        &mut self,
        from: &Map<String, Value>,
        to: &mut Map<String, Value>,
    ) -> Result<(), Error> {
        for (key, from) in from.get(GLOBAL).and_then(Value::as_object).into_iter().flatten() {
            let to = to.get_mut(GLOBAL).and_then(|to| to.get_mut(key));
            let (Value::Object(from), Some(Value::Object(to))) = (from, to) else { continue };
            for (key, from) in from.iter().filter(|(_, from)| from.is_object()) {
                match to.get_mut(key) {
                    Some(to) if to.is_object() && to != from => *to = self.copy(from)?,
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// Copies a global value, within what all such copies may take.
    fn copy(&mut self, value: &Value) -> Result<Value, Error> {
        self.global_bytes =
            self.global_bytes.checked_sub(weight(value)).ok_or(Error::GlobalBytes)?;
        Ok(value.clone())
    }

    /// Remembers a warning, unless there are many.
    fn warn(&mut self, warning: fmt::Arguments<'_>) {
        if self.warnings.len() < MAX_WARNINGS {
            self.warnings.push(warning.to_string());
        }
    }
}

/// Counts the bytes that a value takes in memory, roughly.
pub(super) fn weight(value: &Value) -> usize {
    size_of::<Value>()
        + match value {
            Value::String(text) => text.len(),
            Value::Array(items) => items.iter().map(weight).sum(),
            Value::Object(map) => {
                map.iter().map(|(key, value)| size_of::<String>() + key.len() + weight(value)).sum()
            }
            _ => 0,
        }
}

/// Leads to a value, through the names of charts and then of keys; shown with dots.
struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    name: &'a str,
}

impl Path<'_> {
    fn join<'a>(&'a self, name: &'a str) -> Path<'a> {
        Path { parent: Some(self), name }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            write!(formatter, "{parent}.")?;
        }
        formatter.write_str(self.name)
    }
}

/// Shows the beginning of a value as JSON.
struct Shown<'a>(&'a Value);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.to_string();
        match text.char_indices().nth(MAX_SHOWN) {
            Some((end, _)) => write!(formatter, "{}…", &text[..end]),
            None => formatter.write_str(&text),
        }
    }
}

/// Says why values cannot be folded.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What stands in the place of a subchart's values is no map.
    #[error("type mismatch on {name}: the values of a subchart must be a map, not {found}")]
    Mismatch {
        /// The subchart.
        name: String,
        /// The beginning of what stands there, as JSON.
        found: String,
    },
    /// Every chart gets copies of its own of the global values, and they grow too large.
    #[error("the global values would take more than {} MiB, copied to every subchart",
        MAX_GLOBAL_BYTES >> 20)]
    GlobalBytes,
    /// A chart is used under very many names, or itself in charts that are.
    #[error("with all their aliases, the chart and its subcharts are more than 1024 charts")]
    Aliases,
    /// The values of subcharts are copied too often.
    #[error("the values would take more than 256 MiB, copied for all aliases and imports")]
    Copies,
}

impl Error {
    fn mismatch(name: &str, found: &Value) -> Error {
        Error::Mismatch { name: name.to_owned(), found: Shown(found).to_string() }
    }
}

impl Classified for Error {
    fn kind(&self) -> Kind {
        Kind::Invalid
    }
}

#[cfg(test)]
mod tests;
