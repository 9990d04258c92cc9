//! Keyrings: files with any number of keys, public or secret.

use pgp::composed::{PublicOrSecret, SignedPublicKey, SignedSecretKey};

use super::armor::has_short_headers;
use super::{Error, MAX_KEYRING_BYTES};

/// Refuses what is too large, and GnuPG's own format.
pub(super) fn check(keyring: &[u8]) -> Result<(), Error> {
    if keyring.len() > MAX_KEYRING_BYTES {
        return Err(Error::TooLarge { what: "the keyring", limit: MAX_KEYRING_BYTES });
    }
    // The header of the file `pubring.kbx` has its magic behind a length, a type and flags.
    if keyring.get(8..12) == Some(b"KBXf") {
        return Err(Error::Keybox);
    }
    Ok(())
}

/// Gives the keys one after the other; what cannot be read is passed over, as Helm does.
pub(super) fn keys(keyring: &[u8]) -> impl Iterator<Item = PublicOrSecret> {
    blocks(keyring)
        .into_iter()
        .filter_map(|block| PublicOrSecret::from_reader_many_buf(block).ok())
        .flat_map(|(keys, _)| keys)
        .flatten()
}

/// Gives the public halves of all keys.
pub(super) fn public_keys(keyring: &[u8]) -> impl Iterator<Item = SignedPublicKey> {
    keys(keyring).map(|key| match key {
        PublicOrSecret::Public(key) => key,
        PublicOrSecret::Secret(key) => key.to_public_key(),
    })
}

/// Gives the keys that have a secret half.
pub(super) fn secret_keys(keyring: &[u8]) -> impl Iterator<Item = SignedSecretKey> {
    keys(keyring).filter_map(|key| SignedSecretKey::try_from(key).ok())
}

/// Splits armored keyrings that were written one behind the other; a binary one is a block.
fn blocks(keyring: &[u8]) -> Vec<&[u8]> {
    const BEGIN: &[u8] = b"-----BEGIN PGP ";
    // The first byte of a binary packet has its highest bit set.
    if keyring.first().is_none_or(|byte| byte & 0x80 != 0) {
        return vec![keyring];
    }
    let is_start =
        |at: &usize| keyring[*at..].starts_with(BEGIN) && (*at == 0 || keyring[*at - 1] == b'\n');
    let mut starts: Vec<usize> = (0..keyring.len()).filter(is_start).collect();
    starts.push(keyring.len());
    let blocks = starts.windows(2).map(|pair| &keyring[pair[0]..pair[1]]);
    blocks.filter(|block| has_short_headers(block)).collect()
}
