//! hreg's own credentials file: the only one that is written.
//!
//! What is written is what Helm writes to its registry/config.json, so a file can be copied from
//! one to the other; members that hreg does not know stay.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use serde::Serialize as _;
use serde_json::ser::{PrettyFormatter, Serializer};
use serde_json::{Map, Value, json};

use super::super::credential::Credential;
use super::Error;
use super::config::{BASE64, MAX_BYTES, malformed};
use super::server::Server;
use crate::disk::lock::{Guard, Mode, Wait, acquire};
use crate::disk::{self, NewFile};

/// Holds the file locked while it is changed.
pub(super) struct Own {
    path: PathBuf,
    fields: Map<String, Value>,
    _guard: Guard,
}

impl Own {
    /// Locks the file and reads it. Its folder is made if need be, for its user alone.
    pub(super) fn open(path: &Path, wait: Wait<'_>) -> Result<Own, Error> {
        // Where the file is a link, the file that it leads to is replaced, not the link.
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        disk::create_private_folders(folder(&path))?;
        let mut lock = path.clone().into_os_string();
        lock.push(".lock");
        let what = || "the credentials file".to_owned();
        let guard = acquire(Path::new(&lock), &what, Mode::Exclusive, wait)?;
        let bytes = disk::read_optional(&path, MAX_BYTES)?.unwrap_or_default();
        let fields = if bytes.trim_ascii().is_empty() {
            Map::new()
        } else {
            serde_json::from_slice(&bytes).map_err(|error| malformed(&path, &error))?
        };
        Ok(Own { path, fields, _guard: guard })
    }

    /// Takes out all entries of a server, under whichever key, and tells whether there were any.
    pub(super) fn remove(&mut self, server: &Server) -> Result<bool, Error> {
        let auths = self.auths()?;
        let before = auths.len();
        auths.retain(|key, _| Server::parse(key) != *server);
        Ok(auths.len() < before)
    }

    pub(super) fn insert(&mut self, server: &Server, credential: &Credential) -> Result<(), Error> {
        self.remove(server)?;
        self.auths()?.insert(server.key(), entry(credential));
        Ok(())
    }

    fn auths(&mut self) -> Result<&mut Map<String, Value>, Error> {
        let auths = self.fields.entry("auths").or_insert(Value::Null);
        if auths.is_null() {
            *auths = Value::Object(Map::new());
        }
        let path = &self.path;
        auths.as_object_mut().ok_or_else(|| Error::Entry {
            path: path.clone(),
            server: "auths".to_owned(),
            reason: "it is no object",
        })
    }

    /// Puts the file in its place in one step, readable by its user alone (0600).
    pub(super) fn write(self) -> Result<(), Error> {
        let mut bytes = Vec::new();
        let formatter = PrettyFormatter::with_indent(b"\t");
        let mut serializer = Serializer::with_formatter(&mut bytes, formatter);
        let failed = |source| disk::Error::new("write", &self.path, source);
        self.fields.serialize(&mut serializer).map_err(|error| failed(error.into()))?;
        let mut file = NewFile::create(folder(&self.path), 0o600)?;
        file.write_all(&bytes).map_err(failed)?;
        let file = file.close();
        file.sync()?;
        file.persist(&self.path)?;
        disk::sync_folder(folder(&self.path))?;
        Ok(())
    }
}

/// Gives the folder of a file; that of a bare name is where the process is.
fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn entry(credential: &Credential) -> Value {
    match credential {
        Credential::Basic { username, password } => {
            json!({ "auth": BASE64.encode(format!("{username}:{password}")) })
        }
        Credential::IdentityToken { token } => json!({ "identitytoken": token }),
        Credential::Bearer { token } => json!({ "registrytoken": token }),
    }
}
