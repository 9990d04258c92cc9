//! What a stored chart and the charts in it say of themselves.

use serde_json::{Map, Value};

use super::Error;
use super::content::read_content;
use super::show::{open, steadily};
use crate::chart::outline::Family;
use crate::name::Reference;
use crate::store::Store;

/// Reads Chart.yaml with, as `dependencies`, that of each chart that is really in `charts/`.
pub fn family(store: &Store, reference: &Reference) -> Result<Map<String, Value>, Error> {
    let family = steadily(|| {
        let stored = open(store, reference)?;
        read_content(store, &stored, |bytes| Ok(Family::of_archive(bytes)?))
    })?;
    Ok(describe(&family))
}

fn describe(family: &Family) -> Map<String, Value> {
    const DEPENDENCIES: &str = "dependencies";
    let mut map = match serde_json::to_value(&family.metadata) {
        Ok(Value::Object(map)) => map,
        _ => Map::new(),
    };
    map.shift_remove(DEPENDENCIES);
    if !family.subcharts.is_empty() {
        let subcharts = family.subcharts.iter().map(describe).map(Value::Object);
        map.insert(DEPENDENCIES.to_owned(), subcharts.collect());
    }
    map
}
