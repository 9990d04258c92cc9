//! What can be wrong with files of credentials. No text here ever holds a secret.

use std::path::PathBuf;

use super::keychain;
use crate::disk;
use crate::error::{Classified, Kind};

/// Says why a credential cannot be found, stored or erased.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read or written.
    #[error("cannot use the credentials file")]
    Disk(#[from] disk::Error),
    /// Somebody else kept the file locked.
    #[error(transparent)]
    Lock(#[from] disk::lock::LockError),
    /// A file is no JSON of the expected shape. The parser's own text is left out: it quotes.
    #[error(
        "cannot read the credentials file {}: it is malformed in line {line}, column {column}",
        path.display()
    )]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// The column, counted from 1.
        column: usize,
    },
    /// An entry of a file is of no use.
    #[error("cannot use the entry {server:?} in {}: {reason}", path.display())]
    Entry {
        /// The file.
        path: PathBuf,
        /// The key of the entry.
        server: String,
        /// The rule that it breaks.
        reason: &'static str,
    },
    /// A credential helper gave nothing.
    #[error("cannot get the credentials for {server:?} from the helper {program:?}, which {} names", path.display())]
    Helper {
        /// The program, without a folder.
        program: String,
        /// What it was asked for.
        server: String,
        /// The file that names it.
        path: PathBuf,
        /// What went wrong.
        source: keychain::Error,
    },
}

impl Classified for Error {
    fn kind(&self) -> Kind {
        match self {
            Error::Disk(error) => error.kind(),
            Error::Lock(error) => error.kind(),
            Error::Malformed { .. } | Error::Entry { .. } => Kind::Invalid,
            Error::Helper { source, .. } => source.kind(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Error::Disk(error) => error.hint(),
            Error::Lock(error) => error.hint(),
            Error::Malformed { .. } => None,
            Error::Entry { .. } => {
                Some("log in again, or take the entry out of the file".to_owned())
            }
            Error::Helper { program, path, .. } => Some(format!(
                "install {program}, or take it out of {} and use `hreg login`",
                path.display()
            )),
        }
    }
}
