//! What is pushed out of the store.

use std::io::{self, Read};

use super::super::Error;
use super::super::show::{manifest, steadily};
use super::super::transfer::Origin;
use super::Parcel;
use crate::name::{Reference, Repository};
use crate::oci::{Descriptor, Document};
use crate::store::Store;

/// Gives manifests and blobs of the store, verified as they are read.
struct Stored<'a> {
    store: &'a Store,
    repository: Repository,
}

/// Finds a name in the store, of a chart or of anything else.
pub(super) fn open<'a>(store: &'a Store, reference: &Reference) -> Result<Parcel<'a>, Error> {
    let (found, document) = manifest(store, reference)?;
    let chart = steadily(|| Ok(store.facts(&found.manifest)?.chart))?;
    let origin = Stored { store, repository: found.repository.clone() };
    Ok(Parcel {
        document,
        origin: Box::new(origin),
        chart: chart.map(|chart| (chart.name, chart.version)),
        stored: Some((found.repository, found.tag)),
    })
}

impl Origin for Stored<'_> {
    fn document(&self, manifest: &Descriptor) -> Result<Document, Error> {
        Ok(self.store.document(&manifest.digest)?)
    }

    fn open(&self, blob: &Descriptor) -> io::Result<Box<dyn Read + Send + '_>> {
        match self.store.open_blob(&blob.digest) {
            Ok(open) => Ok(Box::new(open)),
            Err(error) => Err(io::Error::other(Error::from(error))),
        }
    }

    fn repository(&self) -> Option<&Repository> {
        Some(&self.repository)
    }
}
