//! Digests: what names a blob, and the readers and writers that compute and check one.
//!
//! A [`Digest`] is an algorithm and its exact bytes, so a malformed one cannot exist. Where blobs
//! are kept, and which of them a chart is made of, is left to the layers above.

mod stream;

use std::fmt;
use std::str::FromStr;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::Digest as _;

pub use stream::{HashingReader, HashingWriter, VerifyingReader};

use crate::error::{Classified, Kind};

/// Names a hash function that a digest may be made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// SHA-256, which hreg uses for all it makes.
    Sha256,
    /// SHA-512, kept for OCI clients that ask for it.
    Sha512,
}

impl Algorithm {
    /// Lists every algorithm, in the order their folders are listed.
    pub const ALL: [Algorithm; 2] = [Algorithm::Sha256, Algorithm::Sha512];

    /// Gives the name that stands before the colon of a digest.
    pub fn as_str(self) -> &'static str {
        match self {
            Algorithm::Sha256 => "sha256",
            Algorithm::Sha512 => "sha512",
        }
    }

    /// Builds the digest of this algorithm from its hexadecimal part alone.
    pub fn digest(self, hexadecimal: &str) -> Result<Digest, Error> {
        let parsed = match self {
            Algorithm::Sha256 => decode(hexadecimal).map(Digest::Sha256),
            Algorithm::Sha512 => decode(hexadecimal).map(Digest::Sha512),
        };
        parsed.ok_or_else(|| Error::Hexadecimal {
            algorithm: self.as_str(),
            text: hexadecimal.to_owned(),
        })
    }
}

/// Names bytes by their hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Digest {
    /// A SHA-256 digest.
    Sha256([u8; 32]),
    /// A SHA-512 digest.
    Sha512([u8; 64]),
}

impl Digest {
    /// Computes the SHA-256 digest of bytes in memory.
    pub fn of(bytes: &[u8]) -> Digest {
        Digest::Sha256(sha2::Sha256::digest(bytes).into())
    }

    /// Tells whether bytes in memory have this digest.
    pub fn is_of(&self, bytes: &[u8]) -> bool {
        let mut hasher = Hasher::new(self.algorithm());
        hasher.update(bytes);
        hasher.finish() == *self
    }

    /// Tells the algorithm.
    pub fn algorithm(&self) -> Algorithm {
        match self {
            Digest::Sha256(_) => Algorithm::Sha256,
            Digest::Sha512(_) => Algorithm::Sha512,
        }
    }

    /// Gives the hash in lower-case hexadecimal, without the algorithm.
    pub fn hex(&self) -> String {
        match self {
            Digest::Sha256(bytes) => encode(bytes),
            Digest::Sha512(bytes) => encode(bytes),
        }
    }

    /// Gives the first seven hexadecimal digits, for people to read.
    pub fn short(&self) -> String {
        let mut text = self.hex();
        text.truncate(7);
        text
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.algorithm().as_str(), self.hex())
    }
}

impl FromStr for Digest {
    type Err = Error;

    fn from_str(text: &str) -> Result<Digest, Error> {
        let (name, hexadecimal) =
            text.split_once(':').ok_or_else(|| Error::NoAlgorithm { text: text.to_owned() })?;
        let algorithm = Algorithm::ALL
            .into_iter()
            .find(|algorithm| algorithm.as_str() == name)
            .ok_or_else(|| Error::Algorithm { name: name.to_owned() })?;
        algorithm.digest(hexadecimal)
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Digest, D::Error> {
        deserializer.deserialize_str(Text)
    }
}

/// Parses a digest where it stands, without a copy of the text.
struct Text;

impl Visitor<'_> for Text {
    type Value = Digest;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a digest")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Digest, E> {
        text.parse().map_err(E::custom)
    }
}

/// Encodes as lower-case hexadecimal; the crate's own function to a string goes digit by digit.
fn encode(bytes: &[u8]) -> String {
    let mut digits = vec![0; 2 * bytes.len()];
    hex::encode_to_slice(bytes, &mut digits).expect("there are two digits for each byte");
    String::from_utf8(digits).expect("digits are ASCII")
}

