//! Values that are no map where Helm looks for those of a subchart: it renders no such chart.

use serde_json::{Map, Value};

use super::Node;
use super::mistake::Found;
use super::slots::slots;
use crate::chart::load::Chart;

/// Finds them in the result of a plan: in what the plan gives, then in what its charts say.
pub(super) fn find(found: &mut Found, root: &Node, chart: &Chart) {
    let before = found.count();
    in_configs(found, root, chart);
    in_values(found, root, chart);
    if found.count() == before {
        above(found, root, chart, &[&chart.values]);
    }
}

fn in_configs(found: &mut Found, node: &Node, chart: &Chart) {
    if let Some(config) = &node.config {
        in_config(found, &format!("{}._config", node.place), config, chart);
    }
    for (child, subchart) in nodes(node, chart) {
        in_configs(found, child, subchart);
    }
}

fn in_config(found: &mut Found, place: &str, config: &Map<String, Value>, chart: &Chart) {
    for slot in slots(chart) {
        let place = format!("{place}.{}", slot.name);
        match (config.get(slot.name), slot.chart) {
            (Some(Value::Object(inner)), Some(subchart)) => {
                in_config(found, &place, inner, subchart);
            }
            (None | Some(Value::Object(_)), _) => {}
            (Some(other), _) => {
                let (name, kind) = (slot.name, kind(other));
                found.add(
                    &place,
                    format_args!(
                        "{name} is a chart there: expected a map of its values, found {kind}"
                    ),
                );
            }
        }
    }
}

/// Finds what the charts themselves say; what was found in the plan may be said again by the root.
fn in_values(found: &mut Found, node: &Node, chart: &Chart) {
    for slot in slots(chart) {
        let Some(value) = chart.values.get(slot.name).filter(|value| !value.is_object()) else {
            continue;
        };
        let is_given = node.config.as_ref().is_some_and(|config| config.contains_key(slot.name));
        if !is_given {
            let place = place_of(node, slot.name);
            found.add(&place, taken(chart, slot.name, value));
        }
    }
    for (child, subchart) in nodes(node, chart) {
        in_values(found, child, subchart);
    }
}

fn taken(chart: &Chart, name: &str, value: &Value) -> String {
    format!(
        "values.yaml of {} has {} under {name}, where Helm looks for a map of the chart's values: \
         choose another name",
        chart.name(),
        kind(value)
    )
}

/// Gives the place of a subchart in the plan, or that of the chart that it is in.
fn place_of(node: &Node, name: &str) -> String {
    let child = node.children.iter().find(|(key, _)| key.as_str() == name);
    child.map_or(&node.place, |(_, child)| &child.place).clone()
}

/// Pairs the nodes below one with what they became.
fn nodes<'a>(node: &'a Node, chart: &'a Chart) -> impl Iterator<Item = (&'a Node, &'a Chart)> {
    node.children.iter().filter_map(|(key, child)| {
        let became = |subchart: &&Chart| subchart.name() == key.as_str();
        Some((child, chart.subcharts.iter().find(became)?))
    })
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a map",
    }
}

/// Finds them where Helm looks when it decides which subcharts are used: there it takes the values
/// of *all* charts above a chart for that chart's own (`processDependencyEnabled` in
/// `pkg/chartutil/dependencies.go` of version 3.17.3). `values` are those, the outermost first.
fn above(found: &mut Found, node: &Node, chart: &Chart, values: &[&Map<String, Value>]) {
    if chart.metadata.dependencies.is_empty() {
        return;
    }
    for slot in slots(chart) {
        let Some(subchart) = slot.chart else { continue };
        let child = node.children.iter().find(|(key, _)| key.as_str() == slot.name);
        let child = child.map_or(node, |(_, child)| child);
        if !subchart.metadata.dependencies.is_empty() {
            above_chart(found, child, subchart, values);
        }
        let values: Vec<_> = values.iter().copied().chain([&subchart.values]).collect();
        above(found, child, subchart, &values);
    }
}

fn above_chart(found: &mut Found, node: &Node, chart: &Chart, values: &[&Map<String, Value>]) {
    for slot in slots(chart) {
        let value = values.iter().find_map(|values| values.get(slot.name));
        if let Some(value) = value.filter(|value| !value.is_object()) {
            let (name, kind) = (slot.name, kind(value));
            let message = format!(
                "a chart above has {kind} under {name} in its values.yaml, and Helm looks there too \
                 for the values of {name}: choose another name"
            );
            found.add(&place_of(node, name), message);
        }
    }
}
