//! The semantics of the registry that hreg descends from.
//!
//! The charts of the result are the nodes of the plan and no others. All values.yaml are emptied;
//! the root's holds the plan's `_config`s under their own keys, where templates that were written
//! for it look. The versions of embedded charts are not compared. Source: its answers to plans.

use super::Node;
use super::compose::{Composing, Part};
use super::dependencies::{self, Fate, Named};
use super::head::{self, Change};
use super::helm::VALUES;
use super::moves::Moves;
use super::slots::slots;
use super::tree::Tree;
use super::values::{Given, GivenTo};
use crate::chart::load::Chart;
use crate::chart::yaml::{self, emit_as_helm};

/// Builds the whole result.
pub(super) fn build<'a>(
    composing: &mut Composing<'a>,
    root: &Node,
    chart: &'a Chart,
    name: &str,
) -> (Tree, Part) {
    let (mut tree, part) = build_node(composing, root, chart, name);
    tree.set_file(VALUES, emit_as_helm(&given(root).as_configs()).into_bytes());
    (tree, part)
}

fn build_node<'a>(
    composing: &mut Composing<'a>,
    node: &Node,
    chart: &'a Chart,
    name: &str,
) -> (Tree, Part) {
    composing.check_source(node, chart);
    let slots = slots(chart);
    let mut tree = Tree::without_subcharts(chart);
    name.clone_into(&mut tree.folder);
    let (mut parts, mut names) = (Vec::new(), Vec::new());
    for (name, child) in &node.children {
        let name = name.as_str();
        let Some(taken) = composing.take(child, &slots, false) else { continue };
        let (subchart, part) = build_node(composing, child, taken.chart, name);
        names.push(Named { name: name.to_owned(), version: taken.version.to_owned() });
        tree.subcharts.push(subchart);
        parts.push(part);
    }
    composing.note(&node.place, write_head(&mut tree, chart, name, &names));
    if tree.file(VALUES).is_some() {
        tree.set_file(VALUES, Vec::new());
    }
    let part = composing.part(node, name, chart, parts);
    (tree, part)
}

/// Writes the name, and the dependencies where there were any: the original left those that it had
/// renamed or dropped, and Helm does not load such a chart.
fn write_head(
    tree: &mut Tree,
    chart: &Chart,
    name: &str,
    names: &[Named],
) -> Result<(), yaml::Error> {
    if !chart.metadata.dependencies.is_empty() {
        let gone: Vec<_> = slots(chart).into_iter().map(|slot| (slot, Fate::Leaves)).collect();
        let listed = dependencies::listed(chart, &gone, names, &Moves::default());
        head::list_dependencies(tree, chart, &listed)?;
    }
    match name == chart.name() {
        true => Ok(()),
        false => head::change(tree, &Change::of_name(name)),
    }
}

fn given(node: &Node) -> Given {
    let children = node.children.iter().map(|(name, child)| GivenTo {
        name: name.as_str().to_owned(),
        also: None,
        given: given(child),
    });
    Given { config: node.config.clone(), children: children.collect() }
}
