//! What can go wrong in an operation.

use std::path::{Path, PathBuf};

use crate::chart::{self, archive};
use crate::disk;
use crate::error::{Classified, Kind};
use crate::name::{self, ChartName, Range, Reference, SpaceName};
use crate::oci;
use crate::plan;
use crate::store;

use super::{dependency, transfer};

/// Says why an operation failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store refused or failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// A text is no name.
    #[error(transparent)]
    Name(#[from] name::Error),
    /// The file system refused.
    #[error(transparent)]
    Disk(#[from] disk::Error),
    /// A chart could not be carried from or to a registry or repository.
    #[error(transparent)]
    Transfer(#[from] transfer::Error),
    /// The dependencies of a chart could not be brought together.
    #[error(transparent)]
    Dependency(#[from] dependency::Error),
    /// A plan cannot be carried out.
    #[error(transparent)]
    Plan(#[from] plan::Mistakes),
    /// A plan's result would replace another chart.
    #[error("cannot save {repository} {version}: it is there already, as {digest}")]
    TargetExists {
        /// The chart.
        repository: name::Repository,
        /// The version.
        version: name::Version,
        /// What it stands for.
        digest: Box<crate::digest::Digest>,
    },
    /// A plan is not there.
    #[error("there is no plan {}", path.display())]
    NoPlan {
        /// Where it would be.
        path: PathBuf,
    },
    /// A plan has no lock file.
    #[error("there is no lock file {}", path.display())]
    NoLock {
        /// Where it would be.
        path: PathBuf,
    },
    /// A lock file is none.
    #[error("cannot read the lock file {}", path.display())]
    BadLock {
        /// Its path.
        path: PathBuf,
        /// Why not.
        source: serde_json::Error,
    },
    /// A chart was not built by a plan.
    #[error("{reference} was not built by a plan, or does not say so")]
    NotOrchestrated {
        /// The chart.
        reference: Reference,
    },
    /// A chart's plan cannot be read.
    #[error("cannot read the plan that {reference} says it was built by")]
    BadRecord {
        /// The chart.
        reference: Reference,
        /// Why not.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// One of several charts could not be carried.
    #[error("cannot {action} {what}")]
    Carry {
        /// What was being done.
        action: &'static str,
        /// To what.
        what: String,
        /// Why it failed.
        source: Box<Error>,
    },
    /// A file or folder is no chart that Helm would load.
    #[error("cannot load the chart {}", path.display())]
    Load {
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        source: chart::Error,
    },
    /// A stored chart cannot be read as one.
    #[error("cannot read the chart {reference}")]
    Stored {
        /// The chart.
        reference: Reference,
        /// Why not.
        source: chart::Error,
    },
    /// A version cannot stand in an index.
    #[error("{reference} is left out of the index: {reason}")]
    Unlisted {
        /// The version.
        reference: Reference,
        /// Why.
        reason: String,
    },
    /// What a client has sent is no manifest.
    #[error("cannot take the manifest")]
    Pushed {
        /// Why not.
        source: oci::Error,
    },
    /// What a chart would be kept with cannot be read back.
    #[error("cannot save {}: {what} could not be read back: {reason}", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// Which document it is.
        what: &'static str,
        /// Why not.
        reason: String,
    },
    /// The store failed while a chart was saved.
    #[error("cannot save {}", path.display())]
    Save {
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        source: Box<Error>,
    },
    /// A chart was not saved, since the store failed for those saved together with it.
    #[error("cannot save {}: saving ended with the error before", path.display())]
    NotReached {
        /// The file or folder.
        path: PathBuf,
        /// What kind of error that was.
        kind: Kind,
    },
    /// What was to be saved is no file.
    #[error("cannot save {}: it is neither a folder nor a file", path.display())]
    NoFile {
        /// Its path.
        path: PathBuf,
    },
    /// A file is larger than any archive that can be read.
    #[error(
        "cannot save {}: it is larger than {} bytes, the most that an archive may have",
        path.display(),
        chart::archive::MAX_STREAM_BYTES
    )]
    FileTooLarge {
        /// Its path.
        path: PathBuf,
    },
    /// A whole chart was to be removed, but the reference names one version.
    #[error("cannot remove all of {}: {reference} names one version", reference.repository)]
    AllOfOne {
        /// The reference.
        reference: Reference,
    },
    /// A reference was given for several charts.
    #[error("cannot save {count} charts under one reference, {reference}")]
    OneReference {
        /// The reference.
        reference: Box<Reference>,
        /// How many charts there are.
        count: usize,
    },
    /// A reference names its version already.
    #[error("{reference} names a version already, so {range:?} cannot choose one", range = range.to_string())]
    TwoVersions {
        /// The reference.
        reference: Reference,
        /// The range beside it.
        range: Range,
    },
    /// A reference and an option name different spaces.
    #[error("cannot save to {reference} and to the space {space} at once")]
    TwoSpaces {
        /// The reference.
        reference: Box<Reference>,
        /// The space that the option, or its variable, names.
        space: SpaceName,
    },
    /// The manifest is none of a chart.
    #[error("{reference} is no chart, but {found}")]
    NotAChart {
        /// The reference.
        reference: Reference,
        /// What it is.
        found: String,
    },
    /// The digest that was asked for is not what the chart has.
    #[error("the manifest of {path} is {actual}, not {expected}", path = path.display())]
    OtherDigest {
        /// The file or folder.
        path: PathBuf,
        /// The digest in the reference.
        expected: Box<crate::digest::Digest>,
        /// The manifest's digest.
        actual: Box<crate::digest::Digest>,
    },
    /// There is something at the destination.
    #[error("cannot export to {}: it is there already", path.display())]
    DestinationExists {
        /// The destination.
        path: PathBuf,
    },
    /// A chart cannot be a folder, since one of its files has the name of a folder.
    #[error("{reference} cannot become a folder: it has a file {file} and, below it, {below}")]
    FileAndFolder {
        /// The chart.
        reference: Reference,
        /// The path of the file in the chart.
        file: String,
        /// The path of another one, which begins with it.
        below: String,
    },
    /// A changed chart would have another name or version.
    #[error("cannot change {field} from {from:?} to {to:?}: it is the chart's identity")]
    Identity {
        /// The field of Chart.yaml.
        field: &'static str,
        /// What it is.
        from: String,
        /// What it was to become.
        to: String,
    },
    /// A changed chart would be none.
    #[error("cannot change the chart {reference} so")]
    Changed {
        /// The chart.
        reference: Reference,
        /// Why not.
        source: chart::Error,
    },
    /// A file of values cannot be read.
    #[error("cannot read the values in {file}")]
    Values {
        /// The file.
        file: String,
        /// Why not.
        source: chart::Error,
    },
    /// A file of values holds something else.
    #[error("cannot use {file}: it is no map")]
    NoMap {
        /// The file.
        file: String,
    },
    /// Chart.yaml has no such field.
    #[error("cannot set {field:?}: it is no field of Chart.yaml")]
    UnknownField {
        /// The field as given.
        field: String,
        /// Fields that look alike.
        near: Vec<String>,
    },
    /// A value given with --set cannot be read.
    #[error("cannot set {text:?}")]
    Set {
        /// The text as given.
        text: String,
        /// Why not.
        source: chart::Error,
    },
    /// A pattern is not well formed.
    #[error("cannot use the pattern {pattern:?}")]
    Pattern {
        /// The pattern as given.
        pattern: String,
        /// Why not.
        source: chart::Error,
    },
}

impl Error {
    /// Tells which file or folder could not be loaded.
    pub(super) fn load(path: &Path, source: impl Into<chart::Error>) -> Error {
        let mut source = source.into();
        if is_no_archive(&source) && is_called_yaml(path) {
            source = archive::Error::NotGzipButYaml.into();
        }
        Error::Load { path: path.to_owned(), source }
    }

    /// Tells which chart could not be carried.
    pub(super) fn of(self, action: &'static str, what: impl ToString) -> Error {
        Error::Carry { action, what: what.to_string(), source: Box::new(self) }
    }

    /// Tells which chart was being saved when the disk or the store failed; other errors say so.
    pub(super) fn save(path: &Path, source: Error) -> Error {
        match source {
            Error::Disk(error) if error.path() == path => Error::Disk(error),
            Error::Disk(_) | Error::Store(store::Error::Storage(_)) => {
                Error::Save { path: path.to_owned(), source: Box::new(source) }
            }
            other => other,
        }
    }

    /// Tells whether an argument was not well formed, or contradicted another one.
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            Error::Name(_)
                | Error::Set { .. }
                | Error::UnknownField { .. }
                | Error::Pattern { .. }
                | Error::AllOfOne { .. }
                | Error::OneReference { .. }
                | Error::TwoVersions { .. }
                | Error::TwoSpaces { .. }
        ) || matches!(self, Error::Transfer(error) if error.is_usage())
            || matches!(self, Error::Carry { source, .. } if source.is_usage())
    }

    /// Gives the chart's right reference, for a chart that is saved under another name.
    pub(super) fn wrong_chart(reference: &Reference, chart: &ChartName) -> Error {
        let mut right = reference.clone();
        right.repository.chart = chart.clone();
        store::Error::WrongChart {
            reference: reference.to_string(),
            chart: chart.clone(),
            right: right.to_string(),
        }
        .into()
    }
}

