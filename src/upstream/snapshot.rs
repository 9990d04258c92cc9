//! What one walk found: names, and where bytes are.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::known::Known;
use crate::digest::Digest;
use crate::name::{Repository, SpaceName, Tag, Version};
use crate::storage::{ChartParts, Names};

/// Is what one walk found.
#[derive(Debug, Default)]
pub(super) struct Snapshot {
    /// The repositories by their names here.
    pub(super) shelves: BTreeMap<Repository, Shelf>,
    /// The spaces, each with the repositories in it that have a name, sorted.
    pub(super) spaces: BTreeMap<SpaceName, Vec<Repository>>,
    /// The manifests that have a tag.
    pub(super) known: HashMap<Digest, Arc<Known>>,
    /// Where bytes are, by the word of manifests: that of one repository must not hide what another
    /// one has.
    pub(super) places: HashMap<Digest, Vec<Location>>,
    /// The charts that have these bytes as their archive, and are in the repository of their name: the
    /// name here, and the manifest.
    pub(super) contents: HashMap<Digest, Vec<(Repository, Digest)>>,
    /// The repositories that are not wholly served, and why.
    pub(super) left_out: Arc<[(String, String)]>,
    /// The number of the last change.
    count: u64,
}

/// Is a repository.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    /// Its tags, and the versions of charts of its name.
    pub(super) names: Names,
    /// The manifests that these stand for, each with the repository on the registry that has it.
    pub(super) manifests: BTreeMap<Digest, Arc<Repository>>,
    /// The manifests that indexes among them list. Nobody has looked whether they are there.
    pub(super) listed: BTreeSet<Digest>,
    /// The repository on the registry; none where charts of this name are in other ones alone.
    pub(super) remote: Option<Arc<Repository>>,
    /// The number of its last change.
    pub(super) count: u64,
}

impl Shelf {
    /// Tells whether the repository itself has a manifest: a version may be in others.
    pub(super) fn has(&self, manifest: &Digest) -> bool {
        let found = self.manifests.get(manifest);
        found.is_some() && found == self.remote.as_ref()
    }
}

/// Says where bytes are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Location {
    /// The repository on the registry.
    pub(super) repository: Arc<Repository>,
    /// The size that is said of them.
    pub(super) size: u64,
    /// Whether they are a manifest.
    pub(super) is_manifest: bool,
}

/// The most places that are remembered of the same bytes, in all repositories and in one: more than one
/// there, as the sizes that manifests give may differ.
const MOST_PLACES: usize = 64;
const MOST_IN_ONE: usize = 2;

/// Is what tags stand for.
pub(super) type Tags = BTreeMap<Tag, (Digest, Arc<Known>)>;

/// Is what was found in one repository of the registry.
pub(super) struct Found {
    /// Its name here.
    pub(super) local: Repository,
    /// Its name there.
    pub(super) remote: Arc<Repository>,
    /// Its tags.
    pub(super) tags: Tags,
}

impl Snapshot {
    /// Puts together what was found.
    pub(super) fn of(
        found: Vec<Found>,
        left_out: BTreeMap<String, String>,
        before: &Snapshot,
    ) -> Snapshot {
        let mut now = Snapshot {
            left_out: left_out.into_iter().collect(),
            count: before.count + 1,
            ..Snapshot::default()
        };
        for repository in &found {
            now.add_tags(repository);
        }
        for ((name, version), (_, digest, remote)) in versions(&found) {
            let shelf = now.shelves.entry(name).or_default();
            shelf.names.versions.insert(version, digest);
            shelf.manifests.entry(digest).or_insert_with(|| remote.clone());
        }
        for (name, shelf) in &mut now.shelves {
            let same = before.shelves.get(name).filter(|known| known.names == shelf.names);
            shelf.count = same.map_or(now.count, |known| known.count);
            if !shelf.names.is_empty() {
                now.spaces.entry(name.space.clone()).or_default().push(name.clone());
            }
        }
        now.contents = now.contents();
        now
    }

    fn contents(&self) -> HashMap<Digest, Vec<(Repository, Digest)>> {
        let mut contents: HashMap<Digest, Vec<_>> = HashMap::new();
        for (name, shelf) in &self.shelves {
            for manifest in shelf.manifests.keys().filter(|one| shelf.has(one)) {
                let known = self.known.get(manifest).and_then(|known| known.chart.as_ref());
                if let Some((_, parts)) = known.filter(|(chart, _)| *chart == name.chart) {
                    contents.entry(parts.content).or_default().push((name.clone(), *manifest));
                }
            }
        }
        contents
    }

    fn add_tags(&mut self, found: &Found) {
        let shelf = self.shelves.entry(found.local.clone()).or_default();
        shelf.remote = Some(found.remote.clone());
        for (tag, (digest, known)) in &found.tags {
            shelf.names.tags.insert(tag.clone(), *digest);
            shelf.manifests.insert(*digest, found.remote.clone());
            shelf.listed.extend(known.manifests.iter().map(|(listed, _)| *listed));
            self.known.entry(*digest).or_insert_with(|| known.clone());
            add_places(&mut self.places, &found.remote, *digest, known);
        }
    }

    /// Gives the tags that a repository of the registry had.
    pub(super) fn tags_of(&self, local: &Repository) -> Option<&BTreeMap<Tag, Digest>> {
        Some(&self.shelves.get(local)?.names.tags)
    }
}

/// Is what decides between several manifests of one version; the least counts.
type Rank<'a> = (bool, bool, &'a Repository, &'a Tag);

/// Is the manifest that counts, and the repository on the registry that has it.
type Best<'a> = (Rank<'a>, Digest, &'a Arc<Repository>);

/// Finds the versions of charts, which stand under the names that the charts give themselves.
///
/// Where several manifests are of one version, that counts which is in the repository of the chart's name,
/// then that which has the version's tag.
fn versions(found: &[Found]) -> BTreeMap<(Repository, Version), Best<'_>> {
    let mut versions = BTreeMap::new();
    for Found { local, remote, tags } in found {
        for (tag, (digest, known)) in tags {
            let Some((chart, ChartParts { version, .. })) = &known.chart else { continue };
            let name = Repository { space: local.space.clone(), chart: chart.clone() };
            let rank = (name != *local, *tag != version.tag(), local, tag);
            let best = versions.entry((name, version.clone())).or_insert((rank, *digest, remote));
            *best = (*best).min((rank, *digest, remote));
        }
    }
    versions
}

/// Notes where a manifest is, and what it lists.
fn add_places(
    places: &mut HashMap<Digest, Vec<Location>>,
    repository: &Arc<Repository>,
    manifest: Digest,
    known: &Known,
) {
    let mut add = |digest: Digest, size: u64, is_manifest: bool| {
        let place = Location { repository: repository.clone(), size, is_manifest };
        let known = places.entry(digest).or_default();
        let of_one = known.iter().filter(|known| known.repository == place.repository).count();
        if of_one < MOST_IN_ONE && known.len() < MOST_PLACES && !known.contains(&place) {
            known.push(place);
        }
    };
    add(manifest, known.size, true);
    known.manifests.iter().for_each(|(digest, size)| add(*digest, *size, true));
    known.blobs.iter().for_each(|(digest, size)| add(*digest, *size, false));
}
