//! One credentials file, as Docker and Helm write it.
//!
//! The format is that of Docker's config.json: `auths` from servers to entries, `credHelpers` from
//! servers to the names of helpers, `credsStore` with the helper for all others. Sources:
//! docs.docker.com/reference/cli/docker/login and `cli/config/configfile` of docker/cli.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;

use super::super::credential::Credential;
use super::Error;
use super::server::Server;
use crate::disk;

/// Limits a credentials file, in bytes.
pub(super) const MAX_BYTES: u64 = 4 << 20;

/// Reads and writes base64; some tools leave the padding away.
pub(super) const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Holds what a file says. It cannot be printed, since it holds secrets.
pub(super) struct Config {
    pub(super) path: PathBuf,
    fields: Fields,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Fields {
    auths: Option<BTreeMap<String, Option<Entry>>>,
    #[serde(rename = "credHelpers")]
    helpers: Option<BTreeMap<String, String>>,
    #[serde(rename = "credsStore")]
    store: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Entry {
    auth: Option<String>,
    username: Option<String>,
    password: Option<String>,
    #[serde(rename = "identitytoken")]
    identity_token: Option<String>,
    #[serde(rename = "registrytoken")]
    registry_token: Option<String>,
}

/// Says where in a file a credential may be had.
pub(super) struct Source<'a> {
    /// The length of the path that it is for.
    pub(super) length: usize,
    /// How it is had.
    pub(super) place: Place<'a>,
}

/// Says how a credential is had; what comes first goes before the others of the same file.
pub(super) enum Place<'a> {
    /// From a helper by its name, which is asked for a server.
    Helper { name: &'a str, server: &'a str },
    /// From the file itself, under a key.
    Entry(&'a str),
}

impl Config {
    /// Reads a file; one that is not there, or is empty, says nothing.
    pub(super) fn read(path: &Path) -> Result<Config, Error> {
        let bytes = disk::read_optional(path, MAX_BYTES)?.unwrap_or_default();
        let path = path.to_owned();
        let fields = if bytes.trim_ascii().is_empty() {
            Fields::default()
        } else {
            serde_json::from_slice(&bytes).map_err(|error| malformed(&path, &error))?
        };
        Ok(Config { path, fields })
    }

    /// Lists where a credential for a server may be had, in the order that Docker has: the helper
    /// for a server, the helper for all, the file itself.
    pub(super) fn sources<'a>(&'a self, wanted: &'a Server) -> Vec<Source<'a>> {
        let mut sources = Vec::new();
        let mut add = |length, place| sources.push(Source { length, place });
        let covering = |key: &str| Server::parse(key).covers(wanted);
        for (server, name) in self.fields.helpers.iter().flatten() {
            if let Some(length) = covering(server) {
                add(length, Place::Helper { name, server });
            }
        }
        let store = self.fields.store.as_deref().filter(|name| !name.is_empty());
        let keys = self.fields.auths.iter().flat_map(BTreeMap::keys);
        for (key, length) in keys.filter_map(|key| Some((key, covering(key)?))) {
            // The helper keeps what is logged in under the key that the file lists.
            if let Some(name) = store {
                add(length, Place::Helper { name, server: key });
            }
            add(length, Place::Entry(key));
        }
        if let Some(name) = store {
            add(0, Place::Helper { name, server: wanted.registry_key() });
        }
        sources
    }

    /// Gives the credential that an entry holds; many hold none.
    pub(super) fn credential(&self, key: &str) -> Result<Option<Credential>, Error> {
        let auths = self.fields.auths.as_ref();
        let Some(entry) = auths.and_then(|auths| auths.get(key)?.as_ref()) else { return Ok(None) };
        entry.credential().map_err(|reason| Error::Entry {
            path: self.path.clone(),
            server: key.to_owned(),
            reason,
        })
    }
}

pub(super) fn malformed(path: &Path, error: &serde_json::Error) -> Error {
    Error::Malformed { path: path.to_owned(), line: error.line(), column: error.column() }
}

impl Entry {
    fn credential(&self) -> Result<Option<Credential>, &'static str> {
        let given = |field: &Option<String>| field.clone().filter(|text| !text.is_empty());
        if let Some(token) = given(&self.registry_token) {
            return Ok(Some(Credential::Bearer { token }));
        }
        if let Some(token) = given(&self.identity_token) {
            return Ok(Some(Credential::IdentityToken { token }));
        }
        if let Some(auth) = given(&self.auth) {
            return decode(&auth).map(Some);
        }
        let username = given(&self.username);
        let password = self.password.clone().unwrap_or_default();
        Ok(username.map(|username| Credential::Basic { username, password }))
    }
}

/// Reads base64 of `USER:PASSWORD`; the password may have colons, and Docker drops NULs at its end.
fn decode(auth: &str) -> Result<Credential, &'static str> {
    const WRONG: &str = "its `auth` is not the base64 of USER:PASSWORD";
    let bytes = BASE64.decode(auth.trim()).map_err(|_| WRONG)?;
    let text = String::from_utf8(bytes).map_err(|_| WRONG)?;
    let (username, password) = text.split_once(':').ok_or(WRONG)?;
    let password = password.trim_matches('\0');
    Ok(Credential::Basic { username: username.to_owned(), password: password.to_owned() })
}
