//! What can go wrong between the store and the places where charts live.

use std::io;
use std::path::PathBuf;

use crate::digest::{self, Digest};
use crate::error::{Classified, Kind};
use crate::name::{ChartName, Host, Range, Reference, Repository, Version};
use crate::remote;

/// Says why a chart was not carried from one place to another.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The registry or repository refused or failed.
    #[error(transparent)]
    Remote(#[from] remote::Error),
    /// Credentials cannot be read or kept.
    #[error(transparent)]
    Credentials(#[from] remote::credentials::Error),
    /// The registry does not take a name and a password.
    #[error("cannot log in to {host}: it does not take this name and password{message}")]
    LoginRefused {
        /// The registry.
        host: Host,
        /// What it says about it, after a colon, or nothing.
        message: String,
    },
    /// There is no credential to forget.
    #[error("not logged in to {host}")]
    NotLoggedIn {
        /// The registry.
        host: Host,
    },
    /// A tag is there with another manifest.
    #[error("{reference} is there already with another manifest, {there}")]
    TagTaken {
        /// The tag.
        reference: Reference,
        /// What it leads to.
        there: Box<Digest>,
    },
    /// An index leads to too many manifests.
    #[error("the index leads to more than {most} manifests")]
    TooManyManifests {
        /// How many are allowed.
        most: usize,
    },
    /// Indexes lead to indexes again and again.
    #[error("the index leads to others more than {most} deep")]
    TooDeep {
        /// How deep they may lie.
        most: usize,
    },
    /// A destination was given for several charts.
    #[error("cannot push {count} charts to one reference, {reference}")]
    OneTarget {
        /// The reference.
        reference: Box<Reference>,
        /// How many charts there are.
        count: usize,
    },
    /// A folder has the name of the one that a chart was to be written to.
    #[error("{} is there already", path.display())]
    FolderExists {
        /// The folder.
        path: PathBuf,
    },
    /// A destination does not end in the chart's name.
    #[error("{reference} does not end in the name of the chart, {chart}")]
    NotItsName {
        /// The destination.
        reference: Box<Reference>,
        /// The chart's name.
        chart: ChartName,
    },
    /// A destination has the tag of another version.
    #[error("{reference} would be another version than the chart's, {version}")]
    NotItsVersion {
        /// The destination.
        reference: Box<Reference>,
        /// The chart's version.
        version: Version,
    },
    /// Nothing says where to push to.
    #[error(
        "there is no registry to push it to: neither the reference nor a destination names one"
    )]
    NoTarget,
    /// A destination names no registry.
    #[error("{target} names no registry")]
    NoHost {
        /// The destination.
        target: String,
    },
    /// What was to be pushed is a folder, or something else that is no file.
    #[error("cannot push {}: it is no packaged chart (.tgz)", path.display())]
    NotAnArchive {
        /// Its path.
        path: PathBuf,
    },
    /// A copy has neither tag to go by nor tag to get.
    #[error("cannot copy to {target}: neither it nor the source has a tag")]
    CopyWithoutTag {
        /// The target.
        target: Box<Reference>,
    },
    /// A reference to a registry says neither tag nor digest.
    #[error("{repository} needs a tag or a digest")]
    WithoutTag {
        /// The repository.
        repository: Repository,
    },
    /// A tag on a registry and the digest beside it disagree.
    #[error("{reference} disagrees with itself: the tag leads to {actual}, not to {expected}")]
    TwoDigests {
        /// The reference.
        reference: Reference,
        /// The digest in the reference.
        expected: Box<Digest>,
        /// What the tag leads to.
        actual: Box<Digest>,
    },
    /// What a tag leads to is no chart.
    #[error("{reference} is no chart: {reason}")]
    NoChart {
        /// The reference.
        reference: Reference,
        /// What it is.
        reason: String,
    },
    /// A manifest lists more than any chart has.
    #[error("the manifest lists {digest} with {size} bytes; at most {limit} are read")]
    PartTooLarge {
        /// The part.
        digest: Box<Digest>,
        /// Its size, as the manifest says.
        size: u64,
        /// The limit.
        limit: u64,
    },
    /// A manifest lists very much besides its chart.
    #[error("the manifest lists {size} bytes besides the chart; at most {limit} are read")]
    OthersTooLarge {
        /// The sizes of the other layers together, as the manifest says.
        size: u64,
        /// The limit.
        limit: u64,
    },
    /// Bytes did not come as they should.
    #[error("the download broke off")]
    Broken {
        /// Why.
        source: io::Error,
    },
    /// Bytes are not those that were listed.
    #[error("what came is not what the manifest lists")]
    Wrong {
        /// What is wrong with them.
        source: digest::Error,
    },
    /// A chart calls itself otherwise than what it was asked for by.
    #[error("{reference} is the chart {chart} by its Chart.yaml, but its {place} says {says}")]
    Disagrees {
        /// The reference.
        reference: Reference,
        /// What Chart.yaml says.
        chart: String,
        /// What says otherwise.
        place: &'static str,
        /// What that says.
        says: String,
    },
    /// A chart that must be signed is not.
    #[error("{chart} is not signed: no signature file came with it")]
    Unsigned {
        /// Chart and version.
        chart: String,
    },
    /// No version is in a range.
    #[error("no version of {name} is in the range {range:?}", range = range.to_string())]
    NoneInRange {
        /// The chart.
        name: String,
        /// The range.
        range: Range,
        /// The highest versions that are there.
        versions: Vec<String>,
    },
    /// An index has no such chart.
    #[error("the repository {url} has no chart {name}")]
    NotInIndex {
        /// The chart.
        name: String,
        /// The repository.
        url: String,
    },
    /// An entry of an index cannot be used.
    #[error("the index entry of {entry} cannot be used: {reason}")]
    IndexEntry {
        /// Chart and version.
        entry: String,
        /// Why not.
        reason: String,
    },
    /// An archive is not the one that the index lists.
    #[error("{url} has the digest {actual}, but the index says {expected}")]
    IndexDigest {
        /// The address.
        url: String,
        /// The digest in the index.
        expected: Box<Digest>,
        /// The digest of what came.
        actual: Box<Digest>,
    },
    /// A chart calls itself otherwise than the index does.
    #[error("{url} is the chart {chart} by its Chart.yaml, but the index says {entry}")]
    IndexDisagrees {
        /// The address.
        url: String,
        /// What Chart.yaml says.
        chart: String,
        /// What the index says.
        entry: String,
    },
}

