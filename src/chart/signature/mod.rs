//! The OpenPGP signatures of provenance files (.prov): verified with a keyring, and made.
//!
//! Messages are clear-signed (RFC 9580, section 7), and keyrings what `gpg --export` writes, binary
//! or armored; no gpg is needed. The keyring is what is trusted: whoever's key is in it may sign.
//! Helm 3.17.3 reads keyrings that are binary, with RSA, DSA or ECDSA keys; here Ed25519 is read
//! too. What a signature says about an archive is left to [`provenance`](super::provenance).
//!
//! Which signatures count is decided thus:
//! - Revoked keys never count, as with Helm. (gpg only warns.)
//! - The key must be there to sign, and not have expired when it signed. One that has expired since
//!   counts, as with Helm and gpg; [`Signed::expired`] tells. (Helm 3.17.3 ignores expiry.)
//! - A signature that has itself expired does not count, as with gpg. (Helm 3.17.3 ignores that.)
//! - Neither does one over an MD5, SHA-1 or RIPEMD-160 digest, which can be forged.
//!
//! Only this module names the crate `pgp`, and only with the feature `provenance`: without it, the
//! functions give [`Error::Unsupported`].

#[cfg(feature = "provenance")]
mod armor;
#[cfg(feature = "provenance")]
mod certificate;
mod error;
#[cfg(feature = "provenance")]
mod framing;
#[cfg(feature = "provenance")]
mod keyring;
#[cfg(feature = "provenance")]
mod signing;
#[cfg(feature = "provenance")]
mod verifying;

use jiff::Timestamp;

pub use error::Error;

use crate::digest::Digest;

/// Limits a keyring, in bytes.
pub const MAX_KEYRING_BYTES: usize = 8 << 20;

/// Says who signed what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The names that the signer's key has, such as `Jo Doe <jo@example.com>`; as `gpg --export`
    /// gives them, but for those that were revoked.
    pub signers: Vec<String>,
    /// The fingerprint of the signer's primary key, in upper case.
    pub fingerprint: String,
    /// When it was signed, as the signer says.
    pub time: Timestamp,
    /// When the key expired, if it has since it signed.
    pub expired: Option<Timestamp>,
    /// The text that was signed. Nothing else in the file is to be believed.
    pub message: String,
}

/// Verifies a provenance file against a keyring.
///
/// Of several signatures, one by a key of the keyring is enough. Limits: 1 MiB for the file, 8 MiB
/// for the keyring, 16 signatures. What the message says is to be taken from the result alone.
#[cfg(feature = "provenance")]
pub fn verify(provenance: &[u8], keyring: &[u8]) -> Result<Signed, Error> {
    verifying::verify(provenance, keyring, Timestamp::now())
}

/// Signs an archive: gives the provenance file for it, with the bytes that Helm would sign.
///
/// The metadata is Chart.yaml's; the file's name is the archive's base name. The key is the one in
/// the keyring with the name, or else the only one that has the text in its name, or ends with it
/// as its fingerprint; without a name, the keyring's only key.
#[cfg(feature = "provenance")]
pub fn sign(
    metadata_yaml: &str,
    file_name: &str,
    digest: &Digest,
    secret_keyring: &[u8],
    key_name: Option<&str>,
    passphrase: Option<&[u8]>,
) -> Result<Vec<u8>, Error> {
    let message = signing::message(metadata_yaml, file_name, digest)?;
    signing::sign(&message, secret_keyring, key_name, passphrase, Timestamp::now())
}

/// Says that this hreg cannot verify.
#[cfg(not(feature = "provenance"))]
pub fn verify(_provenance: &[u8], _keyring: &[u8]) -> Result<Signed, Error> {
    Err(Error::Unsupported)
}

/// Says that this hreg cannot sign.
#[cfg(not(feature = "provenance"))]
pub fn sign(
    _metadata_yaml: &str,
    _file_name: &str,
    _digest: &Digest,
    _secret_keyring: &[u8],
    _key_name: Option<&str>,
    _passphrase: Option<&[u8]>,
) -> Result<Vec<u8>, Error> {
    Err(Error::Unsupported)
}

#[cfg(test)]
#[cfg(feature = "provenance")]
mod tests;
