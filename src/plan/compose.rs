//! Putting the charts of a plan together.
//!
//! What both semantics share is here: finding the chart of each node, telling every mistake, and
//! what the result's Chart.yaml says. How values and unnamed subcharts are treated is left to
//! `helm` and `caicloud`.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Serialize;

use super::check;
use super::head::{self, Change};
use super::mistake::Found;
use super::room::Room;
use super::slots::{self, NoSlot, Slot};
use super::{
    Mistake, Mistakes, Node, Plan, Semantics, Source, caicloud, collisions, defines, helm, record,
    sources,
};
use crate::chart::load::{Chart, File};
use crate::chart::yaml;
use crate::digest::Digest;
use crate::error::Kind;
use crate::name::{Reference, Version};

/// Is a chart of the store that a plan takes.
#[derive(Debug, Clone)]
pub struct Material {
    /// The chart, by its exact version.
    pub reference: Reference,
    /// The digest of its manifest.
    pub digest: Digest,
    /// What is in it.
    pub chart: Arc<Chart>,
}

/// Holds the charts of the store that a plan takes, by the places of their nodes.
pub type Materials = HashMap<String, Material>;

/// Is a chart that was put together.
#[derive(Debug, Clone)]
pub struct Composed {
    /// Its files, by their paths.
    pub files: Vec<File>,
    /// The same as a chart.
    pub chart: Chart,
    /// What it is made of.
    pub root: Part,
    /// What the writer of the plan should know.
    pub warnings: Vec<String>,
}

/// Tells what a chart of the result was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Part {
    /// The name that it has in the result.
    pub name: String,
    /// The name that it had.
    pub chart: String,
    /// Its version.
    pub version: String,
    /// How it came there.
    pub role: Role,
    /// The chart of the store that it was, if it was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<Reference>,
    /// The digest of that chart's manifest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// The charts in it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
}

/// Tells how a chart came to be a part of the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The plan takes it from the store.
    Stored,
    /// The plan takes it out of its parent's source.
    Embedded,
    /// It was in its parent's source, and the plan does not name it.
    Kept,
}

/// Carries out a plan on charts in memory. What was already found to be `missing` is told with all
/// else that is wrong.
///
/// # Errors
///
/// Lists every mistake, with its place in the plan.
pub fn compose(
    plan: &Plan,
    semantics: Semantics,
    materials: &Materials,
    missing: Vec<Mistake>,
) -> Result<Composed, Mistakes> {
    let mut composing = Composing::of(materials);
    composing.found = Found::of(missing);
    let composed = assemble(&mut composing, plan, semantics);
    if let Some(Composed { chart, .. }) = &composed {
        composing.warn_of_defines(chart);
        if semantics == Semantics::Helm {
            collisions::find(&mut composing.found, &plan.root, chart);
            check::check(&mut composing, plan, chart);
        }
    }
    let Composing { found, warnings, .. } = composing;
    found.result(composed.map(|composed| Composed { warnings, ..composed }))
}

/// Puts the charts together, unless something is wrong with the plan.
pub(super) fn assemble<'a>(
    composing: &mut Composing<'a>,
    plan: &'a Plan,
    semantics: Semantics,
) -> Option<Composed> {
    let root = &plan.root;
    let material = composing.materials.get(&root.place)?;
    composing.take_room(&root.place, &material.chart);
    let name = plan.save.chart.as_str();
    let (mut tree, part) = match semantics {
        Semantics::Helm => helm::build(composing, root, &material.chart, name),
        Semantics::Caicloud => caicloud::build(composing, root, &material.chart, name),
    };
    let change = Change {
        name,
        version: Some(&plan.save.version),
        description: plan.save.description.as_deref(),
        plan: Some(record::write(root, semantics, &part)),
    };
    composing.note(&root.place, head::change(&mut tree, &change));
    let files = tree.into_files();
    let chart = Chart::from_files(&files);
    if let Err(error) = &chart
        // What follows from mistakes that were told is none of its own.
        && composing.found.count() == 0
    {
        let cause = std::error::Error::source(error).map(|cause| format!(": {cause}"));
        composing.found.add(&root.place, format_args!("{error}{}", cause.unwrap_or_default()));
    }
    Some(Composed { files, chart: chart.ok()?, root: part, warnings: Vec::new() })
}

/// Is a plan that is being carried out.
pub(super) struct Composing<'a> {
    pub(super) materials: &'a Materials,
    pub(super) found: Found,
    pub(super) warnings: Vec<String>,
    /// The subcharts of sources that are not in the result, with the places of those sources.
    gone: Vec<(String, &'a Chart)>,
    /// How much there is yet, unless there was too little.
    room: Option<Room>,
}

/// Is the chart that a node is taken from.
pub(super) struct Taken<'a> {
    pub(super) chart: &'a Chart,
    pub(super) version: &'a str,
    /// The name that it has in its parent's source, if it is taken from there.
    pub(super) from: Option<&'a str>,
}

impl<'a> Taken<'a> {
    fn of(chart: &'a Chart, from: Option<&'a str>) -> Taken<'a> {
        Taken { chart, version: chart.version(), from }
    }
}