impl Error {
    /// Tells whether an argument was missing, or contradicted another one.
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            Error::OneTarget { .. }
                | Error::NoTarget
                | Error::NoHost { .. }
                | Error::CopyWithoutTag { .. }
                | Error::WithoutTag { .. }
        )
    }

    /// Finds what really failed behind a reader's error.
    pub(in crate::ops) fn broken(error: io::Error) -> Error {
        match remote::Error::from_read(error).map_err(io::Error::downcast::<digest::Error>) {
            Ok(error) => error.into(),
            Err(Ok(source)) => Error::Wrong { source },
            Err(Err(source)) => Error::Broken { source },
        }
    }
}

impl Classified for Error {
    fn kind(&self) -> Kind {
        match self {
            Error::Remote(error) => error.kind(),
            Error::Credentials(error) => error.kind(),
            Error::LoginRefused { .. } => Kind::Unauthorized,
            Error::NotLoggedIn { .. } => Kind::NotFound,
            Error::TagTaken { .. } | Error::FolderExists { .. } => Kind::Exists,
            Error::Unsigned { .. } => Kind::Denied,
            Error::NoneInRange { .. } | Error::NotInIndex { .. } => Kind::NotFound,
            Error::Broken { source } => Kind::of_io(source),
            _ => Kind::Invalid,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Error::Remote(error) => return error.hint(),
            Error::Credentials(error) => return error.hint(),
            Error::TagTaken { .. } => "--force moves the tag".to_owned(),
            Error::FolderExists { .. } => {
                "remove it, or name another place with -d; the chart is in the store".to_owned()
            }
            Error::NotInIndex { url, .. } => {
                format!("`hreg search --repo {url}` lists what is there")
            }
            Error::OneTarget { reference, .. } => {
                format!("oci://{} takes each chart's own name", reference.repository.space)
            }
            Error::NotItsName { reference, .. } if reference.tag.is_none() => {
                format!("oci://{} pushes it below that path", reference.repository)
            }
            Error::NotItsName { reference, chart } => {
                let tag = reference.tag.as_ref().map_or(String::new(), |tag| format!(":{tag}"));
                format!("use {}/{chart}{tag}", reference.repository.space)
            }
            Error::NotItsVersion { reference, version } => format!(
                "use {}:{}, or a tag that is no version",
                reference.repository,
                version.tag()
            ),
            Error::NoTarget => "name one, such as oci://registry.example.com/charts".to_owned(),
            Error::NoHost { target } => format!("say oci://HOST/{target}"),
            Error::NotAnArchive { .. } => {
                "save the folder first: `hreg save` prints the reference to push".to_owned()
            }
            Error::CopyWithoutTag { target } => format!("say {target}:TAG"),
            Error::Unsigned { .. } => "leave --verify away to take it as it is".to_owned(),
            Error::WithoutTag { repository } => format!("say {repository}:TAG"),
            Error::NoneInRange { versions, range, .. } if !versions.is_empty() => {
                let devel =
                    if range.to_string() == "*" { "; --devel takes pre-releases" } else { "" };
                format!("there are {}{devel}", versions.join(", "))
            }
            _ => return None,
        })
    }
}
