//! From the value of a plan to its model: every field checked, every mistake told.

use std::fmt::Display;

use serde_json::{Map, Value};

use super::document;
use super::draft::Draft;
use super::mistake::{Found, WHOLE};
use super::model::{ROOT, Wanted};
use super::{Mistakes, Node, Package, Plan, Save, Source};
use crate::digest::Digest;
use crate::name::{ChartName, SpaceName, Version};

/// How deep charts may be in each other; no chart that lies deeper could be loaded.
const MAX_DEPTH: usize = 32;

impl Plan {
    /// Reads a plan: JSON, in which comments may stand, or YAML.
    ///
    /// # Errors
    ///
    /// Lists every mistake. Limits: 1 MiB, 32 levels of charts.
    pub fn parse(text: &[u8]) -> Result<Plan, Mistakes> {
        Draft::read(text)?.finished()
    }
}

impl Draft {
    /// Reads a plan as [`Plan::parse`] does, but goes on from what can be read of it.
    ///
    /// # Errors
    ///
    /// Fails on what is neither JSON nor YAML.
    pub fn read(text: &[u8]) -> Result<Draft, Mistakes> {
        let value = document::read(text)?;
        let (mut found, mut loose) = (Found::default(), Vec::new());
        let plan = read_plan(&value, &mut found, &mut loose);
        Ok(Draft { plan, loose, mistakes: found.mistakes(), value })
    }
}

/// Reads all of a plan; what cannot be read is told, and something else stands in its place.
fn read_plan(value: &Value, found: &mut Found, loose: &mut Vec<Node>) -> Plan {
    let mut plan =
        Plan { semantics: None, save: Save::unread(), root: Node::unread(ROOT.to_owned()) };
    let Some(mut fields) = Fields::of(value, WHOLE, found) else { return plan };
    fields.place.clear();
    fields.only(&["save", ROOT, "semantics"], found);
    plan.semantics = fields.optional("semantics", found, str::parse).flatten();
    if let Some(save) = fields.required("save", found) {
        plan.save = read_save(save, found);
    }
    if let Some(configs) = fields.required(ROOT, found) {
        plan.root = read_node(configs, ROOT.to_owned(), 0, found, loose);
    }
    plan
}

fn read_save(value: &Value, found: &mut Found) -> Save {
    let mut save = Save::unread();
    let Some(fields) = Fields::of(value, "save", found) else { return save };
    fields.only(&["space", "chart", "version", "description"], found);
    save.space = fields.optional("space", found, SpaceName::parse).flatten();
    save.chart = fields.text("chart", found, ChartName::parse).unwrap_or(save.chart);
    save.version = fields.text("version", found, Version::parse).unwrap_or(save.version);
    let description = fields.optional("description", found, plain).flatten();
    save.description = description.filter(|text| !text.is_empty());
    save
}

fn plain(text: &str) -> Result<String, String> {
    Ok(text.to_owned())
}

/// Reads a node; every key but `package` and `_config` is a chart in it. One whose name cannot be
/// read is `loose`.
fn read_node(
    value: &Value,
    place: String,
    depth: usize,
    found: &mut Found,
    loose: &mut Vec<Node>,
) -> Node {
    let mut node = Node::unread(place);
    let place = &node.place;
    if depth >= MAX_DEPTH {
        found.add(place, format_args!("charts lie in each other more than {MAX_DEPTH} deep"));
        return node;
    }
    let Some(fields) = Fields::of(value, place, found) else { return node };
    let package =
        fields.required("package", found).and_then(|package| read_package(package, &fields, found));
    if let Some(Package { source: Source::Parent, .. }) = &package
        && depth == 0
    {
        let message = "the root is in no other chart: it must be true here";
        found.add(&format!("{place}.package.independent"), message);
    }
    node.package = package.unwrap_or(node.package);
    node.config = read_config(&fields, found);
    for (key, value) in fields.map.iter().filter(|(key, _)| !is_reserved(key)) {
        let place = format!("{}.{key}", fields.place);
        let name = read_key(key, &place, found);
        let child = read_node(value, place, depth + 1, found, loose);
        match name {
            Some(name) => node.children.push((name, child)),
            None => loose.push(child),
        }
    }
    node
}

fn is_reserved(key: &str) -> bool {
    matches!(key, "package" | "_config")
}

/// Tells whether a node can have a name.
pub(super) fn can_name(name: &str) -> bool {
    !is_reserved(name) && read_key(name, "", &mut Found::default()).is_some()
}

