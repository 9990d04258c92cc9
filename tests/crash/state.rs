//! What a user can see of a store and of what was exported, read from the disk without hreg.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::sandbox::Sandbox;

/// Is what names stand for: tags, versions, spaces, and what is in the folder `out`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct State(BTreeMap<String, String>);

impl State {
    pub(crate) fn of(sandbox: &Sandbox) -> State {
        State::of_store(&sandbox.path(""), &sandbox.store())
    }

    /// Reads a store, and `out` beside it.
    pub(crate) fn of_store(beside: &Path, store: &Path) -> State {
        let mut items = BTreeMap::new();
        names(store, Path::new(""), &mut items);
        for (name, path) in listed(&beside.join("out")) {
            // An export that was killed leaves its temporary files.
            if !name.starts_with(".hreg-") {
                items.insert(format!("out/{name}"), tree(&path));
            }
        }
        State(items)
    }

    /// Gives the manifest that a tag or a version stands for, by the path of its link.
    pub(crate) fn manifest(&self, link: &str) -> Option<&str> {
        self.0.get(link).map(String::as_str)
    }

    /// Tells whether each single name is as it was in the one state or in the other.
    pub(crate) fn assert_between(&self, old: &State, new: &State, context: &str) {
        let names: BTreeSet<&String> =
            [self, old, new].iter().flat_map(|state| state.0.keys()).collect();
        for name in names {
            let (before, now, after) = (old.0.get(name), self.0.get(name), new.0.get(name));
            assert!(
                now == before || now == after,
                "{context}: {name}: {before:?} {now:?} {after:?}"
            );
        }
    }

    /// Tells whether any name stands for a manifest.
    pub(crate) fn has(&self, manifest: &str) -> bool {
        self.0.values().any(|value| value == manifest)
    }

    /// Checks that the rows that `hreg list` prints are these names, and gives them.
    pub(crate) fn assert_listed(&self, list: &str, context: &str) -> Vec<(String, String)> {
        let rows: Vec<Value> = serde_json::from_str(list).unwrap();
        let row = |row: &Value| {
            let text = |key: &str| row[key].as_str().unwrap().to_owned();
            (text("ref"), text("digest").trim_start_matches("sha256:").to_owned())
        };
        let rows: Vec<(String, String)> = rows.iter().map(row).collect();
        let mut listed: Vec<String> = rows.iter().map(|(reference, _)| reference.clone()).collect();
        listed.sort();
        assert_eq!(listed, self.references(), "{context}: list");
        rows
    }

    /// Lists the references of all tags, and of the versions that no tag names or hides.
    fn references(&self) -> Vec<String> {
        let split = |top: &str, kind: &str| -> Vec<(String, String)> {
            let names = self.0.iter().filter_map(|(path, digest)| {
                let (chart, name) = path.strip_prefix(top)?.split_once(kind)?;
                Some((format!("{chart}:{name}"), digest.clone()))
            });
            names.collect()
        };
        let tags = split("refs/", "/tags/");
        let chart = |name: &str| name.rsplit_once(':').unwrap().0.to_owned();
        let untagged = split("charts/", "/versions/").into_iter().filter(|(version, digest)| {
            !tags.iter().any(|(tag, other)| {
                tag == version || (chart(tag) == chart(version) && other == digest)
            })
        });
        let all = tags.iter().cloned().chain(untagged);
        let all: BTreeSet<String> = all.map(|(name, _)| name).collect();
        all.into_iter().collect()
    }
}

/// Collects the links that are names, and the records of spaces.
fn names(store: &Path, relative: &Path, items: &mut BTreeMap<String, String>) {
    for (name, path) in listed(&store.join(relative)) {
        let relative = relative.join(&name);
        let text = relative.to_str().unwrap().to_owned();
        let top_is_names = text.starts_with("charts") || text.starts_with("refs");
        if path.is_symlink() {
            let target = fs::read_link(&path).unwrap();
            items.insert(text, target.file_name().unwrap().to_str().unwrap().to_owned());
        } else if path.is_dir() && top_is_names && name != "manifests" {
            names(store, &relative, items);
        } else if name == "space.json" {
            items.insert(text, fs::read_to_string(&path).unwrap());
        }
    }
}

/// Gives the archive of each manifest that has an entry in the store.
pub(crate) fn contents(store: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut contents = BTreeMap::new();
    // There may be no such folder yet.
    for folder in walkdir::WalkDir::new(store.join("refs")).into_iter().filter_map(Result::ok) {
        let content = fs::read(folder.path().join("content"));
        if let Ok(bytes) = content
            && !folder.path_is_symlink()
        {
            contents.insert(folder.file_name().to_str().unwrap().to_owned(), bytes);
        }
    }
    contents
}

fn listed(folder: &Path) -> BTreeMap<String, std::path::PathBuf> {
    let Ok(listing) = fs::read_dir(folder) else { return BTreeMap::new() };
    let entries = listing.map(Result::unwrap);
    entries.map(|entry| (entry.file_name().into_string().unwrap(), entry.path())).collect()
}

/// Describes a file, or a folder with all that is in it.
fn tree(path: &Path) -> String {
    match path.is_dir() {
        false => format!("{:?}", fs::read(path).unwrap()),
        true => {
            let parts = listed(path);
            parts.iter().map(|(name, path)| format!("{name}: {}\n", tree(path))).collect()
        }
    }
}
