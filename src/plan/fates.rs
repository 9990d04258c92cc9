//! What becomes of each subchart of a source: whether it stays, goes by other names, or goes.

use super::Node;
use super::dependencies::Fate;
use super::helm::Child;
use super::mistake::Found;
use super::slots::Slot;
use crate::error::Kind;

/// Decides for every subchart of a node's source.
pub(super) fn decide<'a>(
    found: &mut Found,
    node: &Node,
    slots: Vec<Slot<'a>>,
    children: &[Child<'_>],
) -> Vec<(Slot<'a>, Fate)> {
    let place = format!("{}.package.drop", node.place);
    for name in &node.package.drop {
        if !slots.iter().any(|slot| slot.name == name) {
            let names: Vec<&str> = slots.iter().map(|slot| slot.name).collect();
            let message = format!("there is no {name} to leave out: {}", listed(&names));
            found.add_of(Kind::NotFound, &place, message);
        }
        if children.iter().any(|child| child.from == Some(name)) {
            found.add(&place, format_args!("{name} cannot be left out: a node takes it"));
        }
    }
    let fates: Vec<Fate> = slots.iter().map(|slot| fate(node, slot, &slots, children)).collect();
    slots.into_iter().zip(fates).collect()
}

fn listed(names: &[&str]) -> String {
    match names {
        [] => "the chart has no subcharts".to_owned(),
        names => format!("the chart has {}", names.join(", ")),
    }
}

fn fate(node: &Node, slot: &Slot<'_>, slots: &[Slot<'_>], children: &[Child<'_>]) -> Fate {
    let takers = children.iter().filter(|child| child.from == Some(slot.name));
    let takers: Vec<_> = takers.map(Child::named).collect();
    if !takers.is_empty() {
        return Fate::Becomes(takers);
    }
    if node.package.drop.iter().any(|name| name == slot.name) {
        return Fate::Leaves;
    }
    match children.iter().find(|child| child.name == slot.name) {
        // A chart that comes from elsewhere is used when the one was that it takes the place of.
        Some(child) if child.from.is_none() => return Fate::Becomes(vec![child.named()]),
        Some(_) => return Fate::Leaves,
        None => {}
    }
    // Helm finds a chart by its own name, and takes the first of two.
    let own_name = slot.chart.map_or(slot.name, |chart| chart.name());
    let is_taken = children.iter().any(|child| child.name == own_name);
    match is_taken || (slot.name != own_name && has_twin(slot, slots)) {
        true => Fate::TakesAlias,
        false => Fate::Stays,
    }
}

/// Tells whether another chart has the same name: Helm cannot pack two, nor tell what it has of
/// them.
fn has_twin(slot: &Slot<'_>, slots: &[Slot<'_>]) -> bool {
    let Some(chart) = slot.chart else { return false };
    let others = slots.iter().filter_map(|other| other.chart);
    others.filter(|other| !std::ptr::eq(*other, chart)).any(|other| other.name() == chart.name())
}

/// Lists the children that no subchart of the source has become.
pub(super) fn added<'c, 'a>(
    slots: &[(Slot<'_>, Fate)],
    children: &'c [Child<'a>],
) -> impl Iterator<Item = &'c Child<'a>> {
    children.iter().filter(|child| {
        let is_it = |fate: &Fate| match fate {
            Fate::Becomes(nodes) => nodes.iter().any(|node| node.name == child.name),
            _ => false,
        };
        !slots.iter().any(|(_, fate)| is_it(fate))
    })
}
