//! Tokens of another issuer, whose public keys are in a file: nothing is fetched.

use std::path::Path;

use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey, DecodingKeyKind, Validation};

use super::{Claimed, read, validation};
use crate::disk;
use crate::serve::Error;
use crate::serve::settings::IssuerSettings;
use crate::serve::watched::Watched;

/// The most bytes that the file of keys may have.
const MAX_FILE_BYTES: u64 = 256 << 10;

/// The most keys that there may be: a token that names none is held against each.
const MAX_KEYS: usize = 16;

/// How an issuer's keys begin in PEM. What is secret is not to lie here, and a certificate is not
/// checked, so none is taken.
const PEM: [&str; 2] = ["-----BEGIN PUBLIC KEY-----", "-----BEGIN RSA PUBLIC KEY-----"];

/// Is one key, and the only algorithms that it is used with.
struct Key {
    id: Option<String>,
    key: DecodingKey,
    validation: Validation,
}

/// Checks the tokens of another issuer.
pub(in crate::serve::auth) struct Issuer {
    keys: Watched<Vec<Key>>,
    settings: IssuerSettings,
}

impl Issuer {
    /// Reads the file of keys.
    pub(in crate::serve::auth) fn open(settings: &IssuerSettings) -> Result<Issuer, Error> {
        let own = settings.clone();
        let keys = Watched::open(vec![settings.key.clone()], move || keys(&own))?;
        Ok(Issuer { keys, settings: settings.clone() })
    }

    pub(in crate::serve::auth) fn settings(&self) -> &IssuerSettings {
        &self.settings
    }

    /// Reads a token, or says why it is not taken. Of the keys only those in the file count, whatever
    /// the token brings along.
    pub(in crate::serve::auth) fn check(
        &self,
        token: &str,
        report: impl Fn(&Error),
    ) -> Result<Claimed, &'static str> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| "the token cannot be used")?;
        let keys = self.keys.current(report);
        let fits = |key: &&Key| {
            let is_meant = key.id.is_none() || header.kid.is_none() || key.id == header.kid;
            is_meant && key.validation.algorithms.contains(&header.alg)
        };
        let mut last = Err("the token is signed with a key that is not known");
        for key in keys.iter().filter(fits) {
            last = read(token, &key.key, &key.validation);
            if last.is_ok() {
                break;
            }
        }
        last
    }
}

fn keys(settings: &IssuerSettings) -> Result<Vec<Key>, Error> {
    let path = &settings.key;
    let bytes = disk::read(path, MAX_FILE_BYTES)?;
    let read = match bytes.trim_ascii_start().first() {
        Some(b'{') => from_set(&bytes),
        _ => from_pem(&bytes).map(|key| vec![key]),
    };
    let keys = read.map_err(|reason| wrong(path, reason))?;
    let with = |(id, key, algorithms)| {
        let validation = validation(algorithms, &settings.name, &settings.audience);
        Key { id, key, validation }
    };
    Ok(keys.into_iter().map(with).collect())
}

type Usable = (Option<String>, DecodingKey, Vec<Algorithm>);

/// Reads one key in PEM.
fn from_pem(bytes: &[u8]) -> Result<Usable, &'static str> {
    const NONE: &str = "it holds no public key of RSA, EC or Ed25519 in PEM, and no JWKS";
    let text = std::str::from_utf8(bytes).map_err(|_| NONE)?.trim_start();
    if !PEM.iter().any(|begin| text.starts_with(begin)) {
        return Err(NONE);
    }
    let key = DecodingKey::from_ec_pem(text.as_bytes())
        .or_else(|_| DecodingKey::from_ed_pem(text.as_bytes()))
        .or_else(|_| DecodingKey::from_rsa_pem(text.as_bytes()))
        .map_err(|_| NONE)?;
    let algorithms = algorithms(&key)?;
    Ok((None, key, algorithms))
}

/// Reads a set of keys (RFC 7517). Those that are for something else are passed over.
fn from_set(bytes: &[u8]) -> Result<Vec<Usable>, &'static str> {
    let set: JwkSet = serde_json::from_slice(bytes).map_err(|_| "it is no JWKS")?;
    let is_for_signing = |key: &&Jwk| {
        let purpose = key.common.public_key_use.as_ref();
        purpose.is_none_or(|purpose| *purpose == PublicKeyUse::Signature)
    };
    let keys: Vec<Usable> = set.keys.iter().filter(is_for_signing).filter_map(from_jwk).collect();
    match keys.len() {
        0 => Err("it holds no key of RSA, EC or Ed25519 that signatures could be checked with"),
        1..=MAX_KEYS => Ok(keys),
        _ => Err("it holds more than 16 keys"),
    }
}

fn from_jwk(jwk: &Jwk) -> Option<Usable> {
    let key = DecodingKey::from_jwk(jwk).ok()?;
    let mut algorithms = algorithms(&key).ok()?;
    if let Some(named) = jwk.common.key_algorithm {
        let named = Algorithm::try_from(named).ok()?;
        algorithms.retain(|one| *one == named);
    }
    let id = jwk.common.key_id.clone();
    (!algorithms.is_empty()).then_some((id, key, algorithms))
}

/// Finds the algorithms that a key is for, and refuses keys that are weak or secret.
fn algorithms(key: &DecodingKey) -> Result<Vec<Algorithm>, &'static str> {
    let length = match key.kind() {
        DecodingKeyKind::SecretOrDer(bytes) => bytes.len(),
        DecodingKeyKind::RsaModulusExponent { n, .. } => n.len(),
    };
    match (key.family(), length) {
        // The modulus has 256 to 512 bytes; with what stands around it there are a few more.
        (family @ AlgorithmFamily::Rsa, 256..=540) => Ok(family.algorithms().to_vec()),
        (AlgorithmFamily::Rsa, _) => Err("a key of RSA must have 2048 to 4096 bits"),
        (AlgorithmFamily::Ec, 65) => Ok(vec![Algorithm::ES256]),
        (AlgorithmFamily::Ec, 97) => Ok(vec![Algorithm::ES384]),
        (AlgorithmFamily::Ec, _) => Err("a key of EC must be of the curve P-256 or P-384"),
        (AlgorithmFamily::Ed, 32) => Ok(vec![Algorithm::EdDSA]),
        _ => Err("it holds a key that is no public one"),
    }
}

fn wrong(path: &Path, reason: &str) -> Error {
    Error::TokenKey { path: path.to_owned(), reason: reason.to_owned() }
}
