//! Makes clear-signed messages, with the text that Helm signs.
//!
//! The source is Helm's `pkg/provenance/sign.go`.

use jiff::Timestamp;
use pgp::composed::{ArmorOptions, CleartextSignedMessage, SignedPublicSubKey, SignedSecretKey};
use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::SubpacketData;
use pgp::packet::{SecretKey, SecretSubkey, SignatureConfig, SignatureType, Subpacket};
use pgp::types::StringToKey;
use pgp::types::{KeyDetails, KeyVersion, Password, S2kParams, SecretParams, SigningKey};
use serde_json::json;

use super::certificate::{self, Standing};
use super::{Error, keyring};
use crate::chart::yaml;
use crate::digest::Digest;

/// Puts together what is signed, with lines as they will be hashed: without blanks at their ends.
pub(super) fn message(metadata: &str, file_name: &str, digest: &Digest) -> Result<String, Error> {
    if metadata.lines().any(|line| line.trim_end() == "...") {
        return Err(Error::Metadata);
    }
    let sums = yaml::emit(&json!({ "files": { file_name: digest.to_string() } }))?;
    let whole = format!("{}\n\n...\n{}", metadata.trim_end(), sums.trim_end());
    let lines: Vec<&str> = whole.lines().map(str::trim_ascii_end).collect();
    Ok(lines.join("\n"))
}

/// Signs a text; see [`super::sign`].
pub(super) fn sign(
    message: &str,
    keyring: &[u8],
    name: Option<&str>,
    passphrase: Option<&[u8]>,
    now: Timestamp,
) -> Result<Vec<u8>, Error> {
    keyring::check(keyring)?;
    let owner = Owner::find(keyring, name)?;
    let signer = Signer { owner: &owner, message, passphrase, now };
    match owner.signing_key(now)? {
        Component::Primary(key) => signer
            .sign(key, key.secret_params(), |password| key.unlock(password, |_, _| Ok(())).is_ok()),
        Component::Subkey(key) => signer
            .sign(key, key.secret_params(), |password| key.unlock(password, |_, _| Ok(())).is_ok()),
    }
}

/// Is a key with its names.
struct Owner {
    key: SignedSecretKey,
    names: Vec<String>,
}

/// Is the part of a key that signs.
enum Component<'a> {
    Primary(&'a SecretKey),
    Subkey(&'a SecretSubkey),
}

impl Owner {
    /// Finds the key that is meant, by the rules of Helm's `NewFromKeyring`.
    fn find(keyring: &[u8], name: Option<&str>) -> Result<Owner, Error> {
        let all: Vec<Owner> = keyring::secret_keys(keyring)
            .map(|key| Owner { names: certificate::names(&key.to_public_key()), key })
            .collect();
        if all.is_empty() && keyring::keys(keyring).next().is_none() {
            return Err(Error::NoKeys);
        }
        let wanted = name.unwrap_or_default();
        let names = |owners: &[Owner]| owners.iter().map(Owner::name).collect();
        let all_names = names(&all);
        let (exact, others): (Vec<Owner>, Vec<Owner>) =
            all.into_iter().partition(|owner| owner.names.iter().any(|name| name == wanted));
        let mut found = exact;
        if found.is_empty() {
            found = others.into_iter().filter(|owner| owner.matches(wanted)).collect();
        }
        match found.len() {
            0 => Err(Error::NoSuchKey { name: wanted.to_owned(), names: all_names }),
            1 => Ok(found.remove(0)),
            _ => Err(Error::Ambiguous { name: wanted.to_owned(), names: names(&found) }),
        }
    }

    fn matches(&self, wanted: &str) -> bool {
        /// Below that many digits, fingerprints of different keys are easily made the same.
        const LEAST_DIGITS: usize = 16;
        let fingerprint = hex::encode_upper(self.key.fingerprint().as_bytes());
        let digits = wanted.trim_start_matches("0x").to_ascii_uppercase();
        self.names.iter().any(|name| name.contains(wanted))
            || (digits.len() >= LEAST_DIGITS && fingerprint.ends_with(&digits))
            || wanted.is_empty()
    }

    fn name(&self) -> String {
        let fingerprint = || hex::encode_upper(self.key.fingerprint().as_bytes());
        self.names.first().cloned().unwrap_or_else(fingerprint)
    }

    /// Gives the primary key, which Helm signs with, or else the newest subkey that can sign.
    fn signing_key(&self, now: Timestamp) -> Result<Component<'_>, Error> {
        let certificate = self.key.to_public_key();
        let mut reason = "its secret is kept elsewhere";
        let mut can = |standing: Standing, params: &SecretParams| {
            let seconds = u64::try_from(now.as_second()).unwrap_or_default();
            let objection = standing.objection(seconds);
            reason = objection.unwrap_or(reason);
            objection.is_none() && !is_elsewhere(params)
        };
        let primary = &self.key.primary_key;
        if can(certificate::primary(&certificate), primary.secret_params()) {
            return Ok(Component::Primary(primary));
        }
        let mut subkeys: Vec<&SecretSubkey> = Vec::new();
        for subkey in &self.key.secret_subkeys {
            let public: SignedPublicSubKey = subkey.signed_public_key();
            if can(certificate::subkey(&certificate, &public), subkey.key.secret_params()) {
                subkeys.push(&subkey.key);
            }
        }
        let newest = subkeys.into_iter().max_by_key(|key| key.created_at());
        let none = || Error::CannotSign { name: self.name(), reason };
        newest.map(Component::Subkey).ok_or_else(none)
    }
}

