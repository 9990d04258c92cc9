//! What stays of a subchart's values where the subchart itself no longer is: under its old name,
//! for the templates and the conditions of its parent that still look there.

use serde_json::{Map, Value};

use super::dependencies::Fate;
use super::moves::Moves;
use super::slots::Slot;
use crate::chart::load::Chart;
use crate::chart::values::{merge, of_chart};

/// Gathers the values that stay under names that are `gone`: of a subchart that `is_read`, all that
/// its parent's templates saw; of one that was dropped, what conditions ask for.
pub(super) fn gather(
    chart: &Chart,
    slots: &[(Slot<'_>, Fate)],
    moves: &Moves,
    is_read: &dyn Fn(&str) -> bool,
) -> Map<String, Value> {
    let mut remains = Map::new();
    for (slot, _) in slots.iter().filter(|(slot, _)| is_read(slot.name)) {
        remains.insert(slot.name.to_owned(), Value::Object(seen(chart, slot)));
    }
    for path in conditions(chart, slots) {
        let Some((name, rest)) = path.split_once('.') else { continue };
        if remains.contains_key(name) || !moves.of(name).is_some_and(<[_]>::is_empty) {
            continue;
        }
        if let Some((slot, _)) = slots.iter().find(|(slot, _)| slot.name == name)
            && let Some(value) = look_up(seen(chart, slot), rest)
        {
            merge(&mut remains, at(path, value));
        }
    }
    remains
}

/// Lists the conditions of what is still in the chart.
fn conditions<'a>(
    chart: &'a Chart,
    slots: &'a [(Slot<'_>, Fate)],
) -> impl Iterator<Item = &'a str> {
    let there = slots.iter().filter(|(_, fate)| *fate != Fate::Leaves);
    let entries = there.filter_map(|(slot, _)| chart.metadata.dependencies.get(slot.entry?));
    entries.flat_map(|dependency| dependency.condition.trim().split(','))
}

/// Gives the values of a subchart as its parent's templates saw them.
fn seen(chart: &Chart, slot: &Slot<'_>) -> Map<String, Value> {
    // One whose values do not fit together has none that could be seen.
    let own = slot.chart.and_then(|chart| of_chart(chart).ok());
    let mut values = own.map(|coalesced| coalesced.values).unwrap_or_default();
    values.shift_remove("global");
    if let Some(Value::Object(over)) = chart.values.get(slot.name) {
        merge(&mut values, over.clone());
    }
    values
}

fn look_up(values: Map<String, Value>, path: &str) -> Option<Value> {
    let value = path
        .split('.')
        .try_fold(Value::Object(values), |mut value, key| value.as_object_mut()?.shift_remove(key));
    value.filter(Value::is_boolean)
}

fn at(path: &str, value: Value) -> Map<String, Value> {
    let (path, last) = path.rsplit_once('.').unwrap_or(("", path));
    let innermost = Map::from_iter([(last.to_owned(), value)]);
    path.rsplit('.')
        .filter(|key| !key.is_empty())
        .fold(innermost, |inner, key| Map::from_iter([(key.to_owned(), Value::Object(inner))]))
}