/// Decodes exactly `N` bytes of lower-case hexadecimal.
///
/// Digits are looked up, not compared: which of them are letters cannot be foretold, and a listing
/// reads tens of thousands of digests.
fn decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != N || !rest.is_empty() {
        return None;
    }
    let mut bytes = [0; N];
    let mut seen = 0;
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        let (high, low) = (DIGITS[usize::from(*high)], DIGITS[usize::from(*low)]);
        *byte = high << 4 | low & 0xf;
        seen |= high | low;
    }
    (seen <= 0xf).then_some(bytes)
}

/// Gives the value of each byte as a lower-case hexadecimal digit; 0xff for what is none.
const DIGITS: [u8; 256] = {
    let mut digits = [0xff; 256];
    let mut value = 0;
    while value < 16 {
        digits[b"0123456789abcdef"[value] as usize] = value as u8;
        value += 1;
    }
    digits
};

/// Computes a digest from bytes that come piece by piece.
#[derive(Debug, Clone)]
pub struct Hasher(State);

#[derive(Debug, Clone)]
enum State {
    Sha256(sha2::Sha256),
    Sha512(sha2::Sha512),
}

impl Hasher {
    /// Starts an empty hash.
    pub fn new(algorithm: Algorithm) -> Hasher {
        Hasher(match algorithm {
            Algorithm::Sha256 => State::Sha256(sha2::Sha256::new()),
            Algorithm::Sha512 => State::Sha512(sha2::Sha512::new()),
        })
    }

    /// Takes in the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            State::Sha256(state) => state.update(bytes),
            State::Sha512(state) => state.update(bytes),
        }
    }

    /// Gives the digest of all bytes taken in.
    pub fn finish(self) -> Digest {
        match self.0 {
            State::Sha256(state) => Digest::Sha256(state.finalize().into()),
            State::Sha512(state) => Digest::Sha512(state.finalize().into()),
        }
    }
}

/// Says why a text is no digest, or why bytes are not what their digest says.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The text has no colon.
    #[error("{text:?} is no digest: expected ALGORITHM:HEX, such as sha256:2cf24d…")]
    NoAlgorithm {
        /// The text as given.
        text: String,
    },
    /// The algorithm is none of those known.
    #[error("unknown digest algorithm {name:?}: expected sha256 or sha512")]
    Algorithm {
        /// The name as given.
        name: String,
    },
    /// The part after the colon has a wrong length or wrong characters.
    #[error("{text:?} is no {algorithm} digest: expected exactly {} lower-case hexadecimal digits",
        if *algorithm == "sha256" { 64 } else { 128 })]
    Hexadecimal {
        /// The algorithm's name.
        algorithm: &'static str,
        /// The part after the colon as given.
        text: String,
    },
    /// The bytes hash to something else.
    #[error("the bytes of {expected} are damaged: they hash to {actual}")]
    Mismatch {
        /// What the bytes should hash to.
        expected: Box<Digest>,
        /// What they do hash to.
        actual: Box<Digest>,
    },
    /// There are more or fewer bytes than announced.
    #[error("the bytes of {digest} are damaged: expected {expected} bytes, found {actual}")]
    Size {
        /// The digest that the bytes were to have.
        digest: Box<Digest>,
        /// The announced size in bytes.
        expected: u64,
        /// The size found in bytes; of bytes that go on past the announced size, that size plus one.
        actual: u64,
    },
}

impl Classified for Error {
    fn kind(&self) -> Kind {
        match self {
            Error::Mismatch { .. } | Error::Size { .. } => Kind::Damaged,
            _ => Kind::Invalid,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn prints_what_it_parses() {
        let digest: Digest = EMPTY.parse().unwrap();
        assert_eq!(digest, Digest::of(b""));
        assert_eq!(digest.to_string(), EMPTY);
        assert_eq!(digest.short(), "e3b0c44");
        let mut hasher = Hasher::new(Algorithm::Sha512);
        hasher.update(b"abc");
        let long = hasher.finish();
        assert_eq!(long.to_string().parse::<Digest>().unwrap(), long);
    }

    #[test]
    fn refuses_what_is_no_digest() {
        let upper = EMPTY.to_uppercase();
        for text in ["", "sha256", "sha256:", "md5:00", "sha256:e3b0", &upper, &EMPTY[1..]] {
            assert!(text.parse::<Digest>().is_err(), "{text}");
        }
        let long = format!("{EMPTY}00");
        assert!(long.parse::<Digest>().is_err());
        assert!("sha256:zz".parse::<Digest>().unwrap_err().to_string().contains("64 lower-case"));
    }
}
