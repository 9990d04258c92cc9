//! Folders that are durable before anything is put into them.
//!
//! What is there already proves nothing: whoever made it may have been killed before it was
//! synced, or may not have come to that yet. So a folder's whole chain up to the root is synced,
//! unless something was put into it before, which comes after such a sync.

use std::path::Path;

use crate::disk::{self, Synced};

/// Makes a folder, and notes what has to be synced before anything is put into it.
pub(super) fn make(root: &Path, folder: &Path, changed: &mut Synced) -> Result<(), disk::Error> {
    disk::create_folders(&root.join(folder), changed)?;
    changed.extend(folder.ancestors().skip(1).map(|above| match above.iter().next() {
        Some(_) => root.join(above),
        None => root.to_owned(),
    }));
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
        true => make(root, folder, changed),
        false => Ok(()),
    }
}
