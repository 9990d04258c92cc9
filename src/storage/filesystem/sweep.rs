//! Taking away: names and entries, spaces, collected blobs, left-overs, and what is damaged.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::layout::{self, path};
use super::{folders, holds, names, sync_folders};
use crate::digest::Digest;
use crate::disk::{self, Synced};
use crate::name::{Repository, SpaceName};
use crate::storage::{Error, Part, Removal};

/// Removes names first, and entries only when the names are durably gone: also those that were
/// removed before by a process that did not come to syncing them.
pub(super) fn remove(root: &Path, removal: &Removal) -> Result<(), Error> {
    let links = removal.names.iter().map(|(repository, name)| names::link(repository, name));
    let links: Vec<PathBuf> = links.map(|link| root.join(link)).collect();
    links.iter().try_for_each(|link| disk::remove_file(link))?;
    let repositories: BTreeSet<&Repository> = removal.repositories().collect();
    let folders = repositories.into_iter().flat_map(|repository| {
        [layout::tags(repository), layout::versions(repository)].map(|folder| root.join(folder))
    });
    sync_folders(folders.filter(|folder| folder.exists()).collect())?;
    let mut gone = Vec::new();
    for (repository, manifest) in &removal.entries {
        let place = root.join(layout::entry(repository, manifest));
        remove_entry(root, &place)?;
        gone.push(place);
    }
    for (repository, blob) in &removal.holds {
        let place = root.join(holds::link(repository, blob));
        disk::remove_file(&place)?;
        gone.push(place);
    }
    sync_parents(&gone)
}

/// Renames an entry away before it is taken apart, so that nobody sees half of it.
pub(super) fn remove_entry(root: &Path, place: &Path) -> Result<(), Error> {
    if place.symlink_metadata().is_err() {
        return Ok(());
    }
    let folder = disk::new_folder(&root.join(path::TEMPORARY))?;
    disk::rename(place, &folder)?;
    disk::remove_tree(&folder)?;
    Ok(())
}

fn sync_parents(paths: &[PathBuf]) -> Result<(), Error> {
    let parents: BTreeSet<PathBuf> = paths
        .iter()
        .filter_map(|path| path.parent())
        .filter(|parent| parent.exists())
        .map(Path::to_owned)
        .collect();
    Ok(sync_folders(parents)?)
}

/// Removes the record of a space and the folders that are empty without it.
pub(super) fn remove_space(root: &Path, space: &SpaceName) -> Result<(), Error> {
    let record = root.join(layout::space_record(space));
    disk::remove_file(&record)?;
    sync_parents(&[record])?;
    for top in [path::CHARTS, path::REFS] {
        remove_empty_folders(root, &layout::space_folder(top, space))?;
        remove_empty_above(root, &layout::space_folder(top, space))?;
    }
    Ok(())
}

/// Removes the empty folders among `relative` and those above it, below the top folder.
fn remove_empty_above(root: &Path, relative: &Path) -> Result<(), Error> {
    for folder in relative.ancestors().filter(|folder| folder.iter().count() > 1) {
        if folders::is_of_space(root, folder) {
            break;
        }
        if !disk::remove_empty_folder(&root.join(folder))? {
            break;
        }
    }
    Ok(())
}

pub(super) fn blobs(root: &Path, blobs: &[Digest]) -> Result<(), Error> {
    let places: Vec<PathBuf> = blobs.iter().map(|digest| root.join(layout::blob(digest))).collect();
    places.iter().try_for_each(|place| disk::remove_file(place))?;
    sync_parents(&places)
}

/// Adds up the sizes of temporary files.
pub(super) fn leftovers(root: &Path) -> Result<u64, Error> {
    let temporary = root.join(path::TEMPORARY);
    let files = disk::entries(&temporary)?.into_iter().filter(|(_, kind)| kind.is_file());
    // A writer may have moved a file to its place meanwhile.
    let size = |name| temporary.join(name).symlink_metadata().map_or(0, |found| found.len());
    Ok(files.map(|(name, _)| size(name)).sum())
}

/// Removes temporary files and empty folders; nobody writes while the store is locked alone.
pub(super) fn sweep_leftovers(root: &Path) -> Result<u64, Error> {
    let bytes = leftovers(root)?;
    let temporary = root.join(path::TEMPORARY);
    for (name, kind) in disk::entries(&temporary)? {
        match kind.is_dir() {
            true => disk::remove_tree(&temporary.join(name))?,
            false => disk::remove_file(&temporary.join(name))?,
        }
    }
    for top in [path::CHARTS, path::REFS] {
        for (name, kind) in disk::entries(&root.join(top))? {
            if kind.is_dir() {
                remove_empty_folders(root, &Path::new(top).join(name))?;
            }
        }
    }
    Ok(bytes)
}

/// Removes a folder, relative to the root, if nothing but empty folders is in it, and those of them
/// that are empty; but not those of a space.
fn remove_empty_folders(root: &Path, folder: &Path) -> Result<bool, Error> {
    let mut empty = true;
    for (name, kind) in disk::entries(&root.join(folder))? {
        let is_entry = folder.file_name().is_some_and(|name| name == path::MANIFESTS);
        empty &= kind.is_dir() && !is_entry && remove_empty_folders(root, &folder.join(name))?;
    }
    let goes = empty && !folders::is_of_space(root, folder);
    Ok(goes && disk::remove_empty_folder(&root.join(folder))?)
}

/// Moves a part to the same path below `aside/`, where `verify` does not look.
pub(super) fn set_aside(root: &Path, part: &Part) -> Result<String, Error> {
    let relative = match part {
        Part::Blob(digest) => layout::blob(digest),
        Part::Entry(repository, manifest) => layout::entry(repository, manifest),
        Part::Name(repository, name) => names::link(repository, name),
        Part::Space(space) => layout::space_record(space),
        Part::Stray(stray) => PathBuf::from(stray),
    };
    let from = root.join(&relative);
    let to = free_place(&root.join(path::ASIDE).join(&relative));
    let mut changed = Synced::new();
    let folder = Path::new(path::ASIDE).join(&relative);
    folders::make(root, folder.parent().unwrap_or(&folder), &mut changed)?;
    sync_folders(changed)?;
    disk::rename_new(&from, &to)?;
    // The new name first: the part is not to be gone from both.
    sync_parents(std::slice::from_ref(&to))?;
    sync_parents(&[from])?;
    Ok(to.strip_prefix(root).unwrap_or(&to).display().to_string())
}

/// Adds a number where something was set aside under the same path before.
fn free_place(place: &Path) -> PathBuf {
    let taken = |path: &Path| path.symlink_metadata().is_ok();
    let numbered = (1..).map(|number| {
        let mut name = place.as_os_str().to_owned();
        name.push(format!(".{number}"));
        PathBuf::from(name)
    });
    std::iter::once(place.to_owned())
        .chain(numbered)
        .find(|path| !taken(path))
        .expect("a folder does not hold every number")
}
