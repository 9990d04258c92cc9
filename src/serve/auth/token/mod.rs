//! Tokens (RFC 7519): those that this server gives, and those of another issuer.
//!
//! Both are held against the same: a key that fixes the algorithm, an end, an issuer, and that they
//! are for this server. What they are good for is in their claim `access`, which is distribution's.

mod access;
mod crypto;
mod issuer;
mod own;

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey, Validation};
use serde::Deserialize;

pub(in crate::serve) use access::Target;
pub(super) use access::{Access, Entry, Place};
pub(super) use issuer::Issuer;
pub(in crate::serve) use own::Issued;
pub(super) use own::Own;

/// By how many seconds the clocks of those who make tokens and those who check them may differ.
const LEEWAY: u64 = 30;

/// The most bytes of the name of a token's user.
const MAX_NAME_BYTES: usize = 255;

/// Is what a token says of who shows it.
#[derive(Debug)]
pub(super) struct Claimed {
    /// The user; nobody in a token for anybody.
    pub(super) user: Option<String>,
    pub(super) access: Access,
}

#[derive(Deserialize)]
struct Claims {
    sub: Option<String>,
    access: Option<Vec<Entry>>,
}

/// Tells whether only who can check a token can have made it, as with those of this server.
pub(super) fn is_shared_secret(token: &str) -> bool {
    jsonwebtoken::decode_header(token)
        .is_ok_and(|header| header.alg.family() == AlgorithmFamily::Hmac)
}

/// Says what a token must be like: only of these algorithms, which fit the key, and of an issuer for
/// an audience.
fn validation(algorithms: Vec<Algorithm>, issuer: &str, audience: &str) -> Validation {
    // Nothing is signed or checked before it is known how a token must be.
    crypto::install();
    let mut validation =
        Validation { algorithms, leeway: LEEWAY, validate_nbf: true, ..Validation::default() };
    validation.set_required_spec_claims(&["exp", "iss", "aud"]);
    validation.set_issuer(&[issuer]);
    validation.set_audience(&[audience]);
    validation
}

/// Reads a token, or says why it is not taken. No reason has anything of the token in it.
fn read(token: &str, key: &DecodingKey, validation: &Validation) -> Result<Claimed, &'static str> {
    let read = jsonwebtoken::decode::<Claims>(token, key, validation);
    let read = read.map_err(|error| reason(error.kind()))?;
    // What has to be understood and is not must be refused (RFC 7515, section 4.1.11).
    if read.header.crit.is_some() {
        return Err("the token asks for what is not known here");
    }
    let user = read.claims.sub.filter(|user| !user.is_empty());
    let is_odd = |user: &String| user.len() > MAX_NAME_BYTES || user.chars().any(char::is_control);
    if user.as_ref().is_some_and(is_odd) {
        return Err("the token is for a user with an unusual name");
    }
    Ok(Claimed { user, access: Access::of(&read.claims.access.unwrap_or_default()) })
}

fn reason(kind: &ErrorKind) -> &'static str {
    match kind {
        ErrorKind::ExpiredSignature => "the token has expired",
        ErrorKind::ImmatureSignature => "the token is not good yet",
        ErrorKind::InvalidIssuer => "the token is of another issuer",
        ErrorKind::InvalidAudience => "the token is for another service",
        ErrorKind::InvalidSignature => "the token is not signed as it should be",
        ErrorKind::MissingRequiredClaim(_) => {
            "the token does not say when it ends, whose or for whom it is"
        }
        _ => "the token cannot be used",
    }
}
