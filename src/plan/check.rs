//! What a plan's values break: whether they fold, and what the schemas of the charts say.

use serde_json::Value;

use super::compose::{Composed, Composing, Materials, assemble};
use super::{Node, Plan, Semantics};
use crate::chart::load::Chart;
use crate::chart::schema::Violation;
use crate::chart::values;

/// Tells every rule of a schema that the plan breaks. A rule that the charts break by themselves,
/// as one that demands a value for which there is no default, is for whoever installs the result.
pub(super) fn check(composing: &mut Composing<'_>, plan: &Plan, chart: &Chart) {
    let checked = match values::checked(chart, &serde_json::Map::new()) {
        Ok(checked) => checked,
        Err(error) => {
            // What follows from mistakes that were told is none of its own.
            if composing.found.count() == 0 {
                composing.found.add(&format!("{}._config", plan.root.place), error);
            }
            return;
        }
    };
    if checked.violations.is_empty() {
        return;
    }
    let before = violations_without_values(plan, composing.materials);
    for violation in checked.violations {
        let Violation { path, rule } = &violation;
        if before.contains(&violation) {
            composing
                .warnings
                .push(format!("{path}: the charts' own defaults break a rule: {rule}"));
        } else {
            let place = place_of(&plan.root, path);
            composing.found.add(&place, format_args!("a schema refuses it: {rule}"));
        }
    }
}

/// Gives what the charts of a plan break by themselves.
fn violations_without_values(plan: &Plan, materials: &Materials) -> Vec<Violation> {
    let plan = Plan { root: without_values(&plan.root), ..plan.clone() };
    let mut composing = Composing::of(materials);
    let chart =
        assemble(&mut composing, &plan, Semantics::Helm).map(|Composed { chart, .. }| chart);
    let checked = chart.and_then(|chart| values::checked(&chart, &serde_json::Map::new()).ok());
    checked.map(|checked| checked.violations).unwrap_or_default()
}

fn without_values(node: &Node) -> Node {
    let children = node.children.iter().map(|(name, child)| (name.clone(), without_values(child)));
    Node { config: None, children: children.collect(), ..node.clone() }
}

/// Finds the place of the plan that gave a value: the deepest node on its path that says something
/// of it, else the one that leads there.
fn place_of(root: &Node, path: &str) -> String {
    let (mut node, mut rest) = (root, path);
    let mut place = format!("{}._config", root.place);
    let mut below = path;
    loop {
        if node.config.as_ref().is_some_and(|config| says(config, rest)) {
            place = format!("{}._config", node.place);
            below = rest;
        }
        let (first, inner) = rest.split_once('.').unwrap_or((rest, ""));
        match node.children.iter().find(|(name, _)| name.as_str() == first) {
            Some((_, child)) => (node, rest) = (child, inner),
            None => break,
        }
    }
    if below.is_empty() { place } else { format!("{place}.{below}") }
}

/// Tells whether values say anything at the first step of a path.
fn says(config: &serde_json::Map<String, Value>, path: &str) -> bool {
    let first = path.split(['.', '[']).next().unwrap_or_default();
    first.is_empty() || config.contains_key(first)
}
