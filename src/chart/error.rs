//! What can be wrong with a chart, whichever part of the format it is about.

use super::{
    archive, folder, glob, index, load, metadata, pack, provenance, schema, signature, values, yaml,
};
use crate::error::{Classified, Kind};

/// Holds the error of any part of the chart format.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub enum Error {
    /// An archive cannot be read.
    Archive(#[from] archive::Error),
    /// A folder cannot be read.
    Folder(#[from] folder::Error),
    /// A pattern is not well formed.
    Glob(#[from] glob::Error),
    /// An index.yaml cannot be read.
    Index(#[from] index::Error),
    /// The files make no chart.
    Load(#[from] load::Error),
    /// A Chart.yaml, or the JSON that stands for it, cannot be read.
    Metadata(#[from] metadata::Error),
    /// A chart cannot be packed.
    Pack(#[from] pack::Error),
    /// A signature file does not fit its archive.
    Provenance(#[from] provenance::Error),
    /// A values schema is no JSON.
    Schema(#[from] schema::Error),
    /// A signature cannot be verified or made.
    Signature(#[from] signature::Error),
    /// A setting cannot be read.
    Set(#[from] values::set::Error),
    /// Values cannot be folded together.
    Coalesce(#[from] values::coalesce::Error),
    /// A text is no YAML.
    Yaml(#[from] yaml::Error),
}

impl Error {
    fn classified(&self) -> &dyn Classified {
        match self {
            Error::Archive(error) => error,
            Error::Folder(error) => error,
            Error::Glob(error) => error,
            Error::Index(error) => error,
            Error::Load(error) => error,
            Error::Metadata(error) => error,
            Error::Pack(error) => error,
            Error::Provenance(error) => error,
            Error::Schema(error) => error,
            Error::Signature(error) => error,
            Error::Set(error) => error,
            Error::Coalesce(error) => error,
            Error::Yaml(error) => error,
        }
    }
}

impl Classified for Error {
    fn kind(&self) -> Kind {
        self.classified().kind()
    }

    fn hint(&self) -> Option<String> {
        self.classified().hint()
    }
}
