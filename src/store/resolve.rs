//! From a reference to the manifest that it points at.

use super::nearest::nearest;
use super::{Error, Store};
use crate::digest::Digest;
use crate::name::{Range, Reference, Repository, Tag, Version};
use crate::storage::{Name, Names};

/// Says which manifest a reference points at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The chart.
    pub repository: Repository,
    /// The tag that led there, if one did: as given, or chosen where none was given.
    pub tag: Option<Tag>,
    /// The manifest.
    pub manifest: Digest,
}

impl Store {
    /// Finds what a reference points at. A reference without tag and digest means `latest` where
    /// there is such a tag, else the highest version that is no pre-release.
    pub fn resolve(&self, reference: &Reference) -> Result<Found, Error> {
        let repository = &reference.repository;
        if let Some(tag) = &reference.tag
            && let Some(manifest) = self.look_up(repository, tag)?
        {
            check_digest(reference, tag, manifest)?;
            let (repository, tag) = (repository.clone(), Some(tag.clone()));
            return Ok(Found { repository, tag, manifest });
        }
        let names = self.driver.names(repository)?;
        if reference.tag.is_none() && reference.digest.is_none() {
            let tag = self.default_tag(repository, &names)?;
            return self.resolve_in(&Reference::tagged(repository.clone(), tag), &names);
        }
        self.resolve_in(reference, &names)
    }

    /// Finds a tag, or a version that no tag has the name of, without reading all names.
    pub fn look_up(&self, repository: &Repository, tag: &Tag) -> Result<Option<Digest>, Error> {
        if let Some(tagged) = self.driver.lookup(repository, &Name::Tag(tag.clone()))? {
            return Ok(Some(tagged));
        }
        let Some(version) = Version::of_tag(tag) else { return Ok(None) };
        Ok(self.driver.lookup(repository, &Name::Version(version))?)
    }

    /// Finds what a reference with a tag or a digest points at, among names read before.
    pub(super) fn resolve_in(&self, reference: &Reference, names: &Names) -> Result<Found, Error> {
        let repository = &reference.repository;
        let manifest = match (&reference.tag, reference.digest) {
            (None, None) => {
                let versions = names.versions.keys().map(Version::to_string).collect();
                return Err(Error::NoTag { repository: repository.clone(), versions });
            }
            (None, Some(digest)) => self.entry_of(repository, digest)?,
            (Some(tag), _) => {
                let actual = self.tag_in(repository, tag, names)?;
                check_digest(reference, tag, actual)?;
                actual
            }
        };
        Ok(Found { repository: repository.clone(), tag: reference.tag.clone(), manifest })
    }

    /// Finds the highest version in a range.
    pub fn highest_version(
        &self,
        repository: &Repository,
        range: &Range,
    ) -> Result<Version, Error> {
        let names = self.names(repository)?;
        let mut versions = names.versions.keys().rev();
        let highest = versions.find(|version| range.contains(version.precedence()));
        highest.cloned().ok_or_else(|| none_in_range(repository, range, &names))
    }

    /// Finds a version by its exact text.
    pub(super) fn version_in(
        &self,
        repository: &Repository,
        version: &Version,
        names: &Names,
    ) -> Result<Digest, Error> {
        match names.versions.get(version) {
            Some(digest) => Ok(*digest),
            None => Err(self.unknown_name(repository, "version", version.as_str(), names)?),
        }
    }

    /// Says that a chart is unknown, and which ones are like it.
    pub(super) fn unknown_chart(&self, repository: &Repository) -> Result<Error, Error> {
        let mut named = Vec::new();
        for repository in self.driver.repositories()? {
            if !self.driver.names(&repository)?.is_empty() {
                named.push(repository.to_string());
            }
        }
        let name = repository.to_string();
        let near = nearest(&name, named);
        Ok(Error::NotFound { what: "chart", name, near })
    }

    fn tag_in(&self, repository: &Repository, tag: &Tag, names: &Names) -> Result<Digest, Error> {
        let by_version = || names.versions.get(&Version::of_tag(tag)?);
        match names.tags.get(tag).or_else(by_version) {
            Some(digest) => Ok(*digest),
            None => Err(self.unknown_name(repository, "tag", tag.as_str(), names)?),
        }
    }

    fn unknown_name(
        &self,
        repository: &Repository,
        what: &'static str,
        name: &str,
        names: &Names,
    ) -> Result<Error, Error> {
        if names.is_empty() {
            return self.unknown_chart(repository);
        }
        let tags = names.tags.keys().map(Tag::to_string);
        let candidates = tags.chain(names.versions.keys().map(|version| version.tag().to_string()));
        let mut candidates: Vec<String> = candidates.collect();
        candidates.sort();
        candidates.dedup();
        let near = nearest(name, candidates);
        let name = format!("{repository}:{name}");
        let near = near.iter().map(|near| format!("{repository}:{near}")).collect();
        Ok(Error::NotFound { what, name, near })
    }

    fn entry_of(&self, repository: &Repository, digest: Digest) -> Result<Digest, Error> {
        if self.driver.entry(repository, &digest)?.is_some() {
            return Ok(digest);
        }
        let name = Reference::exact(repository.clone(), digest).to_string();
        Err(Error::NotFound { what: "manifest", name, near: Vec::new() })
    }

    fn default_tag(&self, repository: &Repository, names: &Names) -> Result<Tag, Error> {
        if names.is_empty() {
            return Err(self.unknown_chart(repository)?);
        }
        let latest = Tag::parse("latest").expect("it is a tag");
        if names.tags.contains_key(&latest) {
            return Ok(latest);
        }
        let releases =
            names.versions.keys().filter(|version| !version.precedence().is_prerelease());
        match releases.max() {
            Some(version) => Ok(version.tag()),
            None => Err(none_in_range(repository, &Range::any(false), names)),
        }
    }
}

fn none_in_range(repository: &Repository, range: &Range, names: &Names) -> Error {
    let versions = names.versions.keys().rev().take(3).map(Version::to_string).collect();
    Error::NoneInRange { repository: repository.clone(), range: range.clone(), versions }
}

/// Refuses a tag that stands for another manifest than the digest beside it.
fn check_digest(reference: &Reference, tag: &Tag, actual: Digest) -> Result<(), Error> {
    match reference.digest {
        Some(expected) if expected != actual => Err(Error::WrongDigest {
            repository: reference.repository.clone(),
            tag: tag.clone(),
            expected: Box::new(expected),
            actual: Box::new(actual),
        }),
        _ => Ok(()),
    }
}
