//! What a chart of the result says of itself: Chart.yaml, requirements.yaml, and the lock.

use serde_json::{Map, Value};

use super::dependencies::{self, Listed};
use super::record;
use super::tree::Tree;
use crate::chart::load::Chart;
use crate::chart::metadata::Metadata;
use crate::chart::record::Read as _;
use crate::chart::yaml;
use crate::name::Version;

const CHART: &str = "Chart.yaml";
const REQUIREMENTS: &str = "requirements.yaml";

/// Says what a chart is called from now on.
pub(super) struct Change<'a> {
    pub(super) name: &'a str,
    pub(super) version: Option<&'a Version>,
    pub(super) description: Option<&'a str>,
    /// The plan that it was built by.
    pub(super) plan: Option<String>,
}

impl<'a> Change<'a> {
    /// Changes nothing but the name.
    pub(super) fn of_name(name: &'a str) -> Change<'a> {
        Change { name, version: None, description: None, plan: None }
    }
}

/// Changes Chart.yaml; all that is not changed stays as it is written.
pub(super) fn change(tree: &mut Tree, change: &Change<'_>) -> Result<(), yaml::Error> {
    let version = change.version.map(Version::as_str);
    let fields =
        [("name", Some(change.name)), ("version", version), ("description", change.description)];
    rewrite(tree, CHART, |head| {
        for (field, value) in fields.iter().filter_map(|(field, value)| Some((field, (*value)?))) {
            set(head, field, value);
        }
        if let Some(plan) = &change.plan {
            let annotations = head.entry("annotations").or_insert_with(|| Map::new().into());
            match annotations {
                Value::Object(annotations) => set(annotations, record::ANNOTATION, plan),
                // It can only be null here: anything else would not have been loaded.
                other => {
                    *other = Map::from_iter([(record::ANNOTATION.to_owned(), plan.as_str().into())])
                        .into()
                }
            }
        }
    })?;
    if tree.file(REQUIREMENTS).is_none() {
        return Ok(());
    }
    // Helm reads it onto Chart.yaml, whatever it says.
    rewrite(tree, REQUIREMENTS, |document| {
        for (field, _) in fields.iter().filter(|(_, value)| value.is_some()) {
            document.shift_remove(*field);
        }
    })
}

/// Writes a list of dependencies where the chart keeps its own, and a lock where it has one.
pub(super) fn list_dependencies(
    tree: &mut Tree,
    chart: &Chart,
    list: &[Listed],
) -> Result<(), yaml::Error> {
    if dependencies::is_same(chart, list) {
        return Ok(());
    }
    rewrite(tree, dependencies::file_of(chart), |document| {
        let before = match document.get("dependencies") {
            Some(Value::Array(items)) => items.clone(),
            _ => Vec::new(),
        };
        let written = list.iter().map(|listed| {
            // What has not changed is kept as it is written.
            let same = listed.same_as.and_then(|place| before.get(place).cloned());
            same.unwrap_or_else(|| serde_json::to_value(&listed.dependency).unwrap_or_default())
        });
        let written: Vec<Value> = written.collect();
        match written.is_empty() {
            true => document.shift_remove("dependencies"),
            false => document.insert("dependencies".to_owned(), Value::Array(written)),
        };
    })?;
    if dependencies::file_of(chart) != CHART && lists_dependencies(tree)? {
        // Helm would read one list onto the other.
        rewrite(tree, CHART, |head| drop(head.shift_remove("dependencies")))?;
    }
    lock(tree, chart, list)
}

fn lists_dependencies(tree: &Tree) -> Result<bool, yaml::Error> {
    let head = yaml::parse_shaped(tree.file(CHART).unwrap_or_default(), &Metadata::SHAPE)?;
    Ok(head.get("dependencies").is_some())
}

/// Locks the list where the chart has a lock; one for no dependencies would lock nothing.
fn lock(tree: &mut Tree, chart: &Chart, list: &[Listed]) -> Result<(), yaml::Error> {
    let Some((lock, file)) = chart.lock.as_ref().zip(dependencies::lock_file_of(chart)) else {
        return Ok(());
    };
    match list.is_empty() {
        true => tree.remove_file(file),
        false => tree.set_file(file, dependencies::lock(lock, list).to_yaml()?.into_bytes()),
    }
    Ok(())
}

fn set(map: &mut Map<String, Value>, key: &str, value: &str) {
    map.insert(key.to_owned(), Value::from(value));
}

/// Rewrites a file of the form of Chart.yaml; one that is not there is made.
fn rewrite(
    tree: &mut Tree,
    file: &str,
    change: impl FnOnce(&mut Map<String, Value>),
) -> Result<(), yaml::Error> {
    let text = tree.file(file).unwrap_or_default();
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let before = match yaml::parse_shaped(text, &Metadata::SHAPE)? {
        Value::Object(map) => map,
        _ => Map::new(),
    };
    let mut target = before.clone();
    change(&mut target);
    if before == target {
        return Ok(());
    }
    let text = yaml::rewrite(text, &Metadata::SHAPE, &target)?;
    tree.set_file(file, text);
    Ok(())
}
