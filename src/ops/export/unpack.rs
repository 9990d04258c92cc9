//! Writing the files of an archive as a tree.

use std::io::{self, Read};
use std::path::Path;

use super::write;
use crate::chart::{self, archive};
use crate::disk::{self, NewFile, Synced};
use crate::ops::Error;
use crate::ops::show::Stored;
use crate::store::{self, Store};

/// Writes the files of a stored archive into a folder, and proves the archive.
pub(super) fn unpack(store: &Store, stored: &Stored, folder: &Path) -> Result<(), Error> {
    let mut blob = store.open_blob(&stored.chart.content)?;
    let mut failed = None;
    let read = archive::visit_raw(&mut blob, &mut |entry, bytes| {
        unpack_file(&folder.join(&entry.path), entry.mode, bytes).map_err(|error| {
            failed = Some(in_the_way(stored, folder, &entry.path).unwrap_or(error));
            archive::Error::from(io::Error::other("stopped"))
        })
    });
    if let Some(error) = failed {
        return Err(error);
    }
    read.map_err(|error| Error::Stored {
        reference: stored.reference.clone(),
        source: chart::Error::from(error),
    })?;
    // The archive may end before its bytes do; only their end proves them.
    io::copy(&mut blob, &mut io::sink())
        .map_err(|error| store::Error::of_blob(stored.chart.content, error))?;
    Ok(())
}

fn unpack_file(path: &Path, mode: u32, bytes: &mut dyn Read) -> Result<(), Error> {
    let folder = path.parent().unwrap_or(Path::new("."));
    disk::create_folders(folder, &mut Synced::new())?;
    let mut file = NewFile::create(folder, mode)?;
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let count = bytes.read(&mut buffer).map_err(|source| Error::Load {
            path: path.to_owned(),
            source: chart::Error::from(archive::Error::from(source)),
        })?;
        if count == 0 {
            break;
        }
        write(&mut file, &buffer[..count])?;
    }
    Ok(file.close().persist(path)?)
}

/// Tells whether a file could not be written since the archive has other files above or below its
/// path: Helm loads both, while a tree has room for one.
fn in_the_way(stored: &Stored, folder: &Path, path: &str) -> Option<Error> {
    let clash = |file: &str, below: &str| Error::FileAndFolder {
        reference: stored.reference.clone(),
        file: file.to_owned(),
        below: below.to_owned(),
    };
    let kind_of = |path: &str| Some(folder.join(path).symlink_metadata().ok()?.file_type());
    let mut above = path.match_indices('/').map(|(end, _)| &path[..end]);
    if let Some(file) = above.find(|above| kind_of(above).is_some_and(|kind| kind.is_file())) {
        return Some(clash(file, path));
    }
    let mut below = path.to_owned();
    while kind_of(&below)?.is_dir() {
        let (name, _) = disk::entries(&folder.join(&below))
            .ok()?
            .into_iter()
            .min_by_key(|(name, _)| name.clone())?;
        below = format!("{below}/{name}");
    }
    (below != path).then(|| clash(path, &below))
}
