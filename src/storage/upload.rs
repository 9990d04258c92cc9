//! Uploads: blobs that come piece by piece, and may take longer than a process lives.

use std::fmt;
use std::io::Write;
use std::time::SystemTime;

use super::{Error, Staged, StoreLock};
use crate::digest::{Algorithm, Digest, Hasher};

/// Names an upload: 128 bits in hexadecimal, which nobody can guess.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UploadId(String);

impl UploadId {
    /// Makes a name out of bits that must come by chance.
    pub fn of(random: u128) -> UploadId {
        UploadId(format!("{random:032x}"))
    }

    /// Reads a name.
    pub fn parse(text: &str) -> Option<UploadId> {
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        (text.len() == 32 && text.bytes().all(is_digit)).then(|| UploadId(text.to_owned()))
    }

    /// Gives the name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UploadId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Describes an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadInfo {
    /// What was recorded of it when it began.
    pub record: Vec<u8>,
    /// How many bytes there are.
    pub size: u64,
    /// When it began, or something was added last.
    pub touched: SystemTime,
}

/// Knows the hash of the first bytes of an upload, so that they need not be read again.
#[derive(Debug, Clone)]
pub struct Hashed {
    algorithm: Algorithm,
    hasher: Hasher,
    size: u64,
}

impl Hashed {
    pub(super) fn new(algorithm: Algorithm) -> Hashed {
        Hashed { algorithm, hasher: Hasher::new(algorithm), size: 0 }
    }

    /// Takes what is known of an upload that has `size` bytes, if it is about these.
    pub(super) fn of(size: u64, algorithm: Algorithm, known: Option<Hashed>) -> Option<Hashed> {
        let known = known.filter(|known| known.size == size && known.algorithm == algorithm);
        known.or_else(|| (size == 0).then(|| Hashed::new(algorithm)))
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
        self.size += bytes.len() as u64;
    }

    pub(super) fn finish(self) -> Digest {
        self.hasher.finish()
    }
}

/// Adds to an upload; nobody else can add to it meanwhile.
pub trait Append: Write + Send {
    /// Gives the number of bytes there are.
    fn size(&self) -> u64;

    /// Gives what is known of the hash of these bytes, to go on with another time.
    fn hashed(&self) -> Option<Hashed>;

    /// Ends the upload, and gives all of it as a blob that is not yet kept; without a commit it
    /// vanishes.
    fn finish(self: Box<Self>, store: &StoreLock, algorithm: Algorithm) -> Result<Staged, Error>;
}
