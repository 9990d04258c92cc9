//! The lock of a plan: which charts of the store it was built from.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::disk::{self, NewFile};
use crate::name::{Reference, Repository, Version};
use crate::ops::Error;
use crate::plan::Node;
use crate::plan::compose::Part;

/// The bytes that a lock file may have.
const MAX_BYTES: u64 = 4 << 20;

/// Holds the charts of the store that a plan was built from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    sources: Vec<Pin>,
}

/// Is a chart of the store, and the node that takes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pin {
    place: String,
    chart: Repository,
    version: Version,
    digest: Digest,
}

impl Lock {
    /// Notes what a plan was built from.
    pub(super) fn of(root: &Node, built: &Part) -> Lock {
        let mut lock = Lock { sources: Vec::new() };
        lock.add(root, built);
        lock
    }

    fn add(&mut self, node: &Node, part: &Part) {
        if let (Some(Reference { repository, .. }), Some(digest)) = (&part.reference, part.digest)
            && let Ok(version) = Version::parse(&part.version)
        {
            let (place, chart) = (node.place.clone(), repository.clone());
            self.sources.push(Pin { place, chart, version, digest });
        }
        for (name, child) in &node.children {
            if let Some(part) = part.built(name.as_str()) {
                self.add(child, part);
            }
        }
    }

    /// Gives the version that a node took, if it was of the same chart.
    pub(super) fn get(&self, place: &str, repository: &Repository) -> Option<(Version, Digest)> {
        let mut pins = self.sources.iter();
        let pin = pins.find(|pin| pin.place == place && pin.chart == *repository)?;
        Some((pin.version.clone(), pin.digest))
    }

    /// Lists what is locked for places where a plan takes nothing from the store.
    pub(super) fn unused(&self, root: &Node) -> Vec<(String, Repository)> {
        let mut taken = Vec::new();
        places(root, &mut taken);
        let unused = self.sources.iter().filter(|pin| !taken.contains(&pin.place.as_str()));
        unused.map(|pin| (pin.place.clone(), pin.chart.clone())).collect()
    }

    /// Names the lock file of a plan: `shop.lock.json` for `shop.json`, `shop.yaml` and `shop`.
    pub fn path(plan: &Path) -> PathBuf {
        let is_known = |end: &OsStr| ["json", "yaml", "yml"].iter().any(|known| end == *known);
        match plan.extension().is_some_and(is_known) {
            true => plan.with_extension("lock.json"),
            false => {
                let mut path = plan.as_os_str().to_owned();
                path.push(".lock.json");
                PathBuf::from(path)
            }
        }
    }

    /// Reads a lock file.
    pub fn read(path: &Path) -> Result<Lock, Error> {
        let Some(bytes) = disk::read_optional(path, MAX_BYTES)? else {
            return Err(Error::NoLock { path: path.to_owned() });
        };
        serde_json::from_slice(&bytes)
            .map_err(|source| Error::BadLock { path: path.to_owned(), source })
    }

    /// Writes a lock file, whole or not at all, and tells whether it did: one that says the same
    /// is left alone.
    pub fn write(&self, path: &Path) -> Result<bool, Error> {
        let mut text = serde_json::to_vec_pretty(self).expect("it holds text only");
        text.push(b'\n');
        let folder = match path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        if disk::read_optional(path, MAX_BYTES).is_ok_and(|before| before.as_ref() == Some(&text)) {
            // Who put it there may have been killed before the name was durable.
            disk::sync_folder(folder)?;
            return Ok(false);
        }
        let mut file = NewFile::create(folder, 0o644)?;
        let temporary = file.path().to_owned();
        std::io::Write::write_all(&mut file, &text)
            .map_err(|error| disk::Error::new("write", &temporary, error))?;
        let file = file.close();
        file.sync()?;
        file.persist(path)?;
        disk::sync_folder(folder)?;
        Ok(true)
    }
}

/// Collects the places of the nodes that take a chart from the store.
fn places<'a>(node: &'a Node, found: &mut Vec<&'a str>) {
    if node.package.repository().is_some() {
        found.push(&node.place);
    }
    node.children.iter().for_each(|(_, child)| places(child, found));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_file_is_beside_its_plan() {
        for (plan, expected) in [
            ("shop.json", "shop.lock.json"),
            ("a/shop.yaml", "a/shop.lock.json"),
            ("shop.yml", "shop.lock.json"),
            ("shop", "shop.lock.json"),
            ("shop-1.2", "shop-1.2.lock.json"),
            (".json", ".json.lock.json"),
        ] {
            assert_eq!(Lock::path(Path::new(plan)), Path::new(expected), "{plan}");
        }
    }
}
