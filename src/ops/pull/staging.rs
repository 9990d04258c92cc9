//! Bringing blobs into the store: from a registry, unless they are there already.

use std::io::{self, Read, Write as _};

use super::super::{BlobReport, Error, transfer};
use super::Pull;
use crate::digest::Digest;
use crate::error::{Classified as _, Kind};
use crate::name::{Reference, Repository};
use crate::oci::Descriptor;
use crate::storage::Staged;
use crate::store;

impl Pull<'_> {
    /// Stages a blob of at most `limit` bytes.
    pub(super) fn stage_blob(
        &self,
        from: &Repository,
        blob: &Descriptor,
        limit: u64,
    ) -> Result<(Staged, BlobReport), Error> {
        if blob.size > limit {
            let (digest, size) = (Box::new(blob.digest), blob.size);
            return Err(transfer::Error::PartTooLarge { digest, size, limit }.into());
        }
        let kept = self.stage_kept(blob)?;
        let new = kept.is_none();
        let staged = match kept {
            Some(staged) => staged,
            None => self
                .stage_stream(&mut self.client.blob(from, blob).map_err(transfer::Error::from)?)?,
        };
        let report = BlobReport { digest: blob.digest, size: blob.size, new };
        Ok((staged, report))
    }

    /// Tells whether the store has a blob, and its bytes are what its digest says.
    pub(super) fn is_whole(&self, digest: &Digest) -> Result<bool, Error> {
        match self
            .store
            .open_blob(digest)
            .and_then(|blob| blob.verify().map_err(|error| store::Error::of_blob(*digest, error)))
        {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == Kind::Damaged => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Tells whether a name in the store leads to a manifest, by an entry that is whole.
    pub(super) fn leads_to(&self, name: &Reference, manifest: Digest) -> Result<bool, Error> {
        let exact = Reference::exact(name.repository.clone(), manifest);
        for reference in [name, &exact] {
            match self.store.resolve(reference) {
                Ok(found) if found.manifest == manifest => {}
                Ok(_) => return Ok(false),
                Err(error) if matches!(error.kind(), Kind::NotFound | Kind::Damaged) => {
                    return Ok(false);
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(true)
    }

    /// Stages a blob that the store has, so that it stays; a damaged one is fetched anew.
    fn stage_kept(&self, blob: &Descriptor) -> Result<Option<Staged>, Error> {
        let mut open = match self.store.open_blob(&blob.digest) {
            Ok(open) => open,
            Err(store::Error::MissingBlob { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        match self.stage_stream(&mut open) {
            Ok(staged) if staged.blob().size() == blob.size => Ok(Some(staged)),
            Ok(_)
            | Err(Error::Transfer(
                transfer::Error::Broken { .. } | transfer::Error::Wrong { .. },
            )) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Stages all that a reader gives.
    pub(super) fn stage_stream(&self, reader: &mut dyn Read) -> Result<Staged, Error> {
        let mut stage = self.writer.stage()?;
        let mut buffer = vec![0; 128 * 1024];
        loop {
            match reader.read(&mut buffer) {
                Ok(0) => return Ok(stage.finish().map_err(store::Error::from)?),
                Ok(count) => {
                    stage
                        .write_all(&buffer[..count])
                        .map_err(super::super::prepare::not_written)?;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(transfer::Error::broken(error).into()),
            }
        }
    }
}
