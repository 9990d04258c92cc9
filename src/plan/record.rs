//! Where a chart came from: the plan that it was built by, kept in its Chart.yaml.
//!
//! The annotation holds the plan's `configs` with exact versions and the digests of the manifests,
//! so that the same chart can be built again from the same sources and from no others.

use serde_json::{Map, Value, json};

use super::compose::{Part, Role};
use super::{Mistakes, Node, Plan, Semantics};
use crate::chart::metadata::Metadata;
use crate::name::{Reference, SpaceName, Version};

/// The annotation of Chart.yaml that holds the plan.
pub const ANNOTATION: &str = "hreg.io/plan";

/// Is what a chart says of the plan that it was built by.
#[derive(Debug, Clone, PartialEq)]
pub struct Record(Map<String, Value>);

impl Record {
    /// Reads the annotation, if the chart has it.
    pub fn of(metadata: &Metadata) -> Option<Result<Record, serde_json::Error>> {
        let text = metadata.annotations.get(ANNOTATION)?;
        Some(serde_json::from_str(text).map(Record))
    }

    /// Gives the plan that builds the chart again, in a space.
    pub fn plan(&self, space: &SpaceName, metadata: &Metadata) -> Value {
        let mut save = json!({
            "space": space.to_string(), "chart": metadata.name, "version": metadata.version,
        });
        if !metadata.description.is_empty() {
            save["description"] = Value::from(metadata.description.as_str());
        }
        let mut plan = Map::from_iter([("save".to_owned(), save)]);
        plan.extend(self.0.clone());
        Value::Object(plan)
    }

    /// Gives what the chart was made of, without what the plan did not name.
    pub fn root(&self, space: &SpaceName, metadata: &Metadata) -> Result<Part, Mistakes> {
        let plan = Plan::parse(self.plan(space, metadata).to_string().as_bytes())?;
        Ok(recorded(&metadata.name, &plan.root))
    }
}

fn recorded(name: &str, node: &Node) -> Part {
    let version = node.package.version.to_string();
    let repository = node.package.repository();
    let tag = || node.package.version.exact.as_ref().map(Version::tag);
    Part {
        name: name.to_owned(),
        chart: node.package.chart.as_str().to_owned(),
        role: if repository.is_some() { Role::Stored } else { Role::Embedded },
        reference: repository.map(|repository| Reference { repository, tag: tag(), digest: None }),
        digest: node.package.digest,
        parts: node.children.iter().map(|(name, child)| recorded(name.as_str(), child)).collect(),
        version,
    }
}

/// Writes the plan that a chart is built by, as JSON in one line.
pub(super) fn write(root: &Node, semantics: Semantics, built: &Part) -> String {
    json!({"semantics": semantics.as_str(), "configs": node(root, built)}).to_string()
}

fn node(node: &Node, built: &Part) -> Value {
    let mut fields = Map::from_iter([("package".to_owned(), package(node, built))]);
    if let Some(config) = &node.config {
        fields.insert("_config".to_owned(), Value::Object(config.clone()));
    }
    for (name, child) in &node.children {
        if let Some(part) = built.built(name.as_str()) {
            fields.insert(name.as_str().to_owned(), self::node(child, part));
        }
    }
    Value::Object(fields)
}

fn package(node: &Node, built: &Part) -> Value {
    let mut fields = Map::new();
    let mut set = |key: &str, value: Value| fields.insert(key.to_owned(), value);
    set("independent", Value::Bool(built.role == Role::Stored));
    if let Some(repository) = node.package.repository() {
        set("space", Value::from(repository.space.to_string()));
    }
    set("chart", Value::from(node.package.chart.as_str()));
    set("version", Value::from(built.version.as_str()));
    if let Some(digest) = &built.digest {
        set("digest", Value::from(digest.to_string()));
    }
    if !node.package.drop.is_empty() {
        set("drop", Value::from(node.package.drop.clone()));
    }
    Value::Object(fields)
}
