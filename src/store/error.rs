//! What can go wrong with charts, versions and tags.

use std::io;

use crate::digest::{self, Digest};
use crate::error::{Classified, Kind};
use crate::name::{self, ChartName, Range, Reference, Repository, SpaceName, Tag, Version};
use crate::oci;
use crate::storage;

/// Says why an operation on the store failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] storage::Error),
    /// A text is no name.
    #[error(transparent)]
    Name(#[from] name::Error),
    /// Nothing has this name.
    #[error("{what} {name} is not in the store")]
    NotFound {
        /// "chart", "space", "version" and so on.
        what: &'static str,
        /// The name that was looked for.
        name: String,
        /// Names that are there and look alike.
        near: Vec<String>,
    },
    /// A reference gives a tag and a digest that do not belong together.
    #[error("{tag} of {repository} is {actual}, not {expected}")]
    WrongDigest {
        /// The chart.
        repository: Repository,
        /// The tag.
        tag: Tag,
        /// The digest that the reference gives.
        expected: Box<Digest>,
        /// The digest that the tag stands for.
        actual: Box<Digest>,
    },
    /// A reference gives neither tag nor digest where one is needed.
    #[error("{repository} does not say which version is meant")]
    NoTag {
        /// The chart.
        repository: Repository,
        /// The versions that are there.
        versions: Vec<String>,
    },
    /// No version is in a range.
    #[error("no version of {repository} is in the range {range:?}", range = range.to_string())]
    NoneInRange {
        /// The chart.
        repository: Repository,
        /// The range.
        range: Range,
        /// The highest versions that are there, descending.
        versions: Vec<String>,
    },
    /// A reference ends in another name than its chart has.
    #[error("the reference {reference} is not named after its chart, {chart}")]
    WrongChart {
        /// The reference as given.
        reference: String,
        /// The chart's own name.
        chart: ChartName,
        /// The reference that would do.
        right: String,
    },
    /// The version is there with other content, and was not to be replaced.
    #[error("{repository} {version} is in the store already, as {digest}")]
    VersionExists {
        /// The chart.
        repository: Repository,
        /// The version.
        version: Version,
        /// What it stands for.
        digest: Box<Digest>,
    },
    /// The tag is there for something else, and was not to be moved.
    #[error("the tag {tag} of {repository} is in the store already, as {digest}")]
    TagExists {
        /// The chart.
        repository: Repository,
        /// The tag.
        tag: Tag,
        /// What it stands for.
        digest: Box<Digest>,
    },
    /// The version cannot be replaced, as its space is immutable.
    #[error("{repository} {version} cannot be overwritten: the space {} is immutable", repository.space)]
    Immutable {
        /// The chart.
        repository: Repository,
        /// The version.
        version: Version,
    },
    /// The space takes charts only.
    #[error("cannot put {reference} there: the space {} takes charts only", reference.repository.space)]
    ChartsOnly {
        /// What was to be put there.
        reference: Reference,
    },
    /// A tag would hide a version of the same name.
    #[error("the tag {tag} of {repository} is the name of another version, {version}")]
    TagIsVersion {
        /// The chart.
        repository: Repository,
        /// The tag that was asked for.
        tag: Tag,
        /// The version that answers as that tag.
        version: Version,
    },
    /// The space is there already.
    #[error("the space {space} exists already")]
    SpaceExists {
        /// The space.
        space: SpaceName,
    },
    /// The space still has charts.
    #[error("the space {space} is not empty: it has {charts} chart{}", plural(*charts))]
    SpaceNotEmpty {
        /// The space.
        space: SpaceName,
        /// How many charts it has.
        charts: usize,
    },
    /// The record of a space is not what hreg writes.
    #[error("the record of the space {space} is damaged: {reason}")]
    SpaceRecord {
        /// The space.
        space: SpaceName,
        /// What is wrong with it.
        reason: String,
    },
    /// A blob that something refers to is not there.
    #[error("the blob {digest} is missing from the store")]
    MissingBlob {
        /// The blob.
        digest: Box<Digest>,
    },
    /// A blob is there, but its bytes are not what its name says.
    #[error("the blob {digest} cannot be used")]
    Blob {
        /// The blob.
        digest: Box<Digest>,
        /// What is wrong with it.
        source: BlobProblem,
    },
    /// A manifest lists something that its repository does not have.
    #[error("the manifest lists {digest}, which {repository} does not have")]
    MissingPart {
        /// The repository.
        repository: Repository,
        /// The blob or manifest that is listed.
        digest: Box<Digest>,
    },
    /// A manifest gives another size of a blob than it has.
    #[error("the manifest lists {digest} with {listed} bytes, but it has {actual}")]
    PartSize {
        /// The blob.
        digest: Box<Digest>,
        /// The size in bytes that the manifest gives.
        listed: u64,
        /// The size in bytes that it has.
        actual: u64,
    },
    /// A blob cannot be taken out of a repository.
    #[error(
        "the blob {digest} of {repository} cannot be removed: the manifest {manifest} needs it"
    )]
    BlobInUse {
        /// The repository.
        repository: Repository,
        /// The blob.
        digest: Box<Digest>,
        /// The manifest that names it.
        manifest: Box<Digest>,
    },
    /// An upload is not what it was said to be.
    #[error(transparent)]
    WrongBytes(digest::Error),
    /// A piece of an upload could not be written.
    #[error("cannot write to the upload")]
    Upload {
        /// Why not.
        source: io::Error,
    },
    /// The system gives no random bits.
    #[error("cannot name a new upload: {reason}")]
    Random {
        /// Why not.
        reason: String,
    },
    /// A manifest is not one that the operation can work on.
    #[error("the manifest {digest} cannot be used")]
    Manifest {
        /// The manifest.
        digest: Box<Digest>,
        /// What is wrong with it.
        source: oci::Error,
    },
    /// What should be Chart.yaml as JSON names no chart.
    #[error("the chart's metadata {digest} cannot be used: {reason}")]
    Meta {
        /// The blob.
        digest: Box<Digest>,
        /// What is wrong with it.
        reason: String,
    },
    /// A name or an entry is not what hreg makes.
    #[error("{part} is damaged: {problem}")]
    Part {
        /// Which one it is.
        part: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A name was moved or removed by another process meanwhile.
    #[error("{reference} was changed by another process meanwhile")]
    Moved {
        /// The name.
        reference: Reference,
    },
    /// Collecting stopped, since what a damaged part needs is not known.
    #[error("nothing was collected: what is still needed cannot be told")]
    Unclear(#[source] Box<Error>),
}

/// Says why a blob cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BlobProblem {
    /// It does not hash to its name.
    #[error(transparent)]
    Damaged(#[from] digest::Error),
    /// It cannot be read.
    #[error(transparent)]
    Io(io::Error),
    /// It is larger than anything of its role may be.
    #[error("it is larger than {limit} bytes")]
    TooLarge {
        /// The most it may have, in bytes.
        limit: u64,
    },
}

impl Error {
    /// Tells a damaged blob, whose reader says so inside its error, from one that is unreadable.
    pub fn of_blob(digest: Digest, error: io::Error) -> Error {
        let source = match error.downcast::<digest::Error>() {
            Ok(damaged) => BlobProblem::Damaged(damaged),
            Err(error) => BlobProblem::Io(error),
        };
        Error::Blob { digest: Box::new(digest), source }
    }
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

const VERIFY: &str = "`hreg verify` lists all damage; saving or pulling the chart again mends it";

impl Classified for Error {
    fn kind(&self) -> Kind {
        match self {
            Error::Storage(error) => error.kind(),
            Error::Name(error) => error.kind(),
            Error::NotFound { .. } | Error::NoneInRange { .. } => Kind::NotFound,
            Error::WrongDigest { .. } | Error::NoTag { .. } | Error::WrongChart { .. } => {
                Kind::Invalid
            }
            Error::VersionExists { .. }
            | Error::TagExists { .. }
            | Error::TagIsVersion { .. }
            | Error::SpaceExists { .. }
            | Error::SpaceNotEmpty { .. } => Kind::Exists,
            Error::MissingPart { .. } | Error::PartSize { .. } | Error::WrongBytes(_) => {
                Kind::Invalid
            }
            Error::BlobInUse { .. } => Kind::Exists,
            Error::Upload { source } => Kind::of_io(source),
            Error::Random { .. } => Kind::System,
            Error::Immutable { .. } | Error::ChartsOnly { .. } => Kind::Denied,
            Error::Blob { source: BlobProblem::Io(error), .. } => Kind::of_io(error),
            Error::SpaceRecord { .. }
            | Error::MissingBlob { .. }
            | Error::Blob { .. }
            | Error::Meta { .. }
            | Error::Part { .. }
            | Error::Manifest { .. } => Kind::Damaged,
            Error::Moved { .. } => Kind::Locked,
            Error::Unclear(error) => error.kind(),
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Error::Storage(error) => return error.hint(),
            Error::Name(error) => return error.hint(),
            Error::NotFound { near, .. } if !near.is_empty() => {
                format!("did you mean {}?", near.join(", or "))
            }
            Error::NotFound { what: "space", .. } => {
                "`hreg space list` shows all spaces".to_owned()
            }
            Error::NotFound { what, name, .. } => match Reference::parse(name) {
                Ok(name) if *what != "chart" => {
                    format!("`hreg list {}` shows what is there", name.repository)
                }
                _ => "`hreg list` shows what is there".to_owned(),
            },
            Error::WrongDigest { .. } => {
                "leave the tag or the digest away, or correct one of them".to_owned()
            }
            Error::NoTag { versions, .. } if versions.is_empty() => return None,
            Error::NoTag { repository, versions } => format!(
                "say for instance {repository}:{}; `hreg remove --all {repository}` removes all",
                versions[versions.len() - 1]
            ),
            Error::NoneInRange { versions, .. } => {
                format!(
                    "the highest are {}; a range has pre-releases only where it names one",
                    versions.join(", ")
                )
            }
            Error::WrongChart { right, .. } => format!("use {right}"),
            Error::VersionExists { .. } => {
                "leave --no-overwrite away to replace it, or raise the chart's version".to_owned()
            }
            Error::Immutable { .. } => "raise the chart's version".to_owned(),
            Error::TagExists { .. } | Error::TagIsVersion { .. } => "choose another tag".to_owned(),
            Error::ChartsOnly { .. } => "choose another space".to_owned(),
            Error::MissingPart { .. } => "send what the manifest lists before it".to_owned(),
            Error::BlobInUse { .. } => "remove that manifest first".to_owned(),
            Error::SpaceExists { .. }
            | Error::PartSize { .. }
            | Error::WrongBytes(_)
            | Error::Upload { .. }
            | Error::Random { .. } => return None,
            Error::SpaceNotEmpty { space, .. } => {
                format!("`hreg space remove {space} --yes` removes the charts too")
            }
            Error::SpaceRecord { .. }
            | Error::MissingBlob { .. }
            | Error::Blob { .. }
            | Error::Meta { .. }
            | Error::Part { .. }
            | Error::Manifest { .. } => VERIFY.to_owned(),
            Error::Moved { .. } => "run the command again".to_owned(),
            Error::Unclear(_) => {
                "`hreg verify --repair` moves what is damaged aside; collect after that".to_owned()
            }
        })
    }
}
