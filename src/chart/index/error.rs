//! What is wrong with an index, or with an entry of it.

use std::fmt;

use super::MAX_VALUES;
use crate::chart::{record, yaml};
use crate::error::{Classified, Kind};

/// Says why bytes are no index.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There are no bytes.
    #[error("empty index.yaml file")]
    Empty,
    /// There are more values than a repository could need.
    #[error("index.yaml holds more than {MAX_VALUES} values")]
    TooManyValues,
    /// The index does not say which version of the format it has.
    #[error("no API version specified")]
    NoApiVersion,
    /// They are no YAML.
    #[error("error converting YAML to JSON")]
    Yaml(#[from] yaml::Error),
    /// A field has the wrong type, or is unknown.
    #[error("error unmarshaling JSON")]
    Field(#[from] record::Error),
}

impl Classified for Error {
    fn kind(&self) -> Kind {
        Kind::Invalid
    }
}

/// Says why an entry of an index was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The chart that the entry stands under.
    pub chart: String,
    /// The version that it gives, perhaps empty.
    pub version: String,
    /// What is wrong with it.
    pub reason: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Warning { chart, version, reason } = self;
        write!(formatter, "skipping invalid entry for chart {chart:?} {version:?}: {reason}")
    }
}
