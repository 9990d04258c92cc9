//! Why a registry cannot be served.

use std::io;

use crate::digest::Digest;
use crate::error::{Classified, Kind};
use crate::name::Host;
use crate::{remote, storage};

/// Says why a registry cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The place is none.
    #[error("{text:?} is no place on a registry: {reason}")]
    Place {
        /// The text as given.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The registry could not be asked.
    #[error(transparent)]
    Remote(#[from] remote::Error),
    /// The registry does not tell which repositories it has.
    #[error("{host} does not list its repositories")]
    Catalogue {
        /// The registry.
        host: Host,
        /// What it says.
        source: remote::Error,
    },
    /// The cache cannot be used.
    #[error(transparent)]
    Cache(#[from] storage::Error),
    /// What was fetched cannot be kept.
    #[error("cannot keep what was fetched")]
    Keep(#[source] io::Error),
    /// A chart cannot be kept, as a part of it is not there.
    #[error("cannot keep {chart} for when the registry is away: its part {blob} is not there")]
    Incomplete {
        /// The chart.
        chart: String,
        /// The part.
        blob: Box<Digest>,
    },
    /// The cache is no cache, but a store with charts of its own.
    #[error("cannot keep what is fetched in a store that has charts of its own: it has {found}")]
    NoCache {
        /// One of its spaces, or of its blobs if it has no spaces.
        found: String,
    },
}

impl Classified for Error {
    fn kind(&self) -> Kind {
        match self {
            Error::Place { .. } | Error::NoCache { .. } => Kind::Invalid,
            Error::Remote(error) | Error::Catalogue { source: error, .. } => error.kind(),
            Error::Cache(error) => error.kind(),
            Error::Keep(error) => Kind::of_io(error),
            Error::Incomplete { .. } => Kind::Unreachable,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Error::Place { .. } => Some("a place is HOST[:PORT][/PATH]".to_owned()),
            Error::NoCache { .. } => Some("name another folder with --store".to_owned()),
            Error::Catalogue { source, .. } => {
                let other = source.hint().map(|hint| format!("{hint}, or "));
                let other = other.unwrap_or_default();
                Some(format!("{other}name the repositories that are to be served"))
            }
            Error::Remote(error) => error.hint(),
            Error::Cache(error) => error.hint(),
            Error::Keep(_) | Error::Incomplete { .. } => None,
        }
    }
}

impl Error {
    /// Tells why the repositories of a registry are not known. Many registries do not list them.
    pub(super) fn of_catalogue(host: &Host, error: remote::Error) -> Error {
        use remote::Error::{NotFound, Server, Unauthorized};
        match error {
            NotFound { .. } | Unauthorized { .. } | Server { status: 400..=499 | 501, .. } => {
                Error::Catalogue { host: host.clone(), source: error }
            }
            other => other.into(),
        }
    }
}

/// Turns a failure of the registry into one of a storage.
pub(super) fn elsewhere(error: remote::Error) -> storage::Error {
    storage::Error::Elsewhere { kind: error.kind(), message: with_causes(&error) }
}

/// Writes an error with its causes.
pub(super) fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
