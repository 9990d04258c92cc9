//! Credentials for registries: found in hreg's own file, Helm's and Docker's, kept in hreg's.
//!
//! All three have Docker's format, and may leave the secrets to helper programs. The entry with the
//! longest path wins, so that one registry can have several; of entries with paths of the same
//! length, hreg's goes before Helm's, and Helm's before Docker's. A file that others may read is
//! used like any other, as Helm and Docker do; [`Files::exposed`] lets a surface warn of it, and
//! the next login puts it right. When a credential is sent, and where, is left to the client.

mod config;
mod error;
mod keychain;
mod own;
mod server;

use std::collections::HashMap;
use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

pub use error::Error;
pub use keychain::Error as KeychainError;

use super::credential::{Credential, Lookup};
use crate::disk::lock::Wait;
use crate::name::Host;
use config::{Config, Place};
use own::Own;
use server::Server;

/// Says where credentials are kept. None of the files has to be there.
#[derive(Debug, Clone, Default)]
pub struct Locations {
    /// hreg's own file.
    pub own: PathBuf,
    /// Helm's registry/config.json.
    pub helm: Option<PathBuf>,
    /// Docker's config.json.
    pub docker: Option<PathBuf>,
    /// Where helpers are looked for, as in PATH; as the process looks for programs if not given.
    pub helpers: Option<OsString>,
}

/// Finds, stores and erases credentials.
pub struct Files {
    locations: Locations,
    /// What helpers said: each is asked once for a server, as it may be slow, or ask its user.
    answers: Mutex<HashMap<(String, String), Answer>>,
}

type Answer = Result<Option<Credential>, KeychainError>;

impl Files {
    /// Uses the files at the given places, which are read anew each time.
    pub fn new(locations: Locations) -> Files {
        Files { locations, answers: Mutex::default() }
    }

    /// Keeps a credential for a registry, or for what is below a path of it, in hreg's own file.
    ///
    /// The file is replaced in one step, and locked against others who log in at the same time.
    pub fn store(
        &self,
        host: &Host,
        path: &str,
        credential: &Credential,
        wait: Wait<'_>,
    ) -> Result<(), Error> {
        let mut own = Own::open(&self.locations.own, wait)?;
        own.insert(&Server::new(host, path), credential)?;
        own.write()
    }

    /// Takes a credential out of hreg's own file, and tells whether it was there.
    pub fn erase(&self, host: &Host, path: &str, wait: Wait<'_>) -> Result<bool, Error> {
        if !self.locations.own.exists() {
            return Ok(false);
        }
        let mut own = Own::open(&self.locations.own, wait)?;
        let was_there = own.remove(&Server::new(host, path))?;
        if was_there {
            own.write()?;
        }
        Ok(was_there)
    }

    /// Gives hreg's own file where others than its user may read or change it.
    pub fn exposed(&self) -> Option<&Path> {
        let own = &self.locations.own;
        let metadata = own.metadata().ok()?;
        let is_exposed = metadata.is_file() && metadata.permissions().mode() & 0o077 != 0;
        is_exposed.then_some(own)
    }

    fn configs(&self) -> Result<Vec<Config>, Error> {
        let Locations { own, helm, docker, .. } = &self.locations;
        let paths = [Some(own), helm.as_ref(), docker.as_ref()];
        paths.into_iter().flatten().map(|path| Config::read(path)).collect()
    }

    fn ask(&self, name: &str, server: &str, config: &Config) -> Result<Option<Credential>, Error> {
        // Answers stay whole whatever happens to another thread.
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = answers.entry((name.to_owned(), server.to_owned())).or_insert_with(|| {
            keychain::get(name, server, self.locations.helpers.as_deref(), keychain::TIMEOUT)
        });
        answer.clone().map_err(|source| Error::Helper {
            program: keychain::program(name),
            server: server.to_owned(),
            path: config.path.clone(),
            source,
        })
    }
}

impl Lookup for Files {
    fn find(&self, host: &Host, path: &str) -> Result<Option<Credential>, Error> {
        let wanted = Server::new(host, path);
        let configs = self.configs()?;
        let mut sources: Vec<_> = configs
            .iter()
            .flat_map(|config| config.sources(&wanted).into_iter().map(move |at| (config, at)))
            .collect();
        // The sort is stable: what has the same length stays in the order of the files.
        sources.sort_by_key(|(_, source)| std::cmp::Reverse(source.length));
        for (config, source) in sources {
            let found = match source.place {
                Place::Helper { name, server } => self.ask(name, server, config)?,
                Place::Entry(key) => config.credential(key)?,
            };
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests;
