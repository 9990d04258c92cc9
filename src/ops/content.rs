//! Reading the archive of a stored chart.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;
use std::io::Read;

use super::Error;
use super::show::Stored;
use crate::chart::load::File;
use crate::chart::{self, archive};
use crate::store::{self, Store};

/// Reads an archive, and proves it: an archive may end before its bytes do, and only their end
/// proves them.
pub(super) fn read_content<T>(
    store: &Store,
    stored: &Stored,
    read: impl FnOnce(&mut dyn Read) -> Result<T, chart::Error>,
) -> Result<T, Error> {
    let mut blob = store.open_blob(&stored.chart.content)?;
    let read = read(&mut blob)
        .map_err(|source| Error::Stored { reference: stored.reference.clone(), source })?;
    blob.verify().map_err(|error| store::Error::of_blob(stored.chart.content, error))?;
    Ok(read)
}

/// Reads the files of an archive; a later file of the same name is the one that counts.
pub(super) fn read_files(bytes: &mut dyn Read) -> Result<Vec<File>, archive::Error> {
    let mut files: Vec<File> = Vec::new();
    let mut places = HashMap::new();
    archive::visit_raw(bytes, &mut |entry, bytes| {
        let mut data = Vec::new();
        bytes.read_to_end(&mut data)?;
        let file = File { name: entry.path.clone(), data, mode: entry.mode };
        match places.entry(entry.path.clone()) {
            Slot::Occupied(place) => files[*place.get()] = file,
            Slot::Vacant(place) => {
                place.insert(files.len());
                files.push(file);
            }
        }
        Ok(())
    })
    .map_err(|error: archive::Error| error)?;
    Ok(files)
}
