//! Folders that are durable before anything is put into them.
//!
//! What is there already proves nothing: whoever made it may have been killed before it was
//! synced, or may not have come to that yet. So a folder's whole chain is synced, unless something
//! was put into it before, which comes after such a sync: a name or a hold into its folder, the record
//! into that of a space, and into the store's own the file that says what it is.

use std::path::Path;

use super::layout::{self, path};
use crate::disk::{self, Synced};
use crate::name::Repository;

/// Makes a folder, and notes what has to be synced before anything is put into it.
pub(super) fn make(root: &Path, folder: &Path, changed: &mut Synced) -> Result<(), disk::Error> {
    disk::create_folders(&root.join(folder), changed)?;
    changed.extend(folder.ancestors().skip(1).map(|above| match above.iter().next() {
        Some(_) => root.join(above),
        None => root.to_owned(),
    }));
    Ok(())
}

/// Does the same for a folder of `charts/` or `refs/`, which are durable since there is a store, as
/// are the two folders of a space since it has a record, and a chart's since it holds a blob.
pub(super) fn make_below_top(
    root: &Path,
    folder: &Path,
    changed: &mut Synced,
) -> Result<(), disk::Error> {
    disk::create_folders(&root.join(folder), changed)?;
    for above in folder.ancestors().skip(1).filter(|above| above.iter().next().is_some()) {
        let above_it = root.join(above);
        let is_durable =
            is_of_space(root, above) || !disk::is_empty_folder(&above_it.join(path::HOLDS))?;
        changed.insert(above_it);
        if is_durable {
            break;
        }
    }
    Ok(())
}

/// Tells whether a folder of `charts/` or `refs/` is that of a space with a record.
pub(super) fn is_of_space(root: &Path, folder: &Path) -> bool {
    let space: std::path::PathBuf = folder.iter().skip(1).collect();
    root.join(path::CHARTS).join(space).join(path::SPACE_RECORD).is_file()
}

/// Does the same for the folder of a repository's entries, and notes the record of its space too:
/// whoever has made that may have been killed before it was synced. Every name comes after an entry.
pub(super) fn make_manifests(
    root: &Path,
    repository: &Repository,
    changed: &mut Synced,
) -> Result<(), disk::Error> {
    let folder = layout::manifests(repository);
    if disk::is_empty_folder(&root.join(&folder))? {
        make_below_top(root, &folder, changed)?;
        let space = layout::space_folder(path::CHARTS, &repository.space);
        changed.extend(is_of_space(root, &space).then(|| root.join(&space)));
    }
    Ok(())
}

/// Does the same for a folder that no other folder is made in by this rule: one that has
/// something in it is durable.
pub(super) fn make_innermost(
    root: &Path,
    folder: &Path,
    changed: &mut Synced,
) -> Result<(), disk::Error> {
    match disk::is_empty_folder(&root.join(folder))? {
        true => make_below_top(root, folder, changed),
        false => Ok(()),
    }
}
