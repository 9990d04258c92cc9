//! Names as links, and the walks that find spaces and repositories.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::Path;

use super::layout::{self, path};
use super::{folders, sync_folders};
use crate::digest::Digest;
use crate::disk::{self, NewFile, Synced};
use crate::error::{Classified as _, Kind};
use crate::name::{Repository, SpaceName, Tag, Version};
use crate::storage::{ChartState, Error, Name, Names, State};

/// Bounds how deep folders are walked: a host, a space's parts and a chart.
const MAX_DEPTH: usize = 18;

/// Gives the path of a name's link, relative to the root.
pub(super) fn link(repository: &Repository, name: &Name) -> std::path::PathBuf {
    match name {
        Name::Tag(tag) => layout::tag(repository, tag),
        Name::Version(version) => layout::version(repository, version),
    }
}

/// Gives the path of the folder that a name's link is in, relative to the root.
pub(super) fn folder(repository: &Repository, name: &Name) -> std::path::PathBuf {
    match name {
        Name::Tag(_) => layout::tags(repository),
        Name::Version(_) => layout::versions(repository),
    }
}

/// Gives the target of a name's link.
pub(super) fn target(
    repository: &Repository,
    name: &Name,
    manifest: &Digest,
) -> std::path::PathBuf {
    layout::target(&link(repository, name), &layout::entry(repository, manifest))
}

pub(super) fn lookup(
    root: &Path,
    repository: &Repository,
    name: &Name,
) -> Result<Option<Digest>, Error> {
    let link = match name {
        Name::Tag(tag) => layout::below(root, path::REFS, repository, [path::TAGS, tag.as_str()]),
        Name::Version(version) => {
            layout::below(root, path::CHARTS, repository, [path::VERSIONS, version.as_str()])
        }
    };
    let read = |found: &Path| {
        pointed_at(repository, name, found).ok_or_else(|| Error::Link {
            repository: repository.clone(),
            name: name.clone(),
            target: found.display().to_string(),
        })
    };
    disk::read_link_as(&link, read)?.transpose()
}

/// Reads the manifest that a name's link points at; none if it does not point where it should.
fn pointed_at(repository: &Repository, name: &Name, found: &Path) -> Option<Digest> {
    // Where a tag points does not depend on the repository.
    if let (Name::Tag(_), Some(text)) = (name, found.to_str()) {
        return text.strip_prefix("../manifests/").and_then(layout::digest_of);
    }
    let digest = found.file_name()?.to_str().and_then(layout::digest_of)?;
    (target(repository, name, &digest) == found).then_some(digest)
}

/// Reads all names of a repository; links that are none of hreg's are left to `inspect`.
pub(super) fn read_all(root: &Path, repository: &Repository) -> Result<Names, Error> {
    Ok(Names { tags: read_tags(root, repository)?, versions: read_versions(root, repository)? })
}

/// Reads the versions of a repository.
pub(super) fn read_versions(
    root: &Path,
    repository: &Repository,
) -> Result<BTreeMap<Version, Digest>, Error> {
    read_links(root, repository, &layout::versions(repository), |name| Version::parse(name).ok())
}

/// Reads the tags, and the versions that no tag has the name of.
pub(super) fn read_listed(root: &Path, repository: &Repository) -> Result<Names, Error> {
    let tags = read_tags(root, repository)?;
    let versions = read_links(root, repository, &layout::versions(repository), |name| {
        Version::parse(name).ok().filter(|version| !tags.contains_key(&version.tag()))
    })?;
    Ok(Names { tags, versions })
}

fn read_tags(root: &Path, repository: &Repository) -> Result<BTreeMap<Tag, Digest>, Error> {
    read_links(root, repository, &layout::tags(repository), |name| Tag::parse(name).ok())
}

fn read_links<K: Ord + Send>(
    root: &Path,
    repository: &Repository,
    folder: &Path,
    named: impl Fn(&str) -> Option<K> + Sync,
) -> Result<BTreeMap<K, Digest>, Error> {
    let expected = layout::target(&folder.join("name"), &layout::manifests(repository));
    let expected = format!("{}/", expected.display());
    let digest = |target: &str| layout::digest_of(target.strip_prefix(&expected)?);
    Ok(disk::links(&root.join(folder), named, digest)?.into_iter().collect())
}

pub(super) fn spaces(root: &Path) -> Result<Vec<SpaceName>, Error> {
    let mut spaces = Vec::new();
    walk(&root.join(path::CHARTS), &mut Vec::new(), &mut |folders, names| {
        if names.iter().any(|name| name == path::SPACE_RECORD) {
            spaces.extend(layout::space_of(folders));
        }
    })?;
    spaces.sort();
    Ok(spaces)
}

pub(super) fn repositories(root: &Path) -> Result<Vec<Repository>, Error> {
    let mut repositories = BTreeSet::new();
    for top in [path::REFS, path::CHARTS] {
        walk(&root.join(top), &mut Vec::new(), &mut |folders, names| {
            if names.iter().any(|name| path::INNERMOST.contains(&name.as_str())) {
                repositories.extend(layout::repository_of(folders));
            }
        })?;
    }
    Ok(repositories.into_iter().collect())
}

/// Lists the repositories of a space that have a folder for versions, with its state.
pub(super) fn chart_states(root: &Path, space: &SpaceName) -> Result<Vec<ChartState>, Error> {
    let mut states = Vec::new();
    for (folder, kind) in disk::entries(&root.join(layout::space_folder(path::CHARTS, space)))? {
        let Some(repository) = layout::repository_in(space, &folder) else { continue };
        if kind.is_dir()
            && let Some(found) = disk::stamp(&root.join(layout::versions(&repository)))?
        {
            states.push((repository, State::of([Some(found), None])));
        }
    }
    states.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(states)
}

/// Visits every folder that may be a part of a name, with the names of what is in it.
pub(super) fn walk(
    folder: &Path,
    above: &mut Vec<String>,
    visit: &mut impl FnMut(&[&str], &[String]),
) -> Result<(), Error> {
    let entries = disk::entries(folder)?;
    let names: Vec<String> = entries.iter().map(|(name, _)| name.clone()).collect();
    visit(&above.iter().map(String::as_str).collect::<Vec<_>>(), &names);
    for (name, kind) in entries {
        let part_of_layout = path::INNERMOST.contains(&name.as_str());
        if kind.is_dir() && !part_of_layout && above.len() < MAX_DEPTH {
            above.push(name);
            walk(&folder.join(&above[above.len() - 1]), above, visit)?;
            above.pop();
        }
    }
    Ok(())
}

pub(super) fn create_space(root: &Path, space: &SpaceName, record: &[u8]) -> Result<bool, Error> {
    let place = root.join(layout::space_record(space));
    if place.exists() {
        // Whoever made it may have been killed before this.
        disk::sync_folder(place.parent().unwrap_or(root))?;
        return Ok(false);
    }
    let mut changed = Synced::new();
    for top in [path::CHARTS, path::REFS] {
        folders::make_below_top(root, &layout::space_folder(top, space), &mut changed)?;
    }
    sync_folders(changed)?;
    let mut file = NewFile::create(&root.join(path::TEMPORARY), 0o644)?;
    file.write_all(record).map_err(|source| disk::Error::new("write", &place, source))?;
    let file = file.close();
    file.sync()?;
    let created = match file.persist_new(&place) {
        Err(error) if error.kind() == Kind::Exists => false,
        result => result.map(|()| true)?,
    };
    disk::sync_folder(place.parent().unwrap_or(root))?;
    Ok(created)
}
