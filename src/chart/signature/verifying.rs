//! Verifies clear-signed messages.

use std::cmp::Reverse;

use jiff::Timestamp;
use pgp::composed::SignedPublicKey;
use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{Signature, SignatureType};
use pgp::types::{KeyDetails, VerifyingKey};

use super::certificate::{self, Standing};
use super::framing::Framed;
use super::{Error, Signed, keyring};
use crate::chart::provenance;

/// Verifies at a time; see [`super::verify`].
pub(super) fn verify(provenance: &[u8], keyring: &[u8], now: Timestamp) -> Result<Signed, Error> {
    keyring::check(keyring)?;
    let message = read(provenance)?;
    let mut failures = Vec::new();
    let mut has_keys = false;
    for certificate in keyring::public_keys(keyring) {
        has_keys = true;
        for signature in &message.signatures {
            let attempt = Attempt { text: &message.text, signature, certificate: &certificate };
            match attempt.run(now) {
                Some(Ok(signed)) => return Ok(signed),
                Some(Err(error)) => failures.push(error),
                None => {}
            }
        }
    }
    // That a known signer's text was changed tells more than that another key has expired.
    failures.sort_by_key(|error| Reverse(matches!(error, Error::Invalid { .. })));
    Err(match failures.into_iter().next() {
        Some(failure) => failure,
        None if !has_keys => Error::NoKeys,
        None => Error::UnknownSigner { issuer: issuers(&message) },
    })
}

fn read(provenance: &[u8]) -> Result<Framed, Error> {
    let limit = provenance::MAX_BYTES;
    if provenance.len() > limit {
        return Err(Error::TooLarge { what: "the provenance file", limit });
    }
    let no_message = |reason| Error::NoMessage { reason };
    let text = std::str::from_utf8(provenance).map_err(|error| no_message(error.to_string()))?;
    Framed::read(text).map_err(no_message)
}

fn issuers(message: &Framed) -> String {
    let ids = message.signatures.iter().flat_map(|signature| signature.issuer_key_id());
    let ids: Vec<String> = ids.map(hex::encode_upper).collect();
    if ids.is_empty() { "(it does not say which)".to_owned() } else { ids.join(" or ") }
}

/// Tries one signature with the keys of one certificate.
struct Attempt<'a> {
    text: &'a str,
    signature: &'a Signature,
    certificate: &'a SignedPublicKey,
}

impl Attempt<'_> {
    /// Gives nothing if the signature is not by a key of the certificate.
    fn run(&self, now: Timestamp) -> Option<Result<Signed, Error>> {
        let primary = &self.certificate.primary_key;
        if self.is_by(primary) {
            return Some(self.by(primary, || certificate::primary(self.certificate), now));
        }
        let subkeys = self.certificate.public_subkeys.iter();
        let subkey = subkeys.into_iter().find(|subkey| self.is_by(&subkey.key))?;
        let standing = || certificate::subkey(self.certificate, subkey);
        Some(self.by(&subkey.key, standing, now))
    }

    /// A signature that does not say by whom it is counts as nobody's.
    fn is_by(&self, key: &impl KeyDetails) -> bool {
        let (id, fingerprint) = (key.legacy_key_id(), key.fingerprint());
        self.signature.issuer_fingerprint().contains(&&fingerprint)
            || self.signature.issuer_key_id().contains(&&id)
    }

    fn by(
        &self,
        key: &impl VerifyingKey,
        standing: impl FnOnce() -> Standing,
        now: Timestamp,
    ) -> Result<Signed, Error> {
        let fingerprint = hex::encode_upper(self.certificate.fingerprint().as_bytes());
        let is_of_text =
            matches!(self.signature.typ(), Some(SignatureType::Text | SignatureType::Binary));
        if !is_of_text || self.signature.verify(key, self.text.as_bytes()).is_err() {
            return Err(Error::Invalid { fingerprint });
        }
        let standing = standing();
        let refused = |reason| Error::Refused { fingerprint: fingerprint.clone(), reason };
        let time = self.time(now).map_err(refused)?;
        if let Some(reason) = standing.objection(time) {
            return Err(refused(reason));
        }
        let past = standing.expires.map(timestamp).filter(|expires| *expires <= now);
        Ok(Signed {
            signers: certificate::names(self.certificate),
            fingerprint,
            time: timestamp(time),
            expired: past,
            message: self.text.replace("\r\n", "\n"),
        })
    }

    /// Gives the time of the signature, or says why it does not count by itself.
    fn time(&self, now: Timestamp) -> Result<u64, &'static str> {
        use HashAlgorithm::{Sha3_256, Sha3_512, Sha224, Sha256, Sha384, Sha512};
        let strong = [Sha224, Sha256, Sha384, Sha512, Sha3_256, Sha3_512];
        if !self.signature.hash_alg().is_some_and(|hash| strong.contains(&hash)) {
            return Err("its digest can be forged (MD5, SHA-1 or RIPEMD-160)");
        }
        let created = self.signature.created().ok_or("it does not say when it was made")?;
        let created = u64::from(created.as_secs());
        let lifetime = self.signature.signature_expiration_time();
        let lifetime = lifetime.map(|lifetime| u64::from(lifetime.as_secs()));
        // Zero stands for ever.
        let expires = lifetime.filter(|lifetime| *lifetime > 0).map(|lifetime| created + lifetime);
        match expires {
            Some(expires) if timestamp(expires) <= now => Err("it has expired"),
            _ => Ok(created),
        }
    }
}

/// Turns seconds since 1970 into a time. OpenPGP has 32 bits for one, and as many for a lifetime.
fn timestamp(seconds: u64) -> Timestamp {
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX)
}
