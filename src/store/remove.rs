//! Removing names; what they stood for stays until it is collected.

use serde::Serialize;

use super::{Error, Store};
use crate::digest::Digest;
use crate::name::{Reference, Repository, Tag, Version};
use crate::storage::{Mode, Name, Names, Removal};

/// Says what went, and what stays.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Removed {
    /// The tags that went.
    pub tags: Vec<Tag>,
    /// The versions that went.
    pub versions: Vec<Version>,
    /// The tags that still stand for the same manifest.
    pub kept_tags: Vec<Tag>,
    /// The versions that still stand for the same manifest.
    pub kept_versions: Vec<Version>,
}

impl Removed {
    /// Splits the names of the given manifest by whether they go.
    fn of(names: &Names, manifest: &Digest, goes: impl Fn(&Name) -> bool) -> Removed {
        let mut removed = Removed::default();
        for tag in names.tags.iter().filter(|(_, digest)| *digest == manifest).map(|(tag, _)| tag) {
            let list = match goes(&Name::Tag(tag.clone())) {
                true => &mut removed.tags,
                false => &mut removed.kept_tags,
            };
            list.push(tag.clone());
        }
        let versions = names.versions.iter().filter(|(_, digest)| *digest == manifest);
        for (version, _) in versions {
            let list = match goes(&Name::Version(version.clone())) {
                true => &mut removed.versions,
                false => &mut removed.kept_versions,
            };
            list.push(version.clone());
        }
        removed
    }

    fn names(&self) -> impl Iterator<Item = Name> {
        let tags = self.tags.iter().cloned().map(Name::Tag);
        tags.chain(self.versions.iter().cloned().map(Name::Version))
    }
}

impl Store {
    /// Removes a tag, and with the last tag of a version the version; a version that no tag names;
    /// or, by digest alone, a manifest with all its names.
    pub fn remove(&self, reference: &Reference) -> Result<Removed, Error> {
        self.change(&reference.repository, |names, removal| {
            let found = self.resolve_in(reference, names)?;
            let manifest = found.manifest;
            let removed = match &found.tag {
                None => {
                    removal.entries.push((reference.repository.clone(), manifest));
                    Removed::of(names, &manifest, |_| true)
                }
                Some(tag) => {
                    let others = names
                        .tags
                        .iter()
                        .any(|(other, digest)| other != tag && *digest == manifest);
                    let is_version = !names.tags.contains_key(tag);
                    removal.names.extend(asked(reference, names));
                    Removed::of(names, &manifest, |name| match name {
                        Name::Tag(other) => is_version || other == tag,
                        Name::Version(_) => is_version || !others,
                    })
                }
            };
            Ok(removed)
        })
    }

    /// Removes a tag as a registry does: nothing answers to it any more, and all other names stay.
    /// Its version goes along where the tag was the last, or the version's own.
    pub fn remove_tag(&self, repository: &Repository, tag: &Tag) -> Result<Removed, Error> {
        self.change(repository, |names, removal| {
            let reference = Reference::tagged(repository.clone(), tag.clone());
            let manifest = self.resolve_in(&reference, names)?.manifest;
            removal.names.extend(asked(&reference, names));
            let mut tags = names.tags.iter();
            let is_last = !tags.any(|(other, digest)| other != tag && *digest == manifest);
            Ok(Removed::of(names, &manifest, |name| match name {
                Name::Tag(other) => other == tag,
                Name::Version(version) => is_last || version.tag() == *tag,
            }))
        })
    }

    /// Removes a version with all its tags.
    pub fn remove_version(
        &self,
        repository: &Repository,
        version: &Version,
    ) -> Result<Removed, Error> {
        self.change(repository, |names, removal| {
            let manifest = self.version_in(repository, version, names)?;
            removal.names.push((repository.clone(), Name::Version(version.clone())));
            Ok(Removed::of(names, &manifest, |_| true))
        })
    }

    /// Removes the version that a reference points at, with all its tags.
    pub fn remove_version_of(&self, reference: &Reference) -> Result<Removed, Error> {
        self.change(&reference.repository, |names, removal| {
            let found = self.resolve_in(reference, names)?;
            removal.names.extend(asked(reference, names));
            Ok(Removed::of(names, &found.manifest, |_| true))
        })
    }

    /// Removes a chart: all its names, and all its manifests.
    pub fn remove_chart(&self, repository: &Repository) -> Result<Removed, Error> {
        self.change(repository, |names, removal| {
            if names.is_empty() {
                return Err(self.unknown_chart(repository)?);
            }
            self.add_whole_chart(repository, removal)?;
            Ok(Removed {
                tags: names.tags.keys().cloned().collect(),
                versions: names.versions.keys().cloned().collect(),
                ..Removed::default()
            })
        })
    }

    /// Adds all names and entries of a chart to a removal.
    pub(super) fn add_whole_chart(
        &self,
        repository: &Repository,
        removal: &mut Removal,
    ) -> Result<(), Error> {
        let names = self.driver.names(repository)?;
        let tags = names.tags.into_keys().map(Name::Tag);
        let versions = names.versions.into_keys().map(Name::Version);
        removal.names.extend(tags.chain(versions).map(|name| (repository.clone(), name)));
        let entries = self.driver.entries(repository)?;
        removal.entries.extend(entries.into_iter().map(|entry| (repository.clone(), entry)));
        let held = self.driver.held(repository)?.into_iter();
        removal.holds.extend(held.map(|(blob, _)| (repository.clone(), blob)));
        Ok(())
    }

    /// Decides under the chart's lock what goes, and lets it go.
    ///
    /// What `decide` lists in the removal goes last: a command that was interrupted still finds
    /// the name it was given, and can be repeated.
    fn change(
        &self,
        repository: &Repository,
        decide: impl FnOnce(&Names, &mut Removal) -> Result<Removed, Error>,
    ) -> Result<Removed, Error> {
        // Asked first without a lock, so that a name that is not there creates nothing.
        if self.driver.names(repository)?.is_empty() && self.driver.entries(repository)?.is_empty()
        {
            return Err(self.unknown_chart(repository)?);
        }
        let lock = self.driver.lock_store(Mode::Shared, self.wait())?;
        let charts = std::slice::from_ref(repository);
        let locks = self.driver.lock_charts(&lock, charts, self.wait())?;
        let mut removal = Removal::default();
        let removed = decide(&self.driver.names(repository)?, &mut removal)?;
        let others = removed.names().map(|name| (repository.clone(), name));
        let others: Vec<_> = others.filter(|name| !removal.names.contains(name)).collect();
        removal.names.splice(..0, others);
        self.driver.remove(&locks, &removal)?;
        Ok(removed)
    }
}

/// Gives the name that a reference is about, as it is in the repository.
fn asked(reference: &Reference, names: &Names) -> Option<(Repository, Name)> {
    let tag = reference.tag.as_ref()?;
    let name = match names.tags.contains_key(tag) {
        true => Name::Tag(tag.clone()),
        false => Name::Version(Version::of_tag(tag)?),
    };
    Some((reference.repository.clone(), name))
}
