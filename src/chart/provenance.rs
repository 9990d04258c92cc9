//! Reads Helm's provenance files (.prov), as far as they say which bytes they speak for.
//!
//! A .prov is an OpenPGP clear-signed message (RFC 9580, section 7) that holds Chart.yaml, a line
//! `...`, and a map `files:` from the names of archives to their checksums. Here a chart is held
//! against that map; the signature, without which the map proves nothing, is left to
//! [`signature`](super::signature).
//!
//! The source is Helm's `pkg/provenance/sign.go`.

use std::collections::BTreeMap;

use super::yaml;
use crate::digest::Digest;
use crate::error::{Classified, Kind};

/// Limits a provenance file, in bytes; real ones have one or two thousand.
pub const MAX_BYTES: usize = 1 << 20;

/// Holds the checksums that a provenance file gives, by the base names of the files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checksums(BTreeMap<String, String>);

/// Says why a provenance file is of no use for a chart.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file is too large.
    #[error("the provenance file is larger than {MAX_BYTES} bytes")]
    TooLarge,
    /// There is no clear-signed message.
    #[error("signature block not found: the provenance file is no clear-signed message")]
    NoMessage,
    /// The message has no part behind `...`.
    #[error("message block must have at least two parts: the provenance file has no checksums")]
    NoChecksums,
    /// The part with the checksums is malformed.
    #[error("the checksums of the provenance file cannot be read")]
    Yaml(#[source] yaml::Error),
    /// The file is for another archive.
    #[error("provenance does not contain a SHA for a file named {file_name:?}{}", known(names))]
    Missing {
        /// The name that was looked for.
        file_name: String,
        /// The names that are there.
        names: Vec<String>,
    },
    /// The archive is not the one that was signed.
    #[error("sha256 sum does not match for {file_name}: {expected:?} != {:?}", actual.to_string())]
    Mismatch {
        /// The name of the archive.
        file_name: String,
        /// The checksum in the provenance file.
        expected: String,
        /// The digest of the archive.
        actual: Box<Digest>,
    },
}

impl Classified for Error {
    fn kind(&self) -> Kind {
        Kind::Invalid
    }
}

fn known(names: &[String]) -> String {
    if names.is_empty() { String::new() } else { format!(", only for {}", names.join(", ")) }
}

/// Checks that a provenance file is for the archive of a name and digest.
///
/// The name is the archive's base name: `NAME-VERSION.tgz`.
pub fn check(provenance: &[u8], file_name: &str, digest: &Digest) -> Result<(), Error> {
    Checksums::parse(provenance)?.check(file_name, digest)
}

impl Checksums {
    /// Reads the checksums out of a provenance file, without a look at its signature.
    pub fn parse(provenance: &[u8]) -> Result<Checksums, Error> {
        if provenance.len() > MAX_BYTES {
            return Err(Error::TooLarge);
        }
        Checksums::of_lines(&message(provenance).ok_or(Error::NoMessage)?)
    }

    /// Reads the checksums out of a message whose signature was verified.
    pub fn of_message(message: &str) -> Result<Checksums, Error> {
        let lines = message.split('\n').map(|line| line.trim_ascii_end().as_bytes());
        Checksums::of_lines(&lines.collect::<Vec<_>>())
    }

    fn of_lines(message: &[&[u8]]) -> Result<Checksums, Error> {
        let mut parts = message.split(|line| *line == b"...").skip(1);
        let checksums = parts.next().ok_or(Error::NoChecksums)?.join(&b'\n');
        let value = yaml::parse(&checksums).map_err(Error::Yaml)?;
        let files = value.get("files").and_then(|files| files.as_object()).into_iter().flatten();
        let text = |(name, sum): (&String, &serde_json::Value)| {
            sum.as_str().map(|sum| (name.clone(), sum.to_owned()))
        };
        Ok(Checksums(files.filter_map(text).collect()))
    }

    /// Gives the checksum of a file as written, `sha256:HEX`.
    pub fn of(&self, file_name: &str) -> Option<&str> {
        self.0.get(file_name).map(String::as_str)
    }

