//! Which of its subcharts a chart uses, under which names, and what it takes over from their values.
//!
//! The rules are those of Helm 3.17.3 (`pkg/chartutil/dependencies.go`), with two differences. A
//! subchart counts as the one that is meant whatever range of versions the dependency asks for. And
//! copies are copies: in Helm, of two aliases of one chart only the first sees that chart's own
//! aliases, and two imports into one table also change the subchart that the first comes from.

use serde_json::{Map, Value};

use super::coalesce::{Coalesced, Error, Node, Nulls, coalesce, fold, fold_table, weight};
use crate::chart;
use crate::chart::load::Chart;
use crate::chart::metadata::Dependency;
use crate::chart::schema::{self, Violation};

/// How many charts a chart may be made of when every alias counts.
const MAX_CHARTS: usize = 1024;
/// The bytes that copies of values may take: for every alias, and for every chart with dependencies.
const MAX_BYTES: usize = 256 << 20;

/// Gives the values of a chart as its templates see them where a user sets none.
pub fn of_chart(chart: &Chart) -> Result<Coalesced, Error> {
    under(chart, &Map::new())
}

/// Gives the values of a chart as its templates see them under those that a user gives.
pub fn under(chart: &Chart, user: &Map<String, Value>) -> Result<Coalesced, Error> {
    Ok(resolve(chart, user)?.1)
}

/// Gives the values like [`under`], and what they break of the schemas of the chart and its
/// subcharts.
///
/// # Errors
///
/// Fails when the values cannot be folded, or a schema cannot be used.
pub fn checked(chart: &Chart, user: &Map<String, Value>) -> Result<Checked, chart::Error> {
    let (family, mut coalesced) = resolve(chart, user)?;
    let values = Value::Object(std::mem::take(&mut coalesced.values));
    let violations = family.violations("", &values)?;
    if let Value::Object(values) = values {
        coalesced.values = values;
    }
    Ok(Checked { coalesced, violations })
}

/// Holds the values of a chart, and what they break of its schemas.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    /// The values.
    pub coalesced: Coalesced,
    /// What they break, the chart's own schema first; paths lead from the chart's values.
    pub violations: Vec<Violation>,
}

/// Finds out which charts a chart is made of, and folds their values.
fn resolve<'a>(
    chart: &'a Chart,
    user: &Map<String, Value>,
) -> Result<(Family<'a>, Coalesced), Error> {
    let mut family = Family::of(chart);
    let mut resolving = Resolving { warnings: Vec::new(), charts: MAX_CHARTS, bytes: MAX_BYTES };
    resolving.rename(&mut family)?;
    let values = coalesce(&family.node(), user)?.values;
    let tags = values.get("tags").and_then(Value::as_object).cloned().unwrap_or_default();
    resolving.select(&mut family, Some(&values), &tags)?;
    resolving.import(&mut family)?;
    let mut coalesced = coalesce(&family.node(), user)?;
    coalesced.warnings.splice(0..0, resolving.warnings);
    Ok((family, coalesced))
}

/// Is a chart, and the charts in it, as far as values are concerned.
#[derive(Debug, Clone)]
struct Family<'a> {
    name: String,
    values: Map<String, Value>,
    dependencies: Vec<Dependency>,
    subcharts: Vec<Family<'a>>,
    /// The chart that it is made of.
    chart: &'a Chart,
}

impl<'a> Family<'a> {
    fn of(chart: &'a Chart) -> Family<'a> {
        Family {
            name: chart.name().to_owned(),
            values: chart.values.clone(),
            dependencies: chart.metadata.dependencies.clone(),
            subcharts: chart.subcharts.iter().map(Family::of).collect(),
            chart,
        }
    }

    fn node(&self) -> Node<'_> {
        let subcharts = self.subcharts.iter().map(Family::node).collect();
        Node { name: &self.name, values: &self.values, subcharts }
    }

    /// Checks the values that each chart is given against its schema; `folder` is the chart's.
    fn violations(&self, folder: &str, values: &Value) -> Result<Vec<Violation>, schema::Error> {
        let mut found = match &self.chart.schema {
            Some(schema) => {
                schema::validate(&format!("{folder}{}", schema::FILE_NAME), schema, values)?
            }
            None => Vec::new(),
        };
        for subchart in &self.subcharts {
            let folder = format!("{folder}charts/{}/", subchart.chart.name());
            let inner = values.get(&subchart.name).unwrap_or(&Value::Null);
            let inner = subchart.violations(&folder, inner)?;
            found.extend(inner.into_iter().map(|violation| violation.under(&subchart.name)));
        }
        Ok(found)
    }
}

struct Resolving {
    warnings: Vec<String>,
    charts: usize,
    bytes: usize,
}

