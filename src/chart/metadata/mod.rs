//! Chart.yaml: what a chart says of itself.
//!
//! The structs are Helm's (`pkg/chart/metadata.go` and `dependency.go` of version 3.17.3), their
//! JSON is the config blob that Helm pushes, byte for byte. Which files a chart is made of is left
//! to [`load`](super::load).

pub mod fields;
mod printable;
mod validate;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::record::{self, Place, Read, record};
use super::yaml;
use crate::error::{Classified, Kind};

/// Describes a chart.
///
/// An empty field is one that Chart.yaml does not have; the JSON leaves it out.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Metadata {
    /// The chart's name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The address of the project's page.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub home: String,
    /// The addresses of its source code.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<String>,
    /// The chart's version.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// One sentence on the chart.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Words to find it by.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keywords: Vec<String>,
    /// Who maintains it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub maintainers: Vec<Maintainer>,
    /// The address of an icon.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub icon: String,
    /// The version of the chart format: `v1` or `v2`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub api_version: String,
    /// The values that decide whether the chart is used.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub condition: String,
    /// The tags that decide whether the chart is used.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub tags: String,
    /// The version of the application in it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub app_version: String,
    /// Whether the chart should no longer be used.
    #[serde(skip_serializing_if = "is_false")]
    pub deprecated: bool,
    /// Anything else, for other programs.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
    /// The range of Kubernetes versions that it needs.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub kube_version: String,
    /// The charts that it needs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dependencies: Vec<Dependency>,
    /// `application`, `library`, or empty, which means application.
    #[serde(rename = "type", skip_serializing_if = "String::is_empty")]
    pub kind: String,
}

/// Names who maintains a chart.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Maintainer {
    /// A person or an organisation.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// An address for mail.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub email: String,
    /// The address of a page.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub url: String,
}

/// Names a chart that another one needs.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Dependency {
    /// The name of the needed chart.
    pub name: String,
    /// A version, or a range of versions.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// The address of the repository that has it.
    pub repository: String,
    /// The values that decide whether it is used.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub condition: String,
    /// The tags that decide whether it is used.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Whether it is used; Helm works this out and Chart.yaml does not say it.
    #[serde(skip_serializing_if = "is_false")]
    pub enabled: bool,
    /// Which of its values are taken over: texts, or maps of `child` and `parent`.
    #[serde(rename = "import-values", skip_serializing_if = "Vec::is_empty")]
    pub import_values: Vec<Value>,
    /// Another name for it in this chart.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub alias: String,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

record!(Metadata {
    "name" => name: String,
    "home" => home: String,
    "sources" => sources: Vec<String>,
    "version" => version: String,
    "description" => description: String,
    "keywords" => keywords: Vec<String>,
    "maintainers" => maintainers: Vec<Maintainer>,
    "icon" => icon: String,
    "apiVersion" => api_version: String,
    "condition" => condition: String,
    "tags" => tags: String,
    "appVersion" => app_version: String,
    "deprecated" => deprecated: bool,
    "annotations" => annotations: BTreeMap<String, String>,
    "kubeVersion" => kube_version: String,
    "dependencies" => dependencies: Vec<Dependency>,
    "type" => kind: String,
});

record!(Maintainer {
    "name" => name: String,
    "email" => email: String,
    "url" => url: String,
});

record!(Dependency {
    "name" => name: String,
    "version" => version: String,
    "repository" => repository: String,
    "condition" => condition: String,
    "tags" => tags: Vec<String>,
    "enabled" => enabled: bool,
    "import-values" => import_values: Vec<Value>,
    "alias" => alias: String,
});

impl Metadata {
    /// Reads YAML onto what is there: a second Chart.yaml, or requirements.yaml.
    ///
    /// Keys that come later win, unknown ones are ignored, and a field of text takes any scalar.
    /// Nothing is checked but types; [`Metadata::validate`] does the rest.
    pub fn read_yaml(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let value = yaml::parse_shaped(bytes, &Metadata::SHAPE)?;
        Ok(self.read(&value, &Place::root())?)
    }

    /// Reads the JSON of a config blob, as leniently as Helm does.
    pub fn from_json(bytes: &[u8]) -> Result<Metadata, Error> {
        let value: Value = serde_json::from_slice(bytes)?;
        let mut metadata = Metadata::default();
        metadata.read(&value, &Place::root())?;
        Ok(metadata)
    }

    /// Writes the config blob, byte for byte as Helm pushes it.
    pub fn to_json(&self) -> Vec<u8> {
        crate::go_json::to_vec(self)
    }
}

impl Dependency {
    /// Gives the name that the parent chart knows it by: the alias, else the name.
    pub fn name_or_alias(&self) -> &str {
        if self.alias.is_empty() { &self.name } else { &self.alias }
    }
}

/// Says why bytes are no Chart.yaml.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// They are no YAML.
    #[error("error converting YAML to JSON")]
    Yaml(#[from] yaml::Error),
    /// They are no JSON.
    #[error("the chart's metadata is no JSON")]
    Json(#[from] serde_json::Error),
    /// A field has the wrong type.
    #[error("error unmarshaling JSON")]
    Field(#[from] record::Error),
    /// A field breaks a rule; the text is Helm's.
    #[error("validation: {0}")]
    Invalid(String),
    /// Two dependencies go by the same name.
    #[error("validation: more than one dependency with name or alias {name:?}")]
    SameName {
        /// Their name, or alias.
        name: String,
    },
}

impl Classified for Error {
    fn kind(&self) -> Kind {
        Kind::Invalid
    }
}

#[cfg(test)]
mod tests;
