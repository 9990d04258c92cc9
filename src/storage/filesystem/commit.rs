//! Adding: blobs, then entries, then names, each durable before the next becomes visible.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::layout::{self, path};
use super::{blobs, entries, folders, holds, names, sweep, sync_folders};
use crate::digest::Digest;
use crate::disk::{self, Synced, WrittenFile};
use crate::error::{Classified as _, Kind};
use crate::name::Repository;
use crate::storage::blob::StagedBytes;
use crate::storage::{Commit, Entry, Error, Name, Staged};

/// From this many syncs on, one of the whole file system is cheaper.
const MANY: usize = 24;

/// Carries out a commit.
///
/// The order is what keeps the store whole when power fails at any moment: a name is visible only
/// when its entry is durable, an entry only when its blobs are. What nobody sees yet, such as
/// entries under a temporary name and empty folders, is made first, so that the sync of the blobs'
/// bytes serves it too. A hold comes together with its blob: without that it says nothing.
pub(super) fn run(root: &Path, commit: Commit) -> Result<(), Error> {
    let mut changed = Changed { root, folders: BTreeSet::new() };
    let prepared = prepare_entries(root, &commit.entries, &mut changed)?;
    make_name_folders(root, &commit.names, &mut changed)?;
    for (repository, _) in &commit.holds {
        folders::make_innermost(root, &layout::holds(repository), &mut changed.folders)?;
    }
    let new = keep_old_blobs(root, commit.blobs, &mut changed)?;
    changed.sync(new.iter().map(|(file, _)| file))?;
    place_blobs(new, &mut changed)?;
    place_holds(root, &commit.holds, &mut changed)?;
    changed.sync([])?;
    place_entries(root, prepared, &mut changed)?;
    changed.sync([])?;
    place_names(root, &commit.names, &mut changed)?;
    changed.sync([])
}

/// Collects the folders that must be synced before the next step.
struct Changed<'a> {
    root: &'a Path,
    folders: Synced,
}

impl Changed<'_> {
    /// Notes that the folder of `path` got a new name.
    fn add(&mut self, path: &Path) {
        self.folders.extend(path.parent().map(Path::to_owned));
    }

    /// Makes files and the folders that were noted durable.
    fn sync<'f>(&mut self, files: impl IntoIterator<Item = &'f WrittenFile>) -> Result<(), Error> {
        let files: Vec<&WrittenFile> = files.into_iter().collect();
        let folders = std::mem::take(&mut self.folders);
        if files.len() + folders.len() > MANY {
            return Ok(disk::sync_file_system(self.root)?);
        }
        files.into_iter().try_for_each(WrittenFile::sync)?;
        Ok(sync_folders(folders)?)
    }
}

/// Keeps the blobs that are there and whole, and gives the files of the others with their places.
fn keep_old_blobs(
    root: &Path,
    staged: Vec<Staged>,
    changed: &mut Changed<'_>,
) -> Result<Vec<(WrittenFile, PathBuf)>, Error> {
    let mut new = Vec::new();
    for staged in staged {
        let digest = staged.blob().digest();
        let place = root.join(layout::blob(&digest));
        if blobs::is_whole(&place, &digest)? {
            // So that a collection running beside sees that the blob is wanted.
            disk::touch(&place)?;
            changed.add(&place);
        } else if let StagedBytes::File(file) = staged.bytes {
            new.push((file, place));
        }
    }
    Ok(new)
}

fn place_blobs(new: Vec<(WrittenFile, PathBuf)>, changed: &mut Changed<'_>) -> Result<(), Error> {
    for (file, place) in new {
        file.persist(&place)?;
        changed.add(&place);
    }
    Ok(())
}

/// Is an entry under a temporary name, and the place it is meant for.
struct Prepared {
    folder: PathBuf,
    place: PathBuf,
}

fn prepare_entries(
    root: &Path,
    wanted: &[(Repository, Entry)],
    changed: &mut Changed<'_>,
) -> Result<Vec<Prepared>, Error> {
    let mut prepared = Vec::new();
    for (repository, entry) in wanted {
        let place = root.join(layout::entry(repository, &entry.manifest));
        folders::make_manifests(root, repository, &mut changed.folders)?;
        match entries::read(root, repository, &entry.manifest) {
            // Synced all the same: whoever made it may not have come to that yet.
            Ok(Some(found)) if found == *entry => changed.add(&place),
            _ => prepared.push(prepare_entry(root, repository, entry, place, changed)?),
        }
    }
    Ok(prepared)
}

fn prepare_entry(
    root: &Path,
    repository: &Repository,
    entry: &Entry,
    place: PathBuf,
    changed: &mut Changed<'_>,
) -> Result<Prepared, Error> {
    let folder = disk::new_folder(&root.join(path::TEMPORARY))?;
    for (name, target) in entries::links(repository, entry) {
        let link = folder.join(name);
        disk::symlink(&target, &link)?;
        changed.add(&link);
    }
    Ok(Prepared { folder, place })
}

fn place_entries(
    root: &Path,
    prepared: Vec<Prepared>,
    changed: &mut Changed<'_>,
) -> Result<(), Error> {
    for Prepared { folder, place } in prepared {
        match disk::rename(&folder, &place) {
            // A damaged entry is in the way: all that is in it is links, made anew here.
            Err(error) if error.kind() == Kind::Exists => {
                sweep::remove_entry(root, &place)?;
                disk::rename(&folder, &place)?;
            }
            result => result?,
        }
        changed.add(&place);
    }
    Ok(())
}

/// Makes the links anew even where they are there: a hold counts from when it was last asked for.
fn place_holds(
    root: &Path,
    wanted: &[(Repository, Digest)],
    changed: &mut Changed<'_>,
) -> Result<(), Error> {
    for (repository, blob) in wanted {
        let link = root.join(holds::link(repository, blob));
        let target = holds::target(repository, blob);
        disk::replace_link(&target, &link, &root.join(path::TEMPORARY))?;
        changed.add(&link);
    }
    Ok(())
}

fn make_name_folders(
    root: &Path,
    wanted: &[(Repository, Name, Digest)],
    changed: &mut Changed<'_>,
) -> Result<(), Error> {
    for (repository, name, _) in wanted {
        let folder = names::folder(repository, name);
        folders::make_innermost(root, &folder, &mut changed.folders)?;
    }
    Ok(())
}

fn place_names(
    root: &Path,
    wanted: &[(Repository, Name, Digest)],
    changed: &mut Changed<'_>,
) -> Result<(), Error> {
    for (repository, name, manifest) in wanted {
        let link = root.join(names::link(repository, name));
        let target = names::target(repository, name, manifest);
        if disk::read_link(&link)?.as_deref() != Some(target.as_path()) {
            disk::replace_link(&target, &link, &root.join(path::TEMPORARY))?;
        }
        // Synced even when the link was there: whoever made it may not have come to that yet.
        changed.add(&link);
    }
    Ok(())
}
