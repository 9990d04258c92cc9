//! Where everything is in a store's folder: the reversible map between names and paths.
//!
//! ```text
//! hreg-store.json
//! blobs/sha256/<64 hex>
//! charts/<space>/space.json
//! charts/<space>/<chart>/versions/<version>  -> refs/<space>/<chart>/manifests/<64 hex>
//! refs/<space>/<chart>/manifests/<64 hex>/   manifest, meta, content, provenance -> blobs
//! refs/<space>/<chart>/tags/<tag>            -> ../manifests/<64 hex>
//! refs/<space>/<chart>/%blobs/<64 hex>       -> ../../../../blobs/sha256/<64 hex>
//! uploads/<32 hex>.sha256.<32 hex>.<32 hex>
//! locks/  tmp/  aside/
//! ```
//!
//! Parts of a name are folders of the same name, with three exceptions. The `:` of a host is
//! written `_`, and a host that does not look like one gets a `_` at its end. A part that has a
//! meaning of its own here, or a first part that would read back as a host, gets a `%` in front,
//! which no name contains.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use crate::digest::{Algorithm, Digest};
use crate::name::{ChartName, Host, Repository, SpaceName, Tag, Version};

/// Has room for most paths in a store, so that one is built without moving it about.
const ROOM: usize = 160;

/// Names folders and files that have a meaning in the layout, and so cannot be parts of names.
const RESERVED: [&str; 5] = ["tags", "versions", "manifests", "space.json", "lock"];

/// Gives the paths of a store, all of them relative to its root.
pub(super) mod path {
    pub(in crate::storage::filesystem) const FORMAT: &str = "hreg-store.json";
    pub(in crate::storage::filesystem) const BLOBS: &str = "blobs";
    pub(in crate::storage::filesystem) const CHARTS: &str = "charts";
    pub(in crate::storage::filesystem) const REFS: &str = "refs";
    pub(in crate::storage::filesystem) const LOCKS: &str = "locks";
    pub(in crate::storage::filesystem) const STORE_LOCK: &str = "locks/store";
    pub(in crate::storage::filesystem) const TURN: &str = "locks/turn";
    pub(in crate::storage::filesystem) const TEMPORARY: &str = "tmp";
    pub(in crate::storage::filesystem) const ASIDE: &str = "aside";
    pub(in crate::storage::filesystem) const UPLOADS: &str = "uploads";
    /// The folders that may be at the top of a store; the last is some file systems' own.
    pub(in crate::storage::filesystem) const FOLDERS: [&str; 8] =
        [BLOBS, CHARTS, REFS, LOCKS, TEMPORARY, ASIDE, UPLOADS, "lost+found"];
    pub(in crate::storage::filesystem) const SPACE_RECORD: &str = "space.json";
    pub(in crate::storage::filesystem) const TAGS: &str = "tags";
    pub(in crate::storage::filesystem) const VERSIONS: &str = "versions";
    pub(in crate::storage::filesystem) const MANIFESTS: &str = "manifests";
    /// No part of a name becomes a folder of this name: `blobs` is none that needs a `%`.
    pub(in crate::storage::filesystem) const HOLDS: &str = "%blobs";
    /// The folders that are in a chart's own and are none of a name.
    pub(in crate::storage::filesystem) const INNERMOST: [&str; 4] =
        [TAGS, VERSIONS, MANIFESTS, HOLDS];
}

pub(super) fn blobs(algorithm: Algorithm) -> PathBuf {
    Path::new(path::BLOBS).join(algorithm.as_str())
}

pub(super) fn blob(digest: &Digest) -> PathBuf {
    let mut path = PathBuf::with_capacity(ROOM);
    path.push(path::BLOBS);
    path.push(digest.algorithm().as_str());
    path.push(digest.hex());
    path
}

pub(super) fn space_record(space: &SpaceName) -> PathBuf {
    space_folder(path::CHARTS, space).join(path::SPACE_RECORD)
}

