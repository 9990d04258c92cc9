//! The walk itself: folders in lexical order, links followed, loops found.

use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};

use super::super::archive::{self, MAX_FILE_BYTES};
use super::super::ignore::Rules;
use super::{Error, FolderFile, MAX_ENTRIES};

/// Holds a folder that is being walked.
struct Level {
    /// The path as the walk came to it, links and all.
    path: PathBuf,
    /// The path in the chart, with a slash at its end unless it is empty.
    prefix: String,
    /// The folder itself, free of links, by which a loop is known.
    resolved: PathBuf,
    /// The names still to be visited, the next one last.
    names: Vec<OsString>,
}

struct Walk<'w> {
    root: &'w Path,
    rules: &'w Rules,
    levels: Vec<Level>,
    seen: usize,
}

/// Gives each file that is not ignored to `found`.
pub(super) fn walk(
    root: &Path,
    rules: &Rules,
    found: &mut dyn FnMut(FolderFile) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut walk = Walk { root, rules, levels: Vec::new(), seen: 0 };
    let resolved = fs::canonicalize(root).map_err(|error| failed(root, error))?;
    walk.enter(root.to_owned(), String::new(), resolved)?;
    while let Some(level) = walk.levels.last_mut() {
        match level.names.pop() {
            None => drop(walk.levels.pop()),
            Some(name) => walk.visit(&name, found)?,
        }
    }
    Ok(())
}

impl Walk<'_> {
    fn enter(&mut self, path: PathBuf, prefix: String, resolved: PathBuf) -> Result<(), Error> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&path).map_err(|error| failed(&path, error))? {
            self.seen += 1;
            if self.seen > MAX_ENTRIES {
                return Err(Error::TooMany { path: self.root.to_owned() });
            }
            names.push(entry.map_err(|error| failed(&path, error))?.file_name());
        }
        names.sort_by(|one, other| other.cmp(one));
        self.levels.push(Level { path, prefix, resolved, names });
        Ok(())
    }

    fn visit(
        &mut self,
        name: &OsString,
        found: &mut dyn FnMut(FolderFile) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let Some(level) = self.levels.last() else { return Ok(()) };
        let path = level.path.join(name);
        let in_chart = format!("{}{}", level.prefix, name.to_string_lossy());
        let (resolved, metadata) = self.follow(&path, level.resolved.join(name))?;
        if self.rules.ignores(&in_chart, metadata.is_dir()) {
            return Ok(());
        }
        if name.to_str().is_none() {
            return Err(Error::NotUtf8 { path });
        }
        if metadata.is_dir() {
            return self.enter(path, in_chart + "/", resolved);
        }
        found(check(path, in_chart, &metadata)?)
    }

    /// Follows a link, even one that is to be ignored, as Helm does.
    fn follow(&self, path: &Path, plain: PathBuf) -> Result<(PathBuf, Metadata), Error> {
        let metadata = fs::symlink_metadata(path).map_err(|error| failed(path, error))?;
        if !metadata.is_symlink() {
            return Ok((plain, metadata));
        }
        let fail = |source| Error::Link { path: path.to_owned(), source };
        let target = fs::canonicalize(path).map_err(fail)?;
        let metadata = fs::metadata(&target).map_err(fail)?;
        if self.levels.iter().any(|level| level.resolved == target) {
            return Err(Error::Loop { path: path.to_owned(), target });
        }
        Ok((target, metadata))
    }
}

fn check(path: PathBuf, name: String, metadata: &Metadata) -> Result<FolderFile, Error> {
    if !metadata.is_file() {
        return Err(Error::Irregular { path });
    }
    if metadata.len() > MAX_FILE_BYTES {
        return Err(Error::FileTooLarge { path });
    }
    match archive::clean_name(format!("chart/{name}").as_bytes()) {
        Ok(read_back) if read_back == name => {}
        Ok(_) => return Err(Error::Name { path, cause: None }),
        Err(cause) => return Err(Error::Name { path, cause: Some(Box::new(cause)) }),
    }
    Ok(FolderFile { name, path, mode: mode(metadata), size: metadata.len() })
}

#[cfg(unix)]
fn mode(metadata: &Metadata) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    if metadata.permissions().mode() & 0o100 != 0 { 0o755 } else { 0o644 }
}

#[cfg(not(unix))]
fn mode(_: &Metadata) -> u32 {
    0o644
}

fn failed(path: &Path, source: std::io::Error) -> Error {
    Error::Read { path: path.to_owned(), source }
}
