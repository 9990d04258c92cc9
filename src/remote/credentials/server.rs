//! The keys of credentials files: which registry, and which part of it, an entry is for.

use crate::name::Host;

/// Names a registry, or the part of it below a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Server {
    /// The host in lower case, perhaps with a port.
    host: String,
    /// The path, without slashes around it; empty for the whole registry.
    path: String,
}

impl Server {
    pub(super) fn new(host: &Host, path: &str) -> Server {
        Server { host: canonical(host.as_str()), path: path.trim_matches('/').to_owned() }
    }

    /// Reads a key: `host`, `host:port`, `host/path`, or a URL such as `https://host/v1/`, whose
    /// path is the version of the protocol. Any text is a key; most name no registry.
    pub(super) fn parse(key: &str) -> Server {
        let rest = ["https://", "http://"].iter().find_map(|scheme| after(key, scheme));
        let (host, path) = rest.unwrap_or(key).split_once('/').unwrap_or((rest.unwrap_or(key), ""));
        let (host, path) = (canonical(host), path.trim_matches('/'));
        let is_version = matches!(path, "v1" | "v2") && (rest.is_some() || host == DOCKER_HUB);
        Server { host, path: if is_version { String::new() } else { path.to_owned() } }
    }

    /// Gives the length of the path where this server covers `wanted`, whose path is the same or
    /// below.
    pub(super) fn covers(&self, wanted: &Server) -> Option<usize> {
        let rest = wanted.path.strip_prefix(&self.path).filter(|_| self.host == wanted.host)?;
        let is_inside = self.path.is_empty() || rest.is_empty() || rest.starts_with('/');
        is_inside.then_some(self.path.len())
    }

    /// Gives the key that entries and helpers have for the whole registry.
    pub(super) fn registry_key(&self) -> &str {
        if self.host == DOCKER_HUB { "https://index.docker.io/v1/" } else { &self.host }
    }

    /// Gives the key that hreg writes.
    pub(super) fn key(&self) -> String {
        match self.path.as_str() {
            "" => self.registry_key().to_owned(),
            path => format!("{}/{path}", self.host),
        }
    }
}

const DOCKER_HUB: &str = "docker.io";

/// Gives the one name of a host that has several: Docker Hub's.
fn canonical(host: &str) -> String {
    let host = host.to_ascii_lowercase();
    match host.as_str() {
        "index.docker.io" | "registry-1.docker.io" => DOCKER_HUB.to_owned(),
        _ => host,
    }
}

fn after<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covered(key: &str, host: &str, path: &str) -> Option<usize> {
        Server::parse(key).covers(&Server::new(&Host::parse(host).unwrap(), path))
    }

    #[test]
    fn a_key_covers_what_is_below_its_path() {
        for (key, host, path, expected) in [
            ("h.io", "h.io", "a/b", Some(0)),
            ("H.io", "h.io", "", Some(0)),
            ("h.io:5000", "h.io", "", None),
            ("h.io", "h.io:5000", "", None),
            ("h.io:5000/a", "h.io:5000", "a/b", Some(1)),
            ("h.io/a/", "h.io", "a", Some(1)),
            ("h.io/a", "h.io", "ab", None),
            ("h.io/a", "h.io", "", None),
            ("h.io/v1", "h.io", "a", None),
            ("https://h.io/v1/", "h.io", "a", Some(0)),
            ("HTTP://h.io/v2", "h.io", "a", Some(0)),
            ("https://h.io/a/b", "h.io", "a/b/c", Some(3)),
            ("https://index.docker.io/v1/", "registry-1.docker.io", "a", Some(0)),
            ("index.docker.io/v1/", "docker.io", "a", Some(0)),
            ("registry-1.docker.io", "index.docker.io", "a", Some(0)),
            ("docker.io/a", "registry-1.docker.io", "a/b", Some(1)),
            ("", "h.io", "", None),
            ("https://", "h.io", "", None),
            ("ä", "h.io", "", None),
        ] {
            assert_eq!(covered(key, host, path), expected, "{key} for {host}/{path}");
        }
    }

    #[test]
    fn a_written_key_names_the_same_server() {
        for (host, path, key) in [
            ("localhost:5000", "", "localhost:5000"),
            ("h.io", "/a/b/", "h.io/a/b"),
            ("registry-1.docker.io", "", "https://index.docker.io/v1/"),
        ] {
            let server = Server::new(&Host::parse(host).unwrap(), path);
            assert_eq!(server.key(), key);
            assert_eq!(Server::parse(key), server);
        }
    }
}
