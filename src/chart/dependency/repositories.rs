//! repositories.yaml: the names that Helm's users have given to classic repositories.
//!
//! Source: `pkg/repo/repo.go` of Helm 3.17.3. Only names and addresses are read, no credentials.

use crate::chart::metadata::Error;
use crate::chart::record::{Place, Read, record};
use crate::chart::yaml;

/// Knows the addresses of repositories by their names.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Repositories {
    repositories: Vec<Entry>,
}

#[derive(Debug, Clone, Default, PartialEq)]
struct Entry {
    name: String,
    url: String,
}

record!(Repositories {
    "repositories" => repositories: Vec<Entry>,
});

record!(Entry {
    "name" => name: String,
    "url" => url: String,
});

impl Repositories {
    /// Reads a repositories.yaml.
    pub fn read_yaml(bytes: &[u8]) -> Result<Repositories, Error> {
        let value = yaml::parse_shaped(bytes, &Repositories::SHAPE)?;
        let mut repositories = Repositories::default();
        repositories.read(&value, &Place::root())?;
        Ok(repositories)
    }

    /// Gives the address of a repository.
    pub fn address(&self, name: &str) -> Option<&str> {
        let entry = self.repositories.iter().find(|entry| entry.name == name)?;
        Some(&entry.url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_helm_writes() {
        let file = b"apiVersion: \"\"\ngenerated: \"0001-01-01T00:00:00Z\"\nrepositories:\n\
            - caFile: \"\"\n  insecure_skip_tls_verify: false\n  name: stable\n  \
            password: p\n  url: https://example.com/charts\n- name: \"7\"\n  url: http://a\n";
        let repositories = Repositories::read_yaml(file).unwrap();
        assert_eq!(repositories.address("stable"), Some("https://example.com/charts"));
        assert_eq!(repositories.address("7"), Some("http://a"));
        assert_eq!(repositories.address("other"), None);
    }

    #[test]
    fn a_file_without_repositories_knows_none() {
        for file in ["", "apiVersion: v1\n", "repositories:\n", "repositories: []\n"] {
            assert_eq!(Repositories::read_yaml(file.as_bytes()).unwrap(), Repositories::default());
        }
        assert!(Repositories::read_yaml(b"repositories: {}\n").is_err());
    }
}
