//! Symbolic links, moved from one target to another in one atomic step.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Dir, FileType, Mode, OFlags, openat, readlinkat};
use rustix::io::Errno;

use super::{Error, file::unique, step_with};
use crate::parallel;

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

/// Lists the links in a folder whose names and targets are valid UTF-8, in no order.
///
/// A folder that is not there has none. Each link is read by its name in the open folder: walking
/// the whole path to each anew would take most of the time.
pub fn links(folder: &Path) -> Result<Vec<(String, String)>, Error> {
    let failed = |error: Errno| Error::new("list", folder, error.into());
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let open = match openat(CWD, folder, flags, Mode::empty()) {
        Err(Errno::NOENT) => return Ok(Vec::new()),
        result => result.map_err(failed)?,
    };
    let mut names = Vec::new();
    for entry in Dir::read_from(&open).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if matches!(entry.file_type(), FileType::Symlink | FileType::Unknown)
            && let Ok(name) = entry.file_name().to_str()
        {
            names.push(name.to_owned());
        }
    }
    let read = |name: &String| match readlinkat(&open, name.as_str(), Vec::new()) {
        // Gone by now; or not a link, where the folder does not tell.
        Err(Errno::NOENT | Errno::INVAL) => Ok(None),
        result => Ok(result.map_err(failed)?.into_string().ok()),
    };
    let targets = parallel::map(&names, 1000, read);
    let pairs = names.into_iter().zip(targets);
    pairs
        .filter_map(|(name, target)| Some(target.transpose()?.map(|target| (name, target))))
        .collect()
}
