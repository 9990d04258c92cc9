//! Searching for charts by name, keyword and description: in the store, in a registry, in the index
//! of a classic repository.

use std::io::Read as _;

use serde::Serialize;

use super::pull::choose::{Choice, Listed};
use super::version::by_chart;
use super::{Error, transfer};
use crate::chart::metadata::Metadata;
use crate::digest::Digest;
use crate::error::{Classified as _, Kind};
use crate::name::{Host, Repository, Tag, Version};
use crate::oci::{ChartManifest, Descriptor};
use crate::parallel;
use crate::remote::{Client, ManifestName};
use crate::store::Store;

/// Says what to search for.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// What the name, a keyword or the description must have in it, in any case of letters.
    pub term: String,
    /// Which versions of a chart are wanted.
    pub choice: Choice,
    /// How many charts of a registry to look into at a time.
    pub jobs: usize,
}

/// Is one version of a chart.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Hit {
    /// The chart, as a command takes it: a reference, or its name in a repository.
    pub name: String,
    /// The version.
    pub version: String,
    /// The version of what it installs.
    pub app_version: String,
    /// What it says of itself.
    pub description: String,
}

/// Is what was found, and where nothing could be read.
#[derive(Debug, Default)]
pub struct Hits {
    /// What was found, sorted by name, the highest version first.
    pub hits: Vec<Hit>,
    /// What could not be read.
    pub unreadable: Vec<Error>,
}

impl Options {
    fn matches(&self, name: &str, metadata: &Metadata) -> bool {
        let term = self.term.to_lowercase();
        let has = |text: &str| text.to_lowercase().contains(&term);
        has(name) || has(&metadata.description) || metadata.keywords.iter().any(|word| has(word))
    }
}

impl Hit {
    fn of(name: &str, metadata: Metadata) -> Hit {
        Hit {
            name: name.to_owned(),
            version: metadata.version,
            app_version: metadata.app_version,
            description: metadata.description,
        }
    }
}

/// Searches the store.
pub fn in_store(store: &Store, options: &Options) -> Result<Hits, Error> {
    let listing = store.list(|_| true)?;
    let mut hits = Hits::default();
    for (reference, error) in listing.unreadable {
        hits.unreadable.push(Error::from(error).of("read", reference));
    }
    for (repository, versions) in by_chart(listing.rows) {
        let name = repository.to_string();
        for (_, manifest) in options.choice.pick(versions.into_iter().collect()) {
            match metadata(store, &name, &manifest) {
                Ok(Some(metadata)) if options.matches(&name, &metadata) => {
                    hits.hits.push(Hit::of(&name, metadata));
                }
                Ok(_) => {}
                Err(error) => hits.unreadable.push(error.of("read", &name)),
            }
        }
    }
    Ok(hits)
}

fn metadata(store: &Store, name: &str, manifest: &Digest) -> Result<Option<Metadata>, Error> {
    let Some(chart) = store.facts(manifest)?.chart else { return Ok(None) };
    let bytes = store.read_blob(&chart.meta, Store::MAX_DOCUMENT_BYTES)?;
    parse(name, &bytes).map(Some)
}

/// Searches the index of a classic repository.
pub fn in_index(listed: &Listed, options: &Options) -> Hits {
    let mut hits = Hits::default();
    for (name, entries) in &listed.index().entries {
        let versions = entries.iter().filter_map(|entry| {
            Some((Version::parse(&entry.metadata.version).ok()?, &entry.metadata))
        });
        for (_, metadata) in options.choice.pick(versions.collect()) {
            if options.matches(name, metadata) {
                hits.hits.push(Hit::of(name, metadata.clone()));
            }
        }
    }
    hits
}

/// Says where in a registry to search.
#[derive(Debug, Clone)]
pub struct Place {
    /// The registry.
    pub host: Host,
    /// A repository, or the path that repositories are below; may be empty.
    pub path: String,
}

/// Searches a registry: the tags of one repository, or of all that its catalogue lists below a path.
pub fn in_registry(client: &Client, place: &Place, options: &Options) -> Result<Hits, Error> {
    let repositories = repositories(client, place)?;
    let found = parallel::each(&repositories, options.jobs, |repository| {
        charts_of(client, repository, options)
    });
    let mut hits = Hits::default();
    for (repository, found) in repositories.iter().zip(found) {
        match found {
            Ok(found) => hits.hits.extend(found),
            Err(error) => hits.unreadable.push(error.of("search", repository)),
        }
    }
    Ok(hits)
}

/// Finds the repositories at a path, or below it.
fn repositories(client: &Client, place: &Place) -> Result<Vec<Repository>, Error> {
    let Place { host, path } = place;
    let repository = |path: &str| Repository::parse(&format!("oci://{host}/{path}"));
    if !path.is_empty() {
        let repository = repository(path)?;
        match client.tags(&repository) {
            Ok(_) => return Ok(vec![repository]),
            Err(error) if error.kind() == Kind::NotFound => {}
            Err(error) => return Err(transfer::Error::from(error).into()),
        }
    }
    let below = |name: &&String| {
        path.is_empty()
            || name.strip_prefix(path.as_str()).is_some_and(|rest| rest.starts_with('/'))
    };
    let catalogue = client.catalogue(host).map_err(transfer::Error::from)?;
    // What no reference can name cannot be pulled either.
    Ok(catalogue.iter().filter(below).filter_map(|name| repository(name).ok()).collect())
}

/// Looks into the wanted versions of one repository; what is no chart is passed over.
fn charts_of(
    client: &Client,
    repository: &Repository,
    options: &Options,
) -> Result<Vec<Hit>, Error> {
    let tags = client.tags(repository).map_err(transfer::Error::from)?;
    let tags = tags.iter().filter_map(|tag| Tag::parse(tag).ok());
    let versions = tags.filter_map(|tag| Some((Version::of_tag(&tag)?, tag)));
    let mut hits = Vec::new();
    for (_, tag) in options.choice.pick(versions.collect()) {
        let name = ManifestName::Tag(tag);
        let document = client.manifest(repository, &name).map_err(transfer::Error::from)?;
        let Some(chart) = document.manifest().and_then(|found| ChartManifest::of(found).ok())
        else {
            continue;
        };
        let Descriptor { digest, size, .. } = *chart.config;
        let limit = Store::MAX_DOCUMENT_BYTES;
        if size > limit {
            let digest = Box::new(digest);
            return Err(transfer::Error::PartTooLarge { digest, size, limit }.into());
        }
        let mut config = client.blob(repository, chart.config).map_err(transfer::Error::from)?;
        let mut bytes = Vec::new();
        config.read_to_end(&mut bytes).map_err(transfer::Error::broken)?;
        let name = repository.to_string();
        let metadata = parse(&name, &bytes)?;
        if options.matches(&name, &metadata) {
            hits.push(Hit::of(&name, metadata));
        }
    }
    Ok(hits)
}

fn parse(name: &str, bytes: &[u8]) -> Result<Metadata, Error> {
    Metadata::from_json(bytes)
        .map_err(|error| Error::Load { path: name.into(), source: error.into() })
}
