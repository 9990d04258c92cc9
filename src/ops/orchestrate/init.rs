//! A plan to start from: charts, with the charts in them, that only wait to be given values.

use serde_json::{Map, Value, json};

use crate::chart::load::Chart;
use crate::name::{Reference, SpaceName};
use crate::ops::{Error, show};
use crate::plan::tree_of;
use crate::store::Store;

/// Writes a plan over stored charts: the first is the root, the others are put into it.
pub fn init(store: &Store, references: &[Reference], space: &SpaceName) -> Result<Value, Error> {
    let mut root: Option<(String, Map<String, Value>)> = None;
    for reference in references {
        let chart = show::load(store, reference)?;
        let node = stored(&reference.repository.space, &chart);
        match &mut root {
            None => root = Some((chart.name().to_owned(), node)),
            Some((_, root)) => {
                let name = free_name(root, chart.name());
                root.insert(name, Value::Object(node));
            }
        }
    }
    let (name, configs) = root.unwrap_or_default();
    Ok(json!({
        "save": {"space": space.to_string(), "chart": format!("my-{name}"), "version": "0.1.0"},
        "configs": configs,
    }))
}

/// Describes a chart of the store, and those in it.
fn stored(space: &SpaceName, chart: &Chart) -> Map<String, Value> {
    let package = json!({
        "independent": true, "space": space.to_string(), "chart": chart.name(),
        "version": chart.version(),
    });
    node(package, chart)
}

fn node(package: Value, chart: &Chart) -> Map<String, Value> {
    let mut fields = Map::new();
    fields.insert("package".to_owned(), package);
    fields.insert("_config".to_owned(), json!({}));
    for (name, called, subchart) in tree_of(chart) {
        let package = json!({"independent": false, "chart": called, "version": subchart.version()});
        fields.insert(name.to_owned(), Value::Object(node(package, subchart)));
    }
    fields
}

fn free_name(taken: &Map<String, Value>, name: &str) -> String {
    let numbered = (2..).map(|number| format!("{name}-{number}"));
    let mut names = std::iter::once(name.to_owned()).chain(numbered);
    names.find(|name| !taken.contains_key(name)).unwrap_or_default()
}
