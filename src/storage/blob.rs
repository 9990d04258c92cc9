//! Blobs on their way in and out.

use std::io::{self, Read, Write};
use std::time::SystemTime;

use super::Error;
use crate::digest::{Digest, VerifyingReader};
use crate::disk::WrittenFile;

/// Proves that bytes with this digest and size were written whole, or are kept already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blob {
    digest: Digest,
    size: u64,
}

impl Blob {
    /// Gives the digest.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Gives the size in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }
}

/// Describes a kept blob by what its storage says, unverified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlobInfo {
    /// The digest that it is kept under.
    pub digest: Digest,
    /// The size in bytes.
    pub size: u64,
    /// When somebody last wanted it written.
    pub modified: SystemTime,
}

/// Takes in the bytes of a new blob, hashing them.
pub trait Stage: Write + Send {
    /// Ends the blob; it becomes visible only with a commit, and vanishes without one.
    fn finish(self: Box<Self>) -> Result<Staged, Error>;
}

/// Holds a blob that is written but not yet kept.
#[derive(Debug)]
pub struct Staged {
    pub(super) blob: Blob,
    pub(super) bytes: StagedBytes,
}

/// Says where a driver put the bytes of a staged blob.
#[derive(Debug)]
pub(super) enum StagedBytes {
    File(WrittenFile),
    Memory(Vec<u8>),
}

impl Staged {
    pub(super) fn new(digest: Digest, size: u64, bytes: StagedBytes) -> Staged {
        Staged { blob: Blob { digest, size }, bytes }
    }

    /// Gives the blob's digest and size.
    pub fn blob(&self) -> Blob {
        self.blob
    }

    /// Opens the bytes for reading, from their beginning; they are verified at the end.
    pub fn open(&self) -> Result<Box<dyn Read + Send + '_>, Error> {
        let Blob { digest, size } = self.blob;
        Ok(match &self.bytes {
            StagedBytes::File(file) => Box::new(VerifyingReader::new(file.open()?, digest, size)),
            StagedBytes::Memory(bytes) => Box::new(bytes.as_slice()),
        })
    }
}

/// Reads a kept blob; the end of file proves it, an error in its place condemns it.
pub struct OpenBlob {
    blob: Blob,
    reader: VerifyingReader<Box<dyn Read + Send>>,
}

impl OpenBlob {
    /// Makes a blob out of what should have this digest and this size in bytes.
    pub fn new(digest: Digest, size: u64, bytes: Box<dyn Read + Send>) -> OpenBlob {
        OpenBlob { blob: Blob { digest, size }, reader: VerifyingReader::new(bytes, digest, size) }
    }

    /// Gives the size that the storage tells, in bytes.
    pub fn size(&self) -> u64 {
        self.blob.size
    }

    /// Reads and proves a blob that has not been read from, all at once.
    pub fn read_whole(self) -> io::Result<Vec<u8>> {
        self.reader.read_whole()
    }

    /// Reads to the end, and so proves the blob.
    pub fn verify(mut self) -> io::Result<Blob> {
        let mut buffer = vec![0; 256 * 1024];
        while self.reader.read(&mut buffer)? != 0 {}
        Ok(self.blob)
    }
}

impl Read for OpenBlob {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.reader.read(buffer)
    }
}
