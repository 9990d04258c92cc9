//! Bringing blobs into the store: from a registry, unless they are there already.

use std::fmt;
use std::io::{self, BufReader, Read, Write as _};
use std::path::Path;

use super::super::prepare::not_written;
use super::super::{BlobReport, Error, transfer};
use super::Pull;
use crate::chart::outline::Outline;
use crate::digest::{self, Algorithm, Digest};
use crate::error::{Classified as _, Kind};
use crate::name::{Reference, Repository};
use crate::oci::Descriptor;
use crate::storage::{Stage, Staged};
use crate::store;

/// How much is taken from a reader at a time, in bytes.
const BUFFER_BYTES: usize = 128 << 10;

/// Is a blob that is staged, with what is to be told of it.
pub(super) type Taken = (Staged, BlobReport);

impl Pull<'_> {
    /// Stages a blob of at most `limit` bytes.
    pub(super) fn stage_blob(
        &self,
        from: &Repository,
        blob: &Descriptor,
        limit: u64,
    ) -> Result<Taken, Error> {
        let stage = |reader: &mut dyn Read| {
            let mut tee = self.tee(reader, blob.digest.algorithm())?;
            tee.drain()?;
            Ok((tee.finish()?, ()))
        };
        self.take(from, blob, limit, stage).map(|(taken, ())| taken)
    }

    /// Stages the archive of a chart, and reads what is in it as it comes: `source` names it.
    pub(super) fn stage_content(
        &self,
        from: &Repository,
        blob: &Descriptor,
        limit: u64,
        source: &dyn fmt::Display,
    ) -> Result<(Taken, Outline), Error> {
        let algorithm = blob.digest.algorithm();
        let stage = |reader: &mut dyn Read| self.stage_archive(reader, algorithm, source);
        let (taken, outline) = self.take(from, blob, limit, stage)?;
        Ok((taken, outline?))
    }

    /// Stages a blob by `stage`: from the store, if it has it whole, or else from the registry. That
    /// it is the right one is proved by what the stage hashed, so that nothing is hashed twice.
    fn take<T>(
        &self,
        from: &Repository,
        blob: &Descriptor,
        limit: u64,
        stage: impl Fn(&mut dyn Read) -> Result<(Staged, T), Error>,
    ) -> Result<(Taken, T), Error> {
        if blob.size > limit {
            let (digest, size) = (Box::new(blob.digest), blob.size);
            return Err(transfer::Error::PartTooLarge { digest, size, limit }.into());
        }
        let report = |new| BlobReport { digest: blob.digest, size: blob.size, new };
        if let Some((staged, found)) = self.take_kept(blob, &stage)? {
            return Ok(((staged, report(false)), found));
        }
        let stream = self.client.unproved_blob(from, blob).map_err(transfer::Error::from)?;
        let (staged, found) = stage(&mut { stream })?;
        prove(&staged, blob)?;
        Ok(((staged, report(true)), found))
    }

    /// Stages a blob that the store has, so that it stays; a damaged one is fetched anew.
    fn take_kept<T>(
        &self,
        blob: &Descriptor,
        stage: impl Fn(&mut dyn Read) -> Result<(Staged, T), Error>,
    ) -> Result<Option<(Staged, T)>, Error> {
        let mut open = match self.store.open_blob(&blob.digest) {
            Ok(open) => open,
            Err(store::Error::MissingBlob { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        match stage(&mut open) {
            Ok((staged, found)) => Ok(prove(&staged, blob).is_ok().then_some((staged, found))),
            Err(Error::Transfer(
                transfer::Error::Broken { .. } | transfer::Error::Wrong { .. },
            )) => Ok(None),
            Err(error) => Err(error),
        }
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

    /// Stages an archive, and reads what is in it as it comes. That this failed is told only once
    /// all bytes are there, for wrong bytes are the better reason.
    pub(super) fn stage_archive(
        &self,
        reader: &mut dyn Read,
        algorithm: Algorithm,
        source: &dyn fmt::Display,
    ) -> Result<(Staged, Result<Outline, Error>), Error> {
        let mut bytes = BufReader::with_capacity(BUFFER_BYTES, self.tee(reader, algorithm)?);
        let outline = Outline::of_archive(&mut bytes);
        let mut tee = bytes.into_inner();
        tee.drain()?;
        let load = |error| Error::load(Path::new(&source.to_string()), error);
        Ok((tee.finish()?, outline.map_err(load)))
    }

    fn tee<'a>(&self, reader: &'a mut dyn Read, algorithm: Algorithm) -> Result<Tee<'a>, Error> {
        Ok(Tee { reader, stage: self.writer.stage_as(algorithm)?, failed: None })
    }
}

/// Stages what is read through it, and keeps the error that ended that.
struct Tee<'a> {
    reader: &'a mut dyn Read,
    stage: Box<dyn Stage>,
    failed: Option<Error>,
}

impl Tee<'_> {
    fn read_once(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
        let count = loop {
            match self.reader.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => break result.map_err(transfer::Error::broken)?,
            }
        };
        self.stage.write_all(&buffer[..count]).map_err(not_written)?;
        Ok(count)
    }

    /// Stages what was not read yet.
    fn drain(&mut self) -> Result<(), Error> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let mut buffer = vec![0; BUFFER_BYTES];
        while self.read_once(&mut buffer)? != 0 {}
        Ok(())
    }

    fn finish(self) -> Result<Staged, Error> {
        Ok(self.stage.finish().map_err(store::Error::from)?)
    }
}

impl Read for Tee<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let stopped = || io::Error::other("the bytes ended before their time");
        if self.failed.is_some() {
            return Err(stopped());
        }
        self.read_once(buffer).map_err(|error| {
            self.failed = Some(error);
            stopped()
        })
    }
}

/// Reads a staged blob back, which is small enough for memory.
pub(super) fn read_back(staged: &Staged) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let mut reader = staged.open().map_err(store::Error::from)?;
    reader
        .read_to_end(&mut bytes)
        .map_err(|error| store::Error::of_blob(staged.blob().digest(), error))?;
    Ok(bytes)
}

/// Makes sure that what was staged is what the manifest lists.
fn prove(staged: &Staged, listed: &Descriptor) -> Result<(), Error> {
    let (actual, expected) = (staged.blob(), Box::new(listed.digest));
    let source = if actual.size() != listed.size {
        let (digest, expected, actual) = (expected, listed.size, actual.size());
        digest::Error::Size { digest, expected, actual }
    } else if actual.digest() != listed.digest {
        digest::Error::Mismatch { expected, actual: Box::new(actual.digest()) }
    } else {
        return Ok(());
    };
    Err(transfer::Error::Wrong { source }.into())
}
