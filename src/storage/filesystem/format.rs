//! The file that makes a folder a store, and says which format it has.

use std::io::Write as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::layout::path;
use super::{folders, sync_folders};
use crate::disk::{self, NewFile, Synced};
use crate::error::{Classified as _, Kind};
use crate::storage::{Error, Format};

const VERSION: u64 = 1;
const MAX_BYTES: u64 = 64 * 1024;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoreFormat {
    format_version: u64,
    /// What a reader has to know beyond the format; none exist yet.
    #[serde(default)]
    features: Vec<String>,
}

/// Checks that the folder is a store of a known format, or could become one.
pub(super) fn check(root: &Path) -> Result<(), Error> {
    let refuse = |reason| Err(Error::Format { path: root.to_owned(), reason });
    let read = || disk::read_optional(&root.join(path::FORMAT), MAX_BYTES);
    let bytes = match read()? {
        Some(bytes) => bytes,
        None if is_unused(root)? => return Ok(()),
        // Another process may have made it a store while it was looked at.
        None => match read()? {
            Some(bytes) => bytes,
            None => return refuse(Format::NotAStore),
        },
    };
    let format: StoreFormat = match serde_json::from_slice(&bytes) {
        Ok(format) => format,
        Err(error) => return refuse(Format::Unreadable(error.to_string())),
    };
    if format.format_version != VERSION {
        return refuse(Format::Newer(format.format_version));
    }
    match format.features.into_iter().next() {
        Some(feature) => refuse(Format::UnknownFeature(feature)),
        None => Ok(()),
    }
}

/// Tells whether a folder has nothing in it; an interrupted first use leaves no more than the folders.
fn is_unused(root: &Path) -> Result<bool, Error> {
    let listed = disk::entries(root)?;
    Ok(listed.iter().all(|(name, _)| path::FOLDERS.contains(&name.as_str())))
}

/// Makes the folder a store, if it is none yet; others may do the same at the same time.
pub(super) fn initialise(root: &Path) -> Result<(), Error> {
    let place = root.join(path::FORMAT);
    if place.exists() {
        return Ok(());
    }
    let mut changed = Synced::new();
    for folder in
        ["blobs/sha256", "blobs/sha512", path::CHARTS, path::REFS, path::LOCKS, path::TEMPORARY]
    {
        folders::make(root, Path::new(folder), &mut changed)?;
    }
    sync_above(root, &mut changed)?;
    sync_folders(changed)?;
    match write(root, &place) {
        // Another process was first; its collection may have swept the file away at any time.
        Err(_) if place.exists() => Ok(()),
        result => Ok(result?),
    }
}

fn write(root: &Path, place: &Path) -> Result<(), disk::Error> {
    let format = StoreFormat { format_version: VERSION, features: Vec::new() };
    let mut text = serde_json::to_vec(&format).expect("a number and a list are written as JSON");
    text.push(b'\n');
    let mut file = NewFile::create(&root.join(path::TEMPORARY), 0o644)?;
    file.write_all(&text).map_err(|source| disk::Error::new("write", place, source))?;
    let file = file.close();
    file.sync()?;
    file.persist(place)?;
    disk::sync_folder(root)
}

/// Makes the store's own folder durable, where one may read the folder that it is in.
fn sync_above(root: &Path, changed: &mut Synced) -> Result<(), disk::Error> {
    let Some(above) = root.parent() else { return Ok(()) };
    changed.remove(above);
    match disk::sync_folder(above) {
        Err(error) if error.kind() != Kind::Denied => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;

    use super::*;

    #[test]
    fn many_make_a_store_at_once_while_others_look_and_collect() {
        let folder = tempfile::tempdir().unwrap();
        for round in 0..60 {
            let root = &folder.path().join(round.to_string());
            let done = &AtomicBool::new(false);
            thread::scope(|scope| {
                scope.spawn(move || {
                    while !done.load(Ordering::Relaxed) {
                        if root.join(path::FORMAT).exists() {
                            super::super::sweep::sweep_leftovers(root).unwrap();
                        }
                    }
                });
                scope.spawn(move || {
                    while !done.load(Ordering::Relaxed) {
                        check(root).unwrap();
                    }
                });
                let made = [(); 6].map(|()| scope.spawn(move || initialise(root)));
                let made = made.map(|one| one.join().unwrap());
                done.store(true, Ordering::Relaxed);
                assert!(made.iter().all(Result::is_ok), "{made:?}");
            });
        }
    }
}
