//! What the keys of a certificate may be used for, by what their owner signed.
//!
//! A certificate is a primary key, which certifies, names, and subkeys. All that is said about them
//! are signatures by the primary key (RFC 9580, sections 5.2 and 10); those of others are ignored.

use pgp::composed::{SignedPublicKey, SignedPublicSubKey};
use pgp::packet::{KeyFlags, PublicKey, PublicSubkey, Signature, SignatureType, SubpacketData};
use pgp::types::{KeyDetails, SignedUser, Tag};

/// Says what a key may be used for. Times are seconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Standing {
    /// Whether its owner withdrew it.
    pub(super) is_revoked: bool,
    /// Whether it is there to sign.
    pub(super) may_sign: bool,
    /// When it was made.
    pub(super) created: u64,
    /// When it stops to count, if ever.
    pub(super) expires: Option<u64>,
}

impl Standing {
    /// Says why what the key signed at a time does not count, if so.
    pub(super) fn objection(&self, signed: u64) -> Option<&'static str> {
        if self.is_revoked {
            return Some("the key was revoked");
        }
        if !self.may_sign {
            return Some("the key is not there to sign, or nothing says so");
        }
        if signed < self.created {
            return Some("it claims to be older than the key");
        }
        self.expires.filter(|expires| signed >= *expires).map(|_| "the key had expired by then")
    }
}

/// Tells the standing of the primary key.
pub(super) fn primary(certificate: &SignedPublicKey) -> Standing {
    let key = &certificate.primary_key;
    let details = &certificate.details;
    let of_names = details.users.iter().filter_map(|user| current(user, key));
    let of_key = details.direct_signatures.iter().filter(|signature| {
        signature.typ() == Some(SignatureType::Key) && signature.verify_key(key).is_ok()
    });
    let own = newest(of_names).or_else(|| newest(of_key));
    let revocations = &details.revocation_signatures;
    Standing {
        is_revoked: revocations.iter().any(|revocation| revocation.verify_key(key).is_ok()),
        // Keys from before there were flags may do all that their algorithm can.
        may_sign: own.is_some_and(|own| flags(own).is_none_or(|flags| flags.sign())),
        created: seconds(key),
        expires: own.and_then(|own| expiry(key, own)),
    }
}

/// Tells the standing of a subkey, which lives no longer than its primary key.
pub(super) fn subkey(certificate: &SignedPublicKey, subkey: &SignedPublicSubKey) -> Standing {
    let (key, primary_key) = (&subkey.key, &certificate.primary_key);
    let primary = primary(certificate);
    let of_type = |wanted| {
        let signatures = subkey.signatures.iter();
        signatures.filter(move |signature| {
            signature.typ() == Some(wanted)
                && signature.verify_subkey_binding(primary_key, key).is_ok()
        })
    };
    let own = newest(of_type(SignatureType::SubkeyBinding));
    let expires = own.and_then(|own| expiry(key, own)).into_iter().chain(primary.expires).min();
    Standing {
        is_revoked: primary.is_revoked || of_type(SignatureType::SubkeyRevocation).next().is_some(),
        may_sign: own.is_some_and(|own| signs(own, key, primary_key)),
        created: seconds(key).max(primary.created),
        expires,
    }
}

/// Gives the names that the owner stands by.
pub(super) fn names(certificate: &SignedPublicKey) -> Vec<String> {
    let users = certificate.details.users.iter();
    let users = users.filter(|user| current(user, &certificate.primary_key).is_some());
    users.map(|user| String::from_utf8_lossy(user.id.id()).into_owned()).collect()
}

/// Gives the newest signature of the owner under a name, unless it takes the name back.
fn current<'a>(user: &'a SignedUser, key: &PublicKey) -> Option<&'a Signature> {
    let signatures = user.signatures.iter();
    let own =
        newest(signatures.filter(|signature| {
            signature.verify_certification(key, Tag::UserId, &user.id).is_ok()
        }));
    own.filter(|own| own.typ() != Some(SignatureType::CertRevocation))
}

fn newest<'a>(signatures: impl Iterator<Item = &'a Signature>) -> Option<&'a Signature> {
    signatures.max_by_key(|signature| signature.created())
}

/// A subkey that signs has agreed to belong to its primary key, or anybody could adopt it.
fn signs(binding: &Signature, key: &PublicSubkey, primary_key: &PublicKey) -> bool {
    let agreement = binding.embedded_signature();
    flags(binding).is_some_and(|flags| flags.sign())
        && agreement.is_some_and(|own| own.verify_primary_key_binding(key, primary_key).is_ok())
}

fn flags(signature: &Signature) -> Option<&KeyFlags> {
    signature.config()?.hashed_subpackets().find_map(|subpacket| match &subpacket.data {
        SubpacketData::KeyFlags(flags) => Some(flags),
        _ => None,
    })
}

fn seconds(key: &impl KeyDetails) -> u64 {
    u64::from(key.created_at().as_secs())
}

fn expiry(key: &impl KeyDetails, own: &Signature) -> Option<u64> {
    // Zero stands for never.
    let lifetime = own.key_expiration_time().map(|lifetime| u64::from(lifetime.as_secs()));
    lifetime.filter(|lifetime| *lifetime > 0).map(|lifetime| seconds(key) + lifetime)
}
