//! What the configuration file says of tokens:
//!
//! ```yaml
//! auth:
//!   tokens:
//!     key: ./token.key
//!     lifetime: 5m
//!     service: hreg
//!     realm: https://registry.example/v2/token
//!   issuer:
//!     name: https://auth.example
//!     key: ./issuer.pem
//!     audience: registry.example
//!     realm: https://auth.example/token
//! ```

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use super::section::Section;
use crate::serve::Error;

/// What this server calls itself in tokens if it is told nothing else.
const SERVICE: &str = "hreg";

/// How long a token lasts if nothing else is said.
const LIFETIME: Duration = Duration::from_secs(300);

/// How long a token may last: clients expect a minute at least, and what lasts longer than
/// a day is a password.
const LIFETIMES: RangeInclusive<Duration> = Duration::from_secs(60)..=Duration::from_secs(86_400);

/// Says how the server gives tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenSettings {
    /// The file of the key that they are signed with; without one it is made anew at each start.
    pub key: Option<PathBuf>,
    /// How long one lasts.
    pub lifetime: Duration,
    /// What the server calls itself in them.
    pub service: String,
    /// Where clients get them; `/v2/token` on the address that they have found the server at, if
    /// there is none.
    pub realm: Option<String>,
}

/// Says whose tokens are taken besides the server's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuerSettings {
    /// What the issuer calls itself in them.
    pub name: String,
    /// The file of its public keys: one in PEM, or several as a JWKS.
    pub key: PathBuf,
    /// What it calls this server in them.
    pub audience: String,
    /// Where clients get them.
    pub realm: String,
}

/// Reads how the server gives tokens.
pub(super) fn own(mut section: Section<'_>) -> Result<TokenSettings, Error> {
    let lifetime = section.duration("lifetime")?.unwrap_or(LIFETIME);
    if !LIFETIMES.contains(&lifetime) {
        return section.refuse("lifetime", "must be a minute to a day, such as 300s");
    }
    let settings = TokenSettings {
        key: section.text_of("key")?.map(PathBuf::from),
        lifetime,
        service: name(&mut section, "service")?.unwrap_or_else(|| SERVICE.to_owned()),
        realm: address(&mut section, "realm")?,
    };
    section.end()?;
    Ok(settings)
}

/// Reads whose tokens are taken besides.
pub(super) fn issuer(mut section: Section<'_>) -> Result<IssuerSettings, Error> {
    let settings = IssuerSettings {
        name: required(&mut section, "name", name)?,
        key: required(&mut section, "key", Section::text_of)?.into(),
        audience: required(&mut section, "audience", name)?,
        realm: required(&mut section, "realm", address)?,
    };
    section.end()?;
    Ok(settings)
}

fn required<'a>(
    section: &mut Section<'a>,
    key: &str,
    read: impl Fn(&mut Section<'a>, &str) -> Result<Option<String>, Error>,
) -> Result<String, Error> {
    match read(section, key)? {
        Some(text) => Ok(text),
        None => section.refuse(key, "is missing"),
    }
}

/// Reads a text that can stand between quotes in a header.
fn name(section: &mut Section<'_>, key: &str) -> Result<Option<String>, Error> {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\';
    match section.text_of(key)? {
        Some(text) if text.is_empty() || !text.bytes().all(is_plain) => {
            section.refuse(key, "must be ASCII without spaces, quotes and backslashes")
        }
        other => Ok(other),
    }
}

fn address(section: &mut Section<'_>, key: &str) -> Result<Option<String>, Error> {
    match name(section, key)? {
        Some(text) if !text.starts_with("https://") && !text.starts_with("http://") => {
            section.refuse(key, "must begin with https:// or http://")
        }
        other => Ok(other),
    }
}
