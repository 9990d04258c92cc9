//! One version of a chart in an index.

use std::cmp::Ordering;

use serde::Serialize;
use serde_json::Value;

use super::Warning;
use crate::chart::metadata::{self, Metadata};
use crate::chart::record::{self, Error, Place, Read, Timestamp};
use crate::chart::yaml::Shape;
use crate::name::Precedence;

/// Describes one version of a chart, and where to get it.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ChartVersion {
    /// What its Chart.yaml says.
    #[serde(flatten)]
    pub metadata: Metadata,
    /// Where its archive is; relative addresses start at the repository's.
    pub urls: Vec<String>,
    /// When it was added.
    pub created: Timestamp,
    /// Whether it was taken back.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub removed: bool,
    /// The SHA-256 digest of its archive in hexadecimal, without an algorithm before it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub digest: String,
}

impl ChartVersion {
    pub(super) fn precedence(&self) -> impl Ord + use<> {
        Highest(Precedence::parse(&self.metadata.version).ok())
    }
}

/// Orders what is no version below all versions.
#[derive(PartialEq, Eq)]
struct Highest(Option<Precedence>);

impl Ord for Highest {
    fn cmp(&self, other: &Highest) -> Ordering {
        self.0.cmp(&other.0)
    }
}

impl PartialOrd for Highest {
    fn partial_cmp(&self, other: &Highest) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Holds an entry before it is checked: nothing for a null.
pub(super) type Loose = Option<Result<ChartVersion, Error>>;

/// The fields that Helm embeds are seen from outside as one, and its way from YAML to JSON takes
/// that one for the shape of each: so a version must be quoted here, unlike in Chart.yaml.
pub(super) const SHAPE: Shape = Shape::Record(&[
    ("name", &Metadata::SHAPE),
    ("home", &Metadata::SHAPE),
    ("sources", &Metadata::SHAPE),
    ("version", &Metadata::SHAPE),
    ("description", &Metadata::SHAPE),
    ("keywords", &Metadata::SHAPE),
    ("maintainers", &Metadata::SHAPE),
    ("icon", &Metadata::SHAPE),
    ("apiVersion", &Metadata::SHAPE),
    ("condition", &Metadata::SHAPE),
    ("tags", &Metadata::SHAPE),
    ("appVersion", &Metadata::SHAPE),
    ("deprecated", &Metadata::SHAPE),
    ("annotations", &Metadata::SHAPE),
    ("kubeVersion", &Metadata::SHAPE),
    ("dependencies", &Metadata::SHAPE),
    ("type", &Metadata::SHAPE),
    ("urls", &Vec::<String>::SHAPE),
    ("created", &Timestamp::SHAPE),
    ("removed", &bool::SHAPE),
    ("digest", &String::SHAPE),
    ("checksum", &String::SHAPE),
    ("engine", &String::SHAPE),
    ("tillerVersion", &String::SHAPE),
    ("url", &String::SHAPE),
]);

/// Reads an entry; only a null among its maintainers or dependencies is left for later.
pub(super) fn read(value: &Value, place: &Place<'_>) -> Result<Loose, Error> {
    if value.is_null() {
        return Ok(None);
    }
    let mut version = ChartVersion::default();
    match version.read(value, place) {
        Ok(()) => Ok(Some(Ok(version))),
        Err(error @ Error::Null { .. }) => Ok(Some(Err(error))),
        Err(error) => Err(error),
    }
}

impl Read for ChartVersion {
    const SHAPE: Shape = SHAPE;

    fn read(&mut self, value: &Value, place: &Place<'_>) -> Result<(), Error> {
        let Shape::Record(fields) = SHAPE else { return Ok(()) };
        let names: Vec<_> = fields.iter().map(|(name, _)| *name).collect();
        record::read_record(value, place, &names, &mut |name, value, place| match name {
            "urls" => self.urls.read(value, place),
            "created" => self.created.read(value, place),
            "removed" => self.removed.read(value, place),
            "digest" => self.digest.read(value, place),
            // Old fields, which strict reading must know and nothing uses.
            "checksum" | "engine" | "tillerVersion" | "url" => String::new().read(value, place),
            _ => self.metadata.read_field(name, value, place),
        })
    }
}

/// Keeps the entries that are charts, and says why the others are none.
pub(super) fn keep_valid(
    chart: &str,
    entries: Vec<Loose>,
    warnings: &mut Vec<Warning>,
) -> Vec<ChartVersion> {
    let mut kept = Vec::new();
    for entry in entries {
        let (version, reason) = match entry {
            None => (String::new(), "empty entry".to_owned()),
            Some(Err(error)) => (String::new(), error.to_string()),
            Some(Ok(mut entry)) => match validate(&mut entry.metadata) {
                Ok(()) => {
                    kept.push(entry);
                    continue;
                }
                Err(error) => (entry.metadata.version, error.to_string()),
            },
        };
        warnings.push(Warning { chart: chart.to_owned(), version, reason });
    }
    kept
}

/// Checks an entry's metadata; two dependencies of one name pass, as some servers drop aliases.
fn validate(metadata: &mut Metadata) -> Result<(), metadata::Error> {
    if metadata.api_version.is_empty() {
        "v1".clone_into(&mut metadata.api_version);
    }
    match metadata.validate() {
        Err(metadata::Error::SameName { .. }) => Ok(()),
        other => other,
    }
}
