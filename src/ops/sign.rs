//! Signing charts that are saved, and holding charts that are pulled against their signatures.

use std::fmt;
use std::path::Path;

use serde_json::{Map, Value};

use super::{Error, transfer};
use crate::chart::metadata::Metadata;
use crate::chart::{self, provenance, signature, yaml};
use crate::digest::Digest;
use crate::disk;
use crate::name::{ChartName, Version};

/// Holds the key that charts are signed with.
#[derive(Clone)]
pub struct Signer {
    /// The keyring of secret keys, in OpenPGP's format.
    pub keyring: Vec<u8>,
    /// The name of the key, or a part of it; without one, the keyring's only key.
    pub key: Option<String>,
    /// What the key is locked with.
    pub passphrase: Option<Vec<u8>>,
}

/// Shows which key is meant, and no secret.
impl fmt::Debug for Signer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Signer({:?})", self.key)
    }
}

/// Reads a keyring, of public or of secret keys.
pub fn read_keyring(path: &Path) -> Result<Vec<u8>, Error> {
    Ok(disk::read(path, signature::MAX_KEYRING_BYTES as u64)?)
}

/// Reads a passphrase: the first line of a file, without its end.
pub fn read_passphrase(path: &Path) -> Result<Vec<u8>, Error> {
    const MAX_BYTES: u64 = 64 << 10;
    let mut bytes = disk::read(path, MAX_BYTES)?;
    let end = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
    bytes.truncate(end.unwrap_or(bytes.len()));
    Ok(bytes)
}

impl Signer {
    /// Makes the signature file of an archive.
    pub(super) fn sign(
        &self,
        metadata: &Metadata,
        content: &Digest,
    ) -> Result<Vec<u8>, chart::Error> {
        let map: Map<String, Value> =
            serde_json::from_slice(&metadata.to_json()).map_err(chart::metadata::Error::from)?;
        let name = format!("{}-{}.tgz", metadata.name, metadata.version);
        let (key, passphrase) = (self.key.as_deref(), self.passphrase.as_deref());
        let text = yaml::emit_as_helm(&map);
        Ok(signature::sign(&text, &name, content, &self.keyring, key, passphrase)?)
    }
}

/// Says who vouches for a chart.
#[derive(Debug, Default)]
pub(super) struct Vouched {
    /// The names of the signer's key.
    pub signers: Vec<String>,
    /// What is to be known of the signature.
    pub warning: Option<String>,
}

/// Holds an archive against its signature file: the checksum in any case, and with a keyring also
/// who signed it.
pub(super) fn check(
    name: &ChartName,
    version: &Version,
    content: &Digest,
    provenance: Option<&[u8]>,
    keyring: Option<&[u8]>,
) -> Result<Vouched, Error> {
    let file = format!("{name}-{version}.tgz");
    let refuse = |error: chart::Error| Error::load(format!("{file}.prov").as_ref(), error);
    match (provenance, keyring) {
        (None, None) => Ok(Vouched::default()),
        (None, Some(_)) => {
            Err(transfer::Error::Unsigned { chart: format!("{name} {version}") }.into())
        }
        (Some(bytes), None) => {
            provenance::check(bytes, &file, content).map_err(|error| refuse(error.into()))?;
            Ok(Vouched::default())
        }
        (Some(bytes), Some(keyring)) => {
            let signed = signature::verify(bytes, keyring).map_err(|error| refuse(error.into()))?;
            // Nothing but what was signed counts.
            provenance::Checksums::of_message(&signed.message)
                .and_then(|sums| sums.check(&file, content))
                .map_err(|error| refuse(error.into()))?;
            let fingerprint = &signed.fingerprint;
            let warning = signed.expired.map(|time| {
                format!("{file}: it was signed by the key {fingerprint}, which expired on {time}")
            });
            let mut signers = signed.signers;
            signers.push(format!("key {fingerprint}"));
            Ok(Vouched { signers, warning })
        }
    }
}