impl<'a> Composing<'a> {
    pub(super) fn of(materials: &'a Materials) -> Composing<'a> {
        let (found, room) = (Found::default(), Some(Room::default()));
        Composing { materials, found, warnings: Vec::new(), gone: Vec::new(), room }
    }

    /// Tells whether the result can hold one more chart, or that it cannot.
    fn take_room(&mut self, place: &str, chart: &Chart) -> bool {
        self.take_room_by(place, |room| room.take(chart))
    }

    /// Tells whether the result can hold a chart of a node's source with all in it, as it is.
    pub(super) fn take_room_for_all(&mut self, place: &str, chart: &Chart) -> bool {
        sources::all_faults(chart).iter().for_each(|fault| self.found.add(place, fault));
        self.take_room_by(place, |room| room.take_all(chart))
    }

    /// Takes room until there is none: that is told once.
    fn take_room_by(
        &mut self,
        place: &str,
        take: impl FnOnce(&mut Room) -> Result<(), String>,
    ) -> bool {
        let Some(room) = &mut self.room else { return false };
        let taken = take(room).map_err(|message| self.found.add(place, message));
        if taken.is_err() {
            self.room = None;
        }
        taken.is_ok()
    }

    /// Notes that a subchart of a node's source is not in the result.
    pub(super) fn leave_out(&mut self, node: &Node, chart: &'a Chart) {
        self.gone.push((node.place.clone(), chart));
    }

    /// Warns of templates that the result includes, and that only what was left out defines.
    fn warn_of_defines(&mut self, chart: &Chart) {
        for (place, gone) in &self.gone {
            let names = defines::missing(chart, gone);
            if !names.is_empty() {
                let names = names.into_iter().take(5).collect::<Vec<_>>().join(", ");
                let gone = gone.name();
                self.warnings.push(format!(
                    "{place}: templates that are still there include {names}, which {gone} defines: \
                     it is left out"
                ));
            }
        }
    }

    /// Refuses a source of which nothing certain could be made.
    pub(super) fn check_source(&mut self, node: &Node, chart: &Chart) {
        let place = format!("{}.package", node.place);
        sources::faults(chart).iter().for_each(|fault| self.found.add(&place, fault));
    }

    /// Finds the chart of a node; `slots` are the subcharts of its parent's source.
    pub(super) fn take(
        &mut self,
        node: &Node,
        slots: &[Slot<'a>],
        compare_versions: bool,
    ) -> Option<Taken<'a>> {
        let taken = match node.package.source {
            Source::Stored(_) => {
                let material = self.materials.get(&node.place)?;
                Taken::of(&material.chart, None)
            }
            Source::Parent => self.take_embedded(node, slots, compare_versions)?,
            Source::Unread => return None,
        };
        self.take_room(&node.place, taken.chart).then_some(taken)
    }

    fn take_embedded(
        &mut self,
        node: &Node,
        slots: &[Slot<'a>],
        compare_versions: bool,
    ) -> Option<Taken<'a>> {
        let name = node.package.chart.as_str();
        let place = format!("{}.package.chart", node.place);
        let slot = match slots::find(slots, name) {
            Ok(slot) => slot,
            Err(problem) => {
                self.found.add_of(Kind::NotFound, &place, absent(name, &problem));
                return None;
            }
        };
        let Some(chart) = slot.chart else {
            let message = format!("{name} is listed by its parent, but is not in its charts/");
            self.found.add_of(Kind::NotFound, &place, message);
            return None;
        };
        let wanted = &node.package.version;
        let version = Version::parse(chart.version());
        if compare_versions && !version.is_ok_and(|version| wanted.holds_for(&version)) {
            let message = format!("{wanted} was asked for, but its parent has {}", chart.version());
            let place = format!("{}.package.version", node.place);
            self.found.add_of(Kind::NotFound, &place, message);
        }
        Some(Taken::of(chart, Some(slot.name)))
    }

    /// Describes a node of the result.
    pub(super) fn part(&self, node: &Node, name: &str, chart: &Chart, parts: Vec<Part>) -> Part {
        let material = self.materials.get(&node.place);
        Part {
            name: name.to_owned(),
            chart: chart.name().to_owned(),
            version: chart.version().to_owned(),
            role: if material.is_some() { Role::Stored } else { Role::Embedded },
            reference: material.map(|material| material.reference.clone()),
            digest: material.map(|material| material.digest),
            parts,
        }
    }

    /// Notes that a file of a node's chart could not be written anew.
    pub(super) fn note(&mut self, place: &str, written: Result<(), yaml::Error>) {
        if let Err(error) = written {
            self.found.add(place, error);
        }
    }
}

impl Part {
    /// Finds the part that a node of the plan became.
    pub fn built(&self, name: &str) -> Option<&Part> {
        self.parts.iter().find(|part| part.role != Role::Kept && part.name == name)
    }

    /// Describes a chart that stays in its parent.
    pub(super) fn kept(name: &str, chart: &Chart) -> Part {
        Part {
            name: name.to_owned(),
            chart: chart.name().to_owned(),
            version: chart.version().to_owned(),
            role: Role::Kept,
            reference: None,
            digest: None,
            parts: slots::slots(chart)
                .iter()
                .filter_map(|slot| Some(Part::kept(slot.name, slot.chart?)))
                .collect(),
        }
    }
}

fn absent(name: &str, problem: &NoSlot) -> String {
    match problem {
        NoSlot::Unknown(there) if there.is_empty() => {
            format!("there is no {name} in its parent, which has no subcharts")
        }
        NoSlot::Unknown(there) => {
            format!("there is no {name} in its parent, which has {}", there.join(", "))
        }
        NoSlot::Several(names) => {
            format!("{name} is in its parent as {}: name one of them", names.join(" and "))
        }
    }
}