/// GnuPG exports the place of a secret that is on a card, or was left out.
fn is_elsewhere(params: &SecretParams) -> bool {
    let SecretParams::Encrypted(params) = params else { return false };
    let (S2kParams::Cfb { s2k, .. }
    | S2kParams::MalleableCfb { s2k, .. }
    | S2kParams::Aead { s2k, .. }) = params.string_to_key_params()
    else {
        return false;
    };
    matches!(s2k, StringToKey::Private { .. })
}

struct Signer<'a> {
    owner: &'a Owner,
    message: &'a str,
    passphrase: Option<&'a [u8]>,
    now: Timestamp,
}

impl Signer<'_> {
    fn sign<K: SigningKey>(
        &self,
        key: &K,
        params: &SecretParams,
        unlocks: impl FnOnce(&Password) -> bool,
    ) -> Result<Vec<u8>, Error> {
        let name = || self.owner.name();
        let password = match self.passphrase {
            Some(passphrase) => Password::from(passphrase),
            None if params.is_encrypted() => return Err(Error::Locked { name: name() }),
            None => Password::empty(),
        };
        let cannot = |reason| Error::CannotSign { name: name(), reason };
        // Newer ones need more than Helm can read.
        if key.version() != KeyVersion::V4 {
            return Err(cannot("it is no OpenPGP key of version 4"));
        }
        let signed = config(key, self.now)
            .and_then(|config| CleartextSignedMessage::new(self.message, config, key, &password))
            .and_then(|signed| signed.to_armored_bytes(ArmorOptions::default()));
        // To unlock a key is slow on purpose: only what failed is tried again, to see why.
        signed.map_err(|_| match unlocks(&password) {
            true => cannot("its algorithm is not supported"),
            false => Error::WrongPassphrase { name: name() },
        })
    }
}

/// Says what is signed besides the text: when, and by whom.
fn config<K: SigningKey>(key: &K, now: Timestamp) -> pgp::errors::Result<SignatureConfig> {
    let seconds = u32::try_from(now.as_second()).unwrap_or_default();
    let time = pgp::types::Timestamp::from_secs(seconds);
    // The digest is Helm's. Helm finds the key by its number, newer software by its fingerprint.
    let mut config =
        SignatureConfig::v4(SignatureType::Text, key.algorithm(), HashAlgorithm::Sha512);
    config.hashed_subpackets = vec![
        Subpacket::regular(SubpacketData::SignatureCreationTime(time))?,
        Subpacket::regular(SubpacketData::IssuerFingerprint(key.fingerprint()))?,
    ];
    config.unhashed_subpackets =
        vec![Subpacket::regular(SubpacketData::IssuerKeyId(key.legacy_key_id()))?];
    Ok(config)
}
