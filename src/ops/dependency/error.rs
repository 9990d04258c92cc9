//! What can go wrong with the dependencies of a chart.

use std::path::PathBuf;

use crate::chart;
use crate::error::{Classified, Kind};
use crate::name::{Repository, Version};

/// Says why dependencies could not be brought together.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Only a folder has a `charts/` to put anything into.
    #[error("only unpacked charts can be updated: {} is no folder", path.display())]
    NotAFolder {
        /// What was given.
        path: PathBuf,
    },
    /// There is no Chart.yaml.
    #[error("{} is no chart: it has no Chart.yaml", path.display())]
    NoChart {
        /// The folder.
        path: PathBuf,
    },
    /// The lock was made for other dependencies; the text is Helm's.
    #[error(
        "the lock file ({lock}) is out of sync with the dependencies file ({file}). \
         Please update the dependencies"
    )]
    OutOfSync {
        /// The lock's name.
        lock: &'static str,
        /// Where the dependencies are listed.
        file: &'static str,
        /// The chart's folder.
        path: PathBuf,
    },
    /// A dependency asks for a version by something that is no range.
    #[error("dependency {name:?} has an invalid version/constraint format: {version:?}")]
    Version {
        /// The dependency.
        name: String,
        /// What it asks for.
        version: String,
    },
    /// A repository's address is none that can be asked.
    #[error("no repository definition for {repository} of the dependency {name:?}")]
    Repository {
        /// The dependency.
        name: String,
        /// The address.
        repository: String,
    },
    /// The names of repositories cannot be read.
    #[error("cannot read the names of repositories in {}", path.display())]
    Repositories {
        /// Helm's file.
        path: PathBuf,
        /// Why not.
        source: chart::Error,
    },
    /// A dependency is not in the store, and nobody else may be asked.
    #[error("the store has no {name} {version}, and nothing is fetched offline")]
    Offline {
        /// The dependency.
        name: String,
        /// The version that it asks for.
        version: String,
        /// The repository that has it.
        repository: String,
        /// The chart that the store should have.
        wanted: String,
    },
    /// What should be in `charts/` or in another folder is not there.
    #[error("the dependency {name:?} should be in the folder {}, but that has none", path.display())]
    Missing {
        /// The dependency.
        name: String,
        /// Where it should be.
        path: PathBuf,
    },
    /// A chart calls itself otherwise than the dependency does.
    #[error("the dependency {name:?} is the chart {found:?} by the Chart.yaml in {place}")]
    Name {
        /// The dependency.
        name: String,
        /// What Chart.yaml says.
        found: String,
        /// Where that is.
        place: String,
    },
    /// A chart has a version that was not asked for.
    #[error("the dependency {name:?} needs version {wanted}, but in {place} it has {found}")]
    OtherVersion {
        /// The dependency.
        name: String,
        /// The version or range.
        wanted: String,
        /// What Chart.yaml says.
        found: String,
        /// Where that is.
        place: String,
    },
    /// A chart would be packed into itself.
    #[error("the dependency {name:?} is the chart itself")]
    Itself {
        /// The dependency.
        name: String,
    },
    /// Two dependencies are different charts of one name and version.
    #[error("two dependencies are both {file}, but with different content")]
    Conflict {
        /// The archive that both would have.
        file: String,
    },
    /// The store has another chart of the same name and version.
    #[error("the store has another chart as {repository} {version} than the repository has")]
    Taken {
        /// The chart.
        repository: Repository,
        /// The version.
        version: Version,
    },
    /// `charts/` is a link, or no folder.
    #[error("cannot write to {}: it is {found}", path.display())]
    Place {
        /// What is there.
        path: PathBuf,
        /// What it is.
        found: &'static str,
    },
    /// The lock cannot be written as YAML.
    #[error("cannot write the lock")]
    Lock {
        /// Why not.
        source: chart::Error,
    },
}

impl Classified for Error {
    fn kind(&self) -> Kind {
        match self {
            Error::NoChart { .. } | Error::Offline { .. } | Error::Missing { .. } => Kind::NotFound,
            Error::Place { .. } => Kind::Denied,
            Error::Taken { .. } => Kind::Exists,
            _ => Kind::Invalid,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Error::OutOfSync { path, .. } => {
                format!("`hreg dependency update {}` makes a new one", path.display())
            }
            Error::Version { version, .. } if version.is_empty() => {
                "say version: '*' for the highest release".to_owned()
            }
            Error::Version { .. } => "a range is such as ^1.2, ~1.2.3 or >=1.0 <2.0".to_owned(),
            Error::Repository { repository, .. } if is_alias(repository) => {
                "`helm repo add` gives a repository its name".to_owned()
            }
            Error::Repository { .. } => {
                "a repository is an address such as https://charts.example.com, \
                 oci://registry.example.com/charts or file://../folder, or @ and a name"
                    .to_owned()
            }
            Error::Offline { wanted, repository, .. } => {
                format!("leave --offline away to ask {repository}, or save the chart as {wanted}")
            }
            Error::Taken { repository, version } => format!(
                "leave --refresh away to use {repository}:{}, or name another space by --space",
                version.tag()
            ),
            Error::Place { .. } => "hreg writes into a folder of the chart's own only".to_owned(),
            _ => return None,
        })
    }
}

fn is_alias(repository: &str) -> bool {
    repository.starts_with(['@']) || repository.starts_with("alias:")
}
