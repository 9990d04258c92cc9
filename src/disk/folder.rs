//! Folders: made, listed, renamed, synced.

use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use super::{Error, file::unique, interrupt, step, step_with};

/// Says which folders have to be synced before a change in them is durable.
pub type Synced = std::collections::BTreeSet<PathBuf>;

/// Creates one folder; it must not be there.
pub fn create_folder(path: &Path) -> Result<(), Error> {
    step("create the folder", path, || fs::create_dir(path))
}

/// Creates a folder and those above it, for their user alone (0700); what is there stays as it is.
pub fn create_private_folders(path: &Path) -> Result<(), Error> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true).mode(0o700);
    step("create the folder", path, || builder.create(path))
}

/// Creates a folder in another, with a name nobody else has.
pub fn new_folder(folder: &Path) -> Result<PathBuf, Error> {
    let path = unique(folder);
    step("create the folder", &path, || {
        fs::create_dir(&path).inspect(|()| interrupt::remember(&path))
    })?;
    Ok(path)
}

/// Creates a folder and those above it, and notes in `changed` which folders got a new entry.
pub fn create_folders(path: &Path, changed: &mut Synced) -> Result<(), Error> {
    if path.is_dir() {
        return Ok(());
    }
    // The parent of a relative path of one part is the empty path, which no system call takes.
    let parent = match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => Path::new("/"),
    };
    create_folders(parent, changed)?;
    match create_folder(path) {
        // Another process made it meanwhile; it may not have synced it yet.
        Err(error) if error.io().kind() == io::ErrorKind::AlreadyExists && path.is_dir() => {}
        result => result?,
    }
    changed.insert(parent.to_owned());
    Ok(())
}

/// Makes the names in a folder survive a loss of power.
pub fn sync_folder(path: &Path) -> Result<(), Error> {
    step("sync", path, || fs::File::open(path)?.sync_all())
}

/// Makes everything on the file system of `path` survive a loss of power, in one go.
pub fn sync_file_system(path: &Path) -> Result<(), Error> {
    step("sync the file system of", path, || {
        let folder = fs::File::open(path)?;
        #[cfg(target_os = "linux")]
        rustix::fs::syncfs(&folder)?;
        #[cfg(not(target_os = "linux"))]
        {
            drop(folder);
            rustix::fs::sync();
        }
        Ok(())
    })
}

/// Renames a file, a link or a folder, over a file or an empty folder that has the name.
pub fn rename(from: &Path, to: &Path) -> Result<(), Error> {
    step_with("put in place", to, from, || fs::rename(from, to))?;
    interrupt::forget(from);
    Ok(())
}

/// Renames a file, a link or a folder, unless something has the name already.
pub fn rename_new(from: &Path, to: &Path) -> Result<(), Error> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use rustix::io::Errno;
    step_with("put in place", to, from, || {
        match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
            // A file system without the flag: there is a gap between look and rename, in which
            // the callers' locks keep other writers out.
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => match to.symlink_metadata() {
                Ok(_) => Err(io::ErrorKind::AlreadyExists.into()),
                Err(_) => fs::rename(from, to),
            },
            result => Ok(result?),
        }
    })?;
    interrupt::forget(from);
    Ok(())
}

/// Removes a folder if it is empty, and tells whether it went.
pub fn remove_empty_folder(path: &Path) -> Result<bool, Error> {
    step("remove the folder", path, || match fs::remove_dir(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(false),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    })
}

/// Removes a folder with all in it, never following a link; one that is gone is no error.
pub fn remove_tree(path: &Path) -> Result<(), Error> {
    step("remove the folder", path, || match fs::remove_dir_all(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    })?;
    interrupt::forget(path);
    Ok(())
}

/// Tells whether a folder has nothing in it, or is not there.
pub fn is_empty_folder(path: &Path) -> Result<bool, Error> {
    match fs::read_dir(path) {
        Ok(mut listing) => Ok(listing.next().is_none()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(Error::new("list", path, error)),
    }
}

/// Lists the names in a folder that are valid UTF-8, in no order, with what they are.
///
/// A folder that is not there has no entries. Other names cannot be hreg's.
pub fn entries(path: &Path) -> Result<Vec<(String, fs::FileType)>, Error> {
    let failed = |source| Error::new("list", path, source);
    let listing = match fs::read_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        result => result.map_err(failed)?,
    };
    let mut entries = Vec::new();
    for entry in listing {
        let entry = entry.map_err(failed)?;
        if let Ok(name) = entry.file_name().into_string() {
            entries.push((name, entry.file_type().map_err(failed)?));
        }
    }
    Ok(entries)
}
