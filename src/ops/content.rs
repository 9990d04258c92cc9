//! Reading the archive of a stored chart.

use std::io::Read;

use super::Error;
use super::show::Stored;
use crate::chart;
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
