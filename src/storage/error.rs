//! What can go wrong in a storage.

use std::path::PathBuf;

use super::Name;
use crate::digest::Digest;
use crate::disk::{self, lock::LockError};
use crate::error::{Classified, Kind};
use crate::name::Repository;

/// Says why a verb of the storage failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file system refused.
    #[error(transparent)]
    Disk(#[from] disk::Error),
    /// A lock could not be had.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The folder is no store, or not one for this hreg.
    #[error("cannot open the store {}: {reason}", path.display())]
    Format {
        /// The store's folder.
        path: PathBuf,
        /// What is wrong with it.
        reason: Format,
    },
    /// A link in the store points where no link of hreg's points.
    #[error("{name} of {repository} is damaged: it points to {target}")]
    Link {
        /// The repository.
        repository: Repository,
        /// The name that is a link.
        name: Name,
        /// Where it points.
        target: String,
    },
    /// The links of an entry are not what hreg makes.
    #[error("the entry of {manifest} in {repository} is damaged: {problem}")]
    Entry {
        /// The repository.
        repository: Repository,
        /// The manifest.
        manifest: Box<Digest>,
        /// What is wrong.
        problem: String,
    },
    /// What is stored elsewhere cannot be had.
    #[error("{message}")]
    Elsewhere {
        /// What kind of failure it is.
        kind: Kind,
        /// What was being done, and why it failed, with all causes.
        message: String,
    },
}

/// Says why a folder cannot be opened as a store.
#[derive(Debug, thiserror::Error)]
pub enum Format {
    /// There are other files in it.
    #[error("the folder is not empty and has no hreg-store.json")]
    NotAStore,
    /// Its format file cannot be read as one.
    #[error("its hreg-store.json is damaged: {0}")]
    Unreadable(String),
    /// Its format is of a later hreg.
    #[error("its format {0} is newer than this hreg, which knows format 1")]
    Newer(u64),
    /// It needs something that this hreg does not have.
    #[error("it needs {0:?}, which this hreg does not know")]
    UnknownFeature(String),
}

impl Classified for Error {
    fn kind(&self) -> Kind {
        match self {
            Error::Disk(error) => error.kind(),
            Error::Lock(error) => error.kind(),
            Error::Format { reason: Format::NotAStore, .. } => Kind::Invalid,
            Error::Format { reason: Format::Unreadable(_), .. } => Kind::Damaged,
            Error::Format { .. } => Kind::Unsupported,
            Error::Link { .. } | Error::Entry { .. } => Kind::Damaged,
            Error::Elsewhere { kind, .. } => *kind,
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Error::Disk(error) => return error.hint(),
            Error::Lock(error) => return error.hint(),
            Error::Format { reason: Format::NotAStore, .. } => {
                "name an empty or a new folder with --store or HREG_STORE"
            }
            Error::Format { reason: Format::Unreadable(_), .. } => {
                "put {\"formatVersion\":1,\"features\":[]} there if the rest of the store is whole"
            }
            Error::Format { .. } => "use the hreg that wrote the store, or a newer one",
            Error::Elsewhere { .. } => return None,
            Error::Link { .. } | Error::Entry { .. } => {
                "`hreg verify` lists all damage, `hreg verify --repair` moves it aside"
            }
        };
        Some(hint.to_owned())
    }
}
