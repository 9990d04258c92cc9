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
use super::reads::reads;
use super::remains;
use super::schema::{self, Following};
use super::slots::{Slot, slots};
use super::tree::Tree;
use super::values::{Given, GivenTo, lay_over_defaults, lay_tags};
use crate::chart::load::Chart;
use crate::chart::yaml::{self, Shape};
use crate::error::Kind;

pub(super) const VALUES: &str = "values.yaml";
const GLOBAL: &str = "global";
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
    let written = built.write_values(chart);
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

impl Built {
    /// Writes values.yaml, if it is to say anything else; what stays is kept as it is written.
    fn write_values(&mut self, chart: &Chart) -> Result<(), yaml::Error> {
        if self.values == chart.values {
            return Ok(());
        }
        let text = self.tree.file(VALUES).unwrap_or_default();
        let text = yaml::rename(text, &self.moves.renames(&self.values))?;
        let text = yaml::rewrite(&text, &Shape::Any, &self.values)?;
        self.tree.set_file(VALUES, text);
        Ok(())
    }
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
    composing.check_source(node, chart);
    let slots = slots(chart);
    let children = build_children(composing, node, &slots);
    let slots = fates::decide(&mut composing.found, node, slots, &children);
    for (slot, _) in slots.iter().filter(|(_, fate)| !fate.stays()) {
        let is_taken = children.iter().any(|child| child.from == Some(slot.name));
        slot.chart
            .filter(|_| !is_taken)
            .into_iter()
            .for_each(|gone| composing.leave_out(node, gone));
    }
    let moves = find_moves(&slots, &children);
    let mut building = Building { node, chart, slots, children, moves, remains: Map::new() };
    building.remains = building.gather_remains();
    building.check_missing(composing);
    building.warn(composing);
    let mut tree = Tree::without_subcharts(chart);
    name.clone_into(&mut tree.folder);
    composing.note(&node.place, building.write_head(&mut tree, name));
    let mut parts = Vec::new();
    building.keep(composing, &mut tree, &mut parts);
    let values = building.values();
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
        lay_tags(&mut built.values, child.config.as_ref());
        let written = built.write_values(taken.chart);
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
    /// The values that stay under names that no subchart has any more.
    remains: Map<String, Value>,
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
        let schema = self.chart.schema.as_ref();
        if let Some(text) = schema.and_then(|text| self.rewrite_schema(text, &added)) {
            tree.set_file(SCHEMA, text);
        }
        Ok(())
    }

    fn rewrite_schema(&self, text: &[u8], added: &[Named]) -> Option<Vec<u8>> {
        let added = added.iter().map(|named| named.name.as_str());
        // Helm puts it among the values of every chart that is in another.
        let global = (!self.node.is_root()).then_some(GLOBAL);
        let allowed: Vec<&str> =
            added.chain(self.remains.keys().map(String::as_str)).chain(global).collect();
        let (moves, remains) = (&self.moves, &self.remains);
        schema::rewrite(text, &Following { moves, remains, allowed: &allowed })
    }

    /// Takes over the subcharts that the plan does not name. One with several aliases is there
    /// once, unless each of them becomes a name.
    fn keep(&self, composing: &mut Composing<'_>, tree: &mut Tree, parts: &mut Vec<Part>) {
        let place = &self.node.place;
        let mut kept: Vec<&Chart> = Vec::new();
        for (slot, fate) in &self.slots {
            let Some(chart) = slot.chart.filter(|_| fate.stays()) else { continue };
            parts.push(Part::kept(slot.name, chart));
            let is_there = kept.iter().any(|other| std::ptr::eq(*other, chart));
            if (is_there && *fate == Fate::Stays) || !composing.take_room_for_all(place, chart) {
                continue;
            }
            let mut subchart = Tree::of(chart);
            if *fate == Fate::TakesAlias {
                slot.name.clone_into(&mut subchart.folder);
                let written = head::change(&mut subchart, &Change::of_name(slot.name));
                composing.note(place, written);
            } else {
                kept.push(chart);
            }
            tree.subcharts.push(subchart);
        }
    }

    /// Gives the values of the chart by itself, under the names that its subcharts have now.
    fn values(&self) -> Map<String, Value> {
        let mut values = self.moves.follow(&self.chart.values);
        for (name, value) in &self.remains {
            values.entry(name).or_insert_with(|| value.clone());
        }
        // A key without a value, under which there may be comments, is no map to Helm.
        let kept = self.slots.iter().filter(|(_, fate)| fate.stays()).map(|(slot, _)| slot.name);
        let names: Vec<&str> = kept.chain(self.children.iter().map(|child| child.name)).collect();
        values.retain(|key, value| !value.is_null() || !names.contains(&key.as_str()));
        values
    }

    fn gather_remains(&self) -> Map<String, Value> {
        remains::gather(self.chart, &self.slots, &self.moves, &|name| self.is_read(name))
    }

    /// Refuses dependencies that are in no `charts/`, as Helm does.
    fn check_missing(&self, composing: &mut Composing<'_>) {
        let is_missing = |(slot, fate): &&(Slot<'_>, Fate)| slot.chart.is_none() && fate.stays();
        let is_planned =
            |name: &str| self.node.children.iter().any(|(key, _)| key.as_str() == name);
        for (slot, _) in self.slots.iter().filter(is_missing) {
            if !is_planned(slot.name) {
                let message = format!(
                    "{} lists {}, which is not in its charts/: give it a node of that name, or \
                     drop it",
                    self.chart.name(),
                    slot.name
                );
                composing.found.add_of(Kind::NotFound, &self.node.place, message);
            }
        }
    }

    /// Tells whether the chart's own templates look for the values of a subchart that is no more.
    fn is_read(&self, name: &str) -> bool {
        let stays = self.slots.iter().any(|(slot, fate)| slot.name == name && fate.stays());
        let is_child = || self.children.iter().any(|child| child.name == name);
        !stays && !is_child() && reads(self.chart, name)
    }

    fn warn(&self, composing: &mut Composing<'_>) {
        self.warn_of_reads(composing);
        for child in fates::added(&self.slots, &self.children) {
            let values = self.chart.values.get(child.name).and_then(Value::as_object);
            if values.is_some_and(|values| !values.is_empty()) {
                let (place, chart, name) = (&self.node.place, self.chart.name(), child.name);
                composing.warnings.push(format!(
                    "{place}.{name}: values.yaml of {chart} has {name} already: the new chart gets \
                     what it says there"
                ));
            }
        }
    }

    fn warn_of_reads(&self, composing: &mut Composing<'_>) {
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
