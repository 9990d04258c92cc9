//! Symbolic links, moved from one target to another in one atomic step.

use std::ffi::OsStr;
use std::ffi::{CStr, CString};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Dir, FileType, Mode, OFlags, openat, readlinkat_raw};
use rustix::io::Errno;

use super::{Error, file::unique, interrupt, step_with};
use crate::parallel;

/// No link is longer on Linux and macOS: PATH_MAX, with the zero at the end.
const MOST_BYTES: usize = 4096;

/// Creates a link; nothing must have its name.
pub fn symlink(target: &Path, link: &Path) -> Result<(), Error> {
    step_with("link", link, target, || std::os::unix::fs::symlink(target, link))
}

/// Points a link at a target, whether it is there or not; `temporary` is a folder beside it.
///
/// Whoever reads the link meanwhile sees the old target or the new one.
pub fn replace_link(target: &Path, link: &Path, temporary: &Path) -> Result<(), Error> {
    match symlink(target, link) {
        Err(error) if error.io().kind() == io::ErrorKind::AlreadyExists => {}
        // A new link needs no other name before its own: it is there with its target, or not at all.
        made => return made,
    }
    let new = unique(temporary);
    step_with("link", &new, target, || {
        std::os::unix::fs::symlink(target, &new).inspect(|()| interrupt::remember(&new))
    })?;
    let moved = super::rename(&new, link);
    if moved.is_err() {
        // The error that matters is the rename's; gc sweeps what is left.
        let _ = super::remove_file(&new);
    }
    moved
}

/// Reads where a link points, if it is there.
pub fn read_link(link: &Path) -> Result<Option<PathBuf>, Error> {
    read_link_as(link, Path::to_owned)
}

/// Reads where a link points, as what `read` makes of it, if it is there.
pub fn read_link_as<T>(link: &Path, read: impl FnOnce(&Path) -> T) -> Result<Option<T>, Error> {
    let mut buffer = [MaybeUninit::uninit(); MOST_BYTES];
    match readlinkat_raw(CWD, link, &mut buffer) {
        Ok((target, _)) => Ok(Some(read(Path::new(OsStr::from_bytes(target))))),
        Err(Errno::NOENT | Errno::NOTDIR) => Ok(None),
        Err(error) => Err(Error::new("read the link", link, error.into())),
    }
}

/// Lists the links in a folder, in no order, as what `named` makes of their names and `target` of
/// where they point; what one of them makes nothing of, or is no UTF-8, is left out.
///
/// A folder that is not there has none. Each link is read by its name in the open folder: walking
/// the whole path to each anew would take most of the time. One whose name is not wanted is not
/// read at all.
pub fn links<K: Send, V: Send>(
    folder: &Path,
    named: impl Fn(&str) -> Option<K> + Sync,
    target: impl Fn(&str) -> Option<V> + Sync,
) -> Result<Vec<(K, V)>, Error> {
    let failed = |error: Errno| Error::new("list", folder, error.into());
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let open = match openat(CWD, folder, flags, Mode::empty()) {
        Err(Errno::NOENT) => return Ok(Vec::new()),
        result => result.map_err(failed)?,
    };
    let mut names = Vec::new();
    for entry in Dir::read_from(&open).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if matches!(entry.file_type(), FileType::Symlink | FileType::Unknown) {
            names.push(entry.file_name().to_owned());
        }
    }
    let read = |name: &CString| {
        let Some(named) = name.to_str().ok().and_then(&named) else { return Ok(None) };
        Ok(read_at(&open, name, &target).map_err(failed)?.map(|target| (named, target)))
    };
    parallel::map(&names, 1000, read).into_iter().filter_map(Result::transpose).collect()
}

/// Reads a link in an open folder; none if it has gone, or is no link, where the folder does not
/// tell.
fn read_at<V>(
    folder: &OwnedFd,
    name: &CStr,
    target: impl Fn(&str) -> Option<V>,
) -> Result<Option<V>, Errno> {
    let mut buffer = [MaybeUninit::uninit(); MOST_BYTES];
    match readlinkat_raw(folder, name, &mut buffer) {
        Ok((bytes, _)) => Ok(str::from_utf8(bytes).ok().and_then(target)),
        Err(Errno::NOENT | Errno::INVAL) => Ok(None),
        Err(error) => Err(error),
    }
}
