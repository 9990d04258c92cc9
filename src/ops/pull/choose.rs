//! Choosing what to pull: versions out of a range, in a registry or in an index.

use std::fmt;

use super::super::{Error, transfer};
use crate::chart::index::{ChartVersion, IndexFile};
use crate::digest::{Algorithm, Digest};
use crate::name::{ChartName, Range, Reference, Tag, Version};
use crate::remote::{Client, RepositoryUrl, Url};

/// Is one chart that is to be pulled.
#[derive(Debug, Clone)]
pub enum Found {
    /// A chart in a registry; the reference has a tag or a digest.
    Registry(Reference),
    /// A chart in a classic repository.
    Repository(Entry),
}

/// Is what an index says of one version of a chart.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The chart's name.
    pub name: ChartName,
    /// The chart's version.
    pub version: Version,
    /// Where the archive is, absolute.
    pub urls: Vec<Url>,
    /// The repository that lists it.
    pub repository: RepositoryUrl,
    /// The digest of the archive, if the index has it.
    pub digest: Option<Digest>,
}

/// Says which of a chart's versions are wanted.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// The range that they are in; without one, all releases are.
    pub range: Option<Range>,
    /// Whether pre-releases are in a range that was not given.
    pub prereleases: bool,
    /// Whether all of them are wanted instead of the highest.
    pub all: bool,
}

impl Choice {
    fn range(&self) -> Range {
        self.range.clone().unwrap_or_else(|| Range::any(self.prereleases))
    }

    /// Keeps what is wanted of versions, the highest first.
    pub(in crate::ops) fn pick<T>(&self, mut versions: Vec<(Version, T)>) -> Vec<(Version, T)> {
        let range = self.range();
        versions.retain(|(version, _)| range.contains(version.precedence()));
        versions.sort_by(|(one, _), (other, _)| other.cmp(one));
        if !self.all {
            versions.truncate(1);
        }
        versions
    }
}

/// Finds the versions of a chart in a registry that are wanted.
///
/// A reference with a tag or a digest says itself which one. A range that is one exact version is
/// taken as the tag, without listing. Without a range, the highest release is meant, or where no tag
/// is a version, `latest`.
pub fn in_registry(
    client: &Client,
    reference: &Reference,
    choice: &Choice,
) -> Result<Vec<Found>, Error> {
    let repository = &reference.repository;
    if reference.tag.is_some() || reference.digest.is_some() {
        return match &choice.range {
            Some(range) => {
                let range = range.clone();
                Err(Error::TwoVersions { reference: reference.clone(), range })
            }
            None => Ok(vec![Found::Registry(reference.clone())]),
        };
    }
    if let Some(tag) = choice.range.as_ref().and_then(exact).filter(|_| !choice.all) {
        return Ok(vec![Found::Registry(Reference::tagged(repository.clone(), tag))]);
    }
    let tags: Vec<Tag> = client
        .tags(repository)
        .map_err(transfer::Error::from)?
        .into_iter()
        .filter_map(|tag| Tag::parse(&tag).ok())
        .collect();
    let versions = tags.iter().filter_map(|tag| Some((Version::of_tag(tag)?, tag.clone())));
    let versions: Vec<(Version, Tag)> = versions.collect();
    let latest = tags.iter().find(|tag| tag.as_str() == "latest");
    if let (Some(latest), None, true) = (latest, &choice.range, versions.is_empty()) {
        let latest = Reference::tagged(repository.clone(), latest.clone());
        return Ok(vec![Found::Registry(latest)]);
    }
    let near = versions.iter().map(|(version, _)| version.clone()).collect();
    let picked = choice.pick(versions);
    if picked.is_empty() {
        return Err(none_in_range(&repository.to_string(), choice, near));
    }
    let reference = |tag| Found::Registry(Reference::tagged(repository.clone(), tag));
    Ok(picked.into_iter().map(|(_, tag)| reference(tag)).collect())
}

/// Gives the tag of a range that is one exact version.
fn exact(range: &Range) -> Option<Tag> {
    let text = range.to_string();
    Tag::parse(&text).ok().filter(|_| Version::is_strict(&text))
}

/// Is the index of a classic repository, with its address.
pub struct Listed {
    url: RepositoryUrl,
    index: IndexFile,
    /// What in the index could not be read.
    pub warnings: Vec<String>,
}

impl Listed {
    /// Fetches the index of a repository.
    pub fn fetch(client: &Client, url: &RepositoryUrl) -> Result<Listed, Error> {
        let bytes = client.fetch_index(url).map_err(transfer::Error::from)?;
        let (index, warnings) = IndexFile::read(&bytes).map_err(|error| Error::Load {
            path: format!("{url}index.yaml").into(),
            source: error.into(),
        })?;
        let warnings = warnings.iter().map(ToString::to_string).collect();
        Ok(Listed { url: url.clone(), index, warnings })
    }

    /// Gives the index.
    pub fn index(&self) -> &IndexFile {
        &self.index
    }

    /// Finds the versions of a chart that are wanted.
    pub fn find(&self, name: &str, choice: &Choice) -> Result<Vec<Found>, Error> {
        let Some(entries) = self.index.entries.get(name) else {
            let (name, url) = (name.to_owned(), self.url.to_string());
            return Err(transfer::Error::NotInIndex { name, url }.into());
        };
        let versions = entries.iter();
        let versions = versions
            .filter_map(|entry| Some((Version::parse(&entry.metadata.version).ok()?, entry)));
        let versions: Vec<(Version, &ChartVersion)> = versions.collect();
        let near = versions.iter().map(|(version, _)| version.clone()).collect();
        let picked = choice.pick(versions);
        if picked.is_empty() {
            return Err(none_in_range(name, choice, near));
        }
        picked.into_iter().map(|(version, entry)| self.entry(version, entry)).collect()
    }

    fn entry(&self, version: Version, entry: &ChartVersion) -> Result<Found, Error> {
        let absolute = |url: &String| self.url.resolve(url);
        let urls = entry.urls.iter().map(absolute).collect::<Result<_, _>>();
        let urls = urls.map_err(transfer::Error::from)?;
        let name = ChartName::parse(&entry.metadata.name)?;
        let digest = match entry.digest.trim_start_matches("sha256:") {
            "" => None,
            digest => Some(Algorithm::Sha256.digest(digest).map_err(|error| {
                let entry = format!("{name} {version}");
                transfer::Error::IndexEntry { entry, reason: error.to_string() }
            })?),
        };
        let repository = self.url.clone();
        Ok(Found::Repository(Entry { name, version, urls, repository, digest }))
    }
}

fn none_in_range(name: &str, choice: &Choice, mut versions: Vec<Version>) -> Error {
    versions.sort();
    let versions = versions.iter().rev().take(3).map(Version::to_string).collect();
    transfer::Error::NoneInRange { name: name.to_owned(), range: choice.range(), versions }.into()
}

impl fmt::Display for Found {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Found::Registry(reference) => reference.fmt(formatter),
            Found::Repository(entry) => entry.fmt(formatter),
        }
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.name, self.version)
    }
}
