//! The subcharts that a chart has, by the names that it knows them by.

use crate::chart::load::Chart;
use crate::name::Range;

/// Is a chart in another one, under one of its names.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot<'a> {
    /// The name that the values of the parent have: the alias, else the chart's own.
    pub(super) name: &'a str,
    /// The chart, unless it is only listed.
    pub(super) chart: Option<&'a Chart>,
    /// Its place in the parent's list of dependencies, if it is listed.
    pub(super) entry: Option<usize>,
}

/// Lists the subcharts of a chart: first those that it lists, in that order, then the others.
///
/// A chart that is listed twice, under two aliases, is there twice.
pub(super) fn slots(chart: &Chart) -> Vec<Slot<'_>> {
    let dependencies = &chart.metadata.dependencies;
    let listed = dependencies.iter().enumerate().map(|(entry, dependency)| Slot {
        name: dependency.name_or_alias(),
        chart: meant(chart, &dependency.name, &dependency.version),
        entry: Some(entry),
    });
    let is_listed = |name: &str| dependencies.iter().any(|dependency| dependency.name == name);
    let others = chart.subcharts.iter().filter(|subchart| !is_listed(subchart.name()));
    let others =
        others.map(|subchart| Slot { name: subchart.name(), chart: Some(subchart), entry: None });
    listed.chain(others).collect()
}

/// Finds the subchart that a dependency means: of several with its name, one in its range.
fn meant<'a>(chart: &'a Chart, name: &str, version: &str) -> Option<&'a Chart> {
    let named = || chart.subcharts.iter().filter(|subchart| subchart.name() == name);
    let range = Range::parse(version).ok();
    let in_range = |subchart: &&Chart| {
        let version = crate::name::Precedence::parse(subchart.version());
        version.ok().zip(range.as_ref()).is_some_and(|(version, range)| range.contains(&version))
    };
    named().find(in_range).or_else(|| named().next())
}

/// Lists the subcharts of a chart that a plan can name: the name each has there, the name that a
/// plan takes it by, and the chart.
pub fn tree_of(chart: &Chart) -> Vec<(&str, &str, &Chart)> {
    let slots = slots(chart);
    let named = slots.iter().filter(|slot| super::read::can_name(slot.name));
    let named = named.filter_map(|slot| {
        let chart = slot.chart?;
        let own = find(&slots, chart.name()).is_ok_and(|found| found.name == slot.name);
        Some((slot.name, if own { chart.name() } else { slot.name }, chart))
    });
    named.collect()
}

/// Says why no subchart is meant by a name.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NoSlot {
    /// There is none of that name; these are there.
    Unknown(Vec<String>),
    /// There are several, under these aliases.
    Several(Vec<String>),
}

/// Finds a subchart by the name that its parent knows it by, else by the chart's own.
pub(super) fn find<'s, 'a>(slots: &'s [Slot<'a>], name: &str) -> Result<&'s Slot<'a>, NoSlot> {
    if let Some(slot) = slots.iter().find(|slot| slot.name == name) {
        return Ok(slot);
    }
    let own = |slot: &&Slot<'_>| slot.chart.is_some_and(|chart| chart.name() == name);
    let named: Vec<&Slot<'_>> = slots.iter().filter(own).collect();
    let names = |slots: &[&Slot<'_>]| slots.iter().map(|slot| slot.name.to_owned()).collect();
    match named.as_slice() {
        [slot] => Ok(slot),
        [] => Err(NoSlot::Unknown(names(&slots.iter().collect::<Vec<_>>()))),
        several => Err(NoSlot::Several(names(several))),
    }
}