    /// Lists the names of the files that there are checksums of.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Checks the checksum of a file.
    pub fn check(&self, file_name: &str, digest: &Digest) -> Result<(), Error> {
        let Some(expected) = self.of(file_name) else {
            let names = self.0.keys().cloned().collect();
            return Err(Error::Missing { file_name: file_name.to_owned(), names });
        };
        if expected == digest.to_string() {
            return Ok(());
        }
        Err(Error::Mismatch {
            file_name: file_name.to_owned(),
            expected: expected.to_owned(),
            actual: Box::new(*digest),
        })
    }
}

/// Gives the lines of the signed message, without the escapes and line ends that signing adds.
fn message(provenance: &[u8]) -> Option<Vec<&[u8]>> {
    let mut lines = provenance.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end);
    lines.find(|line| *line == b"-----BEGIN PGP SIGNED MESSAGE-----")?;
    lines.find(|line| line.is_empty())?;
    let mut message = Vec::new();
    for line in lines {
        if line == b"-----BEGIN PGP SIGNATURE-----" {
            return Some(message);
        }
        message.push(line.strip_prefix(b"- ").unwrap_or(line));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by `helm package --sign`, with a shorter signature.
    const SIGNED: &str = "-----BEGIN PGP SIGNED MESSAGE-----
Hash: SHA512

apiVersion: v2
appVersion: 1.16.0
description: dash -  -----BEGIN
keywords:
- - one
- - two
name: demo
type: application
version: 0.1.0

...
files:
  demo-0.1.0.tgz: sha256:1297783f14ad2f7c34453809600283153b41786372379fdaad928f6cca466fdb
-----BEGIN PGP SIGNATURE-----

wsBcBAEBCgAQBQJrAY2jCRDwrm1MviIrmQAAL2QIANBL6nYcoB8hfKJOQ8pjGdw9
=UNE/
-----END PGP SIGNATURE-----";

    const SUM: &str = "sha256:1297783f14ad2f7c34453809600283153b41786372379fdaad928f6cca466fdb";

    fn refusal(provenance: &str) -> String {
        check(provenance.as_bytes(), "demo-0.1.0.tgz", &SUM.parse().unwrap())
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn holds_an_archive_against_its_checksum() {
        let digest = SUM.parse().unwrap();
        check(SIGNED.as_bytes(), "demo-0.1.0.tgz", &digest).unwrap();
        let windows = SIGNED.replace('\n', "\r\n");
        check(windows.as_bytes(), "demo-0.1.0.tgz", &digest).unwrap();
        let error = check(SIGNED.as_bytes(), "demo-0.2.0.tgz", &digest).unwrap_err().to_string();
        assert!(error.contains("named \"demo-0.2.0.tgz\", only for demo-0.1.0.tgz"), "{error}");
        let error = refusal(&SIGNED.replace("1297", "1298"));
        assert!(error.starts_with("sha256 sum does not match for demo-0.1.0.tgz"), "{error}");
    }

    #[test]
    fn takes_escapes_away() {
        let checksums = Checksums::parse(SIGNED.replace("files:", "- files:").as_bytes()).unwrap();
        assert_eq!(checksums.of("demo-0.1.0.tgz"), Some(SUM));
    }

    #[test]
    fn refuses_what_is_no_provenance() {
        assert!(refusal("").contains("signature block not found"));
        let cut = SIGNED.split("-----BEGIN PGP SIGNATURE").next().unwrap();
        assert!(refusal(cut).contains("signature block not found"));
        assert!(refusal(&SIGNED.replace("...", "---")).contains("at least two parts"));
        assert!(refusal(&SIGNED.replace("files:", "x:")).contains("does not contain a SHA"));
        assert!(refusal(&SIGNED.replace("files:", "files: {")).contains("cannot be read"));
        assert!(refusal(&SIGNED.replace("sha256:", "")).contains("does not match"));
        assert!(refusal(&" ".repeat(MAX_BYTES + 1)).contains("larger than"));
    }

    proptest::proptest! {
        #[test]
        fn never_panics(at in 0..SIGNED.len(), byte in proptest::num::u8::ANY) {
            let mut bytes = SIGNED.as_bytes().to_vec();
            bytes[at] = byte;
            let _ = Checksums::parse(&bytes);
        }
    }
}