fn is_no_archive(error: &chart::Error) -> bool {
    use chart::load::Error::Archive;
    matches!(error, chart::Error::Load(Archive(archive::Error::NotGzip { .. })))
}

fn is_called_yaml(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml")
}

impl Classified for Error {
    fn kind(&self) -> Kind {
        match self {
            Error::Store(error) => error.kind(),
            Error::Name(error) => error.kind(),
            Error::Disk(error) => error.kind(),
            Error::Transfer(error) => error.kind(),
            Error::Dependency(error) => error.kind(),
            Error::Plan(error) => error.kind(),
            Error::TargetExists { .. } => Kind::Exists,
            Error::NoPlan { .. } | Error::NoLock { .. } | Error::NotOrchestrated { .. } => {
                Kind::NotFound
            }
            Error::Carry { source, .. } => source.kind(),
            Error::Load { source, .. } | Error::Stored { source, .. } => source.kind(),
            Error::Save { source, .. } => source.kind(),
            Error::NotReached { kind, .. } => *kind,
            Error::Pushed { source } => source.kind(),
            Error::DestinationExists { .. } => Kind::Exists,
            _ => Kind::Invalid,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Error::Store(store::Error::NoneInRange { repository, range, versions })
                if *range == Range::any(false) && !versions.is_empty() =>
            {
                format!(
                    "there are only pre-releases; say {repository}:{}, or --devel with show and export",
                    versions[0].replace('+', "_")
                )
            }
            Error::Store(error) => return error.hint(),
            Error::Save { source, .. } => return source.hint(),
            Error::UnknownField { near, .. } if !near.is_empty() => {
                format!("did you mean {}?", near.join(", "))
            }
            Error::Name(error) => return error.hint(),
            Error::Disk(error) => return error.hint(),
            Error::Transfer(error) => return error.hint(),
            Error::Dependency(error) => return error.hint(),
            Error::Carry { source, .. } => return source.hint(),
            Error::Load { source, .. } | Error::Stored { source, .. } => return source.hint(),
            Error::TargetExists { .. } => {
                "raise save.version, or use --force to replace it".to_owned()
            }
            Error::NoPlan { .. } => {
                "`hreg orchestrate init REF...` prints a plan to start from".to_owned()
            }
            Error::NoLock { .. } => "leave --locked away once, and it is written".to_owned(),
            Error::BadLock { .. } => "remove it, and leave --locked away once".to_owned(),
            Error::TwoSpaces { reference, space } => {
                let (chart, tag) = (&reference.repository.chart, &reference.tag);
                let tag = tag.as_ref().map_or(String::new(), |tag| format!(":{tag}"));
                format!("leave --space and HREG_SPACE away, or say {space}/{chart}{tag}")
            }
            Error::OneReference { reference, .. } => format!(
                "there is no file or folder {reference}; --space names a space for all charts"
            ),
            Error::AllOfOne { reference } => {
                format!("say {} to remove the chart, or leave --all away", reference.repository)
            }
            Error::TwoVersions { reference, .. } => {
                format!("leave --version away, or say {}", reference.repository)
            }
            Error::DestinationExists { .. } => {
                "remove it, name another folder with -d, or use --force".to_owned()
            }
            Error::FileAndFolder { reference, .. } => {
                format!("`hreg export {reference} --archive` writes it as the archive that it is")
            }
            Error::NotAChart { reference, .. } => {
                format!("`hreg show manifest {reference}` shows what it is")
            }
            Error::Identity { .. } => "save the changed chart as a new version instead".to_owned(),
            _ => return None,
        })
    }
}
