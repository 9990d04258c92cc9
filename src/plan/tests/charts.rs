//! Charts in memory, and plans over them.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::chart::load::{Chart, File};
use crate::digest::Digest;
use crate::name::{ChartName, Reference, Repository, SpaceName, Version};
use crate::plan::compose::{Composed, Material, Materials, compose};
use crate::plan::{Node, Plan, Semantics};

pub(super) fn file(name: &str, text: impl AsRef<[u8]>) -> File {
    File { name: name.to_owned(), data: text.as_ref().to_vec(), mode: 0o644 }
}

/// Makes a chart of version 1.0.0 from lines of its Chart.yaml, its values and other files.
pub(super) fn chart(name: &str, head: &str, values: &str, others: &[(&str, &str)]) -> Chart {
    let head = format!("apiVersion: v2\nname: {name}\nversion: 1.0.0\n{head}");
    let mut files = vec![file("Chart.yaml", head), file("values.yaml", values)];
    files.extend(others.iter().map(|(name, text)| file(name, text)));
    Chart::from_files(&files).unwrap()
}

/// Describes a chart of the store.
pub(super) fn stored(chart: &str) -> Value {
    json!({"independent": true, "space": "library", "chart": chart, "version": "1.0.0"})
}

/// Describes a chart in its parent's source.
pub(super) fn embedded(chart: &str) -> Value {
    json!({"independent": false, "chart": chart, "version": "1.0.0"})
}

pub(super) fn plan(configs: &Value) -> Plan {
    let save = json!({"space": "library", "chart": "shop", "version": "1.0.0"});
    Plan::parse(json!({"save": save, "configs": configs}).to_string().as_bytes()).unwrap()
}

/// Carries out a plan over charts; gives the mistakes as they are told.
pub(super) fn built(
    charts: &[Chart],
    configs: &Value,
    semantics: Semantics,
) -> Result<Composed, Vec<String>> {
    let plan = plan(configs);
    let mut materials = Materials::new();
    gather(charts, &plan.root, &mut materials);
    compose(&plan, semantics, &materials, Vec::new())
        .map_err(|mistakes| mistakes.0.iter().map(ToString::to_string).collect())
}

fn gather(charts: &[Chart], node: &Node, materials: &mut Materials) {
    if node.package.repository().is_some() {
        let name = node.package.chart.as_str();
        let chart = charts.iter().find(|chart| chart.name() == name).unwrap();
        let chart_name = ChartName::parse(name).unwrap();
        let repository = Repository { space: SpaceName::library(), chart: chart_name };
        let tag = Version::parse(chart.version()).unwrap().tag();
        let material = Material {
            reference: Reference::tagged(repository, tag),
            digest: Digest::of(name.as_bytes()),
            chart: Arc::new(chart.clone()),
        };
        materials.insert(node.place.clone(), material);
    }
    node.children.iter().for_each(|(_, child)| gather(charts, child, materials));
}
