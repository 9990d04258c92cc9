//! Where a repository is on its registry.

use super::guard::Access;
use super::url::Url;
use super::{Client, Error, scheme};
use crate::name::{Host, Repository};

/// Is the place of a repository on a registry.
pub(super) struct Place {
    /// The registry, as it is named.
    pub(super) host: Host,
    /// The path of the repository, without slashes around it.
    pub(super) path: String,
    base: String,
}

impl Place {
    /// Gives the address of something in the repository, such as `tags/list`.
    pub(super) fn url(&self, rest: &str) -> Result<Url, Error> {
        Url::parse(&format!("{}/v2/{}/{rest}", self.base, self.path))
    }

    /// Says that these actions are asked for on the repository.
    pub(super) fn access(&self, actions: &[&str]) -> Access {
        let scope = self.scope(actions);
        Access { host: self.host.clone(), path: self.path.clone(), scope }
    }

    pub(super) fn scope(&self, actions: &[&str]) -> String {
        format!("repository:{}:{}", self.path, actions.join(","))
    }

    pub(super) fn protocol(&self, reason: &str) -> Error {
        let doing = format!("use {}/{}", self.host, self.path);
        Error::Protocol { doing, host: self.host.clone(), reason: reason.to_owned() }
    }
}

impl Client {
    /// Finds the place of a repository, whose name must be one that registries take: lower-case
    /// letters and digits, with `.`, `_`, `__` and `-` between (the distribution specification).
    pub(super) fn place(&self, repository: &Repository) -> Result<Place, Error> {
        let refuse = |reason| Error::Name { repository: repository.to_string(), reason };
        let host = repository.space.host().ok_or_else(|| refuse("it names no registry"))?;
        let mut path = String::new();
        for part in repository.space.parts() {
            path += part;
            path.push('/');
        }
        path += repository.chart.as_str();
        if !path.split('/').all(is_part) {
            return Err(refuse("its name is not one that registries take"));
        }
        Ok(Place { host: host.clone(), path, base: self.base(host) })
    }

    /// Gives the scheme and host under which a registry is asked.
    pub(super) fn base(&self, host: &Host) -> String {
        // Docker Hub answers as a registry under another name than it goes by.
        let name = match host.as_str() {
            "docker.io" | "index.docker.io" => "registry-1.docker.io",
            other => other,
        };
        format!("{}://{name}", scheme::of(&self.exchange.options, host))
    }
}

/// Checks one part of a repository's name: `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`.
fn is_part(part: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = part.as_bytes();
    let ends = bytes.first().zip(bytes.last());
    ends.is_some_and(|(first, last)| is_plain(*first) && is_plain(*last))
        && bytes.iter().all(|byte| is_plain(*byte) || b"._-".contains(byte))
        && bytes
            .split(|byte| is_plain(*byte))
            .all(|between| matches!(between, b"" | b"." | b"_" | b"__") || is_dashes(between))
}

fn is_dashes(between: &[u8]) -> bool {
    between.iter().all(|byte| *byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_registries_take() {
        for part in ["a", "0", "a.b", "a_b", "a__b", "a-b", "a---b", "a1.b2-c3"] {
            assert!(is_part(part), "{part}");
        }
        for part in ["", "A", "a..b", "a___b", "a.-b", "-a", "a-", ".a", "a_", "é", "a?b", "a#b"] {
            assert!(!is_part(part), "{part}");
        }
    }
}
