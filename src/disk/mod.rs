//! The only door to the file system for writing.
//!
//! Everything that changes a file, a folder or a link goes through a function of this module, so
//! that durability is decided in one place, every error names its path, and a test build can fail
//! or stop the process at any of them (see [`fault`]). What is written where, and in which order,
//! is left to the callers.

#[cfg(debug_assertions)]
pub mod fault;
mod file;
mod folder;
mod growing;
mod interrupt;
mod link;
pub mod lock;
mod sending;
mod stamp;

use std::io;
use std::path::{Path, PathBuf};

pub use file::{NewFile, WrittenFile, read, read_optional, remove_file, set_modified, touch};
pub use folder::{
    Synced, create_folder, create_folders, create_private_folders, entries, is_empty_folder,
    new_folder, remove_empty_folder, remove_tree, rename, rename_new, sync_file_system,
    sync_folder,
};
pub use growing::GrowingFile;
pub use interrupt::abandon;
pub use link::{links, read_link, read_link_as, replace_link, symlink};
pub use sending::{CAN_SEND, send};
pub use stamp::{Stamp, stamp};

use crate::error::{Classified, Kind};

/// Says which step on the file system failed, on what, and why.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} {}", path.display())]
pub struct Error {
    action: &'static str,
    path: PathBuf,
    source: io::Error,
}

impl Error {
    /// Tells the error of a system call apart from others by what was tried, and on what.
    pub fn new(action: &'static str, path: &Path, source: io::Error) -> Error {
        Error { action, path: path.to_owned(), source }
    }

    /// Tells what it was tried on.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the system's own reason.
    pub fn io(&self) -> &io::Error {
        &self.source
    }
}

impl Classified for Error {
    fn kind(&self) -> Kind {
        Kind::of_io(&self.source)
    }

    fn hint(&self) -> Option<String> {
        let hint = match self.kind() {
            Kind::NoSpace => {
                "free some space there; on the disk of the store, `hreg gc` removes what no chart uses"
            }
            Kind::Denied => "check who may write there, and whether the disk is mounted read-only",
            _ => return None,
        };
        Some(hint.to_owned())
    }
}

/// Runs one step that changes the file system, and names it where it fails.
fn step<T>(
    action: &'static str,
    path: &Path,
    run: impl FnOnce() -> io::Result<T>,
) -> Result<T, Error> {
    step_with(action, path, Path::new(""), run)
}

/// Runs a step that has to do with another path too: where a link points, what is renamed.
fn step_with<T>(
    action: &'static str,
    path: &Path,
    other: &Path,
    run: impl FnOnce() -> io::Result<T>,
) -> Result<T, Error> {
    counted(action, path, || other.display(), run)
        .map_err(|source| Error::new(action, path, source))
}

/// Lets a test build fail before a step, and write it down after.
#[cfg(debug_assertions)]
fn counted<T, D: std::fmt::Display>(
    action: &'static str,
    path: &Path,
    detail: impl FnOnce() -> D,
    run: impl FnOnce() -> io::Result<T>,
) -> io::Result<T> {
    fault::before()?;
    let done = interrupt::uninterrupted(run)?;
    fault::after(action, path, detail);
    Ok(done)
}

#[cfg(not(debug_assertions))]
fn counted<T, D: std::fmt::Display>(
    _action: &'static str,
    _path: &Path,
    _detail: impl FnOnce() -> D,
    run: impl FnOnce() -> io::Result<T>,
) -> io::Result<T> {
    interrupt::uninterrupted(run)
}

#[cfg(test)]
mod tests;
