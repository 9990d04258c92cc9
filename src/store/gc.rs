//! Collecting what no name leads to.

use std::time::{Duration, SystemTime};

use serde::Serialize;

use super::mark::Marked;
use super::{Error, Store};
use crate::digest::Digest;
use crate::name::Reference;
use crate::storage::{BlobInfo, ChartLocks, Mode, Removal};

/// Says what was collected, or would be.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Collected {
    /// The manifests that no name led to.
    pub manifests: Vec<Reference>,
    /// The blobs that no manifest needed.
    pub blobs: Vec<Digest>,
    /// The size of these blobs, in bytes.
    pub bytes: u64,
    /// The size of what interrupted writers left, in bytes.
    pub leftover_bytes: u64,
}

impl Store {
    /// Removes manifests without a name and blobs without a manifest that are older than `grace`.
    ///
    /// Writers are kept out meanwhile, readers are not: one that holds a removed file open reads
    /// it to its end. A manifest that is to stay and is damaged stops the collection, since nobody
    /// knows what it needs.
    pub fn collect(&self, grace: Duration) -> Result<Collected, Error> {
        if self.driver.is_absent()? {
            return Ok(Collected::default());
        }
        let lock = self.driver.lock_store(Mode::Exclusive, self.wait())?;
        let (marked, blobs) = self.condemned(grace)?;
        if !(marked.unneeded.is_empty() && blobs.is_empty()) {
            // What led here may have gone without being synced, and come back after a power loss.
            self.driver.sync()?;
        }
        let (entries, holds) = (marked.unneeded.clone(), marked.holds.clone());
        let removal = Removal { entries, holds, ..Removal::default() };
        self.driver.remove(&ChartLocks::all(&lock), &removal)?;
        let digests: Vec<Digest> = blobs.iter().map(|blob| blob.digest).collect();
        self.driver.sweep(&lock, &digests)?;
        let uploads = self.expired_uploads()?;
        let leftover_bytes = self.driver.sweep_leftovers(&lock)? + self.remove_uploads(uploads)?;
        Ok(report(marked, blobs, leftover_bytes))
    }

    /// Tells what [`Store::collect`] would remove, and changes nothing.
    pub fn collectable(&self, grace: Duration) -> Result<Collected, Error> {
        let (marked, blobs) = self.condemned(grace)?;
        let expired: u64 = self.expired_uploads()?.into_iter().map(|(_, size)| size).sum();
        Ok(report(marked, blobs, self.driver.leftovers()? + expired))
    }

    fn condemned(&self, grace: Duration) -> Result<(Marked, Vec<BlobInfo>), Error> {
        let now = SystemTime::now();
        let before = now.checked_sub(grace).unwrap_or(SystemTime::UNIX_EPOCH);
        let marked = self.mark(before)?;
        let mut blobs = self.driver.blobs()?;
        blobs.retain(|blob| {
            let old = grace.is_zero() || blob.modified < before;
            old && !marked.blobs.contains(&blob.digest)
        });
        blobs.sort_by_key(|blob| blob.digest);
        Ok((marked, blobs))
    }
}

fn report(marked: Marked, blobs: Vec<BlobInfo>, leftover_bytes: u64) -> Collected {
    let reference = |(repository, manifest)| Reference::exact(repository, manifest);
    Collected {
        manifests: marked.unneeded.into_iter().map(reference).collect(),
        bytes: blobs.iter().map(|blob| blob.size).sum(),
        blobs: blobs.into_iter().map(|blob| blob.digest).collect(),
        leftover_bytes,
    }
}
