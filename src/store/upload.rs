//! Uploads: blobs on their way into a repository, piece by piece.
//!
//! An upload belongs to the repository, and to the user, that began it; for all others it is not
//! there. It survives the process, and ends some time after the last piece.

use std::io::Write as _;
use std::time::{Duration, SystemTime};

use super::{Error, Store, Writer};
use crate::digest::{self, Algorithm, Digest};
use crate::name::Repository;
use crate::storage::{Append, Blob, Hashed, Mark, Marks, Staged, UploadId, UploadInfo, UploadName};

/// How long an upload is kept that nothing is added to.
pub const UPLOAD_LIFETIME: Duration = Duration::from_secs(24 * 3600);

/// Names an upload for whom it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadKey {
    /// The repository that the blob is for.
    pub repository: Repository,
    /// The user who began it, if that one is known.
    pub owner: Option<String>,
    /// Which one of theirs it is.
    pub id: UploadId,
}

impl UploadKey {
    /// Tells whom it belongs to from others.
    pub fn marks(&self) -> Marks {
        let repository = Mark::of(Some(&self.repository.to_string()));
        Marks { repository, owner: Mark::of(self.owner.as_deref()) }
    }

    /// Gives the name that a storage has for it, if its digest is best of the given algorithm.
    fn name(&self, algorithm: Algorithm) -> UploadName {
        UploadName { id: self.id.clone(), algorithm, marks: self.marks() }
    }
}

/// Takes the pieces of an upload.
pub struct Uploading {
    repository: Repository,
    append: Box<dyn Append>,
}

impl Store {
    /// Begins an upload; its digest is best of the given algorithm.
    pub fn begin_upload(
        &self,
        repository: &Repository,
        owner: Option<&str>,
        algorithm: Algorithm,
    ) -> Result<UploadKey, Error> {
        let mut random = [0; 16];
        getrandom::fill(&mut random)
            .map_err(|error| Error::Random { reason: error.to_string() })?;
        let id = UploadId::of(u128::from_ne_bytes(random));
        let (repository, owner) = (repository.clone(), owner.map(str::to_owned));
        let key = UploadKey { repository, owner, id };
        let writer = self.writer()?;
        self.driver.begin_upload(&writer.lock, &key.name(algorithm))?;
        Ok(key)
    }

    /// Tells how many bytes of an upload there are.
    pub fn upload_size(&self, key: &UploadKey) -> Result<u64, Error> {
        self.find_upload(key).map(|(_, size)| size)
    }

    /// Opens an upload for adding to it; `known` is what [`Uploading::hashed`] gave last time.
    ///
    /// # Errors
    ///
    /// Fails at once if another piece of it is still coming.
    pub fn upload(&self, key: &UploadKey, known: Option<Hashed>) -> Result<Uploading, Error> {
        let (name, _) = self.find_upload(key)?;
        let append = self.driver.append(&name, known)?;
        let append = append.ok_or_else(|| unknown(key))?;
        Ok(Uploading { repository: key.repository.clone(), append })
    }

    /// Ends an upload: its repository holds the blob from now on, durably.
    ///
    /// # Errors
    ///
    /// Fails if the bytes have another digest than `expected`; the upload is gone then.
    pub fn finish_upload(&self, uploading: Uploading, expected: &Digest) -> Result<Blob, Error> {
        let writer = self.writer()?;
        let staged = uploading.append.finish(&writer.lock, expected.algorithm())?;
        let blob = staged.blob();
        if blob.digest() != *expected {
            let (expected, actual) = (Box::new(*expected), Box::new(blob.digest()));
            return Err(Error::WrongBytes(digest::Error::Mismatch { expected, actual }));
        }
        writer.hold(&uploading.repository, blob.digest(), Some(staged))?;
        Ok(blob)
    }

    /// Ends an upload; nothing is kept.
    pub fn cancel_upload(&self, key: &UploadKey) -> Result<(), Error> {
        let (name, _) = self.find_upload(key)?;
        Ok(self.driver.remove_upload(&name)?)
    }

    /// Lists the uploads that somebody can still go on with.
    pub fn open_uploads(&self) -> Result<Vec<UploadName>, Error> {
        let all = self.described_uploads()?.into_iter();
        Ok(all.filter(|(_, info)| !is_expired(info.touched)).map(|(name, _)| name).collect())
    }

    /// Removes uploads that nothing was added to for a long time; gives the number of bytes.
    pub fn expire_uploads(&self) -> Result<u64, Error> {
        let _writer = match self.driver.is_absent()? {
            true => return Ok(0),
            false => self.writer()?,
        };
        self.remove_uploads(self.expired_uploads()?)
    }

    pub(super) fn remove_uploads(&self, uploads: Vec<(UploadName, u64)>) -> Result<u64, Error> {
        let mut bytes = 0;
        for (name, size) in uploads {
            self.driver.remove_upload(&name)?;
            bytes += size;
        }
        Ok(bytes)
    }

    /// Lists the uploads that nothing was added to for a long time, with their sizes in bytes.
    pub(super) fn expired_uploads(&self) -> Result<Vec<(UploadName, u64)>, Error> {
        let all = self.described_uploads()?.into_iter();
        let expired = all.filter(|(_, info)| is_expired(info.touched));
        Ok(expired.map(|(name, info)| (name, info.size)).collect())
    }

    fn described_uploads(&self) -> Result<Vec<(UploadName, UploadInfo)>, Error> {
        let mut described = Vec::new();
        for name in self.driver.uploads()? {
            // One that has ended since is none.
            described.extend(self.driver.upload(&name)?.map(|info| (name, info)));
        }
        Ok(described)
    }

    /// Finds an upload of the key's owner, with its size in bytes.
    fn find_upload(&self, key: &UploadKey) -> Result<(UploadName, u64), Error> {
        for algorithm in Algorithm::ALL {
            let name = key.name(algorithm);
            let info = self.driver.upload(&name)?.filter(|info| !is_expired(info.touched));
            if let Some(info) = info {
                return Ok((name, info.size));
            }
        }
        Err(unknown(key))
    }
}

impl Writer<'_> {
    /// Ends an upload whose digest nobody has given: it is a staged blob from now on.
    pub fn stage_upload(&self, uploading: Uploading) -> Result<Staged, Error> {
        Ok(uploading.append.finish(&self.lock, Algorithm::Sha256)?)
    }
}

impl Uploading {
    /// Gives the number of bytes there are.
    pub fn size(&self) -> u64 {
        self.append.size()
    }

    /// Adds a piece.
    pub fn add(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.append.write_all(bytes).map_err(|source| Error::Upload { source })
    }

    /// Gives what is known of the hash of what there is, for the next piece.
    pub fn hashed(&self) -> Option<Hashed> {
        self.append.hashed()
    }
}

fn is_expired(touched: SystemTime) -> bool {
    touched.elapsed().is_ok_and(|age| age > UPLOAD_LIFETIME)
}

fn unknown(key: &UploadKey) -> Error {
    Error::NotFound { what: "upload", name: key.id.to_string(), near: Vec::new() }
}

#[cfg(test)]
mod tests;
