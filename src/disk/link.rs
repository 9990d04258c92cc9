//! Symbolic links, moved from one target to another in one atomic step.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{Error, file::unique, step_with};

/// Creates a link; nothing must have its name.
pub fn symlink(target: &Path, link: &Path) -> Result<(), Error> {
    step_with("link", link, target, || std::os::unix::fs::symlink(target, link))
}

/// Points a link at a target, whether it is there or not; `temporary` is a folder beside it.
///
/// Whoever reads the link meanwhile sees the old target or the new one.
pub fn replace_link(target: &Path, link: &Path, temporary: &Path) -> Result<(), Error> {
    let new = unique(temporary);
    symlink(target, &new)?;
    let moved = super::rename(&new, link);
    if moved.is_err() {
        // The error that matters is the rename's; gc sweeps what is left.
        let _ = super::remove_file(&new);
    }
    moved
}

/// Reads where a link points, if it is there.
pub fn read_link(link: &Path) -> Result<Option<PathBuf>, Error> {
    match fs::read_link(link) {
        Ok(target) => Ok(Some(target)),
        Err(error)
            if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
        {
            Ok(None)
        }
        Err(error) => Err(Error::new("read the link", link, error)),
    }
}
