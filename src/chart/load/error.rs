//! Why files are no chart, in Helm's words where it has some.

use super::archive;
use super::budget::{
    MAX_BYTES, MAX_CHARTS, MAX_DEPTH, MAX_TEXT_BYTES, MAX_TEXTS_BYTES, MAX_VALUES_BYTES,
};
use crate::chart::metadata;
use crate::error::{Classified, Kind};

/// Says why files, or an archive of them, are no chart.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The archive is no chart archive, or cannot be read.
    #[error(transparent)]
    Archive(#[from] archive::Error),
    /// There is no Chart.yaml.
    #[error("Chart.yaml file is missing")]
    Missing,
    /// A file that Helm reads is malformed.
    #[error("cannot load {file}")]
    Document {
        /// The file's path in its chart.
        file: &'static str,
        /// What is wrong with it.
        #[source]
        cause: metadata::Error,
    },
    /// Chart.yaml breaks a rule.
    #[error(transparent)]
    Metadata(metadata::Error),
    /// A chart in `charts/` is none.
    #[error("error unpacking subchart {name} in {parent}")]
    Subchart {
        /// Its folder or archive in `charts/`.
        name: String,
        /// The chart that it is in.
        parent: String,
        /// What is wrong with it.
        #[source]
        cause: Box<Error>,
    },
    /// What should be an archive in `charts/` is a folder.
    #[error("error unpacking subchart tar in {parent}: expected {name}, got {found}")]
    SubchartPath {
        /// The chart that it is in.
        parent: String,
        /// The name that an archive would have.
        name: String,
        /// The file found.
        found: String,
    },
    /// Chart.yaml names dependencies that are not there.
    #[error(
        "found in Chart.yaml, but missing in charts/ directory: {}", names.join(", ")
    )]
    MissingDependencies {
        /// Their names.
        names: Vec<String>,
    },
    /// Subcharts are nested too deep.
    #[error("charts are nested more than {MAX_DEPTH} levels deep")]
    TooDeep,
    /// There are too many subcharts.
    #[error("the chart holds more than {MAX_CHARTS} charts")]
    TooManyCharts,
    /// The chart is too large with all its subcharts.
    #[error("the chart and its subcharts are larger than {MAX_BYTES} bytes")]
    TooLarge,
    /// A file that Helm reads is too large.
    #[error("{file} is larger than {MAX_TEXT_BYTES} bytes")]
    TextTooLarge {
        /// The file's path in its chart.
        file: &'static str,
    },
    /// All values.yaml are too large together.
    #[error("values.yaml is larger than {MAX_VALUES_BYTES} bytes, with those of all subcharts")]
    ValuesTooLarge,
    /// The files that Helm reads are too large together.
    #[error(
        "Chart.yaml and its like are larger than {MAX_TEXTS_BYTES} bytes, with all subcharts and their names"
    )]
    TextsTooLarge,
}

impl Classified for Error {
    fn kind(&self) -> Kind {
        match self {
            Error::Archive(error) => error.kind(),
            Error::Subchart { cause, .. } => cause.kind(),
            _ => Kind::Invalid,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Error::Archive(error) => error.hint(),
            Error::Subchart { cause, .. } => cause.hint(),
            Error::MissingDependencies { .. } => {
                Some("`helm dependency update` puts them into charts/".to_owned())
            }
            _ => None,
        }
    }
}
