//! Chart.lock and requirements.lock: the exact versions that dependencies were resolved to.
//!
//! Source: `Lock` in `pkg/chart/dependency.go` of Helm 3.17.3. What is locked is left to whoever
//! updates dependencies.

use serde::Serialize;

use super::dependency::lock_digest;
use super::metadata::{Dependency, Error};
use super::record::{Place, Read, Timestamp, record};
use super::yaml;

/// Holds a lock file.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Lock {
    /// When the dependencies were resolved.
    pub generated: Timestamp,
    /// The digest of the dependencies that Chart.yaml had then: `sha256:` and hexadecimal digits.
    pub digest: String,
    /// The dependencies with their exact versions.
    pub dependencies: Vec<Dependency>,
}

record!(Lock {
    "generated" => generated: Timestamp,
    "digest" => digest: String,
    "dependencies" => dependencies: Vec<Dependency>,
});

impl Lock {
    /// Reads a lock file; an empty one is none.
    pub fn read_yaml(bytes: &[u8]) -> Result<Option<Lock>, Error> {
        let value = yaml::parse_shaped(bytes, &Lock::SHAPE)?;
        if value.is_null() {
            return Ok(None);
        }
        let mut lock = Lock::default();
        lock.read(&value, &Place::root())?;
        Ok(Some(lock))
    }

    /// Locks what dependencies were resolved to.
    pub fn new(
        required: &[Dependency],
        dependencies: Vec<Dependency>,
        generated: Timestamp,
    ) -> Lock {
        Lock { generated, digest: lock_digest(required, &dependencies), dependencies }
    }

    /// Tells whether the lock was made for these dependencies. They must have the addresses of
    /// repositories in place of their aliases, as Helm has hashed them.
    pub fn fits(&self, required: &[Dependency]) -> bool {
        // Nothing may have been written in two ways, which Helm hashes differently.
        let both_empty = required.is_empty() && self.dependencies.is_empty();
        both_empty || lock_digest(required, &self.dependencies) == self.digest
    }

    /// Tells whether another lock says the same, whenever it was made.
    pub fn agrees(&self, other: &Lock) -> bool {
        self.digest == other.digest && self.dependencies == other.dependencies
    }

    /// Writes the lock as YAML, in the order that Helm writes it.
    pub fn to_yaml(&self) -> Result<String, yaml::Error> {
        let dependencies = self.dependencies.iter().map(|dependency| Pin {
            name: &dependency.name,
            repository: &dependency.repository,
            version: &dependency.version,
        });
        yaml::emit(&Sorted {
            dependencies: dependencies.collect(),
            digest: &self.digest,
            generated: &self.generated,
        })
    }
}

/// Is a lock with its members in the order of their names.
#[derive(Serialize)]
struct Sorted<'a> {
    dependencies: Vec<Pin<'a>>,
    digest: &'a str,
    generated: &'a Timestamp,
}

#[derive(Serialize)]
struct Pin<'a> {
    name: &'a str,
    repository: &'a str,
    version: &'a str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_lock() {
        let lock = Lock::read_yaml(
            b"dependencies:\n- name: a\n  repository: ''\n  version: 1.10\n\
              digest: sha256:00\ngenerated: \"2020-01-02T03:04:05.678+02:00\"\n",
        );
        let lock = lock.unwrap().unwrap();
        assert_eq!(lock.dependencies[0].version, "1.1");
        assert_eq!(lock.generated.as_str(), "2020-01-02T03:04:05.678+02:00");
        assert_eq!(Lock::read_yaml(b"# nothing\n").unwrap(), None);
        assert_eq!(Lock::read_yaml(b"{}").unwrap().unwrap(), Lock::default());
    }

    /// The text is what Helm 3.17.3 writes, but for the quotes around 1.1.0, which say nothing.
    #[test]
    fn writes_what_helm_writes() {
        let text = "dependencies:\n\
            - name: a\n  repository: http://127.0.0.1:18999\n  version: \"1.1.0\"\n\
            - name: b\n  repository: \"\"\n  version: \"1.10\"\n\
            digest: sha256:538f938c0f7d2f22e9c328e29fb467ce25c4256ff543d49e5777a26ea19e3dab\n\
            generated: \"2026-11-21T15:17:58.519055471Z\"\n";
        let lock = Lock::read_yaml(text.as_bytes()).unwrap().unwrap();
        assert_eq!(lock.to_yaml().unwrap(), text);
    }

    #[test]
    fn fits_what_it_was_made_for() {
        let locked = |version| crate::chart::dependency::locked("a", version, "r");
        let lock = Lock::new(&[locked("^1")], vec![locked("1.0.0")], Timestamp::default());
        assert!(lock.fits(&[locked("^1")]));
        assert!(!lock.fits(&[locked("^2")]));
        assert!(!lock.fits(&[]));
        let other = Lock { dependencies: vec![locked("1.0.1")], ..lock.clone() };
        assert!(!other.fits(&[locked("^1")]));
        assert!(!other.agrees(&lock) && lock.agrees(&lock.clone()));
        assert!(Lock::default().fits(&[]));
    }

    #[test]
    fn refuses_what_is_no_lock() {
        for text in ["[]", "a", "generated: 2020-01-02", "dependencies: {}", "digest: []"] {
            assert!(Lock::read_yaml(text.as_bytes()).is_err(), "{text}");
        }
    }
}