pub(super) fn space_folder(top: &str, space: &SpaceName) -> PathBuf {
    let mut folder = PathBuf::with_capacity(ROOM);
    folder.push(top);
    add_space(&mut folder, space);
    folder
}

fn add_space(folder: &mut PathBuf, space: &SpaceName) {
    if let Some(host) = space.host() {
        folder.push(host_folder(host));
    }
    for (place, part) in space.parts().iter().enumerate() {
        let first = place == 0 && space.host().is_none();
        folder.push(&*part_folder(part, first));
    }
}

/// Gives the path of something in a chart's folder, below a root, without a second copy of it.
pub(super) fn below(root: &Path, top: &str, repository: &Repository, rest: [&str; 2]) -> PathBuf {
    let mut path = PathBuf::with_capacity(root.as_os_str().len() + ROOM);
    path.extend([root, Path::new(top)]);
    add_space(&mut path, &repository.space);
    path.push(&*part_folder(repository.chart.as_str(), false));
    path.extend(rest);
    path
}

pub(super) fn chart_folder(top: &str, repository: &Repository) -> PathBuf {
    let mut folder = space_folder(top, &repository.space);
    folder.push(&*part_folder(repository.chart.as_str(), false));
    folder
}

pub(super) fn versions(repository: &Repository) -> PathBuf {
    chart_folder(path::CHARTS, repository).join(path::VERSIONS)
}

pub(super) fn version(repository: &Repository, version: &Version) -> PathBuf {
    versions(repository).join(version.as_str())
}

pub(super) fn tags(repository: &Repository) -> PathBuf {
    chart_folder(path::REFS, repository).join(path::TAGS)
}

pub(super) fn tag(repository: &Repository, tag: &Tag) -> PathBuf {
    tags(repository).join(tag.as_str())
}

pub(super) fn manifests(repository: &Repository) -> PathBuf {
    let mut folder = chart_folder(path::REFS, repository);
    folder.push(path::MANIFESTS);
    folder
}

pub(super) fn holds(repository: &Repository) -> PathBuf {
    chart_folder(path::REFS, repository).join(path::HOLDS)
}

pub(super) fn entry(repository: &Repository, manifest: &Digest) -> PathBuf {
    let mut folder = manifests(repository);
    folder.push(manifest.hex());
    folder
}

pub(super) fn lock(repository: &Repository) -> PathBuf {
    Path::new(path::LOCKS).join(chart_folder(path::CHARTS, repository)).join("lock")
}

/// Gives the target that a link at `link` needs to point to `to`, both relative to the root.
pub(super) fn target(link: &Path, to: &Path) -> PathBuf {
    let folder = link.parent().unwrap_or(Path::new(""));
    let shared = folder.iter().zip(to.iter()).take_while(|(left, right)| left == right).count();
    let up = folder.iter().skip(shared).map(|_| "..");
    up.map(AsRef::as_ref).chain(to.iter().skip(shared)).collect()
}

/// Reads a digest back from the last part of a path.
pub(super) fn digest_of(hexadecimal: &str) -> Option<Digest> {
    Algorithm::ALL.into_iter().find_map(|algorithm| algorithm.digest(hexadecimal).ok())
}

/// Reads a space back from the folders that it became.
pub(super) fn space_of(folders: &[&str]) -> Option<SpaceName> {
    let (first, rest) = folders.split_first()?;
    let host = host_of(first);
    let first_part = if host.is_some() { None } else { Some(part_of(first)) };
    let parts = first_part.into_iter().chain(rest.iter().map(|folder| part_of(folder)));
    let space = SpaceName::new(host, parts).ok()?;
    is_same(&space_folder("", &space), folders).then_some(space)
}

/// Reads a repository back from the folders that it became.
pub(super) fn repository_of(folders: &[&str]) -> Option<Repository> {
    let (last, space) = folders.split_last()?;
    let chart = ChartName::parse(part_of(last)).ok()?;
    let repository = Repository { space: space_of(space)?, chart };
    is_same(&chart_folder("", &repository), folders).then_some(repository)
}