/// Reads the name that a node gets.
fn read_key(key: &str, place: &str, found: &mut Found) -> Option<ChartName> {
    if key == "global" {
        found.add(place, "no chart can be called so: Helm keeps values for all charts there");
        return None;
    }
    if key.contains('.') {
        found.add(place, "a name with a dot cannot be a part of the path of a value");
        return None;
    }
    ChartName::parse(key).map_err(|error| found.add(place, error)).ok()
}

/// Reads the values of a node; null is as good as none.
fn read_config(fields: &Fields<'_>, found: &mut Found) -> Option<Map<String, Value>> {
    match fields.map.get("_config") {
        None | Some(Value::Null) => None,
        Some(Value::Object(map)) => Some(map.clone()),
        Some(other) => {
            found
                .add(&fields.at("_config"), format_args!("expected values, found {}", kind(other)));
            None
        }
    }
}

fn read_package(value: &Value, node: &Fields<'_>, found: &mut Found) -> Option<Package> {
    let fields = Fields::of(value, &node.at("package"), found)?;
    fields.only(&["independent", "space", "chart", "version", "digest", "drop"], found);
    let independent = fields.required("independent", found).and_then(|value| {
        let wrong = || format!("expected true or false, found {}", kind(value));
        let read = value.as_bool().ok_or_else(wrong);
        read.map_err(|message| found.add(&fields.at("independent"), message)).ok()
    });
    let space = fields.optional("space", found, SpaceName::parse);
    let chart = fields.text("chart", found, ChartName::parse);
    let version = fields.text("version", found, Wanted::parse);
    let digest = fields.optional("digest", found, str::parse::<Digest>);
    let drop = read_drop(&fields, found);
    let source = match (independent?, space?) {
        (true, Some(space)) => Source::Stored(space),
        (true, None) => {
            found.add(&fields.at("space"), "it is missing");
            return None;
        }
        (false, _) => Source::Parent,
    };
    Some(Package { source, chart: chart?, version: version?, digest: digest?, drop: drop? })
}

fn read_drop(fields: &Fields<'_>, found: &mut Found) -> Option<Vec<String>> {
    let Some(value) = fields.map.get("drop") else { return Some(Vec::new()) };
    let names = value.as_array().and_then(|names| {
        names.iter().map(|name| name.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
    });
    if names.is_none() {
        found.add(&fields.at("drop"), "expected a list of names of subcharts");
    }
    names
}

/// Is a map at a place of the plan.
struct Fields<'a> {
    map: &'a Map<String, Value>,
    place: String,
}

impl<'a> Fields<'a> {
    fn of(value: &'a Value, place: &str, found: &mut Found) -> Option<Fields<'a>> {
        let map = value.as_object();
        if map.is_none() {
            found.add(place, format_args!("expected fields, found {}", kind(value)));
        }
        Some(Fields { map: map?, place: place.to_owned() })
    }

    fn at(&self, field: &str) -> String {
        if self.place.is_empty() { field.to_owned() } else { format!("{}.{field}", self.place) }
    }

    /// Refuses other fields: one that is misspelt would be passed over without a word.
    fn only(&self, known: &[&str], found: &mut Found) {
        for field in self.map.keys().filter(|field| !known.contains(&field.as_str())) {
            let known = known.join(", ");
            found.add(&self.at(field), format_args!("there is no such field; there are {known}"));
        }
    }

    fn required(&self, field: &str, found: &mut Found) -> Option<&'a Value> {
        let value = self.map.get(field);
        if value.is_none() {
            found.add(&self.at(field), "it is missing");
        }
        value
    }

    /// Reads text that must be there.
    fn text<T, E: Display>(
        &self,
        field: &str,
        found: &mut Found,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        self.required(field, found)?;
        self.optional(field, found, parse)?
    }

    /// Reads text that may be missing; gives nothing where it is wrong.
    #[expect(clippy::option_option, reason = "it may be wrong, and it may be missing")]
    fn optional<T, E: Display>(
        &self,
        field: &str,
        found: &mut Found,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<Option<T>> {
        let Some(value) = self.map.get(field) else { return Some(None) };
        let wrong = || format!("expected text, found {}", kind(value));
        let parsed = value.as_str().ok_or_else(wrong);
        let parsed = parsed.and_then(|text| parse(text).map_err(|error| error.to_string()));
        parsed.map(Some).map_err(|message| found.add(&self.at(field), message)).ok()
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number (text stands in quotes)",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a map",
    }
}

#[cfg(test)]
mod tests;
