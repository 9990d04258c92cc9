//! Holds: links that say that a repository has a blob, whether or not a manifest names it.

use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::layout;
use crate::digest::Digest;
use crate::disk;
use crate::name::Repository;
use crate::storage::Error;

/// Gives the path of a hold's link, relative to the root.
pub(super) fn link(repository: &Repository, blob: &Digest) -> PathBuf {
    layout::holds(repository).join(blob.hex())
}

/// Gives the target of a hold's link.
pub(super) fn target(repository: &Repository, blob: &Digest) -> PathBuf {
    layout::target(&link(repository, blob), &layout::blob(blob))
}

pub(super) fn exists(root: &Path, repository: &Repository, blob: &Digest) -> Result<bool, Error> {
    let found = disk::read_link(&root.join(link(repository, blob)))?;
    Ok(found.is_some_and(|found| found == target(repository, blob)))
}

/// Lists the blobs that a repository holds, each with the time since when.
pub(super) fn list(
    root: &Path,
    repository: &Repository,
) -> Result<Vec<(Digest, SystemTime)>, Error> {
    let folder = root.join(layout::holds(repository));
    let mut held = Vec::new();
    for (name, _) in disk::entries(&folder)? {
        let Some(blob) = layout::digest_of(&name) else { continue };
        let link = folder.join(&name);
        match link.symlink_metadata().and_then(|found| found.modified()) {
            Ok(since) => held.push((blob, since)),
            // Let go since the folder was listed.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(disk::Error::new("look at", &link, error).into()),
        }
    }
    Ok(held)
}
