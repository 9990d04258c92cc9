//! Tokens that this server gives: signed with a key that nobody else has, or that servers share.

use std::path::Path;
use std::time::Duration;

use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, get_current_timestamp,
};
use ring::rand::{SecureRandom as _, SystemRandom};
use serde::Serialize;

use super::{Claimed, Entry, read, validation};
use crate::disk;
use crate::serve::Error;
use crate::serve::auth::credentials::MAX_TOKEN_BYTES;
use crate::serve::settings::TokenSettings;
use crate::serve::watched::Watched;

/// How many bytes a key has at least: fewer than the hash has could be guessed (RFC 7518, section
/// 3.2).
const KEY_BYTES: usize = 32;

/// The most bytes that the file of a key may have.
const MAX_KEY_BYTES: u64 = 64 << 10;

/// The only algorithm: who checks these tokens makes them.
const ALGORITHM: Algorithm = Algorithm::HS256;

struct Key {
    signing: EncodingKey,
    checking: DecodingKey,
}

/// Gives and checks this server's own tokens.
pub(in crate::serve::auth) struct Own {
    key: Watched<Key>,
    settings: TokenSettings,
    validation: Validation,
}

/// Is a token that was given.
pub(in crate::serve) struct Issued {
    pub(in crate::serve) token: String,
    /// Seconds since 1970.
    pub(in crate::serve) time: u64,
    pub(in crate::serve) lifetime: Duration,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    aud: &'a str,
    sub: &'a str,
    iat: u64,
    nbf: u64,
    exp: u64,
    access: &'a [Entry],
}

impl Own {
    /// Reads the key, or makes one that ends with the process.
    pub(in crate::serve::auth) fn open(settings: &TokenSettings) -> Result<Own, Error> {
        let file = settings.key.clone();
        let read = move || file.as_deref().map_or_else(random, from_file);
        let key = Watched::open(settings.key.iter().cloned().collect(), read)?;
        let validation = validation(vec![ALGORITHM], &settings.service, &settings.service);
        Ok(Own { key, settings: settings.clone(), validation })
    }

    pub(in crate::serve::auth) fn settings(&self) -> &TokenSettings {
        &self.settings
    }

    /// Makes a token; none if it would be too long to be taken back.
    pub(in crate::serve::auth) fn issue(
        &self,
        user: Option<&str>,
        access: &[Entry],
        report: impl Fn(&Error),
    ) -> Option<Issued> {
        let (time, lifetime) = (get_current_timestamp(), self.settings.lifetime);
        let claims = Claims {
            iss: &self.settings.service,
            aud: &self.settings.service,
            sub: user.unwrap_or_default(),
            iat: time,
            nbf: time,
            exp: time + lifetime.as_secs(),
            access,
        };
        let key = self.key.current(report);
        let token = jsonwebtoken::encode(&Header::new(ALGORITHM), &claims, &key.signing).ok()?;
        (token.len() <= MAX_TOKEN_BYTES).then_some(Issued { token, time, lifetime })
    }

    /// Reads a token, or says why it is not taken.
    pub(in crate::serve::auth) fn check(
        &self,
        token: &str,
        report: impl Fn(&Error),
    ) -> Result<Claimed, &'static str> {
        read(token, &self.key.current(report).checking, &self.validation)
    }
}

fn random() -> Result<Key, Error> {
    let mut bytes = [0; KEY_BYTES];
    SystemRandom::new().fill(&mut bytes).map_err(|_| Error::NoRandom)?;
    Ok(key(&bytes))
}

fn from_file(path: &Path) -> Result<Key, Error> {
    let bytes = disk::read(path, MAX_KEY_BYTES)?;
    if bytes.len() < KEY_BYTES {
        let reason = format!("it has fewer than {KEY_BYTES} bytes");
        return Err(Error::TokenKey { path: path.to_owned(), reason });
    }
    Ok(key(&bytes))
}

fn key(bytes: &[u8]) -> Key {
    Key { signing: EncodingKey::from_secret(bytes), checking: DecodingKey::from_secret(bytes) }
}
