//! Putting manifests in whose blobs are there already: what a client pushes.

use super::names::Wanted;
use super::put::{NameChange, Overwrite};
use super::{Error, Store, Writer};
use crate::name::{Reference, Repository, Tag};
use crate::oci::{Descriptor, Document};
use crate::storage::{ChartParts, Commit, Entry, Staged};

/// Is a manifest that is staged, with the names that it is to have.
#[derive(Debug)]
pub struct NewManifest {
    /// Where it goes.
    pub repository: Repository,
    /// The tags that were asked for; without one it is there by its digest alone.
    pub tags: Vec<Tag>,
    /// The manifest.
    pub manifest: Staged,
    /// Whether it may replace what has its names.
    pub overwrite: Overwrite,
    /// What it ties together, if it is a chart's.
    pub chart: Option<ChartParts>,
}

impl Writer<'_> {
    /// Puts a manifest in, by the rules of [`Writer::put`]: all its tags, or none.
    ///
    /// # Errors
    ///
    /// Fails if the repository lacks something that the manifest is made of.
    pub fn put_manifest(&self, document: &Document, new: NewManifest) -> Result<(), Error> {
        let NewManifest { repository, tags, manifest, overwrite, chart } = new;
        let digest = manifest.blob().digest();
        let locks = self.lock(std::slice::from_ref(&repository))?;
        self.store.check_parts(&repository, document)?;
        if chart.is_none() && self.store.is_charts_only(&repository.space)? {
            let reference = Reference::exact(repository, digest);
            return Err(Error::ChartsOnly { reference });
        }
        let mut change = NameChange::new(self, &locks);
        for tag in &tags {
            change.grant(&Wanted {
                repository: &repository,
                manifest: digest,
                version: chart.as_ref().map(|chart| &chart.version),
                tag,
                overwrite,
            })?;
        }
        let entries = vec![(repository, Entry { manifest: digest, chart })];
        change.finish(Commit { blobs: vec![manifest], entries, ..Commit::default() })
    }
}

impl Store {
    /// Makes sure that a repository has all that a manifest is made of.
    fn check_parts(&self, repository: &Repository, document: &Document) -> Result<(), Error> {
        let missing = |part: &Descriptor| Error::MissingPart {
            repository: repository.clone(),
            digest: Box::new(part.digest),
        };
        for blob in document.blobs().filter(|blob| blob.is_kept()) {
            // Asked before the blob is looked for among all manifests.
            let size = self.driver.open(&blob.digest)?.ok_or_else(|| missing(blob))?.size();
            if self.voucher(repository, &blob.digest)?.is_none() {
                return Err(missing(blob));
            }
            if size != blob.size {
                let (digest, listed) = (Box::new(blob.digest), blob.size);
                return Err(Error::PartSize { digest, listed, actual: size });
            }
        }
        for manifest in document.manifests() {
            if !self.has_manifest(repository, &manifest.digest)? {
                return Err(missing(manifest));
            }
        }
        Ok(())
    }
}
