//! The semantics of today's Helm: the result behaves as its writer expects.
//!
//! Defaults of the sources stay, and what the plan gives is laid over those of the root. Subcharts
//! that the plan does not name stay where they are. Whatever goes by another name takes along what
//! its parents say of it: values, conditions, imports, and what a schema demands. What becomes of
//! each subchart is decided in [`fates`].

use serde_json::{Map, Value};

use super::Node;
use super::compose::{Composing, Part};
use super::dependencies::{self, Fate, Named};
use super::fates;
use super::head::{self, Change};
use super::moves::Moves;
use super::schema;
use super::slots::{Slot, slots};
use super::tree::Tree;
use super::values::{Given, GivenTo, lay_over_defaults};
use crate::chart::load::Chart;
use crate::chart::yaml::{self, Shape};

pub(super) const VALUES: &str = "values.yaml";
const SCHEMA: &str = "values.schema.json";

/// Builds the whole result.
pub(super) fn build<'a>(
    composing: &mut Composing<'a>,
    root: &'a Node,
    chart: &'a Chart,
    name: &str,
) -> (Tree, Part) {
    let mut built = build_node(composing, root, chart, name);
    let given = built.given.as_user_values();
    let is_subchart = |name: &str| built.part.parts.iter().any(|part| part.name == name);
    lay_over_defaults(&mut built.values, &given, &is_subchart);
    let written = write_values(&mut built.tree, chart, &built.values);
    composing.note(&root.place, written);
    (built.tree, built.part)
}

/// Is a node that was built.
pub(super) struct Built {
    tree: Tree,
    part: Part,
    /// What values.yaml is to say.
    values: Map<String, Value>,
    given: Given,
    moves: Moves,
}

/// Is a node that was built in another.
pub(super) struct Child<'a> {
    pub(super) name: &'a str,
    /// The name in the parent's source of the subchart that it was, if it was one.
    pub(super) from: Option<&'a str>,
    pub(super) version: &'a str,
    built: Built,
}

impl Child<'_> {
    pub(super) fn named(&self) -> Named {
        Named { name: self.name.to_owned(), version: self.version.to_owned() }
    }
}

/// Builds a node and all in it; its values.yaml is left for who knows what is laid over it.
fn build_node<'a>(
    composing: &mut Composing<'a>,
    node: &'a Node,
    chart: &'a Chart,
    name: &str,
) -> Built {
    let slots = slots(chart);
    let children = build_children(composing, node, &slots);
    let slots = fates::decide(&mut composing.found, node, slots, &children);
    let moves = find_moves(&slots, &children);
    let mut building = Building { node, chart, slots, children, moves };
    building.warn(composing);
    let mut tree = Tree::without_subcharts(chart);
    name.clone_into(&mut tree.folder);
    composing.note(&node.place, building.write_head(&mut tree, name));
    let mut parts = Vec::new();
    composing.note(&node.place, building.keep(&mut tree, &mut parts));
    let values = building.moves.follow(&chart.values, &|name| building.is_read(name));
    let given = building.give();
    for Child { built, .. } in std::mem::take(&mut building.children) {
        tree.subcharts.push(built.tree);
        parts.push(built.part);
    }
    tree.name_folders_apart();
    let part = composing.part(node, name, chart, parts);
    Built { tree, part, values, given, moves: building.moves }
}

fn build_children<'a>(
    composing: &mut Composing<'a>,
    node: &'a Node,
    slots: &[Slot<'a>],
) -> Vec<Child<'a>> {
    let mut children = Vec::new();
    for (name, child) in &node.children {
        let Some(taken) = composing.take(child, slots, true) else { continue };
        let mut built = build_node(composing, child, taken.chart, name.as_str());
        let written = write_values(&mut built.tree, taken.chart, &built.values);
        composing.note(&child.place, written);
        let version = taken.version;
        children.push(Child { name: name.as_str(), from: taken.from, version, built });
    }
    children
}

