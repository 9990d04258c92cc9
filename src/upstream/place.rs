//! Which part of a registry is served, and how its repositories are named here.

use std::fmt;

use super::Error;
use crate::name::{Host, Repository, SpaceName};

/// Is a registry, or a path on one: repositories below it are served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    host: Host,
    prefix: String,
}

impl Place {
    /// Reads `HOST[:PORT][/PATH]`.
    pub fn parse(text: &str) -> Result<Place, Error> {
        let text = text.trim_end_matches('/');
        let refuse = |reason: String| Error::Place { text: text.to_owned(), reason };
        let (host, path) = text.split_once('/').unwrap_or((text, ""));
        let host = Host::parse(host).map_err(|error| refuse(error.to_string()))?;
        let mut prefix = path.to_owned();
        if !path.is_empty() {
            let parts = path.split('/');
            SpaceName::new(Some(host.clone()), parts).map_err(|error| refuse(error.to_string()))?;
            prefix.push('/');
        }
        Ok(Place { host, prefix })
    }

    /// Gives the registry.
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// Gives the path below the place of a repository that the registry lists, if it is below it.
    pub(super) fn below<'a>(&self, path: &'a str) -> Option<&'a str> {
        path.strip_prefix(&self.prefix)
    }

    /// Gives the repository on the registry that a path below the place stands for; none if no registry
    /// has repositories of that name.
    pub(super) fn remote(&self, path: &str) -> Option<Repository> {
        Repository::parse(&format!("oci://{self}/{path}")).ok()
    }

    /// Gives the name here of a path below the place: a path of one part is a chart of `library`.
    pub(super) fn local(path: &str) -> Option<Repository> {
        let repository = Repository::parse(path).ok()?;
        repository.space.host().is_none().then_some(repository)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.host)?;
        match self.prefix.strip_suffix('/') {
            Some(path) => write!(formatter, "/{path}"),
            None => Ok(()),
        }
    }
}
