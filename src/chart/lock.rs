//! Chart.lock and requirements.lock: the exact versions that dependencies were resolved to.
//!
//! Source: `Lock` in `pkg/chart/dependency.go` of Helm 3.17.3. Whether a lock still fits its
//! Chart.yaml is left to whoever updates dependencies.

use serde::Serialize;

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

    #[test]
    fn refuses_what_is_no_lock() {
        for text in ["[]", "a", "generated: 2020-01-02", "dependencies: {}", "digest: []"] {
            assert!(Lock::read_yaml(text.as_bytes()).is_err(), "{text}");
        }
    }
}