impl Resolving {
    /// Puts the subcharts that are dependencies under their aliases; one may have several.
    fn rename(&mut self, family: &mut Family<'_>) -> Result<(), Error> {
        let is_meant = |dependency: &Dependency, chart: &Family<'_>| {
            // No range at all is one that nothing is in.
            dependency.name == chart.name && !dependency.version.is_empty()
        };
        let mut subcharts = Vec::new();
        for dependency in &family.dependencies {
            let found = family.subcharts.iter().find(|chart| is_meant(dependency, chart));
            let Some(mut chart) = found.map(|chart| self.copy(chart)).transpose()? else {
                continue;
            };
            if !dependency.alias.is_empty() {
                chart.name.clone_from(&dependency.alias);
            }
            subcharts.push(chart);
        }
        let dependencies = &family.dependencies;
        family
            .subcharts
            .retain(|chart| !dependencies.iter().any(|dependency| is_meant(dependency, chart)));
        family.subcharts.append(&mut subcharts);
        for dependency in &mut family.dependencies {
            if !dependency.alias.is_empty() {
                dependency.name.clone_from(&dependency.alias);
            }
        }
        Ok(())
    }

    /// Keeps a warning, unless there are many already.
    fn warn(&mut self, text: impl FnOnce() -> String) {
        const AT_MOST: usize = 100;
        if self.warnings.len() < AT_MOST {
            self.warnings.push(text());
        }
    }

    /// Copies a chart, within what all copies may take.
    fn copy<'a>(&mut self, family: &Family<'a>) -> Result<Family<'a>, Error> {
        self.count(family)?;
        Ok(family.clone())
    }

    fn count(&mut self, family: &Family<'_>) -> Result<(), Error> {
        self.charts = self.charts.checked_sub(1).ok_or(Error::Aliases)?;
        self.take_bytes(&family.values)?;
        family.subcharts.iter().try_for_each(|subchart| self.count(subchart))
    }

    fn take_bytes(&mut self, values: &Map<String, Value>) -> Result<(), Error> {
        let bytes = values.iter().map(|(key, value)| key.len() + weight(value)).sum();
        self.bytes = self.bytes.checked_sub(bytes).ok_or(Error::Copies)?;
        Ok(())
    }

    /// Takes out the subcharts that the values of the outermost chart switch off; `values` are what
    /// it has for this one. A chart that names no dependencies keeps what is in it.
    fn select(
        &mut self,
        family: &mut Family<'_>,
        values: Option<&Map<String, Value>>,
        tags: &Map<String, Value>,
    ) -> Result<(), Error> {
        if family.dependencies.is_empty() {
            return Ok(());
        }
        let (used, unused): (Vec<_>, Vec<_>) = std::mem::take(&mut family.dependencies)
            .into_iter()
            .partition(|dependency| self.is_used(dependency, values, tags));
        family.dependencies = used;
        family.subcharts.retain(|chart| unused.iter().all(|unused| unused.name != chart.name));
        for subchart in &mut family.subcharts {
            self.rename(subchart)?;
            let inner = values.and_then(|values| look_up(values, &subchart.name)?.as_object());
            let mut tags = tags.clone();
            let own = subchart.values.get("tags").and_then(Value::as_object);
            for (tag, value) in own.into_iter().flatten() {
                tags.entry(tag).or_insert_with(|| value.clone());
            }
            self.select(subchart, inner, &tags)?;
        }
        Ok(())
    }

    /// Tells whether a dependency is used: the first condition that is true or false decides, else
    /// the tags do.
    fn is_used(
        &mut self,
        dependency: &Dependency,
        values: Option<&Map<String, Value>>,
        tags: &Map<String, Value>,
    ) -> bool {
        let conditions = dependency.condition.trim().split(',').filter(|part| !part.is_empty());
        for condition in conditions {
            match values.and_then(|values| look_up(values, condition)) {
                Some(Value::Bool(used)) => return *used,
                None | Some(Value::Object(_)) => {}
                Some(_) => self.warn(|| {
                    format!(
                        "condition path {:?} for chart {} returned non-bool value",
                        shortened(condition),
                        shortened(&dependency.name)
                    )
                }),
            }
        }
        let mut said = dependency.tags.iter().filter_map(|tag| tags.get(tag)?.as_bool()).peekable();
        said.peek().is_none() || said.any(|used| used)
    }

    /// Takes values over from the subcharts, the innermost first.
    fn import(&mut self, family: &mut Family<'_>) -> Result<(), Error> {
        for subchart in &mut family.subcharts {
            self.import(subchart)?;
        }
        if family.dependencies.is_empty() {
            return Ok(());
        }
        let mut values = fold(&family.node(), &Map::new(), Nulls::Keep)?.values;
        let mut imported = Map::new();
        for dependency in &family.dependencies {
            for wanted in &dependency.import_values {
                let Some((child, parent)) = places(wanted) else { continue };
                match look_up(&values, &format!("{}.{child}", dependency.name)) {
                    Some(Value::Object(table)) => {
                        self.take_bytes(table)?;
                        fold_table(&mut imported, &at(parent, table.clone()));
                    }
                    _ => self.warn(|| {
                        format!(
                            "ImportValues missing table from chart {}: {:?} is not a table",
                            shortened(&dependency.name),
                            shortened(&child)
                        )
                    }),
                }
            }
        }
        fold_table(&mut values, &imported);
        self.take_bytes(&values)?;
        family.values = values;
        Ok(())
    }
}

/// Gives the beginning of a text that may be of any length, for a warning.
fn shortened(text: &str) -> &str {
    const AT_MOST: usize = 200;
    text.char_indices().nth(AT_MOST).map_or(text, |(end, _)| &text[..end])
}

/// Follows a path of keys with dots between them.
fn look_up<'a>(values: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    let (tables, key) = path.rsplit_once('.').map_or(("", path), |(tables, key)| (tables, key));
    let mut table = values;
    for part in tables.split('.').filter(|_| !tables.is_empty()) {
        table = table.get(part)?.as_object()?;
    }
    table.get(key)
}

/// Gives where values are taken from in a subchart, and where they go in its parent.
fn places(wanted: &Value) -> Option<(String, &str)> {
    match wanted {
        Value::String(name) => Some((format!("exports.{name}"), ".")),
        Value::Object(places) => {
            let place = |name| places.get(name).and_then(Value::as_str);
            Some((place("child")?.to_owned(), place("parent")?))
        }
        _ => None,
    }
}

/// Puts a table at a path; a dot stands for the top.
fn at(path: &str, table: Map<String, Value>) -> Map<String, Value> {
    if path == "." {
        return table;
    }
    path.rsplit('.')
        .fold(table, |inner, key| Map::from_iter([(key.to_owned(), Value::Object(inner))]))
}

#[cfg(test)]
mod tests;