/// Reads a repository back from the folder that it became in its space's.
pub(super) fn repository_in(space: &SpaceName, folder: &str) -> Option<Repository> {
    let chart = ChartName::parse(part_of(folder)).ok()?;
    let repository = Repository { space: space.clone(), chart };
    let is_its = chart_folder("", &repository).file_name().is_some_and(|name| name == folder);
    is_its.then_some(repository)
}

/// Refuses folders that no name becomes, such as one with a needless `%`.
fn is_same(path: &Path, folders: &[&str]) -> bool {
    path.iter().eq(folders.iter().copied())
}

fn part_folder(part: &str, first: bool) -> Cow<'_, str> {
    if RESERVED.contains(&part) || (first && host_of(part).is_some()) {
        Cow::Owned(format!("%{part}"))
    } else {
        Cow::Borrowed(part)
    }
}

fn part_of(folder: &str) -> &str {
    folder.strip_prefix('%').unwrap_or(folder)
}

fn host_folder(host: &Host) -> String {
    let mut folder = host.as_str().replace(':', "_");
    if !Host::is_host(host.as_str()) {
        folder.push('_');
    }
    folder
}

fn host_of(folder: &str) -> Option<Host> {
    let text = if folder.starts_with('[') {
        folder.replace('_', ":")
    } else {
        match folder.rsplit_once('_') {
            Some((domain, "")) if !Host::is_host(domain) => domain.to_owned(),
            Some((domain, port)) => format!("{domain}:{port}"),
            None if Host::is_host(folder) => folder.to_owned(),
            None => return None,
        }
    };
    Host::parse(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn folder(repository: &str) -> String {
        let repository = Repository::parse(repository).unwrap();
        chart_folder("", &repository).to_str().unwrap().to_owned()
    }

    #[test]
    fn names_become_folders_that_people_can_read() {
        for (name, expected) in [
            ("library/mychart", "library/mychart"),
            ("localhost:5000/myrepo/mychart", "localhost_5000/myrepo/mychart"),
            ("localhost:5000/mychart", "localhost_5000/mychart"),
            ("example.com/a/b", "example.com/a/b"),
            ("oci://registry/a/b", "registry_/a/b"),
            ("registry_5000/a", "%registry_5000/a"),
            ("registry_/a", "%registry_/a"),
            ("my_space/a_5000", "my_space/a_5000"),
            ("tags/versions", "%tags/%versions"),
            ("[::1]:5000/a", "[__1]_5000/a"),
            ("a/space.json", "a/%space.json"),
        ] {
            assert_eq!(folder(name), expected);
        }
    }

    #[test]
    fn links_stay_within_the_store() {
        let target = |link: &str, to: &str| target(Path::new(link), Path::new(to));
        assert_eq!(
            target("refs/a/b/tags/1", "refs/a/b/manifests/00"),
            Path::new("../manifests/00")
        );
        assert_eq!(
            target("charts/a/b/versions/1", "refs/a/b/manifests/00"),
            Path::new("../../../../refs/a/b/manifests/00")
        );
    }

    #[test]
    fn folders_that_no_name_becomes_are_not_read() {
        for folders in ["%library/x", "library/%x", "a/..", "", "a", "a//b", "A.com/x/y"] {
            let folders: Vec<&str> = folders.split('/').collect();
            assert_eq!(repository_of(&folders), None, "{folders:?}");
        }
    }

    proptest! {
        #[test]
        fn every_name_reads_back_from_its_folders(
            text in "(oci://)?([a-c0_.%:5-]{1,6}|tags|manifests|versions|lock|localhost)(/[a-c0_.%-]{1,5}){0,3}/[a-c._]{1,6}"
        ) {
            if let Ok(repository) = Repository::parse(&text) {
                let path = chart_folder("", &repository);
                let folders: Vec<&str> = path.iter().map(|part| part.to_str().unwrap()).collect();
                prop_assert!(!folders.contains(&"..") && !folders.contains(&"."));
                prop_assert!(!folders.iter().any(|part| RESERVED.contains(part)));
                prop_assert_eq!(repository_of(&folders), Some(repository));
            }
        }
    }
}
