//! Uploads: blobs that come piece by piece, and may take longer than a process lives.

use std::fmt;
use std::io::Write;
use std::time::SystemTime;

use super::{Error, Staged, StoreLock};
use crate::digest::{Algorithm, Digest, Hasher};

/// How many digits 128 bits have.
const HEX_DIGITS: usize = 32;

/// Is what a client calls an upload: 128 bits in hexadecimal, which nobody can guess.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UploadId(String);

impl UploadId {
    /// Makes a name out of bits that must come by chance.
    pub fn of(random: u128) -> UploadId {
        UploadId(format!("{random:032x}"))
    }

    /// Reads a name.
    pub fn parse(text: &str) -> Option<UploadId> {
        is_hex(text).then(|| UploadId(text.to_owned()))
    }

    /// Gives the name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_hex(text: &str) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text.len() == HEX_DIGITS && text.bytes().all(is_digit)
}

impl fmt::Display for UploadId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Tells those whom an upload is for from others, without a word on who they are: the first half of a
/// SHA-256 digest, in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark(String);

impl Mark {
    /// Gives the mark of a name; nobody has one too.
    pub fn of(name: Option<&str>) -> Mark {
        let text = name.map_or_else(String::new, |name| format!("={name}"));
        let mut hex = Digest::of(text.as_bytes()).hex();
        hex.truncate(HEX_DIGITS);
        Mark(hex)
    }
}

/// Names an upload with all that there is to know of it before anything has come. It is all that a storage
/// keeps besides the bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UploadName {
    /// What its client calls it.
    pub id: UploadId,
    /// What its digest is best of.
    pub algorithm: Algorithm,
    /// Whom it is for.
    pub marks: Marks,
}

/// Tells whom an upload is for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Marks {
    /// The repository that the blob is for.
    pub repository: Mark,
    /// The user who began it.
    pub owner: Mark,
}

impl UploadName {
    /// Reads a name as it is written.
    pub fn parse(text: &str) -> Option<UploadName> {
        let mut parts = text.split('.');
        let id = UploadId::parse(parts.next()?)?;
        let algorithm = parts.next()?;
        let algorithm = Algorithm::ALL.into_iter().find(|known| known.as_str() == algorithm)?;
        let mut mark =
            || parts.next().filter(|text| is_hex(text)).map(|text| Mark(text.to_owned()));
        let marks = Marks { repository: mark()?, owner: mark()? };
        parts.next().is_none().then_some(UploadName { id, algorithm, marks })
    }
}

impl fmt::Display for UploadName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let UploadName { id, algorithm, marks: Marks { repository, owner } } = self;
        write!(formatter, "{id}.{}.{}.{}", algorithm.as_str(), repository.0, owner.0)
    }
}

/// Describes an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UploadInfo {
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