/// Finds out which names of subcharts no longer mean what they did.
fn find_moves(slots: &[(Slot<'_>, Fate)], children: &[Child<'_>]) -> Moves {
    let mut moves = Moves::default();
    for (slot, fate) in slots {
        let takers = children.iter().filter(|child| child.from == Some(slot.name));
        match fate {
            Fate::Leaves => moves.dropped(slot.name),
            _ => takers.for_each(|child| {
                moves.moved(slot.name, child.name, child.built.moves.clone());
            }),
        }
    }
    moves.tidy();
    moves
}

/// Is a node whose children are built.
struct Building<'a> {
    node: &'a Node,
    chart: &'a Chart,
    slots: Vec<(Slot<'a>, Fate)>,
    children: Vec<Child<'a>>,
    moves: Moves,
}

impl Building<'_> {
    /// Writes the name, the dependencies and the schema.
    fn write_head(&self, tree: &mut Tree, name: &str) -> Result<(), yaml::Error> {
        let added: Vec<Named> =
            fates::added(&self.slots, &self.children).map(Child::named).collect();
        let listed = dependencies::listed(self.chart, &self.slots, &added, &self.moves);
        head::list_dependencies(tree, self.chart, &listed)?;
        if name != self.chart.name() {
            head::change(tree, &Change::of_name(name))?;
        }
        let added: Vec<&str> = added.iter().map(|named| named.name.as_str()).collect();
        let schema = self.chart.schema.as_ref();
        if let Some(text) = schema.and_then(|text| schema::rewrite(text, &self.moves, &added)) {
            tree.set_file(SCHEMA, text);
        }
        Ok(())
    }

    /// Takes over the subcharts that the plan does not name. One with several aliases is there
    /// once, unless each of them becomes a name.
    fn keep(&self, tree: &mut Tree, parts: &mut Vec<Part>) -> Result<(), yaml::Error> {
        let mut kept: Vec<&Chart> = Vec::new();
        for (slot, fate) in &self.slots {
            let Some(chart) = slot.chart.filter(|_| fate.stays()) else { continue };
            parts.push(Part::kept(slot.name, chart));
            let is_there = kept.iter().any(|other| std::ptr::eq(*other, chart));
            if *fate == Fate::TakesAlias {
                let mut subchart = Tree::of(chart);
                slot.name.clone_into(&mut subchart.folder);
                head::change(&mut subchart, &Change::of_name(slot.name))?;
                tree.subcharts.push(subchart);
            } else if !is_there {
                kept.push(chart);
                tree.subcharts.push(Tree::of(chart));
            }
        }
        Ok(())
    }

    /// Tells whether the chart's own templates look for the values of a subchart that is no more.
    fn is_read(&self, name: &str) -> bool {
        let stays = self.slots.iter().any(|(slot, fate)| slot.name == name && fate.stays());
        let is_child = || self.children.iter().any(|child| child.name == name);
        !stays && !is_child() && reads(self.chart, name)
    }

    fn warn(&self, composing: &mut Composing<'_>) {
        for name in self.moves.gone().filter(|name| self.is_read(name)) {
            let place = &self.node.place;
            let targets = self.moves.of(name).unwrap_or_default();
            let targets: Vec<&str> = targets.iter().map(|(name, _)| name.as_str()).collect();
            let fate = match targets.as_slice() {
                [] => "which is left out: they see the defaults it had here".to_owned(),
                targets => format!("which is {} now: they see its values", targets.join(" and ")),
            };
            let chart = self.chart.name();
            composing
                .warnings
                .push(format!("{place}: templates of {chart} read .Values.{name}, {fate}"));
        }
    }

    fn give(&mut self) -> Given {
        let also = |child: &Child<'_>| {
            let from = child.from.filter(|from| self.is_read(from));
            from.map(str::to_owned)
        };
        let also: Vec<Option<String>> = self.children.iter().map(also).collect();
        let children = self.children.iter_mut().zip(also).map(|(child, also)| GivenTo {
            name: child.name.to_owned(),
            also,
            given: std::mem::take(&mut child.built.given),
        });
        Given { config: self.node.config.clone(), children: children.collect() }
    }
}

/// Tells whether the templates of a chart name the values of a subchart.
fn reads(chart: &Chart, name: &str) -> bool {
    let dotted = format!(".Values.{name}");
    let quoted = format!("\"{name}\"");
    let ends =
        |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '-'));
    chart.files.iter().filter(|file| file.name.starts_with("templates/")).any(|file| {
        let text = String::from_utf8_lossy(&file.data);
        let mut places = text.match_indices(&dotted);
        places.any(|(place, _)| ends(&text[place + dotted.len()..]))
            || text.contains(&format!("index .Values {quoted}"))
            || text.contains(&format!(".Subcharts.{name}"))
    })
}

/// Writes values.yaml, if it is to say anything else; what stays is kept as it is written.
fn write_values(
    tree: &mut Tree,
    chart: &Chart,
    values: &Map<String, Value>,
) -> Result<(), yaml::Error> {
    if *values == chart.values {
        return Ok(());
    }
    let text = tree.file(VALUES).unwrap_or_default();
    let text = yaml::rewrite(text, &Shape::Any, values)?;
    tree.set_file(VALUES, text);
    Ok(())
}
